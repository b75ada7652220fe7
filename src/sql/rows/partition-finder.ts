/**
 * WHICH PARTITION A ROW BELONGS TO, and which ones rows may belong to of whose keys something is
 * known. Values are compared by their sort keys, as an index of the type would; of a range the
 * partitions are sorted by their lower bounds.
 */
import type { Oid } from "../../base/ids.ts";
import type { BoundDatum, PartitionBound } from "../bind/partition-bound.ts";
import { compareStored, orderKeyOf } from "../execute/sort-keys.ts";
import { combinedKeyHash } from "../functions/hashes.ts";
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

/** What is known of one key of a row: it is NULL, or it is not and lies between the ends. */
export type KeySpan =
  | { readonly isNull: true }
  | { readonly isNull: false; readonly low?: SpanEnd; readonly high?: SpanEnd };
export interface SpanEnd {
  /** Of the key's type, in stored form. */
  readonly value: NonNullable<Scalar>;
  readonly inclusive: boolean;
}
/** By the place of the key; undefined: nothing is known. */
export type KeySpans = readonly (KeySpan | undefined)[];

interface Listed {
  readonly relation: Oid;
  readonly key: Scalar;
  readonly datum: BoundDatum;
}

interface Stretch {
  readonly relation: Oid;
  readonly lower: Edge;
  readonly upper: Edge;
}

export class PartitionFinder {
  readonly partitioning: Partitioning;
  readonly #default: Oid | undefined;
  readonly #lists = new Map<string, Oid>();
  /** In their order, NULL last. */
  readonly #listed: readonly Listed[];
  readonly #stretches: readonly Stretch[];
  readonly #hashes: readonly Of<Hash>[];
  #ranks: ReadonlyMap<Oid, number> | undefined;
  /** By modulus, of which there are few, for each divides the next; then by remainder. */
  readonly #byModulus = new Map<number, Map<number, Oid>>();

  constructor(partitioning: Partitioning, types: TypeContext) {
    this.partitioning = partitioning;
    const { partitions } = partitioning;
    this.#default = partitions.find(({ bound }) => bound.strategy === "default")?.relation;
    const listed: Listed[] = [];
    for (const { relation, bound } of partitions) {
      if (bound.strategy !== "list") continue;
      for (const datum of bound.values) {
        const key = this.#orderKey(0, datum.value, types);
        this.#lists.set(nameOf(key), relation);
        listed.push({ relation, key, datum });
      }
    }
    this.#listed = listed.sort((a, b) => compareKeys(a.key, b.key));
    this.#hashes = partitions.filter((each): each is Of<Hash> => each.bound.strategy === "hash");
    for (const { relation, bound } of this.#hashes) {
      const known = this.#byModulus.get(bound.modulus) ?? new Map<number, Oid>();
      this.#byModulus.set(bound.modulus, known.set(bound.remainder, relation));
    }
    this.#stretches = partitions
      .filter((each): each is Of<Range> => each.bound.strategy === "range")
      .map(({ relation, bound }) => ({
        relation,
        lower: this.#edge(bound.lower, types),
        upper: this.#edge(bound.upper, types),
      }))
      .sort((a, b) => compareEdges(a.lower, b.lower));
  }

  /** Some or all partitions by their bounds, the default one last. */
  inOrder(some?: ReadonlySet<Oid>): readonly Oid[] {
    this.#ranks ??= new Map(this.#sorted().map((relation, at) => [relation, at]));
    const ranks = this.#ranks;
    if (!some) return [...ranks.keys()];
    return [...some].sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
  }

  /** Of lists, in their order. */
  get values(): readonly BoundDatum[] {
    return this.#listed.map(({ datum }) => datum);
  }

  #sorted(): readonly Oid[] {
    const hashes = this.#hashes.toSorted(
      ({ bound: a }, { bound: b }) => a.modulus - b.modulus || a.remainder - b.remainder,
    );
    const all = [...this.#stretches, ...this.#listed, ...hashes].map(({ relation }) => relation);
    return [...new Set(this.#default === undefined ? all : [...all, this.#default])];
  }

  /** `values`: of the keys, or their hashes. */
  find(values: readonly Scalar[], types: TypeContext): Oid | undefined {
    const { strategy } = this.partitioning;
    if (strategy === "hash") return this.#findHash(values);
    if (strategy === "list") {
      const name = nameOf(this.#orderKey(0, values[0] ?? null, types));
      return this.#lists.get(name) ?? this.#default;
    }
    if (values.includes(null)) return this.#default;
    const keys = values.map((value, at) => this.#orderKey(at, value, types));
    return this.#stretchAt(keys)?.relation ?? this.#default;
  }

  /**
   * Every partition that may have a row like that, and perhaps others; undefined: all may.
   * Of a hash: nothing is known of what it finds rows by.
   */
  within(spans: KeySpans, types: TypeContext): readonly Oid[] | undefined {
    const known = spans.map((span, at) => span && this.#keysOf(at, span, types));
    if (known.some((span) => span && isNothing(span))) return [];
    const { strategy } = this.partitioning;
    if (strategy === "list") return this.#listedWithin(known[0]);
    return strategy === "range" ? this.#stretchesWithin(known) : undefined;
  }

  #keysOf(at: number, span: KeySpan, types: TypeContext): KeySpan {
    if (span.isNull) return span;
    const [low, high] = [span.low, span.high].map(
      (end) =>
        end && { ...end, value: this.#orderKey(at, end.value, types) as NonNullable<Scalar> },
    );
    return { isNull: false, ...(low ? { low } : {}), ...(high ? { high } : {}) };
  }

  #listedWithin(span: KeySpan | undefined): readonly Oid[] | undefined {
    if (!span) return undefined;
    if (span.isNull) return this.#orDefault(this.#lists.get(nameOf(null)));
    const { low, high } = span;
    if (low && high && compareKeys(low.value, high.value) === 0) {
      return this.#orDefault(this.#lists.get(nameOf(low.value)));
    }
    const found = this.#listed.filter(({ key }) => {
      if (key === null) return false;
      const above = low ? compareKeys(key, low.value) : 1;
      const below = high ? compareKeys(key, high.value) : -1;
      return (
        (above > 0 || (above === 0 && low?.inclusive === true)) &&
        (below < 0 || (below === 0 && high?.inclusive === true))
      );
    });
    const relations = found.map(({ relation }) => relation);
    return this.#default === undefined ? relations : [...relations, this.#default];
  }

  #orDefault(relation: Oid | undefined): readonly Oid[] {
    const found = relation ?? this.#default;
    return found === undefined ? [] : [found];
  }

  /** Keys behind the first that is not one value say nothing. */
  #stretchesWithin(spans: KeySpans): readonly Oid[] | undefined {
    if (spans.some((span) => span?.isNull)) return this.#orDefault(undefined);
    const { lower, upper, inclusive } = this.#edgesOf(spans);
    const found: Oid[] = [];
    let reached: Edge = lower;
    let isCovered = true;
    for (let at = this.#firstBehind(lower); at < this.#stretches.length; at++) {
      const stretch = this.#stretches[at] as Stretch;
      const order = compareEdges(stretch.lower, upper);
      if (order > 0 || (order === 0 && !inclusive)) break;
      isCovered &&= compareEdges(stretch.lower, reached) <= 0;
      reached = stretch.upper;
      found.push(stretch.relation);
    }
    const end = compareEdges(upper, reached);
    const isOpen = !inclusive || upper.at(-1) === BEHIND;
    isCovered &&= found.length > 0 && (end < 0 || (end === 0 && isOpen));
    // Rows with a NULL among their keys are in the default partition.
    const hasNulls = this.partitioning.keys.some((_, at) => spans[at] === undefined);
    if (this.#default === undefined || (isCovered && !hasNulls)) return found;
    return [...found, this.#default];
  }

  /** What lies behind the lower and before the upper edge; `inclusive`: or on the upper. */
  #edgesOf(spans: KeySpans) {
    const { keys } = this.partitioning;
    const lower: Edge[number][] = [];
    const upper: Edge[number][] = [];
    let inclusive = true;
    for (const at of keys.keys()) {
      const span = spans[at];
      const { low, high } = span && !span.isNull ? span : {};
      lower.push(low ? low.value : BEFORE);
      upper.push(high ? high.value : BEHIND);
      if (low && high && compareKeys(low.value, high.value) === 0) continue;
      const left = keys.length - at - 1;
      lower.push(...new Array(left).fill(low?.inclusive === false ? BEHIND : BEFORE));
      upper.push(...new Array(left).fill(high?.inclusive === false ? BEFORE : BEHIND));
      inclusive = high?.inclusive !== false;
      break;
    }
    return { lower, upper, inclusive };
  }

  #findHash(hashes: readonly Scalar[]): Oid | undefined {
    const all = combinedKeyHash(hashes);
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

  #orderKey(at: number, value: Scalar, types: TypeContext): Scalar {
    const key = this.partitioning.keys[at];
    return key ? orderKeyOf(key.expression.type, value, types) : value;
  }

  #edge(data: readonly BoundDatum[], types: TypeContext): Edge {
    return data.map((datum, at) => {
      if (datum === "minvalue") return BEFORE;
      return datum === "maxvalue" ? BEHIND : this.#orderKey(at, datum.value, types);
    });
  }

  /** A range without values. */
  isEmpty({ lower, upper }: Range, types: TypeContext): boolean {
    return compareEdges(this.#edge(lower, types), this.#edge(upper, types)) >= 0;
  }

  /** A partition that some row of the bound would belong to already, and which value says so. */
  overlapping(bound: PartitionBound, types: TypeContext): Overlap | undefined {
    switch (bound.strategy) {
      case "default":
        return this.#default === undefined ? undefined : { relation: this.#default, at: 0 };
      case "list": {
        for (const [at, { value }] of bound.values.entries()) {
          const relation = this.#lists.get(nameOf(this.#orderKey(0, value, types)));
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
        const lower = this.#edge(bound.lower, types);
        const upper = this.#edge(bound.upper, types);
        const first = this.#stretches[this.#firstBehind(lower)];
        if (!first || compareEdges(first.lower, upper) >= 0) return undefined;
        return { relation: first.relation, at: compareEdges(first.lower, lower) <= 0 ? 0 : 1 };
      }
    }
  }
}

/** Kept as long as what was read of the catalog is. */
const finders = new WeakMap<Partitioning, PartitionFinder>();

export function finderOf(partitioning: Partitioning, types: TypeContext): PartitionFinder {
  const known = finders.get(partitioning);
  if (known) return known;
  const finder = new PartitionFinder(partitioning, types);
  finders.set(partitioning, finder);
  return finder;
}

/** Values are equal whose keys have the same name. */
function nameOf(key: Scalar): string {
  if (key instanceof Uint8Array) return `x${Buffer.from(key).toString("hex")}`;
  return `${typeof key === "number" ? "n" : typeof key}${key}`;
}

/** The ends, which are sort keys, leave nothing between them. */
function isNothing(span: KeySpan): boolean {
  if (span.isNull || !span.low || !span.high) return false;
  const { low, high } = span;
  const order = compareKeys(low.value, high.value);
  return order > 0 || (order === 0 && !(low.inclusive && high.inclusive));
}

/** NULL is behind all others. */
function compareKeys(a: Scalar, b: Scalar): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return compareStored(a, b);
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
