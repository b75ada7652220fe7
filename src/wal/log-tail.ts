/** FOLLOWING A LOG: what every implementation in this process shares of `tail`. */
import type { Entry, Log, Position } from "./log.ts";

const PROGRESS_MS = 1000;
const ENTRIES_AT_ONCE = 64;

export class LogTail {
  private readonly progressMs: number;
  private readonly waiting = new Set<() => void>();
  private closed = false;
  /** Counts wake-ups, so that one between a look and a wait is not missed. */
  private wakes = 0;

  constructor(progressMs: number = PROGRESS_MS) {
    this.progressMs = progressMs;
  }

  /** Something was appended or trimmed: followers look again. */
  wake(): void {
    this.wakes++;
    for (const resume of this.waiting) resume();
  }

  /** Followers end. */
  close(): void {
    this.closed = true;
    this.wake();
  }

  async *follow(
    log: Pick<Log, "read">,
    from: Position,
    signal: AbortSignal,
  ): AsyncGenerator<Entry | undefined, void> {
    let next = from;
    while (!this.closed && !signal.aborted) {
      const { wakes } = this;
      const entries = await log.read(next, ENTRIES_AT_ONCE);
      for (const entry of entries) {
        if (signal.aborted) return;
        yield entry;
        next = entry.next;
      }
      const idle = entries.length === 0 && wakes === this.wakes && !signal.aborted;
      if (idle && !(await this.woken(signal))) yield undefined;
    }
  }

  /** False if nothing happened for the time after which a follower wants a sign of life. */
  private woken(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (woken: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", resume);
        this.waiting.delete(resume);
        resolve(woken);
      };
      const resume = (): void => finish(true);
      const timer = setTimeout(() => finish(false), this.progressMs);
      timer.unref();
      signal.addEventListener("abort", resume, { once: true });
      this.waiting.add(resume);
    });
  }
}
