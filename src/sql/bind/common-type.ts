/**
 * THE COMMON TYPE of several expressions: UNION, CASE, COALESCE, VALUES, ARRAY, IN, anycompatible.
 * https://www.postgresql.org/docs/15/typeconv-union-case.html
 */
import type { Oid } from "../../base/ids.ts";
import { baseType } from "./base-type.ts";
import type { Names } from "./names.ts";
import { coercesTo } from "./pathway.ts";
import { TEXT, UNKNOWN } from "./type-oids.ts";

export type CommonType =
  | { readonly type: Oid }
  /** Types of two categories meet: those before `at`, and the one there. */
  | { readonly type?: undefined; readonly sofar: Oid; readonly at: number };

export function commonTypeOf(names: Names, types: readonly Oid[]): CommonType {
  const first = types[0];
  if (first === undefined) return { type: TEXT };
  if (first !== UNKNOWN && types.every((type) => type === first)) return { type: first };
  let chosen = names.type(baseType(names, first));
  for (let at = 1; at < types.length; at++) {
    const next = names.type(baseType(names, types[at] as Oid));
    if (next.oid === UNKNOWN || next.oid === chosen.oid) continue;
    if (chosen.oid === UNKNOWN) {
      chosen = next;
    } else if (next.category !== chosen.category) {
      return { sofar: chosen.oid, at };
    } else if (
      !chosen.preferred &&
      coercesTo(names, chosen.oid, next.oid, "implicit") &&
      !coercesTo(names, next.oid, chosen.oid, "implicit")
    ) {
      chosen = next;
    }
  }
  return { type: chosen.oid === UNKNOWN ? TEXT : chosen.oid };
}
