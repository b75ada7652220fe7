/** INDEXES LIKE OTHERS: of LIKE … INCLUDING INDEXES, and of partitions. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { CreateIndex } from "../index-statement.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import type { IndexConstraint } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { bindIndex, defineIndex } from "./create-index.ts";
import { createIndexConstraint } from "./index-constraints.ts";
import { constraintOver } from "./index-rows.ts";
import { classOf } from "./merge-columns.ts";
import { type CopyIndex, indexPartitions, markIncomplete } from "./partition-indexes.ts";
import { queueWork } from "./row-work.ts";
import { factsOf, type TableFacts } from "./table-facts.ts";

const WHOLE_ROW = "cannot convert whole-row table reference";

/** Under a name of its own; the columns of an index keep the names that they have there. */
export function copyIndex(context: DdlContext, to: TableFacts, index: Oid): Oid | undefined {
  const { catalog, relations } = context;
  const row = catalog.find(pgIndex, "key", [index]);
  if (!row) return undefined;
  const table = classOf(context, row.indrelid);
  const stored = catalog.list(pgAttribute, "key", [index]);
  const names = stored.toSorted((a, b) => a.attnum - b.attnum).map((each) => each.attname);
  const constraint = constraintOver(context, table.oid, index);
  if (constraint) {
    const { name: _, ...key } = relations.constraintStatement(constraint.oid) as IndexConstraint;
    return createIndexConstraint(context, to, key, names).index;
  }
  if ([row.indexprs, row.indpred].some((tree) => tree !== null && relations.hasWholeRow(tree))) {
    const of = catalog.find(pgClass, "key", [index]);
    const detail = `Index "${of?.relname}" contains a whole-row table reference.`;
    throw new SqlError("0A000", WHOLE_ROW, { detail });
  }
  const { name: _, ...statement } = relations.indexStatement(index);
  const keys = statement.keys.map((key, at) => ({ ...key, name: names[at] ?? "" }));
  const schema = catalog.find(pgNamespace, "key", [to.namespace])?.nspname ?? "";
  const copy = { ...statement, keys, table: { schema, name: to.name } };
  return defineIndex(context, bindIndex(context, copy));
}

/** What a partition gets for an index of its parent, and its own partitions with it. */
export function copierFor(context: DdlContext): CopyIndex {
  const copy: CopyIndex = (table, like) => {
    const index = copyIndex(context, factsOf(table), like) as Oid;
    queueWork(context, { kind: "index", table: table.oid, index });
    if (table.relkind === "p") indexPartitions(context, table, index, copy);
    return index;
  };
  return copy;
}

/** CREATE INDEX: of a partitioned table each partition gets a part. */
export function createIndex(context: DdlContext, statement: CreateIndex): void {
  const bound = bindIndex(context, statement);
  const index = defineIndex(context, bound);
  const { relation } = bound;
  if (index === undefined || relation.relkind !== "p") return;
  if (statement.table.only) return markIncomplete(context, relation.oid, index);
  indexPartitions(context, relation, index, copierFor(context));
}
