/** A text that two rows share when their stored values are the same, and only then. */
import type { Scalar } from "../types/scalar.ts";

export const rowKey = (row: readonly Scalar[]): string => row.map(valueKey).join("");

function valueKey(value: Scalar): string {
  if (value === null) return "n";
  if (typeof value === "string") return `t${value.length}:${value}`;
  if (value instanceof Uint8Array) {
    return `b${value.length}:${Buffer.from(value.buffer, value.byteOffset, value.length).toString("latin1")}`;
  }
  return `i${value};`;
}
