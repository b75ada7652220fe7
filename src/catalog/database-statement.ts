/** Statements about whole databases. */
import type { RoleSpec } from "./statement.ts";

export interface CreateDatabase {
  readonly kind: "createDatabase";
  readonly name: string;
  readonly ifNotExists?: boolean;
  readonly owner?: string;
  readonly template?: string;
  /** By name or by number. */
  readonly encoding?: { readonly name: string | number; readonly position?: number };
  readonly collate?: string;
  readonly ctype?: string;
  readonly localeProvider?: string;
  readonly icuLocale?: string;
  readonly tablespace?: string;
  readonly strategy?: string;
  readonly connectionLimit?: number;
  readonly allowConnections?: boolean;
  readonly isTemplate?: boolean;
  readonly collationVersion?: string;
  readonly oid?: number;
  /** LOCATION was given, which says nothing any more. */
  readonly location?: { readonly position?: number };
}
export interface DropDatabase {
  readonly kind: "dropDatabase";
  readonly name: string;
  readonly ifExists: boolean;
  readonly force: boolean;
}
export interface AlterDatabase {
  readonly kind: "alterDatabase";
  readonly name: string;
  readonly connectionLimit?: number;
  readonly allowConnections?: boolean;
  readonly isTemplate?: boolean;
}
export interface DatabaseTablespace {
  readonly kind: "databaseTablespace";
  readonly name: string;
  readonly tablespace: string;
}
export interface RefreshDatabaseCollation {
  readonly kind: "refreshDatabaseCollation";
  readonly name: string;
}
export interface RenameDatabase {
  readonly kind: "renameDatabase";
  readonly name: string;
  readonly newName: string;
}
export interface DatabaseOwner {
  readonly kind: "databaseOwner";
  readonly name: string;
  readonly owner: RoleSpec;
}

export type DatabaseStatement =
  | CreateDatabase
  | DropDatabase
  | AlterDatabase
  | DatabaseTablespace
  | RefreshDatabaseCollation
  | RenameDatabase
  | DatabaseOwner;
