/**
 * FUNCTIONS BY NAME AND ARGUMENTS: VARIADIC expansion, defaults, named notation, and casts that
 * look like calls.
 * https://www.postgresql.org/docs/15/typeconv-func.html
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { matching, selectCandidate } from "./candidates.ts";
import type { FunctionFacts } from "./facts.ts";
import type { Names } from "./names.ts";
import { findPathway, isComposite } from "./pathway.ts";
import { ANY, RECORD, UNKNOWN } from "./type-oids.ts";

export interface FunctionName {
  readonly schema?: string;
  readonly name: string;
}

/** One way to call a function with the given arguments. */
export interface FunctionCandidate {
  readonly facts: FunctionFacts;
  /** Declared types, one for each given argument. */
  readonly args: readonly Oid[];
  /** How many given arguments the VARIADIC parameter takes; 0 = not expanded. */
  readonly expanded: number;
  /** How many trailing parameters take their defaults, in positional notation. */
  readonly defaulted: number;
  /** Named notation: the parameter number of each given argument. */
  readonly parameters: readonly number[] | undefined;
}

export type Resolution =
  | { readonly kind: "found"; readonly candidate: FunctionCandidate }
  | { readonly kind: "cast"; readonly type: Oid }
  | { readonly kind: "ambiguous" }
  | { readonly kind: "missing" };

export interface CallShape {
  readonly types: readonly Oid[];
  /** Names of the last arguments, in named notation. */
  readonly argNames: readonly string[];
  /** The only argument is a literal: as the name of a type, the function is a cast. */
  readonly literal?: boolean;
  /** The last argument is marked VARIADIC, so no expansion. */
  readonly variadic: boolean;
  /** Arguments stand for a procedure's OUT parameters, too. */
  readonly withOutputs?: boolean;
}

export function resolveFunction(
  names: Names,
  name: FunctionName,
  call: CallShape,
  position?: number,
): Resolution {
  const candidates = candidatesFor(names, name, call, position);
  const same = (each: FunctionCandidate) => each.args.every((type, at) => type === call.types[at]);
  const exact = candidates.find(same);
  if (exact) return found(exact, candidates);
  const type = castByName(names, name, call);
  if (type !== undefined) return { kind: "cast", type };
  const matches = matching(names, call.types, candidates);
  if (matches.length === 0) return { kind: "missing" };
  const chosen = selectCandidate(names, call.types, matches);
  return chosen ? found(chosen, candidates) : { kind: "ambiguous" };
}

/** One that takes these arguments by its defaults is as good as another that takes them. */
function found(chosen: FunctionCandidate, candidates: readonly FunctionCandidate[]): Resolution {
  const rival = candidates.some(
    (each) =>
      each !== chosen &&
      each.defaulted + chosen.defaulted > 0 &&
      each.facts.namespace === chosen.facts.namespace &&
      each.args.every((type, at) => type === chosen.args[at]),
  );
  return rival ? { kind: "ambiguous" } : { kind: "found", candidate: chosen };
}

function candidatesFor(
  names: Names,
  name: FunctionName,
  call: CallShape,
  position: number | undefined,
): readonly FunctionCandidate[] {
  const namespace =
    name.schema === undefined ? undefined : names.getNamespace(name.schema, position);
  const kept: FunctionCandidate[] = [];
  for (const named of names.functionsNamed(namespace, name.name)) {
    const facts = call.withOutputs ? withOutputs(named) : named;
    const candidate =
      call.argNames.length > 0 ? namedCandidate(facts, call) : positionalCandidate(facts, call);
    if (!candidate) continue;
    const twin = kept.findIndex((each) => sameArgs(each, candidate));
    const before = kept[twin];
    if (!before) kept.push(candidate);
    else if (before.facts.namespace !== candidate.facts.namespace) continue;
    else if (before.expanded > 0 && candidate.expanded === 0) kept[twin] = candidate;
    else if (before.expanded > 0 || candidate.expanded === 0) kept.push(candidate);
  }
  return kept;
}

const withOutputs = (facts: FunctionFacts): FunctionFacts =>
  facts.kind === "p" && facts.allArgs ? { ...facts, args: facts.allArgs, modes: null } : facts;

const sameArgs = (a: FunctionCandidate, b: FunctionCandidate): boolean =>
  a.args.length === b.args.length && a.args.every((type, at) => type === b.args[at]);

function positionalCandidate(facts: FunctionFacts, call: CallShape): FunctionCandidate | undefined {
  const given = call.types.length;
  const declared = facts.args.length;
  const base = { facts, parameters: undefined };
  if (facts.variadic !== INVALID_OID && !call.variadic && given >= declared) {
    const expanded = given - declared + 1;
    const args = facts.args.slice(0, declared - 1);
    for (let at = 0; at < expanded; at++) args.push(facts.variadic);
    return { ...base, args, expanded, defaulted: 0 };
  }
  if (declared === given) return { ...base, args: facts.args, expanded: 0, defaulted: 0 };
  if (declared < given || given + facts.defaultCount < declared) return undefined;
  const args = facts.args.slice(0, given);
  return { ...base, args, expanded: 0, defaulted: declared - given };
}

function namedCandidate(facts: FunctionFacts, call: CallShape): FunctionCandidate | undefined {
  const given = call.types.length;
  const declared = facts.args.length;
  if (given > declared || given + facts.defaultCount < declared) return undefined;
  if (facts.variadic !== INVALID_OID && !call.variadic) return undefined;
  if (!facts.names) return undefined;
  const inputs = inputNames(facts);
  const positional = given - call.argNames.length;
  const parameters = Array.from({ length: positional }, (_, at) => at);
  for (const name of call.argNames) {
    const at = inputs.indexOf(name);
    if (at < positional || parameters.includes(at)) return undefined;
    parameters.push(at);
  }
  for (let at = 0; at < declared - facts.defaultCount; at++) {
    if (!parameters.includes(at)) return undefined;
  }
  const args = parameters.map((at) => facts.args[at] ?? INVALID_OID);
  return { facts, args, expanded: 0, defaulted: declared - given, parameters };
}

/** Names of the input parameters, in order. */
function inputNames(facts: FunctionFacts): readonly string[] {
  if (!facts.names) return [];
  if (!facts.modes) return facts.names;
  return facts.names.filter((_, at) => "ibv".includes(facts.modes?.[at] ?? "i"));
}

/** f(x) where f is a type and the cast needs no function of its own. */
function castByName(names: Names, name: FunctionName, call: CallShape): Oid | undefined {
  const source = call.types[0];
  if (source === undefined || call.types.length !== 1) return undefined;
  if (call.argNames.length > 0) return undefined;
  const namespace = name.schema === undefined ? undefined : names.findNamespace(name.schema);
  const type = names.findTypeCalled(namespace, name.name);
  if (!type?.defined || type.oid === ANY) return undefined;
  if (type.kind === "c" && type.relation !== 0) return undefined;
  if (source === UNKNOWN && call.literal) return type.oid;
  const pathway = findPathway(names, type.oid, source, "explicit");
  if (pathway?.kind === "relabel") return type.oid;
  if (pathway?.kind !== "io") return undefined;
  const fromRecord = source === RECORD || isComposite(names, source);
  return fromRecord && type.category === "S" ? undefined : type.oid;
}
