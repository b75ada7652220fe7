/**
 * THE POWER CUT AT EVERY I/O of a DDL workload, through the whole engine without sockets.
 *
 * The log is on a simulated disk; the power is cut in operation 1, 2, 3, … and each time the engine is opened on
 * what a machine could find when it comes up again: of what was not synced nothing, a half, or all; with
 * the pages, which are derived and never synced for a commit, as they were, older, or gone.
 *
 * Changes that must make these tests fail; try them by hand now and then:
 *   wal/file-log.ts      flushNow and flushPooled without the write          (an acknowledged commit is lost)
 *   wal/file-log.ts      the segment opened with "write" instead of "durable" (the same)
 *   txn/sequencer.ts     #write applies the group before it appends it       (pages ahead of the log)
 *   txn/sequencer.ts     done() called before log.append                     (an acknowledged commit is lost)
 *   txn/allocator.ts     no mark reserved                                    (an oid comes twice)
 *   txn/recovery.ts      replay without the parts of a large transaction     (half of it is there)
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Disk } from "../../src/base/disk.ts";
import { checkCatalog } from "../../src/catalog/check/check.ts";
import { sourceOfStore } from "../../src/catalog/check/source.ts";
import { pgClass } from "../../src/catalog/relations/pg-class.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { codeOf, LocalSession } from "../support/local-session.ts";
import { Random } from "../support/random.ts";
import { EVERY_KEPT, type Kept, SimDisk } from "../support/sim-disk.ts";
import type { Client, Outcome, Work } from "./clients.ts";
import { SHARED_SEQUENCE } from "./generator.ts";
import { type Found, readThings } from "./model.ts";
import { SeenValues, SessionHistory } from "./session-history.ts";

const SEED = Number(process.env["SEED"] ?? 15);
const SESSIONS = 3;
const TRANSACTIONS = 8;
/** Small, so that the workload goes over several of them. */
const SEGMENT_BYTES = 16 * 1024;

/**
 *   kept    as the process left them
 *   file    without SQLite's own log: as of the last checkpoint
 *   older   as they were before the workload
 *   lost    none
 */
type PagesFound = "kept" | "file" | "older" | "lost";
const EVERY_PAGES: readonly PagesFound[] = ["kept", "older", "kept", "file", "kept", "older"];

describe("the power is cut", () => {
  const root = mkdtempSync(join(tmpdir(), "catalogd-power-"));
  after(() => rmSync(root, { recursive: true }));
  let base: Machine;

  before(async function () {
    this.timeout(60_000);
    base = new Machine(join(root, "base"), new SimDisk());
    const engine = await base.open();
    const session = await LocalSession.open(engine.sessions, "dev");
    await session.ask(`CREATE SEQUENCE ${SHARED_SEQUENCE}`);
    session.close();
    await engine.engine.close();
  });

  it("and at no operation is an acknowledged commit lost or half of one there", async function () {
    this.timeout(0);
    let number = 0;
    for (let crashAt = 1; ; crashAt++) {
      const machine = base.copy(join(root, `run-${crashAt}`), crashAt);
      const run = new Workload(machine);
      const finished = await run.run();
      for (const kept of EVERY_KEPT) {
        const pages = EVERY_PAGES[number++ % EVERY_PAGES.length] ?? "lost";
        const found = machine.afterPowerCut(kept, pages, base);
        await run.check(found, `operation ${crashAt}, kept ${kept}, pages ${pages}`);
        found.remove();
      }
      machine.remove();
      if (finished) {
        expect(crashAt, "operations that the power was cut in").to.be.above(30);
        return;
      }
    }
  });
});

interface Running {
  readonly engine: CatalogEngine;
  readonly sessions: Sessions;
}

/** A simulated disk with the log on it, and a real directory with the pages. */
class Machine {
  readonly directory: string;
  readonly disk: SimDisk;
  #open: CatalogEngine | undefined;
  fatal: Error | undefined;

  constructor(directory: string, disk: SimDisk) {
    this.directory = directory;
    this.disk = disk;
    mkdirSync(directory);
  }

  get operations(): number {
    return this.disk.operations;
  }

  /** The same disk and directory, another machine whose power is cut in an operation of its own. */
  copy(directory: string, crashAt?: number): Machine {
    const machine = new Machine(directory, this.disk.afterKill(crashAt));
    this.#copyFiles(machine, ["cluster.json", "pages.db", "pages.db-wal"]);
    return machine;
  }

  afterPowerCut(kept: Kept, pages: PagesFound, older: Machine): Machine {
    const machine = new Machine(`${this.directory}-${kept}`, this.disk.afterPowerCut(kept));
    this.#copyFiles(machine, ["cluster.json"]);
    if (pages === "kept") this.#copyFiles(machine, ["pages.db", "pages.db-wal"]);
    if (pages === "file") this.#copyFiles(machine, ["pages.db"]);
    if (pages === "older") older.#copyFiles(machine, ["pages.db", "pages.db-wal"]);
    return machine;
  }

  #copyFiles(to: Machine, names: readonly string[]): void {
    for (const name of names) {
      const from = join(this.directory, name);
      if (existsSync(from)) copyFileSync(from, join(to.directory, name));
    }
  }

  async open(): Promise<Running> {
    const engine = await CatalogEngine.open({
      directory: this.directory,
      disk: movedTo(this.disk, this.directory),
      database: "dev",
      segmentBytes: SEGMENT_BYTES,
      onFatal: (error) => {
        this.fatal ??= error;
      },
    });
    this.#open = engine;
    return { engine, sessions: new Sessions({ engine, fixedSettings: [] }) };
  }

  remove(): void {
    this.#open?.storage.store.close();
    rmSync(this.directory, { recursive: true });
  }
}

/** All machines find their log under one name, wherever their directory is. */
function movedTo(disk: SimDisk, directory: string): Disk {
  const at = (path: string) => path.replace(directory, "/data");
  return {
    open: (file, mode) => disk.open(at(file), mode),
    rename: (from, to) => disk.rename(at(from), at(to)),
    remove: (file) => disk.remove(at(file)),
    exists: (file) => disk.exists(at(file)),
    list: (name) => disk.list(at(name)),
    makeDirectory: () => disk.makeDirectory(),
    syncDirectory: (name) => disk.syncDirectory(at(name)),
  };
}

/** Sessions at work until the power is cut, and what they were told. */
class Workload {
  readonly #machine: Machine;
  readonly #histories = Array.from({ length: SESSIONS }, (_, at) => new SessionHistory(at));
  readonly #seen = new SeenValues(["40P01", "25P02", "3B001"]);
  /** Of what was published when the power was cut. */
  #greatestOid = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** True when the workload came to its end. */
  async run(): Promise<boolean> {
    try {
      const { engine, sessions } = await this.#machine.open();
      const clients = await Promise.all(
        this.#histories.map(() => LocalClient.connect(sessions, this.#seen)),
      );
      const random = new Random(SEED);
      for (let at = 0; at < TRANSACTIONS; at++) {
        // In the middle the pages go on without their log, as after a checkpoint.
        if (at === TRANSACTIONS / 2) engine.checkpoint();
        await this.#step(clients, random, at);
        this.#greatestOid = greatestOid(engine);
        if (this.#machine.fatal) return false;
      }
      return true;
    } catch (error) {
      if ((error as Error).name === "PowerCut") return false;
      throw error;
    }
  }

  /** Alone at first, then all at once, so that groups of both kinds are cut. */
  async #step(clients: readonly Client[], random: Random, at: number): Promise<void> {
    const works = this.#histories.map((history, number) => () => {
      const client = clients[number];
      return client ? history.runOne(client, random.fork(at * SESSIONS + number)) : undefined;
    });
    if (at % 2 === 0) for (const work of works) await work();
    else await Promise.all(works.map((work) => work()));
    random.fraction();
  }

  async check(machine: Machine, when: string): Promise<void> {
    try {
      const { engine, sessions } = await machine.open();
      const session = await LocalSession.open(sessions, "dev");
      const found = await readThings((text) => session.ask(text));
      for (const history of this.#histories) history.check(found);
      await this.#checkValues(session, found);
      await session.ask("CREATE TABLE behind_the_crash (a int PRIMARY KEY)");
      const [[oid] = []] = await session.ask(
        "SELECT oid FROM pg_class WHERE relname = 'behind_the_crash'",
      );
      expect(Number(oid), "the next oid").to.be.above(this.#greatestOid);
      session.close();
      expect(checkCatalog(sourceOfStore(engine.storage.store))).to.deep.equal([]);
      await engine.close();
    } catch (error) {
      throw new Error(`${when}: ${(error as Error).message}`, { cause: error });
    }
  }

  async #checkValues(session: LocalSession, found: Found): Promise<void> {
    const seen = this.#seen.clone();
    seen.afterCrash();
    for (const [label, name] of [...found.sequences, [SHARED_SEQUENCE, SHARED_SEQUENCE]] as const) {
      const [[value] = []] = await session.ask(`SELECT nextval('${name}')`);
      seen.value(label, Number(value));
    }
    expect(seen.faults).to.deep.equal([]);
  }
}

function greatestOid({ storage }: CatalogEngine): number {
  const { epoch } = storage.sequencer;
  const rows = storage.store.versions(pgClass.layout).filter(({ xmin }) => xmin <= epoch);
  return Math.max(...rows.map(({ row }) => pgClass.view(row).oid));
}

class LocalClient implements Client {
  readonly #session: LocalSession;
  readonly #seen: SeenValues;

  static async connect(sessions: Sessions, seen: SeenValues): Promise<LocalClient> {
    return new LocalClient(await LocalSession.open(sessions, "dev"), seen);
  }

  private constructor(session: LocalSession, seen: SeenValues) {
    this.#session = session;
    this.#seen = seen;
  }

  async run({ form, statements, end }: Work): Promise<Outcome> {
    if (form !== "block") return this.#message(statements.join("; "));
    for (const statement of ["BEGIN", ...statements]) {
      if ((await this.#message(statement)) === "unknown") return "rolled back";
    }
    const failed = this.#session.status === "E";
    const outcome = await this.#message(end === "commit" ? "COMMIT" : "ROLLBACK");
    return end === "rollback" || failed ? "rolled back" : outcome;
  }

  async #message(text: string): Promise<Outcome> {
    let outcome: Outcome = "committed";
    for (const answer of await this.#session.run(text)) {
      if (answer.kind === "row")
        this.#seen.value(String(answer.values[0]), Number(answer.values[1]));
      if (answer.kind !== "error") continue;
      const code = codeOf(answer.error);
      if (code === undefined) return "unknown";
      this.#seen.error(code, answer.error.message);
      outcome = "rolled back";
    }
    return outcome;
  }

  async close(): Promise<void> {
    this.#session.close();
  }
}
