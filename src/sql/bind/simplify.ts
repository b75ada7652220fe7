/**
 * WHAT THE PLANNER LEAVES OF AN EXPRESSION, as far as no function need be called for it: NULL of a
 * strict function of NULL, branches that constants decide, fields of rows written out.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { boolConstant, type ConstantExpression, constant } from "./literal.ts";
import type { Names } from "./names.ts";
import { isOrdered } from "./sort.ts";
import type {
  BooleanOperator,
  CaseExpression,
  Expression,
  Subscript,
  Typed,
  XmlExpression,
} from "./tree.ts";
import { RECORD } from "./type-oids.ts";
import { typeText } from "./type-text.ts";

const isConstant = (node: Expression): node is ConstantExpression => node.kind === "constant";
const isNull = (node: Expression): boolean => isConstant(node) && node.value === null;
const isTrue = (node: Expression): boolean => isConstant(node) && node.value === 1n;
const nullOf = ({ type, typmod, collation }: Typed): ConstantExpression =>
  constant(type, null, undefined, typmod, collation);

/** `subject`: the constant that a CASE compares with, for the placeholders in it. */
export function simplify(names: Names, node: Expression, subject?: Expression): Expression {
  const inner = (each: Expression): Expression => simplify(names, each, subject);
  switch (node.kind) {
    case "function":
    case "operator": {
      const args = node.args.map(inner);
      const known = !node.returnsSet && node.type !== RECORD && args.some(isNull);
      return known && isStrict(names, node.function) ? nullOf(node) : { ...node, args };
    }
    case "distinctFrom": {
      const [left, right] = [inner(node.args[0]), inner(node.args[1])];
      const known = isConstant(left) && isConstant(right) && (isNull(left) || isNull(right));
      return known
        ? boolConstant(isNull(left) !== isNull(right))
        : { ...node, args: [left, right] };
    }
    case "nullIf": {
      const [left, right] = [inner(node.args[0]), inner(node.args[1])];
      return isNull(left) || isNull(right) ? left : { ...node, args: [left, right] };
    }
    case "boolean":
      return simplifyBoolean(node, node.args.map(inner));
    case "relabel":
    case "collate": {
      const arg = inner(node.arg);
      return isConstant(arg) ? { ...arg, ...typed(node) } : { ...node, arg };
    }
    case "coerceViaIo": {
      const arg = inner(node.arg);
      return isNull(arg) ? nullOf(node) : { ...node, arg };
    }
    case "case":
      return simplifyCase(names, node, subject);
    case "caseTest":
      return node.ofDomain ? node : (subject ?? node);
    case "coalesce":
      return simplifyCoalesce(node, node.args.map(inner));
    case "nullTest": {
      const arg = inner(node.arg);
      const known = isConstant(arg) && !node.row;
      return known ? boolConstant((arg.value === null) === node.isNull) : { ...node, arg };
    }
    case "field": {
      const arg = inner(node.arg);
      const field = arg.kind === "row" ? arg.args[node.field - 1] : undefined;
      return field?.type === node.type ? field : { ...node, arg };
    }
    case "minMax":
      return computed(names, { ...node, args: node.args.map(inner) });
    case "row":
      return { ...node, args: node.args.map(inner) };
    case "array":
      return { ...node, elements: node.elements.map(inner) };
    case "booleanTest":
    case "coerceToDomain":
    case "arrayCoerce":
      return { ...node, arg: inner(node.arg) };
    case "arrayOperator":
      return { ...node, left: inner(node.left), array: inner(node.array) };
    case "xml":
      return simplifyXml(node, inner);
    case "rowCompare":
      return { ...node, left: node.left.map(inner), right: node.right.map(inner) };
    case "subscript":
      return simplifySubscript(node, inner);
    default:
      return node;
  }
}

function simplifyXml(
  node: XmlExpression & Typed,
  inner: (each: Expression) => Expression,
): Expression {
  const named = node.named.map(({ name, value }) => ({ name, value: inner(value) }));
  return { ...node, named, args: node.args.map(inner) };
}

function simplifySubscript(
  node: Subscript & Typed,
  inner: (each: Expression) => Expression,
): Expression {
  const some = (each: Expression | null) => each && inner(each);
  const lower = node.lower && { lower: node.lower.map(some) };
  return { ...node, ...lower, container: inner(node.container), upper: node.upper.map(some) };
}

/** The planner computes what is constant, and so finds that there is nothing to compare with. */
function computed(names: Names, node: Expression & { readonly kind: "minMax" }): Expression {
  if (node.args.every(isConstant) && !isOrdered(names, node.type)) {
    const shown = typeText(names, node.type);
    throw new SqlError("42883", `could not identify a comparison function for type ${shown}`);
  }
  return node;
}

const typed = ({ type, typmod, collation }: Typed) => ({ type, typmod, collation });

const isStrict = (names: Names, id: Oid): boolean =>
  names.catalog.find(pgProc, "key", [id])?.proisstrict === true;

/** AND without what is true, OR without what is false; the other value decides, NULL may not. */
function simplifyBoolean(
  node: BooleanOperator & Typed & { readonly kind: "boolean" },
  args: readonly Expression[],
): Expression {
  if (node.operator === "not") {
    const [first] = args;
    if (!first || !isConstant(first)) return { ...node, args };
    return first.value === null ? nullOf(node) : boolConstant(first.value !== 1n);
  }
  const decisive = node.operator === "or" ? 1n : 0n;
  if (args.some((arg) => isConstant(arg) && arg.value === decisive)) {
    return boolConstant(decisive === 1n);
  }
  const open = args.filter((arg) => !isConstant(arg) || arg.value === null);
  if (open.length === 0) return boolConstant(decisive !== 1n);
  if (open.every(isNull)) return nullOf(node);
  return { ...node, args: open };
}

/** The first argument that is a constant ends it; NULLs do nothing. */
function simplifyCoalesce(node: Expression & { kind: "coalesce" }, all: Expression[]): Expression {
  const args: Expression[] = [];
  for (const arg of all) {
    if (isNull(arg)) continue;
    args.push(arg);
    if (isConstant(arg)) break;
  }
  const [first] = args;
  if (!first) return nullOf(node);
  return isConstant(first) ? first : { ...node, args };
}

function simplifyCase(
  names: Names,
  node: CaseExpression & Typed & { readonly kind: "case" },
  outer: Expression | undefined,
): Expression {
  const inner = (each: Expression): Expression => simplify(names, each, outer);
  const arg = node.arg && inner(node.arg);
  const subject = arg && isConstant(arg) ? arg : undefined;
  const whens: { when: Expression; then: Expression }[] = [];
  let otherwise: Expression | undefined;
  for (const branch of node.whens) {
    const when = simplify(names, branch.when, arg ? subject : outer);
    if (isTrue(when)) {
      otherwise = inner(branch.then);
      break;
    }
    const then = inner(branch.then);
    if (!isConstant(when)) whens.push({ when, then });
  }
  otherwise ??= inner(node.otherwise);
  if (whens.length === 0) return otherwise;
  const { arg: _, ...rest } = node;
  return { ...rest, ...(arg && !subject ? { arg } : {}), whens, otherwise };
}
