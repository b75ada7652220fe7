/**
 * Where an expression begins in the client's text, for error cursors: as PostgreSQL's exprLocation
 * finds it, in bound expressions and in the parser's nodes.
 */
import type { Node } from "@pgsql/types";
import { tagOf } from "./node.ts";
import type { Scope } from "./scope.ts";
import type { Expression } from "./tree.ts";

/** The leftmost position of a node and of its first operands. */
export function positionOf(node: Expression): number | undefined {
  switch (node.kind) {
    case "function":
    case "operator":
    case "distinctFrom":
    case "nullIf":
    case "boolean":
    case "xml":
      return leftmost(node.position, firstOf(node.args));
    case "arrayOperator":
      return leftmost(node.position, positionOf(node.left) ?? positionOf(node.array));
    case "relabel":
    case "coerceViaIo":
    case "arrayCoerce":
    case "coerceToDomain":
    case "nullTest":
    case "booleanTest":
      return leftmost(node.position, positionOf(node.arg));
    case "subLink":
      return leftmost(node.position, firstOf(node.test?.left ?? []));
    case "rowCompare":
      return firstOf(node.left);
    case "collate":
    case "field":
      return positionOf(node.arg);
    case "subscript":
      return positionOf(node.container);
    default:
      return node.position;
  }
}

/** Of the first that has one. */
function firstOf(nodes: readonly Expression[]): number | undefined {
  for (const node of nodes) {
    const position = positionOf(node);
    if (position !== undefined) return position;
  }
  return undefined;
}

function leftmost(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined || a < b ? a : b;
}

/** The parser's nodes whose operands may begin before they do, and where these are. */
const operands: Readonly<Record<string, readonly string[]>> = {
  A_Expr: ["lexpr"],
  BoolExpr: ["args"],
  FuncCall: ["args"],
  NamedArgExpr: ["arg"],
  NullTest: ["arg"],
  BooleanTest: ["arg"],
  SubLink: ["testexpr"],
  TypeCast: ["arg", "typeName"],
  XmlExpr: ["args"],
  XmlSerialize: ["expr", "typeName"],
};
/** Nodes into which PostgreSQL binds their operand, so that they begin where the bound one does. */
const boundInPlace: ReadonlySet<string> = new Set(["NullTest", "BooleanTest", "SubLink"]);
/** The parser's nodes that begin where their operand does. */
const transparent: Readonly<Record<string, string>> = { CollateClause: "arg", ResTarget: "val" };

/**
 * Where a node of the parser begins. Subscripts and field selections are nowhere, unless they are
 * bound in place: then they begin where their operand does.
 */
export function rawPosition(
  scope: Scope,
  node: Node | undefined,
  bound = false,
): number | undefined {
  if (!node) return undefined;
  const tag = tagOf(node);
  const body = (node as unknown as Record<string, Record<string, unknown>>)[tag] ?? {};
  const inner = transparent[tag];
  if (inner !== undefined) return rawPosition(scope, body[inner] as Node | undefined, bound);
  if (tag === "A_Indirection" && bound) return rawPosition(scope, body["arg"] as Node, true);
  if (tag === "A_Indirection" || tag === "List") return undefined;
  const isBound = bound || boundInPlace.has(tag);
  let position = scope.at(body["location"] as number | undefined);
  for (const name of operands[tag] ?? []) {
    const value = boundInPlace.has(tag) ? asBound(body[name] as Node | undefined, tag) : body[name];
    const at =
      name === "typeName"
        ? scope.at((value as { readonly location?: number } | undefined)?.location)
        : firstRaw(scope, value as Node | readonly Node[] | undefined, isBound);
    position = leftmost(position, at);
  }
  return position;
}

/** A literal of a type is the literal; the row that a sub-select is compared with is its parts. */
function asBound(node: Node | undefined, tag: string): Node | undefined {
  const first = tag === "SubLink" && node && "RowExpr" in node ? node.RowExpr.args?.[0] : node;
  if (!first || !("TypeCast" in first)) return first;
  const { arg } = first.TypeCast;
  return arg && "A_Const" in arg && (arg.A_Const.sval || arg.A_Const.isnull) ? arg : first;
}

function firstRaw(
  scope: Scope,
  nodes: Node | readonly Node[] | undefined,
  bound: boolean,
): number | undefined {
  for (const node of Array.isArray(nodes) ? nodes : [nodes]) {
    const position = rawPosition(scope, node as Node | undefined, bound);
    if (position !== undefined) return position;
  }
  return undefined;
}
