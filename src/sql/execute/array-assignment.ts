/**
 * UPDATE … SET a[i] = x, a[l:u] = y: an array with one element or a slice of it replaced. Arrays of
 * one dimension grow as far as they must, with NULLs between.
 * https://www.postgresql.org/docs/15/arrays.html#ARRAYS-MODIFYING
 */
import { SqlError } from "../../base/sql-error.ts";
import { checkGrown } from "../functions/limits.ts";
import type { ArrayValue } from "../types/array-value.ts";
import type { Scalar } from "../types/scalar.ts";

/** The elements of each dimension that are replaced, first and last. */
type Range = readonly [first: number, last: number];

const subscriptError = (message: string, detail?: string): SqlError =>
  new SqlError("2202E", message, detail === undefined ? {} : { detail });

/** Throws 22004 for a NULL subscript, 2202E for one out of place, 54000 for one too far off. */
export function withElement(
  array: ArrayValue,
  value: Scalar,
  subscripts: readonly Scalar[],
): ArrayValue {
  const ranges = subscripts.map((subscript): Range => {
    const at = boundOf(subscript);
    return [at, at];
  });
  return replaced(array, ranges, [value], false);
}

/**
 * `bounds` is four values a dimension: whether the lower is given, the lower, the same of the
 * upper.
 */
export function withSlice(
  array: ArrayValue,
  values: readonly Scalar[],
  bounds: readonly Scalar[],
): ArrayValue {
  const { dimensions, lowerBounds } = array;
  const count = bounds.length / 4;
  const ranges = Array.from({ length: Math.max(count, dimensions.length) }, (_, at): Range => {
    const [hasLower, lower = null, hasUpper, upper = null] = bounds.slice(at * 4, at * 4 + 4);
    const length = dimensions[at];
    const isWhole = hasLower === 1n && hasUpper === 1n;
    if (length === undefined && dimensions.length === 0 && !isWhole) throw openSlice();
    const base = lowerBounds[at] ?? 1;
    return [
      hasLower === 1n ? boundOf(lower) : base,
      hasUpper === 1n ? boundOf(upper) : base + (length ?? 0) - 1,
    ];
  });
  return replaced(array, ranges, values, true);
}

const openSlice = (): SqlError =>
  subscriptError(
    "array slice subscript must provide both boundaries",
    "When assigning to a slice of an empty array value, slice boundaries must be fully specified.",
  );

/** What PostgreSQL says of a dimension of less than no elements. */
const tooLarge = (): SqlError =>
  new SqlError("54000", "array size exceeds the maximum allowed (134217727)");

function boundOf(subscript: Scalar): number {
  if (subscript === null) {
    throw new SqlError("22004", "array subscript in assignment must not be null");
  }
  return Number(subscript);
}

function replaced(
  array: ArrayValue,
  ranges: readonly Range[],
  values: readonly Scalar[],
  isSlice: boolean,
): ArrayValue {
  const { dimensions } = array;
  if (dimensions.length > 0 && ranges.length !== dimensions.length) {
    throw subscriptError("wrong number of array subscripts");
  }
  if (isSlice && dimensions.length === 0) {
    if (ranges.some(([first, last]) => last < first - 1)) throw tooLarge();
    if (ranges.some(([first, last]) => last < first)) return array;
  }
  if (ranges.some(([first, last]) => last < first)) {
    throw subscriptError("upper bound cannot be less than lower bound");
  }
  const shape = shapeOf(array, ranges);
  const wanted = ranges.reduce((product, [first, last]) => product * (last - first + 1), 1);
  if (isSlice && values.length < wanted) throw subscriptError("source array too small");
  const grown = grownTo(array, shape);
  const elements = [...grown.elements];
  let next = 0;
  const put = (depth: number, offset: number): void => {
    const range = ranges[depth];
    if (!range) {
      elements[offset] = values[next++] ?? null;
      return;
    }
    const base = grown.lowerBounds[depth] as number;
    for (let at = range[0]; at <= range[1]; at++) {
      put(depth + 1, offset * (grown.dimensions[depth] as number) + at - base);
    }
  };
  put(0, 0);
  return { ...grown, elements };
}

type Shape = Pick<ArrayValue, "dimensions" | "lowerBounds">;

/** What the array is to span. */
function shapeOf(array: ArrayValue, ranges: readonly Range[]): Shape {
  const { dimensions, lowerBounds } = array;
  const ends = dimensions.map((length, at) => (lowerBounds[at] ?? 1) + length - 1);
  const isEmpty = dimensions.length === 0;
  const fits = ranges.every(
    ([first, last], at) => first >= (lowerBounds[at] ?? 1) && last <= (ends[at] ?? 0),
  );
  if (!isEmpty && fits) return array;
  if (!isEmpty && ranges.length > 1) throw subscriptError("array subscript out of range");
  const firsts = ranges.map(([first], at) =>
    isEmpty ? first : Math.min(first, lowerBounds[at] ?? 1),
  );
  const lasts = ranges.map(([, last], at) => Math.max(last, ends[at] ?? last));
  const lengths = lasts.map((last, at) => last - (firsts[at] as number) + 1);
  checkGrown(lengths, firsts);
  return { dimensions: lengths, lowerBounds: firsts };
}

/** With NULLs for what was not there; only arrays of one dimension hold something before. */
function grownTo(array: ArrayValue, shape: Shape): ArrayValue {
  if (shape === array) return array;
  const size = shape.dimensions.reduce((product, length) => product * length, 1);
  const elements = new Array<Scalar>(size).fill(null);
  const from = (array.lowerBounds[0] ?? 1) - (shape.lowerBounds[0] ?? 1);
  for (const [at, element] of array.elements.entries()) elements[from + at] = element;
  return { ...shape, elements };
}
