/**
 * WAITING IS A RESTART. Statements run synchronously. Where one would have to wait (a lock that is
 * held, a reservation that is not yet durable) it throws a Wait; whoever runs the statement undoes
 * what it staged, awaits, and runs it again from the start. So names are resolved again after every
 * wait, by construction.
 */
import type { SqlError } from "../base/sql-error.ts";

export abstract class Wait {
  /** Joins the queue. Throws SqlError 40P01 when waiting would close a cycle. */
  abstract start(): Waiting;
  /** What is waited for, in words: `relation "t"`. */
  abstract readonly what: string;
  /** What has been done is of no use: it must be done again from the start. */
  readonly startsAgain: boolean = false;
  /** As pg_stat_activity shows it; undefined for locks, the only waits that lock_timeout ends. */
  readonly event: readonly [type: string, name: string] | undefined = undefined;
  /**
   * The longest that this wait may take whatever the settings allow, and the error when it is over.
   */
  readonly limit: { readonly ms: number; readonly error: () => SqlError } | undefined = undefined;
}

export interface Waiting {
  /** Settles when the wait is over; rejects only when the server stops. */
  readonly done: Promise<void>;
  /** Leaves the queue: the statement was cancelled or timed out. Harmless when the wait is over. */
  cancel(): void;
}

/** A wait that ends after a while with an error of its own. */
export class LimitedWait extends Wait {
  readonly #inner: Wait;
  override readonly limit: { readonly ms: number; readonly error: () => SqlError };

  constructor(inner: Wait, ms: number, error: () => SqlError) {
    super();
    this.#inner = inner;
    this.limit = { ms, error };
  }

  override get what(): string {
    return this.#inner.what;
  }

  override start(): Waiting {
    return this.#inner.start();
  }
}
