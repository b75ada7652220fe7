/** Where an expression begins in the client's text, for error cursors. */
import type { Node } from "@pgsql/types";
import type { Scope } from "./scope.ts";
import type { Expression } from "./tree.ts";

/** The leftmost position of a node and of its first operands, as PostgreSQL's exprLocation. */
export function positionOf(node: Expression): number | undefined {
  switch (node.kind) {
    case "function":
    case "operator":
    case "distinctFrom":
    case "nullIf":
    case "boolean":
      return leftmost(node.position, node.args[0] && positionOf(node.args[0]));
    case "arrayOperator":
      return leftmost(node.position, positionOf(node.left));
    case "relabel":
    case "coerceViaIo":
    case "arrayCoerce":
    case "coerceToDomain":
    case "nullTest":
    case "booleanTest":
      return leftmost(node.position, positionOf(node.arg));
    case "collate":
    case "field":
      return positionOf(node.arg);
    case "subscript":
      return positionOf(node.container);
    default:
      return node.position;
  }
}

function leftmost(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined || a < b ? a : b;
}

/** Where a node of the parser begins, operands on its left included. */
export function rawPosition(scope: Scope, node: Node | undefined): number | undefined {
  if (!node || "A_Indirection" in node) return undefined;
  const [body] = Object.values(node) as { readonly location?: number }[];
  const own = scope.at(body?.location);
  if ("A_Expr" in node) return leftmost(own, rawPosition(scope, node.A_Expr.lexpr));
  if ("TypeCast" in node) {
    const { typeName, arg } = node.TypeCast;
    const type = scope.at(typeName?.location ?? -1);
    return leftmost(leftmost(own, type), rawPosition(scope, arg));
  }
  return own;
}
