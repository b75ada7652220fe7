/** Lengths and areas of shapes. */
import type { Point } from "../types/geometry-input.ts";
import { distance, minus, over, plus, times } from "../types/geometry-numbers.ts";
import { type Box, type Circle, type Path, type Segment, sidesOf } from "./geometry-values.ts";

export const widthOf = ({ high, low }: Box): number => minus(high.x, low.x);
export const heightOf = ({ high, low }: Box): number => minus(high.y, low.y);
export const areaOfBox = (box: Box): number => times(widthOf(box), heightOf(box));
export const centerOf = ({ high, low }: Box): Point => ({
  x: over(plus(high.x, low.x), 2),
  y: over(plus(high.y, low.y), 2),
});

export const areaOfCircle = ({ radius }: Circle): number => times(times(radius, radius), Math.PI);

export const lengthOf = ({ from, to }: Segment): number => distance(from, to);

export function lengthOfPath({ points, closed }: Path): number {
  let length = 0;
  for (const side of sidesOf(points, closed)) length = plus(length, lengthOf(side));
  return length;
}

/** An open path has none. */
export function areaOfPath({ points, closed }: Path): number | null {
  if (!closed) return null;
  let area = 0;
  for (const [at, a] of points.entries()) {
    const b = points[(at + 1) % points.length] as Point;
    area = minus(plus(area, times(a.x, b.y)), times(a.y, b.x));
  }
  return over(Math.abs(area), 2);
}
