/**
 * OUTER JOINS AS PostgreSQL'S PLANNER SEES THEM: where a condition further out cannot hold for the
 * rows that an outer join fills with NULLs, the join is an inner one, which can be done in any
 * order. What is left decides what a FULL JOIN and row locks may be.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/optimizer/prep/prepjointree.c
 */
import { SqlError } from "../../base/sql-error.ts";
import { pgOperator } from "../../catalog/relations/pg-operator.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import type { Expression, FromItem, SelectQuery } from "../bind/tree.ts";
import { addConjuncts } from "./cardinality.ts";
import type { TranslateContext } from "./translation.ts";
import { references, walk } from "./walk.ts";

type Join = Extract<FromItem, { kind: "join" }>;
type Tables = ReadonlySet<number>;

export interface OuterJoins {
  /** Tables whose rows may be filled with NULLs. */
  readonly nullable: Tables;
  /** FROM with the joins that are left. */
  readonly from: readonly FromItem[];
}

const none: Tables = new Set();
const union = (a: Tables, b: Tables): Tables => new Set([...a, ...b]);
const meets = (a: Tables, b: Tables): boolean => [...a].some((table) => b.has(table));

export function outerJoins(context: TranslateContext, query: SelectQuery): OuterJoins {
  const nullable = new Set<number>();
  const visit = (item: FromItem, demanded: Tables): FromItem => {
    if (item.kind === "table") return item;
    const [left, right] = [tablesOf(item.left), tablesOf(item.right)];
    const own = item.on ? demandedBy(context, item.on) : none;
    const keepsLeft = item.join === "left" || item.join === "full";
    const keepsRight = item.join === "right" || item.join === "full";
    const fillsRight = keepsLeft && !meets(right, demanded);
    const fillsLeft = keepsRight && !meets(left, demanded);
    if (fillsRight) for (const table of right) nullable.add(table);
    if (fillsLeft) for (const table of left) nullable.add(table);
    // The join's own condition says nothing of rows that are kept without it.
    const all = union(demanded, own);
    const join = fillsLeft ? (fillsRight ? "full" : "right") : fillsRight ? "left" : "inner";
    return {
      ...item,
      join: join === "inner" && item.join === "cross" ? "cross" : join,
      left: visit(item.left, fillsRight ? (fillsLeft ? none : demanded) : fillsLeft ? own : all),
      right: visit(item.right, fillsLeft ? (fillsRight ? none : demanded) : fillsRight ? own : all),
    };
  };
  const outer = query.where ? demandedBy(context, query.where) : none;
  return { from: query.from.map((item) => visit(item, outer)), nullable };
}

/** Range table numbers of the tables that are joined. */
export function tablesOf(item: FromItem): Tables {
  if (item.kind === "table") return new Set([item.table]);
  return union(tablesOf(item.left), tablesOf(item.right));
}

/**
 * Tables without whose values the expression is NULL, or as good as that: `asCondition` says that
 * false is.
 */
function demandedBy(context: TranslateContext, node: Expression, asCondition = true): Tables {
  switch (node.kind) {
    case "column":
      return node.levelsUp === 0 && node.attribute !== 0 ? new Set([node.table]) : none;
    case "boolean":
      return demandedByBoolean(context, node, asCondition);
    case "nullTest":
      if (!asCondition || node.isNull || node.row) return none;
      return demandedBy(context, node.arg, false);
    case "booleanTest":
      if (!asCondition || !["true", "false", "notUnknown"].includes(node.test)) return none;
      return demandedBy(context, node.arg, false);
    case "relabel":
    case "collate":
    case "coerceViaIo":
      return demandedBy(context, node.arg, false);
    case "operator":
    case "function":
      return isStrict(context, node.function) ? ofAll(context, node.args, false) : none;
    case "arrayOperator":
      // ANY of an empty array is false whatever is compared with it.
      return asCondition && node.any && isStrict(context, node.function)
        ? demandedBy(context, node.left, false)
        : none;
    default:
      return none;
  }
}

const ofAll = (
  context: TranslateContext,
  nodes: readonly Expression[],
  asCondition: boolean,
): Tables => nodes.map((node) => demandedBy(context, node, asCondition)).reduce(union, none);

/** NOT of NULL is NULL, but of false it is true; AND and OR may be known by one argument. */
function demandedByBoolean(
  context: TranslateContext,
  { operator, args }: Extract<Expression, { kind: "boolean" }>,
  asCondition: boolean,
): Tables {
  if (operator === "not") return ofAll(context, args, false);
  if (operator === "and" && asCondition) return ofAll(context, args, true);
  const [first = none, ...others] = args.map((arg) => demandedBy(context, arg, asCondition));
  return new Set([...first].filter((table) => others.every((each) => each.has(table))));
}

const isStrict = (context: TranslateContext, id: Expression["type"]): boolean =>
  context.registry.scalar(id)?.strict ??
  context.catalog.find(pgProc, "key", [id])?.proisstrict ??
  false;

/** 0A000 for a FULL JOIN without a condition by which rows of both sides can be matched. */
export function checkFullJoins(
  context: TranslateContext,
  query: SelectQuery,
  item: FromItem,
): void {
  if (item.kind === "table") return;
  checkFullJoins(context, query, item.left);
  checkFullJoins(context, query, item.right);
  if (item.join !== "full" || !item.on) return;
  const conjuncts: Expression[] = [];
  addConjuncts(item.on, conjuncts);
  const tests = conjuncts.filter((each) => !isConstant(each));
  if (tests.length === 0 || tests.some((each) => isMatch(context, query, item, each))) return;
  throw new SqlError(
    "0A000",
    "FULL JOIN is only supported with merge-joinable or hash-joinable join conditions",
  );
}

function isConstant(expression: Expression): boolean {
  let constant = true;
  walk(expression, (node) => {
    if (node.kind === "column" || node.kind === "subLink") constant = false;
    return constant;
  });
  return constant;
}

/** Tables of the query that the expression names; of a merged column those of both sides. */
export function tablesBelow(query: SelectQuery, expression: Expression): Tables {
  const own = references(expression).filter(({ levelsUp }) => levelsUp === 0);
  const tables = own.map(({ table, attribute }): Tables => {
    const entry = query.rangeTable[table - 1];
    const merged = entry?.kind === "join" ? entry.columns[attribute - 1] : undefined;
    return merged ? tablesBelow(query, merged) : new Set([table]);
  });
  return tables.reduce(union, none);
}

/** An equality between something of the one side and something of the other. */
function isMatch(
  context: TranslateContext,
  query: SelectQuery,
  join: Join,
  test: Expression,
): boolean {
  if (test.kind !== "operator" || test.args.length !== 2) return false;
  const row = context.catalog.find(pgOperator, "key", [test.operator]);
  if (!row?.oprcanhash && !row?.oprcanmerge) return false;
  const [a, b] = test.args.map((arg) => tablesBelow(query, arg));
  const [left, right] = [tablesOf(join.left), tablesOf(join.right)];
  const within = (tables: Tables | undefined, side: Tables) =>
    tables !== undefined && tables.size > 0 && [...tables].every((table) => side.has(table));
  return (within(a, left) && within(b, right)) || (within(a, right) && within(b, left));
}
