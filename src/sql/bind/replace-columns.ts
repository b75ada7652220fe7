/** A bound tree with columns of its own level replaced by expressions over another level. */
import type { Column, Expression, Typed } from "./tree.ts";

type ColumnNode = Column & Typed;
type Replace = (column: ColumnNode, depth: number) => Expression;

/**
 * `replacementOf`: what stands for a column, both as seen from the tree's own level; undefined = it
 * stays. Parts without a replaced column are shared.
 */
export function replaceColumns<T>(
  tree: T,
  replacementOf: (column: ColumnNode) => Expression | undefined,
): T {
  return mapColumns(tree, 0, (column, depth) => {
    const made = replacementOf({ ...column, levelsUp: 0 });
    return made ? lifted(made, depth) : column;
  }) as T;
}

/** The expression as it stands that many query levels further in. */
function lifted(expression: Expression, by: number): Expression {
  if (by === 0) return expression;
  return mapColumns(expression, 0, (column, depth) => ({
    ...column,
    levelsUp: depth + by,
  })) as Expression;
}

/** Calls `replace` for each column of the tree's own level. */
function mapColumns(value: unknown, depth: number, replace: Replace): unknown {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) {
    const mapped = value.map((each) => mapColumns(each, depth, replace));
    return mapped.every((each, at) => each === value[at]) ? value : mapped;
  }
  const node = value as { readonly kind?: string } & Record<string, unknown>;
  if (node.kind === "column" && "levelsUp" in node) {
    const column = node as unknown as ColumnNode;
    return column.levelsUp === depth ? replace(column, depth) : column;
  }
  const isSet = node.kind === "set";
  let changed: Record<string, unknown> | undefined;
  for (const key in node) {
    const below = key === "query" || (isSet && (key === "left" || key === "right"));
    const mapped = mapColumns(node[key], below ? depth + 1 : depth, replace);
    if (mapped === node[key]) continue;
    changed ??= { ...node };
    changed[key] = mapped;
  }
  return changed ?? node;
}
