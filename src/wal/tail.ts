/**
 * THE TAIL OF THE LOG: what the place behind the last valid group means.
 *
 * One append is in flight at a time, and the next begins only when it is durable. So a valid group
 * behind a damaged one proves that the damaged one was durable once: it is corrupt. Damage with
 * nothing valid behind it is the append that a crash interrupted; nobody was told of it, so it is
 * cut off.
 *
 *   header   zero   nothing but zeroes from here to the end of the segment
 *            bad    the length does not fit, or the lsn is not the one due here
 *            good   both fit
 *   crc, chain      of a group with a good header
 *   further         a valid group stands further on, or a later segment has begun
 */
import type { Inspection } from "./group.ts";

export type Verdict = "entry" | "end" | "torn" | "corrupt";

export interface Place extends Omit<Inspection, "size"> {
  readonly further: boolean;
}

type Cell<T> = T | "*";
type Rule = readonly [
  header: Cell<Place["header"]>,
  crc: Cell<Place["crc"]>,
  chain: Cell<Place["chain"]>,
  further: Cell<boolean>,
  verdict: Verdict,
  reason: string,
];

/** The first rule that fits decides. */
export const TAIL_RULES: readonly Rule[] = [
  ["good", "good", "good", "*", "entry", "a valid group"],
  ["good", "good", "bad", "*", "corrupt", "a whole group of another history: no crash writes that"],
  ["zero", "*", "*", true, "corrupt", "a group was here, for a valid one follows"],
  ["bad", "*", "*", true, "corrupt", "a damaged group that was durable, for a valid one follows"],
  [
    "good",
    "bad",
    "*",
    true,
    "corrupt",
    "a damaged group that was durable, for a valid one follows",
  ],
  ["zero", "*", "*", false, "end", "preallocated space: nothing was ever written here"],
  ["bad", "*", "*", false, "torn", "a crash while appending; never acknowledged"],
  ["good", "bad", "*", false, "torn", "the header reached the disk before the payload did"],
];

export function judge(place: Place): { readonly verdict: Verdict; readonly reason: string } {
  for (const [header, crc, chain, further, verdict, reason] of TAIL_RULES) {
    if (
      fits(header, place.header) &&
      fits(crc, place.crc) &&
      fits(chain, place.chain) &&
      fits(further, place.further)
    ) {
      return { verdict, reason };
    }
  }
  throw new RangeError("no rule fits the tail");
}

const fits = <T>(cell: Cell<T>, value: T): boolean => cell === "*" || cell === value;
