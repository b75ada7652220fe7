/**
 * Advisory locks as one session takes them. The lock table knows whether a session holds one; how
 * often it does is counted here.
 */
import type { Oid } from "../../base/ids.ts";
import type { LockManager, LockOwner } from "../../txn/lock-manager.ts";
import { advisoryTag, type LockTag } from "../../txn/lock-tag.ts";
import type {
  AdvisoryKey,
  AdvisoryLocks,
  AdvisoryMode,
  AdvisoryScope,
} from "../functions/server.ts";

interface Holding {
  readonly tag: LockTag;
  readonly mode: AdvisoryMode;
  /** 0 = granted by a wait whose statement has not come back for it. */
  count: number;
}

export class SessionAdvisoryLocks implements AdvisoryLocks {
  readonly #locks: LockManager;
  readonly #owner: LockOwner;
  readonly #database: Oid;
  readonly #held = new Map<string, Holding>();
  /**
   * Answers of the statement's calls: a pass that ends in a Wait is followed by another, which
   * makes the same calls.
   */
  #answers: boolean[] = [];
  #at = 0;
  #statement = -1;

  constructor(locks: LockManager, owner: LockOwner, database: Oid) {
    this.#locks = locks;
    this.#owner = owner;
    this.#database = database;
  }

  /** A pass of the session's statement with this number begins. */
  beginPass(statement: number): void {
    this.#at = 0;
    if (statement === this.#statement) return;
    this.#statement = statement;
    if (this.#answers.length > 0) this.#answers = [];
  }

  /** The statement failed: what its wait was granted, and nobody counted, is given back. */
  settle(): void {
    for (const [key, holding] of this.#held) {
      if (holding.count === 0) this.#release(key, holding);
    }
  }

  lock(key: AdvisoryKey, mode: AdvisoryMode, scope: AdvisoryScope, wait: boolean): boolean {
    return this.#once(() => {
      const tag = this.#tagOf(key);
      const session = scope === "session";
      if (session) this.#expect(tag, mode);
      const granted = wait || this.#locks.tryAcquire(this.#owner, tag, mode, session);
      if (wait) this.#locks.acquire(this.#owner, tag, mode, session);
      if (session) this.#count(tag, mode, granted);
      return granted;
    });
  }

  unlock(key: AdvisoryKey, mode: AdvisoryMode): boolean {
    return this.#once(() => {
      const name = nameOf(this.#tagOf(key), mode);
      const holding = this.#held.get(name);
      if (!holding || holding.count === 0) return false;
      holding.count--;
      if (holding.count === 0) this.#release(name, holding);
      return true;
    });
  }

  unlockAll(): void {
    for (const [key, holding] of this.#held) this.#release(key, holding);
  }

  #once(act: () => boolean): boolean {
    const known = this.#answers[this.#at++];
    if (known !== undefined) return known;
    const answer = act();
    this.#answers.push(answer);
    return answer;
  }

  #tagOf({ classId, objectId, keys }: AdvisoryKey): LockTag {
    return advisoryTag(this.#database, classId, objectId, keys);
  }

  #expect(tag: LockTag, mode: AdvisoryMode): void {
    const name = nameOf(tag, mode);
    if (!this.#held.has(name)) this.#held.set(name, { tag, mode, count: 0 });
  }

  #count(tag: LockTag, mode: AdvisoryMode, granted: boolean): void {
    const name = nameOf(tag, mode);
    const holding = this.#held.get(name);
    if (holding && granted) holding.count++;
    if (holding?.count === 0) this.#held.delete(name);
  }

  #release(name: string, { tag, mode }: Holding): void {
    this.#held.delete(name);
    this.#locks.releaseSession(this.#owner, tag, mode);
  }
}

const nameOf = (tag: LockTag, mode: AdvisoryMode): string => `${tag.key} ${mode}`;
