/**
 * Shapes made of each other, moved, turned and measured.
 * https://www.postgresql.org/docs/15/functions-geometry.html
 */
import { SqlError } from "../../base/sql-error.ts";
import type { Point } from "../types/geometry-input.ts";
import {
  distance,
  greater,
  hypotenuse,
  isZero,
  lesser,
  minus,
  over,
  plus,
  slope,
  times,
} from "../types/geometry-numbers.ts";
import { geometricComparisons } from "./geometric-comparisons.ts";
import { geometricLineFunctions } from "./geometric-lines.ts";
import { boxesMeet, middleOf } from "./geometry-nearest.ts";
import { boundsOfPolygon, circleOfPolygon } from "./geometry-polygons.ts";
import {
  areaOfBox,
  areaOfCircle,
  areaOfPath,
  centerOf,
  heightOf,
  lengthOf,
  lengthOfPath,
  widthOf,
} from "./geometry-sizes.ts";
import { type Box, boxOf, type Circle, type Polygon, shaped } from "./geometry-values.ts";
import type { FunctionDefinition } from "./registry.ts";
import { cosine, sine } from "./sines.ts";

type Move = (point: Point, by: Point) => Point;

const added: Move = (a, b) => ({ x: plus(a.x, b.x), y: plus(a.y, b.y) });
const taken: Move = (a, b) => ({ x: minus(a.x, b.x), y: minus(a.y, b.y) });
/** As complex numbers: turned and scaled. */
const product: Move = (a, b) => ({
  x: minus(times(a.x, b.x), times(a.y, b.y)),
  y: plus(times(a.x, b.y), times(a.y, b.x)),
});
const quotient: Move = (a, b) => {
  const squareY = times(b.y, b.y);
  const divisor = plus(times(b.x, b.x), squareY);
  return {
    x: over(plus(times(a.x, b.x), times(a.y, b.y)), divisor),
    y: over(minus(times(a.y, b.x), times(a.x, b.y)), divisor),
  };
};

const moves: readonly (readonly [name: string, move: Move])[] = [
  ["add", added],
  ["sub", taken],
  ["mul", product],
  ["div", quotient],
];
const scales: Readonly<Record<string, typeof times>> = { mul: times, div: over };

const moved = moves.flatMap(([name, move]) => [
  ...shaped(`point_${name}`, "point, point", move),
  ...shaped(`path_${name}_pt`, "path, point", ({ points, closed }, by) => ({
    points: points.map((point) => move(point, by)),
    closed,
  })),
  ...shaped(`circle_${name}_pt`, "circle, point", ({ center, radius }, by) => {
    const scale = scales[name];
    return {
      center: move(center, by),
      radius: scale ? scale(radius, hypotenuse(by.x, by.y)) : radius,
    };
  }),
  ...shaped(`box_${name}`, "box, point", ({ high, low }, by) => {
    const [a, b] = [move(high, by), move(low, by)];
    return scales[name] ? boxOf(a, b) : { high: a, low: b };
  }),
]);

const common = (a: Box, b: Box): Box => ({
  high: { x: lesser(a.high.x, b.high.x), y: lesser(a.high.y, b.high.y) },
  low: { x: greater(a.low.x, b.low.x), y: greater(a.low.y, b.low.y) },
});
const around = (a: Box, b: Box): Box => ({
  high: { x: greater(a.high.x, b.high.x), y: greater(a.high.y, b.high.y) },
  low: { x: lesser(a.low.x, b.low.x), y: lesser(a.low.y, b.low.y) },
});

function boxOfCircle({ center: { x, y }, radius }: Circle): Box {
  const half = over(radius, Math.SQRT2);
  return {
    high: { x: plus(x, half), y: plus(y, half) },
    low: { x: minus(x, half), y: minus(y, half) },
  };
}

const cornersOf = ({ high, low }: Box): Point[] => [
  low,
  { x: low.x, y: high.y },
  high,
  { x: high.x, y: low.y },
];

const CORNERS_MAX = 1_000_000;

/** Counted from the left, clockwise. */
function polygonAround(count: number, { center, radius }: Circle): Polygon {
  if (isZero(radius)) {
    throw new SqlError("0A000", "cannot convert circle with radius zero to polygon");
  }
  if (count < 2) throw new SqlError("22023", "must request at least 2 points");
  if (count > CORNERS_MAX) throw new SqlError("54000", "too many points requested");
  const step = over(2 * Math.PI, count);
  const corners = Array.from({ length: count }, (_, at) => {
    const angle = times(step, at);
    return {
      x: minus(center.x, times(radius, cosine(angle))),
      y: plus(center.y, times(radius, sine(angle))),
    };
  });
  return { corners };
}

const made = [
  ...shaped("point", "float8, float8", (x, y) => ({ x, y })),
  ...shaped("lseg", "point, point", (from, to) => ({ from, to })),
  ...shaped("box", "point, point", boxOf),
  ...shaped("box", "point", (point) => ({ high: point, low: point })),
  ...shaped("box", "circle", boxOfCircle),
  ...shaped("box spg_poly_quad_compress", "polygon", boundsOfPolygon),
  ...shaped("box_intersect", "box, box", (a, b) => (boxesMeet(a, b) ? common(a, b) : null)),
  ...shaped("bound_box", "box, box", around),
  ...shaped("diagonal lseg", "box", ({ high, low }) => ({ from: high, to: low })),
  ...shaped("circle", "point, float8", (center, radius) => ({ center, radius })),
  ...shaped("circle", "box", (box) => {
    const center = centerOf(box);
    return { center, radius: distance(center, box.high) };
  }),
  ...shaped("circle", "polygon", circleOfPolygon),
  ...shaped("path", "polygon", ({ corners }) => ({ points: corners, closed: true })),
  ...shaped("pclose", "path", ({ points }) => ({ points, closed: true })),
  ...shaped("popen", "path", ({ points }) => ({ points, closed: false })),
  ...shaped("path_add", "path, path", (a, b) =>
    a.closed || b.closed ? null : { points: [...a.points, ...b.points], closed: false },
  ),
  ...shaped("polygon", "box", (box) => ({ corners: cornersOf(box) })),
  ...shaped("polygon", "int4, circle", polygonAround),
  ...shaped("polygon", "circle", (circle) => polygonAround(12, circle)),
  ...shaped("polygon", "path", ({ points, closed }) => {
    if (!closed) throw new SqlError("22023", "open path cannot be converted to polygon");
    return { corners: points };
  }),
];

const measured = [
  ...shaped("slope", "point, point", slope),
  ...shaped("center point box_center", "box", centerOf),
  ...shaped("width", "box", widthOf),
  ...shaped("height", "box", heightOf),
  ...shaped("area", "box", areaOfBox),
  ...shaped("point lseg_center", "lseg", middleOf),
  ...shaped("length lseg_length", "lseg", lengthOf),
  ...shaped("center point circle_center", "circle", ({ center }) => center),
  ...shaped("radius", "circle", ({ radius }) => radius),
  ...shaped("diameter", "circle", ({ radius }) => times(radius, 2)),
  ...shaped("area", "circle", areaOfCircle),
  ...shaped("area", "path", areaOfPath),
  ...shaped("length path_length", "path", lengthOfPath),
  ...shaped("isclosed", "path", ({ closed }) => closed),
  ...shaped("isopen", "path", ({ closed }) => !closed),
  ...shaped("npoints path_npoints", "path", ({ points }) => BigInt(points.length)),
  ...shaped("npoints poly_npoints", "polygon", ({ corners }) => BigInt(corners.length)),
  ...shaped("point poly_center", "polygon", (polygon) => circleOfPolygon(polygon).center),
];

export const geometricFunctions: readonly FunctionDefinition[] = [
  ...moved,
  ...made,
  ...measured,
  ...geometricComparisons,
  ...geometricLineFunctions,
];
