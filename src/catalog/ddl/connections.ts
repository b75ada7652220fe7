/**
 * CONNECTIONS: servers that have a name. A sink says `connection = name` instead of how to reach
 * what is at its other end; whoever makes it must own the connection, for that has the password.
 * https://docs.risingwave.com/sql/commands/sql-create-connection
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { CONNECTION_CLASS, NAMESPACE_CLASS } from "../class-oids.ts";
import { readOptions } from "../connectors/options.ts";
import { connectionSchemas } from "../connectors/sinks.ts";
import { addDependency, addOwner } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { ConnectorOption, CreateConnection } from "../job-statement.ts";
import { rwConnection } from "../relations/rw-connection.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { findQualified } from "./find-named.ts";
import { lockFound } from "./find-object.ts";
import { checkNotInSystem, creationNamespace } from "./lookup.ts";
import { checkOwnership } from "./object-ownership.ts";

/** Throws 42601, 22023, 0A000, 42710, 42501. */
export function createConnection(context: DdlContext, statement: CreateConnection): void {
  const { catalog, user } = context;
  const { name } = statement.name;
  const options = readOptions("connection", connectionSchemas, statement.options, undefined);
  const namespace = creationNamespace(context, statement.name);
  lockName(context, CONNECTION_CLASS, namespace.oid, name);
  if (catalog.find(rwConnection, "name_nsp", [name, namespace.oid])) {
    const message = `connection "${name}" already exists`;
    if (!statement.ifNotExists) throw new SqlError("42710", message);
    context.notice(notice(`${message}, skipping`, {}, "42710"));
    return;
  }
  checkNotInSystem(namespace, name);
  const oid = context.allocateOid();
  catalog.insert(rwConnection, {
    ...{ oid, connname: name, connnamespace: namespace.oid, connowner: user.oid },
    ...{ type: options.connector, options: JSON.stringify(options.texts) },
  });
  const self = addressOf(CONNECTION_CLASS, oid);
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace.oid), "n");
  addOwner(catalog, self, user.oid);
}

interface TakenOver {
  /** Those that were given, and what their connection says. */
  readonly options: readonly ConnectorOption[];
  /** 0: they name none. */
  readonly connection: Oid;
  readonly taken: ReadonlySet<string>;
}

/** Throws 42704, 42501, 22023. */
export function takeOver(context: DdlContext, options: readonly ConnectorOption[]): TakenOver {
  const [reference, again] = options.filter(({ name }) => name !== undefined);
  const connector = options.find(({ key }) => key === "connector")?.value ?? "";
  if (!reference?.name || again || !Object.hasOwn(connectionSchemas, connector)) {
    return { options, connection: INVALID_OID, taken: new Set() };
  }
  const found = findQualified(context, "connection", reference.name);
  checkOwnership(context, found.ownership);
  lockFound(context, found, "AccessShare");
  const connection = found.address.oid;
  const row = context.catalog.find(rwConnection, "key", [connection]);
  const said = Object.entries<string>(JSON.parse(row?.options ?? "{}"));
  const given = options.filter((option) => option !== reference);
  for (const { key, position } of given) {
    if (!said.some(([same]) => same === key)) continue;
    const message = `option "${key}" is given by connection "${row?.connname}", too`;
    throw new SqlError("22023", message).at(position);
  }
  const { position, valuePosition } = reference;
  const more = said.map(([key, value]) => ({ key, value, position, valuePosition }));
  return { options: [...given, ...more], connection, taken: new Set(said.map(([key]) => key)) };
}
