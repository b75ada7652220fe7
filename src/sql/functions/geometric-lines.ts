/**
 * Lines, segments and paths: where they cross, how far apart shapes are, and their nearest points.
 * https://www.postgresql.org/docs/15/functions-geometry.html
 */
import { lineThrough } from "../types/geometry.ts";
import type { Point } from "../types/geometry-input.ts";
import {
  crossSlope,
  distance,
  hypotenuse,
  isEqual,
  isSameNumber,
  isZero,
  type Line,
  minus,
  over,
  plus,
  slope,
  times,
} from "../types/geometry-numbers.ts";
import {
  boxesMeet,
  boxHoldsPoint,
  boxMeetsSegment,
  crossing,
  distanceOfBox,
  leastDistance,
  type Nearest,
  nearestOfSegments,
  nearestOnBox,
  nearestOnLine,
  nearestOnSegment,
  nearestToLine,
  nearestToSegment,
  pointDistances,
  segmentHolds,
  segmentMeetsLine,
  segmentsMeet,
  sideDistances,
  sidesMeet,
  slopeOfLine,
} from "./geometry-nearest.ts";
import { distanceOfPoint, distanceOfPolygons, holdsPoint } from "./geometry-polygons.ts";
import { centerOf, lengthOf } from "./geometry-sizes.ts";
import {
  boundsOf,
  type Circle,
  edgesOf,
  type Path,
  type Segment,
  shaped,
  sidesOf,
} from "./geometry-values.ts";
import type { FunctionDefinition } from "./registry.ts";

const isUpright = ({ from, to }: Segment): boolean => isEqual(from.x, to.x);
const isLevel = ({ from, to }: Segment): boolean => isEqual(from.y, to.y);
const slopeOf = ({ from, to }: Segment): number => slope(from, to);
const sides = ({ points, closed }: Path): Segment[] => sidesOf(points, closed);

function isSameLine(one: Line, other: Line): boolean {
  const pairs = (["a", "b", "c"] as const).map((at) => [one[at], other[at]] as const);
  if (pairs.flat().some(Number.isNaN)) return pairs.every(([a, b]) => isSameNumber(a, b));
  const [a, b] = pairs.find(([, of]) => !isZero(of)) ?? [1, 1];
  const ratio = over(a, b);
  return pairs.every(([value, of]) => isEqual(value, times(ratio, of)));
}

function areSquare(one: Line, other: Line): boolean {
  if (isZero(one.a)) return isZero(other.b);
  if (isZero(other.a)) return isZero(one.b);
  if (isZero(one.b)) return isZero(other.a);
  if (isZero(other.b)) return isZero(one.a);
  return isEqual(over(times(one.a, other.a), times(one.b, other.b)), -1);
}

function distanceOfLines(one: Line, other: Line): number {
  if (crossing(one, other)) return 0;
  const counts = (value: number) => !isZero(value) && !Number.isNaN(value);
  let ratio = 1;
  if (counts(one.a) && counts(other.a)) ratio = over(one.a, other.a);
  else if (counts(one.b) && counts(other.b)) ratio = over(one.b, other.b);
  const apart = Math.abs(minus(one.c, times(ratio, other.c)));
  return over(apart, hypotenuse(one.a, one.b));
}

const lineHolds = ({ a, b, c }: Line, { x, y }: Point): boolean =>
  isZero(plus(plus(times(a, x), times(b, y)), c));

const lines = [
  ...shaped("line", "point, point", (a, b) => lineThrough(a, b, "22023")),
  ...shaped("line_eq", "line, line", isSameLine),
  ...shaped("line_intersect", "line, line", (a, b) => crossing(a, b) !== undefined),
  ...shaped("line_parallel isparallel", "line, line", (a, b) => !crossing(a, b)),
  ...shaped("line_perp isperp", "line, line", areSquare),
  ...shaped("line_vertical isvertical", "line", ({ b }) => isZero(b)),
  ...shaped("line_horizontal ishorizontal", "line", ({ a }) => isZero(a)),
  ...shaped("line_interpt", "line, line", (a, b) => crossing(a, b) ?? null),
  ...shaped("on_pl", "point, line", (point, line) => lineHolds(line, point)),
  ...shaped(
    "on_sl",
    "lseg, line",
    ({ from, to }, line) => lineHolds(line, from) && lineHolds(line, to),
  ),
  ...shaped("inter_sl", "lseg, line", (a, b) => segmentMeetsLine(a, b) !== undefined),
  ...shaped("inter_lb", "line, box", (line, box) =>
    edgesOf(box).some((edge) => segmentMeetsLine(edge, line)),
  ),
];

const segments = [
  ...shaped("lseg_intersect", "lseg, lseg", (a, b) => segmentsMeet(a, b) !== undefined),
  ...shaped("lseg_parallel isparallel", "lseg, lseg", (a, b) => isEqual(slopeOf(a), slopeOf(b))),
  ...shaped("lseg_perp isperp", "lseg, lseg", (a, b) =>
    isEqual(slopeOf(a), crossSlope(b.from, b.to)),
  ),
  ...shaped("lseg_vertical isvertical", "lseg", isUpright),
  ...shaped("lseg_horizontal ishorizontal", "lseg", isLevel),
  ...shaped("lseg_interpt", "lseg, lseg", (a, b) => segmentsMeet(a, b) ?? null),
  ...shaped("on_ps", "point, lseg", (point, segment) => segmentHolds(segment, point)),
  ...shaped(
    "on_sb",
    "lseg, box",
    ({ from, to }, box) => boxHoldsPoint(box, from) && boxHoldsPoint(box, to),
  ),
  ...shaped("inter_sb", "lseg, box", (segment, box) => boxMeetsSegment(box, segment)),
];

const pathsMeet = (a: Path, b: Path): boolean =>
  boxesMeet(boundsOf(a.points), boundsOf(b.points)) && sidesMeet(sides(a), sides(b));

/** On an open path, or within a closed one. */
function pathHolds({ points, closed }: Path, point: Point): boolean {
  if (closed) return holdsPoint(points, point);
  return sidesOf(points, false).some((side) =>
    isEqual(plus(distance(point, side.from), distance(point, side.to)), lengthOf(side)),
  );
}

const distanceOfPath = (path: Path, point: Point): number =>
  leastDistance(pointDistances(sides(path), point)) ?? 0;
const outside = (far: number): number => Math.max(far, 0);
const toCircle = (point: Point, { center, radius }: Circle): number =>
  outside(minus(distance(point, center), radius));

const paths = [
  ...shaped("path_inter", "path, path", pathsMeet),
  ...shaped("on_ppath", "point, path", (point, path) => pathHolds(path, point)),
  ...shaped("path_contain_pt", "path, point", pathHolds),
];

const distances = [
  ...shaped("point_distance", "point, point", distance),
  ...shaped("dist_pl", "point, line", (point, line) => nearestOnLine(line, point).distance),
  ...shaped("dist_lp", "line, point", (line, point) => nearestOnLine(line, point).distance),
  ...shaped("dist_ps", "point, lseg", (point, lseg) => nearestOnSegment(lseg, point).distance),
  ...shaped("dist_sp", "lseg, point", (lseg, point) => nearestOnSegment(lseg, point).distance),
  ...shaped("dist_pb", "point, box", (point, box) => nearestOnBox(box, point).distance),
  ...shaped("dist_bp", "box, point", (box, point) => nearestOnBox(box, point).distance),
  ...shaped("dist_sl", "lseg, line", (lseg, line) => nearestToLine(lseg, line).distance),
  ...shaped("dist_ls", "line, lseg", (line, lseg) => nearestToLine(lseg, line).distance),
  ...shaped("dist_sb", "lseg, box", (segment, box) => distanceOfBox(box, segment)),
  ...shaped("dist_bs", "box, lseg", distanceOfBox),
  ...shaped("dist_ppath", "point, path", (point, path) => distanceOfPath(path, point)),
  ...shaped("dist_pathp", "path, point", distanceOfPath),
  ...shaped("dist_ppoly", "point, polygon", (point, polygon) => distanceOfPoint(polygon, point)),
  ...shaped("dist_polyp", "polygon, point", distanceOfPoint),
  ...shaped("dist_pc", "point, circle", toCircle),
  ...shaped("dist_cpoint", "circle, point", (circle, point) => toCircle(point, circle)),
  ...shaped("dist_cpoly", "circle, polygon", ({ center, radius }, polygon) =>
    outside(minus(distanceOfPoint(polygon, center), radius)),
  ),
  ...shaped("dist_polyc", "polygon, circle", (polygon, { center, radius }) =>
    outside(minus(distanceOfPoint(polygon, center), radius)),
  ),
  ...shaped("circle_distance", "circle, circle", (a, b) =>
    outside(minus(distance(a.center, b.center), plus(a.radius, b.radius))),
  ),
  ...shaped("box_distance", "box, box", (a, b) => distance(centerOf(a), centerOf(b))),
  ...shaped("line_distance", "line, line", distanceOfLines),
  ...shaped("lseg_distance", "lseg, lseg", (a, b) => nearestOfSegments(a, b).distance),
  ...shaped(
    "path_distance",
    "path, path",
    (a, b) => leastDistance(sideDistances(sides(a), sides(b))) ?? null,
  ),
  ...shaped("poly_distance", "polygon, polygon", distanceOfPolygons),
];

const known = ({ point, distance: far }: Nearest): Point | null =>
  Number.isNaN(far) ? null : point;

const nearest = [
  ...shaped("close_pl", "point, line", (point, line) => known(nearestOnLine(line, point))),
  ...shaped("close_ps", "point, lseg", (point, lseg) => known(nearestOnSegment(lseg, point))),
  ...shaped("close_pb", "point, box", (point, box) => known(nearestOnBox(box, point))),
  ...shaped("close_ls", "line, lseg", (line, segment) =>
    slopeOf(segment) === slopeOfLine(line) ? null : known(nearestToLine(segment, line)),
  ),
  ...shaped("close_lseg", "lseg, lseg", (a, b) =>
    slopeOf(a) === slopeOf(b) ? null : known(nearestOfSegments(b, a)),
  ),
  ...shaped("close_sb", "lseg, box", (segment, box) => known(nearestToSegment(box, segment))),
];

export const geometricLineFunctions: readonly FunctionDefinition[] = [
  ...lines,
  ...segments,
  ...paths,
  ...distances,
  ...nearest,
];
