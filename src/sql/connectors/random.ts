/** Numbers that look random and are decided by what they are of: the same after every start. */

/** The finalizer of MurmurHash3: 32 bits, each of which depends on all. */
function mixed(bits: number): number {
  let h = bits | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 32 bits of number `at` of a sequence of its own for each seed. */
function hash(seed: number, at: number): number {
  const [high, low] = [Math.floor(at / 2 ** 32), at >>> 0];
  return mixed(mixed(mixed(seed ^ 0x9e3779b9) ^ low) ^ (high + 0x7f4a7c15));
}

/** From 0 to less than 1. */
export function fraction(seed: number, at: number): number {
  const first = hash(seed, at);
  return (first * 2 ** 21 + (mixed(first ^ 0x2545f491) >>> 11)) / 2 ** 53;
}

/** A whole number from `from` to `to`, both of which it may be. */
export const between = (seed: number, at: number, from: number, to: number): number =>
  Math.min(from + Math.floor(fraction(seed, at) * (to - from + 1)), to);

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

export function letters(seed: number, at: number, length: number): string {
  let text = "";
  let state = hash(seed, at);
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += LETTERS[(state >>> 8) % LETTERS.length];
  }
  return text;
}
