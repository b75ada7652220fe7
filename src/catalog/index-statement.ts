/** Statements about indexes, and about how relations are stored, kept in order and locked. */
import type { LockMode } from "../txn/lock-mode.ts";
import type { Deferral, QualifiedName, RawExpression, RoleSpec } from "./statement.ts";
import type { StatementOption } from "./statement-option.ts";

/** One `name = value` of WITH, SET or RESET, and of an operator class. */
export interface RelationOption {
  /** `toast` of toast.fillfactor */
  readonly namespace?: string;
  readonly name: string;
  /** As text; absent = none was written. */
  readonly value?: string;
}

/** A column or an expression of an index. */
export type IndexElement = {
  /** Of its column in the index; absent: one is made up. */
  readonly name?: string;
  readonly collation?: QualifiedName;
  readonly opclass?: QualifiedName;
  readonly opclassOptions: readonly RelationOption[];
  readonly ordering: "default" | "asc" | "desc";
  readonly nulls: "default" | "first" | "last";
} & ({ readonly column: string } | { readonly expression: RawExpression });

/** EXCLUDE: no two rows for which all operators hold. */
export interface ExclusionConstraint extends Deferral {
  readonly kind: "exclusion";
  readonly name?: string;
  /** Name of the access method. */
  readonly method: string;
  readonly elements: readonly (IndexElement & { readonly operator: QualifiedName })[];
  /** INCLUDE: stored in the index, no part of the constraint. */
  readonly including: readonly string[];
  readonly where?: RawExpression;
  readonly options?: readonly RelationOption[];
  readonly tablespace?: string;
  readonly position?: number;
}

/** https://www.postgresql.org/docs/15/sql-createindex.html */
export interface CreateIndex {
  readonly kind: "createIndex";
  /** Absent: one is made up. */
  readonly name?: string;
  readonly table: QualifiedName;
  /** Name of the access method. */
  readonly method: string;
  readonly keys: readonly IndexElement[];
  /** INCLUDE: stored in the index, no part of the key. */
  readonly included: readonly IndexElement[];
  readonly where?: RawExpression;
  readonly options: readonly RelationOption[];
  readonly tablespace?: string;
  readonly unique: boolean;
  readonly nullsNotDistinct: boolean;
  readonly concurrently: boolean;
  readonly ifNotExists: boolean;
}

/** https://www.postgresql.org/docs/15/sql-reindex.html */
export interface Reindex {
  readonly kind: "reindex";
  readonly target:
    | { readonly kind: "index" | "table"; readonly relation: QualifiedName }
    | { readonly kind: "schema" | "system" | "database"; readonly name: string };
  readonly options: readonly StatementOption[];
}

/** https://www.postgresql.org/docs/15/sql-cluster.html */
export interface Cluster {
  readonly kind: "cluster";
  /** Absent: every table that was clustered before. */
  readonly table?: QualifiedName;
  /** Absent: the index that the table was clustered by before. */
  readonly index?: string;
  readonly options: readonly StatementOption[];
}

/** https://www.postgresql.org/docs/15/sql-truncate.html */
export interface Truncate {
  readonly kind: "truncate";
  readonly tables: readonly QualifiedName[];
  readonly restartIdentity: boolean;
  readonly cascade: boolean;
}

/** https://www.postgresql.org/docs/15/sql-lock.html */
export interface LockTables {
  readonly kind: "lockTables";
  readonly relations: readonly QualifiedName[];
  readonly mode: LockMode;
  readonly nowait: boolean;
}

/** ALTER TABLE, INDEX or MATERIALIZED VIEW ALL IN TABLESPACE … SET TABLESPACE … */
export interface MoveAllRelations {
  readonly kind: "moveAllRelations";
  readonly noun: "table" | "index" | "materialized view";
  /** OWNED BY; none = whoever owns them. */
  readonly owners: readonly RoleSpec[];
  readonly from: string;
  readonly to: string;
  readonly nowait: boolean;
}

export type IndexStatement =
  | CreateIndex
  | Reindex
  | Cluster
  | Truncate
  | LockTables
  | MoveAllRelations;
