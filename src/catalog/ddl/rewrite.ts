/**
 * REWRITES: a table or index gets a new storage (pg_class.relfilenode) and what was counted of the
 * old one is forgotten. The storage is empty; `rewriteRows` has the rows follow.
 */
import type { Oid } from "../../base/ids.ts";
import { accessMethod } from "../access-methods.ts";
import type { ClassTuple } from "../names.ts";
import type { NewRow } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgIndex } from "../relations/pg-index.ts";
import type { DdlContext } from "./context.ts";
import { lockRelation, refuseOtherTemporary } from "./lookup.ts";
import { NOT_MISSING, noteMissing, type RowOrder } from "./row-work.ts";

type Changes = NewRow<(typeof pgClass)["columns"]>;

/** Writes a table anew: its rows, in their order or that of an index, go into the new storage. */
export function rewriteRows(
  context: DdlContext,
  oid: Oid,
  { changes = {}, order }: { readonly changes?: Changes; readonly order?: RowOrder } = {},
): void {
  const { catalog, rows } = context;
  const table = catalog.find(pgClass, "key", [oid]) as ClassTuple;
  refuseOtherTemporary(context, table, "rewrite");
  if (rows.hasRows(table)) {
    noteMissing(context, table);
    rows.queue({ kind: "rewrite", table: oid, from: table.relfilenode, order });
  }
  rewriteTable(context, oid, changes);
  // Every row has every column now.
  for (const row of catalog.list(pgAttribute, "key", [oid])) {
    if (row.atthasmissing) catalog.update(pgAttribute, row, NOT_MISSING);
  }
}

/** A new storage for the table and for each of its indexes, and for its TOAST table. */
export function rewriteTable(context: DdlContext, table: Oid, changes: Changes = {}): void {
  const relation = renewStorage(context, table, changes);
  if (relation && relation.reltoastrelid !== 0) {
    rewriteTable(context, relation.reltoastrelid, changes);
  }
  for (const { indexrelid } of context.catalog.list(pgIndex, "indrelid", [table])) {
    lockRelation(context, indexrelid, "AccessExclusive");
    renewStorage(context, indexrelid, changes);
  }
}

/** A new storage for one table or index. */
export function renewStorage(
  context: DdlContext,
  relation: Oid,
  changes: Changes = {},
): ClassTuple | undefined {
  const { catalog } = context;
  const row = catalog.find(pgClass, "key", [relation]);
  if (!row || row.relkind === "p" || row.relkind === "I") return undefined;
  const method = row.relkind === "i" ? accessMethod(catalog, row.relam) : undefined;
  catalog.update(pgClass, row, {
    relfilenode: context.allocateOid(),
    relpages: method?.pages ?? 0,
    reltuples: method?.initialTuples ?? -1,
    relallvisible: 0,
    ...changes,
  });
  return row;
}
