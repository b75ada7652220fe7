/**
 * PATHWAYS: which types become which, and how explicit the request must be.
 * https://www.postgresql.org/docs/15/typeconv.html
 *
 * A pathway from a source to a target type is one of
 *   relabel   same representation; nothing happens at run time
 *   function  a pg_cast function of one to three arguments (value, typmod, is explicit)
 *   array     each element by the pathway of the element types
 *   io        output function, then input function: to strings by assignment, from strings
 *   explicitly
 * pg_cast's castcontext says how explicit the request must be; domains count as their base types.
 */
import type { Oid } from "../../base/ids.ts";
import { baseType, elementType } from "./base-type.ts";
import type { CastFacts } from "./facts.ts";
import type { Names } from "./names.ts";
import * as t from "./type-oids.ts";

export type CoercionContext = "implicit" | "assignment" | "explicit";

export type Pathway =
  | { readonly kind: "relabel" }
  | { readonly kind: "function"; readonly function: Oid }
  | { readonly kind: "array" }
  | { readonly kind: "io" };

const allowedBy: Readonly<Record<CoercionContext, string>> = {
  implicit: "i",
  assignment: "ia",
  explicit: "iae",
};

export function findPathway(
  names: Names,
  target: Oid,
  source: Oid,
  context: CoercionContext,
): Pathway | undefined {
  const to = baseType(names, target);
  const from = baseType(names, source);
  if (to === from) return { kind: "relabel" };
  const cast = names.cast(from, to);
  if (cast) return allowedBy[context].includes(cast.context) ? pathwayOf(cast) : undefined;
  const targetFacts = names.type(to);
  const sourceFacts = names.type(from);
  const isVector = to === t.OIDVECTOR || to === t.INT2VECTOR;
  if (!isVector && targetFacts.isArray && sourceFacts.isArray) {
    const element = findPathway(names, targetFacts.element, sourceFacts.element, context);
    if (element) return { kind: "array" };
  }
  if (context !== "implicit" && targetFacts.category === "S") return { kind: "io" };
  if (context === "explicit" && sourceFacts.category === "S") return { kind: "io" };
  return undefined;
}

function pathwayOf(cast: CastFacts): Pathway {
  if (cast.method === "f") return { kind: "function", function: cast.function };
  return cast.method === "i" ? { kind: "io" } : { kind: "relabel" };
}

export const isComposite = (names: Names, type: Oid): boolean =>
  names.type(baseType(names, type)).kind === "c";
const isCompositeArray = (names: Names, type: Oid): boolean => {
  const element = elementType(names.type(baseType(names, type)));
  return element !== 0 && isComposite(names, element);
};

/** Whether one type may become another that is not polymorphic. */
export function coercesTo(
  names: Names,
  input: Oid,
  target: Oid,
  context: CoercionContext,
): boolean {
  if (input === target || target === t.ANY || input === t.UNKNOWN) return true;
  if (findPathway(names, target, input, context)) return true;
  if (input === t.RECORD && isComposite(names, target)) return true;
  return isAnonymousOf(names, target, input) || isDerivedRow(names, target, input);
}

/** A row of a table that inherits from the target's, or is of its type, in any context. */
export const isDerivedRow = (names: Names, target: Oid, input: Oid): boolean =>
  isComposite(names, target) &&
  isComposite(names, input) &&
  names.isDerivedRow(baseType(names, target), baseType(names, input));

/** Rows of a named type are records, their arrays arrays of records. */
export const isAnonymousOf = (names: Names, target: Oid, input: Oid): boolean =>
  (target === t.RECORD && isComposite(names, input)) ||
  (target === t.RECORD_ARRAY && isCompositeArray(names, input));

/** How a type is cut or padded to a typmod: pg_cast from the type to itself. */
export function findLengthPathway(names: Names, type: Oid): Pathway | undefined {
  const facts = names.type(type);
  const subject = facts.isArray && facts.length === -1 ? facts.element : type;
  const cast = names.builtin.cast(subject, subject);
  if (!cast || cast.function === 0) return undefined;
  return subject === type ? { kind: "function", function: cast.function } : { kind: "array" };
}
