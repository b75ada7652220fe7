/**
 * POLYGONS: whether they hold a point, hold or meet each other, are the same or how far apart. Step
 * by step as geo_ops.c does it.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/geo_ops.c
 */
import type { Point } from "../types/geometry-input.ts";
import {
  distance,
  isAtMost,
  isLess,
  isSamePoint,
  isZero,
  minus,
  over,
  plus,
  times,
} from "../types/geometry-numbers.ts";
import {
  boxesMeet,
  leastDistance,
  middleOf,
  pointDistances,
  segmentHolds,
  segmentsMeet,
  sideDistances,
  sidesMeet,
} from "./geometry-nearest.ts";
import {
  type Box,
  boundsOf,
  type Circle,
  type Polygon,
  type Segment,
  sidesOf,
} from "./geometry-values.ts";

/** The side goes through the origin. */
const ON_SIDE = Symbol("on the side");

/** Half turns around the origin of a side from `before`, as it crosses the positive half axis. */
function turns({ x, y }: Point, before: Point): number | typeof ON_SIDE {
  if (isZero(y)) {
    if (isZero(x)) return ON_SIDE;
    const right = isLess(0, x);
    if (isZero(before.y)) {
      const same = right ? isLess(0, before.x) : isLess(before.x, 0);
      return same ? 0 : ON_SIDE;
    }
    if (!right) return 0;
    return isLess(before.y, 0) ? 1 : -1;
  }
  const sign = isLess(0, y) ? 1 : -1;
  const isBeyond = (value: number) => (sign < 0 ? isLess(value, 0) : isLess(0, value));
  if (isZero(before.y)) return isLess(before.x, 0) ? 0 : sign;
  if (isBeyond(before.y)) return 0;
  if (isAtMost(0, x) && isLess(0, before.x)) return 2 * sign;
  if (isLess(x, 0) && isAtMost(before.x, 0)) return 0;
  const side = minus(times(minus(x, before.x), y), times(minus(y, before.y), x));
  if (isZero(side)) return ON_SIDE;
  return isBeyond(side) ? 0 : 2 * sign;
}

/** What lies on a side is held. */
export function holdsPoint(corners: readonly Point[], point: Point): boolean {
  const [first = point, ...rest] = corners;
  const seen = ({ x, y }: Point): Point => ({ x: minus(x, point.x), y: minus(y, point.y) });
  const start = seen(first);
  let before = start;
  let total = 0;
  for (const corner of rest) {
    const at = seen(corner);
    const turn = turns(at, before);
    if (turn === ON_SIDE) return true;
    total += turn;
    before = at;
  }
  const last = turns(start, before);
  return last === ON_SIDE || total + last !== 0;
}

/** The same corners in the same or the opposite direction, from whichever. */
export function isSamePolygon({ corners: a }: Polygon, { corners: b }: Polygon): boolean {
  const count = a.length;
  if (count !== b.length) return false;
  const agrees = (start: number, step: 1 | -1) =>
    a.every((corner, at) =>
      isSamePoint(b[(start + step * at + count * 2) % count] as Point, corner),
    );
  return b.some((_, start) => agrees(start, 1) || agrees(start, -1));
}

export const boundsOfPolygon = ({ corners }: Polygon): Box => boundsOf(corners);

export function polygonsMeet({ corners: a }: Polygon, { corners: b }: Polygon): boolean {
  if (!boxesMeet(boundsOf(a), boundsOf(b))) return false;
  if (sidesMeet(sidesOf(a, true), sidesOf(b, true))) return true;
  return holdsPoint(b, a[0] as Point) || holdsPoint(a, b[0] as Point);
}

/** The rest of a segment that touches a side with its end `a`. */
function touchingIsInside(
  { from: a, to: b }: Segment,
  side: Segment,
  corners: readonly Point[],
  start: number,
): boolean {
  let ends = [side.from, side.to];
  if (isSamePoint(a, side.from)) ends = [side.to];
  else if (isSamePoint(a, side.to)) ends = [side.from];
  const held = ends.find((end) => segmentHolds({ from: a, to: b }, end));
  return !held || segmentIsInside({ from: b, to: held }, corners, start);
}

/** Whether a segment lies in a polygon, whose sides before `start` have been looked at. */
function segmentIsInside(segment: Segment, corners: readonly Point[], start: number): boolean {
  const { from: a, to: b } = segment;
  let from = corners[start === 0 ? corners.length - 1 : start - 1] as Point;
  let crossed = false;
  for (let at = start; at < corners.length; at++) {
    const side = { from, to: corners[at] as Point };
    from = side.to;
    const [heldA, heldB] = [segmentHolds(side, a), segmentHolds(side, b)];
    if (heldA && heldB) return true;
    if (heldA || heldB) {
      const touching = heldA ? segment : { from: b, to: a };
      if (!touchingIsInside(touching, side, corners, at + 1)) return false;
      continue;
    }
    const met = segmentsMeet(segment, side);
    if (!met) continue;
    crossed = true;
    if (!segmentIsInside({ from: a, to: met }, corners, at + 1)) return false;
    if (!segmentIsInside({ from: b, to: met }, corners, at + 1)) return false;
  }
  return crossed || holdsPoint(corners, middleOf(segment));
}

export const boxHoldsBox = (outer: Box, inner: Box): boolean =>
  isAtMost(inner.high.x, outer.high.x) &&
  isAtMost(outer.low.x, inner.low.x) &&
  isAtMost(inner.high.y, outer.high.y) &&
  isAtMost(outer.low.y, inner.low.y);

export function holdsPolygon(outer: Polygon, inner: Polygon): boolean {
  if (!boxHoldsBox(boundsOfPolygon(outer), boundsOfPolygon(inner))) return false;
  return sidesOf(inner.corners, true).every((side) => segmentIsInside(side, outer.corners, 0));
}

/** 0 inside. */
export function distanceOfPoint({ corners }: Polygon, point: Point): number {
  if (holdsPoint(corners, point)) return 0;
  // The closing side is measured from the first corner.
  const closing = { from: corners[0] as Point, to: corners.at(-1) as Point };
  const sides = [closing, ...sidesOf(corners, false)];
  return leastDistance(pointDistances(sides, point)) ?? 0;
}

export function distanceOfPolygons(a: Polygon, b: Polygon): number | null {
  if (polygonsMeet(a, b)) return 0;
  const sides = sideDistances(sidesOf(a.corners, true), sidesOf(b.corners, true));
  return leastDistance(sides) ?? null;
}

/** Around the mean of the corners, with their mean distance from it. */
export function circleOfPolygon({ corners }: Polygon): Circle {
  let sum: Point = { x: 0, y: 0 };
  for (const { x, y } of corners) sum = { x: plus(sum.x, x), y: plus(sum.y, y) };
  const center = { x: over(sum.x, corners.length), y: over(sum.y, corners.length) };
  let radii = 0;
  for (const corner of corners) radii = plus(radii, distance(corner, center));
  return { center, radius: over(radii, corners.length) };
}
