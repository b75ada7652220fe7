/** ELEMENTS of types of a fixed length: "char" in name, float8 and point in geometric types. */
import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { FunctionContext } from "../functions/registry.ts";
import type { Stored } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { decodeBinary, encodeBinary } from "../types/type-io.ts";
import { T } from "../types/type-oids.ts";

/** How many bytes an element of a type of a fixed length takes. */
const pieceLengths: ReadonlyMap<Oid, number> = new Map([
  [T.char, 1],
  [T.float8, 8],
  [T.point, 16],
]);

/** Cut out of the binary form, whose missing end is zeroes. NULL where nothing lies. */
export function pieceOf(
  context: FunctionContext,
  { type, length, element }: Record<"type" | "length" | "element", Scalar>,
  value: Stored,
  place: number,
): Scalar {
  const elementType = oid(Number(element));
  const size = pieceLengths.get(elementType);
  if (size === undefined) throw new Error(`type ${elementType} is no part of another`);
  if (place < 0 || (place + 1) * size > Number(length)) return null;
  const bytes = encodeBinary(oid(Number(type)), value, context);
  const piece = new Uint8Array(size);
  piece.set(bytes.subarray(place * size, (place + 1) * size));
  return decodeBinary(elementType, piece, -1, context);
}

/** With one piece replaced. NULL has no pieces, and none becomes NULL. */
export function withPiece(
  context: FunctionContext,
  { type, length, element }: Record<"type" | "length" | "element", Scalar>,
  whole: Scalar,
  value: Scalar,
  place: Scalar,
): Scalar {
  if (place === null) {
    throw new SqlError("22004", "array subscript in assignment must not be null");
  }
  if (whole === null || value === null) return whole;
  const elementType = oid(Number(element));
  const size = pieceLengths.get(elementType);
  if (size === undefined) throw new Error(`type ${elementType} is no part of another`);
  const at = Number(place);
  if (at < 0 || (at + 1) * size > Number(length)) {
    throw new SqlError("2202E", "array subscript out of range");
  }
  const bytes = Uint8Array.from(encodeBinary(oid(Number(type)), whole, context));
  bytes.set(encodeBinary(elementType, value, context), at * size);
  return decodeBinary(oid(Number(type)), bytes, -1, context);
}
