/**
 * BUSY POLLING: for a moment after an answer the event loop looks for the next message again and
 * again before it goes to sleep. A client that has its answer often asks at once, and waking a
 * thread that sleeps is a good part of what a short statement takes. An idle server sleeps, and so
 * does one whose clients all wait for something.
 */
import { performance } from "node:perf_hooks";

export class BusyPoll {
  #ms = 0;
  readonly #look = () => this.#again();
  #until = 0;
  #looking = false;

  /** How long, 0: never. */
  set micros(micros: number) {
    this.#ms = micros / 1000;
  }

  /** A client was answered, and may ask again. */
  expect(): void {
    if (this.#ms === 0) return;
    this.#until = performance.now() + this.#ms;
    if (this.#looking) return;
    this.#looking = true;
    setImmediate(this.#look);
  }

  #again(): void {
    if (performance.now() < this.#until) setImmediate(this.#look);
    else this.#looking = false;
  }
}
