/**
 * WHAT A SESSION NEEDS OF EVERYTHING BELOW IT. The session knows statements, transaction blocks,
 * portals and settings; the engine knows catalogs, locks, the log and how queries run.
 *
 * Nearly everything is synchronous. Two things wait, and both do so by restarting the statement:
 *   - a method marked "may throw Wait" (a lock, a reservation, a sleep). The session undoes what
 *     the statement staged, awaits the wait under lock_timeout, statement_timeout and cancel, and
 *     calls the method again;
 *   - `commit`, which returns a promise when the flush does not finish at once.
 * Any method may throw SqlError.
 */

import type { Epoch, Oid } from "../../base/ids.ts";
import type { Notice, SqlError } from "../../base/sql-error.ts";
import type { JobRequest, OnCommitActions, StoredSettings } from "../../catalog/ddl/context.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { DdlStatement, QualifiedName, TypeName } from "../../catalog/statement.ts";
import type { ScanMeter } from "../../pages/scan-meter.ts";
import type { LockRow } from "../../txn/lock-manager.ts";
import type { Wait } from "../../txn/wait.ts";
import type { CommitInfo } from "../../wal/fragment.ts";
import type { BodyPlace } from "../bind/body-statement.ts";
import type { OutputPlace } from "../bind/call.ts";
import type { Variables } from "../bind/context.ts";
import type { CopyColumn } from "../copy/row-reader.ts";
import type { LargeObjects } from "../functions/large-object-calls.ts";
import type {
  CallTypes,
  FiredEvent,
  FunctionContext,
  QueryRows,
  SessionEffects,
} from "../functions/registry.ts";
import type { AdvisoryLocks, RowLocks, ServerFacts, TransactionIds } from "../functions/server.ts";
import type {
  CallStatement,
  InlineCodeStatement,
  IsolationLevel,
  ModifyStatement,
  QueryStatement,
  Statement,
} from "../parse/statement.ts";
import type { Told } from "../plpgsql/replay.ts";
import type { SettingSource } from "../settings/definition.ts";
import type { Parameters } from "../settings/parameters.ts";
import type { Scalar } from "../types/scalar.ts";
import type { FormatCode, ResultColumn, WireValue } from "./api.ts";
import type { BodyCursors, BodyStatements } from "./body-effects.ts";
import type { DdlExplanation, ExplainedPlan } from "./explained.ts";
import type { Interrupts } from "./interrupts.ts";
import type { LiveRows } from "./live-rows.ts";
import type { PlannedRoutine, RoutineCode } from "./routine-code.ts";

export interface Role {
  readonly oid: Oid;
  readonly name: string;
}
export interface SessionRole extends Role {
  readonly superuser: boolean;
}

export interface ConnectRequest {
  /** Undefined: the superuser that the cluster began with, whom no limit concerns. */
  readonly user: string | undefined;
  readonly database: string;
  readonly processId: number;
}

export interface Engine {
  /** Of the server; sessions begin with them. */
  readonly parameters: Parameters;
  /** µs since 2000-01-01 UTC. */
  now(): bigint;
  readonly serverStartTime: bigint;
  /**
   * Resolves role and database and holds the database until the connection is closed. Throws FATAL
   * SqlErrors: 3D000, 28000, 55000 (datallowconn), 53300 (datconnlimit), 57P03.
   */
  connect(request: ConnectRequest): Connection | Promise<Connection>;
  /** CHECKPOINT. */
  checkpoint(): void | Promise<void>;
  /** A file for rows that memory is too small for. Throws 53100, 58030. */
  createSpillFile(): Promise<SpillFile>;
}

/** Gone when it is removed, and at the next start at the latest. */
export interface SpillFile {
  /** Throws 53100 when the disk is full. `bytes` must not change until it is done. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** Fills `into`; what it reads has been written. */
  read(into: Uint8Array, at: number): Promise<void>;
  remove(): void;
}

/** A setting that a session begins with. */
export interface DefaultSetting {
  readonly name: string;
  readonly value: string;
  readonly source: Extract<SettingSource, "global" | "database" | "user" | "database user">;
}

/** One session's hold on the engine. */
export interface Connection {
  readonly database: { readonly oid: Oid; readonly name: string };
  readonly user: SessionRole;
  /** Settings of the database and the role (pg_db_role_setting), weakest first. */
  readonly defaults: readonly DefaultSetting[];
  /** What is odd about the database; the client hears it when it comes in. */
  readonly warnings: readonly Notice[];
  /** The role as it is now: it may have another name or other rights than when it was found. */
  currentRole(role: Oid, transaction: Transaction | undefined): SessionRole | undefined;
  /** The role with this name, as the transaction sees it. */
  findRole(name: string, transaction: Transaction | undefined): SessionRole | undefined;
  /** What can be read even while a query runs, as the transaction sees it. */
  catalog(transaction: Transaction | undefined): CatalogReader;
  /** True when `member` has the rights of the role with this oid. */
  hasRole(member: Role, role: Oid, transaction: Transaction | undefined): boolean;
  /** Whether the role may SET a setting (its key) that only superusers change. */
  maySet(role: SessionRole, setting: string, transaction: Transaction | undefined): boolean;
  /** True when `member` may SET ROLE to `role`. */
  isMember(member: Role, role: Role, transaction: Transaction | undefined): boolean;
  readonly sequences: SequenceAccess;
  readonly advisory: AdvisoryLocks;
  readonly server: ServerFacts;
  begin(isolation: IsolationLevel): Transaction;
  /** What all sessions hold and wait for. */
  /** Whether the session has a temporary schema. */
  hasTemporary(): boolean;
  locks(): readonly LockRow[];
  /** Releases the database and every lock that is left. */
  close(): void;
}

/** Sequences as one session uses them. */
export interface SequenceAccess {
  /** May throw Wait: a value leaves only from a durable reservation. */
  nextval(transaction: Transaction, sequence: Oid): bigint;
  /** Whether the session has made it for itself. */
  isOwnTemporary(sequence: Oid): boolean;
  setval(transaction: Transaction, sequence: Oid, value: bigint, called: boolean): bigint;
  /** Throws 55000 when this session has not called nextval. */
  currval(sequence: Oid): bigint;
  lastval(): bigint;
  /** The value that anybody was given last; undefined when nobody was given one. */
  lastValue(sequence: Oid): bigint | undefined;
  /** DISCARD SEQUENCES. */
  discard(): void;
}

/** A point to which a transaction can go back; opaque to the session. */
export type TransactionMark = unknown;

/** Constraints that are checked by the commit. */
export interface PutOffChecks {
  readonly isEmpty: boolean;
  /** Does nothing the second time. May throw Wait, and what is violated. */
  checkAll(): void;
}

/** Snapshots that several transactions read. */
export interface SharedSnapshots {
  /** The name under which others may import what this transaction's queries read now. */
  exportSnapshot(): string;
  /** Before any query. Throws 22023 for a name that is not there, 0A000 for another database's. */
  importSnapshot(name: string): void;
}

/** Rows as they were: names, privileges and views are those of today. */
export interface PastRows {
  /**
   * The newest commit of not after this time, in µs since 2000. Throws 72000 when that is not kept.
   */
  epochAt(time: bigint): Epoch;
  /**
   * What a query is to see instead of the rows of now. An error: it cannot be read, for versions
   * are gone (72000), or a relation was not there or had other rows then (55000).
   */
  snapshot(plan: QueryPlan, epoch: Epoch): QuerySnapshot | SqlError;
  /** The same of a query that reads at others, too; without the first, at that of now. */
  snapshotOfSome(
    plan: QueryPlan,
    epoch: Epoch | undefined,
    others: readonly Epoch[],
  ): QuerySnapshot | SqlError;
}

export interface Transaction {
  /** No function that is called meanwhile alters the relations. */
  during<T>(relations: readonly Oid[], work: () => T): T;
  /** The newest committed rows and the transaction's own: what names are resolved in. */
  readonly catalog: CatalogReader;
  /** Of the newest commit that changed what `catalog` reads; undefined once changes are staged. */
  readonly catalogEpoch: number | undefined;
  /** The transaction id if one was assigned, for pg_stat_activity. */
  readonly xid: number | undefined;
  readonly xids: TransactionIds;
  readonly rowLocks: RowLocks;
  /** Of the query that runs. */
  readonly largeObjects: LargeObjects;
  readonly snapshots: SharedSnapshots;
  readonly past: PastRows;
  /** It has changed nothing. */
  readonly isEmpty: boolean;
  mark(): TransactionMark;
  /** `keepLocks`: the statement is about to run again. */
  rollbackTo(mark: TransactionMark, keepLocks: boolean): void;
  /**
   * Returns when the commit is durable and published, at once or as a promise. After an error
   * (40001, 54000 …) the session aborts.
   */
  commit(info: () => CommitInfo): void | Promise<void>;
  /** The epoch of its commit, if that had something to log. */
  readonly committed: Epoch | undefined;
  abort(): void;

  /**
   * Stages what the statement does, and has rows follow it: a promise when there are any. `marks`:
   * points to which the session may go back. May throw, or reject with, a Wait.
   */
  executeDdl(
    statement: DdlStatement,
    context: StatementContext,
    marks: readonly TransactionMark[],
    /** Of a client's statement, for which event triggers fire. */
    tag?: string,
  ): undefined | Promise<RowsDone | undefined>;

  /**
   * Removes what nobody can see any more, and stages statistics of what is there, one relation
   * after the other. Rejects with 42P01, 3F000, 42703, 42701, and when the statement is cancelled.
   */
  vacuum(request: VacuumRequest, context: StatementContext): Promise<void>;

  /** Binds a query; the engine caches what it can by the statement's text. May throw Wait. */
  plan(request: PlanRequest): QueryPlan;
  /**
   * The call of a function by its pg_proc oid, its arguments as $1 … $n, for FunctionCall. Throws
   * 42883, and 0A000 for what is no plain function.
   */
  planCall(called: Oid, context: StatementContext): QueryPlan;
  /** What a query that runs later is to see: the rows of now, those staged until now among them. */
  takeSnapshot(): QuerySnapshot;
  /**
   * Runs a plan of this transaction: all rows at once, or batches from another thread. May throw
   * Wait.
   */
  run(
    plan: QueryPlan,
    parameters: readonly Scalar[],
    context: StatementContext,
    options?: RunOptions,
  ): readonly ResultRow[] | AsyncIterable<readonly ResultRow[]>;
  /**
   * Values of EXECUTE's expressions, coerced as by assignment. Throws 42804 and what evaluating
   * them throws; may throw Wait.
   */
  evaluate(
    expressions: readonly unknown[],
    types: readonly Oid[],
    context: StatementContext,
  ): readonly Scalar[];

  /** Finds the procedure of CALL and binds its arguments. Throws 42883, 42725, 42809 … */
  planProcedure(request: CallRequest): ProcedurePlan;
  readonly routines: RoutineRuns;

  /** Binds INSERT, UPDATE or DELETE, as `plan` does queries. May throw Wait. */
  planModify(request: ModifyRequest): ModifyQueryPlan;
  /**
   * Runs it: the rows are staged when it returns. `marks`: points to which the session may go back.
   * `current`: what the plan's `currentOf` asks for. May throw, or reject with, a Wait.
   */
  modify(
    plan: ModifyQueryPlan,
    parameters: readonly Scalar[],
    context: StatementContext,
    marks: readonly TransactionMark[],
    current: readonly CursorRow[],
  ): ModifyResult | Promise<ModifyResult>;
  readonly deferred: PutOffChecks;

  /** Plans a query and says how it would run. May throw Wait. */
  explain(request: PlanRequest): ExplainedPlan<QueryPlan>;
  explainModify(request: ModifyRequest): ExplainedPlan<ModifyQueryPlan>;
  /**
   * Executes the statement and says what it locked and staged since `before`; whoever calls takes
   * both back. May throw Wait.
   */
  explainDdl(
    statement: DdlStatement,
    context: StatementContext,
    before: TransactionMark,
  ): DdlExplanation;

  /**
   * Opens a table for the rows of a COPY FROM. May throw Wait.
   */
  openReceiver(target: ReceiverTarget, context: StatementContext): RowReceiver;

  /** The type that PREPARE names. Throws 42704. */
  resolveType(type: TypeName, context: StatementContext): Oid;
  /** A parameter from the wire. Throws 22P02, 22P03, 08P01, 22021 … */
  decode(type: Oid, format: FormatCode, bytes: Uint8Array, context: StatementContext): Scalar;
  /** Turns rows into what the wire sends. Throws 42883 for a type without binary output. */
  encoder(
    columns: readonly ResultColumn[],
    formats: readonly FormatCode[],
    context: StatementContext,
  ): (row: ResultRow) => readonly WireValue[];
}

/** VACUUM, ANALYZE, or both. */
export interface VacuumRequest {
  /** None: every one in the database. */
  readonly targets: readonly {
    readonly relation: QualifiedName;
    /** To be analyzed; none: all of them. */
    readonly columns: readonly string[];
  }[];
  readonly verbose: boolean;
  /** A relation that somebody has locked is passed over. */
  readonly skipLocked: boolean;
  readonly analyze: boolean;
  readonly vacuum:
    | {
        /** Index entries of removed versions go, too. */
        readonly withEntries: boolean;
        /** Free pages go back to the disk. */
        readonly shrinks: boolean;
        /** Users' relations are written anew. */
        readonly full: boolean;
      }
    | undefined;
}

/** Opaque to the session, which releases it when the query has run or will not. */
export interface QuerySnapshot {
  /** Idempotent. */
  release(): void;
}

export interface RunOptions {
  /** Of the job that the query belongs to. */
  readonly meter?: ScanMeter | undefined;
  /** Instead of the rows of now. */
  readonly snapshot?: QuerySnapshot | undefined;
  /** Of each of the plan's routines. */
  readonly routineRows?: readonly (readonly ResultRow[])[];
  /** Rows that come before an error are answered: it is thrown behind them. */
  readonly rowsBeforeError?: boolean;
}

/** What came of a query that a DDL statement runs: how many rows it gave, or what they changed. */
export type RowsDone = { readonly kind: "filled"; readonly rows: number } | MaintainedView;

export interface MaintainedView {
  readonly kind: "maintained";
  /** The view's rows are those of its query at this epoch. */
  readonly epoch: Epoch;
  readonly added: number;
  readonly removed: number;
  /** Which of the ways of view-upkeep.ts it was. */
  readonly how: "rows" | "join" | "groups" | "sums" | "recompute";
  /** Why all of it was computed, in words. */
  readonly why?: string;
}

export interface ReceiverTarget {
  readonly relation: Oid;
  readonly schema: string;
  readonly name: string;
  /** Points to which the session may go back. */
  readonly marks: readonly TransactionMark[];
  readonly columns: readonly CopyColumn[];
  /** An expression's tree: rows for which it is not true are left out. */
  readonly where: unknown;
}

/** Takes rows of the columns that it was opened for. */
export interface RowReceiver {
  /** PostgreSQL would add rows many at a time. */
  readonly isBatched: boolean;
  /** Throws 23502 or 23514 when a domain does not take the value. */
  checkDomain(domain: Oid, value: Scalar): void;
  /** Throws, or rejects with, what the table refuses. */
  receive(row: ResultRow): void | Promise<void>;
  /** All rows are there. Answers how many were taken. */
  finish(): number | Promise<number>;
}

export type ResultRow = readonly Scalar[];

/** Variables of a body that the statement stands in. */
export interface BodyVariables {
  /** What the plan depends on of them, and which text it is. */
  readonly key: string;
  /** For one binding: `uses` says of each parameter what it stands for. */
  open(): Variables & { readonly uses: VariableUses };
}
export type VariableUses = readonly (readonly string[])[];

export interface PlanRequest {
  readonly variables?: BodyVariables;
  /** A Statement whose body is a query. */
  readonly statement: Statement;
  /** Its tree is libpg-query's SelectStmt; `location`s are 0-based character offsets. */
  readonly query: QueryStatement;
  /** The client's types of $1 …; 0 = infer. */
  readonly parameterTypes: readonly Oid[];
  /** false: a simple query, in which $n is 42P02. */
  readonly inferParameters: boolean;
  readonly context: StatementContext;
  /** Its rows say which rows of tables they are, for WHERE CURRENT OF. */
  readonly forCursor?: boolean;
  /** It stands in the body of a routine, whose parameters are $1 … */
  readonly place?: BodyPlace | undefined;
}

export interface CallRequest extends Omit<PlanRequest, "query" | "statement" | "forCursor"> {
  /** Its node is libpg-query's FuncCall. */
  readonly call: CallStatement;
}

export interface ProcedurePlan {
  /** One row: the routine's arguments. */
  readonly arguments: QueryPlan;
  /** What CALL answers; undefined = no row. */
  readonly columns: readonly ResultColumn[] | undefined;
  /** Of each of these columns, what stands in the call for it. */
  readonly outputs: readonly OutputPlace[];
  /** Why the role may not call it, in words. */
  readonly denied: string | undefined;
  /** Throws 0A000 when it cannot run here, and what is wrong with the text of its body. */
  code(): RoutineCode;
}

/** A table whose row versions stand behind the columns of a cursor's rows. */
export interface CursorTable {
  readonly relation: Oid;
  /** Where the versions are; the table has another one when it was rewritten. */
  readonly storage: Oid;
  readonly members?: ReadonlyMap<Oid, { readonly storage: Oid }>;
}

/** What WHERE CURRENT OF may refer to in the rows of a query. */
export interface CursorTables {
  /** The query locks rows: the tables are those that it locks rows of. */
  readonly isLocking: boolean;
  readonly tables: readonly CursorTable[];
}

/** WHERE CURRENT OF. */
export interface CurrentOf {
  readonly cursor: string;
  readonly relation: Oid;
  /** Its name. */
  readonly table: string;
  /** Whether rows of tables below it are changed with its own. */
  readonly isInherited: boolean;
}

/** The version of the table's row that a cursor stands on; undefined = its row has none. */
export interface CursorRow extends CurrentOf {
  /** The table below, where rows of several are read as one's. */
  readonly member: Oid | undefined;
  readonly storage: Oid;
  readonly version: number | undefined;
}

export interface ModifyRequest extends Omit<PlanRequest, "query" | "forCursor"> {
  /** Its node is libpg-query's InsertStmt, UpdateStmt or DeleteStmt. */
  readonly modify: ModifyStatement;
}

export interface ModifyQueryPlan {
  /** Parameters that are variables. */
  readonly uses?: VariableUses | undefined;
  readonly parameterTypes: readonly Oid[];
  /** What RETURNING answers; undefined = nothing. */
  readonly columns: readonly ResultColumn[] | undefined;
  /** A rule has made a SELECT of it, whose rows simple queries are told. */
  readonly byRule: boolean;
  /** Why the role may not run it, in words. */
  readonly denied?: string | undefined;
  /** The tables that are written to, and the views before them. */
  readonly targets: ReadonlySet<Oid>;
  /** Those that it reads. */
  readonly relations: QueryPlan["relations"];
  /** Cursors whose rows it changes. */
  readonly currentOf: readonly CurrentOf[];
}

export interface ModifyResult {
  readonly count: number;
  readonly rows: readonly ResultRow[];
}

export interface QueryPlan {
  /** Parameters that are variables. */
  readonly uses?: VariableUses | undefined;
  /** Types of $1 … $n. */
  readonly parameterTypes: readonly Oid[];
  readonly columns: readonly ResultColumn[];
  /**
   * A cursor over it may go back without having been declared SCROLL: PostgreSQL's plan for it can
   * be run backwards.
   */
  readonly readsBackwards: boolean;
  /** Why the role that it was made for may not run it, in words. */
  readonly denied?: string | undefined;
  /** It reads no rows and calls immutable functions only: it answers the same whenever it runs. */
  readonly immutable: boolean;
  /** Of a cursor's plan; absent = WHERE CURRENT OF finds nothing in it. */
  readonly cursorTables?: CursorTables | undefined;
  /** The relations that it reads: RowShare where it locks rows. */
  readonly relations: readonly (readonly [relation: Oid, mode: string])[];
  /** The first lock that it, or a query in it, takes on rows: what stands behind FOR. */
  readonly locks?: string | undefined;
  /** What runs before it. */
  readonly routines: readonly PlannedRoutine[];
}

/** What a statement knows of its session. Computed lazily; valid while the statement runs. */
export interface StatementContext extends FunctionContext {
  readonly effects: StatementEffects;
  /** The names of search_path, "$user" replaced; schemas that do not exist are included. */
  readonly searchPathNames: readonly string[];
  /**
   * As long as neither a setting, the roles nor the committed schemas change, it is the same array.
   */
  readonly searchPath: readonly Oid[];
  readonly user: SessionRole;
  readonly sessionUser: SessionRole;
  readonly readOnly: boolean;
  /** Counts the session's statements; the passes of one have the same number. */
  readonly statementNumber: number;
  /** How many calls by triggers are running, one within the other. */
  triggerDepth: number;
  /** Of bodies that are running, the innermost last. */
  readonly places: (() => string)[];
  /** While the function of an event trigger runs. */
  fired: FiredEvent | undefined;
  readonly live: LiveRows;
  /** What SHOW prints of every setting, by lower-case name: for threads that cannot ask. */
  settings(): ReadonlyMap<string, string>;
  readonly onCommit: OnCommitActions;
  /** Settings as DDL stores them. */
  readonly storedSettings: StoredSettings;
  /** What is left of statement_timeout; undefined = there is none. */
  readonly timeoutMs: number | undefined;
  /** Of a client. */
  readonly request: JobRequest | undefined;
  /** Of the job that the session works for, or that its statement is. */
  readonly meter: ScanMeter | undefined;
  /** µs since 2000-01-01 UTC. */
  readonly now: () => bigint;
  /** Tells a query on another thread to stop. */
  readonly interrupts: Interrupts;
  /** Waits under the session's timeouts, until it is cancelled. */
  wait(wait: Wait): Promise<void>;
  /** A body has run DDL, or gone back: what was looked up before may be another thing now. */
  catalogChanged(): void;
  /** Counts that. */
  readonly catalogChanges: number;
  /** Another number after each change of a setting. */
  readonly settingsVersion: number;
  /** How many the statement has told the client. */
  readonly noticeCount: number;
  /** Sent to the client when the statement's pass has ended, unless it ended by a Wait. */
  notice(notice: Notice): void;
}

/** Each may throw Wait, and what the body raises. */
export interface RoutineRuns {
  /** The code of DO. Throws 42704, 42501, 0A000, 42601. */
  inlineCode(statement: InlineCodeStatement, context: StatementContext): RoutineCode;
  /** A body in PL/pgSQL, at once: its rows. */
  run(
    code: RoutineCode,
    values: readonly Scalar[],
    context: StatementContext,
    /** It may end transactions; a TransactionEnd is thrown then. */
    told?: Told,
  ): readonly ResultRow[];
  /** Of a query that is running: see SessionEffects. */
  call(
    called: Oid,
    types: CallTypes,
    values: readonly Scalar[],
    context: StatementContext,
  ): readonly ResultRow[];
  checkDomain(domain: Oid, value: Scalar, context: StatementContext): void;
  query(text: string, context: StatementContext): QueryRows;
}

export interface StatementEffects extends SessionEffects {
  readonly cursors: BodyCursors;
  readonly statements: BodyStatements;
  /** Of the session's own state: settings, prepared statements, cursors, other sessions. */
  readonly live: LiveRows;
  /** pg_sleep: throws a Wait the first time, returns when the statement runs again. */
  sleep(seconds: number): void;
  /** Its rights and settings hold until what is returned is called. Throws 54001. */
  enterRoutine(code: Pick<RoutineCode, "definer" | "settings">): () => void;
  /** pg_notify. Throws 22023, 54000. */
  notify(channel: string, payload: string): void;
}
