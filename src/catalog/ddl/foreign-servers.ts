/**
 * FOREIGN SERVERS: where data would be.
 * https://www.postgresql.org/docs/15/sql-createserver.html
 */
import { notice, SqlError } from "../../base/sql-error.ts";
import { SERVER_CLASS, WRAPPER_CLASS } from "../class-oids.ts";
import { addDependency, addOwner } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { AlterServer, CreateServer, ImportForeignSchema } from "../foreign-statement.ts";
import { getNamespace } from "../names.ts";
import { checkMayCreateIn } from "../privileges.ts";
import { pgForeignServer } from "../relations/pg-foreign-server.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { findNamed } from "./find-named.ts";
import { lockFound } from "./find-object.ts";
import { getWrapper } from "./foreign-data.ts";
import {
  checkMayUseServer,
  checkMayUseWrapper,
  type Server,
  wrapperOf,
} from "./foreign-privileges.ts";
import { changedOptions } from "./generic-options.ts";
import { checkOwnership } from "./object-ownership.ts";

export function createServer(context: DdlContext, statement: CreateServer): void {
  const { catalog, user } = context;
  const { name } = statement;
  lockName(context, SERVER_CLASS, undefined, name);
  if (catalog.find(pgForeignServer, "name", [name])) {
    const message = `server "${name}" already exists`;
    if (!statement.ifNotExists) throw new SqlError("42710", message);
    context.notice(notice(`${message}, skipping`, {}, "42710"));
    return;
  }
  const wrapper = getWrapper(context, statement.wrapper, "AccessShare");
  checkMayUseWrapper(context, wrapper, user.oid);
  const srvoptions = changedOptions(null, statement.options, wrapper, "server");
  const oid = context.allocateOid();
  const { type: srvtype, version: srvversion } = statement;
  const own = { oid, srvname: name, srvowner: user.oid, srvfdw: wrapper.oid };
  catalog.insert(pgForeignServer, { ...own, srvtype, srvversion, srvoptions });
  const self = addressOf(SERVER_CLASS, oid);
  addDependency(catalog, self, addressOf(WRAPPER_CLASS, wrapper.oid), "n");
  addOwner(catalog, self, user.oid);
}

export function alterServer(context: DdlContext, statement: AlterServer): void {
  const { catalog } = context;
  const found = findNamed(context, "server", statement.name);
  checkOwnership(context, found.ownership);
  lockFound(context, found, "AccessExclusive");
  const server = getServer(context, statement.name);
  const { version, options } = statement;
  catalog.update(pgForeignServer, server, {
    ...(version === undefined ? {} : { srvversion: version }),
    srvoptions: changedOptions(server.srvoptions, options, wrapperOf(context, server), "server"),
  });
}

/** The server, kept from being dropped. 42704. */
export function getServer(context: DdlContext, name: string): Server {
  const found = findNamed(context, "server", name);
  lockFound(context, found, "AccessShare");
  return context.catalog.find(pgForeignServer, "key", [found.address.oid]) as Server;
}

/** Throws 55000 at the latest: no wrapper has a handler. */
export function importForeignSchema(context: DdlContext, statement: ImportForeignSchema): never {
  const { catalog, user } = context;
  const server = getServer(context, statement.server);
  checkMayUseServer(context, server, user.oid);
  checkMayCreateIn(catalog, user.oid, getNamespace(catalog, statement.schema));
  throw new SqlError(
    "55000",
    `foreign-data wrapper "${wrapperOf(context, server).fdwname}" has no handler`,
  );
}
