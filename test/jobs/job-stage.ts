/**
 * A server without sockets, with jobs and barriers: an engine, its sessions and the runner.
 * Barriers pass every BARRIER_MS. Who waits here waits for what rw_job says, never for time.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createLogger } from "../../src/base/logger.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import { checkCatalog } from "../../src/catalog/check/check.ts";
import { checkIndexEntries, deadStorages } from "../../src/catalog/check/rows.ts";
import { sourceOfStore } from "../../src/catalog/check/source.ts";
import { checkOptions } from "../../src/sql/bind/check-options.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import { JobRunner } from "../../src/sql/jobs/job-runner.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { backupDirectory } from "../../src/sql/settings/backup-directory.ts";
import type { Storage } from "../../src/txn/storage.ts";
import { LocalSession } from "../support/local-session.ts";
import { SimDisk } from "../support/sim-disk.ts";

const BARRIER_MS = 25;
const PATIENCE_MS = 45_000;

export type Row = readonly (string | null)[];

interface Parts {
  readonly engine: CatalogEngine;
  readonly jobs: JobRunner;
  readonly service: Sessions;
}

export interface StageOptions {
  readonly slots?: number;
  readonly barrierMs?: number;
  /** max_lag_size */
  readonly lagBytes?: number;
  readonly retryMsMax?: number;
}

export class JobStage {
  readonly #directory = mkdtempSync(join(tmpdir(), "catalogd-jobs-"));
  readonly #disk = new SimDisk();
  readonly #options: Required<StageOptions>;
  readonly #sessions = new Set<LocalSession>();
  #parts: Parts | undefined;
  #own: LocalSession | undefined;

  static async open(options: StageOptions = {}): Promise<JobStage> {
    const stage = new JobStage({
      slots: 4,
      barrierMs: BARRIER_MS,
      lagBytes: -1,
      retryMsMax: 60_000,
      ...options,
    });
    await stage.#start();
    return stage;
  }

  private constructor(options: Required<StageOptions>) {
    this.#options = options;
  }

  async #start(): Promise<void> {
    const engine = await CatalogEngine.open({
      directory: this.#directory,
      disk: this.#disk,
      database: "dev",
      onFatal: (error) => {
        throw error;
      },
    });
    const { slots, barrierMs } = this.#options;
    const jobs = new JobRunner({
      storage: engine.storage,
      logger: createLogger("silent"),
      slots: () => slots,
      barrierMs: () => barrierMs,
      checkpointFrequency: () => 1,
      lagBytes: () => this.#options.lagBytes,
      retryMsMax: this.#options.retryMsMax,
      backups: {
        take: (request, signal) => engine.backup(request, signal),
        directory: () => backupDirectory(engine.parameters),
        now: () => new Date(),
      },
      connectorDirectory: () => engine.parameters.get("connector_directory"),
      pausedAtStart: engine.parameters.get("pause_on_next_bootstrap"),
      tracesBarriers: () => false,
    });
    const service = new Sessions({ engine, jobs });
    jobs.start(service);
    this.#parts = { engine, jobs, service };
    this.#own = await this.session();
  }

  async #stop(): Promise<void> {
    for (const session of this.#sessions) {
      session.close();
      await session.answered();
    }
    this.#sessions.clear();
    await this.#parts?.jobs.close();
    await this.#parts?.engine.close();
    this.#parts = undefined;
  }

  /** Ends it as SIGTERM does, and starts it on what it has left, and what was done to that. */
  async restart(between: (directory: string) => void = () => {}): Promise<void> {
    await this.#stop();
    between(this.#directory);
    await this.#start();
  }

  get storage(): Storage {
    if (!this.#parts) throw new Error("the stage is not open");
    return this.#parts.engine.storage;
  }

  /** Behind the tests: the catalog is whole. */
  async close(): Promise<void> {
    const faults = await this.faults();
    await this.#stop();
    rmSync(this.#directory, { recursive: true });
    expect(faults, "faults of the catalog").to.deep.equal([]);
  }

  /** What is wrong of the catalog and of rows, and what jobs have left. */
  async faults(): Promise<string[]> {
    if (!this.#parts) return [];
    const { jobs } = this.#parts;
    const working = await this.value("select count(*) from rw_catalog.rw_ddl_progress");
    // What a job or a view has not taken in yet is kept.
    const remains = () => (working === "0" ? jobs.remains() : []);
    await until("jobs are over", async () => remains().length === 0).catch(() => {});
    await this.ask("flush");
    await this.ask("vacuum");
    const { store, sequencer } = this.storage;
    sequencer.publish();
    return [
      ...checkCatalog(sourceOfStore(store), checkOptions),
      ...checkIndexEntries(store),
      ...(working === "0" ? deadStorages(store) : []).map(
        (storage) => `storage ${storage} is dead`,
      ),
      ...remains(),
    ];
  }

  async session(user = "root", database = "dev"): Promise<LocalSession> {
    if (!this.#parts) throw new Error("the stage is not open");
    const session = await LocalSession.open(this.#parts.service, database, user);
    this.#sessions.add(session);
    return session;
  }

  /** The rows of a query of the stage's own session; throws its error. */
  ask(text: string): Promise<Row[]> {
    if (!this.#own) throw new Error("the stage is not open");
    return this.#own.ask(text);
  }

  /** The first value of the first row. */
  async value(text: string): Promise<string | null | undefined> {
    return (await this.ask(text))[0]?.[0];
  }

  /** `SQLSTATE message`, and what is behind DETAIL and HINT; undefined = it went well. */
  async wrong(text: string, session = this.#own): Promise<string | undefined> {
    return session && wrongOf(() => session.ask(text));
  }

  /** The table t of `rows` rows, (id, v = id % 10), analyzed by nobody. */
  async fill(table: string, rows: number): Promise<void> {
    await this.ask(
      `create table ${table} as select g as id, g % 10 as v from generate_series(1, ${rows}) g`,
    );
  }

  /** `state`, and who or what ended it, of the newest job whose statement names the relation. */
  async jobOf(name: string): Promise<Job> {
    const [row] = await this.ask(jobQuery(name));
    if (!row) throw new Error(`no job makes ${name}`);
    return jobFrom(row);
  }

  async untilState(name: string, ...states: readonly string[]): Promise<Job> {
    return until(`${name} is ${states.join(" or ")}`, async () => {
      const [row] = await this.ask(jobQuery(name));
      const job = row && jobFrom(row);
      return job && states.includes(job.state) ? job : undefined;
    });
  }

  async cancelAll(): Promise<void> {
    const making = "select id from rw_catalog.rw_jobs where state = 'creating'";
    for (const [id] of await this.ask(making)) await this.ask(`cancel jobs ${id}`);
  }

  /** Until a job with a rate of 0 has read what it may. */
  async untilRests(name: string): Promise<Job> {
    return until(`${name} rests`, async () => {
      const [row] = await this.ask(jobQuery(name));
      const job = row && jobFrom(row);
      return job?.state === "creating" && job.done > 0 && job;
    });
  }

  /** Nothing in the catalog is called this. */
  async expectGone(name: string): Promise<void> {
    expect(await this.ask(`select relname from pg_class where relname = '${name}'`)).to.deep.equal(
      [],
    );
    const dangling = `select count(*) from pg_index i
      where not exists (select 1 from pg_class c where c.oid = i.indexrelid)`;
    expect(await this.value(dangling)).to.equal("0");
    const depend = `select count(*) from pg_depend d where d.classid = 'pg_class'::regclass
      and not exists (select 1 from pg_class c where c.oid = d.objid)`;
    expect(await this.value(depend)).to.equal("0");
  }
}

export interface Job {
  readonly id: number;
  readonly state: string;
  readonly error: string | null;
  readonly by: string | null;
  readonly done: number;
  readonly total: number;
}

export const jobQuery = (name: string): string =>
  `select id, state, error, cancelled_by, rows_done, rows_total from rw_catalog.rw_jobs
  where statement ~ '\\m${name}\\M' order by id desc limit 1`;

export const jobFrom = ([id, state, error, by, done, total]: Row): Job => ({
  id: Number(id),
  state: state ?? "",
  error: error ?? null,
  by: by ?? null,
  done: Number(done),
  total: Number(total),
});

export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`it never happened: ${what}`);
}

/** `SQLSTATE message`, DETAIL and HINT; undefined = it went well. */
export async function wrongOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const { detail, hint } = error.fields;
    const more = [detail && `DETAIL ${detail}`, hint && `HINT ${hint}`].filter(Boolean);
    return [`${error.code} ${error.message}`, ...more].join(" ");
  }
}
