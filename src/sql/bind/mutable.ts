/**
 * MUTABLE EXPRESSIONS: those whose value may be another one tomorrow, because some function,
 * operator or type conversion in them is not immutable.
 * https://www.postgresql.org/docs/15/xfunc-volatility.html
 */
import type { Oid } from "../../base/ids.ts";
import { pgCast } from "../../catalog/relations/pg-cast.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { Names } from "./names.ts";
import { simplify } from "./simplify.ts";
import type { Expression } from "./tree.ts";
import { TEXT } from "./type-oids.ts";
import { someExpression } from "./walk.ts";

/** Of what the planner would leave: branches that constants decide do not count. */
export function isMutable(names: Names, root: Expression): boolean {
  return someExpression(
    simplify(names, root),
    (node) =>
      node.kind === "sqlValue" || functionsOf(names, node).some((id) => !isImmutable(names, id)),
  );
}

/** Whether running it again may give another value within one statement. */
export const isVolatile = (names: Names, root: Expression): boolean =>
  someExpression(root, (node) =>
    functionsOf(names, node).some((id) => volatilityOf(names, id) === "v"),
  );

function functionsOf(names: Names, node: Expression): readonly Oid[] {
  switch (node.kind) {
    case "function":
    case "operator": {
      const arg = TO_TEXT.get(node.function);
      return arg === undefined ? [node.function] : textConversion(names, node.args[arg]);
    }
    case "distinctFrom":
    case "nullIf":
    case "arrayOperator":
    case "aggregate":
    case "window":
      return [node.function];
    case "rowCompare":
      return node.functions;
    case "coerceViaIo":
      return present([
        typeRow(names, node.arg.type)?.typoutput,
        typeRow(names, node.type)?.typinput,
      ]);
    default:
      return [];
  }
}

/**
 * Functions in SQL that turn an argument of any type into text and go on with immutable ones. The
 * planner looks into them, so only that conversion counts. By oid, with the argument's place.
 */
const TO_TEXT: ReadonlyMap<number, number> = new Map([
  [1285, 0], // quote_literal(anyelement)
  [1290, 0], // quote_nullable(anyelement)
  [2003, 1], // text || anynonarray
  [2004, 0], // anynonarray || text
]);

function textConversion(names: Names, arg: Expression | undefined): readonly Oid[] {
  if (!arg) return [];
  const cast = names.catalog.find(pgCast, "source_target", [arg.type, TEXT]);
  if (cast?.castmethod === "b" || arg.type === TEXT) return [];
  return present([cast?.castmethod === "f" ? cast.castfunc : typeRow(names, arg.type)?.typoutput]);
}

const present = (ids: readonly (Oid | undefined)[]): Oid[] => ids.filter((id) => id !== undefined);

const typeRow = (names: Names, type: Oid) => names.catalog.find(pgType, "key", [type]);

const isImmutable = (names: Names, id: Oid): boolean => volatilityOf(names, id) === "i";

const volatilityOf = (names: Names, id: Oid): string | undefined =>
  names.catalog.find(pgProc, "key", [id])?.provolatile;
