/**
 * WHICH PARTITION A ROW BELONGS TO. Values are compared by their sort keys, as an index of the type
 * would; of a range the partitions are sorted by their lower bounds.
 */
import type { Oid } from "../../base/ids.ts";
import type { BoundDatum, PartitionBound } from "../bind/partition-bound.ts";
import { compareStored, orderKeyOf } from "../execute/sort-keys.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import type { Partitioning } from "./partitioning.ts";

type Range = PartitionBound & { readonly strategy: "range" };
type Hash = PartitionBound & { readonly strategy: "hash" };
type Of<Bound> = { readonly relation: Oid; readonly bound: Bound };

/** A bound of a range in sort keys. */
type Edge = readonly (Scalar | Before | Behind)[];
type Before = "minvalue" & { readonly edge: true };
type Behind = "maxvalue" & { readonly edge: true };
/** No sort key is one of these objects. */
const BEFORE = Object.freeze({}) as unknown as Before;
const BEHIND = Object.freeze({}) as unknown as Behind;

export interface Overlap {
  readonly relation: Oid;
  /** Of a range 0 = its lower end, 1 = its upper end; of a list the value. */
  readonly at: number;
}

interface Stretch {
  readonly relation: Oid;
  readonly lower: Edge;
  readonly upper: Edge;
}

export class PartitionFinder {
  readonly partitioning: Partitioning;
  readonly #types: TypeContext;
  readonly #default: Oid | undefined;
  readonly #lists = new Map<string, Oid>();
  readonly #stretches: readonly Stretch[];
  readonly #hashes: readonly Of<Hash>[];
  /** By modulus, of which there are few, for each divides the next; then by remainder. */
  readonly #byModulus = new Map<number, Map<number, Oid>>();

  constructor(partitioning: Partitioning, types: TypeContext) {
    this.partitioning = partitioning;
    this.#types = types;
    const { partitions } = partitioning;
    this.#default = partitions.find(({ bound }) => bound.strategy === "default")?.relation;
    for (const { relation, bound } of partitions) {
      if (bound.strategy !== "list") continue;
      for (const { value } of bound.values) this.#lists.set(this.#listKey(value), relation);
    }
    this.#hashes = partitions.filter((each): each is Of<Hash> => each.bound.strategy === "hash");
    for (const { relation, bound } of this.#hashes) {
      const known = this.#byModulus.get(bound.modulus) ?? new Map<number, Oid>();
      this.#byModulus.set(bound.modulus, known.set(bound.remainder, relation));
    }
    this.#stretches = partitions
      .filter((each): each is Of<Range> => each.bound.strategy === "range")
      .map(({ relation, bound }) => ({
        relation,
        lower: this.#edge(bound.lower),
        upper: this.#edge(bound.upper),
      }))
      .sort((a, b) => compareEdges(a.lower, b.lower));
  }

  /** `values`: of the keys, or their hashes. */
  find(values: readonly Scalar[]): Oid | undefined {
    const { strategy } = this.partitioning;
    if (strategy === "hash") return this.#findHash(values);
    if (strategy === "list")
      return this.#lists.get(this.#listKey(values[0] ?? null)) ?? this.#default;
    if (values.includes(null)) return this.#default;
    const keys = values.map((value, at) => this.#orderKey(at, value));
    return this.#stretchAt(keys)?.relation ?? this.#default;
  }

  #findHash(hashes: readonly Scalar[]): Oid | undefined {
    let all = 0n;
    for (const hash of hashes) {
      if (hash === null) continue;
      const one = BigInt.asUintN(64, BigInt(hash as bigint));
      const mixed = one + 0x49a0f4dd15e5a8e3n + (all << 54n) + (all >> 7n);
      all ^= BigInt.asUintN(64, mixed);
    }
    for (const [modulus, remainders] of this.#byModulus) {
      const found = remainders.get(Number(all % BigInt(modulus)));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The last that does not begin behind the keys, if it reaches them. */
  #stretchAt(keys: Edge): Stretch | undefined {
    let [low, high] = [0, this.#stretches.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { lower } = this.#stretches[middle] as Stretch;
      if (compareEdges(lower, keys) <= 0) low = middle + 1;
      else high = middle;
    }
    const found = this.#stretches[low - 1];
    return found && compareEdges(keys, found.upper) < 0 ? found : undefined;
  }

  /** Of the first stretch that ends behind the edge. */
  #firstBehind(edge: Edge): number {
    let [low, high] = [0, this.#stretches.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { upper } = this.#stretches[middle] as Stretch;
      if (compareEdges(edge, upper) < 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #orderKey(at: number, value: Scalar): Scalar {
    const key = this.partitioning.keys[at];
    return key ? orderKeyOf(key.expression.type, value, this.#types) : value;
  }

  #listKey(value: Scalar): string {
    const key = this.#orderKey(0, value);
    if (key instanceof Uint8Array) return `x${Buffer.from(key).toString("hex")}`;
    return `${typeof key === "number" ? "n" : typeof key}${key}`;
  }

  #edge(data: readonly BoundDatum[]): Edge {
    return data.map((datum, at) => {
      if (datum === "minvalue") return BEFORE;
      return datum === "maxvalue" ? BEHIND : this.#orderKey(at, datum.value);
    });
  }

  /** A range without values. */
  isEmpty({ lower, upper }: Range): boolean {
    return compareEdges(this.#edge(lower), this.#edge(upper)) >= 0;
  }

  /** A partition that some row of the bound would belong to already, and which value says so. */
  overlapping(bound: PartitionBound): Overlap | undefined {
    switch (bound.strategy) {
      case "default":
        return this.#default === undefined ? undefined : { relation: this.#default, at: 0 };
      case "list": {
        for (const [at, { value }] of bound.values.entries()) {
          const relation = this.#lists.get(this.#listKey(value));
          if (relation !== undefined) return { relation, at };
        }
        return undefined;
      }
      case "hash": {
        const { modulus, remainder } = bound;
        const found = this.#hashes.find(({ bound: other }) => {
          const common = Math.min(modulus, other.modulus);
          return remainder % common === other.remainder % common;
        });
        return found && { relation: found.relation, at: 0 };
      }
      case "range": {
        const [lower, upper] = [this.#edge(bound.lower), this.#edge(bound.upper)];
        const first = this.#stretches[this.#firstBehind(lower)];
        if (!first || compareEdges(first.lower, upper) >= 0) return undefined;
        return { relation: first.relation, at: compareEdges(first.lower, lower) <= 0 ? 0 : 1 };
      }
    }
  }
}

function compareEdges(a: Edge, b: Edge): number {
  for (const [at, left] of a.entries()) {
    const right = b[at] as Edge[number];
    if (left === right && (left === BEFORE || left === BEHIND)) return 0;
    if (left === BEFORE || right === BEHIND) return -1;
    if (left === BEHIND || right === BEFORE) return 1;
    const order = compareStored(left as NonNullable<Scalar>, right as NonNullable<Scalar>);
    if (order !== 0) return order;
  }
  return 0;
}
