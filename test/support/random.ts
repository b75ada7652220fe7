/** Chance that a seed repeats. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /**
   * A fraction in [0, 1). https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
   */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }

  /** Another source, different for each `number`. */
  fork(number: number): Random {
    return new Random(Math.imul(this.#state ^ Math.imul(number + 1, 0x9e3779b1), 0x85ebca6b));
  }
}

/** SEED of the environment, else a new one. Whoever draws one prints it. */
export function seedOfRun(): number {
  const given = process.env["SEED"];
  return given === undefined ? (Date.now() ^ (process.pid << 16)) >>> 0 : Number(given);
}
