/**
 * The grammar's operator expressions: plain operators, IN, BETWEEN, LIKE, DISTINCT FROM, NULLIF,
 * ANY, ALL.
 */
import type { A_Expr, A_Expr_Kind, Node } from "@pgsql/types";
import { INVALID_OID } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { coerceToBoolean } from "./coerce.ts";
import { coerceToCommon } from "./common.ts";
import { commonTypeOf } from "./common-type.ts";
import { listItems, required, strings } from "./node.ts";
import { makeArrayOperator, makeOperator, operatorName } from "./operator.ts";
import { coercesTo } from "./pathway.ts";
import { compareRows } from "./row-comparison.ts";
import type { Scope } from "./scope.ts";
import { bindRowSubLink } from "./sublink.ts";
import type { Expression, OperatorCall, Typed } from "./tree.ts";
import { BOOL, RECORD } from "./type-oids.ts";
import { namesOwnColumn } from "./walk.ts";

export function bindOperatorExpression(scope: Scope, node: A_Expr): Expression {
  switch (node.kind) {
    case "AEXPR_OP_ANY":
    case "AEXPR_OP_ALL": {
      const left = scope.bindInner(required(node.lexpr, "a left operand"));
      const right = scope.bindInner(required(node.rexpr, "a right operand"));
      const any = node.kind === "AEXPR_OP_ANY";
      const position = scope.at(node.location);
      return makeArrayOperator(scope, operatorName(node.name), any, left, right, position);
    }
    case "AEXPR_DISTINCT":
    case "AEXPR_NOT_DISTINCT":
      return bindDistinct(scope, node);
    case "AEXPR_NULLIF":
      return bindNullIf(scope, node);
    case "AEXPR_IN":
      return bindIn(scope, node);
    case "AEXPR_BETWEEN":
    case "AEXPR_NOT_BETWEEN":
    case "AEXPR_BETWEEN_SYM":
    case "AEXPR_NOT_BETWEEN_SYM":
      return scope.bindInner(betweenAsComparisons(node, node.kind));
    default:
      return bindPlain(scope, node);
  }
}

function bindPlain(scope: Scope, node: A_Expr): Expression {
  const position = scope.at(node.location);
  const { lexpr, rexpr } = node;
  const right = required(rexpr, "a right operand");
  if (
    lexpr &&
    "RowExpr" in lexpr &&
    "SubLink" in right &&
    right.SubLink.subLinkType === "EXPR_SUBLINK"
  ) {
    return bindRowSubLink(scope, node.name, lexpr, right.SubLink, position);
  }
  const name = operatorName(node.name);
  const boundLeft = lexpr && scope.bindInner(lexpr);
  const boundRight = scope.bindInner(right);
  if (lexpr && "RowExpr" in lexpr && "RowExpr" in right) {
    if (boundLeft?.kind === "row" && boundRight.kind === "row") {
      return compareRows(scope, name, boundLeft.args, boundRight.args, position);
    }
  }
  return makeOperator(scope, name, boundLeft, boundRight, position);
}

const bool = (position: number | undefined) => ({
  type: BOOL,
  typmod: -1,
  collation: INVALID_OID,
  position,
});

const isNullLiteral = (node: Node | undefined): boolean =>
  node !== undefined && "A_Const" in node && (node.A_Const.isnull ?? false);

function bindDistinct(scope: Scope, node: A_Expr): Expression {
  const position = scope.at(node.location);
  const negated = node.kind === "AEXPR_NOT_DISTINCT";
  const nullSide = isNullLiteral(node.rexpr)
    ? node.lexpr
    : isNullLiteral(node.lexpr)
      ? node.rexpr
      : undefined;
  if (nullSide) {
    const arg = scope.bindInner(nullSide);
    const row = arg.type === RECORD;
    return { kind: "nullTest", isNull: negated, arg, row, ...bool(position) };
  }
  const left = scope.bindInner(required(node.lexpr, "a left operand"));
  const right = scope.bindInner(required(node.rexpr, "a right operand"));
  const result =
    left.kind === "row" && right.kind === "row"
      ? distinctRows(scope, left.args, right.args, position)
      : makeDistinct(scope, node, left, right, position);
  if (!negated) return result;
  return { kind: "boolean", operator: "not", args: [result], ...bool(position) };
}

function makeDistinct(
  scope: Scope,
  node: A_Expr | undefined,
  left: Expression,
  right: Expression,
  position: number | undefined,
): Expression {
  const name = node ? operatorName(node.name) : { name: "=" };
  const equal = makeOperator(scope, name, left, right, position) as OperatorCall & Typed;
  if (equal.type !== BOOL) {
    const message = "IS DISTINCT FROM requires = operator to yield boolean";
    throw new SqlError("42804", message).at(position);
  }
  const args = equal.args as readonly [Expression, Expression];
  return {
    kind: "distinctFrom",
    operator: equal.operator,
    function: equal.function,
    args,
    ...bool(position),
  };
}

function distinctRows(
  scope: Scope,
  left: readonly Expression[],
  right: readonly Expression[],
  position: number | undefined,
): Expression {
  if (left.length !== right.length) {
    throw new SqlError("42601", "unequal number of entries in row expressions").at(position);
  }
  const pairs = left.map((each, at) =>
    makeDistinct(scope, undefined, each, right[at] as Expression, position),
  );
  const [only, second] = pairs;
  if (!only) throw new SqlError("0A000", "cannot compare rows of zero length").at(position);
  return second ? { kind: "boolean", operator: "or", args: pairs, ...bool(position) } : only;
}

function bindNullIf(scope: Scope, node: A_Expr): Expression {
  const position = scope.at(node.location);
  const left = scope.bindInner(required(node.lexpr, "a left operand"));
  const right = scope.bindInner(required(node.rexpr, "a right operand"));
  const name = operatorName(node.name);
  const equal = makeOperator(scope, name, left, right, position) as OperatorCall & Typed;
  if (equal.type !== BOOL) {
    throw new SqlError("42804", "NULLIF requires = operator to yield boolean").at(position);
  }
  const args = equal.args as readonly [Expression, Expression];
  const [{ type, typmod }] = args;
  return {
    kind: "nullIf",
    operator: equal.operator,
    function: equal.function,
    args,
    type,
    typmod,
    collation: INVALID_OID,
    position,
  };
}

/** x IN (list): one comparison with an array of what is constant, and one with each of the rest. */
function bindIn(scope: Scope, node: A_Expr): Expression {
  const position = scope.at(node.location);
  const name = operatorName(node.name);
  const any = strings(node.name).at(-1) !== "<>";
  const left = scope.bindInner(required(node.lexpr, "a left operand"));
  const items = listItems(node.rexpr).map((item) => scope.bindInner(item));
  const constants = items.filter((item) => !namesOwnColumn(item));
  let result: Expression | undefined;
  let rest = items;
  if (constants.length > 1) {
    const array = arrayOfAll(scope, left, constants);
    if (array) {
      result = makeArrayOperator(scope, name, any, left, array, position);
      rest = items.filter(namesOwnColumn);
    }
  }
  for (const item of rest) {
    const compared =
      left.kind === "row" && item.kind === "row"
        ? compareRows(scope, name, left.args, item.args, position)
        : makeOperator(scope, name, left, item, position);
    const comparison = coerceToBoolean(scope, compared, "IN");
    result = result
      ? {
          kind: "boolean",
          operator: any ? "or" : "and",
          args: flat(result, comparison, any ? "or" : "and"),
          ...bool(position),
        }
      : comparison;
  }
  return required(result, "the list of IN");
}

const flat = (left: Expression, right: Expression, operator: "or" | "and"): Expression[] =>
  left.kind === "boolean" && left.operator === operator ? [...left.args, right] : [left, right];

/**
 * The list as one array, where all its members and the left side have a common type that has one.
 */
function arrayOfAll(
  scope: Scope,
  left: Expression,
  items: readonly Expression[],
): Expression | undefined {
  const { names } = scope;
  const all = [left, ...items];
  const types = all.map((each) => each.type);
  const { type } = commonTypeOf(names, types);
  if (type === undefined || type === RECORD) return undefined;
  if (types.some((each) => !coercesTo(names, each, type, "implicit"))) return undefined;
  const { array } = names.type(type);
  if (array === INVALID_OID) return undefined;
  const elements = items.map((item) => coerceToCommon(scope, item, type, "IN"));
  return {
    kind: "array",
    elementType: type,
    elements,
    multidimensional: false,
    type: array,
    typmod: -1,
    collation: INVALID_OID,
  };
}

/** BETWEEN is the comparisons that it abbreviates, each with its own copy of the operand. */
function betweenAsComparisons(node: A_Expr, kind: A_Expr_Kind): Node {
  const [low, high] = listItems(node.rexpr);
  const { lexpr, location } = node;
  const compare = (name: string, right: Node | undefined): Node => ({
    A_Expr: {
      kind: "AEXPR_OP",
      name: [{ String: { sval: name } }],
      ...(lexpr ? { lexpr } : {}),
      ...(right ? { rexpr: right } : {}),
      ...(location === undefined ? {} : { location }),
    },
  });
  const join = (boolop: "AND_EXPR" | "OR_EXPR", args: Node[]): Node => ({
    BoolExpr: { boolop, args, ...(location === undefined ? {} : { location }) },
  });
  const inside = (a: Node | undefined, b: Node | undefined) =>
    join("AND_EXPR", [compare(">=", a), compare("<=", b)]);
  const outside = (a: Node | undefined, b: Node | undefined) =>
    join("OR_EXPR", [compare("<", a), compare(">", b)]);
  switch (kind) {
    case "AEXPR_BETWEEN":
      return inside(low, high);
    case "AEXPR_NOT_BETWEEN":
      return outside(low, high);
    case "AEXPR_BETWEEN_SYM":
      return join("OR_EXPR", [inside(low, high), inside(high, low)]);
    default:
      return join("AND_EXPR", [outside(low, high), outside(high, low)]);
  }
}
