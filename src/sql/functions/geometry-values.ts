/**
 * GEOMETRIC VALUES AS FUNCTIONS TAKE THEM: what a signature names is read from its stored form, and
 * what the function returns is stored by its own shape.
 */
import { floatKey, floatOf } from "../types/floats.ts";
import {
  encodeFloats,
  encodePath,
  encodePolygon,
  floatsOf,
  isClosed,
  pointsOfPath,
  pointsOfPolygon,
} from "../types/geometry.ts";
import type { Point } from "../types/geometry-input.ts";
import { greater, type Line, lesser } from "../types/geometry-numbers.ts";
import type { Scalar } from "../types/scalar.ts";
import { asBytes, asNumber, define, truth } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

export interface Segment {
  readonly from: Point;
  readonly to: Point;
}
export interface Box {
  readonly high: Point;
  readonly low: Point;
}
export interface Path {
  readonly points: readonly Point[];
  readonly closed: boolean;
}
export interface Polygon {
  readonly corners: readonly Point[];
}
export interface Circle {
  readonly center: Point;
  readonly radius: number;
}

/** By the names that types have in signatures. */
interface Shapes {
  readonly point: Point;
  readonly lseg: Segment;
  readonly line: Line;
  readonly box: Box;
  readonly path: Path;
  readonly polygon: Polygon;
  readonly circle: Circle;
  readonly float8: number;
  readonly int4: number;
}

const readers: { readonly [Name in keyof Shapes]: (value: Scalar) => Shapes[Name] } = {
  point: (value) => pointAt(floatsOf(asBytes(value)), 0),
  lseg(value) {
    const floats = floatsOf(asBytes(value));
    return { from: pointAt(floats, 0), to: pointAt(floats, 2) };
  },
  line(value) {
    const [a = 0, b = 0, c = 0] = floatsOf(asBytes(value));
    return { a, b, c };
  },
  box(value) {
    const floats = floatsOf(asBytes(value));
    return { high: pointAt(floats, 0), low: pointAt(floats, 2) };
  },
  path: (value) => ({ points: pointsOfPath(asBytes(value)), closed: isClosed(asBytes(value)) }),
  polygon: (value) => ({ corners: pointsOfPolygon(asBytes(value)) }),
  circle(value) {
    const floats = floatsOf(asBytes(value));
    return { center: pointAt(floats, 0), radius: floats[2] ?? 0 };
  },
  float8: (value) => floatOf(asBytes(value)),
  int4: asNumber,
};

const pointAt = (floats: readonly number[], at: number): Point => ({
  x: floats[at] ?? 0,
  y: floats[at + 1] ?? 0,
});

/** A bigint is an int4, a number a float8. */
type Made = Exclude<Shapes[keyof Shapes], number> | number | bigint | boolean | null;

function stored(made: Made): Scalar {
  if (made === null || typeof made === "bigint") return made;
  if (typeof made === "boolean") return truth(made);
  if (typeof made === "number") return floatKey(made);
  if ("x" in made) return encodeFloats([made.x, made.y]);
  if ("from" in made) return encodeFloats([made.from.x, made.from.y, made.to.x, made.to.y]);
  if ("a" in made) return encodeFloats([made.a, made.b, made.c]);
  if ("high" in made) return encodeFloats([made.high.x, made.high.y, made.low.x, made.low.y]);
  if ("closed" in made) return encodePath(made.points, made.closed);
  if ("corners" in made) return encodePolygon(made.corners);
  return encodeFloats([made.center.x, made.center.y, made.radius]);
}

type Named<Type> = Type extends keyof Shapes ? Shapes[Type] : never;
/** Arguments by the types that a signature lists. */
type Args<Types extends string> = Types extends `${infer A}, ${infer B}`
  ? [a: Named<A>, b: Named<B>]
  : [a: Named<Types>];

/** A strict function of shapes under one or several names. */
export function shaped<const Types extends string>(
  names: string,
  types: Types,
  call: (...args: Args<Types>) => Made,
): readonly FunctionDefinition[] {
  const reads = types.split(", ").map((type) => readers[type as keyof Shapes]);
  return names.split(" ").map((name) =>
    define(`${name}(${types})`, (_context, ...args) => {
      const shapes = args.map((value, at) => (reads[at] as (value: Scalar) => unknown)(value));
      return stored(call(...(shapes as Args<Types>)));
    }),
  );
}

export const boxOf = (a: Point, b: Point): Box => ({
  high: { x: greater(a.x, b.x), y: greater(a.y, b.y) },
  low: { x: lesser(a.x, b.x), y: lesser(a.y, b.y) },
});

/** The least box around at least one point. */
export function boundsOf(points: readonly Point[]): Box {
  const [first = { x: 0, y: 0 }, ...rest] = points;
  let [high, low] = [first, first];
  for (const { x, y } of rest) {
    high = { x: greater(x, high.x), y: greater(y, high.y) };
    low = { x: lesser(x, low.x), y: lesser(y, low.y) };
  }
  return { high, low };
}

/** Sides of a path; a closed one's last point has a side to the first, which comes first. */
export function sidesOf(points: readonly Point[], closed: boolean): Segment[] {
  const sides: Segment[] = [];
  let from = points.at(-1) as Point;
  for (const [at, to] of points.entries()) {
    if (at > 0 || closed) sides.push({ from, to });
    from = to;
  }
  return sides;
}

/** Left, right, upper and lower side, in the order in which PostgreSQL looks at them. */
export function edgesOf({ high, low }: Box): readonly Segment[] {
  const [topLeft, bottomRight] = [
    { x: low.x, y: high.y },
    { x: high.x, y: low.y },
  ];
  return [
    { from: low, to: topLeft },
    { from: high, to: topLeft },
    { from: low, to: bottomRight },
    { from: high, to: bottomRight },
  ];
}
