/** SUB-SELECTS in expressions. */
import type { Node, SubLink } from "@pgsql/types";
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { required } from "./node.ts";
import { operatorName } from "./operator.ts";
import { arrayOf } from "./polymorphic.ts";
import { comparePairs, meaningOf } from "./row-comparison.ts";
import type { ExpressionKind, Scope } from "./scope.ts";
import type { Expression, Query } from "./tree.ts";
import { BOOL } from "./type-oids.ts";

const forbidden: ReadonlyMap<ExpressionKind, string> = new Map([
  ["DEFAULT", "DEFAULT expression"],
  ["parameter DEFAULT", "DEFAULT expression"],
  ["CHECK", "check constraint"],
  ["GENERATED", "column generation expression"],
  ["index expression", "index expression"],
  ["partition bound", "partition bound expression"],
  ["partition key", "partition key expression"],
  ["statistics expression", "statistics expression"],
  ["index predicate", "index predicate"],
  ["transform expression", "transform expression"],
  ["COPY FROM WHERE", "COPY FROM WHERE condition"],
  ["TRIGGER WHEN", "trigger WHEN condition"],
  ["EXECUTE", "EXECUTE parameter"],
  ["CALL", "CALL argument"],
]);

function checkPlace(scope: Scope, position: number | undefined): void {
  const place = forbidden.get(scope.kind);
  if (place === undefined) return;
  throw new SqlError("0A000", `cannot use subquery in ${place}`).at(position);
}

export function bindSubLink(scope: Scope, link: SubLink): Expression {
  const position = scope.at(link.location);
  checkPlace(scope, position);
  const node = required(link.subselect, "a sub-select");
  const query = scope.binding.bindSubquery(scope, node, true);
  const bool = { type: BOOL, typmod: -1, collation: INVALID_OID, position };
  switch (link.subLinkType) {
    case "EXISTS_SUBLINK":
      return { kind: "subLink", link: "exists", query, ...bool };
    case "EXPR_SUBLINK":
    case "ARRAY_SUBLINK":
      return bindValue(scope, query, link.subLinkType === "ARRAY_SUBLINK", position);
    case "ANY_SUBLINK":
    case "ALL_SUBLINK":
      return bindTest(scope, link, query, position);
    default:
      throw notSupported("this kind of sub-select", position);
  }
}

const columnsOf = (query: Query) => query.targets.filter((target) => !target.junk);

function bindValue(
  scope: Scope,
  query: Query,
  array: boolean,
  position: number | undefined,
): Expression {
  const [column, second] = columnsOf(query);
  if (!column || second) {
    throw new SqlError("42601", "subquery must return only one column").at(position);
  }
  const { type, typmod, collation } = column.expression;
  if (!array) {
    return { kind: "subLink", link: "expression", query, type, typmod, collation, position };
  }
  const arrayType = promoted(scope, type, position);
  return { kind: "subLink", link: "array", query, type: arrayType, typmod, collation, position };
}

/** The array type of a column; arrays themselves gain a dimension instead. */
function promoted(scope: Scope, type: Oid, position: number | undefined): Oid {
  const facts = scope.names.type(type);
  return facts.isArray && facts.array === 0 ? type : arrayOf(scope.names, type, position);
}

/** left op ANY (SELECT …), left op ALL (SELECT …), left IN (SELECT …). */
function bindTest(
  scope: Scope,
  link: SubLink,
  query: Query,
  position: number | undefined,
): Expression {
  const bound = scope.bindInner(required(link.testexpr, "the left side of a sub-select"));
  const left = bound.kind === "row" ? bound.args : [bound];
  const columns = columnsOf(query);
  if (left.length < columns.length) {
    throw new SqlError("42601", "subquery has too many columns").at(position);
  }
  if (left.length > columns.length) {
    throw new SqlError("42601", "subquery has too few columns").at(position);
  }
  const right: Expression[] = columns.map(({ expression }) => ({
    kind: "caseTest",
    type: expression.type,
    typmod: expression.typmod,
    collation: expression.collation,
  }));
  const name = link.operName ? operatorName(link.operName) : { name: "=" };
  const pairs = comparePairs(scope, name, left, right, position);
  if (pairs.length > 1) meaningOf(scope.names, name, pairs, position);
  return {
    kind: "subLink",
    link: link.subLinkType === "ALL_SUBLINK" ? "all" : "any",
    test: {
      operatorName: name.name,
      left: pairs.map((pair) => pair.args[0] as Expression),
      operators: pairs.map((pair) => pair.operator),
      functions: pairs.map((pair) => pair.function),
      rightTypes: pairs.map((pair) => (pair.args[1] as Expression).type),
    },
    query,
    type: BOOL,
    typmod: -1,
    collation: INVALID_OID,
    position,
  };
}

/** (a, b) op (SELECT …): one row against one row. */
export function bindRowSubLink(
  scope: Scope,
  operator: Parameters<typeof operatorName>[0],
  row: Node,
  link: SubLink,
  position: number | undefined,
): Expression {
  checkPlace(scope, position);
  const query = scope.binding.bindSubquery(scope, required(link.subselect, "a sub-select"), true);
  const left = scope.bindInner(row);
  const given = left.kind === "row" ? left.args : [left];
  const columns = columnsOf(query);
  if (given.length !== columns.length) {
    const size = given.length < columns.length ? "many" : "few";
    throw new SqlError("42601", `subquery has too ${size} columns`).at(position);
  }
  const right: Expression[] = columns.map(({ expression }) => ({
    ...expression,
    kind: "caseTest",
  })) as Expression[];
  const name = operatorName(operator);
  const pairs = comparePairs(scope, name, given, right, position);
  if (pairs.length > 1) meaningOf(scope.names, name, pairs, position);
  const test = {
    operatorName: name.name,
    left: pairs.map((pair) => pair.args[0] as Expression),
    operators: pairs.map((pair) => pair.operator),
    functions: pairs.map((pair) => pair.function),
    rightTypes: pairs.map((pair) => (pair.args[1] as Expression).type),
  };
  const typed = { type: BOOL, typmod: -1, collation: INVALID_OID, position };
  return { kind: "subLink", link: "rowCompare", test, query, ...typed };
}
