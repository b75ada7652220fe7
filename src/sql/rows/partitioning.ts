/** HOW A TABLE IS PARTITIONED, read from the catalog: its key, and the bounds of its partitions. */
import type { Oid } from "../../base/ids.ts";
import { childrenOf } from "../../catalog/inheritance.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAmproc } from "../../catalog/relations/pg-amproc.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgOpclass } from "../../catalog/relations/pg-opclass.ts";
import { pgPartitionedTable } from "../../catalog/relations/pg-partitioned-table.ts";
import { decodeTrees } from "../bind/codec.ts";
import { decodeBound, type PartitionBound } from "../bind/partition-bound.ts";
import type { Expression } from "../bind/tree.ts";
import { PARTITION_SEED } from "../functions/hashes.ts";

export interface PartitionKey {
  /** Number of its column; 0 = an expression. */
  readonly attribute: number;
  /** The column or expression, over the table as entry 1. */
  readonly expression: Expression;
  readonly opclass: Oid;
  readonly collation: Oid;
}

export interface Partition {
  readonly relation: Oid;
  readonly bound: PartitionBound;
}

export interface Partitioning {
  readonly relation: Oid;
  readonly strategy: "list" | "range" | "hash";
  readonly keys: readonly PartitionKey[];
  /** In the order of their oids. */
  readonly partitions: readonly Partition[];
}

const STRATEGIES: Readonly<Record<string, Partitioning["strategy"]>> = {
  l: "list",
  r: "range",
  h: "hash",
};

/** undefined: it is not partitioned. */
export function readPartitioning(catalog: CatalogReader, relation: Oid): Partitioning | undefined {
  const read = readPartitionKey(catalog, relation);
  return read && { ...read, partitions: partitionsOf(catalog, relation) };
}

/** Without looking at the partitions. */
export function readPartitionKey(
  catalog: CatalogReader,
  relation: Oid,
): Omit<Partitioning, "partitions"> | undefined {
  const row = catalog.find(pgPartitionedTable, "key", [relation]);
  const strategy = row && STRATEGIES[row.partstrat];
  if (!strategy) return undefined;
  const expressions = row.partexprs === null ? [] : [...decodeTrees(row.partexprs)];
  const keys = row.partattrs.map((attribute, at): PartitionKey => {
    const collation = row.partcollation[at] ?? (0 as Oid);
    const expression =
      attribute === 0 ? (expressions.shift() as Expression) : column(catalog, relation, attribute);
    return { attribute, expression, opclass: row.partclass[at] ?? (0 as Oid), collation };
  });
  return { relation, strategy, keys };
}

function partitionsOf(catalog: CatalogReader, relation: Oid): Partition[] {
  return childrenOf(catalog, relation).flatMap((child) => {
    const tree = catalog.find(pgClass, "key", [child])?.relpartbound;
    return tree ? [{ relation: child, bound: decodeBound(tree) }] : [];
  });
}

function column(catalog: CatalogReader, relation: Oid, attribute: number): Expression {
  const row = catalog.find(pgAttribute, "key", [relation, attribute]);
  const { atttypid: type = 0 as Oid, atttypmod: typmod = -1 } = row ?? {};
  const collation = row?.attcollation ?? (0 as Oid);
  return { kind: "column", table: 1, attribute, levelsUp: 0, type, typmod, collation };
}

const EXTENDED_HASH = 2;
const INT8 = 20 as Oid;

/** The value that a row is found by: the key itself, or its hash. */
export function searchedBy(
  catalog: CatalogReader,
  { strategy }: Partitioning,
  { expression, opclass }: PartitionKey,
): Expression {
  if (strategy !== "hash") return expression;
  const row = catalog.find(pgOpclass, "key", [opclass]);
  const { opcfamily: family = 0, opcintype: type = 0 as Oid } = row ?? {};
  const support = catalog.find(pgAmproc, "fam_proc", [family, type, type, EXTENDED_HASH]);
  const typed = { type: INT8, typmod: -1, collation: 0 as Oid };
  const seed: Expression = { kind: "constant", value: PARTITION_SEED, ...typed };
  return {
    kind: "function",
    function: support?.amproc ?? (0 as Oid),
    args: [expression, seed],
    returnsSet: false,
    variadic: false,
    form: "call",
    ...typed,
  };
}
