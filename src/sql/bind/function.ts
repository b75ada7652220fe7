/**
 * FUNCTION CALLS: plain functions, casts written as calls, and the way to aggregates and window
 * functions.
 */
import type { FuncCall, Node } from "@pgsql/types";
import { AssertionError } from "../../base/assert.ts";
import { FIRST_USER_OID, INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { bindFilter, makeAggregate } from "./aggregate.ts";
import { baseType, elementType } from "./base-type.ts";
import { decodeTrees } from "./codec.ts";
import { coerceType } from "./coerce.ts";
import { projectField } from "./field.ts";
import { builtinDefaults } from "./function-defaults.ts";
import { type FunctionCandidate, type FunctionName, resolveFunction } from "./function-lookup.ts";
import { isUnknownLiteral, typedConstant, unknownConstant } from "./literal.ts";
import { strings } from "./node.ts";
import { arrayOf, resolvePolymorphic } from "./polymorphic.ts";
import { positionOf } from "./position.ts";
import type { Scope } from "./scope.ts";
import { checkSetPlacement } from "./set-returning.ts";
import type { CoercionForm, Expression, FunctionCall } from "./tree.ts";
import { ANY, VOID } from "./type-oids.ts";
import { typeText } from "./type-text.ts";
import { makeWindowCall } from "./window.ts";

/** With its FILTER, which is read before the function is looked up. */
type FilteredCall = FuncCall & { readonly filter?: Expression };

/**
 * A call whose function is chosen and whose arguments are coerced: what aggregates and windows
 * start from.
 */
export interface PreparedCall {
  readonly call: FilteredCall;
  readonly candidate: FunctionCandidate;
  readonly args: readonly Expression[];
  readonly result: Oid;
  readonly variadic: boolean;
  readonly position: number | undefined;
  readonly display: string;
  readonly written?: FunctionCall["written"];
}

export function bindFunctionCall(scope: Scope, written: FuncCall): Expression {
  const position = scope.at(written.location);
  const hadSets = scope.hasSetReturning;
  const { args, argNames } = bindArguments(scope, written);
  // Ordered-set aggregates are found by their direct and their sorted arguments together.
  const sorted = written.agg_within_group ? bindSorted(scope, written) : [];
  const filter = written.agg_filter && bindFilter(scope, written.agg_filter);
  const call = filter ? { ...written, filter } : written;
  const name = functionName(call);
  const all = [...args, ...sorted];
  const types = all.map((arg) => arg.type);
  const literal = args[0] !== undefined && isUnknownLiteral(args[0]);
  const shape = { types, argNames, literal, variadic: call.func_variadic ?? false };
  if (isPlain(call) && name.schema === undefined && args.length === 1 && argNames.length === 0) {
    const field = fieldInstead(scope, name.name, args[0] as Expression, shape, position);
    if (field) return field;
  }
  const found = resolveFunction(scope.names, name, shape, position);
  const display = displayName(name);
  switch (found.kind) {
    case "missing":
    case "ambiguous":
      throw functionFault(scope, call, display, shape, found.kind, "function").at(position);
    case "cast": {
      rejectDecorations(call, display, position);
      const arg = args[0] as Expression;
      const made = coerceType(scope, arg, found.type, -1, "explicit", "call");
      return made === arg || made.kind === "constant" ? made : { ...made, position };
    }
    case "found":
      return makeCall(scope, call, found.candidate, all, display, position, hadSets);
  }
}

/**
 * x.f where x has no column f: f(x), if there is such a function.
 * https://www.postgresql.org/docs/15/rowtypes.html#ROWTYPES-USAGE
 */
export function bindAttributeCall(
  scope: Scope,
  arg: Expression,
  name: string,
  position: number | undefined,
): Expression | undefined {
  const hadSets = scope.hasSetReturning;
  const shape = {
    types: [arg.type],
    argNames: [],
    literal: isUnknownLiteral(arg),
    variadic: false,
  };
  const found = resolveFunction(scope.names, { name }, shape);
  const call: FuncCall = { funcname: [{ String: { sval: name } }] };
  switch (found.kind) {
    case "found":
      if (found.candidate.facts.kind === "p") return undefined;
      return makeCall(scope, call, found.candidate, [arg], name, position, hadSets);
    case "cast":
      return coerceType(scope, arg, found.type, -1, "explicit", "call");
    default:
      return undefined;
  }
}

/** What CALL calls: its arguments stand for parameters of every mode. */
export function bindProcedureCall(scope: Scope, call: FuncCall): PreparedCall {
  const position = scope.at(call.location);
  const { args, argNames } = bindArguments(scope, call);
  const name = functionName(call);
  const types = args.map((arg) => arg.type);
  const variadic = call.func_variadic ?? false;
  const shape = { types, argNames, variadic, withOutputs: true };
  const found = resolveFunction(scope.names, name, shape, position);
  const display = displayName(name);
  if (found.kind === "missing" || found.kind === "ambiguous") {
    throw functionFault(scope, call, display, shape, found.kind, "procedure").at(position);
  }
  if (found.kind === "cast" || found.candidate.facts.kind !== "p") {
    const shown = types.map((type) => typeText(scope.names, type)).join(", ");
    const hint = "To call a function, use SELECT.";
    throw new SqlError("42809", `${display}(${shown}) is not a procedure`, { hint }).at(position);
  }
  rejectDecorations(call, display, position);
  return prepare(scope, call, found.candidate, args, display, position);
}

function functionName(call: FuncCall): FunctionName {
  const parts = strings(call.funcname);
  const name = parts.at(-1) ?? "";
  return parts.length > 1 ? { schema: parts.at(-2) ?? "", name } : { name };
}
const displayName = ({ schema, name }: FunctionName): string =>
  schema === undefined ? name : `${schema}.${name}`;

const isPlain = (call: FuncCall): boolean =>
  !call.agg_star &&
  !call.agg_distinct &&
  !call.agg_order &&
  !call.agg_filter &&
  !call.over &&
  !call.func_variadic;

function bindArguments(scope: Scope, call: FuncCall) {
  const argNames: string[] = [];
  const args: Expression[] = [];
  for (const node of call.args ?? []) {
    if ("NamedArgExpr" in node) {
      const { name = "", arg, location } = node.NamedArgExpr;
      if (argNames.includes(name)) {
        const message = `argument name "${name}" used more than once`;
        throw new SqlError("42601", message).at(scope.at(location));
      }
      argNames.push(name);
      if (arg) args.push(scope.bindInner(arg));
      continue;
    }
    const arg = scope.bindInner(node);
    if (argNames.length > 0) {
      const message = "positional argument cannot follow named argument";
      throw new SqlError("42601", message).at(positionOf(arg));
    }
    if (!isOutputOfDriver(arg) || call.agg_within_group) args.push(arg);
  }
  return { args, argNames };
}

/**
 * A parameter of type void is no argument: pgjdbc sends one for each OUT parameter of a call.
 * PostgreSQL's ParseFuncOrColumn leaves them out, too.
 */
const isOutputOfDriver = (arg: Expression): boolean =>
  arg.kind === "parameter" && arg.type === VOID;

const bindSorted = (scope: Scope, call: FuncCall): Expression[] =>
  (call.agg_order ?? []).flatMap((node: Node) =>
    "SortBy" in node && node.SortBy.node ? [scope.bindInner(node.SortBy.node)] : [],
  );

/** f(x) may mean x.f when x is a row and no function fits. */
function fieldInstead(
  scope: Scope,
  name: string,
  arg: Expression,
  shape: Parameters<typeof resolveFunction>[2],
  position: number | undefined,
): Expression | undefined {
  const facts = scope.names.findType(arg.type);
  if (facts?.kind !== "c" && facts?.kind !== "d" && arg.type !== 2249) return undefined;
  if (resolveFunction(scope.names, { name }, shape).kind === "found") return undefined;
  return projectField(scope, arg, name, position);
}

function makeCall(
  scope: Scope,
  call: FilteredCall,
  candidate: FunctionCandidate,
  given: readonly Expression[],
  display: string,
  position: number | undefined,
  hadSets: boolean,
): Expression {
  const { facts } = candidate;
  if (facts.kind === "p") {
    const hint = "To call a procedure, use CALL.";
    const types = given.map((arg) => typeText(scope.names, arg.type)).join(", ");
    throw new SqlError("42809", `${display}(${types}) is a procedure`, { hint }).at(position);
  }
  if (facts.kind !== "a" && facts.kind !== "w") rejectDecorations(call, display, position);
  const prepared = prepare(scope, call, candidate, given, display, position);
  if (facts.kind === "a") {
    return call.over ? makeWindowCall(scope, prepared, true) : makeAggregate(scope, prepared);
  }
  if (facts.kind === "w") return makeWindowCall(scope, prepared, false);
  if (facts.returnsSet) checkSetPlacement(scope, hadSets, position);
  return {
    kind: "function",
    function: facts.oid,
    args: prepared.args,
    returnsSet: facts.returnsSet,
    variadic: prepared.variadic,
    form: formOf(call),
    ...(prepared.written ? { written: prepared.written } : {}),
    type: prepared.result,
    typmod: -1,
    collation: INVALID_OID,
    position,
  };
}

const formOf = (call: FuncCall): CoercionForm =>
  call.funcformat === "COERCE_SQL_SYNTAX" ? "sql" : "call";

/** Puts arguments in order, adds defaults, resolves polymorphic types, coerces. */
function prepare(
  scope: Scope,
  call: FilteredCall,
  candidate: FunctionCandidate,
  given: readonly Expression[],
  display: string,
  position: number | undefined,
): PreparedCall {
  const { names } = scope;
  const { facts } = candidate;
  const { args, declared } = placeArguments(scope, candidate, given);
  const inputs = args.map((arg) => arg.type);
  const resolved = resolvePolymorphic(names, inputs, declared, facts.result);
  let coerced = args.map((arg, at) =>
    coerceType(scope, arg, resolved.args[at] as Oid, -1, "implicit", "implicit"),
  );
  let variadic = call.func_variadic ?? false;
  if (variadic && facts.variadic === ANY) checkVariadicArray(scope, given);
  if (candidate.expanded > 0 && facts.variadic !== ANY) {
    coerced = gatherVariadic(scope, coerced, candidate.expanded);
    variadic = true;
  }
  const written = writtenArguments(call, candidate, given.length);
  const { result } = resolved;
  const prepared = { call, candidate, args: coerced, result, variadic, position, display };
  return written ? { ...prepared, written } : prepared;
}

/** VARIADIC "any" may be anything but must be an array. */
function checkVariadicArray(scope: Scope, given: readonly Expression[]): void {
  const last = given.at(-1);
  if (!last) return;
  const facts = scope.names.type(baseType(scope.names, last.type));
  if (elementType(facts) !== INVALID_OID) return;
  throw new SqlError("42804", "VARIADIC argument must be an array").at(positionOf(last));
}

/**
 * Arguments in the order and with the names of the text, where that is not simply the order of the
 * parameters.
 */
function writtenArguments(
  call: FuncCall,
  { defaulted, parameters }: FunctionCandidate,
  count: number,
): FunctionCall["written"] {
  if (defaulted === 0 && !parameters) return undefined;
  return Array.from({ length: count }, (_, at) => {
    const node = call.args?.[at];
    const arg = parameters?.[at] ?? at;
    const name = node && "NamedArgExpr" in node ? node.NamedArgExpr.name : undefined;
    return name === undefined ? { arg } : { arg, name };
  });
}

function placeArguments(
  scope: Scope,
  candidate: FunctionCandidate,
  given: readonly Expression[],
): { args: readonly Expression[]; declared: readonly Oid[] } {
  if (candidate.defaulted === 0 && !candidate.parameters) {
    return { args: given, declared: candidate.args };
  }
  const { facts, parameters } = candidate;
  const placed: (Expression | undefined)[] = facts.args.map(() => undefined);
  for (const [at, arg] of given.entries()) placed[parameters?.[at] ?? at] = arg;
  const args = placed.map((arg, at) => arg ?? defaultOf(scope, candidate, at));
  return { args, declared: facts.args };
}

function defaultOf(scope: Scope, { facts }: FunctionCandidate, at: number): Expression {
  if (facts.oid >= FIRST_USER_OID) {
    const row = scope.names.catalog.find(pgProc, "key", [facts.oid]);
    const trees = row?.proargdefaults ? decodeTrees(row.proargdefaults) : [];
    const tree = trees[at - (facts.args.length - trees.length)];
    if (tree) return tree;
  }
  const literals = builtinDefaults.get(facts.oid);
  const literal = literals?.[at - (facts.args.length - literals.length)];
  const type = facts.args[at];
  if (literal === undefined || type === undefined) {
    throw new AssertionError(`function ${facts.oid} has no default for parameter ${at + 1}`);
  }
  return typedConstant(scope, unknownConstant(literal), type, -1);
}

function gatherVariadic(scope: Scope, args: readonly Expression[], expanded: number): Expression[] {
  const kept = args.slice(0, args.length - expanded);
  const elements = args.slice(args.length - expanded);
  const first = elements[0] as Expression;
  const array: Expression = {
    kind: "array",
    elementType: first.type,
    elements,
    multidimensional: false,
    type: arrayOf(scope.names, first.type),
    typmod: -1,
    collation: INVALID_OID,
    position: first.position,
  };
  return [...kept, array];
}

/** What only aggregates may have. */
function rejectDecorations(call: FuncCall, display: string, position: number | undefined): void {
  const fail = (what: string) =>
    new SqlError("42809", `${what}, but ${display} is not an aggregate function`).at(position);
  if (call.agg_star) throw fail(`${display}(*) specified`);
  if (call.agg_distinct) throw fail("DISTINCT specified");
  if (call.agg_within_group) throw fail("WITHIN GROUP specified");
  if (call.agg_order) throw fail("ORDER BY specified");
  if (call.agg_filter) throw fail("FILTER specified");
  if (call.over) {
    const message = `OVER specified, but ${display} is not a window function nor an aggregate function`;
    throw new SqlError("42809", message).at(position);
  }
}

function functionFault(
  scope: Scope,
  call: FuncCall,
  display: string,
  shape: Parameters<typeof resolveFunction>[2],
  kind: "missing" | "ambiguous",
  noun: "function" | "procedure",
): SqlError {
  const unnamed = shape.types.length - shape.argNames.length;
  const types = shape.types.map((type, at) => {
    const name = shape.argNames[at - unnamed];
    const text = typeText(scope.names, type);
    return name === undefined ? text : `${name} => ${text}`;
  });
  const signature = `${display}(${types.join(", ")})`;
  if (kind === "ambiguous") {
    const hint = `Could not choose a best candidate ${noun}. You might need to add explicit type casts.`;
    return new SqlError("42725", `${noun} ${signature} is not unique`, { hint });
  }
  const hint =
    (call.agg_order?.length ?? 0) > 1 && !call.agg_within_group
      ? "No aggregate function matches the given name and argument types. Perhaps you misplaced ORDER BY; ORDER BY must appear after all regular arguments of the aggregate."
      : `No ${noun} matches the given name and argument types. You might need to add explicit type casts.`;
  return new SqlError("42883", `${noun} ${signature} does not exist`, { hint });
}
