/**
 * random() after setseed(): the numbers that PostgreSQL draws from the same seed, by xoroshiro128**
 * whose state splitmix64 fills. Without a seed chance is the machine's.
 * https://www.postgresql.org/docs/15/functions-math.html#FUNCTIONS-MATH-RANDOM-TABLE
 * https://prng.di.unimi.it/xoroshiro128starstar.c
 */
import { SqlError } from "../../base/sql-error.ts";
import { floatKey, floatOf, formatFloat } from "../types/floats.ts";
import { asBytes, define, defineInSession } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const turn = (value: bigint, bits: bigint): bigint =>
  wrap((value << bits) | (value >> (64n - bits)));

/** Bits of a number that random() answers. */
const BITS = 52;

/** Of one session. */
export class Chance {
  #state: readonly [bigint, bigint] | undefined;

  get isSeeded(): boolean {
    return this.#state !== undefined;
  }

  /** From -1 to 1. */
  seed(value: number): void {
    let state = wrap(BigInt(Math.trunc((2 ** BITS - 1) * value)));
    const next = (): bigint => {
      state = wrap(state + 0x9e3779b97f4a7c15n);
      let mixed = wrap((state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n);
      mixed = wrap((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
      return mixed ^ (mixed >> 31n);
    };
    this.#state = [next(), next()];
  }

  /** At least 0, less than 1; undefined: there is no seed. */
  next(): number | undefined {
    if (!this.#state) return undefined;
    const [first, second] = this.#state;
    const mixed = first ^ second;
    const drawn = wrap(turn(wrap(first * 5n), 7n) * 9n);
    this.#state = [turn(first, 24n) ^ mixed ^ wrap(mixed << 16n), turn(mixed, 37n)];
    return Number(drawn >> BigInt(64 - BITS)) / 2 ** BITS;
  }
}

export const chanceFunctions: readonly FunctionDefinition[] = [
  define("random()", ({ effects }) => floatKey(effects?.chance.next() ?? Math.random())),
  defineInSession("setseed(float8)", ({ chance }, value) => {
    const seed = floatOf(asBytes(value));
    if (!(seed >= -1 && seed <= 1)) {
      const shown = formatFloat(seed, false, -9);
      throw new SqlError("22023", `setseed parameter ${shown} is out of allowed range [-1,1]`);
    }
    chance.seed(seed);
    return "";
  }),
];
