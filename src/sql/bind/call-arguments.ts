/** ARGUMENTS of a call whose function is read as its body: what the body's parameters stand for. */
import type { Oid } from "../../base/ids.ts";
import { nullOf } from "./routine-body.ts";
import type { Expression, FunctionCall, Typed } from "./tree.ts";
import { BOOL } from "./type-oids.ts";
import { walk } from "./walk.ts";

type Call = FunctionCall & Typed;

export const parameterAt = (at: number, { type, typmod, collation }: Typed): Expression => ({
  kind: "parameter",
  number: at + 1,
  type,
  typmod,
  collation,
});

export const isSimple = (arg: Expression): boolean =>
  arg.kind === "constant" ||
  arg.kind === "column" ||
  arg.kind === "parameter" ||
  (arg.kind === "relabel" && isSimple(arg.arg));

export function usesOf(tree: Expression, number: number): number {
  let uses = 0;
  walk(tree, (node) => {
    if (node.kind === "parameter" && node.number === number) uses++;
  });
  return uses;
}

/** STRICT: NULL where an argument is. */
export function unlessNull(call: Call, body: Expression): Expression {
  if (call.args.length === 0) return body;
  const { type, typmod, collation } = call;
  const [when, then] = [anyNull(call), nullOf(type)];
  return {
    kind: "case",
    whens: [{ when, then }],
    otherwise: body,
    type,
    typmod,
    collation,
  };
}

export const boolean = { type: BOOL, typmod: -1, collation: 0 as Oid };

export const nullTests = ({ args }: Call, isNull: boolean): Expression[] =>
  args.map((arg, at) => ({
    kind: "nullTest",
    isNull,
    arg: parameterAt(at, arg),
    row: false,
    ...boolean,
  }));

const anyNull = (call: Call): Expression => {
  const tests = nullTests(call, true);
  const [only] = tests;
  if (only && tests.length === 1) return only;
  return { kind: "boolean", operator: "or", args: tests, ...boolean };
};
