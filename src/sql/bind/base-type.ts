/** Domains as the types under them, arrays as their elements. */
import { type Oid, oid } from "../../base/ids.ts";
import type { TypeFacts } from "./facts.ts";
import type { Names } from "./names.ts";

/** The base type and typmod under a domain (of domains). */
export function baseTypeOf(names: Names, type: Oid): { type: Oid; typmod: number } {
  let facts = names.type(type);
  let typmod = -1;
  while (facts.kind === "d") {
    typmod = typmod < 0 ? facts.baseTypmod : typmod;
    facts = names.type(facts.baseType);
  }
  return { type: facts.oid, typmod };
}
export const baseType = (names: Names, type: Oid): Oid =>
  type === 0 ? type : baseTypeOf(names, type).type;

export const elementType = (facts: TypeFacts): Oid => (facts.isArray ? facts.element : oid(0));
