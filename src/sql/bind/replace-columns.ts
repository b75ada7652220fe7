/**
 * A bound tree with columns of its own level, or parameters, replaced by expressions over another
 * level.
 */
import { isInner, mapFields, mapItems } from "./map-tree.ts";
import type { Column, Expression, Parameter, Typed } from "./tree.ts";

type ColumnNode = Column & Typed;
interface Replace {
  readonly column: (column: ColumnNode, depth: number) => Expression;
  readonly parameter?: (parameter: Parameter & Typed, depth: number) => Expression;
}

/**
 * `replacementOf`: what stands for a column, both as seen from the tree's own level; undefined = it
 * stays. Parts without a replaced column are shared.
 */
export function replaceColumns<T>(
  tree: T,
  replacementOf: (column: ColumnNode) => Expression | undefined,
): T {
  return mapLeaves(tree, 0, {
    column: (column, depth) => {
      if (column.levelsUp !== depth) return column;
      const made = replacementOf({ ...column, levelsUp: 0 });
      return made ? lifted(made, depth) : column;
    },
  }) as T;
}

/**
 * The same for columns of a level around the tree, which many levels out; what stands for them is
 * as seen from the tree's own level.
 */
export function replaceAround<T>(
  tree: T,
  around: number,
  replacementOf: (column: ColumnNode) => Expression | undefined,
): T {
  return mapLeaves(tree, 0, {
    column: (column, depth) => {
      if (column.levelsUp !== depth + around) return column;
      const made = replacementOf({ ...column, levelsUp: 0 });
      return made ? lifted(made, depth) : column;
    },
  }) as T;
}

/** `args`: what stands for $1 …, as seen from the tree's own level. */
export const replaceParameters = <T>(tree: T, args: readonly Expression[]): T =>
  mapLeaves(tree, 0, {
    column: (column) => column,
    parameter: (parameter, depth) => {
      const arg = args[parameter.number - 1];
      return arg ? lifted(arg, depth) : (parameter as Expression);
    },
  }) as T;

/** The expression as it stands that many query levels further in. */
function lifted(expression: Expression, by: number): Expression {
  if (by === 0) return expression;
  return mapLeaves(expression, 0, {
    column: (column, depth) =>
      column.levelsUp < depth ? column : { ...column, levelsUp: column.levelsUp + by },
  }) as Expression;
}

/** Calls `replace` for each column and parameter; `depth`: query levels below the tree's own. */
function mapLeaves(value: unknown, depth: number, replace: Replace): unknown {
  if (!isInner(value)) return value;
  if (Array.isArray(value)) return mapItems(value, (each) => mapLeaves(each, depth, replace));
  const node = value as { readonly kind?: string } & Record<string, unknown>;
  if (node.kind === "column" && "levelsUp" in node) {
    return replace.column(node as unknown as ColumnNode, depth);
  }
  if (node.kind === "parameter" && replace.parameter && "number" in node) {
    return replace.parameter(node as unknown as Parameter & Typed, depth);
  }
  const isSet = node.kind === "set";
  return mapFields(node, (field, key) => {
    const below = key === "query" || (isSet && (key === "left" || key === "right"));
    return mapLeaves(field, below ? depth + 1 : depth, replace);
  });
}
