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
import { isUnfinished } from "../../catalog/jobs.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { rwJob } from "../../catalog/relations/rw-job.ts";
import type { ApplyBatch } from "../../pages/store.ts";
import type { Storage } from "../../txn/storage.ts";
import type { Waiting } from "../../txn/wait.ts";
import type {
  FollowedJob,
  FollowedWork,
  Jobs,
  StatementInfo,
  StatementJob,
} from "../session/jobs.ts";
import { NO_SINK } from "../session/no-sink.ts";
import type { Sessions } from "../session/service.ts";
import type { CatalogSession } from "../session/session.ts";
import { type BackgroundJob, BackgroundJobs } from "./background-jobs.ts";
import { type BackupOptions, Backups } from "./backups.ts";
import { Barriers } from "./barriers.ts";
import { Checkpoints } from "./checkpoints.ts";
import { GivingWay } from "./giving-way.ts";
import { type BehindView, MaintainedViews } from "./maintained-views.ts";
import { isPassing, ServerWork } from "./server-work.ts";
import { Slots } from "./slots.ts";
import { StatementJobs } from "./statement-jobs.ts";
import { Streams } from "./streams.ts";

export interface JobRunnerOptions {
  readonly storage: Storage;
  readonly logger: Logger;
  /** How many jobs work at a time; 0 = any number. */
  readonly slots: () => number;
  readonly barrierMs: () => number;
  /** Barriers from one checkpoint, at which it is written down how far jobs are, to the next. */
  readonly checkpointFrequency: () => number;
  /** Log up to which it is kept what a view or a sink has not taken in; below 0: any. */
  readonly lagBytes: () => number;
  /** connector_directory */
  readonly connectorDirectory: () => string;
  /** As in StreamsOptions. */
  readonly retryMsMax?: number;
  readonly backups: BackupOptions;
  /** Jobs and barriers rest after the start. */
  readonly pausedAtStart: boolean;
  /** enable_tracing */
  readonly tracesBarriers: () => boolean;
}

/** Barriers after which old jobs and events are forgotten. */
const FORGET_BARRIERS = 600;
/** How long FLUSH waits for sinks. */
const SETTLED_MS = 5_000;

export class JobRunner implements Jobs {
  readonly #options: JobRunnerOptions;
  readonly #slots: Slots;
  readonly #views: MaintainedViews;
  readonly #givingWay: GivingWay;
  readonly #streams: Streams;
  readonly #server: ServerWork;
  readonly #background: BackgroundJobs;
  readonly #statements: StatementJobs;
  readonly #barriers: Barriers;
  readonly #checkpoints: Checkpoints;
  readonly #backups: Backups;
  /** Barriers since the start. */
  #passed = 0;
  /** Since the last checkpoint. */
  #sinceCheckpoint = 0;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
    this.#slots = new Slots(options.slots);
    const server = new ServerWork(options.storage, options.logger);
    this.#server = server;
    this.#background = new BackgroundJobs(server, this.#slots, (...job) => this.#step(...job));
    this.#statements = new StatementJobs(this.#slots, {
      run: (database, body) => server.once(database, body),
      cancel: (session, by) => server.sessions?.cancelSession(session, by),
      allocateId: () => options.storage.allocator.oid(),
      slots: options.slots,
    });
    this.#barriers = new Barriers({
      intervalMs: options.barrierMs,
      pass: (isForced) => this.#takeIn(isForced),
    });
    this.#checkpoints = new Checkpoints(options.storage);
    this.#backups = new Backups(server, options.backups);
    const { leases, sequencer } = options.storage;
    this.#views = new MaintainedViews(leases, sequencer.epoch, () => sequencer.position.lsn);
    this.#givingWay = new GivingWay(
      options.storage.locks,
      (processId) => server.sessions?.isInternal(processId) === true,
    );
    this.#streams = new Streams(server, this.#givingWay, options);
    options.storage.onApplied((batch) => this.#note(batch));
    for (const catalog of this.#server.catalogs()) {
      this.#views.load(catalog);
      this.#streams.load(catalog);
    }
  }

  /** What a crash has left is taken up again. */
  start(sessions: Sessions): void {
    this.#server.sessions = sessions;
    if (this.#options.pausedAtStart) void this.#pause();
    this.recover();
    this.reschedule();
  }

  /** The parameter is about one start. */
  async #pause(): Promise<void> {
    this.#background.isPaused = true;
    const [{ database }] = [...this.#server.catalogs()] as [Catalog];
    const session = await this.#server.open(database);
    await session.simpleQuery("ALTER SYSTEM RESET pause_on_next_bootstrap", NO_SINK);
    session.close();
  }

  resume(): boolean {
    const wasPaused = this.#background.isPaused;
    this.#background.isPaused = false;
    this.reschedule();
    return wasPaused;
  }

  async close(): Promise<void> {
    await this.#backups.close();
    this.#background.close();
    await this.#barriers.close();
    // A job that makes a sink may have opened what streams then close.
    await this.#background.settled();
    await this.#streams.close();
    await this.#server.settled();
  }

  recover(): void {
    const [{ database }] = [...this.#server.catalogs()] as [Catalog];
    this.#backups.recover(database);
    for (const catalog of this.#server.catalogs()) {
      const jobs = [...catalog.all(rwJob)].filter(isUnfinished);
      const found = jobs.filter(({ id }) => !this.#background.has(id) && !this.#statements.has(id));
      if (found.length > 0) {
        const info = { database: catalog.database, jobs: found.length };
        void this.#server.once(catalog.database, { kind: "recordEvent", type: "RECOVERY", info });
      }
      for (const job of jobs) {
        if (job.background) this.#background.take(catalog.database, job);
        else if (!this.#statements.has(job.id) && !this.#background.has(job.id)) {
          const error = "the server ended while it ran";
          const body = { kind: "endJob", job: job.id, state: "failed", error } as const;
          void this.#server.once(catalog.database, body);
        }
      }
    }
  }

  /** What there is of jobs though none is unfinished, in words: nothing, if all is well. */
  remains(): string[] {
    const { taken } = this.#slots;
    const workers = [...this.#background.running].map((id) => `job ${id} has a worker`);
    return taken === 0 ? workers : [...workers, `${taken} slots are taken`];
  }

  // What was committed.

  #note(batch: ApplyBatch): void {
    this.#views.note(batch);
    this.#streams.note(batch);
    for (const { mutations } of batch.commits) {
      for (const mutation of mutations) {
        if (mutation.rel !== rwJob.oid) continue;
        if (mutation.kind === "delete") this.#background.noteGone(mutation.key[0] as Oid);
        else this.#background.note(mutation.db, rwJob.view(mutation.row));
      }
    }
  }

  announce(info: StatementInfo): StatementJob {
    return this.#statements.announce(info);
  }

  cancelStatement(id: Oid, by: string): boolean {
    return this.#statements.cancel(id, by);
  }

  follow(database: Oid, job: Oid): FollowedJob {
    return this.#background.follow(database, job);
  }

  backup(database: Oid): FollowedWork & { readonly id: Oid } {
    return this.#backups.take(database);
  }

  deleteBackups(database: Oid, ids: readonly Oid[]): FollowedWork {
    return this.#backups.remove(database, ids);
  }

  finished(database: Oid, relation: Oid | undefined): Waiting | undefined {
    return this.#background.finished(database, relation);
  }

  checkpoint(): Epoch | undefined {
    return this.#checkpoints.find();
  }

  /** With what sinks hand over then, unless it takes long. */
  barrier(): Waiting {
    if (this.#background.isPaused) {
      const fields = { hint: "RESUME lets jobs and barriers go on." };
      throw new SqlError("55000", "barriers are paused", fields);
    }
    const { done, cancel } = this.#barriers.force();
    return { done: done.then(() => this.#streams.settled(SETTLED_MS)), cancel };
  }

  // Jobs and barriers.

  #step({ giving, ...job }: BackgroundJob, session: CatalogSession): Promise<void> {
    return this.#givingWay.during(giving, session, async () => {
      // It has waited for its locks for as long as others, and they have not come to an end.
      if (giving.isDone) await session.simpleQuery("SET lock_timeout = 0", NO_SINK);
      if (job.kind === "SOURCE" || job.kind === "SINK") return this.#streams.make(job, session);
      const body = { kind: "backfill", job: job.id } as const;
      return session.runInternal(body, job.phase === "catch-up" ? undefined : job.meter);
    });
  }

  /** The parameters are others. */
  reschedule(): void {
    if (this.#background.isPaused) return;
    this.#slots.wakeAll();
    this.#barriers.schedule();
  }

  /** `all`: views that rest, too; somebody waits for it, and it is a checkpoint. */
  async #takeIn(all: boolean): Promise<void> {
    const started = performance.now();
    try {
      this.#options.storage.sequencer.publish();
      this.#givingWay.lookAtAll();
      if (++this.#passed % FORGET_BARRIERS === 0) await this.#forget();
      const isCheckpoint = ++this.#sinceCheckpoint >= this.#options.checkpointFrequency() || all;
      if (isCheckpoint) await this.#writeDown();
      await this.#streams.ingest(all);
      this.#options.storage.sequencer.publish();
      for (const database of this.#views.databases()) await this.#maintain(database, all);
      const { epoch } = this.#options.storage.sequencer;
      if (isCheckpoint) {
        this.#sinceCheckpoint = 0;
        this.#checkpoints.pass(epoch);
      }
      if (!this.#options.tracesBarriers()) return;
      const ms = Math.round((performance.now() - started) * 1000) / 1000;
      this.#options.logger.info({ epoch, checkpoint: isCheckpoint, ms }, "barrier");
    } catch (error) {
      this.#options.logger.error({ err: error }, "a barrier failed");
    }
  }

  async #forget(): Promise<void> {
    for (const { database } of this.#server.catalogs()) {
      if (this.#server.catalog(database).all(rwJob)[Symbol.iterator]().next().done) continue;
      await this.#server.once(database, { kind: "forget" });
    }
  }

  /** How far everything is. */
  async #writeDown(): Promise<void> {
    await this.#statements.writeDown();
    await this.#background.writeDown();
  }

  async #maintain(database: Oid, all: boolean): Promise<void> {
    const now = this.#options.storage.sequencer.epoch;
    const catalog = this.#server.catalog(database);
    const behind: BehindView[] = [];
    const found = this.#views.behind(catalog, now, all);
    const level = this.#views.unwritten(database, now, all);
    if (level) await this.#server.once(database, { kind: "noteLevel", ...level });
    await this.#leaveBehind(catalog);
    for (const each of found) {
      const isSink = catalog.find(pgClass, "key", [each.relid])?.relkind === "s";
      if (isSink) this.#streams.deliver(database, each.relid, each.epoch as Epoch, all);
      else behind.push(each);
    }
    if (behind.length === 0) return;
    const session = await this.#server.open(database);
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

  /** Old versions are not kept for ever, for what does not get on. */
  async #leaveBehind(catalog: Catalog): Promise<void> {
    const { database } = catalog;
    const bytes = this.#options.lagBytes();
    if (bytes < 0) return;
    for (const view of this.#views.tooFarBehind(database, bytes)) {
      const relation = view.relid;
      const epoch = view.epoch as Epoch;
      const error = "it was further behind than max_lag_size allows; drop it and create it again";
      if (catalog.find(pgClass, "key", [relation])?.relkind === "s") {
        void this.#streams.leave(database, relation, epoch, error);
      } else await this.#server.once(database, { kind: "leaveBehind", relation, epoch, error });
    }
  }

  async #maintainView(session: CatalogSession, view: BehindView): Promise<void> {
    const { storage, logger } = this.#options;
    const now: Epoch = storage.sequencer.epoch;
    const since = view.epoch === 0 ? undefined : (view.epoch as Epoch);
    const { giving } = view;
    const body = { kind: "maintain", view: view.relid, since, isLevel: view.isLevel } as const;
    try {
      await this.#givingWay.during(giving, session, () => session.runInternal(body));
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      // A lock that somebody holds or waits for will be free at another barrier.
      if (giving.now || isPassing(error)) return;
      // It was dropped while its lock was waited for.
      if (!this.#server.catalog(view.database).find(pgClass, "key", [view.relid])) return;
      this.#views.noteFailure(view, now);
      const info = { view: view.relid, error: error.message };
      await session.runInternal({ kind: "recordEvent", type: "VIEW_NOT_MAINTAINED", info });
      logger.warn(info, "a view could not be maintained");
    }
  }
}
