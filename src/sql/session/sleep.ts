/** Timers as waits: the statement runs again when the time is over. */
import { Wait, type Waiting } from "../../txn/wait.ts";

const TIMER_MS_MAX = 2 ** 31 - 1;

/** In ms, as performance.now counts them. */
export const momentIn = (ms: number): number => performance.now() + ms;
export const isPast = (moment: number): boolean => performance.now() >= moment;

class TimerWait extends Wait {
  readonly what = "a timer";
  override readonly event: readonly [type: string, name: string];
  readonly #endMs: number;

  constructor(seconds: number, event: readonly [type: string, name: string]) {
    super();
    this.event = event;
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

/** pg_sleep */
export class SleepWait extends TimerWait {
  constructor(seconds: number) {
    super(seconds, ["Timeout", "PgSleep"]);
  }
}

const LOOK_AGAIN_SECONDS = 0.02;

/** Until it is time to see whether a terminated session is gone. */
export class ExitWait extends TimerWait {
  constructor() {
    super(LOOK_AGAIN_SECONDS, ["IPC", "BackendTermination"]);
  }
}
