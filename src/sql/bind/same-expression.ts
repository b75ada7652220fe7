/** Whether two bound expressions are the same, positions aside. */
import type { Expression } from "./tree.ts";

const ignored = new Set(["position", "form", "through"]);

/** Where literals stand that were found to be the same, while somebody notes them. */
let noted: Set<number> | undefined;

/** Positions of literals that stand for each other in what `work` made, which is synchronous. */
export function notingMergedLiterals<T>(work: () => T): {
  readonly result: T;
  readonly merged: ReadonlySet<number>;
} {
  const before = noted;
  const merged = new Set<number>();
  noted = merged;
  try {
    return { result: work(), merged };
  } finally {
    noted = before;
  }
}

function noteLiterals(node: unknown, into: Set<number>): void {
  if (typeof node !== "object" || node === null || node instanceof Uint8Array) return;
  const { kind, position } = node as { kind?: unknown; position?: unknown };
  if (kind === "constant" && typeof position === "number") into.add(position);
  for (const part of Object.values(node)) noteLiterals(part, into);
}

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

export function sameExpression(a: Expression, b: Expression): boolean {
  if (!same(a, b)) return false;
  if (noted && a !== b) for (const node of [a, b]) noteLiterals(node, noted);
  return true;
}

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
