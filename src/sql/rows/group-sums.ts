/**
 * GROUPS WHOSE RESULTS ARE SUMS: counts, and sums and averages of integers. What came is added,
 * what went is taken away, and no row that stayed is read. A group is kept as the numbers of its
 * parts: how many rows it has first, then for each result how many values, and their sum.
 * https://www.postgresql.org/docs/15/functions-aggregate.html
 */
import type { Oid } from "../../base/ids.ts";
import { plainTarget } from "../bind/plain-select.ts";
import { sameExpression } from "../bind/same-expression.ts";
import type { Aggregate, Expression, SelectQuery } from "../bind/tree.ts";
import { divide, formatDecimal, fromBigint } from "../types/decimal.ts";
import type { Scalar } from "../types/scalar.ts";

/** What a column of the view is; numbers are places in the keys, or of parts. */
type Column =
  | { readonly kind: "key"; readonly key: number }
  | { readonly kind: "count"; readonly count: number }
  | {
      readonly kind: "sum" | "numeric sum" | "average";
      readonly count: number;
      readonly sum: number;
    };

export interface GroupSums {
  readonly columns: readonly Column[];
  /** Aggregates whose results are numbers that can be added. */
  readonly parts: readonly Expression[];
}

type AggregateCall = Aggregate & Expression;

const [COUNT_ALL, COUNT] = [2803 as Oid, 2147 as Oid];
const INT8 = { type: 20 as Oid, typmod: -1, collation: 0 as Oid };
const NUMERIC = { ...INT8, type: 1700 as Oid };

/** sum of bigint, integer and smallint: what its result is. */
const sums: ReadonlyMap<number, "sum" | "numeric sum"> = new Map([
  [2107, "numeric sum"],
  [2108, "sum"],
  [2109, "sum"],
]);
/** avg of the same types: their sum. */
const averages: ReadonlyMap<number, number> = new Map([
  [2100, 2107],
  [2101, 2108],
  [2102, 2109],
]);

const countAll: Expression = {
  kind: "aggregate",
  function: COUNT_ALL,
  ...{ args: [], star: true, distinct: false, orderBy: [], variadic: false, levelsUp: 0 },
  ...INT8,
};

/** Undefined: some result is no sum. `keys`: what the query groups by. */
export function sumsOf(query: SelectQuery, keys: readonly Expression[]): GroupSums | undefined {
  if (query.having !== undefined || query.distinct !== false) return undefined;
  const parts: Expression[] = [countAll];
  const place = (part: Expression): number => {
    const there = parts.findIndex((each) => sameExpression(each, part));
    return there < 0 ? parts.push(part) - 1 : there;
  };
  const columns: Column[] = [];
  for (const { expression } of query.targets) {
    const column = columnOf(expression, keys, place);
    if (!column) return undefined;
    columns.push(column);
  }
  return { columns, parts };
}

function columnOf(
  expression: Expression,
  keys: readonly Expression[],
  place: (part: Expression) => number,
): Column | undefined {
  const key = keys.findIndex((each) => sameExpression(each, expression));
  if (key >= 0) return { kind: "key", key };
  if (expression.kind !== "aggregate" || expression.distinct) return undefined;
  const call: AggregateCall = expression;
  if (call.function === COUNT_ALL || call.function === COUNT) {
    return { kind: "count", count: place(call) };
  }
  const sumFunction = averages.get(call.function) ?? call.function;
  const kind = sums.get(sumFunction);
  if (kind === undefined) return undefined;
  const type = kind === "sum" ? INT8 : NUMERIC;
  const count = place({ ...call, function: COUNT, ...INT8 });
  const sum = place({ ...call, function: sumFunction as Oid, ...type });
  return { kind: averages.has(call.function) ? "average" : kind, count, sum };
}

/** The groups with the numbers of their parts, keys first. */
export function partsQuery(
  query: SelectQuery,
  keys: readonly Expression[],
  { parts }: GroupSums,
): SelectQuery {
  const { keys: _keys, ...rest } = query;
  const targets = [...keys, ...parts].map((expression) => plainTarget(expression));
  return { ...rest, targets, hasAggregates: true };
}

/** What the query of parts has answered; the sum of nothing is NULL. */
export const numbersOf = (values: readonly Scalar[]): bigint[] =>
  values.map((value) => (value === null ? 0n : BigInt(value as string | bigint)));

export const plus = (a: readonly bigint[], b: readonly bigint[], sign: bigint): bigint[] =>
  a.map((number, at) => number + sign * (b[at] ?? 0n));

/** The view's row of a group. */
export function rowOf(
  { columns }: GroupSums,
  keys: readonly Scalar[],
  numbers: readonly bigint[],
): Scalar[] {
  const at = (place: number): bigint => numbers[place] ?? 0n;
  return columns.map((column): Scalar => {
    if (column.kind === "key") return keys[column.key] ?? null;
    const count = at(column.count);
    if (column.kind === "count") return count;
    if (count === 0n) return null;
    const sum = at(column.sum);
    if (column.kind === "sum") return sum;
    if (column.kind === "numeric sum") return String(sum);
    return formatDecimal(divide(fromBigint(sum), fromBigint(count)));
  });
}
