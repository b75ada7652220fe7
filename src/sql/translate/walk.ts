/** Looking through bound trees. */
import { FIRST_USER_OID, oid } from "../../base/ids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import type { Column, Expression } from "../bind/tree.ts";

type Node = { readonly kind?: string } & Record<string, unknown>;

/**
 * Calls `visit` on every node below `root`, with the number of query levels between; `visit`
 * answers whether to look further down. A branch of a set operation is a level below it, as in
 * PostgreSQL.
 */
export function walk(
  root: unknown,
  visit: (node: Node, depth: number) => boolean,
  depth = 0,
): void {
  if (typeof root !== "object" || root === null || root instanceof Uint8Array) return;
  if (Array.isArray(root)) {
    for (const item of root) walk(item, visit, depth);
    return;
  }
  const node = root as Node;
  if (node.kind !== undefined && !visit(node, depth)) return;
  const isSet = node.kind === "set";
  for (const key in node) {
    const value = node[key];
    if (typeof value !== "object" || value === null) continue;
    const below = key === "query" || (isSet && (key === "left" || key === "right"));
    walk(value, visit, below ? depth + 1 : depth);
  }
}

/** Columns that an expression, or another part of a query, refers to, as seen from its level. */
export function references(expression: unknown): readonly Column[] {
  const found: Column[] = [];
  walk(expression, (node, depth) => {
    if (node.kind === "column") {
      const column = node as unknown as Column;
      const levelsUp = column.levelsUp - depth;
      if (levelsUp >= 0) found.push({ ...column, levelsUp });
    }
    return true;
  });
  return found;
}

/**
 * Tables beside it that something in FROM refers to, by their range table numbers. Its expressions
 * stand on their level, a sub-query of it one below: `depth` is 0 or 1.
 */
export function siblings(item: unknown, depth: 0 | 1): ReadonlySet<number> {
  const found = new Set<number>();
  const visit = (node: Node, at: number): boolean => {
    if (node.kind === "column" && node["levelsUp"] === at) found.add(Number(node["table"]));
    return true;
  };
  walk(item, visit, depth);
  return found;
}

export const isSetCall = (node: Node): boolean =>
  (node.kind === "function" || node.kind === "operator") && node["returnsSet"] === true;

/** Whether an expression calls a set-returning function, sub-selects apart. */
export function containsSetCall(expression: Expression): boolean {
  let found = false;
  walk(expression, (node) => {
    if (isSetCall(node)) found = true;
    return !found && node.kind !== "subLink";
  });
  return found;
}

/** Whether an expression calls a volatile function in PL/pgSQL, sub-selects apart. */
export function callsVolatileRoutine(catalog: CatalogReader, expression: Expression): boolean {
  let found = false;
  walk(expression, (node) => {
    const called = Number(node["function"] ?? 0);
    const row = called < FIRST_USER_OID ? undefined : catalog.find(pgProc, "key", [oid(called)]);
    if (row?.provolatile === "v") found = true;
    return !found && node.kind !== "subLink";
  });
  return found;
}

/** Whether an expression calls a window function, sub-selects apart. */
export function containsWindowCall(expression: Expression): boolean {
  let found = false;
  walk(expression, (node) => {
    if (node.kind === "window") found = true;
    return !found && node.kind !== "subLink";
  });
  return found;
}
