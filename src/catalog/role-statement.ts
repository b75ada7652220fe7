/** Statements about roles, their memberships and the settings that their sessions start with. */
import type { RoleSpec } from "./statement.ts";

export interface RoleOptions {
  readonly superuser?: boolean;
  readonly createDatabase?: boolean;
  readonly createRole?: boolean;
  readonly inherit?: boolean;
  readonly login?: boolean;
  readonly replication?: boolean;
  readonly bypassRls?: boolean;
  readonly connectionLimit?: number;
  /** null = PASSWORD NULL */
  readonly password?: string | null;
  readonly validUntil?: string;
  /** IN ROLE */
  readonly memberOf?: readonly RoleSpec[];
  /** ROLE, USER; of ALTER GROUP the users that are added or dropped. */
  readonly members?: readonly RoleSpec[];
  /** ADMIN */
  readonly adminMembers?: readonly RoleSpec[];
  /** How often SYSID was given, up to a repeated option. */
  readonly sysIds: number;
  /** The first option that was given before: an error of execution, after SYSID's notice. */
  readonly repeated?: { readonly position?: number };
}

export interface CreateRole {
  readonly kind: "createRole";
  readonly noun: "role" | "user" | "group";
  readonly name: string;
  readonly options: RoleOptions;
}
export interface AlterRole {
  readonly kind: "alterRole";
  readonly role: RoleSpec;
  readonly options: RoleOptions;
  /** ALTER GROUP … DROP USER */
  readonly dropsMembers: boolean;
}
export interface RenameRole {
  readonly kind: "renameRole";
  readonly name: string;
  readonly newName: string;
}
export interface DropRoles {
  readonly kind: "dropRoles";
  readonly names: readonly RoleSpec[];
  readonly ifExists: boolean;
}

export interface GrantRoles {
  readonly kind: "grantRoles";
  /** undefined = something with a column list, which no role has. */
  readonly granted: readonly (string | undefined)[];
  readonly members: readonly RoleSpec[];
  /** GRANT: WITH ADMIN OPTION; REVOKE: ADMIN OPTION FOR. */
  readonly admin: boolean;
  readonly revoke: boolean;
  readonly grantor?: RoleSpec;
}

/** A SET value as written: `on`, `'x'`, 5, `public`; identifiers and strings alike are text. */
export type SettingValue = string | number;

export type SettingChange =
  | { readonly kind: "set"; readonly name: string; readonly values: readonly SettingValue[] }
  /** SET … FROM CURRENT */
  | { readonly kind: "setCurrent"; readonly name: string }
  | { readonly kind: "reset"; readonly name: string }
  | { readonly kind: "resetAll" };

/** What sessions of a role, of a database, or of the role in the database start with. */
export interface AlterDefaults {
  readonly kind: "alterDefaults";
  /** undefined = ALTER DATABASE */
  readonly role?: RoleSpec | "all";
  readonly database?: string;
  readonly change: SettingChange;
}

/** Parameters of the server, and what all sessions start with. */
export interface AlterSystem {
  readonly kind: "alterSystem";
  readonly change: Exclude<SettingChange, { readonly kind: "setCurrent" }>;
}

export type RoleStatement =
  | CreateRole
  | AlterRole
  | RenameRole
  | DropRoles
  | GrantRoles
  | AlterDefaults
  | AlterSystem;
