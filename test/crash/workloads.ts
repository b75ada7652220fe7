/** What the sessions do until the power is cut, and what must be there afterwards. */
import { expect } from "chai";
import { pgClass } from "../../src/catalog/relations/pg-class.ts";
import type { CatalogEngine } from "../../src/sql/engine/engine.ts";
import type { Sessions } from "../../src/sql/session/service.ts";
import { codeOf, LocalSession } from "../support/local-session.ts";
import { Random } from "../support/random.ts";
import type { Client, Outcome, Work } from "./clients.ts";
import { SHARED_SEQUENCE } from "./generator.ts";
import { isPowerCut, type Machine } from "./machine.ts";
import { type Found, readThings } from "./model.ts";
import { SeenValues, SessionHistory } from "./session-history.ts";

const SEED = Number(process.env["SEED"] ?? 15);
const SESSIONS = 3;
const TRANSACTIONS = 12;

export interface Workload {
  /** True when it came to its end. */
  run(): Promise<boolean>;
  check(session: LocalSession): Promise<void>;
}

/** Sessions at work until the power is cut, and what they were told. */
export class RandomWorkload implements Workload {
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
export class LargeWorkload implements Workload {
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
