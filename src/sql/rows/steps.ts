/**
 * WORK IN STEPS: between two of them others run, or something is waited for. Within a call of a
 * function it is done at once: whoever does it so is never asked to pause.
 */
import { assert } from "../../base/assert.ts";

export type Steps<T> = Generator<Promise<void>, T, void>;

export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  let next = steps.next();
  while (!next.done) {
    try {
      await next.value;
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next();
  }
  return next.value;
}

/** What is there at once, or waited for. */
export function* awaited<T>(value: T | Promise<T>): Steps<T> {
  if (!(value instanceof Promise)) return value;
  const got: T[] = [];
  yield value.then((settled) => void got.push(settled));
  return got[0] as T;
}

export function atOnce<T>(steps: Steps<T>): T {
  const { done, value } = steps.next();
  assert(done, "nobody else runs in between");
  return value;
}
