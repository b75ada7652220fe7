/**
 * REGISTERED FUNCTIONS: PostgreSQL's functions and operators as SQLite calls them.
 *
 * An implementation is named by PostgreSQL's signature, `format_type(oid, int4)`; its oid, strictness and
 * volatility come from pg_proc. In SQLite it is called f<oid>. Operators run through pg_operator.oprcode.
 */
import type { Oid } from "../../base/ids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Scalar } from "../types/scalar.ts";

/** What the running statement knows; set per step, the same on every thread. Must be structured-cloneable but for `catalog`. */
export interface FunctionContext {
  readonly catalog: CatalogReader;
  /** Effective search path: oids of existing schemas, pg_catalog included where it is implied. */
  readonly searchPath: readonly Oid[];
  /** The same as the setting lists them (temp and pg_catalog only if named), for current_schemas(false). */
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
  /** Side effects that only a session can do; absent on reader threads, where they make the query return to the session. */
  readonly effects?: SessionEffects;
}

export interface SessionEffects {
  /** Throws ReservationNeeded when no durable reservation is left: the session waits for one and runs the statement again. */
  nextval(sequence: Oid): bigint;
  currval(sequence: Oid): bigint;
  lastval(): bigint;
  setval(sequence: Oid, value: bigint, called: boolean): bigint;
  setConfig(name: string, value: string, local: boolean): string;
  cancelBackend(processId: number): boolean;
  terminateBackend(processId: number): boolean;
  notice(message: string): void;
}

export interface FunctionDefinition {
  /** PostgreSQL's signature with type names as format_type-free catalog names: "substr(text, int4, int4)". */
  readonly signature: string;
  /** Called with stored forms; for strict functions never with NULL. Throws SqlError. */
  readonly call: (context: FunctionContext, ...args: Scalar[]) => Scalar;
}

/** A set-returning function: rows of columns, in stored form. */
export interface SetFunctionDefinition {
  readonly signature: string;
  readonly rows: (context: FunctionContext, ...args: Scalar[]) => Iterable<readonly Scalar[]>;
}

/** An aggregate: `step` may mutate and returns the state. */
export interface AggregateDefinition {
  readonly signature: string;
  readonly start: () => unknown;
  readonly step: (context: FunctionContext, state: unknown, ...args: Scalar[]) => unknown;
  readonly result: (context: FunctionContext, state: unknown) => Scalar;
}
