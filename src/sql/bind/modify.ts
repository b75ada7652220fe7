/**
 * INSERT, UPDATE, DELETE AND MERGE, bound: a query that computes what is to be done with which row,
 * and what RETURNING shows of it. Whoever runs it stages the rows; see sql/rows.
 */
import type { Oid } from "../../base/ids.ts";
import type { Expression, GivenRows, Query, SelectQuery, Target } from "./tree.ts";

/** A table that is written to. */
export interface TargetTable {
  readonly relation: Oid;
  readonly name: string;
  /** Of INSERT, for printing. */
  readonly alias?: string;
}

export interface BoundInsert {
  readonly kind: "insert";
  readonly table: TargetTable;
  /** Its columns are the values of `columns` (attnums), each of the column's type; 0 = of none. */
  readonly source: Query;
  readonly columns: readonly number[];
  /** Columns (attnums) that the statement gives a value, or DEFAULT. */
  readonly named: readonly number[];
  /** What the other columns get, each of the column's type; computed for each row. */
  readonly defaults: readonly ColumnDefault[];
  /** Of COPY: rows for which it is not true are left out. The row is entry 1. */
  readonly where?: Expression;
  readonly onConflict?: OnConflict;
  readonly overriding: Overriding;
  readonly checkOptions?: readonly CheckOption[];
  /** Row security has been put into it. */
  readonly secured?: true;
  /** The table is a view, whose INSTEAD OF triggers do what is to be done. */
  readonly instead?: true;
  readonly returning?: Returning;
  readonly through?: Through;
  readonly parameterTypes: readonly Oid[];
}

/** Whose values identities take: OVERRIDING … VALUE. */
export type Overriding = "none" | "user" | "system";

export interface ColumnDefault {
  readonly column: number;
  readonly value: Expression;
}

export interface BoundUpdate {
  readonly kind: "update";
  readonly table: TargetTable;
  /**
   * Its columns: the version (0 in a view), then all live columns of the old row in order, then the
   * new values of `columns` (attnums). The table is entry 1 of its range table.
   */
  readonly query: SelectQuery;
  readonly columns: readonly number[];
  /** WHERE CURRENT OF: the cursor. */
  readonly currentOf?: string;
  readonly checkOptions?: readonly CheckOption[];
  /** Row security has been put into it. */
  readonly secured?: true;
  /** The table is a view, whose INSTEAD OF triggers do what is to be done. */
  readonly instead?: true;
  readonly returning?: Returning;
  readonly through?: Through;
  readonly parameterTypes: readonly Oid[];
}

export interface BoundDelete {
  readonly kind: "delete";
  readonly table: TargetTable;
  /** Its columns: the version, all live columns of the row. The table is entry 1. */
  readonly query: SelectQuery;
  /** As in an UPDATE. */
  readonly currentOf?: string;
  /** Row security has been put into it. */
  readonly secured?: true;
  /** The table is a view, whose INSTEAD OF triggers do what is to be done. */
  readonly instead?: true;
  readonly returning?: Returning;
  readonly through?: Through;
  readonly parameterTypes: readonly Oid[];
}

export interface BoundMerge {
  readonly kind: "merge";
  readonly table: TargetTable;
  /**
   * Its columns: the version of the row that matches and all live columns of it, NULL where none
   * does. The table is entry 1 of its range table.
   */
  readonly query: SelectQuery;
  /** In the order of the statement: of those that fit a row the first is done. */
  readonly actions: readonly MergeAction[];
  /** Row security has been put into it. */
  readonly secured?: true;
  readonly instead?: never;
  readonly returning?: never;
  readonly through?: never;
  readonly currentOf?: never;
  readonly parameterTypes: readonly Oid[];
}

/** In its expressions the row that matches is entry 1; the others are those of the query. */
export type MergeAction = {
  /** It is for rows of the source that a row of the table matches, or for the others. */
  readonly matched: boolean;
  readonly condition?: Expression;
  readonly checks?: ActionChecks;
} & (
  | { readonly kind: "nothing" }
  | { readonly kind: "delete" }
  | {
      readonly kind: "update";
      readonly columns: readonly number[];
      readonly values: readonly Expression[];
    }
  | {
      readonly kind: "insert";
      readonly columns: readonly number[];
      readonly values: readonly Expression[];
      readonly defaults: readonly ColumnDefault[];
    }
);

export type BoundModify = BoundInsert | BoundUpdate | BoundDelete | BoundMerge;

/** While its statement is being bound, nobody knows the parameters yet. */
export type Unparameterized<Bound extends { readonly kind: string }> = Bound extends Bound
  ? Omit<Bound, "parameterTypes">
  : never;

export type UntypedModify = Unparameterized<BoundModify>;

/**
 * A statement of a rule. OLD and NEW are entries 1 and 2 of a level around it. As it is stored, its
 * targets are the new values alone, and it has no defaults: columns come and go.
 */
export type RuleAction = Exclude<UntypedModify, { readonly kind: "merge" }>;

/** Another statement of a rule: whatever rows there are, it is done once. */
export interface RuleNotify {
  readonly kind: "notify";
  readonly channel: string;
  readonly payload: string;
}

/** A statement of a routine's body as it is stored; RETURN is a query of one column. */
export type StoredStatement =
  | { readonly kind: "query" | "return"; readonly query: Query }
  | RuleAction;

/** It, where the parser's tree of a statement may stand. */
export interface StoredNode<Stored extends StoredStatement = StoredStatement> {
  readonly stored: Stored;
}

/** Its condition is over OLD (entry 1) and NEW (2). */
export interface BoundRule {
  readonly condition: Expression | undefined;
  readonly actions: readonly (RuleAction | RuleNotify)[];
}

/** What rules have made of a statement: others, which run one after the other. */
export interface BoundRuled {
  readonly kind: "ruled";
  readonly parts: readonly RuledPart[];
  /** The one whose rows are counted and returned; undefined = there is none. */
  readonly answer: number | undefined;
  /** What listeners are told besides. */
  readonly told: readonly RuleNotify[];
  readonly parameterTypes: readonly Oid[];
}

export interface RuledPart {
  readonly part: BoundModify;
  /** Of a rule's: the statements that it came of, and whose rights each needs; 0 = the user's. */
  readonly asked: readonly { readonly by: Oid; readonly bound: UntypedModify }[];
}

/** What a new row must be. Rows of the table are entry 1. */
export type CheckOption = ViewCheck | PolicyCheck;

/** For a view that it is written through. */
export interface ViewCheck {
  /** Its name. */
  readonly view: string;
  /** The views below it are checked, too. */
  readonly cascaded: boolean;
  /** Absent = the view shows every row. */
  readonly condition?: Expression;
}

/** For row security. */
export interface PolicyCheck {
  /** The table, the policy where it is one that restricts, and whether it is about what is seen. */
  readonly policy: {
    readonly table: string;
    readonly name?: string;
    readonly using?: true;
    /** It is about a row that MERGE has found. */
    readonly isTarget?: true;
  };
  readonly condition: Expression;
}

/** The views between the statement and the table. */
export interface Through {
  /** The statement as written: on the first view. */
  readonly written: UntypedModify;
  readonly views: readonly {
    readonly view: Oid;
    /** The relation whose rows it shows, which its query has as this entry. */
    readonly base: Oid;
    readonly table: number;
    readonly query: Query;
  }[];
}

/** A query that stands among statements that write. */
export interface BoundRead {
  readonly kind: "select";
  readonly query: Query;
  /** A rule made it of the statement: its rows are told, and are not the statement's. */
  readonly byRule?: true;
  readonly parameterTypes: readonly Oid[];
}

export type BoundPart = BoundModify | BoundRead;

/** A query of WITH that is run by itself, once; who reads it is given its rows. */
export interface BoundStep {
  /** What WITH calls it; undefined = it is a sub-select. */
  readonly name?: string;
  readonly part: BoundPart;
  readonly given: GivenRows;
  /** It locks rows, and runs before anything is written. */
  readonly locks?: true;
}

/** A statement that writes: its queries of WITH that are run by themselves, and what it is. */
export interface BoundWriting {
  readonly steps: readonly BoundStep[];
  readonly main: BoundPart | BoundRuled;
  /** Those that the client gives; behind them come the steps' rows. */
  readonly parameterTypes: readonly Oid[];
}

/** Expressions over the row as it was written, entry 1, and the other entries of the query. */
export interface Returning {
  readonly targets: readonly Target[];
}

/** In its expressions the existing row is entry 1 and the proposed one, `excluded`, entry 2. */
export interface OnConflict {
  /** Index columns or expressions that name the arbiter; none = any unique violation. */
  readonly arbiter?: ConflictArbiter;
  /** What names the arbiter: of a view, whose table is not known yet, and where it is stored. */
  readonly inference?: Inference;
  /** Or it is that of this constraint. */
  readonly constraint?: Oid;
  readonly action:
    | { readonly kind: "nothing" }
    | {
        readonly kind: "update";
        readonly columns: readonly number[];
        readonly values: readonly Expression[];
        readonly where?: Expression;
        readonly checks?: ActionChecks;
      };
}

/** What row security demands of the existing row, and of what it becomes. */
export interface ActionChecks {
  readonly existing: readonly PolicyCheck[];
  readonly changed: readonly PolicyCheck[];
}

/** The target of ON CONFLICT. */
export interface Inference {
  readonly elements: readonly InferenceElement[];
  readonly conditions: readonly Expression[];
}

/** A column or an expression, and what its key must be compared with; 0 = anything. */
export interface InferenceElement {
  readonly expression: Expression;
  readonly collation: Oid;
  readonly opclass: Oid;
}

export interface ConflictArbiter {
  /** pg_index rows that fit. */
  readonly indexes: readonly Oid[];
}
