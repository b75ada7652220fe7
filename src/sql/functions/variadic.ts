/** Arguments of `VARIADIC "any"`: spread, or the elements of one array. */
import type { Oid } from "../../base/ids.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { elementOf, readArray } from "./arrays.ts";
import type { CallTypes } from "./registry.ts";

export interface TypedValue {
  readonly type: Oid;
  readonly value: Scalar;
}

/** The values from position `from` on. */
export function variadicValues(
  { args, variadic }: CallTypes,
  values: readonly Scalar[],
  context: TypeContext,
  from = 0,
): readonly TypedValue[] {
  const [first] = values.slice(from);
  if (!variadic) {
    return values.slice(from).map((value, at) => ({ type: args[from + at] as Oid, value }));
  }
  if (first === null || first === undefined) return [];
  const arrayType = args[from] as Oid;
  const type = elementOf(arrayType, context);
  return readArray(arrayType, first, context).elements.map((value) => ({ type, value }));
}
