/** Objects as COMMENT and its like name them, by kind; and the statements that do. */

import type { RuleStatement } from "./rule-statement.ts";
import type { QualifiedName, RoleSpec, TypeName } from "./statement.ts";
import type { TriggerStatement } from "./trigger-statement.ts";

/** Relations of one relkind, as messages call them. */
export type RelationKind =
  | "table"
  | "sequence"
  | "view"
  | "materialized view"
  | "index"
  | "foreign table"
  | "source"
  | "sink";

/** What has a name of its own in the database or the cluster. */
export type NamedKind =
  | "access method"
  | "database"
  | "event trigger"
  | "extension"
  | "foreign-data wrapper"
  | "language"
  | "publication"
  | "role"
  | "schema"
  | "server"
  | "subscription"
  | "tablespace";

/** What has a name in a schema, and nothing else that tells it apart. */
export type QualifiedKind =
  | "collation"
  | "connection"
  | "conversion"
  | "statistics object"
  | "text search configuration"
  | "text search dictionary"
  | "text search parser"
  | "text search template";

export type RoutineKind = "function" | "procedure" | "routine" | "aggregate";

export type ObjectName =
  | { readonly kind: "relation"; readonly relkind: RelationKind; readonly name: QualifiedName }
  /** Without a table: the name was not qualified. */
  | { readonly kind: "column"; readonly table?: QualifiedName; readonly column: string }
  | {
      readonly kind: "part";
      readonly part: "constraint" | "policy" | "rule" | "trigger";
      readonly table: QualifiedName;
      readonly name: string;
    }
  | { readonly kind: "type"; readonly isDomain: boolean; readonly type: TypeName }
  | { readonly kind: "domainConstraint"; readonly domain: TypeName; readonly name: string }
  | {
      readonly kind: "routine";
      readonly routine: RoutineKind;
      readonly name: QualifiedName;
      /** Absent: no list of arguments. */
      readonly args?: readonly TypeName[];
      /** With those that are output; absent where a mode is named, or the noun is a function. */
      readonly allArgs?: readonly TypeName[];
    }
  | {
      readonly kind: "operator";
      readonly name: QualifiedName;
      /** NONE is absent. */
      readonly left?: TypeName;
      readonly right?: TypeName;
    }
  | { readonly kind: "cast"; readonly source: TypeName; readonly target: TypeName }
  | {
      readonly kind: "operatorClass" | "operatorFamily";
      readonly method: string;
      readonly name: QualifiedName;
    }
  | { readonly kind: "transform"; readonly type: TypeName; readonly language: string }
  | { readonly kind: "largeObject"; readonly oid: number }
  | { readonly kind: "named"; readonly noun: NamedKind; readonly name: string }
  | { readonly kind: "qualified"; readonly noun: QualifiedKind; readonly name: QualifiedName };

export interface Comment {
  readonly kind: "comment";
  readonly object: ObjectName;
  /** null removes it. */
  readonly text: string | null;
}
/** ALTER … OWNER TO of what is no relation, schema or database. */
export interface ObjectOwner {
  readonly kind: "objectOwner";
  readonly object: ObjectName;
  readonly owner: RoleSpec;
}
/** ALTER … RENAME TO of what is no relation, schema, database or role. */
export interface RenameObject {
  readonly kind: "renameObject";
  readonly object: ObjectName;
  readonly newName: string;
}
/** ALTER … SET SCHEMA of what is no relation. */
export interface ObjectSchema {
  readonly kind: "objectSchema";
  readonly object: ObjectName;
  readonly schema: string;
}
/** ALTER … [NO] DEPENDS ON EXTENSION of an index, materialized view, routine or trigger. */
export interface DependOnExtension {
  readonly kind: "dependOnExtension";
  readonly object: ObjectName;
  readonly extension: string;
  readonly remove: boolean;
}
/** DROP of what is no relation, schema, database or role. */
export interface DropObjects {
  readonly kind: "dropObjects";
  readonly objects: readonly ObjectName[];
  readonly ifExists: boolean;
  readonly cascade: boolean;
}
export interface ReassignOwned {
  readonly kind: "reassignOwned";
  readonly roles: readonly RoleSpec[];
  readonly owner: RoleSpec;
}
export interface DropOwned {
  readonly kind: "dropOwned";
  readonly roles: readonly RoleSpec[];
  readonly cascade: boolean;
}

export type ObjectStatement =
  | TriggerStatement
  | RuleStatement
  | Comment
  | ObjectOwner
  | RenameObject
  | ObjectSchema
  | DependOnExtension
  | DropObjects
  | ReassignOwned
  | DropOwned;
