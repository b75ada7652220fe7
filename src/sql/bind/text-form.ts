/**
 * FUNCTIONS IN SQL THAT TURN AN ARGUMENT OF ANY TYPE INTO TEXT and go on with an immutable one. The
 * planner reads them as their bodies, so only that conversion counts.
 */
import type { Oid } from "../../base/ids.ts";
import { pgCast } from "../../catalog/relations/pg-cast.ts";
import type { Names } from "./names.ts";
import type { Expression, FunctionCall, OperatorCall, Typed } from "./tree.ts";
import { TEXT } from "./type-oids.ts";

/** By oid: the argument's place, and the function of texts. */
const TO_TEXT: ReadonlyMap<number, readonly [arg: number, next: number]> = new Map([
  [1285, [0, 1283]], // quote_literal(anyelement)
  [1290, [0, 1289]], // quote_nullable(anyelement)
  [2003, [1, 1258]], // text || anynonarray
  [2004, [0, 1258]], // anynonarray || text
]);

/** The call's body; undefined: it is none of these. */
export function textForm(
  names: Names,
  call: (FunctionCall | OperatorCall) & Typed,
): (FunctionCall & Typed) | undefined {
  const found = TO_TEXT.get(call.function);
  if (!found) return undefined;
  const args = call.args.map((arg, at) => (at === found[0] ? asText(names, arg) : arg));
  const { type, typmod, collation, returnsSet } = call;
  const called = { kind: "function", function: found[1] as Oid, variadic: false } as const;
  return { ...called, args, returnsSet, form: "call", type, typmod, collation };
}

function asText(names: Names, arg: Expression): Expression {
  if (arg.type === TEXT) return arg;
  const { collation } = names.type(TEXT);
  const text = { type: TEXT, typmod: -1, collation };
  const cast = names.catalog.find(pgCast, "source_target", [arg.type, TEXT]);
  if (cast?.castmethod === "b") return { kind: "relabel", arg, form: "explicit", ...text };
  if (cast?.castmethod !== "f") return { kind: "coerceViaIo", arg, form: "explicit", ...text };
  const called = { kind: "function", function: cast.castfunc, args: [arg] } as const;
  return { ...called, returnsSet: false, variadic: false, form: "explicit", ...text };
}
