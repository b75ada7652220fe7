/** CASE, NULLIF, IS DISTINCT FROM, GREATEST and LEAST. */
import { INVALID_OID } from "../../base/ids.ts";
import type { Expression } from "../bind/tree.ts";
import { comparisonText, nativeComparison } from "./calls.ts";
import type { Emitter } from "./emitter.ts";
import { orderKey, withoutCollation } from "./order-keys.ts";
import type { Scope } from "./scope.ts";

type Node<K extends Expression["kind"]> = Extract<Expression, { kind: K }>;

function operands(emitter: Emitter, scope: Scope, args: readonly [Expression, Expression]) {
  const operand = (arg: Expression) => ({ text: emitter.expression(scope, arg), type: arg.type });
  return [operand(args[0]), operand(args[1])] as const;
}

export function emitDistinctFrom(
  emitter: Emitter,
  scope: Scope,
  node: Node<"distinctFrom">,
): string {
  const [left, right] = operands(emitter, scope, node.args);
  const { function: called, inputCollation } = node;
  if (nativeComparison(emitter, called, inputCollation)) {
    return `(${left.text} IS NOT ${right.text})`;
  }
  const equal = comparisonText(emitter, called, left, right, inputCollation);
  return (
    `CASE WHEN ${left.text} IS NULL OR ${right.text} IS NULL ` +
    `THEN (${left.text} IS NULL) <> (${right.text} IS NULL) ELSE NOT ${equal} END`
  );
}

export function emitNullIf(emitter: Emitter, scope: Scope, node: Node<"nullIf">): string {
  const [left, right] = operands(emitter, scope, node.args);
  const { function: called, inputCollation } = node;
  if (nativeComparison(emitter, called, inputCollation)) {
    return `nullif(${left.text}, ${right.text})`;
  }
  const equal = comparisonText(emitter, called, left, right, inputCollation);
  return `CASE WHEN ${equal} THEN NULL ELSE ${left.text} END`;
}

export function emitCase(emitter: Emitter, scope: Scope, node: Node<"case">): string {
  const otherwise = emitter.expression(scope, node.otherwise);
  const { arg } = node;
  if (!arg) {
    const whens = node.whens.map(
      ({ when, then }) =>
        `WHEN ${emitter.condition(scope, when)} THEN ${emitter.expression(scope, then)}`,
    );
    return `CASE ${whens.join(" ")} ELSE ${otherwise} END`;
  }
  const tested = emitter.expression(scope, arg);
  const compared = node.whens.map(({ when }) => comparedValue(emitter, when));
  const simple = compared.every((value) => value !== undefined);
  const whens = node.whens.map(({ when, then }, at) => {
    const value = compared[at];
    const test =
      simple && value
        ? emitter.expression(scope, value)
        : emitter.withCaseTest(tested, () => emitter.condition(scope, when));
    return `WHEN ${test} THEN ${emitter.expression(scope, then)}`;
  });
  return `CASE ${simple ? `${tested} ` : ""}${whens.join(" ")} ELSE ${otherwise} END`;
}

/** x of `caseTest = x`, when that is the `=` SQLite's own CASE compares with. */
function comparedValue(emitter: Emitter, when: Expression): Expression | undefined {
  if (when.kind !== "operator") return undefined;
  if (nativeComparison(emitter, when.function, when.inputCollation) !== "=") return undefined;
  const [left, right] = when.args;
  return left?.kind === "caseTest" ? right : undefined;
}

/** NULLs are ignored; SQLite's max(a, b) would answer NULL. */
export function emitMinMax(emitter: Emitter, scope: Scope, node: Node<"minMax">): string {
  const { text, once } = emitter.emitsOnce(() => {
    const [first = "NULL", ...others] = node.args.map((arg) => emitter.expression(scope, arg));
    return [`SELECT ${first} AS v`, ...others.map((each) => `SELECT ${each}`)].join(" UNION ALL ");
  });
  const rows = once ? `WITH given AS MATERIALIZED (${text}) SELECT v FROM given` : text;
  if (node.inputCollation === INVALID_OID) {
    const failing = withoutCollation(emitter, "string comparison");
    const value = `CASE WHEN count(*) > 1 THEN ${failing} ELSE v END`;
    return `(SELECT ${value} FROM (${rows}) WHERE v IS NOT NULL)`;
  }
  return (
    `(SELECT v FROM (${rows}) WHERE v IS NOT NULL ` +
    `ORDER BY ${orderKey(emitter, "v", node)} ${node.greatest ? "DESC" : "ASC"} LIMIT 1)`
  );
}
