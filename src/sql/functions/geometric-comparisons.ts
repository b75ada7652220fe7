/**
 * HOW SHAPES LIE TO EACH OTHER: left, right, above, below, within, the same; and which is larger.
 * https://www.postgresql.org/docs/15/functions-geometry.html
 */
import {
  distance,
  isApart,
  isAtMost,
  isEqual,
  isLess,
  isSameNumber,
  isSamePoint,
  minus,
  plus,
} from "../types/geometry-numbers.ts";
import { boxesMeet, boxHoldsPoint } from "./geometry-nearest.ts";
import {
  boundsOfPolygon,
  boxHoldsBox,
  holdsPoint,
  holdsPolygon,
  isSamePolygon,
  polygonsMeet,
} from "./geometry-polygons.ts";
import { areaOfBox, areaOfCircle, lengthOf } from "./geometry-sizes.ts";
import { type Box, type Circle, type Segment, shaped } from "./geometry-values.ts";
import type { FunctionDefinition } from "./registry.ts";

const isSameBox = (a: Box, b: Box): boolean =>
  isSamePoint(a.high, b.high) && isSamePoint(a.low, b.low);
const isSameSegment = (a: Segment, b: Segment): boolean =>
  isSamePoint(a.from, b.from) && isSamePoint(a.to, b.to);
const isSameCircle = (a: Circle, b: Circle): boolean =>
  (isSameNumber(a.radius, b.radius) || isEqual(a.radius, b.radius)) &&
  isSamePoint(a.center, b.center);

/** The box from whose sides a circle's place is told. */
const extentOf = ({ center: { x, y }, radius }: Circle): Box => ({
  high: { x: plus(x, radius), y: plus(y, radius) },
  low: { x: minus(x, radius), y: minus(y, radius) },
});

type Less = (a: number, b: number) => boolean;

/** What each name compares: by less, or by at most. */
const places = (less: Less, atMost: Less) =>
  [
    ["left", (a: Box, b: Box) => less(a.high.x, b.low.x)],
    ["overleft", (a: Box, b: Box) => atMost(a.high.x, b.high.x)],
    ["right", (a: Box, b: Box) => less(b.high.x, a.low.x)],
    ["overright", (a: Box, b: Box) => atMost(b.low.x, a.low.x)],
    ["below", (a: Box, b: Box) => less(a.high.y, b.low.y)],
    ["overbelow", (a: Box, b: Box) => atMost(a.high.y, b.high.y)],
    ["above", (a: Box, b: Box) => less(b.high.y, a.low.y)],
    ["overabove", (a: Box, b: Box) => atMost(b.low.y, a.low.y)],
  ] as const;

const placed = [
  ...places(isLess, isAtMost).flatMap(([name, test]) => [
    ...shaped(`box_${name}`, "box, box", test),
    ...shaped(`circle_${name}`, "circle, circle", (a, b) => test(extentOf(a), extentOf(b))),
  ]),
  // Polygons are compared exactly.
  ...places(
    (a, b) => a < b,
    (a, b) => a <= b,
  ).flatMap(([name, test]) =>
    shaped(`poly_${name}`, "polygon, polygon", (a, b) =>
      test(boundsOfPolygon(a), boundsOfPolygon(b)),
    ),
  ),
];

const sizes: readonly (readonly [name: string, test: Less])[] = [
  ["lt", isLess],
  ["gt", (a, b) => isLess(b, a)],
  ["le", isAtMost],
  ["ge", (a, b) => isAtMost(b, a)],
];
const sizesAndEqual = [...sizes, ["eq", isEqual]] as const;

const sized = [
  ...sizesAndEqual.flatMap(([name, test]) => [
    ...shaped(`box_${name}`, "box, box", (a, b) => test(areaOfBox(a), areaOfBox(b))),
    ...shaped(`circle_${name}`, "circle, circle", (a, b) => test(areaOfCircle(a), areaOfCircle(b))),
  ]),
  ...shaped("circle_ne", "circle, circle", (a, b) => isApart(areaOfCircle(a), areaOfCircle(b))),
  ...sizes.flatMap(([name, test]) =>
    shaped(`lseg_${name}`, "lseg, lseg", (a, b) => test(lengthOf(a), lengthOf(b))),
  ),
  ...shaped("path_n_lt", "path, path", (a, b) => a.points.length < b.points.length),
  ...shaped("path_n_gt", "path, path", (a, b) => a.points.length > b.points.length),
  ...shaped("path_n_eq", "path, path", (a, b) => a.points.length === b.points.length),
  ...shaped("path_n_le", "path, path", (a, b) => a.points.length <= b.points.length),
  ...shaped("path_n_ge", "path, path", (a, b) => a.points.length >= b.points.length),
];

const points = [
  ...shaped("point_eq", "point, point", isSamePoint),
  ...shaped("point_ne", "point, point", (a, b) => !isSamePoint(a, b)),
  ...shaped("point_left", "point, point", (a, b) => isLess(a.x, b.x)),
  ...shaped("point_right", "point, point", (a, b) => isLess(b.x, a.x)),
  ...shaped("point_above", "point, point", (a, b) => isLess(b.y, a.y)),
  ...shaped("point_below", "point, point", (a, b) => isLess(a.y, b.y)),
  ...shaped("point_vert isvertical", "point, point", (a, b) => isEqual(a.x, b.x)),
  ...shaped("point_horiz ishorizontal", "point, point", (a, b) => isEqual(a.y, b.y)),
];

const isWithin = (inner: Circle, outer: Circle): boolean =>
  isAtMost(distance(inner.center, outer.center), minus(outer.radius, inner.radius));
const isOnDisc = ({ center, radius }: Circle, point: Parameters<typeof distance>[0]): boolean =>
  distance(center, point) <= radius;

const held = [
  ...shaped("box_same", "box, box", isSameBox),
  ...shaped("box_overlap", "box, box", boxesMeet),
  ...shaped("box_contain", "box, box", boxHoldsBox),
  ...shaped("box_contained", "box, box", (a, b) => boxHoldsBox(b, a)),
  ...shaped("box_below_eq", "box, box", (a, b) => isAtMost(a.high.y, b.low.y)),
  ...shaped("box_above_eq", "box, box", (a, b) => isAtMost(b.high.y, a.low.y)),
  ...shaped("box_contain_pt", "box, point", boxHoldsPoint),
  ...shaped("on_pb", "point, box", (point, box) => boxHoldsPoint(box, point)),
  ...shaped("circle_same", "circle, circle", isSameCircle),
  ...shaped("circle_overlap", "circle, circle", (a, b) =>
    isAtMost(distance(a.center, b.center), plus(a.radius, b.radius)),
  ),
  ...shaped("circle_contain", "circle, circle", (a, b) => isWithin(b, a)),
  ...shaped("circle_contained", "circle, circle", isWithin),
  ...shaped("circle_contain_pt", "circle, point", isOnDisc),
  ...shaped("pt_contained_circle", "point, circle", (point, circle) => isOnDisc(circle, point)),
  ...shaped("poly_same", "polygon, polygon", isSamePolygon),
  ...shaped("poly_overlap", "polygon, polygon", polygonsMeet),
  ...shaped("poly_contain", "polygon, polygon", holdsPolygon),
  ...shaped("poly_contained", "polygon, polygon", (a, b) => holdsPolygon(b, a)),
  ...shaped("poly_contain_pt", "polygon, point", ({ corners }, point) =>
    holdsPoint(corners, point),
  ),
  ...shaped("pt_contained_poly", "point, polygon", (point, { corners }) =>
    holdsPoint(corners, point),
  ),
  ...shaped("lseg_eq", "lseg, lseg", isSameSegment),
  ...shaped("lseg_ne", "lseg, lseg", (a, b) => !isSameSegment(a, b)),
];

export const geometricComparisons: readonly FunctionDefinition[] = [
  ...points,
  ...placed,
  ...sized,
  ...held,
];
