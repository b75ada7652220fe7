/**
 * OUTER JOINS AS PostgreSQL'S PLANNER SEES THEM: where a condition further out cannot hold for the
 * rows that an outer join fills with NULLs, the join is an inner one. What is left decides what a
 * FULL JOIN and row locks may be.
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
  /** FULL JOINs that stay such. */
  readonly full: readonly Join[];
}

const none: Tables = new Set();
const union = (a: Tables, b: Tables): Tables => new Set([...a, ...b]);
const meets = (a: Tables, b: Tables): boolean => [...a].some((table) => b.has(table));

export function outerJoins(context: TranslateContext, query: SelectQuery): OuterJoins {
  const nullable = new Set<number>();
  const full: Join[] = [];
  const visit = (item: FromItem, demanded: Tables): void => {
    if (item.kind === "table") return;
    const [left, right] = [tablesOf(item.left), tablesOf(item.right)];
    const own = item.on ? demandedBy(context, item.on) : none;
    const [leftMust, rightMust] = [meets(left, demanded), meets(right, demanded)];
    const keepsLeft = item.join === "left" || item.join === "full";
    const keepsRight = item.join === "right" || item.join === "full";
    const fillsRight = keepsLeft && !rightMust;
    const fillsLeft = keepsRight && !leftMust;
    if (fillsRight) for (const table of right) nullable.add(table);
    if (fillsLeft) for (const table of left) nullable.add(table);
    if (fillsLeft && fillsRight) full.push(item);
    // The join's own condition says nothing of rows that are kept without it.
    const all = union(demanded, own);
    visit(item.left, fillsLeft ? own : fillsRight ? demanded : all);
    visit(item.right, fillsRight ? own : fillsLeft ? demanded : all);
  };
  const outer = query.where ? demandedBy(context, query.where) : none;
  for (const item of query.from) visit(item, outer);
  return { nullable, full };
}

function tablesOf(item: FromItem): Tables {
  if (item.kind === "table") return new Set([item.table]);
  return union(tablesOf(item.left), tablesOf(item.right));
}

/** Tables without whose values the condition is not true. */
function demandedBy(context: TranslateContext, node: Expression): Tables {
  switch (node.kind) {
    case "column":
      return node.levelsUp === 0 && node.attribute !== 0 ? new Set([node.table]) : none;
    case "boolean":
      return demandedByBoolean(context, node);
    case "nullTest":
      return node.isNull || node.row ? none : demandedBy(context, node.arg);
    case "booleanTest":
      return ["true", "false", "notUnknown"].includes(node.test)
        ? demandedBy(context, node.arg)
        : none;
    case "relabel":
    case "collate":
    case "coerceViaIo":
      return demandedBy(context, node.arg);
    case "operator":
    case "function":
      return isStrict(context, node.function) ? ofAll(context, node.args) : none;
    case "arrayOperator":
      return node.any && isStrict(context, node.function) ? demandedBy(context, node.left) : none;
    default:
      return none;
  }
}

const ofAll = (context: TranslateContext, nodes: readonly Expression[]): Tables =>
  nodes.map((node) => demandedBy(context, node)).reduce(union, none);

function demandedByBoolean(
  context: TranslateContext,
  { operator, args }: Extract<Expression, { kind: "boolean" }>,
): Tables {
  if (operator !== "or") return ofAll(context, args);
  const [first = none, ...others] = args.map((arg) => demandedBy(context, arg));
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
  full: readonly Join[],
): void {
  for (const join of full) {
    if (!join.on) continue;
    const conjuncts: Expression[] = [];
    addConjuncts(join.on, conjuncts);
    const tests = conjuncts.filter((each) => !isConstant(each));
    if (tests.length === 0 || tests.some((each) => isMatch(context, query, join, each))) continue;
    throw new SqlError(
      "0A000",
      "FULL JOIN is only supported with merge-joinable or hash-joinable join conditions",
    );
  }
}

function isConstant(expression: Expression): boolean {
  let constant = true;
  walk(expression, (node) => {
    if (node.kind === "column" || node.kind === "subLink") constant = false;
    return constant;
  });
  return constant;
}

/** Tables that the expression names; of a merged column those of both sides. */
function tablesBelow(query: SelectQuery, expression: Expression): Tables {
  const tables = references(expression).map(({ table, attribute }): Tables => {
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
