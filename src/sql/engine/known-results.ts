/**
 * WHAT A QUERY'S FUNCTIONS HAVE ANSWERED. A function that is not volatile answers the same for the
 * same arguments throughout the query that calls it, so it runs once for each: conditions of
 * policies call one for every row. What the query, or a function that it calls, writes, and each
 * change of a setting, makes it forget; what a function has said to the client is said every time,
 * and one that calls volatile functions runs every time.
 */
import type { Scalar } from "../types/scalar.ts";

/** What must be as it was. */
export interface Surroundings {
  /** Of the query that is running. */
  readonly query: object;
  readonly mark: number;
  readonly epoch: number;
  readonly settings: number;
  /** What a call may have done that another would do again: notices, volatile functions. */
  readonly done: number;
}

type Rows = readonly (readonly Scalar[])[];

const RESULTS_MAX = 1_000;
const KEY_LENGTH_MAX = 200;

export class KnownResults {
  readonly #rows = new Map<string, Rows>();
  #at: Surroundings | undefined;

  find(called: string, values: readonly Scalar[], now: Surroundings): Rows | undefined {
    const { query, mark, epoch, settings } = this.#at ?? {};
    const isSame = query === now.query && mark === now.mark && epoch === now.epoch;
    if (!isSame || settings !== now.settings) this.#rows.clear();
    this.#at = now;
    return this.#rows.size === 0 ? undefined : this.#rows.get(keyOf(called, values) ?? "");
  }

  /** `now`: behind the call. Settings of the function's own have come and gone. */
  add(called: string, values: readonly Scalar[], rows: Rows, now: Surroundings): void {
    const before = this.#at;
    this.#at = now;
    if (before?.mark !== now.mark || before.done !== now.done || rows.length > 1) return;
    const key = keyOf(called, values);
    if (key !== undefined && this.#rows.size < RESULTS_MAX) this.#rows.set(key, rows);
  }
}

/** undefined: too long to be kept. */
function keyOf(called: string, values: readonly Scalar[]): string | undefined {
  let key = called;
  for (const value of values) {
    if (value instanceof Uint8Array) key += `/b${Buffer.from(value).toString("hex")}`;
    else if (typeof value === "string") key += `/s${value.length}:${value}`;
    else key += `/${typeof value}${value}`;
    if (key.length > KEY_LENGTH_MAX) return undefined;
  }
  return key;
}
