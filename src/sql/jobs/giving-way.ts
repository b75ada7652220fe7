/**
 * GIVING WAY: work of the server's own that can be done again ends when a client waits for a lock
 * that it has, and is tried again behind the client. After some times in a row it does so no more:
 * it takes its locks like anyone and keeps them to its end.
 */
import type { LockManager } from "../../txn/lock-manager.ts";
import type { CatalogSession } from "../session/session.ts";

/** How often in a row the same work gives way. */
export const GIVE_WAYS_MAX = 5;

/** What is known of one piece of work, over all its attempts. */
export class Giving {
  /** Times in a row. */
  times = 0;
  /** It was ended for somebody in this attempt. */
  now = false;

  get isDone(): boolean {
    return this.times >= GIVE_WAYS_MAX;
  }
}

export class GivingWay {
  /** Attempts by their sessions' process ids. */
  readonly #attempts = new Map<
    number,
    { readonly giving: Giving; readonly session: CatalogSession }
  >();
  readonly #locks: LockManager;
  readonly #isOwn: (processId: number) => boolean;

  /** `isOwn`: whether the server works in that session itself. */
  constructor(locks: LockManager, isOwn: (processId: number) => boolean) {
    this.#locks = locks;
    this.#isOwn = isOwn;
    locks.onWait = (processId) => this.look(processId);
  }

  /** Runs an attempt; when it ends well, giving way begins to count anew. */
  async during<T>(giving: Giving, session: CatalogSession, work: () => Promise<T>): Promise<T> {
    giving.now = false;
    this.#attempts.set(session.processId, { giving, session });
    try {
      const result = await work();
      giving.times = 0;
      giving.now = false;
      return result;
    } finally {
      this.#attempts.delete(session.processId);
    }
  }

  /** Ends what keeps this process waiting. */
  look(processId: number): void {
    if (this.#attempts.size === 0 || this.#isOwn(processId)) return;
    for (const blocking of this.#locks.blockingProcesses(processId)) {
      const attempt = this.#attempts.get(blocking);
      if (!attempt || attempt.giving.now || attempt.giving.isDone) continue;
      attempt.giving.now = true;
      attempt.giving.times++;
      attempt.session.cancel();
    }
  }

  /** Who waits since before an attempt began. */
  lookAtAll(): void {
    if (this.#attempts.size === 0) return;
    for (const { granted, processId } of this.#locks.rows()) if (!granted) this.look(processId);
  }
}
