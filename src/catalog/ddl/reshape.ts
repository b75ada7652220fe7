/**
 * COLUMNS OF A ROW TYPE COME AND GO, of a composite type or of a table. Values of the type that are
 * somewhere else have its columns, so they are made anew: tables that hold some are rewritten, and
 * so is what stored expressions have of them. PostgreSQL looks at such a value by its type when it
 * reads it, and needs neither the tables nor their locks.
 */
import type { Oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import { relationByOid } from "../all-relations.ts";
import { RELATION_CLASS, TYPE_CLASS } from "../class-oids.ts";
import { dependentsOf, tagOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { Relation } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgPartitionedTable } from "../relations/pg-partitioned-table.ts";
import type { DdlContext } from "./context.ts";
import { checkNotInUse, lockRelation } from "./lookup.ts";
import { rewriteRows } from "./rewrite.ts";
import { noteMissing, type RowShapes } from "./row-work.ts";
import { removeStatistics } from "./statistic-rows.ts";
import { holdersOf, type StoringColumn } from "./stored-values.ts";

/** `change` adds or drops columns of the relations. */
export function reshape(context: DdlContext, relations: readonly Oid[], change: () => void): void {
  const { catalog, rows } = context;
  const found = relations.flatMap((oid) => catalog.find(pgClass, "key", [oid]) ?? []);
  const { types, columns } = holdersOf(
    context,
    found.map(({ reltype }) => reltype),
  );
  // Nobody makes a column of them meanwhile.
  for (const type of types) {
    context.transaction.lock(
      tagOf(catalog.database, addressOf(TYPE_CLASS, type)),
      "AccessExclusive",
    );
  }
  const shapes: RowShapes = new Map(found.map(({ oid }) => [oid, columnsOf(context, oid)]));
  const stored = columns.toSorted((a, b) => a.table.oid - b.table.oid);
  for (const each of stored) prepare(context, each);
  const trees = treesOver(context, types);
  change();
  for (const [table, numbers] of shapes) rows.queue({ kind: "shape", table, columns: numbers });
  for (const each of stored) writeAnew(context, each);
  for (const [relation, keys] of trees) {
    for (const key of keys) reshapeTrees(context, relation, key, shapes);
  }
}

const columnsOf = ({ catalog }: DdlContext, relation: Oid): number[] =>
  catalog
    .list(pgAttribute, "key", [relation])
    .filter(({ attnum, attisdropped }) => attnum > 0 && !attisdropped)
    .map(({ attnum }) => attnum)
    .toSorted((a, b) => a - b);

function prepare(context: DdlContext, { table, column }: StoringColumn): void {
  lockRelation(context, table.oid, "AccessExclusive");
  // Rows of open cursors stay as they were.
  checkNotInUse({ ...context, isRead: () => false }, table, "ALTER TABLE");
  const partitioned = context.catalog.find(pgPartitionedTable, "key", [table.oid]);
  if (partitioned?.partattrs.includes(column.attnum)) {
    const name = `"${table.relname}.${column.attname}"`;
    throw notSupported(`altering the columns of the row type of partition key column ${name}`);
  }
  noteMissing(context, table);
}

function writeAnew(context: DdlContext, { table, column }: StoringColumn): void {
  const { catalog, rows } = context;
  const { oid } = table;
  const now = catalog.find(pgClass, "key", [oid]);
  if (!now || catalog.find(pgAttribute, "key", [oid, column.attnum])?.attisdropped) return;
  removeStatistics(catalog, oid, column.attnum);
  // Of several columns, one has it written.
  if (now.relfilenode === table.relfilenode && rows.hasRows(now)) rewriteRows(context, oid);
}

/** Keys of rows that may have constants of the types, or rows, by relations of the catalog. */
function treesOver(
  { catalog }: DdlContext,
  types: ReadonlySet<Oid>,
): ReadonlyMap<Relation, ReadonlySet<Oid>> {
  const found = new Map<Relation, Set<Oid>>([
    [pgIndex, new Set()],
    [pgPartitionedTable, new Set()],
  ]);
  const add = (relation: Relation | undefined, key: Oid) => {
    if (relation) found.set(relation, (found.get(relation) ?? new Set()).add(key));
  };
  for (const type of types) {
    for (const { classid, objid } of dependentsOf(catalog, addressOf(TYPE_CLASS, type))) {
      if (classid !== RELATION_CLASS) add(relationByOid(classid), objid);
      else for (const relation of [pgIndex, pgPartitionedTable]) add(relation, objid);
    }
  }
  return found;
}

const NODE_TREE = 194;

function reshapeTrees(
  { catalog, relations }: DdlContext,
  of: Relation,
  key: Oid,
  shapes: RowShapes,
) {
  const row = catalog.find(of, "key", [key]);
  if (!row) return;
  const changes: Record<string, string> = {};
  for (const [name, { type }] of Object.entries(of.columns)) {
    const tree = row[name];
    if (type !== NODE_TREE || typeof tree !== "string" || !tree.startsWith("{")) continue;
    const made = relations.reshaped(tree, shapes);
    if (made !== tree) changes[name] = made;
  }
  if (Object.keys(changes).length > 0) catalog.update(of, row, changes);
}
