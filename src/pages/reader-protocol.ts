/**
 * What the main thread and a reader thread say to each other. One query at a time per thread:
 *
 *   main    run ──▶        next ──▶        next ──▶ …         stop ──▶ (when it wants no more rows)
 *   reader       ◀── rows        ◀── rows         ◀── rows, last        ◀── rows, last
 *
 * A batch is sent only when it was asked for, so a slow consumer holds the query back, not memory.
 * While a batch is computed the thread hears nothing: the cancel flag in shared memory is how it is
 * told.
 */
import { AssertionError } from "../base/assert.ts";
import { SqlError, type SqlErrorFields } from "../base/sql-error.ts";
import type { Mutation } from "../wal/fragment.ts";
import type { TableLayout } from "./layout.ts";
import type {
  QueryConnection,
  QueryParameters,
  SeenBulks,
  SqliteValue,
} from "./query-connection.ts";
import type { StorageSizes } from "./storage-sizes.ts";
import type { OverlayChanges, TupleReader } from "./store.ts";

/** What a reader thread is started with. */
export interface ReaderThreadData {
  readonly path: string;
  readonly layouts: readonly TableLayout[];
  /** URL of a module with the function `register`; see RegisterFunctions. */
  readonly module: string;
  readonly initial: unknown;
  readonly cancelFlag: Int32Array;
}

/** The thread's connection and, for its registered functions, keyed reads on another one. */
export interface ReaderThread {
  readonly queries: QueryConnection;
  readonly tuples: TupleReader;
  readonly sizes: StorageSizes;
}

/**
 * Registers the functions on a reader thread, once; `initial` is the pool's. What it returns is
 * called before each query with the query's `context` and the mutations of its overlay.
 */
export type RegisterFunctions = (thread: ReaderThread, initial: unknown) => BeginQuery;
export type BeginQuery = (context: unknown, overlay: readonly Mutation[]) => void;

export interface RunQuery {
  readonly kind: "run";
  readonly sql: string;
  readonly parameters: QueryParameters;
  /** The transaction's own changes, seen at every epoch. */
  readonly overlay: OverlayChanges;
  /** Bulks whose rows it sees. */
  readonly bulks: SeenBulks;
  /** Handed to what `register` returned; must be cloneable. */
  readonly context: unknown;
  readonly timeoutMs: number | undefined;
  readonly batchRows: number;
  /** Of the job that it belongs to; see scan-meter.ts. */
  readonly meter: SharedArrayBuffer | undefined;
}

export type ToReader = RunQuery | { readonly kind: "next" } | { readonly kind: "stop" };

export type FromReader =
  | { readonly kind: "rows"; readonly rows: SqliteValue[][]; readonly last: boolean }
  | { readonly kind: "failed"; readonly error: EncodedError };

/** An error's class does not survive the way between threads. */
export type EncodedError =
  | {
      readonly kind: "sql";
      readonly code: string;
      readonly message: string;
      readonly fields: SqlErrorFields;
      readonly severity: SqlError["severity"];
    }
  | {
      readonly kind: "other";
      readonly name: string;
      readonly message: string;
      readonly stack: string;
      /** SQLITE_… */
      readonly code: string | undefined;
    };

/** What SQLite, or a bug, made of a query on a reader thread. */
export class ReaderThreadError extends AssertionError {
  /** SQLite's code when it was SQLite. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined, cause: string) {
    super(message, { cause });
    this.code = code;
  }
}

export function encodeError(error: unknown): EncodedError {
  if (error instanceof SqlError) {
    const { code, message, fields, severity } = error;
    return { kind: "sql", code, message, fields, severity };
  }
  const { name, message, stack, code } = error as Error & { code?: string };
  return { kind: "other", name, message, stack: stack ?? "", code };
}

export function decodeError(error: EncodedError): Error {
  if (error.kind === "sql") {
    return new SqlError(error.code, error.message, error.fields, error.severity);
  }
  return new ReaderThreadError(`${error.name}: ${error.message}`, error.code, error.stack);
}
