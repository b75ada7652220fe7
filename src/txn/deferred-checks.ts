/**
 * CONSTRAINTS THAT WAIT: which are put off to the commit, and the checks that were.
 * https://www.postgresql.org/docs/15/sql-set-constraints.html
 */
import type { Oid } from "../base/ids.ts";

/** A constraint that may be put off, as far as it says so itself. */
export interface Deferrable {
  readonly constraint: Oid;
  readonly deferrable: boolean;
  /** INITIALLY DEFERRED */
  readonly deferred: boolean;
}

interface Waiting {
  readonly constraint: Oid;
  readonly check: () => void;
  /** Whose definition must not change before; undefined = nobody's. */
  readonly relation: Oid | undefined;
}

/** What SET CONSTRAINTS has said, newest last. */
interface Order {
  /** None: ALL. */
  readonly constraints: ReadonlySet<Oid> | undefined;
  readonly deferred: boolean;
}

export interface DeferredMark {
  readonly waiting: number;
  readonly orders: number;
}

export class DeferredChecks {
  readonly #waiting: Waiting[] = [];
  readonly #orders: Order[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }
  get mark(): DeferredMark {
    return { waiting: this.#waiting.length, orders: this.#orders.length };
  }

  /** Puts the check off, if its constraint is; false: it is to be made now. */
  defer(
    { constraint, deferrable, deferred }: Deferrable,
    check: () => void,
    relation?: Oid,
  ): boolean {
    if (!deferrable) return false;
    const order = this.#orders.findLast(({ constraints: of }) => !of || of.has(constraint));
    if (!(order?.deferred ?? deferred)) return false;
    this.#waiting.push({ constraint, check, relation });
    return true;
  }

  /** Whether a check waits that is about rows of the relation as it is defined now. */
  concerns(relation: Oid): boolean {
    return this.#waiting.some((waiting) => waiting.relation === relation);
  }

  /** `constraints`: undefined = all. What is not put off any more is checked now. */
  set(constraints: readonly Oid[] | undefined, deferred: boolean): void {
    const of = constraints && new Set(constraints);
    if (!deferred) this.#check(({ constraint }) => !of || of.has(constraint));
    this.#orders.push({ constraints: of, deferred });
  }

  /** Checks everything that waits; throws what the first violation is, or a Wait. */
  checkAll(): void {
    this.#check(() => true);
  }

  /** In the order in which they were put off. Those that have passed do not wait any more. */
  #check(isMeant: (waiting: Waiting) => boolean): void {
    const meant = this.#waiting.filter(isMeant);
    for (const { check } of meant) check();
    const left = this.#waiting.filter((waiting) => !meant.includes(waiting));
    this.#waiting.splice(0, this.#waiting.length, ...left);
  }

  rollbackTo({ waiting, orders }: DeferredMark): void {
    this.#waiting.length = Math.min(this.#waiting.length, waiting);
    this.#orders.length = Math.min(this.#orders.length, orders);
  }
}
