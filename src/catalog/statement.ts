/**
 * DDL AS DATA. The parser's trees stop at the door (sql/parse); what DDL executes is this closed
 * union. Every `position` is 1-based, in characters of the client's text. Names are already folded.
 */
import type { SqlError } from "../base/sql-error.ts";
import type { Persistence, StorageAction, TableStorage } from "./alter-action.ts";
import type { DatabaseStatement } from "./database-statement.ts";
import type { DefinedStatement } from "./defined-statement.ts";
import type { ForeignStatement, OptionChanges } from "./foreign-statement.ts";
import type { GrantStatement } from "./grant-statement.ts";
import type { ExclusionConstraint, IndexStatement, RelationOption } from "./index-statement.ts";
import type {
  ConnectorNoun,
  CreateConnection,
  CreateSink,
  CreateSource,
  MaintainMaterializedView,
  StepStatement,
} from "./job-statement.ts";
import type { ObjectStatement } from "./object-name.ts";
import type { PartitionAction, PartitionBoundClause, PartitionBy } from "./partition-statement.ts";
import type { PolicyStatement } from "./policy-statement.ts";
import type { RoleStatement } from "./role-statement.ts";
import type { RoutineStatement } from "./routine-statement.ts";
import type { TablespaceStatement } from "./tablespace-statement.ts";
import type { TypeStatement } from "./type-statement.ts";

export interface QualifiedName {
  /** Nothing can be reached but in the session's own. */
  readonly database?: string;
  readonly schema?: string;
  readonly name: string;
  /** ONLY: without the tables that inherit from it. */
  readonly only?: true;
  readonly position?: number;
}

/** A type as written: `pg_catalog.varchar(40)[]`. */
export interface TypeName {
  /** Nothing can be reached but in the session's own. */
  readonly database?: string;
  readonly schema?: string;
  readonly name: string;
  /** Type modifiers as written: numeric(10,2) → [10, 2]; undefined = not a simple constant. */
  readonly modifiers: readonly (number | string | undefined)[];
  /** interval fields and the like arrive as a ready mask from the parser in `modifiers`. */
  readonly arrayDimensions: number;
  /** In quotes, or naming the type itself: it is no other name of a type. */
  readonly isExact?: true;
  readonly position?: number;
}

/**
 * An expression of the statement that somebody above must bind (a DEFAULT). `node` is the parser's
 * tree and is opaque here: it is handed to the ExpressionBinder that the caller of DDL supplies.
 */
export interface RawExpression {
  readonly node: unknown;
  readonly position?: number;
}

export interface SequenceOptions {
  readonly type?: TypeName;
  /** Where AS stands: identity columns refuse it. */
  readonly typePosition?: number;
  /** SEQUENCE NAME, of identity columns alone. */
  readonly name?: QualifiedName;
  readonly increment?: bigint;
  readonly min?: bigint | null; // null = NO MINVALUE
  readonly max?: bigint | null;
  readonly start?: bigint;
  readonly restart?: bigint | true;
  readonly cache?: bigint;
  readonly cycle?: boolean;
  /** null = NONE */
  readonly ownedBy?: { readonly table: QualifiedName; readonly column: string } | null;
  /** The first option that was given before: an error of execution, after names are resolved. */
  readonly repeated?: { readonly position?: number };
}

export type RoleSpec =
  | { readonly kind: "name"; readonly name: string; readonly position?: number }
  | { readonly kind: "current_user" | "session_user" | "current_role" | "public" };

/** Whether a constraint may be checked at the end of the transaction, and whether it is. */
export interface Deferral {
  readonly deferrable: boolean;
  readonly initiallyDeferred: boolean;
}

export interface KeyConstraint extends Deferral {
  readonly kind: "primaryKey" | "unique";
  readonly name?: string;
  readonly columns: readonly string[];
  /** INCLUDE: stored in the index, no part of the key. */
  readonly including: readonly string[];
  readonly nullsNotDistinct?: boolean;
  /** USING INDEX: an index that is there becomes the constraint's; `columns` are empty. */
  readonly usingIndex?: string;
  /** WITH: parameters of the index. */
  readonly options?: readonly RelationOption[];
  /** USING INDEX TABLESPACE */
  readonly tablespace?: string;
  readonly position?: number;
}

export interface CheckConstraint {
  readonly kind: "check";
  readonly name?: string;
  readonly expression: RawExpression;
  readonly noInherit: boolean;
  readonly notValid: boolean;
}

export type ReferentialAction = "noAction" | "restrict" | "cascade" | "setNull" | "setDefault";

export interface ForeignKeyConstraint extends Deferral {
  readonly kind: "foreignKey";
  readonly name?: string;
  readonly columns: readonly string[];
  readonly table: QualifiedName;
  /** None: the referenced table's primary key. */
  readonly referenced: readonly string[];
  readonly match: "simple" | "full";
  readonly onUpdate: ReferentialAction;
  readonly onDelete: ReferentialAction;
  /** ON DELETE SET NULL (a, b); none: all columns of the key. */
  readonly deleteSets: readonly string[];
  readonly notValid: boolean;
  readonly position?: number;
}

/** What an index carries. */
export type IndexConstraint = KeyConstraint | ExclusionConstraint;

/** As a clause of a table, or of a column, whose name then stands in `columns`. */
export type TableConstraint = IndexConstraint | CheckConstraint | ForeignKeyConstraint;

export type ColumnConstraint =
  | { readonly kind: "notNull" | "null"; readonly position?: number }
  | {
      /** `generated`: GENERATED ALWAYS AS (expression) STORED. */
      readonly kind: "default" | "generated";
      readonly expression: RawExpression;
      readonly position?: number;
    }
  | {
      readonly kind: "identity";
      readonly always: boolean;
      readonly options: SequenceOptions;
      readonly position?: number;
    }
  | TableConstraint;

export interface ColumnDefinition {
  readonly name: string;
  readonly type: TypeName;
  readonly collation?: QualifiedName;
  readonly constraints: readonly ColumnConstraint[];
  /** A DEFERRABLE or INITIALLY that belongs to no constraint: said once the type is known. */
  readonly misplaced?: SqlError;
  /** COMPRESSION method */
  readonly compression?: string;
  /** OPTIONS, of a foreign table's column. */
  readonly options?: OptionChanges;
  readonly position?: number;
}

/** What LIKE takes over beside names, types and NOT NULL. */
export interface LikeOptions {
  readonly comments: boolean;
  readonly compression: boolean;
  readonly constraints: boolean;
  readonly defaults: boolean;
  readonly generated: boolean;
  readonly identity: boolean;
  readonly indexes: boolean;
  readonly statistics: boolean;
  readonly storage: boolean;
}

export interface LikeClause {
  readonly kind: "like";
  readonly table: QualifiedName;
  readonly options: LikeOptions;
}

/** What stands between the parentheses of CREATE TABLE, in its order. */
export type TableElement =
  | { readonly kind: "column"; readonly column: ColumnDefinition }
  | LikeClause
  | TableConstraint;

export interface CreateTable {
  readonly kind: "createTable";
  readonly table: QualifiedName;
  readonly elements: readonly TableElement[];
  /** INHERITS, or the table of PARTITION OF. */
  readonly parents?: readonly QualifiedName[];
  /** PARTITION OF: the columns are the parent's, `elements` say more of them. */
  readonly bound?: PartitionBoundClause;
  /** OF: the columns are this type's, `elements` say more of them. */
  readonly ofType?: TypeName;
  readonly partitionBy?: PartitionBy;
  /** Absent: as tables are stored without a word about it. */
  readonly storage?: TableStorage;
  /** Of a foreign table. */
  readonly foreign?: { readonly server: string; readonly options: OptionChanges };
  readonly ifNotExists: boolean;
}

export type AlterTableAction =
  | {
      readonly kind: "addColumn";
      readonly column: ColumnDefinition;
      readonly ifNotExists: boolean;
      /** Of a composite type: its tables get the column, too. */
      readonly cascade: boolean;
    }
  | {
      readonly kind: "dropColumn";
      readonly column: string;
      readonly ifExists: boolean;
      readonly cascade: boolean;
    }
  | { readonly kind: "setDefault"; readonly column: string; readonly expression: RawExpression }
  | { readonly kind: "dropDefault"; readonly column: string }
  | { readonly kind: "setNotNull" | "dropNotNull"; readonly column: string }
  | { readonly kind: "addConstraint"; readonly constraint: TableConstraint }
  | {
      readonly kind: "dropConstraint";
      readonly constraint: string;
      readonly ifExists: boolean;
      readonly cascade: boolean;
    }
  | { readonly kind: "validateConstraint"; readonly constraint: string }
  | ({ readonly kind: "alterConstraint"; readonly constraint: string } & Deferral)
  | {
      readonly kind: "addIdentity";
      readonly column: string;
      readonly always: boolean;
      readonly options: SequenceOptions;
    }
  | {
      readonly kind: "setIdentity";
      readonly column: string;
      /** Several SET GENERATED are an error of execution. */
      readonly always?: boolean | "repeated";
      readonly options: SequenceOptions;
    }
  | {
      readonly kind: "dropIdentity" | "dropExpression";
      readonly column: string;
      readonly ifExists: boolean;
    }
  | StorageAction
  | { readonly kind: "inherit" | "noInherit"; readonly parent: QualifiedName }
  | { readonly kind: "of"; readonly type: TypeName }
  | { readonly kind: "notOf" }
  | PartitionAction
  | { readonly kind: "owner"; readonly owner: RoleSpec };

/**
 * What relation an ALTER or DROP says it means: the tag, the wrong-kind message and the hint follow
 * it.
 */
export type RelationNoun =
  | "table"
  | "sequence"
  | "view"
  | "materialized view"
  | "index"
  | "composite type"
  | "foreign table"
  | ConnectorNoun;

export interface AlterTable {
  readonly kind: "alterTable";
  readonly noun: RelationNoun;
  readonly table: QualifiedName;
  readonly ifExists: boolean;
  readonly actions: readonly AlterTableAction[];
}
export interface RenameColumn {
  readonly kind: "renameColumn";
  readonly noun: RelationNoun;
  readonly table: QualifiedName;
  readonly ifExists: boolean;
  /** Of a composite type: its tables follow. */
  readonly cascade: boolean;
  readonly column: string;
  readonly newName: string;
}
export interface RenameConstraint {
  readonly kind: "renameConstraint";
  readonly table: QualifiedName;
  readonly ifExists: boolean;
  readonly constraint: string;
  readonly newName: string;
}
/** SET CONSTRAINTS: when deferrable constraints are checked in this transaction. */
export interface SetConstraints {
  readonly kind: "setConstraints";
  /** None: ALL. */
  readonly constraints: readonly QualifiedName[];
  readonly deferred: boolean;
}
export interface RenameRelation {
  readonly kind: "renameRelation";
  readonly noun: RelationNoun;
  readonly relation: QualifiedName;
  readonly ifExists: boolean;
  readonly newName: string;
}
/** SWAP WITH: two relations of a kind exchange their names. */
export interface SwapRelations {
  readonly kind: "swapRelations";
  readonly noun: "table" | "view" | "materialized view" | "source" | "sink";
  readonly relation: QualifiedName;
  readonly other: QualifiedName;
}
export interface SetSchema {
  readonly kind: "setSchema";
  readonly noun: RelationNoun;
  readonly relation: QualifiedName;
  readonly ifExists: boolean;
  readonly schema: string;
}
export interface DropRelations {
  readonly kind: "dropRelations";
  readonly noun: RelationNoun;
  readonly names: readonly QualifiedName[];
  readonly ifExists: boolean;
  readonly cascade: boolean;
  /** DROP INDEX CONCURRENTLY */
  readonly concurrently?: boolean;
}

export interface CreateView {
  readonly kind: "createView";
  readonly view: QualifiedName;
  /** Names for the first columns. */
  readonly columns: readonly string[];
  /** Opaque here, as expressions are. */
  readonly query: RawExpression;
  readonly replace: boolean;
  readonly persistence: Persistence;
  readonly options: readonly RelationOption[];
}

/** CREATE TABLE AS, SELECT INTO and CREATE MATERIALIZED VIEW: a relation that a query fills. */
export interface CreateTableAs {
  readonly kind: "createTableAs";
  readonly relkind: "r" | "m";
  readonly table: QualifiedName;
  /** Names for the first columns. */
  readonly columns: readonly string[];
  /** Opaque here, as expressions are. */
  readonly query: RawExpression;
  readonly withData: boolean;
  readonly ifNotExists: boolean;
  /** Absent: as tables are stored without a word about it. */
  readonly storage?: TableStorage;
}

/** https://www.postgresql.org/docs/15/sql-refreshmaterializedview.html */
export interface RefreshMaterializedView {
  readonly kind: "refreshMaterializedView";
  readonly view: QualifiedName;
  /** Those who read it go on meanwhile. */
  readonly concurrently: boolean;
  readonly withData: boolean;
}

export interface CreateSequence {
  readonly kind: "createSequence";
  readonly sequence: QualifiedName;
  readonly options: SequenceOptions;
  readonly persistence: Persistence;
  readonly ifNotExists: boolean;
}
export interface AlterSequence {
  readonly kind: "alterSequence";
  readonly sequence: QualifiedName;
  readonly options: SequenceOptions;
  readonly ifExists: boolean;
}

export interface CreateSchema {
  readonly kind: "createSchema";
  /** Absent with AUTHORIZATION alone: the role's name is the schema's. */
  readonly name?: string;
  readonly owner?: RoleSpec;
  readonly ifNotExists: boolean;
  /** Elements of CREATE SCHEMA … CREATE TABLE …, executed in order inside the new schema. */
  readonly elements: readonly DdlStatement[];
}
export interface RenameSchema {
  readonly kind: "renameSchema";
  readonly name: string;
  readonly newName: string;
}
export interface SwapSchemas {
  readonly kind: "swapSchemas";
  readonly name: string;
  readonly other: string;
}
export interface SchemaOwner {
  readonly kind: "schemaOwner";
  readonly name: string;
  readonly owner: RoleSpec;
}
export interface DropSchemas {
  readonly kind: "dropSchemas";
  readonly names: readonly string[];
  readonly ifExists: boolean;
  readonly cascade: boolean;
}

export type DdlStatement =
  | CreateTable
  | AlterTable
  | RenameColumn
  | RenameConstraint
  | SetConstraints
  | RenameRelation
  | SwapRelations
  | SetSchema
  | DropRelations
  | CreateView
  | CreateTableAs
  | RefreshMaterializedView
  | MaintainMaterializedView
  | CreateSource
  | CreateSink
  | CreateConnection
  | CreateSequence
  | AlterSequence
  | CreateSchema
  | RenameSchema
  | SwapSchemas
  | SchemaOwner
  | DropSchemas
  | DatabaseStatement
  | TablespaceStatement
  | RoleStatement
  | ObjectStatement
  | DefinedStatement
  | ForeignStatement
  | PolicyStatement
  | RoutineStatement
  | GrantStatement
  | IndexStatement
  | TypeStatement
  | StepStatement;
