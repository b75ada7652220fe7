/**
 * THE ARITHMETIC OF GEOMETRY. A finite operation must not overflow or vanish; what lies closer than
 * a millionth is equal.
 * https://www.postgresql.org/docs/15/functions-geometry.html
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/utils/geo_decls.h
 */
import { SqlError } from "../../base/sql-error.ts";
import type { Point } from "./geometry-input.ts";

const EPSILON = 1e-6;

export const isZero = (value: number): boolean => Math.abs(value) <= EPSILON;
export const isEqual = (a: number, b: number): boolean => a === b || Math.abs(a - b) <= EPSILON;
/** NaN is neither equal to a number nor apart from it. */
export const isApart = (a: number, b: number): boolean => a !== b && Math.abs(a - b) > EPSILON;
export const isLess = (a: number, b: number): boolean => a + EPSILON < b;
export const isAtMost = (a: number, b: number): boolean => a <= b + EPSILON;

/** Exactly, with NaN as the greatest number. */
export const isSameNumber = (a: number, b: number): boolean =>
  Number.isNaN(a) ? Number.isNaN(b) : a === b;
export const precedes = (a: number, b: number): boolean =>
  !Number.isNaN(a) && (Number.isNaN(b) || a < b);
export const lesser = (a: number, b: number): number => (precedes(a, b) ? a : b);
export const greater = (a: number, b: number): number => (precedes(b, a) ? a : b);

const isInfinite = (value: number): boolean => Math.abs(value) === Number.POSITIVE_INFINITY;
const overflow = () => new SqlError("22003", "value out of range: overflow");
const underflow = () => new SqlError("22003", "value out of range: underflow");

function bounded(value: number, a: number, b: number): number {
  if (isInfinite(value) && !isInfinite(a) && !isInfinite(b)) throw overflow();
  return value;
}

export const plus = (a: number, b: number): number => bounded(a + b, a, b);
export const minus = (a: number, b: number): number => bounded(a - b, a, b);

export function times(a: number, b: number): number {
  const value = bounded(a * b, a, b);
  if (value === 0 && a !== 0 && b !== 0) throw underflow();
  return value;
}

export function over(a: number, b: number): number {
  if (b === 0 && !Number.isNaN(a)) throw new SqlError("22012", "division by zero");
  const value = bounded(a / b, a, 0);
  if (value === 0 && a !== 0 && !isInfinite(b)) throw underflow();
  return value;
}

/** The long side of a right triangle. */
export function hypotenuse(x: number, y: number): number {
  if (isInfinite(x) || isInfinite(y)) return Number.POSITIVE_INFINITY;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const [a, b] = [Math.abs(x), Math.abs(y)];
  const [long, short] = a < b ? [b, a] : [a, b];
  if (short === 0) return long;
  const ratio = short / long;
  const value = long * Math.sqrt(1 + ratio * ratio);
  if (isInfinite(value)) throw overflow();
  if (value === 0) throw underflow();
  return value;
}

export const distance = (a: Point, b: Point): number =>
  hypotenuse(minus(a.x, b.x), minus(a.y, b.y));

export function isSamePoint(a: Point, b: Point): boolean {
  if ([a.x, a.y, b.x, b.y].some(Number.isNaN)) {
    return isSameNumber(a.x, b.x) && isSameNumber(a.y, b.y);
  }
  return isEqual(a.x, b.x) && isEqual(a.y, b.y);
}

export function slope(a: Point, b: Point): number {
  if (isEqual(a.x, b.x)) return Number.POSITIVE_INFINITY;
  if (isEqual(a.y, b.y)) return 0;
  return over(minus(a.y, b.y), minus(a.x, b.x));
}

/** Of what is at a right angle to the segment. */
export function crossSlope(a: Point, b: Point): number {
  if (isEqual(a.x, b.x)) return 0;
  if (isEqual(a.y, b.y)) return Number.POSITIVE_INFINITY;
  return over(minus(a.x, b.x), minus(b.y, a.y));
}

/** ax + by + c = 0 */
export interface Line {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Minus zero is shown as zero. */
export const positiveZero = (value: number): number => (value === 0 ? 0 : value);

export function lineFrom({ x, y }: Point, rise: number): Line {
  if (isInfinite(rise)) return { a: -1, b: 0, c: x };
  if (rise === 0) return { a: 0, b: -1, c: y };
  return { a: rise, b: -1, c: positiveZero(minus(y, times(rise, x))) };
}
