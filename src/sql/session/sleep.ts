/** pg_sleep as a wait: the statement runs again when the time is over. */
import { Wait, type Waiting } from "../../txn/wait.ts";

const TIMER_MS_MAX = 2 ** 31 - 1;

export class SleepWait extends Wait {
  readonly what = "pg_sleep";
  readonly #endMs: number;

  constructor(seconds: number) {
    super();
    this.#endMs = performance.now() + seconds * 1000;
  }

  start(): Waiting {
    let timer: NodeJS.Timeout;
    const done = new Promise<void>((resolve) => {
      const step = () => {
        const left = this.#endMs - performance.now();
        if (left <= 0) resolve();
        else timer = setTimeout(step, Math.min(left, TIMER_MS_MAX));
      };
      step();
    });
    return { done, cancel: () => clearTimeout(timer) };
  }
}
