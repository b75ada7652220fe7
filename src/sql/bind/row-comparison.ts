/**
 * (a, b) op (c, d), pairwise.
 * https://www.postgresql.org/docs/15/functions-comparisons.html#ROW-WISE-COMPARISON
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Names } from "./names.ts";
import { makeOperator, type OperatorName } from "./operator.ts";
import { btreeMeanings } from "./operator-classes.ts";
import type { Scope } from "./scope.ts";
import type { Expression, OperatorCall, Typed } from "./tree.ts";
import { BOOL } from "./type-oids.ts";
import { typeText } from "./type-text.ts";

export type Pair = OperatorCall & Typed;
const comparisons = ["", "<", "<=", "=", ">=", ">", "<>"] as const;

/** One operator for each pair of entries. */
export function comparePairs(
  scope: Scope,
  name: OperatorName,
  left: readonly Expression[],
  right: readonly Expression[],
  position: number | undefined,
): Pair[] {
  if (left.length !== right.length) {
    throw new SqlError("42601", "unequal number of entries in row expressions").at(position);
  }
  if (left.length === 0) {
    throw new SqlError("0A000", "cannot compare rows of zero length").at(position);
  }
  return left.map((each, at) => {
    const pair = makeOperator(scope, name, each, right[at] as Expression, position) as Pair;
    if (pair.type === BOOL && !pair.returnsSet) return pair;
    const message = pair.returnsSet
      ? "row comparison operator must not return a set"
      : `row comparison operator must yield type boolean, not type ${typeText(scope.names, pair.type)}`;
    throw new SqlError("42804", message).at(position);
  });
}

/**
 * What the operators mean together: a B-tree strategy that a common operator family gives all of
 * them.
 */
export function meaningOf(
  names: Names,
  name: OperatorName,
  pairs: readonly Pair[],
  position: number | undefined,
): (typeof comparisons)[number] {
  const meanings = pairs.map((pair) => strategiesOf(names, pair.operator));
  const shared = [...(meanings[0] ?? [])].filter((each) => meanings.every((set) => set.has(each)));
  const found = shared.sort((a, b) => a - b)[0];
  if (found !== undefined) return comparisons[found] ?? "";
  const hint = "Row comparison operators must be associated with btree operator families.";
  const message = `could not determine interpretation of row comparison operator ${name.name}`;
  throw new SqlError("0A000", message, { hint }).at(position);
}

function strategiesOf(names: Names, operator: Oid): ReadonlySet<number> {
  const own = btreeMeanings(names, operator);
  if (own.length > 0) return new Set(own.map((each) => each.strategy));
  const { negator } = names.operator(operator);
  const negated = btreeMeanings(names, negator);
  return new Set(negated.some((each) => each.strategy === 3) ? [6] : []);
}

export function compareRows(
  scope: Scope,
  name: OperatorName,
  left: readonly Expression[],
  right: readonly Expression[],
  position: number | undefined,
): Expression {
  const pairs = comparePairs(scope, name, left, right, position);
  if (pairs.length === 1) return pairs[0] as Pair;
  const meaning = meaningOf(scope.names, name, pairs, position);
  const typed = { type: BOOL, typmod: -1, collation: INVALID_OID, position };
  if (meaning === "=") return { kind: "boolean", operator: "and", args: pairs, ...typed };
  if (meaning === "<>") return { kind: "boolean", operator: "or", args: pairs, ...typed };
  return {
    kind: "rowCompare",
    comparison: meaning as "<" | "<=" | ">=" | ">",
    operators: pairs.map((pair) => pair.operator),
    functions: pairs.map((pair) => pair.function),
    left: pairs.map((pair) => pair.args[0] as Expression),
    right: pairs.map((pair) => pair.args[1] as Expression),
    ...typed,
  };
}
