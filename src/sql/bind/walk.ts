/** Walking the bound tree: every child of every kind of node, in one place. */
import type { Expression, FrameBound, FromItem, Query, SortKey } from "./tree.ts";

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
    case "case":
      one(visit, node.arg);
      for (const branch of node.whens) each(visit, [branch.when, branch.then]);
      return visit.expression(node.otherwise);
    case "array":
      return each(visit, node.elements);
    case "rowCompare":
      return each(visit, [...node.left, ...node.right]);
    case "subscript":
      return each(visit, [node.container, ...node.upper, ...(node.lower ?? [])]);
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

/** Calls the visitor for each expression and query directly in a query. */
export function visitQuery(query: Query, visit: Visitor): void {
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
    visitSelect(query, visit);
  }
  sorted(visit, query.orderBy);
  one(visit, query.limit);
  one(visit, query.offset);
}

function visitSelect(query: Query & { kind: "select" }, visit: Visitor): void {
  for (const entry of query.rangeTable) {
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
  for (const item of query.from) visitFrom(item, visit);
  one(visit, query.where);
  each(
    visit,
    query.targets.map((target) => target.expression),
  );
  each(visit, query.groupBy);
  one(visit, query.having);
  if (typeof query.distinct !== "boolean") each(visit, query.distinct);
  for (const window of query.windows) {
    each(visit, window.partitionBy);
    sorted(visit, window.orderBy);
    if (window.frame) for (const at of [window.frame.start, window.frame.end]) bound(at, visit);
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
