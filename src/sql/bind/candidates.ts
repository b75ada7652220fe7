/**
 * CHOOSING among functions or operators of one name by the types of the arguments.
 * https://www.postgresql.org/docs/15/typeconv-func.html
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { baseType } from "./base-type.ts";
import type { Names } from "./names.ts";
import { canCoerce } from "./polymorphic.ts";
import { UNKNOWN } from "./type-oids.ts";

/** `args`: one declared type for each given argument. */
export interface Candidate {
  readonly args: readonly Oid[];
}

/** Those whose arguments the inputs may become implicitly. */
export const matching = <C extends Candidate>(
  names: Names,
  inputs: readonly Oid[],
  candidates: readonly C[],
): C[] =>
  candidates.filter(
    (each) => each.args.length === inputs.length && canCoerce(names, inputs, each.args, "implicit"),
  );

/** Keeps those with the greatest count. */
function best<C>(candidates: readonly C[], count: (candidate: C) => number): readonly C[] {
  let most = 0;
  let kept: C[] = [];
  for (const candidate of candidates) {
    const found = count(candidate);
    if (found > most || kept.length === 0) {
      most = found;
      kept = [candidate];
    } else if (found === most) kept.push(candidate);
  }
  return kept;
}

/** The one best candidate of those that match, or undefined: none or several. */
export function selectCandidate<C extends Candidate>(
  names: Names,
  inputs: readonly Oid[],
  matches: readonly C[],
): C | undefined {
  if (matches.length <= 1) return matches[0];
  const bases = inputs.map((type) => (type === UNKNOWN ? UNKNOWN : baseType(names, type)));
  let kept = best(matches, (each) => countWhere(bases, (base, at) => base === each.args[at]));
  if (kept.length === 1) return kept[0];
  kept = best(kept, (each) =>
    countWhere(bases, (base, at) => {
      const target = each.args[at] ?? INVALID_OID;
      if (target === base) return true;
      const facts = names.type(target);
      return facts.preferred && facts.category === names.type(base).category;
    }),
  );
  if (kept.length === 1) return kept[0];
  if (!bases.includes(UNKNOWN)) return undefined;
  kept = byCategory(names, bases, kept);
  return kept.length === 1 ? kept[0] : bySameType(names, bases, kept);
}

function countWhere(bases: readonly Oid[], test: (base: Oid, at: number) => boolean): number {
  let count = 0;
  for (let at = 0; at < bases.length; at++) {
    const base = bases[at] as Oid;
    if (base !== UNKNOWN && test(base, at)) count++;
  }
  return count;
}

/** For each literal: strings if any candidate takes one, else the category that all share. */
function byCategory<C extends Candidate>(
  names: Names,
  bases: readonly Oid[],
  candidates: readonly C[],
): readonly C[] {
  const slots = new Map<number, { category: string; preferred: boolean }>();
  for (const [at, base] of bases.entries()) {
    if (base !== UNKNOWN) continue;
    const slot = slotOf(names, candidates, at);
    if (!slot) return candidates;
    slots.set(at, slot);
  }
  const kept = candidates.filter((each) =>
    [...slots].every(([at, slot]) => {
      const facts = names.type(each.args[at] ?? INVALID_OID);
      return facts.category === slot.category && (!slot.preferred || facts.preferred);
    }),
  );
  return kept.length > 0 ? kept : candidates;
}

function slotOf(names: Names, candidates: readonly Candidate[], at: number) {
  let category: string | undefined;
  let preferred = false;
  let conflict = false;
  for (const each of candidates) {
    const facts = names.type(each.args[at] ?? INVALID_OID);
    if (category === undefined) {
      category = facts.category;
      preferred = facts.preferred;
    } else if (facts.category === category) preferred ||= facts.preferred;
    else if (facts.category === "S") {
      category = "S";
      preferred = facts.preferred;
    } else conflict = true;
  }
  if (category === undefined || (conflict && category !== "S")) return undefined;
  return { category, preferred };
}

/** If all typed arguments are of one type, literals are taken to be of it too. */
function bySameType<C extends Candidate>(
  names: Names,
  bases: readonly Oid[],
  candidates: readonly C[],
): C | undefined {
  const known = bases.filter((base) => base !== UNKNOWN);
  const type = known[0];
  if (type === undefined || known.some((each) => each !== type)) return undefined;
  const assumed = bases.map(() => type);
  const kept = candidates.filter((each) => canCoerce(names, assumed, each.args, "implicit"));
  return kept.length === 1 ? kept[0] : undefined;
}
