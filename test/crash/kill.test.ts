/**
 * kill -9 OF THE REAL SERVER under load: psql, node-postgres and postgres.js run random
 * transactions, the server is killed at a random moment (sometimes again while it recovers) and
 * started on what the first one left.
 *
 * SEED repeats the transactions and the moments, CRASH_ROUNDS says how often; the order in which
 * the operating system lets processes run is its own.
 */
import { expect } from "chai";
import pg from "pg";
import { NodeDisk } from "../../src/base/disk.ts";
import { verifyLog } from "../../src/commands/verify-log.ts";
import { Random, seedOfRun } from "../support/random.ts";
import { type Address, launch, run, type Server, spawnServer } from "../support/server.ts";
import { type Client, NodePostgres, type Observer, PostgresJs, Psql } from "./clients.ts";
import { SHARED_SEQUENCE } from "./generator.ts";
import { type Ask, type Found, readThings } from "./model.ts";
import { SeenValues, SessionHistory } from "./session-history.ts";

const ROUNDS = Number(process.env["CRASH_ROUNDS"] ?? 20);
const LOAD_MS_MAX = 700;
/** Rounds between two runs of `catalogd verify`, which replays the whole log. */
const ROUNDS_PER_VERIFY = 7;
/** The log only grows; a new directory keeps a long run's rounds as quick as the first. */
const ROUNDS_PER_DIRECTORY = 50;

const clients: readonly ((address: Address, observer: Observer) => Promise<Client>)[] = [
  ...Array(3).fill(NodePostgres.connect),
  ...Array(2).fill(PostgresJs.connect),
  ...Array(3).fill(Psql.connect),
];

describe("a server that is killed", () => {
  it(`keeps every acknowledged commit and half of none, ${ROUNDS} times`, async function () {
    this.timeout(0);
    const seed = seedOfRun();
    console.log(`      SEED=${seed}`);
    const random = new Random(seed);
    for (let from = 0; from < ROUNDS; from += ROUNDS_PER_DIRECTORY) {
      const story = new Story(random);
      await story.begin();
      const rounds = Math.min(ROUNDS - from, ROUNDS_PER_DIRECTORY);
      for (let round = 1; round <= rounds; round++) {
        await story.round(round % ROUNDS_PER_VERIFY === 0 || round === rounds);
      }
      await story.end();
    }
  });
});

/** One data directory through all its crashes. */
class Story {
  readonly #random: Random;
  readonly #histories = clients.map((_, at) => new SessionHistory(at));
  /**
   * Deadlocks over the shared tables, and what a failed block says to the statements that follow.
   */
  readonly #seen = new SeenValues(["40P01", "25P02", "3B001"]);
  #server: Server | undefined;
  #epoch = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  async begin(): Promise<void> {
    this.#server = await launch();
    const client = await connect(this.#server);
    await client.query(`CREATE SEQUENCE ${SHARED_SEQUENCE}`);
    await client.end();
  }

  get #running(): Server {
    if (this.#server === undefined) throw new Error("the story has not begun");
    return this.#server;
  }

  async round(verifyAll: boolean): Promise<void> {
    const { directory } = this.#running;
    const before = this.#histories.map(({ acknowledged }) => acknowledged);
    await this.#loadAndKill();
    const acknowledged = this.#histories.reduce(
      (sum, history, at) => sum + history.acknowledged - (before[at] ?? 0),
      0,
    );
    await this.#checkLog(directory, acknowledged);
    if (verifyAll) await checkVerify(directory);
    if (this.#random.chance(0.25)) await this.#killWhileRecovering(directory);
    this.#server = await launch({ directory });
    this.#seen.afterCrash();
    const client = await connect(this.#server);
    await this.#checkThings(client);
    await client.end();
    expect(this.#seen.faults).to.deep.equal([]);
  }

  async #loadAndKill(): Promise<void> {
    const { process } = this.#running;
    const connected = await Promise.all(clients.map((open) => open(this.#running, this.#seen)));
    const loads = connected.map((client, at) =>
      this.#histories[at]?.runUntilGone(client, this.#random.fork(at)),
    );
    await new Promise((resolve) => setTimeout(resolve, 50 + this.#random.below(LOAD_MS_MAX)));
    await process.kill();
    await Promise.all(loads);
    await Promise.all(connected.map((client) => client.close()));
    const failure = process.log.split("\n").find((line) => /"level":(50|60)/.test(line));
    expect(failure, "the first failure in the server's log").to.equal(undefined);
  }

  /** Epochs count without gaps, and there are one for each acknowledged commit, at least. */
  async #checkLog(directory: string, acknowledged: number): Promise<void> {
    const { faults, epochs } = await verifyLog(new NodeDisk(), `${directory}/wal`);
    expect(faults).to.deep.equal([]);
    const last = epochs?.last ?? 0;
    expect(last - this.#epoch).to.be.at.least(acknowledged);
    this.#epoch = last;
  }

  async #killWhileRecovering(directory: string): Promise<void> {
    const process = spawnServer({ directory });
    await new Promise((resolve) => setTimeout(resolve, this.#random.below(800)));
    await process.kill();
  }

  async #checkThings(client: pg.Client): Promise<void> {
    const ask: Ask = async (text) => (await client.query({ text, rowMode: "array", types })).rows;
    const found = await readThings(ask);
    for (const history of this.#histories) history.settle(found);
    this.#seen.oids(found);
    await this.#checkSequences(ask, found);
  }

  async #checkSequences(ask: Ask, found: Found): Promise<void> {
    for (const [label, name] of [...found.sequences, [SHARED_SEQUENCE, SHARED_SEQUENCE]] as const) {
      const [[value] = []] = await ask(`SELECT nextval('${name}')`);
      this.#seen.value(label, Number(value));
    }
  }

  async end(): Promise<void> {
    const { process, directory } = this.#running;
    expect(await process.stop()).to.deep.equal({ code: 0, signal: null });
    await checkVerify(directory);
  }
}

/** Values as the server wrote them. */
const types = { getTypeParser: () => (text: string) => text };

async function connect({ host, port }: Address): Promise<pg.Client> {
  const client = new pg.Client({ host, port, user: "root", database: "dev" });
  await client.connect();
  return client;
}

async function checkVerify(directory: string): Promise<void> {
  const verify = run(["verify", directory]);
  const { code } = await verify.exited;
  expect(code, verify.output + verify.log).to.equal(0);
}
