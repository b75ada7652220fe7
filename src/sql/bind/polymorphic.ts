/**
 * POLYMORPHIC TYPES: what anyelement, anyarray, anyrange … and the anycompatible family stand for
 * in a call.
 * https://www.postgresql.org/docs/15/extend-type-system.html#EXTEND-TYPES-POLYMORPHIC
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { baseType, elementType } from "./base-type.ts";
import { commonTypeOf } from "./common-type.ts";
import type { Names } from "./names.ts";
import { type CoercionContext, coercesTo } from "./pathway.ts";
import * as t from "./type-oids.ts";
import { typeText } from "./type-text.ts";

interface Solution {
  element: Oid;
  array: Oid;
  range: Oid;
  multirange: Oid;
  common: Oid;
  commonRange: Oid;
  nonArray: boolean;
  isEnum: boolean;
}
/** Said only when it is an error: most candidates are asked whether they fit, and do not. */
type Fault = { readonly say: () => Said };
type Said = { readonly message: string; readonly detail?: string };

/** Whether every input may become its target. Polymorphic targets must agree with each other. */
export function canCoerce(
  names: Names,
  inputs: readonly Oid[],
  targets: readonly Oid[],
  context: CoercionContext,
): boolean {
  let generic = false;
  for (let at = 0; at < inputs.length; at++) {
    const target = targets[at] as Oid;
    if (t.isPolymorphic(target)) generic = true;
    else if (!coercesTo(names, inputs[at] as Oid, target, context)) return false;
  }
  return !generic || !("say" in solve(names, inputs, targets));
}

export interface ResolvedCall {
  readonly args: readonly Oid[];
  readonly result: Oid;
}

/**
 * The declared types of a call with what the polymorphic ones stand for. Where the input has a
 * type, a polymorphic declaration of the simple family stays: nothing is to be coerced. Throws
 * 42804.
 */
export function resolvePolymorphic(
  names: Names,
  inputs: readonly Oid[],
  declared: readonly Oid[],
  result: Oid,
): ResolvedCall {
  if (!declared.some(t.isPolymorphic)) return { args: declared, result };
  const solution = solve(names, inputs, declared);
  if ("say" in solution) throw fault(solution.say());
  if (solution.array === t.ANYARRAY) checkAlone(declared, result);
  checkDetermined(names, solution, inputs, declared);
  const args = declared.map((type, at) => {
    if (!t.isPolymorphic(type)) return type;
    const open = inputs[at] === t.UNKNOWN || t.isCompatiblePolymorphic(type);
    return open ? concrete(names, solution, type) : type;
  });
  return { args, result: t.isPolymorphic(result) ? concrete(names, solution, result) : result };
}

const fault = ({ message, detail }: Said): SqlError =>
  new SqlError("42804", message, detail ? { detail } : {});

/** A value of pg_stats' type anyarray may be given where nothing else follows from its elements. */
function checkAlone(declared: readonly Oid[], result: Oid): void {
  const isAlone = declared.filter(t.isSimplePolymorphic).length === 1;
  if (isAlone && (result === t.ANYARRAY || !t.isSimplePolymorphic(result))) return;
  throw fault({ message: 'cannot determine element type of "anyarray" argument' });
}

function checkDetermined(
  names: Names,
  solution: Solution,
  inputs: readonly Oid[],
  declared: readonly Oid[],
): void {
  if (declared.some((type) => t.isSimplePolymorphic(type)) && solution.element === 0) {
    const message = "could not determine polymorphic type because input has type unknown";
    throw fault({ message });
  }
  const open = declared.find(
    (type, at) => inputs[at] === t.UNKNOWN && (type === t.ANYRANGE || type === t.ANYMULTIRANGE),
  );
  if (open !== undefined && solution.range === 0) throw undetermined(names, open);
  const compatible = declared.find(
    (type, at) =>
      inputs[at] === t.UNKNOWN &&
      (type === t.ANYCOMPATIBLERANGE || type === t.ANYCOMPATIBLEMULTIRANGE),
  );
  if (compatible !== undefined && solution.commonRange === 0) throw undetermined(names, compatible);
}

const undetermined = (names: Names, type: Oid): SqlError =>
  fault({
    message: `could not determine polymorphic type ${typeText(names, type)} because input has type unknown`,
  });

function concrete(names: Names, solution: Solution, type: Oid): Oid {
  switch (type) {
    case t.ANYELEMENT:
    case t.ANYNONARRAY:
    case t.ANYENUM:
      return solution.element;
    case t.ANYARRAY:
      return solution.array || arrayOf(names, solution.element);
    case t.ANYRANGE:
      return solution.range;
    case t.ANYMULTIRANGE:
      return solution.multirange;
    case t.ANYCOMPATIBLEARRAY:
      return arrayOf(names, solution.common);
    case t.ANYCOMPATIBLERANGE:
      return solution.commonRange;
    case t.ANYCOMPATIBLEMULTIRANGE:
      return names.multirangeOfRange(solution.commonRange) ?? INVALID_OID;
    default:
      return solution.common;
  }
}

export function arrayOf(names: Names, element: Oid, position?: number): Oid {
  const facts = names.type(element);
  if (facts.array !== 0) return facts.array;
  const message = `could not find array type for data type ${typeText(names, element)}`;
  throw new SqlError("42704", message).at(position);
}

const notAlike = (names: Names, family: string, a: Oid, b: Oid): Fault => ({
  say: () => ({
    message: `arguments declared "${family}" are not all alike`,
    detail: `${typeText(names, a)} versus ${typeText(names, b)}`,
  }),
});

const isNot = (names: Names, what: string, kind: string, input: Oid): Fault => ({
  say: () => ({
    message: `argument declared ${what} is not ${kind} but type ${typeText(names, input)}`,
  }),
});

function solve(names: Names, inputs: readonly Oid[], declared: readonly Oid[]): Solution | Fault {
  const none = INVALID_OID;
  const solution: Solution = {
    element: none,
    array: none,
    range: none,
    multirange: none,
    common: none,
    commonRange: none,
    nonArray: false,
    isEnum: false,
  };
  const compatible: Oid[] = [];
  let usesCompatible = false;
  for (let at = 0; at < declared.length; at++) {
    const type = declared[at] as Oid;
    if (!t.isPolymorphic(type)) continue;
    if (type === t.ANYNONARRAY) solution.nonArray = true;
    if (type === t.ANYENUM) solution.isEnum = true;
    if (t.isCompatiblePolymorphic(type)) usesCompatible = true;
    const input = inputs[at] ?? t.UNKNOWN;
    if (input === t.UNKNOWN) continue;
    const found = t.isCompatiblePolymorphic(type)
      ? collectCompatible(names, solution, compatible, type, input)
      : collectSimple(names, solution, type, input);
    if (found) return found;
  }
  return (
    deriveElement(names, solution) ??
    checkElement(names, solution) ??
    (usesCompatible ? deriveCommon(names, solution, compatible) : undefined) ??
    solution
  );
}

function collectSimple(names: Names, solution: Solution, type: Oid, input: Oid): Fault | undefined {
  const slot =
    type === t.ANYARRAY
      ? "array"
      : type === t.ANYRANGE
        ? "range"
        : type === t.ANYMULTIRANGE
          ? "multirange"
          : "element";
  const actual = slot === "element" ? input : baseType(names, input);
  const before = solution[slot];
  if (before !== 0 && before !== actual) return notAlike(names, `any${slot}`, before, actual);
  solution[slot] = actual;
  return undefined;
}

function collectCompatible(
  names: Names,
  solution: Solution,
  compatible: Oid[],
  type: Oid,
  input: Oid,
): Fault | undefined {
  const actual = baseType(names, input);
  switch (type) {
    case t.ANYCOMPATIBLEARRAY: {
      const element = elementType(names.type(actual));
      if (element === 0) return isNot(names, "anycompatiblearray", "an array", input);
      compatible.push(element);
      return undefined;
    }
    case t.ANYCOMPATIBLERANGE:
    case t.ANYCOMPATIBLEMULTIRANGE: {
      const multi = type === t.ANYCOMPATIBLEMULTIRANGE;
      const range = multi ? names.rangeOfMultirange(actual) : actual;
      const subtype = range === undefined ? undefined : names.rangeSubtype(range);
      if (range === undefined || subtype === undefined) {
        return multi
          ? isNot(names, "anycompatiblemultirange", "a multirange type", input)
          : isNot(names, "anycompatiblerange", "a range type", input);
      }
      if (solution.commonRange !== 0 && solution.commonRange !== range) {
        return notAlike(names, "anycompatiblerange", solution.commonRange, range);
      }
      solution.commonRange = range;
      compatible.push(subtype);
      return undefined;
    }
    default:
      compatible.push(input);
      return undefined;
  }
}

function deriveElement(names: Names, solution: Solution): Fault | undefined {
  if (solution.array === t.ANYARRAY) {
    solution.element ||= t.ANYELEMENT;
  } else if (solution.array !== 0) {
    const element = arrayElement(names, solution);
    if (element === 0) return isNot(names, "anyarray", "an array", solution.array);
    const found = agree(names, solution, element, "anyarray");
    if (found) return found;
  }
  if (solution.multirange !== 0) {
    const range = names.rangeOfMultirange(solution.multirange);
    if (range === undefined) {
      return isNot(names, "anymultirange", "a multirange type", solution.multirange);
    }
    if (solution.range !== 0 && solution.range !== range) {
      return inconsistent(names, "anymultirange", "anyrange", solution.multirange, solution.range);
    }
    solution.range = range;
  }
  if (solution.range === 0) return undefined;
  const subtype = names.rangeSubtype(solution.range);
  if (subtype === undefined) return isNot(names, "anyrange", "a range type", solution.range);
  solution.multirange = names.multirangeOfRange(solution.range) ?? solution.multirange;
  return agree(names, solution, subtype, "anyrange");
}

function checkElement(names: Names, solution: Solution): Fault | undefined {
  // Nothing is said of it: no function fits.
  if (solution.element === 0 && solution.isEnum) return { say: () => ({ message: "" }) };
  if (solution.element === 0 || solution.element === t.ANYELEMENT) return undefined;
  const facts = names.type(baseType(names, solution.element));
  const matched = (what: string): Fault => ({
    say: () => ({ message: `type matched to ${what}: ${typeText(names, solution.element)}` }),
  });
  if (solution.nonArray && facts.isArray) return matched("anynonarray is an array type");
  // A domain over an enum is none.
  if (solution.isEnum && names.type(solution.element).kind !== "e") {
    return matched("anyenum is not an enum type");
  }
  return undefined;
}

const arrayElement = (names: Names, solution: Solution): Oid =>
  elementType(names.type(solution.array));

function agree(names: Names, solution: Solution, element: Oid, from: string): Fault | undefined {
  if (solution.element === 0) {
    solution.element = element;
    return undefined;
  }
  if (solution.element === element) return undefined;
  const whole = from === "anyarray" ? solution.array : solution.range;
  return inconsistent(names, from, "anyelement", whole, solution.element);
}

const inconsistent = (names: Names, a: string, b: string, first: Oid, second: Oid): Fault => ({
  say: () => ({
    message: `argument declared ${a} is not consistent with argument declared ${b}`,
    detail: `${typeText(names, first)} versus ${typeText(names, second)}`,
  }),
});

function deriveCommon(names: Names, solution: Solution, types: readonly Oid[]): Fault | undefined {
  const common = commonTypeOf(names, types);
  if (common.type === undefined) {
    const say = () => {
      const first = typeText(names, common.sofar);
      const second = typeText(names, types[common.at] ?? common.sofar);
      return { message: `argument types ${first} and ${second} cannot be matched` };
    };
    return { say };
  }
  const { type } = common;
  solution.common = type;
  const stuck = types.find((each) => !coercesTo(names, each, type, "implicit"));
  if (stuck !== undefined) {
    const message = () =>
      `argument of anycompatible type could not convert ${typeText(names, stuck)}`;
    return { say: () => ({ message: message() }) };
  }
  if (solution.commonRange !== 0) {
    const subtype = names.rangeSubtype(solution.commonRange);
    if (subtype !== type) {
      return inconsistent(names, "anycompatiblerange", "anycompatible", solution.commonRange, type);
    }
  }
  return undefined;
}
