/**
 * WHICH TRANSACTIONS RUN, of those that have an id, and what became of the last ones. Ids are given
 * out in order, so that what is neither running nor remembered has long ended.
 */
import { xid as toXid, type Xid } from "../base/ids.ts";

/** Outcomes that are remembered; a power of two. */
const REMEMBERED = 16_384;
const UNKNOWN = 0;
const COMMITTED = 1;
const ABORTED = 2;

export class RunningXids {
  readonly #running = new Set<Xid>();
  #newestEnded: Xid;
  #newest: Xid;
  /** Of the last ids, each in its place of a ring. */
  readonly #outcomes = new Uint8Array(REMEMBERED);

  /** `next`: the first id that will be given out. */
  constructor(next: Xid) {
    this.#newestEnded = this.#newest = toXid(next - 1);
  }

  /** Ids come in order. */
  begin(xid: Xid): Xid {
    this.#running.add(xid);
    this.#newest = xid;
    this.#outcomes[xid % REMEMBERED] = UNKNOWN;
    return xid;
  }

  end(xid: Xid, committed: boolean): void {
    this.#running.delete(xid);
    if (xid > this.#newestEnded) this.#newestEnded = xid;
    if (this.#isRemembered(xid)) {
      this.#outcomes[xid % REMEMBERED] = committed ? COMMITTED : ABORTED;
    }
  }

  /** All that have ended are before `end`; the others before it, in order, still run. */
  snapshot(): { readonly end: Xid; readonly running: readonly Xid[] } {
    const end = toXid(this.#newestEnded + 1);
    const running = [...this.#running].filter((one) => one < end);
    return { end, running: running.sort((a, b) => a - b) };
  }

  statusOf(xid: Xid): "committed" | "aborted" | "in progress" | undefined {
    if (this.#running.has(xid)) return "in progress";
    const outcome = this.#isRemembered(xid) ? this.#outcomes[xid % REMEMBERED] : UNKNOWN;
    if (outcome === UNKNOWN) return undefined;
    return outcome === COMMITTED ? "committed" : "aborted";
  }

  #isRemembered(xid: Xid): boolean {
    return xid <= this.#newest && xid > this.#newest - REMEMBERED;
  }
}
