/**
 * DESCRIPTORS of what a transaction has opened: numbers from 0, the least one that is free. They
 * end with the transaction, or with the savepoint that it goes back to.
 */
import type { Oid } from "../base/ids.ts";

export interface Descriptor {
  readonly object: Oid;
  /** What was to be seen when it was opened to be read; undefined: it may write, and sees all. */
  readonly seen: unknown;
  position: number;
}

export type DescriptorMark = ReadonlyMap<number, readonly [of: Descriptor, position: number]>;

const NONE: DescriptorMark = new Map();

export class Descriptors {
  readonly #open = new Map<number, Descriptor>();

  get mark(): DescriptorMark {
    if (this.#open.size === 0) return NONE;
    return new Map([...this.#open].map(([number, of]) => [number, [of, of.position]]));
  }

  add(descriptor: Descriptor): number {
    let number = 0;
    while (this.#open.has(number)) number++;
    this.#open.set(number, descriptor);
    return number;
  }

  find(number: number): Descriptor | undefined {
    return this.#open.get(number);
  }

  close(number: number): void {
    this.#open.delete(number);
  }

  closeAll(object: Oid): void {
    for (const [number, of] of this.#open) if (of.object === object) this.#open.delete(number);
  }

  /** What was opened since is closed. */
  closeSince(mark: DescriptorMark): void {
    for (const [number, of] of this.#open) {
      if (mark.get(number)?.[0] !== of) this.#open.delete(number);
    }
  }

  /** All is as it was: the statement runs again. */
  undoTo(mark: DescriptorMark): void {
    this.#open.clear();
    for (const [number, [of, position]] of mark) {
      of.position = position;
      this.#open.set(number, of);
    }
  }
}
