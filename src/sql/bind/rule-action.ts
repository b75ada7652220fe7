/** STATEMENTS OF RULES, looked through: they have OLD and NEW as the level around them. */
import type { RuleAction } from "./modify.ts";
import { replaceAround, replaceColumns } from "./replace-columns.ts";
import type { Query } from "./tree.ts";

/** The entry of OLD, and that of NEW. */
export const [OLD, NEW] = [1, 2] as const;

/** The query that rows are joined to: that of INSERT … SELECT is one level further in. */
export function innermost(action: RuleAction): { readonly query: Query; readonly depth: number } {
  const source = selectedBy(action);
  if (source) return { query: source, depth: 1 };
  return { query: queryOfAction(action), depth: 0 };
}

/** The query of INSERT … SELECT. */
export function selectedBy(action: RuleAction): Query | undefined {
  if (action.kind !== "insert" || action.source.kind !== "select") return undefined;
  const [entry] = action.source.rangeTable;
  return entry?.kind === "subquery" ? entry.query : undefined;
}

/** The query of the statement's own level. */
export const queryOfAction = (action: RuleAction): Query =>
  action.kind === "insert" ? action.source : action.query;

/** Which of OLD and NEW a statement names. */
export function entriesUsed(action: RuleAction): ReadonlySet<number> {
  return new Set([...namedAround(queryOfAction(action), 1), ...namedAround(action.returning, 1)]);
}

export function namedAround(tree: unknown, around: number): ReadonlySet<number> {
  const used = new Set<number>();
  replaceAround(tree, around, ({ table }) => {
    used.add(table);
    return undefined;
  });
  return used;
}

/** Which entries of its own level an expression names. */
export function namedIn(tree: unknown): ReadonlySet<number> {
  const used = new Set<number>();
  replaceColumns(tree, ({ table }) => {
    used.add(table);
    return undefined;
  });
  return used;
}
