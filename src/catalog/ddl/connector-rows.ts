/** Rows of rw_connector: made, locked and forgotten. */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { objectTag } from "../../txn/lock-tag.ts";
import type { ReadOptions } from "../connectors/options.ts";
import { checkServerFile } from "../connectors/server-files.ts";
import { jobMaking } from "../jobs.ts";
import type { Tuple } from "../relation.ts";
import { pgClass } from "../relations/pg-class.ts";
import { rwConnector } from "../relations/rw-connector.ts";
import type { QualifiedName } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { creationNamespace, lockRelationName } from "./lookup.ts";

export type ConnectorTuple = Tuple<(typeof rwConnector)["columns"]>;

/** The schema of what is to be made; undefined: it is there, and that is all right. 42P07. */
export function placeOfNew(context: DdlContext, name: QualifiedName, ifNotExists: boolean) {
  const { catalog } = context;
  const namespace = creationNamespace(context, name);
  lockRelationName(context, namespace.oid, name.name);
  const existing = catalog.find(pgClass, "relname_nsp", [name.name, namespace.oid]);
  if (!existing) return namespace;
  const job = jobMaking(catalog, existing.oid);
  const detail = job && { detail: `It is still being created by job ${job.id}.` };
  const message = `relation "${name.name}" already exists`;
  if (!ifNotExists) throw new SqlError("42P07", message, detail);
  context.notice(notice(`${message}, skipping`, detail, "42P07"));
  return undefined;
}

/** What is said of what is connected: of a sink, its own options alone, and its connection. */
interface Connected extends ReadOptions {
  readonly connection?: Oid;
}

/** Its rate is that of its options, or the session's. */
export function insertConnector(
  { catalog, settings }: DdlContext,
  relid: Oid,
  { connector, texts, connection = INVALID_OID }: Connected,
  query: string | null = null,
): void {
  const options = JSON.stringify(texts);
  const name = query === null ? "source_rate_limit" : "sink_rate_limit";
  const rate_limit = BigInt(texts[name] ?? settings.kept(name));
  catalog.insert(rwConnector, { relid, connector, options, query, rate_limit, connection });
}

/** Files that the role may not use are refused: 42501, 22023, 55000. */
export function checkFile(
  { catalog, user, settings }: DdlContext,
  { connector, texts }: ReadOptions,
  access: "read" | "write",
): void {
  const { path } = texts;
  if (connector !== "file" || path === undefined) return;
  checkServerFile(catalog, user.oid, path, access, settings.kept("connector_directory"));
}

/** Others who would change the row wait; undefined: it is gone. */
export function lockConnector(
  { transaction, catalog }: DdlContext,
  relid: Oid,
): ConnectorTuple | undefined {
  transaction.lock(objectTag(catalog.database, rwConnector.oid, relid), "AccessExclusive");
  return catalog.find(rwConnector, "key", [relid]);
}
