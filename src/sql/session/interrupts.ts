/**
 * INTERRUPTS: how cancel, timeouts and the end of a session reach a statement that waits. A
 * statement that does not wait runs to completion within one event and cannot be interrupted from
 * outside.
 */
import { SqlError } from "../../base/sql-error.ts";

/** The longest delay that a Node timer takes. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export class Interrupts {
  #raised: SqlError | undefined;
  #by: string | undefined;
  #listeners: Set<(error: SqlError) => void> | undefined;
  #controller: AbortController | undefined;

  /** The error by which the running statement must end, if there is one. */
  get raised(): SqlError | undefined {
    return this.#raised;
  }

  /** The role that asked for the end of the statement, if one did. */
  get cancelledBy(): string | undefined {
    return this.#by;
  }

  /** Ends the running statement. The first error wins. `by`: the role that asked for it. */
  raise(error: SqlError, by?: string): void {
    if (this.#raised !== undefined) return;
    this.#raised = error;
    this.#by = by;
    this.#controller?.abort(error);
    for (const listener of this.#listeners ?? []) listener(error);
  }

  /** The next statement begins: what was raised for the one before is forgotten. */
  clear(): void {
    this.#raised = undefined;
    this.#by = undefined;
    this.#controller = undefined;
  }

  /** Aborted, with the error as its reason, when something is raised before the next `clear`. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#raised !== undefined) this.#controller.abort(this.#raised);
    }
    return this.#controller.signal;
  }

  /** Throws what was raised. */
  check(): void {
    if (this.#raised !== undefined) throw this.#raised;
  }

  /**
   * Calls the listener when something is raised, at once if it already was. Returns the end of
   * listening.
   */
  listen(listener: (error: SqlError) => void): () => void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    if (this.#raised !== undefined) listener(this.#raised);
    return () => this.#listeners?.delete(listener);
  }

  /**
   * Awaits `work`, unless something is raised first: then calls `cancel` and rejects with it.
   * `timeouts` are delays from now and the errors that they raise; a delay of 0 or less raises at
   * once.
   */
  async wait<T>(
    work: Promise<T>,
    cancel: () => void,
    timeouts: readonly (readonly [delayMs: number, error: () => SqlError])[],
  ): Promise<T> {
    const timers = timeouts.map(([delayMs, error]) =>
      setTimeout(() => this.raise(error()), Math.min(Math.max(delayMs, 0), TIMER_MS_MAX)),
    );
    let stop: (() => void) | undefined;
    try {
      const raised = new Promise<never>((_, reject) => {
        stop = this.listen(reject);
      });
      return await Promise.race([work, raised]);
    } catch (error) {
      cancel();
      throw error;
    } finally {
      stop?.();
      for (const timer of timers) clearTimeout(timer);
    }
  }
}

export const statementCancelled = (): SqlError =>
  new SqlError("57014", "canceling statement due to user request");
export const statementTimedOut = (): SqlError =>
  new SqlError("57014", "canceling statement due to statement timeout");
export const lockTimedOut = (): SqlError =>
  new SqlError("55P03", "canceling statement due to lock timeout");
