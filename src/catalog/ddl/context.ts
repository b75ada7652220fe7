/**
 * What a DDL statement has at hand. Everything here is synchronous; see txn/wait.ts for how waiting
 * works.
 */

import type { Oid } from "../../base/ids.ts";
import type { Notice } from "../../base/sql-error.ts";
import type { ScanMeter } from "../../pages/scan-meter.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import type { OnCommit } from "../alter-action.ts";
import type { Catalog } from "../catalog.ts";
import type { ObjectAddress } from "../describe.ts";
import type { SearchTemplate } from "../dictionary-templates.ts";
import type { Role, TypeTuple } from "../names.ts";
import type { OpclassTuple } from "../opclasses.ts";
import type { CatalogReader } from "../reader.ts";
import type { SettingValue } from "../role-statement.ts";
import type { LiteralPlace, SqlBody } from "../routine-statement.ts";
import type { RuleDefinition } from "../rule-statement.ts";
import type { QualifiedName, RawExpression } from "../statement.ts";
import type { RelationBinder } from "./relation-binder.ts";
import type { RowWork } from "./row-work.ts";

/** An expression as stored: the tree in its codec, and what it refers to. */
export interface StoredExpression {
  readonly tree: string;
  readonly references: readonly {
    readonly classOid: Oid;
    readonly oid: Oid;
    readonly subId: number;
  }[];
}

/** What the last parameters of a routine take when a call leaves them out. */
export interface StoredRoutineDefaults extends StoredExpression {
  readonly count: number;
}

/** A routine whose body is to be checked before it is stored. */
export interface RoutineBody {
  readonly name: string;
  readonly source: string;
  readonly place?: LiteralPlace;
  readonly args: readonly Oid[];
  readonly argNames: readonly string[];
  readonly result: Oid;
  readonly returnsSet: boolean;
  readonly isProcedure: boolean;
  /** All of them, those that take nothing too. */
  readonly parameterCount: number;
  /** Columns of a result that is a record. */
  readonly outputs: readonly { readonly name: string; readonly type: Oid }[];
}

/** What a routine in SQL takes and returns. */
export type RoutineSignature = Omit<RoutineBody, "source" | "place">;

/** WHEN, and of what kind of trigger (pg_trigger.tgtype). */
export interface TriggerCondition {
  readonly type: number;
  readonly when?: RawExpression;
}

/** A view's query as stored, and what the view's rows repeat of it. */
export interface StoredQuery extends StoredExpression {
  readonly columns: readonly {
    readonly name: string;
    readonly type: Oid;
    readonly typmod: number;
    /** 0 of a collatable type: the inputs disagree. */
    readonly collation: Oid;
    readonly collatable: boolean;
  }[];
  /** Why rows cannot be changed through it, as a hint; undefined = they can. */
  notUpdatable(): string | undefined;
}

/** What a stored query goes by. */
export interface QueryInputs {
  /** It reads them, through views. */
  readonly relations: ReadonlySet<Oid>;
  /** What it gives changes with the time, too. */
  readonly clock: boolean;
}

/** A rule as stored: its condition and its statements as trees. */
export interface StoredRule extends StoredExpression {
  readonly condition: string | undefined;
  /** Of each statement that has RETURNING: what that gives. */
  readonly returning: readonly (readonly { readonly type: Oid; readonly typmod: number }[])[];
}

/** An expression over the columns of a table: a check, a generation expression. */
export interface TableExpression extends StoredExpression {
  /** Numbers of the columns in it, each once, as they come; 0 = the whole row. */
  readonly columns: readonly number[];
}

/** Binding of expressions belongs to a layer above; DDL gets it as an argument. */
export interface ExpressionBinder {
  /**
   * Binds a DEFAULT for a column of this type; undefined = plain NULL, which is no default. Throws
   * SqlError with a position.
   */
  bindDefault(
    expression: RawExpression,
    column: { readonly name: string; readonly type: Oid; readonly typmod: number },
  ): StoredExpression | undefined;
  /** The tree of what a column of the type holds for which nothing is given; undefined = NULL. */
  defaultByType(type: Oid): string | undefined;
  /**
   * Binds the query of a view whose first columns have these names. Throws SqlError as PostgreSQL's
   * parse analysis does.
   */
  bindView(query: RawExpression, columns: readonly string[]): StoredQuery;
  /**
   * Locks what a stored query reads, and answers it; 42501 when the role may not. `secured`: it
   * reads of tables with row security what the user sees of them; else it may not.
   */
  prepareRun(tree: string, role: Oid, secured?: boolean): QueryInputs;
  /**
   * Of a stored query that nothing depends on: throws 42P01, 42703, 42704 or 55000 when what it
   * names has gone or become another thing since it was bound.
   */
  checkStillStands(tree: string): void;
  /** Of a stored query: why its rows cannot be followed from those of its tables, if not. */
  whyNotFollowed(tree: string): string | undefined;
  /** Of a stored query: why rows cannot be changed through it. */
  whyNotUpdatable(tree: string): string | undefined;
  /**
   * Binds a CHECK of a table whose columns are staged, or a condition of a policy or publication.
   * Throws SqlError with a position.
   */
  bindCheck(
    expression: RawExpression,
    relation: Oid,
    of?: "CHECK" | "POLICY" | "PUBLICATION WHERE",
  ): TableExpression;
  /**
   * What the bounds of a partition say of its rows; undefined when its checks say it already, or
   * only the partitioned table can tell (HASH).
   */
  partitionCheck(relation: Oid): TableExpression | undefined;
  /** A stored expression over the relation's columns, with what it refers to. */
  storedOver(tree: string, relation: Oid): StoredExpression;
  /** Binds a CHECK of a domain, over VALUE. Throws SqlError with a position. */
  bindDomainCheck(
    expression: RawExpression,
    base: { readonly type: Oid; readonly typmod: number },
  ): StoredExpression;
  /** Binds the expression of a generated column of a table whose columns are staged. */
  bindGenerated(
    expression: RawExpression,
    relation: Oid,
    column: { readonly name: string; readonly type: Oid; readonly typmod: number },
  ): StoredExpression;
  /**
   * A stored check or generation expression for another table, whose columns have other numbers;
   * undefined when it holds a whole row.
   */
  copyFor(
    relation: Oid,
    tree: string,
    numbers: ReadonlyMap<number, number>,
  ): TableExpression | undefined;
  /** Defaults of a routine's last parameters, each coerced to its parameter's type. */
  bindParameterDefaults(
    given: readonly { readonly expression: RawExpression; readonly type: Oid }[],
  ): StoredRoutineDefaults;
  /** Binds WHEN of a trigger. Throws SqlError with a position. */
  bindTriggerWhen(trigger: TriggerCondition, relation: Oid): StoredExpression;
  /**
   * A stored WHEN of a trigger as that of its part in a partition with this row type; undefined
   * when it holds a whole row, and the partition's columns stand in another order.
   */
  triggerWhenIn(
    tree: string,
    rowType: Oid,
    numbers: ReadonlyMap<number, number>,
  ): string | undefined;
  /** Binds a rule of the relation. Throws SqlError with a position. */
  bindRule(rule: RuleDefinition, relation: Oid): StoredRule;
  /** Throws what is wrong with a body in PL/pgSQL. */
  checkProcedural(body: RoutineBody): void;
  /** What nothing runs of the body of a function in PL/pgSQL that these call, in words. */
  whyNotRun(source: string, name: string, firedBy: "trigger" | "event trigger"): string | undefined;
  /** Parses and binds a body in SQL; throws what is wrong with it. */
  checkBody(body: RoutineBody): void;
  /** Binds a body that is no text: what is stored of it. */
  bindSqlBody(body: SqlBody, signature: RoutineSignature): StoredExpression;
  /** Throws 42P13 unless a stored body gives what the routine returns. */
  checkSqlBody(tree: string, signature: RoutineSignature): void;
  /** A function that an aggregate calls with these types. Throws 42883, 42804, 42501. */
  supportFunction(
    name: QualifiedName,
    types: readonly Oid[],
  ): { readonly oid: Oid; readonly result: Oid; readonly strict: boolean };
  /** Whether a value of one type is one of the other as it is stored. */
  isSameStored(from: Oid, to: Oid): boolean;
  /** Throws what reading the text as a value of the type does. */
  checkInput(type: Oid, text: string): void;
  /** Whether values of these types can implicitly become those of the others, all at once. */
  canCoerce(types: readonly Oid[], targets: readonly Oid[]): boolean;
  /** A type as messages show it: integer, character varying(20). */
  typeText(type: Oid, typmod?: number): string;
  /** The default of a serial column: nextval('sequence'::regclass). */
  nextvalOf(sequence: Oid): StoredExpression;
}

/** State of sequences outside transactions; see catalog/sequences.ts. */
export interface SequenceStates {
  /** The first value of a new storage, where it is not the START value: RESTART WITH. */
  start(db: Oid, storage: Oid, first: bigint): void;
  /** The last value that left a storage; `start` when none did. */
  last(db: Oid, storage: Oid, start: bigint): bigint;
  /** A copy of a database: the storage goes on in it where it stands; `start` when it has not. */
  copy(from: Oid, to: Oid, storage: Oid, start: bigint): void;
}

/** Settings as statements store them for sessions to come; the settings are a layer's above. */
export interface StoredSettings {
  /** The value that holds in this session, as it is kept. */
  kept(name: string): string;
  /** The names that it lists. */
  listed(name: string): readonly string[];
  /**
   * The setting's own name and the text to store. Throws what SET would: 42704, 42602, 22023,
   * 0A000, 55P02, 42501.
   */
  checkStored(name: string, values: readonly SettingValue[]): StoredSetting;
  /** The value that holds in this session; throws as checkStored. */
  current(name: string): StoredSetting;
  /**
   * As checkStored, for ALTER SYSTEM; `values` undefined: RESET. Throws 42704, 22023, 0A000, 55P02.
   */
  checkSystem(name: string, values: readonly SettingValue[] | undefined): StoredSetting;
  /** The setting's own name. Throws 42704, 42602, 55P02, 42501. */
  checkStoredName(name: string): string;
  /** The name under which privileges on it are. Throws 42602. */
  grantedKey(name: string): string;
  /** Whether the user may store a value of it. */
  mayStore(name: string): boolean;
}

interface StoredSetting {
  readonly name: string;
  readonly value: string;
}

/** Values of types, which are a layer's above. */
export interface ValueReader {
  /** A timestamptz under the session's settings, µs since 2000-01-01. Throws 22007, 22008. */
  timestamp(text: string): bigint;
  /** Throws what is wrong with files of a text search dictionary. */
  checkDictionary(template: SearchTemplate, options: string | null): void;
}

/** What asks for something to be done beside it. */
export interface JobRequest {
  readonly statement: string;
  /** Process id of the session. */
  readonly session: number;
  /** Rows a second, as in rw_job. */
  readonly rateLimit: number;
  /** 0 = none. */
  readonly timeoutMs: number;
  /** SET background_ddl = on: the statement does not wait for it. */
  readonly isBackground: boolean;
  /** It goes on when the session ends. */
  readonly livesOn: boolean;
}

/** Temporary tables of the session that the end of a transaction empties or drops. */
export interface OnCommitActions {
  note(table: Oid, action: OnCommit): void;
}

/** Told of what goes, before it goes. */
type OnDrop = (
  object: ObjectAddress,
  reached: { readonly original: boolean; readonly normal: boolean },
) => void;

export type FireTruncate = (when: "before" | "after", tables: readonly Oid[]) => void;

export interface DdlContext {
  /** What was there is made anew: where it is and that it may be there are not asked again. */
  readonly rebuilds?: boolean;
  /** Fires the triggers of tables around TRUNCATE; absent: none fire. */
  readonly fireTruncate?: FireTruncate | undefined;
  /** Whether a cursor of the session is open over the relation; absent: there are none. */
  readonly isRead?: (relation: Oid) => boolean;
  /** Absent: nobody wants to know. */
  readonly onDrop?: OnDrop | undefined;
  readonly transaction: CatalogTransaction;
  readonly catalog: Catalog;
  readonly user: { readonly oid: Oid; readonly name: string };
  readonly sessionUser: { readonly oid: Oid; readonly name: string };
  readonly databaseName: string;
  /**
   * Names of search_path, "$user" replaced; schemas that do not exist are skipped when it is used.
   */
  readonly searchPath: readonly string[];
  readonly allocateOid: () => Oid;
  readonly notice: (notice: Notice) => void;
  readonly expressions: ExpressionBinder;
  readonly relations: RelationBinder;
  readonly rows: RowWork;
  readonly onCommit: OnCommitActions;
  /** What never changes of the system catalogs, remembered over statements. */
  readonly system: SystemCache;
  readonly sequences: SequenceStates;
  readonly settings: StoredSettings;
  readonly values: ValueReader;
  /** What the server finds under an absolute path; undefined: nothing. */
  readonly pathKind: (path: string) => "directory" | "other" | undefined;
  /** Sessions in a database other than this one, for DROP DATABASE. */
  readonly sessions: DatabaseSessions;
  /** The same for what a statement is made of: by another owner, under another path. */
  readonly within: (searchPath: readonly string[], owner: Role) => DdlContext;
  /** Undefined: nobody is there who could ask. */
  readonly request: JobRequest | undefined;
  /** Counts what the job that runs reads; undefined: nobody counts. */
  readonly meter: ScanMeter | undefined;
  /** µs since 2000-01-01. */
  readonly now: () => bigint;
}

/** What finding an object by its name needs of it. */
export type FindContext = Pick<DdlContext, "user" | "databaseName" | "searchPath"> & {
  readonly catalog: CatalogReader;
  readonly expressions: Pick<ExpressionBinder, "typeText">;
};

export interface DatabaseSessions {
  /** How many other sessions are connected to it. */
  count(database: Oid): number;
  /** Ends them (FORCE). */
  terminate(database: Oid): void;
}

export interface SystemCache {
  /** Rows of pg_catalog's types by name. */
  readonly types: Map<string, TypeTuple>;
  /** By access method and type: the type's default operator class. */
  readonly opclasses: Map<string, OpclassTuple>;
}
