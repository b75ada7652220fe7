/**
 * Function and operator calls: SQLite's own operator where it answers the same for stored forms,
 * else a registered function.
 */

import { type Oid, oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { Expression, Typed } from "../bind/tree.ts";
import { walk } from "../bind/walk.ts";
import { implementerOf } from "../functions/implementers.ts";
import type { CallTypes, NativeComparison } from "../functions/registry.ts";
import { mayHoldDomains } from "../types/held-domains.ts";
import { T } from "../types/type-oids.ts";
import { collatedCall } from "./collated-calls.ts";
import type { Emitter } from "./emitter.ts";
import { emitInlined } from "./inlined.ts";
import { isOid } from "./oids.ts";
import type { Scope } from "./scope.ts";
import { emitVisibility } from "./visibility.ts";

/**
 * Functions whose value SQLite computes exactly on stored forms: `$1` is the first argument.
 * Widening casts change nothing, and bit operations on 64 bits are those of narrower integers.
 */
const nativeFunctions: ReadonlyMap<number, string> = new Map([
  ...[313, 481, 754, 311, 1288, 2558, 406, 401].map((id) => [id, "$1"] as const),
  ...[1258].map((id) => [id, "($1 || $2)"] as const),
  ...[1892, 1898, 1904].map((id) => [id, "($1 & $2)"] as const),
  ...[1893, 1899, 1905].map((id) => [id, "($1 | $2)"] as const),
]);

export const callTypes = (
  args: readonly Expression[],
  result: Oid,
  variadic = false,
): CallTypes => ({ args: args.map((arg) => arg.type), result, variadic });

type FunctionNode = Extract<Expression, { kind: "function" }>;
type OperatorNode = Extract<Expression, { kind: "operator" }>;

export function emitFunction(emitter: Emitter, scope: Scope, call: FunctionNode): string {
  if (call.returnsSet) {
    throw notSupported("a set-returning function in this context", call.position);
  }
  return emitCall(emitter, scope, call.function, call.args, call, call.variadic);
}

/** COLLATION FOR: what it answers is known of a value before there is one. */
const PG_COLLATION_FOR = 3162;
const COLLATION_NAME = { type: T.regcollation, typmod: -1, collation: oid(0) };

function emitCollationFor(emitter: Emitter, scope: Scope, arg: Expression): string {
  const { type, collation } = arg;
  const row = emitter.context.catalog.find(pgType, "key", [type]);
  if (type !== T.unknown && row?.typcollation === 0) {
    // Beside the value, so that it fails for a row and not for none.
    const refuse = emitter.internal("not_collatable");
    return `${refuse}(${type}, ${emitter.expression(scope, arg)})`;
  }
  const name = collation === 0 ? "NULL" : outputOf(emitter, String(collation), COLLATION_NAME);
  // What makes one row of many stays where it is.
  if (!containsAggregate(arg)) return name;
  return `CASE WHEN 1 THEN ${name} ELSE ${emitter.expression(scope, arg)} END`;
}

function containsAggregate(arg: Expression): boolean {
  let found = false;
  walk(arg, (node) => {
    found ||= node.kind === "aggregate";
  });
  return found;
}

/**
 * xpath and xpath_exists without namespaces are functions in SQL, which the planner calls for
 * constants and else reads as their bodies: the same with an empty array.
 */
const WITH_NAMESPACES: ReadonlyMap<number, Oid> = new Map([
  [2932, oid(2931)],
  [3050, oid(3049)],
]);

function isOpen(arg: Expression): boolean {
  let found = false;
  walk(arg, (node) => {
    found ||= node.kind === "column" || node.kind === "parameter" || node.kind === "xml";
  });
  return found;
}

/** text || anynonarray, anynonarray || text: in PostgreSQL a cast to text, then text || text. */
const TEXTANYCAT = 2003;
const ANYTEXTCAT = 2004;

/**
 * A value as its cast to text shows it: a boolean's is longer than its output, char(n) has no
 * padding.
 */
function castToText(emitter: Emitter, text: string, value: Typed): string {
  const type = emitter.context.types.base(value.type);
  if (type === 16) return `CASE ${text} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END`;
  if (type === 1042) return text;
  return outputOf(emitter, text, value);
}

/**
 * Functions to which the padding of char(n) matters, which its stored form lacks: octet_length,
 * LIKE and its kin, "char"(text), concat, concat_ws, format, to_json, json_build_array,
 * json_build_object and bpcharsend.
 */
const seesPadding = new Set<number>([
  ...[1375, 1631, 1632, 1656, 1657, 1658, 1659, 1660, 1661, 944],
  ...[3058, 3059, 3539, 3176, 3787, 3198, 3271, 3200, 3273, 2431],
]);

const isPadded = (emitter: Emitter, { type, typmod }: Typed): boolean =>
  emitter.context.types.base(type) === 1042 && typmod >= 5;

/** bpcharout, array_out, anyarray_out, anycompatiblearray_out: by the length that a type has. */
const showsPadding = new Set<number>([1045, 751, 2297, 5089]);

function emitCall(
  emitter: Emitter,
  scope: Scope,
  id: Oid,
  args: readonly Expression[],
  node: Typed,
  variadic: boolean,
): string {
  const written = emitVisibility(emitter, scope, id, args) ?? emitInlined(emitter, scope, id, args);
  if (written !== undefined) return written;
  if (id === PG_COLLATION_FOR && args[0]) return emitCollationFor(emitter, scope, args[0]);
  const texts = args.map((arg) => {
    const text = emitter.expression(scope, arg);
    return seesPadding.has(id) && isPadded(emitter, arg) ? outputOf(emitter, text, arg) : text;
  });
  const { inputCollation } = node;
  if (inputCollation !== undefined) {
    const operands = args.map(({ type }, at) => ({ text: texts[at] ?? "", type }));
    return collatedCall(emitter, id, inputCollation, operands, (called, given) => {
      const plain = functionName(emitter, called, callTypes(args, node.type), node.position);
      return `${plain}(${given.join(", ")})`;
    });
  }
  const [first] = args;
  if (first && first.typmod >= 0 && showsPadding.has(id)) {
    return outputOf(emitter, texts[0] ?? "", first);
  }
  const native = nativeFunctions.get(id);
  if (native) {
    const text = native.replace(/\$(\d)/g, (_, at: string) => texts[Number(at) - 1] as string);
    // int4(int2) is the cast from int2 to oid, too.
    return id === 313 && isOid(node.type) ? `(${text} & 4294967295)` : text;
  }
  if (id === TEXTANYCAT || id === ANYTEXTCAT) {
    return `(${args.map((arg, at) => castToText(emitter, texts[at] ?? "", arg)).join(" || ")})`;
  }
  const wider = args.some(isOpen) ? WITH_NAMESPACES.get(id) : undefined;
  if (wider !== undefined) texts.push("'[]'");
  const types = callTypes(args, node.type, variadic);
  const name = functionName(emitter, wider ?? id, types, node.position);
  return `${name}(${texts.join(", ")})`;
}

function functionName(
  emitter: Emitter,
  id: Oid,
  types: CallTypes,
  position: number | undefined,
): string {
  const routine = emitter.routine(id, types);
  if (routine !== undefined) return routine;
  const computing = implementerOf(emitter.context.catalog, id);
  if (!emitter.context.registry.scalar(computing)) throw emitter.missingFunction(id).at(position);
  return emitter.scalar(computing, types);
}

/** `collation`: by which it compares, where those are not the bytes. */
export const nativeComparison = (
  emitter: Emitter,
  id: Oid,
  collation: Oid | null | undefined,
): NativeComparison | undefined =>
  collation === undefined || collation === null
    ? emitter.context.registry.scalar(id)?.native
    : undefined;

export function emitOperator(emitter: Emitter, scope: Scope, call: OperatorNode): string {
  if (call.returnsSet) throw notSupported("a set-returning operator", call.position);
  const [left, right] = call.args;
  if (left && right) {
    const native = nativeComparison(emitter, call.function, call.inputCollation);
    if (native) {
      return `(${emitter.expression(scope, left)} ${native} ${emitter.expression(scope, right)})`;
    }
    const byBytes = call.inputCollation === undefined;
    const equality = byBytes ? regexEquality(call.function, right) : undefined;
    if (equality !== undefined) {
      return `(${emitter.expression(scope, left)} = ${emitter.constant(equality)})`;
    }
  }
  return emitCall(emitter, scope, call.function, call.args, call, false);
}

/** x op y for a comparison function, given the operands' texts. */
export function comparisonText(
  emitter: Emitter,
  id: Oid,
  left: { readonly text: string; readonly type: Oid },
  right: { readonly text: string; readonly type: Oid },
  collation: Oid | null | undefined,
): string {
  const types = { args: [left.type, right.type], result: oid(16), variadic: false };
  const call = (called: Oid, texts: readonly string[]) =>
    `${functionName(emitter, called, types, undefined)}(${texts.join(", ")})`;
  if (collation !== undefined && collation !== null) {
    return collatedCall(emitter, id, collation, [left, right], call);
  }
  const native = nativeComparison(emitter, id, collation);
  if (native) return `(${left.text} ${native} ${right.text})`;
  return call(id, [left.text, right.text]);
}

/** textregexeq, nameregexeq */
const regexMatches = new Set<number>([1254, 79]);

/**
 * `x ~ '^(name)$'`, which psql sends for every name, is `x = 'name'` when nothing in the name is
 * special to a regular expression: then an index answers it.
 */
function regexEquality(id: Oid, pattern: Expression): string | undefined {
  if (!regexMatches.has(id)) return undefined;
  const inner = pattern.kind === "collate" || pattern.kind === "relabel" ? pattern.arg : pattern;
  if (inner.kind !== "constant") return undefined;
  if (typeof inner.value !== "string") return undefined;
  return /^\^\(([^\\.^$*+?()[\]{}|]+)\)\$$/.exec(inner.value)?.[1];
}

const functionsOfValues = {
  current_role: 745,
  current_user: 745,
  user: 745,
  session_user: 746,
  current_catalog: 861,
  current_schema: 1402,
} as const;

/** now(), and the casts of it that CURRENT_DATE and the others are. */
const castsOfNow = {
  current_date: 1178,
  current_time: 1388,
  localtime: 2019,
  localtimestamp: 2027,
} as const;

/** What rounds them to a number of digits, by type. */
const roundings: ReadonlyMap<number, number> = new Map([
  [1083, 1968],
  [1114, 1961],
  [1184, 1967],
  [1266, 1969],
]);

export function emitSqlValue(
  emitter: Emitter,
  node: Extract<Expression, { kind: "sqlValue" }>,
): string {
  const types = (...args: number[]): CallTypes => ({
    args: args.map(oid),
    result: node.type,
    variadic: false,
  });
  if (node.value in functionsOfValues) {
    const id = functionsOfValues[node.value as keyof typeof functionsOfValues];
    return `${functionName(emitter, oid(id), types(), node.position)}()`;
  }
  const now = `${functionName(emitter, oid(1299), { ...types(), result: oid(1184) }, node.position)}()`;
  const cast = castsOfNow[node.value as keyof typeof castsOfNow];
  const value =
    cast === undefined
      ? now
      : `${functionName(emitter, oid(cast), types(1184), node.position)}(${now})`;
  const rounding = roundings.get(node.type);
  if (node.typmod < 0 || rounding === undefined) return value;
  const rounded = functionName(emitter, oid(rounding), types(node.type, 23), node.position);
  return `${rounded}(${value}, ${node.typmod})`;
}

/** Types whose text is their stored form. */
const plainTexts = new Set<number>([19, 25, 114, 142, 705, 1043, 1700, 2275, 3802]);

/** The output function's text of a value. */
export function outputOf(emitter: Emitter, text: string, value: Typed): string {
  if (plainTexts.has(emitter.context.types.base(value.type))) return text;
  const name = emitter.use({ name: `o${value.type}`, kind: "output", type: value.type });
  return `${name}(${text}, ${value.typmod})`;
}

/** What the input function makes of a text. */
export function inputOf(emitter: Emitter, text: string, type: Oid, typmod: number): string {
  if (type === 25 || type === 2275 || (type === 1043 && typmod < 0)) return text;
  if (mayHoldDomains(type, emitter.context.catalog)) emitter.notesQueries();
  const name = emitter.use({ name: `i${type}`, kind: "input", type });
  return `${name}(${text}, ${typmod})`;
}
