/**
 * OIDS THAT DDL WITHIN A CALL TAKES. A statement that has to wait is taken back and done again,
 * with the same ones: a sequence that it makes finds the values that were reserved for it.
 */
import type { Oid } from "../../base/ids.ts";

export class TakenOids {
  readonly #allocate: () => Oid;
  readonly #taken: Oid[] = [];
  #from = 0;
  #at = 0;

  constructor(allocate: () => Oid) {
    this.#allocate = allocate;
  }

  /** What is taken from here on may be taken back. */
  begin(): void {
    this.#from = this.#at;
  }

  takeBack(): void {
    this.#at = this.#from;
  }

  readonly next = (): Oid => {
    const known = this.#taken[this.#at++];
    if (known !== undefined) return known;
    const oid = this.#allocate();
    this.#taken.push(oid);
    return oid;
  };
}
