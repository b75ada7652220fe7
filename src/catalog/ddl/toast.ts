/**
 * TOAST TABLES. Long values need no second table here, so a table has one only to keep the
 * parameters that were set for it (toast.autovacuum_enabled, …).
 * https://www.postgresql.org/docs/15/storage-toast.html
 */
import { type Oid, oid } from "../../base/ids.ts";
import { type AccessMethod, btree } from "../access-methods.ts";
import { RELATION_CLASS } from "../class-oids.ts";
import { addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { needsToast } from "../long-values.ts";
import type { ClassTuple } from "../names.ts";
import { checkOptions } from "../relation-options.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { findOwnTemporaryToast } from "../temporary-names.ts";
import type { DdlContext } from "./context.ts";
import { getDefaultOpclass } from "./default-opclass.ts";
import type { AttributeTuple } from "./defaults.ts";
import { addIndexDependencies, type IndexColumn, insertIndexRows } from "./index-rows.ts";
import { lockRelation, lockRelationName } from "./lookup.ts";

type Options = readonly string[] | null;

const PG_TOAST = oid(99);
const namespaceFor = ({ catalog }: DdlContext, { relpersistence }: ClassTuple): Oid =>
  (relpersistence === "t" ? findOwnTemporaryToast(catalog)?.oid : undefined) ?? PG_TOAST;
const HEAP = oid(2);
const CHUNK = [
  { attname: "chunk_id", atttypid: oid(26), attlen: 4, attbyval: true, attalign: "i" },
  { attname: "chunk_seq", atttypid: oid(23), attlen: 4, attbyval: true, attalign: "i" },
  { attname: "chunk_data", atttypid: oid(17), attlen: -1, attbyval: false, attalign: "i" },
];

/**
 * Changes the parameters of a table's TOAST table, which is made if it is needed for that; a table
 * without long values has none, and then nothing is said.
 */
export function setToastOptions(
  context: DdlContext,
  table: ClassTuple,
  change: (old: Options) => Options,
): void {
  const { catalog } = context;
  const toast = catalog.find(pgClass, "key", [table.reltoastrelid]);
  if (!toast && !needsToast(catalog.list(pgAttribute, "key", [table.oid]))) return;
  const reloptions = change(toast?.reloptions ?? null);
  checkOptions(reloptions, "toast");
  if (toast) catalog.update(pgClass, toast, { reloptions });
  else if (reloptions) insertToast(context, table, reloptions);
}

function insertToast(context: DdlContext, table: ClassTuple, reloptions: Options): void {
  const { catalog } = context;
  const relname = `pg_toast_${table.oid}`;
  const namespace = namespaceFor(context, table);
  lockRelationName(context, namespace, relname);
  const toast = context.allocateOid();
  lockRelation(context, toast, "AccessExclusive");
  catalog.insert(pgClass, {
    oid: toast,
    relname,
    relnamespace: namespace,
    relowner: table.relowner,
    relam: HEAP,
    relfilenode: toast,
    reltablespace: table.reltablespace,
    relhasindex: true,
    relpersistence: table.relpersistence,
    relkind: "t",
    relnatts: CHUNK.length,
    relreplident: "n",
    reloptions,
  });
  CHUNK.forEach((column, at) => {
    catalog.insert(pgAttribute, { ...column, attrelid: toast, attnum: at + 1, attstorage: "p" });
  });
  insertToastIndex(context, table, toast, relname);
  const self = addressOf(RELATION_CLASS, toast);
  addDependency(catalog, self, addressOf(RELATION_CLASS, table.oid), "i");
  const now = catalog.find(pgClass, "key", [table.oid]) as ClassTuple;
  catalog.update(pgClass, now, { reltoastrelid: toast });
}

function insertToastIndex(context: DdlContext, table: ClassTuple, toast: Oid, name: string): void {
  const method = btree;
  const rows = context.catalog.list(pgAttribute, "key", [toast]);
  const columns = rows
    .filter((row) => row.attnum < CHUNK.length)
    .sort((a, b) => a.attnum - b.attnum)
    .map((attribute): IndexColumn => keyColumn(context, attribute, method));
  const plan = {
    name: `${name}_index`,
    method,
    columns,
    unique: true,
    nullsNotDistinct: false,
    primary: true,
    immediate: true,
    predicate: undefined,
    options: null,
    tablespace: table.reltablespace,
  };
  const namespace = namespaceFor(context, table);
  lockRelationName(context, namespace, plan.name);
  const indexed = {
    oid: toast,
    name,
    namespace,
    owner: table.relowner,
    persistence: table.relpersistence,
  };
  addIndexDependencies(context, indexed, insertIndexRows(context, indexed, plan), plan);
}

const keyColumn = (
  context: DdlContext,
  attribute: AttributeTuple,
  method: AccessMethod,
): IndexColumn => ({
  name: attribute.attname,
  source: { kind: "column", attribute },
  collation: oid(0),
  opclass: getDefaultOpclass(context, attribute.atttypid, method),
  option: 0,
  opclassOptions: null,
});
