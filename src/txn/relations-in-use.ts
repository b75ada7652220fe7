/**
 * RELATIONS THAT THE TRANSACTION'S RUNNING STATEMENTS READ OR WRITE: functions that such a
 * statement calls must not alter them under it.
 */
import type { Oid } from "../base/ids.ts";

export class RelationsInUse {
  readonly #counts = new Map<Oid, number>();

  has(relation: Oid): boolean {
    return this.#counts.has(relation);
  }

  /** Until the work is done, or the promise that it returns. */
  during<T>(relations: readonly Oid[], work: () => T): T {
    this.#add(relations);
    let isPending = false;
    try {
      const result = work();
      if (!(result instanceof Promise)) return result;
      isPending = true;
      return result.finally(() => this.#remove(relations)) as T;
    } finally {
      if (!isPending) this.#remove(relations);
    }
  }

  #add(relations: readonly Oid[]): void {
    for (const each of relations) this.#counts.set(each, (this.#counts.get(each) ?? 0) + 1);
  }
  #remove(relations: readonly Oid[]): void {
    for (const each of relations) {
      const left = (this.#counts.get(each) ?? 0) - 1;
      if (left > 0) this.#counts.set(each, left);
      else this.#counts.delete(each);
    }
  }
}
