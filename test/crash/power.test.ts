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

describe("the power is cut", function () {
  this.timeout(0);
  const root = mkdtempSync(join(tmpdir(), "catalogd-power-"));
  after(() => rmSync(root, { recursive: true }));
  let base: Machine;

  /** A data directory with a shared sequence in it, cleanly closed. */
  before(async () => {
    base = new Machine(join(root, "base"), new SimDisk());
    const { engine, sessions } = await base.open();
    const session = await LocalSession.open(sessions, "dev");
    await session.ask(`CREATE SEQUENCE ${SHARED_SEQUENCE}`);
    session.close();
    await engine.close();
  });

  /** Cuts the power in operation 1, 2, … of a workload until it comes to its end. */
  async function cutEverywhere(start: (machine: Machine) => Workload): Promise<number> {
    let number = 0;
    for (let crashAt = 1; ; crashAt++) {
      const machine = base.copy(join(root, `run-${crashAt}`), crashAt);
      const workload = start(machine);
      const finished = await workload.run();
      for (const kept of EVERY_KEPT) {
        const pages = EVERY_PAGES[number++ % EVERY_PAGES.length] ?? "lost";
        const found = machine.afterPowerCut(kept, pages, base);
        await checkAt(workload, found, `operation ${crashAt}, kept ${kept}, pages ${pages}`);
        found.remove();
      }
      machine.remove();
      if (finished) return crashAt;
    }
  }

  it("and at no operation is an acknowledged commit lost or half of one there", async () => {
    const operations = await cutEverywhere((machine) => new RandomWorkload(machine));
    expect(operations, "operations that the power was cut in").to.be.above(30);
  });

  it("in a transaction of several entries, which is whole or absent", async () => {
    const operations = await cutEverywhere((machine) => new LargeWorkload(machine));
    expect(operations, "operations that the power was cut in").to.be.above(10);
  });

  it("again in every operation of the recovery", async () => {
    for (const crashAt of [4, 15, 25]) {
      const machine = base.copy(join(root, `first-${crashAt}`), crashAt);
      const workload = new RandomWorkload(machine);
      expect(await workload.run()).to.equal(false);
      for (let again = 1, opened = false; !opened; again++) {
        for (const [first, second] of [
          ["half", "none"],
          ["all", "half"],
        ] as const) {
          const recovering = machine.afterPowerCut(first, "kept", base, again);
          opened = await recovering.opens();
          const found = recovering.afterPowerCut(second, "kept", base);
          await checkAt(workload, found, `operation ${crashAt}, then ${again} of recovery`);
          found.remove();
          recovering.remove();
        }
      }
      machine.remove();
    }
  });
});

/** What runs until the power is cut, and what must be there afterwards. */
interface Workload {
  /** True when it came to its end. */
  run(): Promise<boolean>;
  check(session: LocalSession): Promise<void>;
}

async function checkAt(workload: Workload, machine: Machine, when: string): Promise<void> {
  try {
    const { engine, sessions } = await machine.open();
    const session = await LocalSession.open(sessions, "dev");
    await workload.check(session);
    await session.ask("CREATE TABLE behind_the_crash (a int PRIMARY KEY)");
    session.close();
    // The checker takes longer than all the rest, and what was kept changes little for it.
    if (when.includes("kept half")) {
      expect(checkCatalog(sourceOfStore(engine.storage.store))).to.deep.equal([]);
    }
    await engine.close();
  } catch (error) {
    throw new Error(`${when}: ${(error as Error).message}`, { cause: error });
  }
}

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

  /** Another machine with the same on its disk, whose power is cut in an operation of its own. */
  copy(directory: string, crashAt?: number): Machine {
    const machine = new Machine(directory, this.disk.afterPowerCut("all", crashAt));
    this.#copyFiles(machine, ["cluster.json", "pages.db", "pages.db-wal"]);
    return machine;
  }

  afterPowerCut(kept: Kept, pages: PagesFound, older: Machine, crashAt?: number): Machine {
    const disk = this.disk.afterPowerCut(kept, crashAt);
    const machine = new Machine(`${this.directory}-${kept}`, disk);
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

  async open(segmentBytes = SEGMENT_BYTES): Promise<Running> {
    const engine = await CatalogEngine.open({
      directory: this.directory,
      disk: movedTo(this.disk, this.directory),
      database: "dev",
      segmentBytes,
      onFatal: (error) => {
        this.fatal ??= error;
      },
    });
    this.#open = engine;
    return { engine, sessions: new Sessions({ engine, fixedSettings: [] }) };
  }

  /** Whether recovery comes to its end before the power is cut. */
  async opens(): Promise<boolean> {
    try {
      await this.open();
      return true;
    } catch (error) {
      if (isPowerCut(error)) return false;
      throw error;
    }
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

/** The simulated disk's own error, or what it has become on its way up. */
function isPowerCut(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at.name === "PowerCut") return true;
  return false;
}

/** Sessions at work until the power is cut, and what they were told. */
class RandomWorkload implements Workload {
  readonly #machine: Machine;
  readonly #histories = Array.from({ length: SESSIONS }, (_, at) => new SessionHistory(at));
  readonly #seen = new SeenValues(["40P01", "25P02", "3B001"]);
  /** Of what was published when the power was cut. */
  #greatestOid = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

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
      if (isPowerCut(error)) return false;
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

  async check(session: LocalSession): Promise<void> {
    const found = await readThings((text) => session.ask(text));
    for (const history of this.#histories) history.check(found);
    await this.#checkValues(session, found);
    await session.ask("CREATE TABLE next (a int)");
    const [[oid] = []] = await session.ask("SELECT oid FROM pg_class WHERE relname = 'next'");
    expect(Number(oid), "the next oid").to.be.above(this.#greatestOid);
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

/** A transaction that takes more than one entry of the log, between two small ones. */
class LargeWorkload implements Workload {
  readonly #machine: Machine;
  readonly #acknowledged = new Set<string>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  async run(): Promise<boolean> {
    try {
      const { sessions } = await this.#machine.open(4 * 1024 * 1024);
      const session = await LocalSession.open(sessions, "dev");
      const text = "x".repeat(500_000);
      const tables = [1, 2, 3].map((at) => `CREATE TABLE large_${at} (a text DEFAULT '${text}')`);
      for (const [name, statement] of [
        ["before", "CREATE SCHEMA before"],
        ["large", tables.join("; ")],
        ["behind", "CREATE SCHEMA behind"],
      ] as const) {
        await session.ask(statement);
        this.#acknowledged.add(name);
      }
      return true;
    } catch (error) {
      if (this.#machine.fatal !== undefined || isPowerCut(error)) return false;
      throw error;
    }
  }

  async check(session: LocalSession): Promise<void> {
    const schemas = await session.ask(
      "SELECT nspname FROM pg_namespace WHERE nspname IN ('before', 'behind')",
    );
    const tables = await session.ask("SELECT relname FROM pg_class WHERE relname ~ '^large_'");
    const found = new Set(schemas.map(([name]) => name));
    expect(tables.length, "tables of the large transaction").to.be.oneOf([0, 3]);
    if (tables.length > 0) found.add("large");
    for (const name of this.#acknowledged) expect(found, "acknowledged").to.include(name);
    const order = ["before", "large", "behind"].filter((name) => found.has(name));
    expect(order).to.deep.equal(["before", "large", "behind"].slice(0, found.size));
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
