/** Statements about privileges: who may do what with which objects. */
import type { ObjectName } from "./object-name.ts";
import type { QualifiedName, RoleSpec } from "./statement.ts";

/** What GRANT says that its objects are. A table is any relation. */
export type SecuredNoun =
  | "table"
  | "sequence"
  | "database"
  | "domain"
  | "foreign-data wrapper"
  | "foreign server"
  | "function"
  | "language"
  | "large object"
  | "parameter"
  | "procedure"
  | "routine"
  | "schema"
  | "tablespace"
  | "type";

/** RisingWave's words for relations of one kind. */
export type GrantedKind = "materialized view" | "view" | "source" | "sink";

export type GrantTarget =
  | { readonly in: "relations"; readonly names: readonly QualifiedName[] }
  | { readonly in: "objects"; readonly objects: readonly ObjectName[] }
  | { readonly in: "schemas"; readonly schemas: readonly string[] }
  | { readonly in: "parameters"; readonly names: readonly string[] };

export interface NamedPrivilege {
  /** Absent: ALL, of the columns. */
  readonly name?: string;
  readonly columns?: readonly string[];
}

/** What is granted or revoked, and to whom. */
export interface PrivilegeChange {
  readonly revoke: boolean;
  readonly noun: SecuredNoun;
  /** None: ALL. */
  readonly privileges: readonly NamedPrivilege[];
  readonly grantees: readonly RoleSpec[];
  /** WITH GRANT OPTION, GRANT OPTION FOR */
  readonly grantOption: boolean;
  readonly cascade: boolean;
}

export interface Grant extends PrivilegeChange {
  readonly kind: "grant";
  readonly target: GrantTarget;
  /** Relations of this kind alone. */
  readonly of?: GrantedKind;
  /** GRANTED BY */
  readonly grantor?: RoleSpec;
}

/** ALTER DEFAULT PRIVILEGES: of what will be created. */
export interface AlterDefaultPrivileges {
  readonly kind: "alterDefaultPrivileges";
  readonly change: PrivilegeChange;
  /** None: the current user. */
  readonly roles: readonly RoleSpec[];
  /** None: all of the database. */
  readonly schemas: readonly string[];
  /** An option that stands twice. */
  readonly repeated?: { readonly position?: number };
}

export type GrantStatement = Grant | AlterDefaultPrivileges;
