/**
 * USER MAPPINGS: as whom a role, or everyone, would use a foreign server.
 * https://www.postgresql.org/docs/15/sql-createusermapping.html
 */
import type { Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { SERVER_CLASS, USER_MAPPING_CLASS } from "../class-oids.ts";
import { addDependency, addOwner, tagOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { AlterUserMapping, CreateUserMapping, DropUserMapping } from "../foreign-statement.ts";
import { hasRole } from "../memberships.ts";
import { findRole, getRole } from "../names.ts";
import { pgForeignServer } from "../relations/pg-foreign-server.ts";
import { pgUserMapping } from "../relations/pg-user-mapping.ts";
import type { RoleSpec } from "../statement.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { dropObjects } from "./drop.ts";
import { checkMayUseServer, type Server, wrapperOf } from "./foreign-privileges.ts";
import { getServer } from "./foreign-servers.ts";
import { changedOptions } from "./generic-options.ts";

const PUBLIC = { oid: 0 as Oid, name: "public" };

const mappedUser = (context: DdlContext, user: RoleSpec) =>
  user.kind === "public" ? PUBLIC : getRole(context.catalog, user, context);

/** The owner of the server may, and who maps himself and may use the server. */
function checkMayMap(context: DdlContext, server: Server, mapped: Oid): void {
  const { catalog, user } = context;
  if (hasRole(catalog, user.oid, server.srvowner)) return;
  if (mapped === user.oid) return checkMayUseServer(context, server, user.oid);
  throw new SqlError("42501", `must be owner of foreign server ${server.srvname}`);
}

export function createUserMapping(context: DdlContext, statement: CreateUserMapping): void {
  const { catalog } = context;
  const user = mappedUser(context, statement.user);
  const server = getServer(context, statement.server);
  checkMayMap(context, server, user.oid);
  lockName(context, USER_MAPPING_CLASS, server.oid, String(user.oid));
  if (catalog.find(pgUserMapping, "user_server", [user.oid, server.oid])) {
    const message = `user mapping for "${user.name}" already exists for server "${server.srvname}"`;
    if (!statement.ifNotExists) throw new SqlError("42710", message);
    context.notice(notice(`${message}, skipping`, {}, "42710"));
    return;
  }
  const wrapper = wrapperOf(context, server);
  const umoptions = changedOptions(null, statement.options, wrapper, "user mapping");
  const oid = context.allocateOid();
  catalog.insert(pgUserMapping, { oid, umuser: user.oid, umserver: server.oid, umoptions });
  const self = addressOf(USER_MAPPING_CLASS, oid);
  addDependency(catalog, self, addressOf(SERVER_CLASS, server.oid), "n");
  if (user.oid !== 0) addOwner(catalog, self, user.oid);
}

const noMapping = (user: string, server: string): string =>
  `user mapping for "${user}" does not exist for server "${server}"`;

export function alterUserMapping(context: DdlContext, statement: AlterUserMapping): void {
  const { catalog } = context;
  const user = mappedUser(context, statement.user);
  const server = getServer(context, statement.server);
  const row = catalog.find(pgUserMapping, "user_server", [user.oid, server.oid]);
  if (!row) throw new SqlError("42704", noMapping(user.name, server.srvname));
  checkMayMap(context, server, user.oid);
  const tag = tagOf(catalog.database, addressOf(USER_MAPPING_CLASS, row.oid));
  context.transaction.lock(tag, "AccessExclusive");
  const wrapper = wrapperOf(context, server);
  const umoptions = changedOptions(row.umoptions, statement.options, wrapper, "user mapping");
  catalog.update(pgUserMapping, row, { umoptions });
}

export function dropUserMapping(context: DdlContext, statement: DropUserMapping): void {
  const { catalog } = context;
  const { ifExists, server: name } = statement;
  const missing = (message: string): void => {
    if (!ifExists) throw new SqlError("42704", message);
    context.notice(notice(`${message}, skipping`));
  };
  const { user: spec } = statement;
  if (spec.kind === "name" && !findRole(catalog, spec.name)) {
    return missing(`role "${spec.name}" does not exist`);
  }
  const user = mappedUser(context, spec);
  if (!catalog.find(pgForeignServer, "name", [name])) {
    return missing(`server "${name}" does not exist`);
  }
  const server = getServer(context, name);
  const row = catalog.find(pgUserMapping, "user_server", [user.oid, server.oid]);
  if (!row) return missing(noMapping(user.name, name));
  checkMayMap(context, server, user.oid);
  dropObjects(context, [addressOf(USER_MAPPING_CLASS, row.oid)], true);
}
