/**
 * BACKGROUND JOBS: each has a session of its own, in which it takes its steps one by one, once a
 * slot is free. A step that fails ends its job: nothing of what it was making stays.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { unwanted } from "../../catalog/ddl/job-rows.ts";
import { isUnfinished, type JobTuple } from "../../catalog/jobs.ts";
import { rwJob } from "../../catalog/relations/rw-job.ts";
import { ScanMeter } from "../../pages/scan-meter.ts";
import type { Waiting } from "../../txn/wait.ts";
import type { FollowedJob } from "../session/jobs.ts";
import type { CatalogSession } from "../session/session.ts";
import { Giving } from "./giving-way.ts";
import { isPassing, type ServerWork } from "./server-work.ts";
import type { Slots } from "./slots.ts";
import { noteOf } from "./statement-jobs.ts";

/** A background job that has a worker. */
export interface BackgroundJob {
  readonly id: Oid;
  readonly database: Oid;
  readonly relation: Oid;
  /** SOURCE, SINK, … */
  readonly kind: string;
  readonly meter: ScanMeter;
  session: CatalogSession | undefined;
  /** As in rw_job. */
  phase: string;
  /** What is known of it, as the last commit says. */
  isOver: boolean;
  readonly giving: Giving;
  waitingFor: string | undefined;
  /** It waits for a slot no longer. */
  stopWaiting: (() => void) | undefined;
  /** Why it was not made. */
  failure: SqlError | undefined;
  /** It is to end so, and its step before it: a step that rests keeps what the end needs locked. */
  verdict: Verdict | undefined;
  /** Called when nothing of it goes on. */
  readonly ending: (() => void)[];
  timer: NodeJS.Timeout | undefined;
}

interface Verdict {
  readonly state: "failed" | "cancelled";
  readonly error?: SqlError;
  readonly by?: string;
}

const AGAIN_MS = 100;

/** One step of a job, in its session. */
export type Step = (job: BackgroundJob, session: CatalogSession) => Promise<void>;

export class BackgroundJobs {
  readonly #server: ServerWork;
  readonly #slots: Slots;
  readonly #step: Step;
  readonly #running = new Map<Oid, BackgroundJob>();
  readonly #workers = new Set<Promise<void>>();
  /** Who waits for jobs to finish. */
  readonly #finishing = new Set<() => void>();
  /** None begins. */
  isPaused = false;
  #closed = false;

  constructor(server: ServerWork, slots: Slots, step: Step) {
    this.#server = server;
    this.#slots = slots;
    this.#step = step;
  }

  has(id: Oid): boolean {
    return this.#running.has(id);
  }

  /** They end; `settled` when they have ended. */
  close(): void {
    this.#closed = true;
    for (const job of this.#running.values()) {
      clearTimeout(job.timer);
      job.session?.close();
    }
    this.#slots.wakeAll();
  }

  async settled(): Promise<void> {
    await Promise.all(this.#workers);
  }

  /** Forgotten, or gone with its database. */
  noteGone(id: Oid): void {
    const running = this.#running.get(id);
    if (running) this.#over(running);
  }

  #over(job: BackgroundJob): void {
    job.isOver = true;
    job.stopWaiting?.();
  }

  note(database: Oid, job: JobTuple): void {
    const running = this.#running.get(job.id);
    if (!isUnfinished(job)) {
      if (running) {
        this.#over(running);
        // Its own last step has nothing to be cancelled.
        if (job.state !== "created") setImmediate(() => running.session?.cancel());
      }
      setImmediate(() => this.#wakeFinishing());
    } else if (running) {
      running.meter.rate = Number(job.rate_limit);
      running.phase = job.phase;
      // A statement that waits for its job has made something already.
    } else if (job.background || job.relid !== 0) this.take(database, job);
  }

  take(database: Oid, job: JobTuple): void {
    if (this.#running.has(job.id) || this.#closed) return;
    const meter = new ScanMeter();
    meter.rate = Number(job.rate_limit);
    const running: BackgroundJob = {
      id: job.id,
      database,
      relation: job.relid,
      kind: job.kind,
      meter,
      session: undefined,
      phase: job.phase,
      isOver: false,
      giving: new Giving(),
      waitingFor: undefined,
      stopWaiting: undefined,
      failure: undefined,
      verdict: undefined,
      ending: [],
      timer: undefined,
    };
    this.#running.set(job.id, running);
    if (job.timeout_ms > 0n) {
      running.timer = setTimeout(() => {
        const error = new SqlError("57014", "canceling job due to ddl timeout");
        void this.#stop(running, { state: "failed", error });
      }, Number(job.timeout_ms));
    }
    const worker = this.#work(running).finally(() => this.#workers.delete(worker));
    this.#workers.add(worker);
  }

  async #work(job: BackgroundJob): Promise<void> {
    // The commit that asked for it is being applied.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.#isStopped(job) && (this.isPaused || !this.#slots.tryTake())) {
      job.waitingFor = this.isPaused ? "RESUME" : `one of ${this.#slots.limit} slots`;
      await this.#waitForSlot(job);
    }
    job.waitingFor = undefined;
    if (!this.#isStopped(job)) {
      await this.#steps(job);
      this.#slots.release();
    }
    clearTimeout(job.timer);
    this.#running.delete(job.id);
    for (const wake of job.ending) wake();
    this.#wakeFinishing();
  }

  async #waitForSlot(job: BackgroundJob): Promise<void> {
    const { done, cancel } = this.#slots.wait();
    const stopped = new Promise<void>((resolve) => {
      job.stopWaiting = resolve;
    });
    await Promise.race([done, stopped]);
    // Who comes next is not to wait for it.
    if (this.#isStopped(job)) cancel();
  }

  #isStopped(job: BackgroundJob): boolean {
    return job.isOver || this.#closed;
  }

  async #steps(job: BackgroundJob): Promise<void> {
    try {
      const session = await this.#server.open(job.database);
      job.session = session;
      while (!this.#isStopped(job)) {
        if (job.verdict) return await this.#end(job, job.verdict);
        await this.#tryAgain(job, () => this.#step(job, session));
        // What the step has committed is noted now.
        this.#server.publish();
      }
    } catch (error) {
      if (!this.#isStopped(job)) await this.#end(job, job.verdict ?? this.#verdictOn(job, error));
    } finally {
      job.session?.close();
    }
  }

  async #tryAgain(job: BackgroundJob, step: () => Promise<void> | undefined): Promise<void> {
    for (;;) {
      const { rows } = job.meter;
      try {
        return await step();
      } catch (error) {
        const isOver = this.#isStopped(job) || job.verdict !== undefined;
        if (isOver || !(job.giving.now || isPassing(error))) throw error;
        // A lock that it did not get in time: it has given way, too.
        if (!job.giving.now) job.giving.times++;
        job.giving.now = false;
        job.meter.rows = rows;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  /** Those that have a worker. */
  get running(): Iterable<Oid> {
    return this.#running.keys();
  }

  /** How far they are. */
  async writeDown(): Promise<void> {
    for (const { id, database, meter, waitingFor } of this.#running.values()) {
      await this.#server.once(database, noteOf(id, meter, waitingFor));
    }
  }

  #verdictOn(job: BackgroundJob, error: unknown): Verdict {
    const by = job.session?.cancelledBy;
    return {
      error: this.#sqlErrorOf(job, error),
      ...(by === undefined ? { state: "failed" } : { state: "cancelled", by }),
    };
  }

  #sqlErrorOf({ id }: BackgroundJob, error: unknown): SqlError {
    if (error instanceof SqlError) return error;
    this.#server.logger.error({ err: error, job: id }, "a job failed");
    return new SqlError("XX000", String(error));
  }

  /** By its worker, when it has one that works. */
  #stop(job: BackgroundJob, verdict: Verdict): Promise<void> {
    job.verdict = verdict;
    if (!job.session) return this.#end(job, verdict);
    this.#cancelStep(job);
    return Promise.resolve();
  }

  /** Again and again: a step may be about to begin its statement. */
  #cancelStep(job: BackgroundJob): void {
    if (!this.#running.has(job.id)) return;
    job.session?.cancel();
    setTimeout(() => this.#cancelStep(job), AGAIN_MS).unref();
  }

  async #end(job: BackgroundJob, { state, error, by }: Verdict): Promise<void> {
    job.failure = error;
    const body = {
      ...({ kind: "endJob", job: job.id, state, by } as const),
      ...(error === undefined ? {} : { error: error.message }),
    };
    for (;;) {
      try {
        return await this.#server.alone(job.database, body);
      } catch (failure) {
        if (this.#isStopped(job)) return;
        if (!isPassing(failure)) {
          this.#server.logger.error({ err: failure, job: job.id }, "a job could not end");
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  follow(database: Oid, id: Oid): FollowedJob {
    this.#server.publish();
    const running = this.#running.get(id);
    const done = new Promise<void>((resolve) => {
      if (running) running.ending.push(resolve);
      else resolve();
    });
    const failure = (): SqlError | undefined => {
      const state = this.#server.catalog(database).find(rwJob, "key", [id])?.state;
      return state === "created" ? undefined : (running?.failure ?? unwanted());
    };
    const end = async (error: unknown, by: string | undefined): Promise<void> => {
      if (!running) return;
      const failed = { state: "failed", error: this.#sqlErrorOf(running, error) } as const;
      await this.#stop(running, by === undefined ? failed : { state: "cancelled", by });
    };
    return {
      meter: running?.meter ?? new ScanMeter(),
      ended: { done, cancel: () => {} },
      failure,
      end,
    };
  }

  finished(database: Oid, relation: Oid | undefined): Waiting | undefined {
    this.#server.publish();
    const isMeant = (job: BackgroundJob) =>
      job.database === database && (relation === undefined || job.relation === relation);
    if (![...this.#running.values()].some(isMeant)) return undefined;
    let wake = () => {};
    const done = new Promise<void>((resolve) => {
      wake = resolve;
    });
    this.#finishing.add(wake);
    return { done, cancel: () => this.#finishing.delete(wake) };
  }

  #wakeFinishing(): void {
    for (const wake of this.#finishing) wake();
    this.#finishing.clear();
  }
}
