/**
 * REGULAR EXPRESSIONS THAT ARE WRONG are an error wherever they restrict rows, also where there is
 * no row to match: PostgreSQL compiles them while it plans.
 */
import type { Expression, FromItem, SelectQuery } from "../bind/tree.ts";
import { checkRegex } from "../functions/regex.ts";
import type { Emitter } from "./emitter.ts";
import { references, walk } from "./walk.ts";

/** text, name and character: ~, !~, ~*, !~* */
const matches = new Set<number>([
  1254, 1256, 1238, 1239, 79, 1252, 1240, 1241, 1658, 1659, 1656, 1657,
]);

/** Throws 2201B. Notes which literals of the text were found to be patterns. */
export function checkPatterns(emitter: Emitter, query: SelectQuery): void {
  if (query.where) checkCondition(emitter, query.where);
  for (const item of query.from) checkJoins(emitter, item);
}

function checkJoins(emitter: Emitter, item: FromItem): void {
  if (item.kind === "table") return;
  if (item.on) checkCondition(emitter, item.on);
  checkJoins(emitter, item.left);
  checkJoins(emitter, item.right);
}

function checkCondition(emitter: Emitter, condition: Expression): void {
  walk(condition, (node) => {
    if (node.kind === "operator") checkMatch(emitter, node as unknown as Operator);
    return node.kind !== "subLink" && node.kind !== "case";
  });
}

type Operator = Extract<Expression, { kind: "operator" }>;

function checkMatch(emitter: Emitter, { function: id, args }: Operator): void {
  const [left, right] = args;
  if (!matches.has(id) || !left || !right) return;
  const pattern = withoutCollation(right);
  if (pattern.kind !== "constant" || typeof pattern.value !== "string") return;
  if (references(left).length === 0) return;
  checkRegex(pattern.value);
  emitter.demand(pattern, "regular expression");
}

const withoutCollation = (expression: Expression): Expression =>
  expression.kind === "collate" || expression.kind === "relabel"
    ? withoutCollation(expression.arg)
    : expression;
