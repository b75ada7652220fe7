/**
 * REGISTERED FUNCTIONS: PostgreSQL's functions and operators as SQLite calls them.
 *
 * An implementation is named by PostgreSQL's signature, `format_type(oid, int4)`; its oid,
 * strictness and volatility come from pg_proc. In SQLite it is called f<oid>. Operators run through
 * pg_operator.oprcode.
 */
import type { Oid } from "../../base/ids.ts";
import type { SqlErrorFields } from "../../base/sql-error.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Scalar } from "../types/scalar.ts";
import type { Chance } from "./chance.ts";
import type { LargeObjects } from "./large-object-calls.ts";
import type { AdvisoryLocks, Peer, RowLocks, ServerFacts, TransactionIds } from "./server.ts";

/** What relations take of the disk. */
export interface StorageBytes {
  /** 0: nothing was ever stored in it. */
  bytesOf(storage: Oid): number;
}

/**
 * What the running statement knows; set per step, the same on every thread. Must be
 * structured-cloneable but for `catalog` and `sizes`.
 */
export interface FunctionContext {
  readonly catalog: CatalogReader;
  /** Effective search path: oids of existing schemas, pg_catalog included where it is implied. */
  readonly searchPath: readonly Oid[];
  /**
   * The same as the setting lists them (temp and pg_catalog only if named), for
   * current_schemas(false).
   */
  readonly explicitSearchPath: readonly Oid[];
  readonly user: { readonly oid: Oid; readonly name: string };
  readonly sessionUser: { readonly oid: Oid; readonly name: string };
  readonly databaseName: string;
  readonly processId: number;
  /** µs since 2000-01-01 UTC */
  readonly transactionTime: bigint;
  readonly statementTime: bigint;
  readonly serverStartTime: bigint;
  /** Effective value of every setting by lower-case name. */
  readonly setting: (name: string) => string | undefined;
  /** Absent where no query runs. */
  readonly sizes?: StorageBytes;
  /**
   * Side effects that only a session can do; absent on reader threads, where they make the query
   * return to the session.
   */
  readonly effects?: SessionEffects;
  /** The text of a pg_node_tree as it is stored. */
  readonly treeText?: (stored: string) => string;
  /** Absent where the session does not run it. */
  readonly checkDomain?: (domain: Oid, value: Scalar) => void;
  /** How many calls by triggers are running, one within the other; absent: none. */
  readonly triggerDepth?: number;
  /** Whether BudgetExceeded starts the query again on a reader thread. */
  readonly mayLeave?: boolean;
}

/** What fires an event trigger, as its function may ask. */
export interface FiredEvent {
  readonly event: string;
  /** Rows of pg_event_trigger_ddl_commands. */
  readonly commands: readonly (readonly Scalar[])[];
  /** Rows of pg_event_trigger_dropped_objects. */
  readonly dropped: readonly (readonly Scalar[])[];
}

/** Of a query whose text a function was given. */
export interface QueryRows {
  readonly columns: readonly OutputColumn[];
  readonly rows: readonly (readonly Scalar[])[];
}

export interface SessionEffects {
  /** While the function of an event trigger runs. */
  readonly fired: FiredEvent | undefined;
  /**
   * Throws ReservationNeeded when no durable reservation is left: the session waits for one and
   * runs the statement again.
   */
  nextval(sequence: Oid): bigint;
  currval(sequence: Oid): bigint;
  lastval(): bigint;
  setval(sequence: Oid, value: bigint, called: boolean): bigint;
  /** undefined = DEFAULT. */
  setConfig(name: string, value: string | undefined, local: boolean): string;
  cancelBackend(processId: number): boolean;
  /** `timeoutMs`: how long to wait until it is gone; 0 = not at all. May throw Wait. */
  terminateBackend(processId: number, timeoutMs: number): boolean;
  /** A function in PL/pgSQL: its rows. May throw Wait. */
  callRoutine(
    called: Oid,
    types: CallTypes,
    values: readonly Scalar[],
  ): readonly (readonly Scalar[])[];
  notice(message: string, fields?: SqlErrorFields, code?: string): void;
  warning(code: string, message: string): void;
  /** Throws what a domain says of a value. May throw Wait. */
  checkDomain(domain: Oid, value: Scalar): void;
  /** A query that only reads. May throw Wait. */
  query(text: string): QueryRows;
  /** The value that nextval has given out last; undefined when it has not been called. */
  lastValue(sequence: Oid): bigint | undefined;
  readonly chance: Chance;
  readonly advisory: AdvisoryLocks;
  readonly largeObjects: LargeObjects;
  readonly rowLocks: RowLocks;
  readonly xids: TransactionIds;
  /** Throws 25001 after a savepoint. */
  exportSnapshot(): string;
  readonly server: ServerFacts;
  readonly peer: Peer;
  readonly database: Oid;
  /** What the client has sent. */
  readonly queryText: string;
}

/**
 * The types of one call: what functions over polymorphic or "any" arguments must know of their
 * values.
 */
export interface CallTypes {
  /** Declared types of the arguments as passed, after polymorphic types are resolved. */
  readonly args: readonly Oid[];
  readonly result: Oid;
  /** The last argument is an array written with VARIADIC (only for `VARIADIC "any"`). */
  readonly variadic: boolean;
  /** A column definition list: AS (a int, b text). */
  readonly columns?: readonly OutputColumn[];
}

export interface OutputColumn {
  readonly name: string;
  readonly type: Oid;
  readonly typmod: number;
}

/** Called with stored forms; for strict functions never with NULL. Throws SqlError. */
export type ScalarCall = (context: FunctionContext, ...args: Scalar[]) => Scalar;
/** Rows of columns, in stored form. */
export type SetCall = (context: FunctionContext, ...args: Scalar[]) => Iterable<readonly Scalar[]>;

/** Whether a call of these types may run a query. */
export type RunsQueries = (types: CallTypes, catalog: CatalogReader) => boolean;

/** SQLite's operator that answers the same for the stored forms, so that its indexes serve. */
export type NativeComparison = "=" | "<>" | "<" | "<=" | ">" | ">=";

/**
 * `signature` is PostgreSQL's with type names as in pg_type.typname: "substr(text, int4, int4)".
 * `session`: reads or changes what only the session's own thread has. `readsCatalog`: it does,
 * though pg_proc calls it immutable. `runsQueries`: whether a call may, so that it stays on the
 * session's thread, and its own query out of their way.
 */
export type FunctionDefinition = {
  readonly signature: string;
  readonly native?: NativeComparison;
  /** It says whether two values of a type have the same sort key. */
  readonly equatesKeys?: boolean;
  readonly session?: true;
  readonly readsCatalog?: true;
  readonly runsQueries?: RunsQueries;
} & ({ readonly call: ScalarCall } | { readonly specialize: (types: CallTypes) => ScalarCall });

/** A set-returning function. */
export type SetFunctionDefinition = {
  readonly signature: string;
  readonly session?: true;
  readonly runsQueries?: RunsQueries;
} & ({ readonly rows: SetCall } | { readonly specialize: (types: CallTypes) => SetCall });

/**
 * `step` may mutate and returns the state; it is called with NULLs too unless pg_proc says strict.
 */
export interface AggregateSteps {
  readonly start: () => unknown;
  readonly step: (context: FunctionContext, state: unknown, ...args: Scalar[]) => unknown;
  readonly result: (context: FunctionContext, state: unknown) => Scalar;
}
export type AggregateDefinition = { readonly signature: string } & (
  | AggregateSteps
  | { readonly specialize: (types: CallTypes) => AggregateSteps }
);

/**
 * What the translator asks by pg_proc oid. `polymorphic` ones must be registered once per
 * CallTypes.
 */
export interface RegisteredFunction<Call> {
  readonly oid: Oid;
  readonly signature: string;
  readonly strict: boolean;
  readonly returnsSet: boolean;
  /** i immutable, s stable or what reads the catalog, v volatile */
  readonly volatility: string;
  readonly polymorphic: boolean;
  /** A query that calls it stays on the session's thread. */
  readonly session: boolean;
  readonly runsQueries?: RunsQueries;
  readonly native?: NativeComparison;
  readonly equatesKeys?: boolean;
  /** `types` matters only when polymorphic. */
  readonly callFor: (types: CallTypes) => Call;
}

export interface Registry {
  scalar(oid: Oid): RegisteredFunction<ScalarCall> | undefined;
  set(oid: Oid): RegisteredFunction<SetCall> | undefined;
  aggregate(oid: Oid): RegisteredFunction<AggregateSteps> | undefined;
}
