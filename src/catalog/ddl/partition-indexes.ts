/**
 * INDEXES OF PARTITIONED TABLES: they hold nothing themselves. Each partition has one of its own
 * that is a part of it, made with it, with the partition, or found among those that are there.
 * https://www.postgresql.org/docs/15/ddl-partitioning.html
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { CONSTRAINT_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { addDependency, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { childrenOf, parentsOf } from "../inheritance.ts";
import type { ClassTuple } from "../names.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgInherits } from "../relations/pg-inherits.ts";
import { pgPartitionedTable } from "../relations/pg-partitioned-table.ts";
import type { DdlContext } from "./context.ts";
import { constraintOver } from "./index-rows.ts";
import { lockRelation } from "./lookup.ts";
import { classOf, columnNumbers } from "./merge-columns.ts";
import type { TableFacts } from "./table-facts.ts";

/** Makes an index like another on a table that has none such; answers it. */
export type CopyIndex = (table: ClassTuple, like: Oid) => Oid;

/** 0A000 where rows of two partitions could have the same key. */
export function checkUniqueKey(
  { catalog }: DdlContext,
  table: TableFacts,
  kind: "PRIMARY KEY" | "UNIQUE",
  attnums: readonly number[],
): void {
  const row = catalog.find(pgPartitionedTable, "key", [table.oid]);
  for (const attnum of row?.partattrs ?? []) {
    if (attnum === 0) {
      const message = `unsupported ${kind} constraint with partition key definition`;
      const detail = `${kind} constraints cannot be used when partition keys include expressions.`;
      throw new SqlError("0A000", message, { detail });
    }
    if (attnums.includes(attnum)) continue;
    const name = catalog.find(pgAttribute, "key", [table.oid, attnum])?.attname;
    const message = "unique constraint on partitioned table must include all partitioning columns";
    const detail = `${kind} constraint on table "${table.name}" lacks column "${name}" which is part of the partition key.`;
    throw new SqlError("0A000", message, { detail });
  }
}

/** Each partition gets its part of a new index. */
export function indexPartitions(
  context: DdlContext,
  table: ClassTuple,
  index: Oid,
  copy: CopyIndex,
): void {
  for (const oid of childrenOf(context.catalog, table.oid)) {
    lockRelation(context, oid, "ShareRowExclusive");
    indexPartition(context, classOf(context, oid), index, copy);
  }
}

/** A partition gets its parts of all indexes of its parent. */
export function indexLikeParent(
  context: DdlContext,
  partition: ClassTuple,
  parent: Oid,
  copy: CopyIndex,
): void {
  const rows = context.catalog.list(pgIndex, "indrelid", [parent]);
  for (const { indexrelid } of rows.toSorted((a, b) => a.indexrelid - b.indexrelid)) {
    indexPartition(context, partition, indexrelid, copy);
  }
}

function indexPartition(
  context: DdlContext,
  partition: ClassTuple,
  index: Oid,
  copy: CopyIndex,
): void {
  const found = findLike(context, partition, index);
  becomePart(context, found ?? copy(partition, index), index);
}

/** An index of the partition that is the same and part of no other. */
function findLike({ catalog }: DdlContext, partition: ClassTuple, index: Oid): Oid | undefined {
  const wanted = catalog.find(pgIndex, "key", [index]);
  const method = catalog.find(pgClass, "key", [index])?.relam;
  if (!wanted) return undefined;
  const context = { catalog } as DdlContext;
  const numbers = columnNumbers(context, wanted.indrelid, partition.oid);
  const keys = wanted.indkey.map((attnum) => numbers.get(attnum) ?? attnum).join();
  const constraint = constraintOver(context, wanted.indrelid, index);
  const found = catalog.list(pgIndex, "indrelid", [partition.oid]).find((row) => {
    const own = catalog.find(pgClass, "key", [row.indexrelid]);
    const carried = constraintOver(context, partition.oid, row.indexrelid);
    return (
      own?.relispartition === false &&
      own.relam === method &&
      row.indkey.join() === keys &&
      row.indnkeyatts === wanted.indnkeyatts &&
      row.indisunique === wanted.indisunique &&
      row.indclass.join() === wanted.indclass.join() &&
      row.indcollation.join() === wanted.indcollation.join() &&
      row.indexprs === null &&
      wanted.indexprs === null &&
      row.indpred === null &&
      wanted.indpred === null &&
      (constraint === undefined || carried?.contype === constraint.contype)
    );
  });
  return found?.indexrelid;
}

function becomePart(context: DdlContext, part: Oid, index: Oid): void {
  const { catalog } = context;
  catalog.insert(pgInherits, { inhrelid: part, inhparent: index, inhseqno: 1 });
  const whole = classOf(context, index);
  if (!whole.relhassubclass) catalog.update(pgClass, whole, { relhassubclass: true });
  catalog.update(pgClass, classOf(context, part), { relispartition: true });
  const self = addressOf(RELATION_CLASS, part);
  const table = catalog.find(pgIndex, "key", [part])?.indrelid ?? INVALID_OID;
  addDependency(catalog, self, addressOf(RELATION_CLASS, index), "P");
  addDependency(catalog, self, addressOf(RELATION_CLASS, table), "S");
  const of = catalog.find(pgIndex, "key", [index])?.indrelid ?? INVALID_OID;
  const [own, above] = [constraintOver(context, table, part), constraintOver(context, of, index)];
  if (!own || !above) return;
  const inherited = {
    ...{ conparentid: above.oid, conislocal: false, coninhcount: 1 },
    connoinherit: false,
  };
  catalog.update(pgConstraint, own, inherited);
  const constraint = addressOf(CONSTRAINT_CLASS, own.oid);
  addDependency(catalog, constraint, addressOf(CONSTRAINT_CLASS, above.oid), "P");
  addDependency(catalog, constraint, addressOf(RELATION_CLASS, table), "S");
}

/** A table that is a partition no longer keeps its indexes for itself. */
export function leaveIndexes(context: DdlContext, table: Oid): void {
  const { catalog } = context;
  for (const { indexrelid: part } of catalog.list(pgIndex, "indrelid", [table])) {
    const row = classOf(context, part);
    if (!row.relispartition || parentsOf(catalog, part).length === 0) continue;
    for (const link of catalog.list(pgInherits, "key", [part])) catalog.delete(pgInherits, link);
    catalog.update(pgClass, row, { relispartition: false });
    removeLinks(context, addressOf(RELATION_CLASS, part));
    const own = constraintOver(context, table, part);
    if (!own) continue;
    removeLinks(context, addressOf(CONSTRAINT_CLASS, own.oid));
    const alone = { conparentid: INVALID_OID, conislocal: true, coninhcount: 0 };
    catalog.update(pgConstraint, own, alone);
  }
}

function removeLinks({ catalog }: DdlContext, object: ReturnType<typeof addressOf>): void {
  for (const row of referencesOf(catalog, object)) {
    if (row.deptype === "P" || row.deptype === "S") catalog.delete(pgDepend, row);
  }
}
