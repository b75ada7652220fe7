/** Statements about what all databases share: databases, roles, and what sessions start with. */
import type { DatabaseStatement } from "../database-statement.ts";
import type { DefinedStatement } from "../defined-statement.ts";
import type { ForeignStatement } from "../foreign-statement.ts";
import type { GrantStatement } from "../grant-statement.ts";
import type { ObjectStatement } from "../object-name.ts";
import type { PolicyStatement } from "../policy-statement.ts";
import type { RoleStatement } from "../role-statement.ts";
import type { RoutineStatement } from "../routine-statement.ts";
import type { TablespaceStatement } from "../tablespace-statement.ts";
import type { DdlContext } from "./context.ts";
import { createDatabase } from "./create-database.ts";
import { setDatabaseTablespace } from "./database-tablespace.ts";
import {
  alterDatabase,
  dropDatabase,
  refreshDatabaseCollation,
  renameDatabase,
  setDatabaseOwner,
} from "./databases.ts";
import { alterDefaultPrivileges } from "./default-privileges.ts";
import { dropRoles } from "./drop-roles.ts";
import { executeObjectStatement } from "./execute-object.ts";
import { grant } from "./grant.ts";
import { grantRoles } from "./role-members.ts";
import { alterRole, createRole, renameRole } from "./roles.ts";
import { alterDefaults } from "./stored-settings.ts";
import { alterSystem } from "./system-parameters.ts";
import {
  createTablespace,
  dropTablespace,
  renameTablespace,
  setTablespaceOptions,
} from "./tablespace-rows.ts";

export function executeClusterDdl(
  context: DdlContext,
  statement:
    | DatabaseStatement
    | TablespaceStatement
    | RoleStatement
    | GrantStatement
    | ObjectStatement
    | Exclude<DefinedStatement, { readonly kind: "createExtension" }>
    | ForeignStatement
    | PolicyStatement
    | RoutineStatement,
): void {
  switch (statement.kind) {
    case "createDatabase":
      return createDatabase(context, statement);
    case "dropDatabase":
      return dropDatabase(context, statement);
    case "renameDatabase":
      return renameDatabase(context, statement);
    case "databaseOwner":
      return setDatabaseOwner(context, statement);
    case "createTablespace":
      return createTablespace(context, statement);
    case "dropTablespace":
      return dropTablespace(context, statement);
    case "renameTablespace":
      return renameTablespace(context, statement);
    case "tablespaceOptions":
      return setTablespaceOptions(context, statement);
    case "createRole":
      return createRole(context, statement);
    case "alterRole":
      return alterRole(context, statement);
    case "renameRole":
      return renameRole(context, statement);
    case "dropRoles":
      return dropRoles(context, statement);
    case "grantRoles":
      return grantRoles(context, statement);
    case "grant":
      return grant(context, statement);
    case "alterDefaultPrivileges":
      return alterDefaultPrivileges(context, statement);
    case "alterDefaults":
      return alterDefaults(context, statement);
    case "alterSystem":
      return alterSystem(context, statement);
    case "alterDatabase":
      return alterDatabase(context, statement);
    case "databaseTablespace":
      return setDatabaseTablespace(context, statement);
    case "refreshDatabaseCollation":
      return refreshDatabaseCollation(context, statement);
    default:
      return executeObjectStatement(context, statement);
  }
}
