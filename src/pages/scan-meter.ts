/**
 * THE METER OF A JOB: counts the rows that its scans read, on whatever thread, and holds them to a
 * rate. What scans calls `add` and then waits for as long as `delayMs` says, looking now and then
 * whether it was cancelled or given another rate.
 */
import { performance } from "node:perf_hooks";

/** As many rows a second as it can. */
export const UNLIMITED = -1;
/** The longest wait before the rate and the cancel flag are looked at again. */
const PACE_MS_MAX = 50;
/** Rows that are read at a time, at most, by a scan that is held to a rate. */
const BATCH_ROWS_MAX = 256;

const [ROWS, RATE] = [0, 1];

export class ScanMeter {
  /** Given to another thread, a meter over it counts the same rows. */
  readonly shared: SharedArrayBuffer;
  readonly #cells: BigInt64Array;
  /** About how many rows there are to be read. */
  total = 0;
  /** Since the rate was what it is. */
  #rate = UNLIMITED;
  #rowsThen = 0;
  #timeThen = 0;

  constructor(shared?: SharedArrayBuffer) {
    this.shared = shared ?? new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT);
    this.#cells = new BigInt64Array(this.shared);
    if (shared === undefined) this.rate = UNLIMITED;
    this.#startCounting();
  }

  /** What is read at this rate is counted from here. */
  #startCounting(): void {
    this.#rate = this.rate;
    this.#rowsThen = this.rows;
    this.#timeThen = performance.now();
  }

  get rows(): number {
    return Number(Atomics.load(this.#cells, ROWS));
  }
  set rows(rows: number) {
    Atomics.store(this.#cells, ROWS, BigInt(rows));
    this.#startCounting();
  }
  /** A step begins behind so many rows of about so many. */
  begin(rows: number, total: number): void {
    this.rows = rows;
    this.total = total;
  }
  add(rows: number): void {
    Atomics.add(this.#cells, ROWS, BigInt(rows));
  }

  /** Rows a second; UNLIMITED, and 0 = it rests. */
  get rate(): number {
    return Number(Atomics.load(this.#cells, RATE));
  }
  set rate(rate: number) {
    Atomics.store(this.#cells, RATE, BigInt(rate));
  }

  /** How long to wait before reading more, at most PACE_MS_MAX at a time; 0 = go on. */
  delayMs(): number {
    const { rate } = this;
    if (rate === UNLIMITED) return 0;
    if (rate !== this.#rate) this.#startCounting();
    if (rate === 0) return PACE_MS_MAX;
    const due = ((this.rows - this.#rowsThen) / rate) * 1000;
    return Math.min(Math.max(due - (performance.now() - this.#timeThen), 0), PACE_MS_MAX);
  }

  /** Rows to be read before delayMs is asked, up to `most`: few where few are let through. */
  batchOf(most: number): number {
    const { rate } = this;
    if (rate === UNLIMITED) return most;
    const paced = rate === 0 ? BATCH_ROWS_MAX : Math.ceil((rate * PACE_MS_MAX) / 1000);
    return Math.min(paced, BATCH_ROWS_MAX, most);
  }
}
