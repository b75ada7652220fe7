/**
 * Points, segments, boxes and circles: made of each other, measured and compared. What lies closer
 * than a millionth is equal, where PostgreSQL's operators have it so.
 * https://www.postgresql.org/docs/15/functions-geometry.html
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/geo_ops.c
 */
import { SqlError } from "../../base/sql-error.ts";
import { floatKey, floatOf } from "../types/floats.ts";
import { corners, EPSILON, encodeFloats, floatsOf, isEqual } from "../types/geometry.ts";
import type { Scalar } from "../types/scalar.ts";
import { asBytes, define, truth } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

/** A point has two numbers, a circle three, a segment and a box four. */
type Numbers = readonly number[];

const isLess = (a: number, b: number): boolean => b - a > EPSILON;
const isAtMost = (a: number, b: number): boolean => a - b <= EPSILON;

function distance([x1 = 0, y1 = 0]: Numbers, [x2 = 0, y2 = 0]: Numbers): number {
  const [a, b] = [Math.abs(x1 - x2), Math.abs(y1 - y2)];
  if (a === Infinity || b === Infinity) return Infinity;
  const [long, short] = a < b ? [b, a] : [a, b];
  if (short === 0) return long;
  const ratio = short / long;
  return long * Math.sqrt(1 + ratio * ratio);
}

const middle = ([x1 = 0, y1 = 0, x2 = 0, y2 = 0]: Numbers): Numbers => [
  (x1 + x2) / 2,
  (y1 + y2) / 2,
];
const ends = (four: Numbers): readonly [Numbers, Numbers] => [four.slice(0, 2), four.slice(2)];
const width = ([highX = 0, , lowX = 0]: Numbers): number => highX - lowX;
const height = ([, highY = 0, , lowY = 0]: Numbers): number => highY - lowY;
const areaOfBox = (box: Numbers): number => width(box) * height(box);
const areaOfCircle = ([, , radius = 0]: Numbers): number => radius * radius * Math.PI;
const radiusOf = ([, , radius = 0]: Numbers): number => radius;
const isSamePoint = ([x1 = 0, y1 = 0]: Numbers, [x2 = 0, y2 = 0]: Numbers): boolean =>
  isEqual(x1, x2) && isEqual(y1, y2);

const shifted = (shape: Numbers, [x = 0, y = 0]: Numbers, sign: number): number[] =>
  shape.map((value, at) => value + sign * (at % 2 === 0 ? x : y));
/** A circle keeps its radius. */
const shiftedCircle = (circle: Numbers, by: Numbers, sign: number): number[] => [
  ...shifted(circle.slice(0, 2), by, sign),
  radiusOf(circle),
];

const product = ([x1 = 0, y1 = 0]: Numbers, [x2 = 0, y2 = 0]: Numbers): number[] => [
  x1 * x2 - y1 * y2,
  x1 * y2 + y1 * x2,
];
function quotient([x1 = 0, y1 = 0]: Numbers, [x2 = 0, y2 = 0]: Numbers): number[] {
  const divisor = x2 * x2 + y2 * y2;
  if (divisor === 0) throw new SqlError("22012", "division by zero");
  return [(x1 * x2 + y1 * y2) / divisor, (y1 * x2 - x1 * y2) / divisor];
}

function slope([x1 = 0, y1 = 0]: Numbers, [x2 = 0, y2 = 0]: Numbers): number {
  if (isEqual(x1, x2)) return Infinity;
  return isEqual(y1, y2) ? 0 : (y1 - y2) / (x1 - x2);
}

const holdsPoint = ([hx = 0, hy = 0, lx = 0, ly = 0]: Numbers, [x = 0, y = 0]: Numbers): boolean =>
  x <= hx && x >= lx && y <= hy && y >= ly;

const holdsBox = (
  [hx = 0, hy = 0, lx = 0, ly = 0]: Numbers,
  [hx2 = 0, hy2 = 0, lx2 = 0, ly2 = 0]: Numbers,
): boolean => isAtMost(hx2, hx) && isAtMost(lx, lx2) && isAtMost(hy2, hy) && isAtMost(ly, ly2);

const overlap = (
  [hx = 0, hy = 0, lx = 0, ly = 0]: Numbers,
  [hx2 = 0, hy2 = 0, lx2 = 0, ly2 = 0]: Numbers,
): boolean => isAtMost(lx, hx2) && isAtMost(lx2, hx) && isAtMost(ly, hy2) && isAtMost(ly2, hy);

/** What two boxes have in common. */
const common = ([a = 0, b = 0, c = 0, d = 0]: Numbers, [e = 0, f = 0, g = 0, h = 0]: Numbers) => [
  ...[Math.min(a, e), Math.min(b, f)],
  ...[Math.max(c, g), Math.max(d, h)],
];
/** The least box around two. */
const around = ([a = 0, b = 0, c = 0, d = 0]: Numbers, [e = 0, f = 0, g = 0, h = 0]: Numbers) => [
  ...[Math.max(a, e), Math.max(b, f)],
  ...[Math.min(c, g), Math.min(d, h)],
];

function boxAround([x = 0, y = 0, radius = 0]: Numbers): number[] {
  const half = radius / Math.SQRT2;
  return [x + half, y + half, x - half, y - half];
}
const circleAround = (box: Numbers): number[] => [...middle(box), distance(middle(box), box)];
const between = (one: Numbers, other: Numbers): number =>
  Math.max(distance(one, other) - radiusOf(one) - (other.length > 2 ? radiusOf(other) : 0), 0);

/** Arguments that are float8 by themselves are one number each. */
type Shaped = (...shapes: readonly Numbers[]) => Numbers | number | boolean | null;

function shaped(signature: string, call: Shaped): FunctionDefinition {
  const isNumber = [...signature.matchAll(/[(,] ?(\w+)/g)].map(([, type]) => type === "float8");
  const read = (value: Scalar, at: number): Numbers =>
    isNumber[at] ? [floatOf(asBytes(value))] : floatsOf(asBytes(value));
  return define(signature, (_context, ...args) => {
    const made = call(...args.map(read));
    if (made === null) return null;
    if (typeof made === "boolean") return truth(made);
    return typeof made === "number" ? floatKey(made) : encodeFloats(made);
  });
}

const boxOf = (...points: readonly Numbers[]): Numbers => floatsOf(corners(points.flat()));

type Two = (a: Numbers, b: Numbers) => Numbers | number | boolean | null;
const two =
  (call: Two): Shaped =>
  (a = [], b = []) =>
    call(a, b);
type One = (shape: Numbers) => Numbers | number | boolean;
const one =
  (call: One): Shaped =>
  (shape = []) =>
    call(shape);

const points: Readonly<Record<string, Two>> = {
  point_add: (a, b) => shifted(a, b, 1),
  point_sub: (a, b) => shifted(a, b, -1),
  point_mul: product,
  point_div: quotient,
  point_distance: distance,
  point_eq: isSamePoint,
  point_ne: (a, b) => !isSamePoint(a, b),
  point_left: ([a = 0], [b = 0]) => isLess(a, b),
  point_right: ([a = 0], [b = 0]) => isLess(b, a),
  point_above: ([, a = 0], [, b = 0]) => isLess(b, a),
  point_below: ([, a = 0], [, b = 0]) => isLess(a, b),
  point_vert: ([a = 0], [b = 0]) => isEqual(a, b),
  isvertical: ([a = 0], [b = 0]) => isEqual(a, b),
  point_horiz: ([, a = 0], [, b = 0]) => isEqual(a, b),
  ishorizontal: ([, a = 0], [, b = 0]) => isEqual(a, b),
  slope,
  lseg: (a, b) => [...a, ...b],
  box: (a, b) => boxOf(a, b),
};

const boxes: Readonly<Record<string, Two>> = {
  box_overlap: overlap,
  box_contain: holdsBox,
  box_contained: (a, b) => holdsBox(b, a),
  box_same: (a, b) => ends(a).every((end, at) => isSamePoint(end, ends(b)[at] ?? [])),
  box_left: ([high = 0], [, , low = 0]) => isLess(high, low),
  box_right: ([, , low = 0], [high = 0]) => isLess(high, low),
  box_distance: (a, b) => distance(middle(a), middle(b)),
  box_intersect: (a, b) => (overlap(a, b) ? common(a, b) : null),
  bound_box: around,
};

const circles: Readonly<Record<string, Two>> = {
  circle_overlap: (a, b) => isAtMost(distance(a, b), radiusOf(a) + radiusOf(b)),
  circle_contain: (a, b) => isAtMost(distance(a, b), radiusOf(a) - radiusOf(b)),
  circle_contained: (a, b) => isAtMost(distance(a, b), radiusOf(b) - radiusOf(a)),
  circle_same: (a, b) => isSamePoint(a, b) && isEqual(radiusOf(a), radiusOf(b)),
  circle_distance: between,
};

/** By area. */
const bySize = (type: string, area: (shape: Numbers) => number): FunctionDefinition[] => {
  const tests: Readonly<Record<string, (a: number, b: number) => boolean>> = {
    eq: isEqual,
    lt: isLess,
    gt: (a, b) => isLess(b, a),
    le: isAtMost,
    ge: (a, b) => isAtMost(b, a),
  };
  return Object.entries(tests).map(([name, test]) =>
    shaped(`${type}_${name}(${type}, ${type})`, (a = [], b = []) => test(area(a), area(b))),
  );
};

const all = (type: string, calls: Readonly<Record<string, Two>>): FunctionDefinition[] =>
  Object.entries(calls).map(([name, call]) => shaped(`${name}(${type}, ${type})`, two(call)));

const measured: Readonly<Record<string, One>> = {
  "center(box)": middle,
  "point(box)": middle,
  "box_center(box)": middle,
  "width(box)": width,
  "height(box)": height,
  "area(box)": areaOfBox,
  "diagonal(box)": (box) => box,
  "lseg(box)": (box) => box,
  "circle(box)": circleAround,
  "box(point)": (point) => [...point, ...point],
  "point(lseg)": middle,
  "lseg_center(lseg)": middle,
  "length(lseg)": (segment) => distance(...ends(segment)),
  "lseg_length(lseg)": (segment) => distance(...ends(segment)),
  "center(circle)": (circle) => circle.slice(0, 2),
  "point(circle)": (circle) => circle.slice(0, 2),
  "circle_center(circle)": (circle) => circle.slice(0, 2),
  "radius(circle)": radiusOf,
  "diameter(circle)": (circle) => 2 * radiusOf(circle),
  "area(circle)": areaOfCircle,
  "box(circle)": boxAround,
};

const mixed: Readonly<Record<string, Two>> = {
  "point(float8, float8)": (x, y) => [...x, ...y],
  "circle(point, float8)": (center, radius) => [...center, ...radius],
  "box_add(box, point)": (box, by) => shifted(box, by, 1),
  "box_sub(box, point)": (box, by) => shifted(box, by, -1),
  "box_contain_pt(box, point)": holdsPoint,
  "on_pb(point, box)": (point, box) => holdsPoint(box, point),
  "circle_add_pt(circle, point)": (circle, by) => shiftedCircle(circle, by, 1),
  "circle_sub_pt(circle, point)": (circle, by) => shiftedCircle(circle, by, -1),
  "circle_contain_pt(circle, point)": (circle, point) =>
    distance(circle, point) <= radiusOf(circle),
  "pt_contained_circle(point, circle)": (point, circle) =>
    distance(circle, point) <= radiusOf(circle),
  "dist_cpoint(circle, point)": between,
  "dist_pc(point, circle)": (point, circle) => between(circle, point),
};

export const geometricFunctions: readonly FunctionDefinition[] = [
  ...all("point", points),
  ...all("box", boxes),
  ...bySize("box", areaOfBox),
  ...all("circle", circles),
  ...bySize("circle", areaOfCircle),
  ...Object.entries(measured).map(([signature, call]) => shaped(signature, one(call))),
  ...Object.entries(mixed).map(([signature, call]) => shaped(signature, two(call))),
];
