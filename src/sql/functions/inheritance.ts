/**
 * Partitions, and other rows that the catalog yields as sets.
 * https://www.postgresql.org/docs/15/functions-admin.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { childrenOf } from "../../catalog/inheritance.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgInherits } from "../../catalog/relations/pg-inherits.ts";
import { arrayElements } from "../types/array-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { asOid, asText, define, defineSet, truth } from "./define.ts";
import type { FunctionContext, FunctionDefinition, SetFunctionDefinition } from "./registry.ts";

const relkind = (relation: Oid, { catalog }: FunctionContext) =>
  catalog.find(pgClass, "key", [relation]);

/** Partitioned relations and partitions alone have a tree. */
const inTree = (relation: Oid, context: FunctionContext): boolean => {
  const row = relkind(relation, context);
  return row !== undefined && (row.relispartition || row.relkind === "p" || row.relkind === "I");
};

function* ancestors(relation: Oid, context: FunctionContext): Iterable<Oid> {
  if (!inTree(relation, context)) return;
  for (let current: Oid | undefined = relation; current !== undefined; ) {
    yield current;
    if (!relkind(current, context)?.relispartition) return;
    current = context.catalog.list(pgInherits, "key", [current])[0]?.inhparent;
  }
}

function* tree(relation: Oid, context: FunctionContext): Iterable<readonly Scalar[]> {
  if (!inTree(relation, context)) return;
  const [, parent] = [...ancestors(relation, context)];
  const queue: (readonly [Oid, Oid | undefined, number])[] = [[relation, parent, 0]];
  for (const [current, above, level] of queue) {
    const kind = relkind(current, context)?.relkind;
    const leaf = kind !== "p" && kind !== "I";
    yield [BigInt(current), above === undefined ? null : BigInt(above), truth(leaf), BigInt(level)];
    for (const child of childrenOf(context.catalog, current)) {
      queue.push([child, current, level + 1]);
    }
  }
}

export const inheritanceFunctions: readonly FunctionDefinition[] = [
  define("pg_partition_root(regclass)", (context, relation) => {
    const root = [...ancestors(asOid(relation), context)].at(-1);
    return root === undefined ? null : BigInt(root);
  }),
];

export const inheritanceSetFunctions: readonly SetFunctionDefinition[] = [
  defineSet("pg_partition_ancestors(regclass)", (context, relation) =>
    [...ancestors(asOid(relation), context)].map((id) => [BigInt(id)]),
  ),
  defineSet("pg_partition_tree(regclass)", (context, relation) => tree(asOid(relation), context)),
  defineSet("pg_options_to_table(_text)", (_context, options) =>
    arrayElements(asText(options), "text").map((option) => {
      if (option === null) {
        throw new SqlError("22004", "null array element not allowed in this context");
      }
      const text = asText(option);
      const split = text.indexOf("=");
      return split < 0 ? [text, null] : [text.slice(0, split), text.slice(split + 1)];
    }),
  ),
];
