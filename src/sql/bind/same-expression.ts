/** Whether two bound expressions are the same, positions aside. */
import type { Expression } from "./tree.ts";

const ignored = new Set(["position", "form", "through"]);

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  }
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, at) => same(item, b[at]));
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key in left) {
    if (!ignored.has(key) && !same(left[key], right[key])) return false;
  }
  for (const key in right) {
    if (!ignored.has(key) && !(key in left) && right[key] !== undefined) return false;
  }
  return true;
}

export const sameExpression = (a: Expression, b: Expression): boolean => same(a, b);

/** The expression as it would stand `depth` levels further out. */
export function seenFrom(node: Expression, depth: number): Expression {
  if (depth === 0) return node;
  const copy = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
    if (Array.isArray(value)) return value.map(copy);
    const made = Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, copy(each)]),
    ) as { kind?: string; levelsUp?: number };
    return made.kind === "column" ? { ...made, levelsUp: (made.levelsUp ?? 0) - depth } : made;
  };
  return copy(node) as Expression;
}
