/**
 * STATISTICS OF A COLUMN from a sample of its values, as PostgreSQL's compute_scalar_stats makes
 * them: how many are null, how wide they are, how many different ones there are, the most common
 * ones, bounds between which equally many others lie, and how far the order of the rows is that of
 * the values. https://www.postgresql.org/docs/15/catalog-pg-statistic.html
 *
 * Numbers are rounded where PostgreSQL holds them in a float4. Sorting is done in turns.
 */
import type { Scalar } from "../types/scalar.ts";
import type { Steps } from "./steps.ts";
import { varlenaBytes } from "./stored-width.ts";
import { sortInTurns, type Turns } from "./turn.ts";

export const STATISTIC_KINDS = { mostCommon: 1, histogram: 2, correlation: 3 } as const;

/** Bytes of a value beyond which it is only counted. */
const WIDTH_MAX = 1020;

/** A column as its statistics need it. */
export interface SampledColumn {
  /** In the order of the rows. */
  readonly values: readonly Scalar[];
  /** Rows of the table, estimated. */
  readonly totalRows: number;
  /** How many common values, and how many parts of the histogram, there may be. */
  readonly target: number;
  /** Bytes of every value; undefined: `dataBytes` tells those of each. */
  readonly length: number | undefined;
  readonly dataBytes: (value: NonNullable<Scalar>) => number;
  /** Values are a column's and not computed from a row. */
  readonly isStored: boolean;
  /** What sorts as the type does; undefined: the type has no order. */
  readonly keyOf: ((value: NonNullable<Scalar>) => NonNullable<Scalar>) | undefined;
}

export interface StatisticSlot {
  readonly kind: (typeof STATISTIC_KINDS)[keyof typeof STATISTIC_KINDS];
  readonly numbers: readonly number[] | null;
  readonly values: readonly NonNullable<Scalar>[] | null;
}

export interface ColumnStatistics {
  readonly nullFraction: number;
  readonly width: number;
  /** Less than 0: a part of the rows; 0: not known. */
  readonly distinct: number;
  readonly slots: readonly StatisticSlot[];
}

interface Item {
  readonly value: NonNullable<Scalar>;
  readonly key: NonNullable<Scalar>;
  /** Its place among the values that are compared. */
  readonly at: number;
}

/** Equal values in a row of the sorted ones. */
interface Group {
  readonly first: number;
  readonly count: number;
}

/** The sample is not empty. */
export function* computeStatistics(column: SampledColumn, turns: Turns): Steps<ColumnStatistics> {
  const { keyOf, length, values } = column;
  const items: Item[] = [];
  let nulls = 0;
  let bytes = 0;
  let tooWide = 0;
  for (const value of values) {
    const pause = turns.pause();
    if (pause !== undefined) yield pause;
    if (value === null) {
      nulls++;
      continue;
    }
    const data = length === undefined ? column.dataBytes(value) : 0;
    bytes += varlenaBytes(data, column.isStored);
    if (data > WIDTH_MAX) tooWide++;
    else if (keyOf) items.push({ value, key: keyOf(value), at: items.length });
  }
  const present = values.length - nulls;
  const nullFraction = Math.fround(nulls / values.length);
  const width = length ?? (present === 0 ? 0 : Math.trunc(bytes / present));
  if (keyOf === undefined || present === 0) {
    return { nullFraction, width, distinct: 0, slots: [] };
  }
  if (items.length === 0) {
    return { nullFraction, width, distinct: Math.fround(nullFraction - 1), slots: [] };
  }
  const sorted = yield* sortInTurns(items, compareItems, turns);
  const { groups, common, multiple } = yield* groupsOf(sorted, column.target, turns);
  const seen = { groups, multiple, tooWide, nulls, nullFraction };
  const distinct = estimateDistinct(column, seen);
  const kept = keptCommon(column, common, { ...seen, distinct });
  const slots = [
    commonSlot(kept, sorted, values.length),
    histogramSlot(kept, sorted, groups, column.target),
    correlationSlot(sorted),
  ].filter((slot) => slot !== undefined);
  return { nullFraction, width, distinct, slots };
}

function compareItems(a: Item, b: Item): number {
  return compareKeys(a.key, b.key) || a.at - b.at;
}

/** Keys of one column are of one kind. */
function compareKeys(a: NonNullable<Scalar>, b: NonNullable<Scalar>): number {
  if (a instanceof Uint8Array) return Buffer.compare(a, b as Uint8Array);
  return a < b ? -1 : a > b ? 1 : 0;
}

interface Grouped {
  readonly groups: number;
  readonly common: readonly Group[];
  readonly multiple: number;
}

/** Groups in all, those of more than one, and the largest of those: the earlier of equals first. */
function* groupsOf(sorted: readonly Item[], target: number, turns: Turns): Steps<Grouped> {
  const common: Group[] = [];
  let groups = 0;
  let multiple = 0;
  let first = 0;
  for (const [at, { key }] of sorted.entries()) {
    const pause = turns.pause();
    if (pause !== undefined) yield pause;
    const next = sorted[at + 1];
    if (next && compareKeys(key, next.key) === 0) continue;
    const count = at + 1 - first;
    groups++;
    if (count > 1) {
      multiple++;
      noteCommon(common, { first, count }, target);
    }
    first = at + 1;
  }
  return { groups, common, multiple };
}

function noteCommon(common: Group[], group: Group, target: number): void {
  const last = common.at(-1);
  if (common.length >= target && last && group.count <= last.count) return;
  if (common.length >= target) common.pop();
  let at = common.length;
  while (at > 0 && group.count > (common[at - 1] as Group).count) at--;
  common.splice(at, 0, group);
}

interface Seen {
  readonly groups: number;
  readonly multiple: number;
  readonly tooWide: number;
  readonly nulls: number;
  readonly nullFraction: number;
}

/** By Haas and Stokes, n*d / (n - f1 + f1*n/N); more than a tenth of the rows grow with them. */
function estimateDistinct({ values, totalRows }: SampledColumn, seen: Seen): number {
  const { groups, multiple, tooWide, nulls, nullFraction } = seen;
  let distinct: number;
  if (multiple === 0) distinct = nullFraction - 1;
  else if (tooWide === 0 && multiple === groups) distinct = groups;
  else {
    const once = groups - multiple + tooWide;
    const found = once + multiple;
    const sampled = values.length - nulls;
    const all = totalRows * (1 - nullFraction);
    const estimated = all > 0 ? (sampled * found) / (sampled - once + (once * sampled) / all) : 0;
    distinct = Math.floor(Math.min(Math.max(estimated, found), all) + 0.5);
  }
  distinct = Math.fround(distinct);
  return distinct > 0.1 * totalRows ? Math.fround(-(distinct / totalRows)) : distinct;
}

/** All of them where they are all that there is, else those that are clearly more common. */
function keptCommon(
  column: SampledColumn,
  common: readonly Group[],
  { groups, tooWide, distinct, nullFraction }: Seen & { readonly distinct: number },
): readonly Group[] {
  if (common.length === groups && tooWide === 0 && distinct > 0) return common;
  const { totalRows, values } = column;
  const rows = values.length;
  if (rows === totalRows || totalRows <= 1) return common;
  const all = distinct < 0 ? -distinct * totalRows : distinct;
  let kept = common.length;
  let above = common.slice(0, -1).reduce((sum, { count }) => sum + count, 0);
  while (kept > 0) {
    const { count } = common[kept - 1] as Group;
    const left = Math.min(Math.max(1 - above / rows - nullFraction, 0), 1);
    const others = all - (kept - 1);
    const selectivity = others > 1 ? left / others : left;
    const k = (totalRows * count) / rows;
    const variance =
      (rows * k * (totalRows - k) * (totalRows - rows)) / (totalRows * totalRows * (totalRows - 1));
    if (count > selectivity * rows + 2 * Math.sqrt(variance) + 0.5) break;
    kept--;
    if (kept > 0) above -= (common[kept - 1] as Group).count;
  }
  return common.slice(0, kept);
}

function commonSlot(
  kept: readonly Group[],
  sorted: readonly Item[],
  rows: number,
): StatisticSlot | undefined {
  if (kept.length === 0) return undefined;
  return {
    kind: STATISTIC_KINDS.mostCommon,
    values: kept.map(({ first }) => (sorted[first] as Item).value),
    numbers: kept.map(({ count }) => Math.fround(count / rows)),
  };
}

/** Of the values that are not among the most common: the ends, and values evenly between them. */
function histogramSlot(
  kept: readonly Group[],
  sorted: readonly Item[],
  groups: number,
  target: number,
): StatisticSlot | undefined {
  const others = groups - kept.length;
  const bounds = others > target ? target + 1 : others;
  if (bounds < 2) return undefined;
  const left: Item[] = [];
  let from = 0;
  for (const { first, count } of kept.toSorted((a, b) => a.first - b.first)) {
    for (; from < first; from++) left.push(sorted[from] as Item);
    from = first + count;
  }
  for (; from < sorted.length; from++) left.push(sorted[from] as Item);
  const values = Array.from({ length: bounds }, (_, at) => {
    const place = Math.floor((at * (left.length - 1)) / (bounds - 1));
    return (left[place] as Item).value;
  });
  return { kind: STATISTIC_KINDS.histogram, values, numbers: null };
}

function correlationSlot(sorted: readonly Item[]): StatisticSlot | undefined {
  const n = sorted.length;
  if (n < 2) return undefined;
  let products = 0;
  for (const [at, item] of sorted.entries()) products += at * item.at;
  const sum = ((n - 1) * n) / 2;
  const squares = ((n - 1) * n * (2 * n - 1)) / 6;
  const correlation = (n * products - sum * sum) / (n * squares - sum * sum);
  return { kind: STATISTIC_KINDS.correlation, values: null, numbers: [Math.fround(correlation)] };
}
