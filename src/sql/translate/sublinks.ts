/** Sub-selects in expressions. */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import type { Expression } from "../bind/tree.ts";
import { arrayOfRows, foldComparisons } from "./arrays.ts";
import { inputOf, nativeComparison, outputOf } from "./calls.ts";
import { atMostOneRow } from "./cardinality.ts";
import type { Emitter } from "./emitter.ts";
import { emitHashedExists } from "./hashed-exists.ts";
import { compareRows, fieldwise } from "./rows.ts";
import type { Scope } from "./scope.ts";

type Node = Extract<Expression, { kind: "subLink" }>;

export function emitSubLink(emitter: Emitter, scope: Scope, node: Node): string {
  switch (node.link) {
    case "exists":
      return (
        emitHashedExists(emitter, scope, node) ?? `EXISTS (${emitter.query(scope, node.query)})`
      );
    case "expression":
      return scalarSubSelect(emitter, scope, node);
    case "array":
      return arrayOfRows(emitter, rowsOf(emitter, scope, node), columnTypeOf(node));
    case "any":
    case "all":
      return quantified(emitter, scope, node, node.link === "any");
    case "rowCompare":
      return comparedRow(emitter, scope, node);
  }
}

/** SQLite runs a sub-select once that reads nothing of the query around it. */
function rowsOf(emitter: Emitter, scope: Scope, { query, eachTime }: Node): string {
  const rows = emitter.query(scope, query);
  const around = eachTime && scope.entries.find((entry) => entry !== undefined);
  if (!around) return rows;
  const [attribute = 1] = around.entry.kind === "relation" ? around.entry.attributes : [];
  const read = around.column(attribute);
  return `SELECT * FROM (${rows}) WHERE ${read} IS ${read}`;
}

function columnTypeOf({ query }: Node): Oid {
  const column = query.targets.find((target) => !target.junk);
  assert(column, "a sub-select with a column");
  return column.expression.type;
}

/** SQLite would take the first of many rows; PostgreSQL refuses (21000). */
function scalarSubSelect(emitter: Emitter, scope: Scope, node: Node): string {
  const rows = rowsOf(emitter, scope, node);
  if (atMostOneRow(emitter.context, node.query)) return `(${rows})`;
  return onlyRow(emitter, rows, "c1");
}

/** With no rows, an aggregate query's bare column is NULL. */
const onlyRow = (emitter: Emitter, rows: string, value: string): string =>
  `(SELECT CASE WHEN count(*) > 1 THEN ${emitter.internal("more_than_one_row")}() ELSE ${value} END ` +
  `FROM (SELECT * FROM (${rows}) LIMIT 2))`;

function testOf(emitter: Emitter, scope: Scope, node: Node) {
  const { test } = node;
  assert(test, "a quantified sub-select without a test");
  const columns = node.query.targets.filter((target) => !target.junk);
  const left = test.left.map((one) => ({ text: emitter.expression(scope, one), type: one.type }));
  const right = columns.map(({ expression }, at) => {
    const type = test.rightTypes[at] ?? expression.type;
    return { text: coerced(emitter, `s.c${at + 1}`, expression, type), type };
  });
  return { test, left, right, isPlain: right.every(({ text }, at) => text === `s.c${at + 1}`) };
}

/**
 * A column of the sub-select as the operator takes it. Types of one storage class differ in name
 * only, times apart.
 */
function coerced(emitter: Emitter, text: string, column: Expression, type: Oid): string {
  const { types } = emitter.context;
  const [from, to] = [types.base(column.type), types.base(type)];
  if (from === to) return text;
  const isLike = types.storage(from) === types.storage(to) && !isTime(from) && !isTime(to);
  return isLike ? text : inputOf(emitter, outputOf(emitter, text, column), type, -1);
}

/** date, time, timestamp, timestamptz: numbers of different things. */
const isTime = (type: Oid): boolean =>
  type === 1082 || type === 1083 || type === 1114 || type === 1184;

function quantified(emitter: Emitter, scope: Scope, node: Node, any: boolean): string {
  const { test, left, right, isPlain } = testOf(emitter, scope, node);
  const rows = emitter.query(scope, node.query);
  const wanted = any ? "=" : "<>";
  const native = test.functions.every(
    (id, at) => nativeComparison(emitter, id, test.inputCollations?.[at]) === wanted,
  );
  if (native && isPlain && test.operatorName === wanted) {
    const values = left.map(({ text }) => text).join(", ");
    const operand = left.length === 1 ? values : `(${values})`;
    return `(${operand} ${any ? "" : "NOT "}IN (${rows}))`;
  }
  const compared = compareFields(emitter, test, left, right, any);
  return foldComparisons(any, `SELECT ${compared} AS v FROM (${rows}) AS s`);
}

interface Operand {
  readonly text: string;
  readonly type: Oid;
}

function compareFields(
  emitter: Emitter,
  test: NonNullable<Node["test"]>,
  left: readonly Operand[],
  right: readonly Operand[],
  hashed: boolean,
): string {
  if (test.operatorName === "=" || left.length === 1) {
    return fieldwise(emitter, test, left, right, " AND ", hashed && test.operatorName === "=");
  }
  if (test.operatorName === "<>") return fieldwise(emitter, test, left, right, " OR ", false);
  return compareRows(emitter, test, left, right, test.operatorName);
}

/** (a, b) op (SELECT …): NULL without a row. */
function comparedRow(emitter: Emitter, scope: Scope, node: Node): string {
  const { test, left, right } = testOf(emitter, scope, node);
  const rows = emitter.query(scope, node.query);
  const compared = compareFields(emitter, test, left, right, false);
  return onlyRow(emitter, `SELECT ${compared} AS c1 FROM (${rows}) AS s`, "c1");
}
