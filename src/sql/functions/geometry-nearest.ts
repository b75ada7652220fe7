/**
 * WHERE SHAPES MEET, AND THEIR NEAREST POINTS. Step by step as geo_ops.c does it, because a
 * millionth decides, and so does the order of the operations.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/geo_ops.c
 */
import type { Point } from "../types/geometry-input.ts";
import {
  crossSlope,
  distance,
  isAtMost,
  isEqual,
  isSamePoint,
  isZero,
  type Line,
  lineFrom,
  minus,
  over,
  plus,
  positiveZero,
  precedes,
  slope,
  times,
} from "../types/geometry-numbers.ts";
import { type Box, boxOf, edgesOf, type Segment } from "./geometry-values.ts";

/** A point of the first shape, and how far it is from the second. */
export interface Nearest {
  readonly point: Point;
  readonly distance: number;
}

const lineOf = ({ from, to }: Segment): Line => lineFrom(from, slope(from, to));

export function slopeOfLine({ a, b }: Line): number {
  if (isZero(a)) return 0;
  return isZero(b) ? Number.POSITIVE_INFINITY : over(a, -b);
}

function crossSlopeOfLine({ a, b }: Line): number {
  if (isZero(a)) return Number.POSITIVE_INFINITY;
  return isZero(b) ? 0 : over(b, a);
}

export function middleOf({ from, to }: Segment): Point {
  return { x: over(plus(from.x, to.x), 2), y: over(plus(from.y, to.y), 2) };
}

export const boxHoldsPoint = ({ high, low }: Box, { x, y }: Point): boolean =>
  high.x >= x && low.x <= x && high.y >= y && low.y <= y;

export const boxesMeet = (a: Box, b: Box): boolean =>
  isAtMost(a.low.x, b.high.x) &&
  isAtMost(b.low.x, a.high.x) &&
  isAtMost(a.low.y, b.high.y) &&
  isAtMost(b.low.y, a.high.y);

export const segmentHolds = ({ from, to }: Segment, point: Point): boolean =>
  isEqual(distance(point, from) + distance(point, to), distance(from, to));

/** Where two lines cross; undefined: they are parallel. */
export function crossing(one: Line, other: Line): Point | undefined {
  const steepFirst = isZero(one.b);
  if (steepFirst && isZero(other.b)) return undefined;
  const [l, m] = steepFirst ? [other, one] : [one, other];
  if (isEqual(m.a, times(l.a, over(m.b, l.b)))) return undefined;
  const x = over(minus(times(l.b, m.c), times(m.b, l.c)), minus(times(l.a, m.b), times(m.a, l.b)));
  const y = over(-plus(times(l.a, x), l.c), l.b);
  return { x: positiveZero(x), y: positiveZero(y) };
}

/** An end of the segment where the line goes through it. */
export function segmentMeetsLine(segment: Segment, line: Line): Point | undefined {
  const point = crossing(lineOf(segment), line);
  if (!point || !segmentHolds(segment, point)) return undefined;
  if (isSamePoint(segment.from, point)) return segment.from;
  return isSamePoint(segment.to, point) ? segment.to : point;
}

export function segmentsMeet(one: Segment, other: Segment): Point | undefined {
  const point = segmentMeetsLine(one, lineOf(other));
  return point && segmentHolds(other, point) ? point : undefined;
}

/** The distance is NaN where there is no such point. */
export function nearestOnLine(line: Line, point: Point): Nearest {
  const found = crossing(lineFrom(point, crossSlopeOfLine(line)), line);
  return found
    ? { point: found, distance: distance(found, point) }
    : { point, distance: Number.NaN };
}

export function nearestToLine(segment: Segment, line: Line): Nearest {
  const met = segmentMeetsLine(segment, line);
  if (met) return { point: met, distance: 0 };
  const [from, to] = [segment.from, segment.to].map((end) => nearestOnLine(line, end).distance);
  return (from as number) < (to as number)
    ? { point: segment.from, distance: from as number }
    : { point: segment.to, distance: to as number };
}

export function nearestOnSegment(segment: Segment, point: Point): Nearest {
  const across = lineFrom(point, crossSlope(segment.from, segment.to));
  const found = nearestToLine(segment, across).point;
  return { point: found, distance: distance(found, point) };
}

/** The first of the least. */
function least(candidates: Iterable<Nearest>): Nearest {
  let best: Nearest | undefined;
  for (const one of candidates) {
    if (!best || precedes(one.distance, best.distance)) best = one;
  }
  return best as Nearest;
}

export function nearestOfSegments(on: Segment, to: Segment): Nearest {
  const met = segmentsMeet(on, to);
  if (met) return { point: met, distance: 0 };
  return least([
    nearestOnSegment(on, to.from),
    nearestOnSegment(on, to.to),
    { point: on.from, distance: nearestOnSegment(to, on.from).distance },
    { point: on.to, distance: nearestOnSegment(to, on.to).distance },
  ]);
}

export function nearestOnBox(box: Box, point: Point): Nearest {
  if (boxHoldsPoint(box, point)) return { point, distance: 0 };
  return least(edgesOf(box).map((edge) => nearestOnSegment(edge, point)));
}

export function boxMeetsSegment(box: Box, segment: Segment): boolean {
  const { from, to } = segment;
  if (!boxesMeet(boxOf(from, to), box)) return false;
  if (boxHoldsPoint(box, from) || boxHoldsPoint(box, to)) return true;
  return edgesOf(box).some((edge) => segmentsMeet(edge, segment) !== undefined);
}

const nearestOnEdges = (box: Box, segment: Segment): Nearest =>
  least(edgesOf(box).map((edge) => nearestOfSegments(edge, segment)));

export const distanceOfBox = (box: Box, segment: Segment): number =>
  boxMeetsSegment(box, segment) ? 0 : nearestOnEdges(box, segment).distance;

export function nearestToSegment(box: Box, segment: Segment): Nearest {
  if (!boxMeetsSegment(box, segment)) return nearestOnEdges(box, segment);
  const middle = middleOf({ from: box.high, to: box.low });
  return { point: nearestOnSegment(segment, middle).point, distance: 0 };
}

/** The least distance of sides, where there are any. */
export function leastDistance(distances: Iterable<number>): number | undefined {
  let best: number | undefined;
  for (const one of distances) if (best === undefined || precedes(one, best)) best = one;
  return best;
}

export const pointDistances = (sides: readonly Segment[], point: Point): Iterable<number> =>
  sides.map((side) => nearestOnSegment(side, point).distance);

export function* sideDistances(
  sides: readonly Segment[],
  others: readonly Segment[],
): Iterable<number> {
  for (const side of sides) {
    for (const other of others) yield nearestOfSegments(side, other).distance;
  }
}

export const sidesMeet = (sides: readonly Segment[], others: readonly Segment[]): boolean =>
  sides.some((side) => others.some((other) => segmentsMeet(side, other) !== undefined));
