/**
 * WHICH TRANSACTIONS RUN, of those that have an id, and what became of the last ones. Ids are given
 * out in order, so that what is neither running nor remembered has long ended.
 */
import { xid as toXid, type Xid } from "../base/ids.ts";

/** Outcomes that are remembered. */
const REMEMBERED_MAX = 16_384;

export class RunningXids {
  readonly #running = new Set<Xid>();
  #newestEnded: Xid;
  readonly #ended = new Map<Xid, boolean>();

  /** `next`: the first id that will be given out. */
  constructor(next: Xid) {
    this.#newestEnded = toXid(next - 1);
  }

  begin(xid: Xid): Xid {
    this.#running.add(xid);
    return xid;
  }

  end(xid: Xid, committed: boolean): void {
    this.#running.delete(xid);
    if (xid > this.#newestEnded) this.#newestEnded = xid;
    this.#ended.set(xid, committed);
    if (this.#ended.size <= REMEMBERED_MAX) return;
    const [oldest] = this.#ended.keys();
    if (oldest !== undefined) this.#ended.delete(oldest);
  }

  /** All that have ended are before `end`; the others before it, in order, still run. */
  snapshot(): { readonly end: Xid; readonly running: readonly Xid[] } {
    const end = toXid(this.#newestEnded + 1);
    const running = [...this.#running].filter((one) => one < end);
    return { end, running: running.sort((a, b) => a - b) };
  }

  statusOf(xid: Xid): "committed" | "aborted" | "in progress" | undefined {
    if (this.#running.has(xid)) return "in progress";
    const committed = this.#ended.get(xid);
    if (committed === undefined) return undefined;
    return committed ? "committed" : "aborted";
  }
}
