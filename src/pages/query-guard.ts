/**
 * One query never stalls the others. SQLite cannot be interrupted from Node, so every scanned
 * sub-select and recursive arm calls `tick(column)`, a function that the planner may not factor
 * out. Every TICKS_PER_CHECK calls, or as often as the meter of a job says, it looks whether the
 * query was cancelled, is late or has had its share of rows, and throws.
 */
import { performance } from "node:perf_hooks";
import { SqlError } from "../base/sql-error.ts";
import type { ScanMeter } from "./scan-meter.ts";

const TICKS_PER_CHECK = 256;

/** Nobody ever wakes who waits on it. */
const sleeper = new Int32Array(new SharedArrayBuffer(4));

export interface QueryLimits {
  /** Calls of tick after which BudgetExceeded is thrown; checked every TICKS_PER_CHECK calls. */
  readonly ticksMax?: number;
  /** performance.now() at which BudgetExceeded is thrown; looked at as often. */
  readonly budgetEnd?: number;
  /** In milliseconds of this thread's performance.now(). */
  readonly deadline?: number;
  /** Counts the rows of a job, which waits on this thread to keep its rate. */
  readonly meter?: ScanMeter;
  /** Shared with whoever cancels: not 0 in element 0 = cancel. */
  readonly cancelFlag?: Int32Array;
}

/** The query is too long for the thread that runs it: it must run again on a reader thread. */
export class BudgetExceeded extends Error {
  override readonly name = "BudgetExceeded";
  /** What is wrong with a value, where it is not the rows or the time. */
  readonly refusal: SqlError | undefined;

  constructor(message: string, refusal?: SqlError) {
    super(message);
    this.refusal = refusal;
  }

  /** The error of a query that may not run elsewhere, because it changes its session. */
  get otherwise(): SqlError {
    return this.refusal ?? new SqlError("54001", "statement too complex");
  }
}

export class QueryGuard {
  #ticks = 0;
  /** At how many it looks again, and of how many the meter was told. */
  #next = TICKS_PER_CHECK;
  #told = 0;
  #limits: QueryLimits = {};

  /** Starts counting for one query; its limits hold until the next `begin`. */
  begin(limits: QueryLimits): void {
    this.#ticks = 0;
    this.#told = 0;
    this.#limits = limits;
    this.#lookLater();
  }

  /** Rows scanned since `begin`. */
  get ticks(): number {
    return this.#ticks;
  }

  /** Always 1n. Throws SqlError 57014 or BudgetExceeded. */
  readonly tick = (): bigint => {
    if (++this.#ticks >= this.#next) this.#afterMore();
    return 1n;
  };

  #lookLater(): void {
    this.#next = this.#ticks + (this.#limits.meter?.batchOf(TICKS_PER_CHECK) ?? TICKS_PER_CHECK);
  }

  #afterMore(): void {
    const { meter } = this.#limits;
    this.#tell();
    // It may throw.
    this.#lookLater();
    this.check();
    if (!meter) return;
    for (let delay = meter.delayMs(); delay > 0; delay = meter.delayMs()) {
      Atomics.wait(sleeper, 0, 0, delay);
      this.check();
    }
    this.#lookLater();
  }

  #tell(): void {
    this.#limits.meter?.add(this.#ticks - this.#told);
    this.#told = this.#ticks;
  }

  /** The query is over: rows since the meter was told last. */
  end(): void {
    this.#tell();
    this.#limits = {};
  }

  check(): void {
    const { cancelFlag, deadline, ticksMax, budgetEnd } = this.#limits;
    if (cancelFlag && Atomics.load(cancelFlag, 0) !== 0) {
      throw new SqlError("57014", "canceling statement due to user request");
    }
    if (deadline !== undefined && performance.now() >= deadline) {
      throw new SqlError("57014", "canceling statement due to statement timeout");
    }
    if (ticksMax !== undefined && this.#ticks >= ticksMax) {
      throw new BudgetExceeded(`the query has scanned ${this.#ticks} rows`);
    }
    if (budgetEnd !== undefined && performance.now() >= budgetEnd) {
      throw new BudgetExceeded(`the query takes too long after ${this.#ticks} rows`);
    }
  }
}
