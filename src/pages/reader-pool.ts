/**
 * READER THREADS for queries that are too long for the main thread or whose rows are streamed. A
 * query waits until a thread is idle; threads are started when first needed and kept.
 *
 * A cancelled query's thread notices through the shared flag within some thousand rows. One that
 * does not (it is inside one long step without tick) is abandoned: its query ends at once, another
 * thread takes its place, and it is ended as soon as SQLite lets go of it.
 *
 * Commit the store before `run`: threads see what was committed.
 */
import type { Worker } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import { SqlError } from "../base/sql-error.ts";
import type { TableLayout } from "./layout.ts";
import type { QueryParameters, SeenBulks, SqliteValue } from "./query-connection.ts";
import {
  decodeError,
  type FromReader,
  type ReaderThreadData,
  type ToReader,
} from "./reader-protocol.ts";
import type { ScanMeter } from "./scan-meter.ts";
import { NO_CHANGES, type OverlayChanges } from "./store.ts";
import { startWorker } from "./worker.ts";

export interface ReaderPoolOptions {
  readonly path: string;
  readonly layouts: readonly TableLayout[];
  /** Module that registers the functions; see RegisterFunctions in reader-protocol.ts. */
  readonly module: URL;
  /** Given to its `register` on every thread; must be cloneable. */
  readonly initial?: unknown;
  readonly threadsMax?: number;
  /** How long a cancelled query may go on before its thread is abandoned. */
  readonly stopMs?: number;
}

export interface ReaderQuery {
  readonly sql: string;
  readonly parameters: QueryParameters;
  readonly overlay?: OverlayChanges;
  /** Bulks whose rows it sees. */
  readonly bulks?: SeenBulks;
  /** What the module's functions must know of this query; must be cloneable. */
  readonly context?: unknown;
  readonly timeoutMs?: number;
  readonly batchRows?: number;
  /** Of the job that it belongs to. */
  readonly meter?: ScanMeter | undefined;
  /** Aborted = cancelled: the rows end with its reason when that is an Error, else with 57014. */
  readonly signal?: AbortSignal;
}

export type RowBatch = readonly (readonly SqliteValue[])[];

const NO_BULKS: SeenBulks = { now: new Set(), since: [] };
const THREADS_MAX = 2;
const STOP_MS = 5_000;
const BATCH_ROWS = 512;

export class ReaderPool {
  readonly #options: ReaderPoolOptions;
  readonly #threads = new Set<Thread>();
  readonly #idle: Thread[] = [];
  readonly #waiting: (() => void)[] = [];
  #closed = false;

  constructor(options: ReaderPoolOptions) {
    this.#options = options;
  }

  /** Threads that exist, busy or not. */
  get threads(): number {
    return this.#threads.size;
  }

  /** The query's rows, batch by batch; one batch is computed ahead while the last one is read. */
  async *run(query: ReaderQuery): AsyncGenerator<RowBatch, void, undefined> {
    const thread = await this.#acquire(query.signal);
    const left = new AbortController();
    const signal = query.signal ? AbortSignal.any([query.signal, left.signal]) : left.signal;
    let coming: Promise<Rows> | undefined;
    try {
      let reply = await thread.ask(requestOf(query), signal);
      while (true) {
        coming = reply.last ? undefined : thread.ask({ kind: "next" }, signal);
        // It may fail while the batch before is read, which whoever awaits it will see.
        coming?.catch(() => {});
        if (reply.rows.length > 0) yield reply.rows;
        if (coming === undefined) return;
        reply = await coming;
        coming = undefined;
      }
    } finally {
      left.abort();
      await coming?.catch(() => {});
      await this.#release(thread);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    await Promise.all([...this.#threads].map((thread) => thread.end()));
    this.#threads.clear();
    this.#idle.length = 0;
  }

  async #acquire(signal: AbortSignal | undefined): Promise<Thread> {
    const { threadsMax = THREADS_MAX, stopMs = STOP_MS } = this.#options;
    while (true) {
      assert(!this.#closed, "the reader pool is closed");
      if (signal?.aborted) throw cancellation(signal);
      const idle = this.#idle.pop();
      if (idle) return idle;
      if (this.#threads.size < threadsMax) {
        const thread = new Thread(this.#options, stopMs);
        this.#threads.add(thread);
        return thread;
      }
      await this.#becomesIdle(signal);
    }
  }

  #becomesIdle(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(wake), 1);
        resolve();
      };
      this.#waiting.push(wake);
      signal?.addEventListener("abort", giveUp, { once: true });
    });
  }

  async #release(thread: Thread): Promise<void> {
    await thread.stop();
    if (thread.usable && !this.#closed) this.#idle.push(thread);
    else this.#threads.delete(thread);
    this.#waiting.shift()?.();
  }
}

type Rows = Extract<FromReader, { kind: "rows" }>;

const requestOf = (query: ReaderQuery): ToReader => ({
  kind: "run",
  sql: query.sql,
  parameters: query.parameters,
  overlay: query.overlay ?? NO_CHANGES,
  bulks: query.bulks ?? NO_BULKS,
  context: query.context,
  timeoutMs: query.timeoutMs,
  batchRows: query.batchRows ?? BATCH_ROWS,
  meter: query.meter?.shared,
});

function cancellation(signal: AbortSignal): Error {
  if (signal.reason instanceof SqlError) return signal.reason;
  return new SqlError("57014", "canceling statement due to user request");
}

/** One worker: answers one question at a time. */
class Thread {
  readonly #worker: Worker;
  readonly #cancelFlag = new Int32Array(new SharedArrayBuffer(4));
  readonly #stopMs: number;
  #answer: ((reply: FromReader | Error) => void) | undefined;
  #dead: Error | undefined;
  /** Whether the thread has a query of which rows may be left. */
  #open = false;

  constructor(options: ReaderPoolOptions, stopMs: number) {
    this.#stopMs = stopMs;
    const workerData: ReaderThreadData = {
      path: options.path,
      layouts: options.layouts,
      module: options.module.href,
      initial: options.initial,
      cancelFlag: this.#cancelFlag,
    };
    this.#worker = startWorker("reader-thread", workerData);
    this.#worker.on("message", (reply: FromReader) => this.#answer?.(reply));
    this.#worker.on("error", (error) => this.#die(error));
    this.#worker.on("exit", (code) => this.#die(new Error(`a reader thread ended with ${code}`)));
    this.#worker.unref();
  }

  get usable(): boolean {
    return this.#dead === undefined;
  }

  /** Throws what the query threw, or the cancellation. */
  async ask(message: ToReader, signal: AbortSignal | undefined): Promise<Rows> {
    if (this.#dead) throw this.#dead;
    if (signal?.aborted) throw cancellation(signal);
    this.#open = true;
    const reply = await this.#exchange(message, signal);
    if (reply instanceof Error) throw signal?.aborted ? cancellation(signal) : reply;
    if (reply.kind === "failed") {
      this.#open = false;
      throw signal?.aborted ? cancellation(signal) : decodeError(reply.error);
    }
    if (reply.last) this.#open = false;
    return reply;
  }

  /** Ends the query that its consumer does not want to read to the end. */
  async stop(): Promise<void> {
    if (!this.#open || this.#dead) return;
    this.#open = false;
    await this.#exchange({ kind: "stop" }, undefined);
  }

  async end(): Promise<void> {
    this.#die(new Error("the reader pool is closed"));
    await this.#worker.terminate();
  }

  #exchange(message: ToReader, signal: AbortSignal | undefined): Promise<FromReader | Error> {
    assert(!this.#answer, "a reader thread answers one question at a time");
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const cancel = () => {
        Atomics.store(this.#cancelFlag, 0, 1);
        timer = setTimeout(() => this.#abandon(), this.#stopMs);
      };
      this.#worker.ref();
      this.#answer = (reply) => {
        this.#answer = undefined;
        this.#worker.unref();
        clearTimeout(timer);
        signal?.removeEventListener("abort", cancel);
        Atomics.store(this.#cancelFlag, 0, 0);
        resolve(reply);
      };
      signal?.addEventListener("abort", cancel, { once: true });
      this.#worker.postMessage(message);
    });
  }

  #abandon(): void {
    this.#die(new Error("a reader thread did not stop"));
    // Resolves when SQLite returns to the thread; nobody waits for it.
    this.#worker.terminate().catch(() => {});
  }

  #die(error: Error): void {
    this.#dead ??= error;
    this.#answer?.(this.#dead);
  }
}
