/** Several expressions brought to one type. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { baseType } from "./base-type.ts";
import { coerceType } from "./coerce.ts";
import { commonTypeOf } from "./common-type.ts";
import { coercesTo } from "./pathway.ts";
import { positionOf } from "./position.ts";
import type { Scope } from "./scope.ts";
import type { Expression } from "./tree.ts";
import { typeText } from "./type-text.ts";

/** `construct` begins the message: "CASE types text and integer cannot be matched". */
export function commonType(scope: Scope, nodes: readonly Expression[], construct: string): Oid {
  const found = commonTypeOf(
    scope.names,
    nodes.map((node) => node.type),
  );
  if (found.type !== undefined) return found.type;
  const offender = nodes[found.at] as Expression;
  const first = typeText(scope.names, found.sofar);
  const second = typeText(scope.names, baseType(scope.names, offender.type));
  const message = `${construct} types ${first} and ${second} cannot be matched`;
  throw new SqlError("42804", message).at(positionOf(offender));
}

export function coerceToCommon(
  scope: Scope,
  node: Expression,
  type: Oid,
  construct: string,
): Expression {
  if (node.type === type) return node;
  if (coercesTo(scope.names, node.type, type, "implicit")) {
    return coerceType(scope, node, type, -1, "implicit", "implicit");
  }
  const from = typeText(scope.names, node.type);
  const message = `${construct} could not convert type ${from} to ${typeText(scope.names, type)}`;
  throw new SqlError("42846", message).at(positionOf(node));
}

/** The typmod that all of them have, or -1. */
export function commonTypmod(nodes: readonly Expression[], type: Oid): number {
  const typmod = nodes[0]?.typmod ?? -1;
  const agree = nodes.every((node) => node.type === type && node.typmod === typmod);
  return agree ? typmod : -1;
}
