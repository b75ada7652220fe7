/**
 * HOW LARGE A COMPUTED VALUE MAY BE, and how much of one may be computed on the session's thread:
 * what is larger stalls the other sessions, so the query starts again on a reader thread.
 */
import { SqlError } from "../../base/sql-error.ts";
import { BudgetExceeded } from "../../pages/query-guard.ts";
import type { FunctionContext } from "./registry.ts";

/** PostgreSQL's limit of elements, which its message names; ours is lower. */
const POSTGRES_ELEMENTS_MAX = 134_217_727;
const ELEMENTS_MAX = 1_000_000;
const ELEMENTS_HERE_MAX = 65_536;

const TEXT_BYTES_MAX = 64 * 1024 * 1024;
const TEXT_BYTES_HERE_MAX = 1024 * 1024;
/** Of all values of one query that are larger than a small one. */
const QUERY_BYTES_HERE_MAX = 16 * 1024 * 1024;
const SMALL_BYTES_MAX = 256;

const tooMany = (max: number) =>
  new SqlError("54000", `array size exceeds the maximum allowed (${max})`);
const tooLong = () => new SqlError("54000", "requested length too large");

/** Whether what is large has to be computed elsewhere: only the session's thread has effects. */
export const onSessionThread = (context: FunctionContext): boolean => context.effects !== undefined;

/** Before an array of so many elements is made. Throws 54000 or BudgetExceeded. */
export function checkElements(context: FunctionContext, count: number): void {
  if (count <= ELEMENTS_HERE_MAX) return;
  if (count > POSTGRES_ELEMENTS_MAX) throw tooMany(POSTGRES_ELEMENTS_MAX);
  if (count > ELEMENTS_MAX) throw tooMany(ELEMENTS_MAX);
  if (onSessionThread(context)) {
    throw new BudgetExceeded(`an array of ${count} elements`, tooMany(ELEMENTS_HERE_MAX));
  }
}

/** Elements that dimensions hold. Throws 54000, for negative ones too, as PostgreSQL does. */
export function elementsOf(dimensions: readonly number[]): number {
  if (dimensions.length > 6) {
    throw new SqlError(
      "54000",
      `number of array dimensions (${dimensions.length}) exceeds the maximum allowed (6)`,
    );
  }
  let count = 1;
  for (const length of dimensions) {
    if (length < 0) throw tooMany(POSTGRES_ELEMENTS_MAX);
    if (length === 0) return 0;
    count *= length;
  }
  if (count > POSTGRES_ELEMENTS_MAX) throw tooMany(POSTGRES_ELEMENTS_MAX);
  return count;
}

const INT4_MAX = 2_147_483_647;

/** Before an array that is written to grows, where its statement runs. Throws 54000. */
export function checkGrown(dimensions: readonly number[], lowerBounds: readonly number[]): void {
  if (elementsOf(dimensions) > ELEMENTS_MAX) throw tooMany(ELEMENTS_MAX);
  for (const [at, lower] of lowerBounds.entries()) {
    if (lower + (dimensions[at] ?? 0) <= INT4_MAX) continue;
    throw new SqlError("54000", `array lower bound is too large: ${lower}`);
  }
}

/** A sum over the calls of one query. */
export class QuerySum {
  #query: WeakRef<FunctionContext> | undefined;
  #sum = 0;

  /** The sum with this call's. */
  add(context: FunctionContext, value: number): number {
    if (this.#query?.deref() !== context) {
      this.#query = new WeakRef(context);
      this.#sum = 0;
    }
    this.#sum += value;
    return this.#sum;
  }
}

const made = new QuerySum();

/** As checkBytes, for what makes much of little: its values together are limited too. */
export function checkGrowth(context: FunctionContext, bytes: number): void {
  checkBytes(context, bytes);
  if (bytes <= SMALL_BYTES_MAX || !onSessionThread(context)) return;
  const sum = made.add(context, bytes);
  if (sum > QUERY_BYTES_HERE_MAX) throw new BudgetExceeded(`values of ${sum} bytes`, tooLong());
}

/** Before a text or bytea of so many bytes is made. Throws 54000 or BudgetExceeded. */
export function checkBytes(context: FunctionContext, bytes: number): void {
  if (bytes <= TEXT_BYTES_HERE_MAX) return;
  if (bytes > TEXT_BYTES_MAX) throw tooLong();
  if (onSessionThread(context)) throw new BudgetExceeded(`a value of ${bytes} bytes`, tooLong());
}
