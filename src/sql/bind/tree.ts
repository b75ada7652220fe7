/**
 * THE BOUND TREE: a query or an expression after names, types, operators and functions are resolved
 * to oids.
 *
 * Data only, JSON-able (bigint as string inside stored trees; see codec.ts), in the shape of
 * PostgreSQL's own Query and primitive nodes, because what is printed from it (pg_get_expr,
 * pg_get_viewdef) must read as PostgreSQL's does.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/nodes/primnodes.h
 *
 * Every expression has `type` (oid), `typmod` (-1 = none) and `collation` (0 = not collatable).
 * `position`: 1-based character offset in the client's text, for errors only; never stored.
 */
import type { Oid } from "../../base/ids.ts";
import type { Scalar } from "../types/scalar.ts";

export interface Typed {
  readonly type: Oid;
  readonly typmod: number;
  readonly collation: Oid;
  /** 0: it compares strings, and its inputs have no common collation. */
  readonly inputCollation?: Oid;
  readonly position?: number | undefined;
}

/** How a coercion came to be: the printer shows explicit ones only. */
export type CoercionForm = "call" | "explicit" | "implicit" | "sql";

export type Expression = (
  | Column
  | Constant
  | Parameter
  | FunctionCall
  | OperatorCall
  | DistinctFrom
  | NullIf
  | ArrayOperator
  | BooleanOperator
  | Relabel
  | CoerceViaIo
  | ArrayCoerce
  | CoerceToDomain
  | CollateClause
  | CaseExpression
  | CaseTest
  | Coalesce
  | MinMax
  | NullTest
  | BooleanTest
  | ArrayConstructor
  | RowConstructor
  | RowCompare
  | Subscript
  | FieldSelect
  | SubLink
  | Aggregate
  | WindowCall
  | Grouping
  | SqlValue
  | XmlExpression
  | SetToDefault
) &
  Typed;

/**
 * `table` is the 1-based number of the range table entry, `levelsUp` query levels out; attnum 0 =
 * whole row, below 0 a system column. A set query is a level of its own: its branches are one level
 * further in.
 */
export interface Column {
  readonly kind: "column";
  readonly table: number;
  readonly attribute: number;
  readonly levelsUp: number;
  /** The column of a join with an alias as which it was written; for printing. */
  readonly through?: { readonly table: number; readonly attribute: number };
  /** What an assignment to a part of it leaves of it, which needs no right to read it. */
  readonly isKept?: boolean;
}
/**
 * `value` in stored form (sql/types/scalar.ts); null = NULL. Of type unknown (705): the literal's
 * text.
 */
export interface Constant {
  readonly kind: "constant";
  readonly value: Scalar;
  /**
   * The literal as it is shown, where the stored form has lost it: char's spaces, -0; or a NULL
   * that does not say its type.
   */
  readonly shown?: string;
}
export interface Parameter {
  readonly kind: "parameter";
  /** $n, 1-based */
  readonly number: number;
}
export interface FunctionCall {
  readonly kind: "function";
  readonly function: Oid;
  readonly args: readonly Expression[];
  readonly returnsSet: boolean;
  /** The last argument is a VARIADIC array. */
  readonly variadic: boolean;
  readonly form: CoercionForm;
  /**
   * Where `args` are not as written, because of defaults or names: the written ones in order, by
   * their 0-based place in `args`. For printing.
   */
  readonly written?: readonly { readonly arg: number; readonly name?: string }[];
  /** It runs, though it could be read as a query. */
  readonly runs?: true;
}
export interface OperatorCall {
  readonly kind: "operator";
  readonly operator: Oid;
  readonly function: Oid;
  /** One argument = prefix operator. */
  readonly args: readonly Expression[];
  readonly returnsSet: boolean;
}
export interface DistinctFrom {
  readonly kind: "distinctFrom";
  readonly operator: Oid;
  readonly function: Oid;
  readonly args: readonly [Expression, Expression];
}
export interface NullIf {
  readonly kind: "nullIf";
  readonly operator: Oid;
  readonly function: Oid;
  readonly args: readonly [Expression, Expression];
}
/** x op ANY (array), x op ALL (array); IN (list) too. */
export interface ArrayOperator {
  readonly kind: "arrayOperator";
  readonly operator: Oid;
  readonly function: Oid;
  readonly any: boolean;
  readonly left: Expression;
  readonly array: Expression;
}
export interface BooleanOperator {
  readonly kind: "boolean";
  readonly operator: "and" | "or" | "not";
  readonly args: readonly Expression[];
}
/** Binary-compatible cast: no run-time effect. */
export interface Relabel {
  readonly kind: "relabel";
  readonly arg: Expression;
  readonly form: CoercionForm;
}
/** Cast through the output function of one type and the input function of the other. */
export interface CoerceViaIo {
  readonly kind: "coerceViaIo";
  readonly arg: Expression;
  readonly form: CoercionForm;
}
/** Element-wise cast of an array; `element` computes on a `caseTest` placeholder. */
export interface ArrayCoerce {
  readonly kind: "arrayCoerce";
  readonly arg: Expression;
  readonly element: Expression;
  readonly form: CoercionForm;
}
/** The domain's checks on a value of its base type. */
export interface CoerceToDomain {
  readonly kind: "coerceToDomain";
  readonly arg: Expression;
  readonly form: CoercionForm;
}
export interface CollateClause {
  readonly kind: "collate";
  readonly arg: Expression;
  readonly collationOid: Oid;
}
export interface CaseExpression {
  readonly kind: "case";
  /** CASE arg WHEN …: each `when` compares a `caseTest` placeholder. */
  readonly arg?: Expression;
  readonly whens: readonly { readonly when: Expression; readonly then: Expression }[];
  readonly otherwise: Expression;
}
export interface CaseTest {
  readonly kind: "caseTest";
  /** VALUE in a domain's check. */
  readonly ofDomain?: true;
}
export interface Coalesce {
  readonly kind: "coalesce";
  readonly args: readonly Expression[];
}
export interface MinMax {
  readonly kind: "minMax";
  readonly greatest: boolean;
  readonly args: readonly Expression[];
}
export interface NullTest {
  readonly kind: "nullTest";
  readonly isNull: boolean;
  readonly arg: Expression;
  readonly row: boolean;
}
export interface BooleanTest {
  readonly kind: "booleanTest";
  readonly test: "true" | "notTrue" | "false" | "notFalse" | "unknown" | "notUnknown";
  readonly arg: Expression;
}
export interface ArrayConstructor {
  readonly kind: "array";
  readonly elementType: Oid;
  readonly elements: readonly Expression[];
  readonly multidimensional: boolean;
}
export interface RowConstructor {
  readonly kind: "row";
  readonly args: readonly Expression[];
  readonly names: readonly string[];
  /** ROW(…) explicitly, or (a, b). */
  readonly form: CoercionForm;
}
/** (a, b) < (c, d); = and <> become boolean operators. */
export interface RowCompare {
  readonly kind: "rowCompare";
  readonly comparison: "<" | "<=" | ">=" | ">";
  readonly operators: readonly Oid[];
  readonly functions: readonly Oid[];
  /** As `inputCollation`, by field. */
  readonly inputCollations?: readonly (Oid | null)[];
  readonly left: readonly Expression[];
  readonly right: readonly Expression[];
}
export interface Subscript {
  readonly kind: "subscript";
  readonly containerType: Oid;
  readonly elementType: Oid;
  readonly container: Expression;
  readonly upper: readonly (Expression | null)[];
  /** Present = slice. */
  readonly lower?: readonly (Expression | null)[];
  /** Present = the container with this in the place of the element or slice. */
  readonly assigned?: Expression;
}
export interface FieldSelect {
  readonly kind: "field";
  readonly arg: Expression;
  /** 1-based */
  readonly field: number;
  readonly name: string;
  /** Of the record that a function has made as its row: what types the fields of that must have. */
  readonly declared?: readonly Oid[];
}
export interface SubLink {
  readonly kind: "subLink";
  readonly link: "exists" | "all" | "any" | "rowCompare" | "expression" | "array";
  /**
   * For all/any/rowCompare: compares outer expressions with `subColumn` references into the
   * sub-select.
   */
  readonly test?: {
    readonly operatorName: string;
    readonly left: readonly Expression[];
    readonly operators: readonly Oid[];
    readonly functions: readonly Oid[];
    /** As `inputCollation`, by column. */
    readonly inputCollations?: readonly (Oid | null)[];
    /** Coercions of the sub-select's columns to what the operators take; same length as left. */
    readonly rightTypes: readonly Oid[];
  };
  readonly query: Query;
  /** Of a function's body that is volatile: computed anew for each row, whatever it reads. */
  readonly eachTime?: true;
  /** The first of SET (a, b) = (SELECT …), which is kept as one for each of so many columns. */
  readonly sets?: number;
}
export interface Aggregate {
  readonly kind: "aggregate";
  readonly function: Oid;
  readonly args: readonly Expression[];
  readonly star: boolean;
  readonly distinct: boolean;
  readonly orderBy: readonly SortKey[];
  readonly filter?: Expression;
  readonly variadic: boolean;
  /** Query levels up that the aggregate belongs to. */
  readonly levelsUp: number;
  /** WITHIN GROUP: direct arguments. */
  readonly directArgs?: readonly Expression[];
}
export interface WindowCall {
  readonly kind: "window";
  readonly function: Oid;
  readonly args: readonly Expression[];
  readonly star: boolean;
  readonly isAggregate: boolean;
  readonly filter?: Expression;
  /** Index in the query's `windows`. */
  readonly window: number;
}
export interface Grouping {
  readonly kind: "grouping";
  readonly args: readonly Expression[];
  /** Query levels up that the groups are of. */
  readonly levelsUp: number;
}
export interface SqlValue {
  readonly kind: "sqlValue";
  readonly value:
    | "current_date"
    | "current_time"
    | "current_timestamp"
    | "localtime"
    | "localtimestamp"
    | "current_role"
    | "current_user"
    | "user"
    | "session_user"
    | "current_catalog"
    | "current_schema";
}
export interface XmlExpression {
  readonly kind: "xml";
  readonly operation:
    | "concat"
    | "element"
    | "forest"
    | "parse"
    | "pi"
    | "root"
    | "serialize"
    | "document"
    | "table";
  /** Of an element or a processing instruction; as XML. */
  readonly name?: string;
  /**
   * Attributes of an element, members of a forest; names as XML. Namespaces of a table, of which
   * the default one's name is empty.
   */
  readonly named: readonly { readonly name: string; readonly value: Expression }[];
  readonly args: readonly Expression[];
  /** DOCUMENT rather than CONTENT. */
  readonly document: boolean;
  /** XMLSERIALIZE … AS. */
  readonly target?: { readonly type: Oid; readonly typmod: number };
  /** XMLTABLE, which stands in FROM alone; `args` begin with rows' path and document. */
  readonly columns?: readonly XmlColumn[];
}
/** `path` and `otherwise` (DEFAULT) are numbers of the table's arguments. */
export interface XmlColumn extends ColumnOfFunction {
  readonly path?: number;
  readonly otherwise?: number;
  readonly notNull?: true;
  /** FOR ORDINALITY */
  readonly counts?: true;
}
export interface SetToDefault {
  readonly kind: "default";
}

/**
 * ORDER BY, and inside aggregates. Nulls: PostgreSQL's default is last for ascending, first for
 * descending.
 */
export interface SortKey {
  readonly expression: Expression;
  /** 1-based target that it names, when it names one. */
  readonly target?: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  /** USING operator or the type's < or >. */
  readonly operator: Oid;
}

export interface Target {
  readonly expression: Expression;
  readonly name: string;
  /** Needed by ORDER BY, GROUP BY or DISTINCT ON only; not in the result. */
  readonly junk: boolean;
  /** Column of a relation that this is, for RowDescription: oid and attnum, else 0. */
  readonly originTable: Oid;
  readonly originColumn: number;
  /** What it is before a set operation brings it to the common type; for printing. */
  readonly written?: Expression;
}

export interface Alias {
  readonly name: string;
  readonly columns: readonly string[];
}

/**
 * What FROM may name; `names`, `types`, `typmods`, `collations` describe its columns, in order
 * (dropped ones: name "").
 */
export type RangeTableEntry = {
  /** The name by which columns refer to it (alias, or the relation's name). */
  readonly name: string;
  readonly alias?: Alias;
  readonly names: readonly string[];
  readonly types: readonly Oid[];
  readonly typmods: readonly number[];
  readonly collations: readonly Oid[];
  readonly lateral: boolean;
} & (
  | {
      readonly kind: "relation";
      readonly relation: Oid;
      readonly relkind: string;
      /** attnums of `names`, as dropped columns leave holes. */
      readonly attributes: readonly number[];
      /** ONLY was written. */
      readonly only?: true;
      readonly sample?: Sample;
      /** Other versions than those that the snapshot sees; never stored. */
      readonly versions?: VersionsRead;
      /** Row security: of the others the rest of the query knows nothing; never stored. */
      readonly security?: Expression;
    }
  | {
      readonly kind: "subquery";
      readonly query: Query;
      /** Set when this is a view expanded in place. */
      readonly view?: Oid;
    }
  | {
      readonly kind: "join";
      readonly join: JoinType;
      /**
       * For each output column the expression (a column of either side, or a coalesce for FULL …
       * USING).
       */
      readonly columns: readonly Expression[];
      readonly using: readonly string[];
      /** USING (…) AS name */
      readonly usingAlias?: string;
      /**
       * For each output column its number on the left and on the right side; 0 = it is not of that
       * side. Merged columns, which come first, are of both.
       */
      readonly left: readonly number[];
      readonly right: readonly number[];
    }
  | {
      readonly kind: "function";
      readonly functions: readonly {
        readonly call: Expression;
        /** How many of `names` it contributes. */
        readonly columnCount: number;
        /** Column definition list: AS (a int, b text). */
        readonly definitions?: readonly ColumnOfFunction[];
      }[];
      readonly ordinality: boolean;
    }
  | { readonly kind: "values"; readonly rows: readonly (readonly Expression[])[] }
  | {
      readonly kind: "cte";
      readonly cte: string;
      readonly levelsUp: number;
      readonly self: boolean;
    }
);

/**
 * What is read of a table between two epochs: the versions that were there at the older one, those
 * that came since then and are there, those that were there and have ended since then. `of`: a JSON
 * list that has all of them, if it is known. `between`: only versions behind the one that the first
 * of these parameters gives, up to the second's. `at`: the older one among others, from 0 (0).
 */
export interface VersionsRead {
  readonly part: "since" | "added" | "ended";
  readonly at?: number;
  readonly of?: string | undefined;
  readonly between?: readonly [after: number, last: number];
}

/** TABLESAMPLE: `method` is the pg_proc oid of its handler. */
export interface Sample {
  readonly method: Oid;
  /** real, in percent */
  readonly percentage: Expression;
  /** double precision */
  readonly repeatable?: Expression;
}

export interface ColumnOfFunction {
  readonly name: string;
  readonly type: Oid;
  readonly typmod: number;
  readonly collation: Oid;
}

export type JoinType = "inner" | "left" | "right" | "full" | "cross";

/** The FROM tree; numbers are 1-based indexes into rangeTable. */
export type FromItem =
  | { readonly kind: "table"; readonly table: number }
  | {
      readonly kind: "join";
      readonly join: JoinType;
      /** Its own entry in rangeTable. */
      readonly table: number;
      readonly left: FromItem;
      readonly right: FromItem;
      readonly on?: Expression;
      readonly natural: boolean;
    };

export interface CommonTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** Column names as written; fewer than `columns`, or none. */
  readonly aliases: readonly string[];
  readonly query: Query;
  /** It names itself. */
  readonly recursive: boolean;
  /** It stands in WITH RECURSIVE, whether it names itself or not. */
  readonly mayRecurse: boolean;
  readonly materialized: "default" | "always" | "never";
  /** It was run by itself: `query` only says what its columns are. */
  readonly given?: GivenRows;
  /** Their columns come behind those of `query`. */
  readonly search?: SearchClause;
  readonly cycle?: CycleClause;
}

/** Rows of a query of WITH that are a parameter; see rows/given-rows.ts. */
export interface GivenRows {
  /** 1-based; known when all of the statement is bound. */
  parameter: number;
  readonly types: readonly Oid[];
}

/** SEARCH … FIRST BY … SET name. `columns`: 1-based numbers of the query's columns. */
export interface SearchClause {
  readonly columns: readonly number[];
  readonly breadthFirst: boolean;
  readonly name: string;
}

/** CYCLE … SET mark TO value DEFAULT otherwise USING path */
export interface CycleClause {
  readonly columns: readonly number[];
  readonly mark: string;
  readonly value: Expression;
  readonly otherwise: Expression;
  readonly path: string;
  /** <> of the mark's type. */
  readonly unequal: { readonly operator: Oid; readonly function: Oid };
}

export interface WindowDefinition {
  readonly name?: string;
  /** The window that it extends: the partitioning is that one's. */
  readonly base?: string;
  /** The order is that of `base`, too. */
  readonly inheritsOrder?: true;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortKey[];
  /**
   * PostgreSQL's frame as normalised words, e.g. "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT
   * ROW"; offsets apart.
   */
  readonly frame?: {
    readonly mode: "range" | "rows" | "groups";
    readonly start: FrameBound;
    readonly end: FrameBound;
    /** Written BETWEEN start AND end; else the start alone. */
    readonly between: boolean;
    readonly exclude?: "current row" | "group" | "ties";
  };
}
export type FrameBound =
  | { readonly kind: "unboundedPreceding" | "currentRow" | "unboundedFollowing" }
  | {
      readonly kind: "preceding" | "following";
      readonly offset: Expression;
      /** RANGE: the function in_range for the sort key's and the offset's type. */
      readonly inRange?: Oid;
    };

export type GroupingSet =
  /** `places`: of expressions in groupBy. */
  | { readonly kind: "simple"; readonly places: readonly number[] }
  | { readonly kind: "rollup" | "cube" | "sets"; readonly sets: readonly GroupingSet[] };

export interface SelectQuery {
  readonly kind: "select";
  readonly commonTables: readonly CommonTable[];
  readonly rangeTable: readonly RangeTableEntry[];
  readonly from: readonly FromItem[];
  readonly where?: Expression;
  readonly targets: readonly Target[];
  readonly groupBy: readonly Expression[];
  readonly groupingSets?: readonly GroupingSet[];
  /** Primary keys that make other columns of their tables depend on those of GROUP BY. */
  readonly keys?: readonly Oid[];
  /** GROUP BY DISTINCT */
  readonly groupDistinct?: true;
  readonly having?: Expression;
  readonly windows: readonly WindowDefinition[];
  /** false, true = all targets, else DISTINCT ON. */
  readonly distinct: boolean | readonly Expression[];
  readonly orderBy: readonly SortKey[];
  readonly limit?: Expression;
  readonly offset?: Expression;
  readonly withTies?: true;
  readonly hasAggregates: boolean;
  readonly locking: readonly RowLocking[];
  /**
   * Of a sub-select that locks its rows as the query around it comes to them: of each table the
   * version and what has ended it. Never stored.
   */
  readonly lockedInPlace?: {
    readonly tables: readonly LockedTable[];
    readonly versions: readonly Expression[];
  };
}

/** FOR UPDATE and its kin, for one entry of the range table. */
export interface RowLocking {
  readonly table: number;
  readonly strength: "key share" | "share" | "no key update" | "update";
  readonly wait: "block" | "skip" | "error";
}

/** A table whose rows are locked. */
export interface LockedTable extends Pick<RowLocking, "strength" | "wait"> {
  readonly relation: Oid;
  readonly name: string;
  readonly storage: Oid;
  /** All whose rows are read as its own: then its rows are named by places, not versions alone. */
  readonly members?: ReadonlyMap<Oid, LockedMember>;
}

export interface LockedMember {
  readonly name: string;
  readonly storage: Oid;
}

/**
 * UNION, INTERSECT, EXCEPT. Branches are coerced to the result's column types. ORDER BY names
 * targets only.
 */
export interface SetQuery {
  readonly kind: "set";
  readonly commonTables: readonly CommonTable[];
  readonly operation: "union" | "intersect" | "except";
  readonly all: boolean;
  readonly left: Query;
  readonly right: Query;
  /**
   * Names, types, … of the result's columns; `expression` is a `column` with table 0 and attribute
   * = number.
   */
  readonly targets: readonly Target[];
  readonly orderBy: readonly SortKey[];
  readonly limit?: Expression;
  readonly offset?: Expression;
  readonly withTies?: true;
}

export interface ValuesQuery {
  readonly kind: "values";
  readonly commonTables: readonly CommonTable[];
  readonly rows: readonly (readonly Expression[])[];
  readonly targets: readonly Target[];
  readonly orderBy: readonly SortKey[];
  readonly limit?: Expression;
  readonly offset?: Expression;
  readonly withTies?: true;
}

export type Query = SelectQuery | SetQuery | ValuesQuery;

/** A query ready to be translated. */
export interface BoundQuery {
  readonly query: Query;
  /** Types of $1 … $n, decided by the client or inferred. */
  readonly parameterTypes: readonly Oid[];
}
