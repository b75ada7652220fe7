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
import { childrenOf, parentsOf, withDescendants } from "../inheritance.ts";
import type { ClassTuple } from "../names.ts";
import type { Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgInherits } from "../relations/pg-inherits.ts";
import { pgPartitionedTable } from "../relations/pg-partitioned-table.ts";
import type { QualifiedName } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { constraintOver } from "./index-rows.ts";
import { checkAlterable, getRelation, lockRelation, wrongKind } from "./lookup.ts";
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

/** Each partition gets its part of a new index. Throws 42809 for a unique one of foreign tables. */
export function indexPartitions(
  context: DdlContext,
  table: ClassTuple,
  index: Oid,
  copy: CopyIndex,
): void {
  for (const oid of childrenOf(context.catalog, table.oid)) {
    lockRelation(context, oid, "ShareRowExclusive");
    const partition = classOf(context, oid);
    if (partition.relkind !== "f") indexPartition(context, partition, index, copy);
    else if (isUnique(context, index)) throw foreignPartsOf(table.relname);
  }
}

const isUnique = ({ catalog }: DdlContext, index: Oid): boolean =>
  catalog.find(pgIndex, "key", [index])?.indisunique ?? false;

const foreignPartsOf = (table: string): SqlError =>
  new SqlError("42809", `cannot create unique index on partitioned table "${table}"`, {
    detail: `Table "${table}" contains partitions that are foreign tables.`,
  });

/** 42809 before a unique index is made where a partition, however deep, is a foreign table. */
export function checkNoForeignParts(context: DdlContext, { oid, relname }: ClassTuple): void {
  const below = withDescendants(context.catalog, oid);
  if (below.some((each) => classOf(context, each).relkind === "f")) throw foreignPartsOf(relname);
}

/**
 * A partition gets its parts of all indexes of its parent. A foreign table has none: `refused` is
 * thrown where one is unique.
 */
export function indexLikeParent(
  context: DdlContext,
  partition: ClassTuple,
  parent: Oid,
  copy: CopyIndex,
  refused: (parent: string) => SqlError,
): void {
  const rows = context.catalog.list(pgIndex, "indrelid", [parent]);
  if (partition.relkind === "f") {
    if (rows.some(({ indisunique }) => indisunique))
      throw refused(classOf(context, parent).relname);
    return;
  }
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
  becomePart(context, found ?? copy(partition, index), index, found === undefined);
}

/** An index of the partition that is the same and part of no other. */
function findLike(context: DdlContext, partition: ClassTuple, index: Oid): Oid | undefined {
  const rows = context.catalog.list(pgIndex, "indrelid", [partition.oid]);
  const found = rows.find(
    ({ indexrelid }) =>
      !classOf(context, indexrelid).relispartition && isLike(context, indexrelid, index),
  );
  return found?.indexrelid;
}

/** Whether one index of a partition is as the other is, of its parent, and its constraint, too. */
function isLike(context: DdlContext, part: Oid, index: Oid): boolean {
  const [own, wanted] = [part, index].map((oid) => {
    const table = context.catalog.find(pgIndex, "key", [oid])?.indrelid ?? INVALID_OID;
    return constraintOver(context, table, oid);
  });
  if (wanted !== undefined && own?.contype !== wanted.contype) return false;
  return isDefinedLike(context, part, index);
}

function isDefinedLike(context: DdlContext, part: Oid, index: Oid): boolean {
  const { catalog } = context;
  const [own, wanted] = [part, index].map((oid) => catalog.find(pgIndex, "key", [oid]));
  if (!own || !wanted) return false;
  const numbers = columnNumbers(context, wanted.indrelid, own.indrelid);
  const keys = wanted.indkey.map((attnum) => numbers.get(attnum) ?? attnum);
  return (
    classOf(context, part).relam === classOf(context, index).relam &&
    own.indkey.join() === keys.join() &&
    own.indnkeyatts === wanted.indnkeyatts &&
    own.indisunique === wanted.indisunique &&
    own.indclass.join() === wanted.indclass.join() &&
    own.indcollation.join() === wanted.indcollation.join() &&
    sameTree(context, own, wanted, "indexprs", numbers) &&
    sameTree(context, own, wanted, "indpred", numbers)
  );
}

type IndexTuple = Tuple<(typeof pgIndex)["columns"]>;

function sameTree(
  { expressions }: DdlContext,
  own: IndexTuple,
  wanted: IndexTuple,
  column: "indexprs" | "indpred",
  numbers: ReadonlyMap<number, number>,
): boolean {
  const [mine, theirs] = [own[column], wanted[column]];
  if (mine === null || theirs === null) return mine === theirs;
  return expressions.copyFor(own.indrelid, theirs, numbers)?.tree === mine;
}

/** `isMade`: there was no such index before, nor a constraint of its own. */
function becomePart(context: DdlContext, part: Oid, index: Oid, isMade: boolean): void {
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
    ...(isMade ? { connoinherit: false } : {}),
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

/** It is a part of nothing. */
export function removeLinks({ catalog }: DdlContext, object: ReturnType<typeof addressOf>): void {
  for (const row of referencesOf(catalog, object)) {
    if (row.deptype === "P" || row.deptype === "S") catalog.delete(pgDepend, row);
  }
}

/** Of an index that was made for the partitioned table alone: not every partition has a part. */
export function markIncomplete(context: DdlContext, table: Oid, index: Oid): void {
  const { catalog } = context;
  const row = catalog.find(pgIndex, "key", [index]);
  const isPartitioned = classOf(context, table).relkind === "p";
  if (!row || !isPartitioned || childrenOf(catalog, table).length === 0) return;
  catalog.update(pgIndex, row, { indisvalid: false });
}

/** ALTER INDEX … ATTACH PARTITION. Throws 42809, 55000, 42P17. */
export function attachIndex(context: DdlContext, index: ClassTuple, name: QualifiedName): void {
  const { catalog } = context;
  const part = getRelation(context, name);
  if (!"iI".includes(part.relkind)) throw wrongKind(part, "index");
  checkAlterable(context, part);
  lockRelation(context, part.oid, "AccessExclusive");
  const [above] = parentsOf(catalog, part.oid);
  if (above === index.oid) return;
  const refuse = (code: string, detail: string) => {
    const message = `cannot attach index "${part.relname}" as a partition of index "${index.relname}"`;
    return new SqlError(code, message, { detail });
  };
  if (above !== undefined) {
    throw refuse("55000", `Index "${part.relname}" is already attached to another index.`);
  }
  const [own, whole] = [part, index].map(({ oid }) => catalog.find(pgIndex, "key", [oid]));
  if (!own || !whole) return;
  const table = classOf(context, whole.indrelid).relname;
  if (!childrenOf(catalog, whole.indrelid).includes(own.indrelid)) {
    const detail = `Index "${part.relname}" is not an index on any partition of table "${table}".`;
    throw refuse("55000", detail);
  }
  const others = childrenOf(catalog, index.oid).map((oid) => catalog.find(pgIndex, "key", [oid]));
  const partition = classOf(context, own.indrelid).relname;
  if (others.some((other) => other?.indrelid === own.indrelid)) {
    throw refuse("55000", `Another index is already attached for partition "${partition}".`);
  }
  if (!isDefinedLike(context, part.oid, index.oid)) {
    throw refuse("42P17", "The index definitions do not match.");
  }
  const constraint = constraintOver(context, whole.indrelid, index.oid);
  if (constraint && !constraintOver(context, own.indrelid, part.oid)) {
    const belongs = `The index "${index.relname}" belongs to a constraint in table "${table}"`;
    throw refuse("42P17", `${belongs} but no constraint exists for index "${part.relname}".`);
  }
  becomePart(context, part.oid, index.oid, false);
  completeIndex(context, index.oid);
}

/** It is valid when each partition has a part of it that is. */
function completeIndex(context: DdlContext, index: Oid): void {
  const { catalog } = context;
  const row = catalog.find(pgIndex, "key", [index]);
  if (!row || row.indisvalid) return;
  const parts = childrenOf(catalog, index);
  const all = parts.every((oid) => catalog.find(pgIndex, "key", [oid])?.indisvalid);
  if (!all || parts.length < childrenOf(catalog, row.indrelid).length) return;
  catalog.update(pgIndex, row, { indisvalid: true });
  const [above] = parentsOf(catalog, index);
  if (above !== undefined) completeIndex(context, above);
}
