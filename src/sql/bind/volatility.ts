/**
 * VOLATILITY OF EXPRESSIONS: whether the value may be another one tomorrow, because some function,
 * operator or type conversion is not immutable, or even within one statement.
 * https://www.postgresql.org/docs/15/xfunc-volatility.html
 */
import type { Oid } from "../../base/ids.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { Names } from "./names.ts";
import type { Expression } from "./tree.ts";
import { someExpression } from "./walk.ts";

/** As it stands: the planner may leave less of it. */
export const isMutableAsIs = (names: Pick<Names, "catalog">, root: Expression): boolean =>
  someExpression(
    root,
    (node) =>
      node.kind === "sqlValue" || functionsOf(names, node).some((id) => !isImmutable(names, id)),
  );

/** Whether running it again may give another value within one statement. */
export const isVolatile = (names: Pick<Names, "catalog">, root: Expression): boolean =>
  someExpression(root, (node) =>
    functionsOf(names, node).some((id) => isVolatileFunction(names, id)),
  );

export const isVolatileFunction = (names: Pick<Names, "catalog">, id: Oid): boolean =>
  volatilityOf(names, id) === "v";

/** What the node itself calls. */
export function functionsOf(names: Pick<Names, "catalog">, node: Expression): readonly Oid[] {
  switch (node.kind) {
    case "function":
    case "operator":
    case "distinctFrom":
    case "nullIf":
    case "arrayOperator":
    case "aggregate":
    case "window":
      return [node.function];
    case "rowCompare":
      return node.functions;
    case "coerceViaIo": {
      const typeRow = (type: Oid) => names.catalog.find(pgType, "key", [type]);
      const made = [typeRow(node.arg.type)?.typoutput, typeRow(node.type)?.typinput];
      return made.filter((id) => id !== undefined);
    }
    default:
      return [];
  }
}

export const isImmutable = (names: Pick<Names, "catalog">, id: Oid): boolean =>
  volatilityOf(names, id) === "i";

const volatilityOf = (names: Pick<Names, "catalog">, id: Oid): string | undefined =>
  names.catalog.find(pgProc, "key", [id])?.provolatile;
