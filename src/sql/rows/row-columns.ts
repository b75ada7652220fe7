/** A bound expression with its references to columns of its own level replaced by parameters. */
import type { Column, Expression, Typed } from "../bind/tree.ts";

type Node = { readonly kind?: string } & Record<string, unknown>;

/** `parameterOf` numbers a column's parameter; whole rows become records of their columns. */
export function recordedColumns(
  expression: Expression,
  parameterOf: (column: Column & Typed) => number,
): Expression {
  const replace = (value: unknown, depth: number): unknown => {
    if (Array.isArray(value)) return value.map((item) => replace(item, depth));
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
    const node = value as Node;
    if (node.kind === "column" && node["levelsUp"] === depth && "type" in node) {
      const column = node as unknown as Column & Typed;
      const { type, typmod, collation } = column;
      return { kind: "parameter", number: parameterOf(column), type, typmod, collation };
    }
    const isSet = node.kind === "set";
    const copy: Record<string, unknown> = {};
    for (const key in node) {
      const below = key === "query" || (isSet && (key === "left" || key === "right"));
      copy[key] = replace(node[key], below ? depth + 1 : depth);
    }
    return copy;
  };
  return replace(expression, 0) as Expression;
}
