/** Which operands need no parentheses in pretty output. */

import type { Names } from "../bind/names.ts";
import type { Expression } from "../bind/tree.ts";

const alwaysSimple: ReadonlySet<Expression["kind"]> = new Set([
  "column",
  "constant",
  "parameter",
  "default",
  "subscript",
  "array",
  "row",
  "coalesce",
  "minMax",
  "sqlValue",
  "xml",
  "nullIf",
  "aggregate",
  "grouping",
  "window",
  "function",
  "case",
  "caseTest",
]);

/** Parents that delimit their operands themselves. */
const delimiting: ReadonlySet<Expression["kind"]> = new Set([
  "subscript",
  "array",
  "row",
  "coalesce",
  "minMax",
  "nullIf",
  "aggregate",
  "grouping",
  "window",
  "xml",
  "case",
]);

export function isSimple(names: Names, node: Expression, parent: Expression): boolean {
  if (alwaysSimple.has(node.kind)) return true;
  switch (node.kind) {
    case "field":
      return parent.kind !== "field";
    case "relabel":
    case "coerceViaIo":
    case "arrayCoerce":
    case "coerceToDomain":
      return isSimple(names, node.arg, node);
    case "operator":
      if (parent.kind === "operator") return bindsTighter(names, node, parent);
      return isDelimited(parent) || parent.kind === "boolean";
    case "subLink":
    case "nullTest":
    case "booleanTest":
    case "distinctFrom":
      return isDelimited(parent) || parent.kind === "boolean";
    case "boolean":
      if (parent.kind !== "boolean") return isDelimited(parent);
      return node.operator === "or"
        ? parent.operator === "or"
        : parent.operator === "and" || parent.operator === "or";
    default:
      return false;
  }
}

const isDelimited = (parent: Expression): boolean =>
  parent.kind === "function" ? parent.form === "call" : delimiting.has(parent.kind);

type Operator = Expression & { readonly kind: "operator" };

function bindsTighter(names: Names, node: Operator, parent: Operator): boolean {
  const [own, outer] = [priority(names, node), priority(names, parent)];
  if (own === 0 || outer === 0) return false;
  return own === outer ? parent.args[0] === node : own > outer;
}

/** 2 for * / %, 1 for + -, 0 for all others. */
function priority(names: Names, node: Operator): number {
  if (node.args.length !== 2) return 0;
  const { name } = names.operator(node.operator);
  if (name.length !== 1) return 0;
  return "*/%".includes(name) ? 2 : "+-".includes(name) ? 1 : 0;
}
