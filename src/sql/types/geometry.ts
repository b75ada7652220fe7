/**
 * point, line, lseg, box, path, polygon, circle. Stored as the bytes of their binary form.
 * https://www.postgresql.org/docs/15/datatype-geometric.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { BinaryReader, binary } from "./binary.ts";
import type { TypeCodec, TypeContext } from "./codec.ts";
import { formatFloat8 } from "./floats.ts";
import { GeometryReader, type Point } from "./geometry-input.ts";
import { isSamePoint, isZero, type Line, lineFrom, precedes, slope } from "./geometry-numbers.ts";

const FLOAT_BYTES = 8;
export const encodeFloats = (values: readonly number[], head?: Uint8Array): Uint8Array =>
  binary((head?.length ?? 0) + values.length * FLOAT_BYTES, (view) => {
    head?.forEach((byte, at) => {
      view.setUint8(at, byte);
    });
    values.forEach((value, at) => {
      view.setFloat64((head?.length ?? 0) + at * FLOAT_BYTES, value);
    });
  });

export function floatsOf(bytes: Uint8Array, from = 0): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = (bytes.length - from) / FLOAT_BYTES;
  return Array.from({ length: count }, (_, at) => view.getFloat64(from + at * FLOAT_BYTES));
}

function pointsOf(bytes: Uint8Array, from = 0): Point[] {
  const floats = floatsOf(bytes, from);
  return Array.from({ length: floats.length / 2 }, (_, at) => ({
    x: floats[2 * at] as number,
    y: floats[2 * at + 1] as number,
  }));
}

const flat = (points: readonly Point[]): number[] => points.flatMap(({ x, y }) => [x, y]);
const show = (points: readonly Point[], context: TypeContext): string =>
  points.map(({ x, y }) => `(${formatFloat8(x, context)},${formatFloat8(y, context)})`).join(",");

interface Shape {
  readonly read: (reader: GeometryReader) => Uint8Array;
  readonly format: (bytes: Uint8Array, context: TypeContext) => string;
  /** Checks and copies what a client sent. */
  readonly receive: (bytes: Uint8Array) => Uint8Array;
}

function codec(type: string, shape: Shape): TypeCodec<Uint8Array> {
  return {
    storage: "blob",
    parse(text) {
      const reader = new GeometryReader(text, type);
      const value = shape.read(reader);
      reader.end();
      return value;
    },
    format: (value, context) => shape.format(value, context),
    encode: (value) => value,
    decode: (bytes) => shape.receive(bytes),
  };
}

function receiveFloats(bytes: Uint8Array, count: number): number[] {
  const reader = new BinaryReader(bytes);
  const floats = Array.from({ length: count }, () => reader.float64());
  return reader.end(floats);
}

export const point = codec("point", {
  read: (reader) => encodeFloats(flat([reader.point()])),
  format: (bytes, context) => show(pointsOf(bytes), context),
  receive: (bytes) => encodeFloats(receiveFloats(bytes, 2)),
});

export const lseg = codec("lseg", {
  read: (reader) => encodeFloats(flat(reader.points(2, true).points)),
  format: (bytes, context) => `[${show(pointsOf(bytes), context)}]`,
  receive: (bytes) => encodeFloats(receiveFloats(bytes, 4)),
});

/** The upper right corner first. NaN is greatest. */
function corners([x1 = 0, y1 = 0, x2 = 0, y2 = 0]: readonly number[]): Uint8Array {
  const [highX, lowX] = precedes(x2, x1) ? [x1, x2] : [x2, x1];
  const [highY, lowY] = precedes(y2, y1) ? [y1, y2] : [y2, y1];
  return encodeFloats([highX, highY, lowX, lowY]);
}

export const box = codec("box", {
  read: (reader) => corners(flat(reader.points(2, false).points)),
  format: (bytes, context) => show(pointsOf(bytes), context),
  receive: (bytes) => corners(receiveFloats(bytes, 4)),
});

const noLine = (code: string): SqlError =>
  new SqlError(code, "invalid line specification: A and B cannot both be zero");

/** Throws where the points are one. */
export function lineThrough(a: Point, b: Point, code: string): Line {
  if (isSamePoint(a, b)) {
    throw new SqlError(code, "invalid line specification: must be two distinct points");
  }
  return lineFrom(a, slope(a, b));
}

export const line = codec("line", {
  read(reader) {
    reader.skipSpace();
    if (!reader.takes("{")) {
      const [a, b] = reader.points(2, true).points;
      const through = lineThrough(a as Point, b as Point, "22P02");
      return encodeFloats([through.a, through.b, through.c]);
    }
    const a = reader.number();
    reader.expect(",");
    const b = reader.number();
    reader.expect(",");
    const c = reader.number();
    reader.expect("}");
    reader.skipSpace();
    reader.end();
    if (isZero(a) && isZero(b)) throw noLine("22P02");
    return encodeFloats([a, b, c]);
  },
  format: (bytes, context) =>
    `{${floatsOf(bytes)
      .map((value) => formatFloat8(value, context))
      .join(",")}}`,
  receive(bytes) {
    const [a = 0, b = 0, c = 0] = receiveFloats(bytes, 3);
    if (isZero(a) && isZero(b)) throw noLine("22P03");
    return encodeFloats([a, b, c]);
  },
});

const INT4_BYTES = 4;

function receivePoints(bytes: Uint8Array, reader: BinaryReader, type: string): Uint8Array {
  const count = reader.int32();
  if (count <= 0) {
    throw new SqlError("22P03", `invalid number of points in external "${type}" value`);
  }
  reader.raw(count * 2 * FLOAT_BYTES);
  return reader.end(bytes.slice());
}

/** A byte for closed, the count, the points. */
export function encodePath(points: readonly Point[], closed: boolean): Uint8Array {
  const head = binary(1 + INT4_BYTES, (view) => {
    view.setUint8(0, closed ? 1 : 0);
    view.setInt32(1, points.length);
  });
  return encodeFloats(flat(points), head);
}

export const isClosed = (path: Uint8Array): boolean => path[0] !== 0;
export const pointsOfPath = (path: Uint8Array): Point[] => pointsOf(path, 1 + INT4_BYTES);

export const path = codec("path", {
  read(reader) {
    const count = reader.pointCount;
    if (count === 0) throw reader.fault();
    reader.skipSpace();
    const outer = reader.takesOuterParenthesis();
    const { points, open } = reader.points(count, true);
    if (outer) {
      reader.expect(")");
      reader.skipSpace();
    }
    return encodePath(points, !open);
  },
  format(bytes, context) {
    const shown = show(pointsOfPath(bytes), context);
    return isClosed(bytes) ? `(${shown})` : `[${shown}]`;
  },
  receive(bytes) {
    const reader = new BinaryReader(bytes);
    const closed = reader.uint8();
    const received = receivePoints(bytes, reader, "path");
    received[0] = closed === 0 ? 0 : 1;
    return received;
  },
});

/** The count, the points. */
export function encodePolygon(points: readonly Point[]): Uint8Array {
  const head = binary(INT4_BYTES, (view) => view.setInt32(0, points.length));
  return encodeFloats(flat(points), head);
}

export const pointsOfPolygon = (polygon: Uint8Array): Point[] => pointsOf(polygon, INT4_BYTES);

export const polygon = codec("polygon", {
  read(reader) {
    const count = reader.pointCount;
    if (count === 0) throw reader.fault();
    const { points } = reader.points(count, false);
    return encodePolygon(points);
  },
  format: (bytes, context) => `(${show(pointsOfPolygon(bytes), context)})`,
  receive: (bytes) => receivePoints(bytes, new BinaryReader(bytes), "polygon"),
});

export const circle = codec("circle", {
  read(reader) {
    reader.skipSpace();
    const angled = reader.takes("<");
    const closed = angled || reader.takesParenthesisBeforeAnother();
    const { x, y } = reader.point();
    reader.takes(",");
    const radius = reader.number();
    if (radius < 0) throw reader.fault();
    if (closed) {
      if (!reader.takes(")") && !reader.takes(">")) throw reader.fault();
      reader.skipSpace();
    }
    return encodeFloats([x, y, radius]);
  },
  format(bytes, context) {
    const [x = 0, y = 0, radius = 0] = floatsOf(bytes);
    return `<${show([{ x, y }], context)},${formatFloat8(radius, context)}>`;
  },
  receive(bytes) {
    const [x = 0, y = 0, radius = 0] = receiveFloats(bytes, 3);
    if (radius < 0) throw new SqlError("22P03", 'invalid radius in external "circle" value');
    return encodeFloats([x, y, radius]);
  },
});
