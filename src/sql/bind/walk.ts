/** Walking the bound tree: every child of every kind of node, in one place. */
import type { Expression, FrameBound, FromItem, Query, RangeTableEntry, SortKey } from "./tree.ts";

export interface Visitor {
  readonly expression: (node: Expression) => void;
  readonly query: (query: Query) => void;
}

const each = (visit: Visitor, nodes: readonly (Expression | null)[]): void => {
  for (const node of nodes) if (node) visit.expression(node);
};
const one = (visit: Visitor, node: Expression | undefined): void => {
  if (node) visit.expression(node);
};
const sorted = (visit: Visitor, keys: readonly SortKey[]): void => {
  for (const key of keys) visit.expression(key.expression);
};

/** Calls the visitor for each direct child. */
export function visitChildren(node: Expression, visit: Visitor): void {
  switch (node.kind) {
    case "column":
    case "constant":
    case "parameter":
    case "caseTest":
    case "sqlValue":
    case "default":
      return;
    case "function":
    case "operator":
    case "distinctFrom":
    case "nullIf":
    case "boolean":
    case "coalesce":
    case "minMax":
    case "row":
    case "grouping":
      return each(visit, node.args);
    case "arrayOperator":
      return each(visit, [node.left, node.array]);
    case "relabel":
    case "coerceViaIo":
    case "coerceToDomain":
    case "collate":
    case "nullTest":
    case "booleanTest":
    case "field":
      return visit.expression(node.arg);
    case "arrayCoerce":
      return each(visit, [node.arg, node.element]);
    case "xml":
      for (const { value } of node.named) visit.expression(value);
      return each(visit, node.args);
    case "case":
      one(visit, node.arg);
      for (const branch of node.whens) each(visit, [branch.when, branch.then]);
      return visit.expression(node.otherwise);
    case "array":
      return each(visit, node.elements);
    case "rowCompare":
      return each(visit, [...node.left, ...node.right]);
    case "subscript":
      each(visit, [...node.upper, ...(node.lower ?? []), node.container]);
      return one(visit, node.assigned);
    case "subLink":
      each(visit, node.test?.left ?? []);
      return visit.query(node.query);
    case "aggregate":
      each(visit, [...(node.directArgs ?? []), ...node.args]);
      sorted(visit, node.orderBy);
      return one(visit, node.filter);
    case "window":
      each(visit, node.args);
      return one(visit, node.filter);
  }
}

/**
 * Calls the visitor for each expression and query directly in a query, in PostgreSQL's order: what
 * is computed for a row, then conditions, then what FROM reads.
 */
export function visitQuery(query: Query, visit: Visitor): void {
  if (query.kind === "select") visitSelect(query, visit);
  else sorted(visit, query.orderBy);
  one(visit, query.offset);
  one(visit, query.limit);
  for (const table of query.commonTables) {
    visit.query(table.query);
    if (table.cycle) each(visit, [table.cycle.value, table.cycle.otherwise]);
  }
  if (query.kind === "set") {
    visit.query(query.left);
    visit.query(query.right);
  } else if (query.kind === "values") {
    for (const row of query.rows) each(visit, row);
  } else {
    for (const entry of query.rangeTable) visitEntry(entry, visit);
  }
}

function visitSelect(query: Query & { kind: "select" }, visit: Visitor): void {
  each(
    visit,
    query.targets.map((target) => target.expression),
  );
  sorted(visit, query.orderBy);
  each(visit, query.groupBy);
  if (typeof query.distinct !== "boolean") each(visit, query.distinct);
  for (const window of query.windows) {
    each(visit, window.partitionBy);
    sorted(visit, window.orderBy);
  }
  for (const item of query.from) visitFrom(item, visit);
  one(visit, query.where);
  one(visit, query.having);
  for (const { frame } of query.windows) {
    if (frame) for (const at of [frame.start, frame.end]) bound(at, visit);
  }
}

function visitEntry(entry: RangeTableEntry, visit: Visitor): void {
  if (entry.kind === "subquery") visit.query(entry.query);
  else if (entry.kind === "function")
    each(
      visit,
      entry.functions.map((f) => f.call),
    );
  else if (entry.kind === "values") for (const row of entry.rows) each(visit, row);
  else if (entry.kind === "join") each(visit, entry.columns);
  else if (entry.kind === "relation" && entry.sample) {
    each(visit, [entry.sample.percentage, entry.sample.repeatable ?? null]);
  }
}

function bound(at: FrameBound, visit: Visitor): void {
  if ("offset" in at) visit.expression(at.offset);
}

function visitFrom(item: FromItem, visit: Visitor): void {
  if (item.kind !== "join") return;
  visitFrom(item.left, visit);
  visitFrom(item.right, visit);
  one(visit, item.on);
}

/** Every expression of the tree, outermost first; sub-selects included. */
export function walk(root: Expression | Query, see: (node: Expression) => void): void {
  const visit: Visitor = {
    expression(node) {
      see(node);
      visitChildren(node, visit);
    },
    query: (query) => visitQuery(query, visit),
  };
  if ("targets" in root) visit.query(root);
  else visit.expression(root);
}

/** Whether the test holds for the expression or one in it; sub-selects are not looked into. */
export function someExpression(root: Expression, test: (node: Expression) => boolean): boolean {
  let found = false;
  const visit: Visitor = {
    expression(node) {
      if (found) return;
      if (test(node)) found = true;
      else visitChildren(node, visit);
    },
    query: () => undefined,
  };
  visit.expression(root);
  return found;
}

/** Whether the expression, or a sub-select in it, names a column of the query that it is in. */
export function namesOwnColumn(root: Expression): boolean {
  let found = false;
  const at = (depth: number): Visitor => ({
    expression(node) {
      if (node.kind === "column" && node.levelsUp === depth) found = true;
      if (!found) visitChildren(node, at(depth));
    },
    query(query) {
      if (!found) visitQuery(query, at(depth + 1));
    },
  });
  at(0).expression(root);
  return found;
}
