/** BOUNDS IN THE MAKING: of values that DDL has computed, held against those that are there. */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import type { ComputedBound, ComputedDatum, MadeBound } from "../../catalog/ddl/relation-binder.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { encodeTree } from "../bind/codec.ts";
import type { BoundConstant, BoundDatum, PartitionBound } from "../bind/partition-bound.ts";
import type { Expression } from "../bind/tree.ts";
import type { TypeContext } from "../types/codec.ts";
import { parseMissing } from "./missing.ts";
import { PartitionFinder } from "./partition-finder.ts";
import { type PartitionKey, readPartitioning } from "./partitioning.ts";

/** `print`: a value as messages show it. */
export function makeBound(
  catalog: CatalogReader,
  parent: Oid,
  computed: ComputedBound,
  types: TypeContext,
  print: (datum: BoundDatum) => string,
): MadeBound {
  const partitioning = readPartitioning(catalog, parent);
  assert(partitioning, `relation ${parent} is partitioned`);
  const { keys } = partitioning;
  const bound = boundOf(computed, (datum, at) =>
    datumOf(datum, keys[at] ?? (keys[0] as PartitionKey), types),
  );
  const finder = new PartitionFinder(partitioning, types);
  const isEmpty = bound.strategy === "range" && finder.isEmpty(bound, types);
  const shown = (data: readonly BoundDatum[]) => `(${data.map(print).join(", ")})`;
  return {
    tree: encodeTree(bound as unknown as Expression),
    empty: isEmpty ? { lower: shown(bound.lower), upper: shown(bound.upper) } : undefined,
    overlap: isEmpty ? undefined : finder.overlapping(bound, types),
  };
}

function boundOf(
  computed: ComputedBound,
  datum: (datum: ComputedDatum, at: number) => BoundDatum,
): PartitionBound {
  const kind = "partitionBound";
  switch (computed.strategy) {
    case "list": {
      const values = computed.values.map((each) => datum(each, 0) as BoundConstant);
      return { kind, strategy: "list", values };
    }
    case "range": {
      const { lower, upper } = computed;
      return { kind, strategy: "range", lower: lower.map(datum), upper: upper.map(datum) };
    }
    default:
      return { kind, ...computed };
  }
}

function datumOf(
  datum: ComputedDatum,
  { expression, collation }: PartitionKey,
  types: TypeContext,
): BoundDatum {
  if ("edge" in datum) return datum.edge;
  const { type, typmod } = expression;
  const { text } = datum;
  const value = text === null ? null : parseMissing({ type, typmod, text }, types);
  return { kind: "constant", value, type, typmod, collation };
}
