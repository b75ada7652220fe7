/**
 * THE RUNNER: what works beside the clients' sessions. It learns of jobs from the commits that are
 * applied, so that those of before a crash are found like any other.
 *
 *   jobs      each background job has a session of its own, which takes its steps one by one
 *   barriers  every so often materialized views take in what has changed, and what jobs have done
 *             is written down
 *
 * A step that fails ends its job: nothing of what it was making stays.
 */
import type { Epoch, Oid } from "../../base/ids.ts";
import type { Logger } from "../../base/logger.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import { isUnfinished, type JobTuple } from "../../catalog/jobs.ts";
import { rwJob } from "../../catalog/relations/rw-job.ts";
import { ScanMeter } from "../../pages/scan-meter.ts";
import type { ApplyBatch } from "../../pages/store.ts";
import type { Storage } from "../../txn/storage.ts";
import type { Waiting } from "../../txn/wait.ts";
import type { Jobs, StatementInfo, StatementJob } from "../session/jobs.ts";
import { NO_SINK } from "../session/no-sink.ts";
import type { Sessions } from "../session/service.ts";
import type { CatalogSession } from "../session/session.ts";
import { Barriers } from "./barriers.ts";
import { Giving, GivingWay } from "./giving-way.ts";
import { type BehindView, MaintainedViews } from "./maintained-views.ts";
import { isPassing, OwnStatements } from "./own-statements.ts";
import { Slots } from "./slots.ts";
import { noteOf, StatementJobs } from "./statement-jobs.ts";

export interface JobRunnerOptions {
  readonly storage: Storage;
  readonly logger: Logger;
  /** How many jobs work at a time; 0 = any number. */
  readonly slots: () => number;
  readonly barrierMs: () => number;
  /** Barriers from one checkpoint, at which it is written down how far jobs are, to the next. */
  readonly checkpointFrequency: () => number;
  /** Jobs and barriers rest after the start. */
  readonly pausedAtStart: boolean;
}

/** A background job that has a worker. */
interface Running {
  readonly id: Oid;
  readonly database: Oid;
  readonly relation: Oid;
  readonly meter: ScanMeter;
  session: CatalogSession | undefined;
  /** As in rw_job. */
  phase: string;
  /** What is known of it, as the last commit says. */
  isOver: boolean;
  readonly giving: Giving;
  waitingFor: string | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** Before a step is tried again. */
const AGAIN_MS = 100;
/** Barriers after which old jobs and events are forgotten. */
const FORGET_BARRIERS = 600;

export class JobRunner implements Jobs {
  readonly #options: JobRunnerOptions;
  readonly #own: OwnStatements;
  readonly #slots: Slots;
  readonly #views: MaintainedViews;
  readonly #givingWay: GivingWay;
  readonly #running = new Map<Oid, Running>();
  readonly #statements: StatementJobs;
  /** Who waits for jobs to finish. */
  readonly #finishing = new Set<() => void>();
  readonly #barriers: Barriers;
  /** Barriers since the start. */
  #passed = 0;
  /** Since the last checkpoint. */
  #sinceCheckpoint = 0;
  #closed = false;
  #isPaused = false;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
    this.#own = new OwnStatements(options.storage, options.logger);
    this.#slots = new Slots(options.slots);
    this.#statements = new StatementJobs(this.#slots, {
      run: (database, body) => this.#own.attempt(database, body),
      cancel: (session, by) => this.#own.sessions?.cancelSession(session, by),
      allocateId: () => options.storage.allocator.oid(),
      slots: options.slots,
    });
    this.#barriers = new Barriers({
      intervalMs: options.barrierMs,
      pass: (isForced) => this.#takeIn(isForced),
    });
    this.#views = new MaintainedViews(options.storage.leases);
    this.#givingWay = new GivingWay(
      options.storage.locks,
      (processId) => this.#own.sessions?.isInternal(processId) === true,
    );
    options.storage.onApplied((batch) => this.#note(batch));
    for (const catalog of this.#own.catalogs()) {
      this.#views.load(catalog);
    }
  }

  /** What a crash has left is taken up again. */
  start(sessions: Sessions): void {
    this.#own.sessions = sessions;
    if (this.#options.pausedAtStart) void this.#pause();
    this.recover();
    this.reschedule();
  }

  /** The parameter is about one start. */
  async #pause(): Promise<void> {
    this.#isPaused = true;
    const [{ database }] = [...this.#own.catalogs()] as [Catalog];
    const session = await this.#own.open(database);
    await session.simpleQuery("ALTER SYSTEM RESET pause_on_next_bootstrap", NO_SINK);
    session.close();
  }

  resume(): boolean {
    const wasPaused = this.#isPaused;
    this.#isPaused = false;
    this.reschedule();
    return wasPaused;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#running.values()) {
      clearTimeout(job.timer);
      job.session?.close();
    }
    this.#slots.wakeAll();
    await this.#barriers.close();
    await Promise.all(this.#workers);
    await this.#own.settled();
  }

  recover(): void {
    for (const catalog of this.#own.catalogs()) {
      const jobs = [...catalog.all(rwJob)].filter(isUnfinished);
      const found = jobs.filter(({ id }) => !this.#running.has(id) && !this.#statements.has(id));
      if (found.length > 0) {
        const info = { database: catalog.database, jobs: found.length };
        void this.#own.attempt(catalog.database, { kind: "recordEvent", type: "RECOVERY", info });
      }
      for (const job of jobs) {
        if (job.background) this.#take(catalog.database, job);
        else if (!this.#statements.has(job.id)) {
          const error = "the server ended while it ran";
          const body = { kind: "endJob", job: job.id, state: "failed", error } as const;
          void this.#own.attempt(catalog.database, body);
        }
      }
    }
  }

  /** What there is of jobs though none is unfinished, in words: nothing, if all is well. */
  remains(): string[] {
    const { taken } = this.#slots;
    const workers = [...this.#running.keys()].map((id) => `job ${id} has a worker`);
    return taken === 0 ? workers : [...workers, `${taken} slots are taken`];
  }

  // What was committed.

  #note(batch: ApplyBatch): void {
    this.#views.note(batch);
    for (const { mutations } of batch.commits) {
      for (const mutation of mutations) {
        if (mutation.rel !== rwJob.oid) continue;
        if (mutation.kind === "delete") this.#noteGone(mutation.key[0] as Oid);
        else this.#noteJob(mutation.db, rwJob.view(mutation.row));
      }
    }
  }

  /** Forgotten, or gone with its database. */
  #noteGone(id: Oid): void {
    const running = this.#running.get(id);
    if (running) running.isOver = true;
  }

  #noteJob(database: Oid, job: JobTuple): void {
    const running = this.#running.get(job.id);
    if (!isUnfinished(job)) {
      if (running) {
        running.isOver = true;
        // Its own last step has nothing to be cancelled.
        if (job.state !== "created") setImmediate(() => running.session?.cancel());
      }
      setImmediate(() => this.#wakeFinishing());
    } else if (running) {
      running.meter.rate = Number(job.rate_limit);
      running.phase = job.phase;
    } else if (job.background) this.#take(database, job);
  }

  // Background jobs.

  readonly #workers = new Set<Promise<void>>();

  #take(database: Oid, job: JobTuple): void {
    if (this.#running.has(job.id) || this.#closed) return;
    const meter = new ScanMeter();
    meter.rate = Number(job.rate_limit);
    const running: Running = {
      id: job.id,
      database,
      relation: job.relid,
      meter,
      session: undefined,
      phase: job.phase,
      isOver: false,
      giving: new Giving(),
      waitingFor: undefined,
      timer: undefined,
    };
    this.#running.set(job.id, running);
    if (job.timeout_ms > 0n) {
      running.timer = setTimeout(() => {
        void this.#fail(running, new SqlError("57014", "canceling job due to ddl timeout"));
      }, Number(job.timeout_ms));
    }
    const worker = this.#work(running).finally(() => this.#workers.delete(worker));
    this.#workers.add(worker);
  }

  async #work(job: Running): Promise<void> {
    // The commit that asked for it is being applied.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.#isStopped(job) && (this.#isPaused || !this.#slots.tryTake())) {
      job.waitingFor = this.#isPaused ? "RESUME" : `one of ${this.#options.slots()} slots`;
      await this.#slots.wait().done;
    }
    job.waitingFor = undefined;
    if (!this.#isStopped(job)) {
      await this.#steps(job);
      this.#slots.release();
    } else this.#slots.wake();
    clearTimeout(job.timer);
    this.#running.delete(job.id);
    this.#wakeFinishing();
  }

  #isStopped(job: Running): boolean {
    return job.isOver || this.#closed;
  }

  async #steps(job: Running): Promise<void> {
    try {
      const session = await this.#own.open(job.database);
      job.session = session;
      while (!this.#isStopped(job)) {
        await this.#tryAgain(job, () => this.#step(session, job));
        // What the step has committed is noted now.
        this.#options.storage.sequencer.publish();
      }
    } catch (error) {
      if (!this.#isStopped(job)) await this.#fail(job, error);
    } finally {
      job.session?.close();
    }
  }

  #step(session: CatalogSession, { id, phase, meter, giving }: Running): Promise<void> {
    const body = { kind: "backfill", job: id } as const;
    return this.#givingWay.during(giving, session, async () => {
      // It has waited for its locks for as long as others, and they have not come to an end.
      if (giving.isDone) await session.simpleQuery("SET lock_timeout = 0", NO_SINK);
      return session.runInternal(body, phase === "catch-up" ? undefined : meter);
    });
  }

  async #tryAgain(job: Running, step: () => Promise<void>): Promise<void> {
    for (;;) {
      const { rows } = job.meter;
      try {
        return await step();
      } catch (error) {
        if (!(job.giving.now || isPassing(error)) || this.#isStopped(job)) throw error;
        // A lock that it did not get in time: it has given way, too.
        if (!job.giving.now) job.giving.times++;
        job.giving.now = false;
        job.meter.rows = rows;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  async #fail(job: Running, error: unknown): Promise<void> {
    const { logger } = this.#options;
    if (!(error instanceof SqlError)) logger.error({ err: error, job: job.id }, "a job failed");
    const message = error instanceof Error ? error.message : String(error);
    const by = job.session?.cancelledBy;
    const state = by === undefined ? "failed" : "cancelled";
    const body = { kind: "endJob", job: job.id, state, error: message, by } as const;
    await this.#tryAgain(job, () => this.#own.run(job.database, body)).catch((failure: unknown) => {
      if (!this.#isStopped(job)) logger.error({ err: failure, job: job.id }, "a job could not end");
    });
  }

  announce(info: StatementInfo): StatementJob {
    return this.#statements.announce(info);
  }

  cancelStatement(id: Oid, by: string): boolean {
    return this.#statements.cancel(id, by);
  }

  // Waiting.

  finished(database: Oid, relation: Oid | undefined): Waiting | undefined {
    this.#options.storage.sequencer.publish();
    const isMeant = (job: Running) =>
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

  barrier(): Waiting {
    if (this.#isPaused) {
      const fields = { hint: "RESUME lets jobs and barriers go on." };
      throw new SqlError("55000", "barriers are paused", fields);
    }
    return this.#barriers.force();
  }

  // Barriers.

  /** The parameters are others. */
  reschedule(): void {
    if (this.#isPaused) return;
    this.#slots.wakeAll();
    this.#barriers.schedule();
  }

  /** `all`: views that rest, too. */
  async #takeIn(all: boolean): Promise<void> {
    try {
      this.#options.storage.sequencer.publish();
      this.#givingWay.lookAtAll();
      if (++this.#passed % FORGET_BARRIERS === 0) await this.#forget();
      if (++this.#sinceCheckpoint >= this.#options.checkpointFrequency()) {
        this.#sinceCheckpoint = 0;
        await this.#writeDown();
      }
      for (const database of this.#views.databases()) await this.#maintain(database, all);
    } catch (error) {
      this.#options.logger.error({ err: error }, "a barrier failed");
    }
  }

  async #forget(): Promise<void> {
    for (const { database } of this.#own.catalogs()) {
      if (this.#own.catalog(database).all(rwJob)[Symbol.iterator]().next().done) continue;
      await this.#own.attempt(database, { kind: "forget" });
    }
  }

  /** How far everything is. */
  async #writeDown(): Promise<void> {
    await this.#statements.writeDown();
    for (const { id, database, meter, waitingFor } of this.#running.values()) {
      await this.#own.attempt(database, noteOf(id, meter, waitingFor));
    }
  }

  async #maintain(database: Oid, all: boolean): Promise<void> {
    const { storage } = this.#options;
    const behind = this.#views.behind(this.#own.catalog(database), storage.sequencer.epoch, all);
    if (behind.length === 0) return;
    const session = await this.#own.open(database);
    try {
      for (const view of behind) {
        const done = this.#views.begin(view);
        await this.#maintainView(session, view);
        done();
      }
    } finally {
      session.close();
    }
  }

  async #maintainView(session: CatalogSession, view: BehindView): Promise<void> {
    const { storage, logger } = this.#options;
    const now: Epoch = storage.sequencer.epoch;
    const since = view.epoch === 0 ? undefined : (view.epoch as Epoch);
    const { giving } = view;
    const body = { kind: "maintain", view: view.relid, since } as const;
    try {
      await this.#givingWay.during(giving, session, () => session.runInternal(body));
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      // A lock that somebody holds or waits for will be free at another barrier.
      if (giving.now || isPassing(error)) return;
      this.#views.noteFailure(view, now);
      const info = { view: view.relid, error: error.message };
      await session.runInternal({ kind: "recordEvent", type: "VIEW_NOT_MAINTAINED", info });
      logger.warn(info, "a view could not be maintained");
    }
  }
}
