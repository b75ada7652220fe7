/**
 * EVERY KIND OF JOB behind kill -9, all at once and at moments by chance, with changes between:
 * each goes on under its id, its progress does not go back, and what it makes is right in the end.
 * What a statement makes in the foreground is gone. `catalogd verify` finds nothing.
 *
 * SEED repeats the moments, JOB_CRASH_ROUNDS says how often the whole is done.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import pg from "pg";
import { Random, seedOfRun } from "../support/random.ts";
import { launch, run, type Server, temporaryDirectory } from "../support/server.ts";
import { until } from "./job-stage.ts";

const ROUNDS = Number(process.env["JOB_CRASH_ROUNDS"] ?? 1);
/** The long run ends a server more than once. */
const KILLS = ROUNDS > 1 ? 3 : 1;
const ROWS = 1500;
/** Lines of a source's file. */
const LINES = 1500;
/** Rows a second: so few that most jobs are not done when they are killed. */
const RATE = 1000;

/** What a job makes, and a query whose answer says that it is right. */
interface Kind {
  readonly create: (directory: string) => string;
  /** `ALTER noun name SET BACKFILL_RATE_LIMIT`. */
  readonly noun: string;
  /** 0 = right. */
  readonly wrong?: string;
  /** A query that the relation has the rows of. */
  readonly query?: string;
}

const view = (query: string): Kind => ({
  create: () => `materialized view @ as ${query}`,
  noun: "materialized view",
  query,
});
const index = (unique: string, columns: string): Kind => ({
  create: () => `${unique} index @ on t (${columns})`,
  noun: "index",
  wrong: "select count(*)::int from pg_index where indexrelid = '@'::regclass and not indisvalid",
});

const KINDS: Readonly<Record<string, Kind>> = {
  j_index: index("", "v"),
  j_unique: index("unique", "id"),
  j_filter: view("select id, v * 2 as w from t where v <> 4"),
  j_sums: view("select v, count(*) as n, sum(id) as s from t group by v"),
  j_join: view("select t.id, u.name from t join u on t.v = u.v"),
  // Of the table as it was when it was read.
  j_table: {
    create: () => "table @ as select id, k from still",
    noun: "table",
    query: "select id, k from still",
  },
  j_source: {
    create: (directory) =>
      `source @ (a int) with (connector = 'file', path = '${join(directory, "lines")}')`,
    noun: "source",
    query: `select generate_series(1, ${LINES})`,
  },
  j_sink: {
    create: (directory) =>
      `sink @ from t with (connector = 'file', path = '${join(directory, "sunk")}')`,
    noun: "sink",
  },
};

/** These end with the server. */
const FOREGROUND = [
  "create table f_table as select id from t",
  "create index f_index on still (id)",
  "create materialized view f_view as select id from t",
];

interface Seen {
  readonly id: number;
  readonly state: string;
  readonly done: number;
}

describe("jobs of every kind behind kill -9", () => {
  const clients: pg.Client[] = [];

  afterEach(() => Promise.all(clients.splice(0).map((client) => client.end().catch(() => {}))));

  const connect = async ({ host, port }: Server): Promise<pg.Client> => {
    const client = new pg.Client({ host, port, user: "root", database: "dev" });
    clients.push(client);
    client.on("error", () => {});
    await client.connect();
    return client;
  };

  const setUp = async (own: pg.Client, files: string): Promise<void> => {
    const lines = Array.from({ length: LINES }, (_, i) => `{"a": ${i + 1}}\n`);
    writeFileSync(join(files, "lines"), lines.join(""));
    await own.query("alter system set max_concurrent_creating_streaming_jobs = 0");
    const series = `generate_series(1, ${ROWS}) g`;
    await own.query(`create table t as select g as id, g % 10 as v from ${series}`);
    await own.query(`create table still as select g as id, g % 7 as k from ${series}`);
    await own.query(
      "create table u as select g as v, 'n' || g as name from generate_series(0, 6) g",
    );
    await own.query("create materialized view j_fresh as select v, id from t with no data");
    await own.query(`set background_ddl = on; set backfill_rate_limit = ${RATE}`);
    for (const [name, { create }] of Object.entries(KINDS)) {
      await own.query(`create ${create(files).replace("@", name)}`);
    }
    await own.query("refresh materialized view j_fresh");
  };

  /** By the object's name. */
  const jobs = async (own: pg.Client): Promise<ReadonlyMap<string, Seen>> => {
    const text = `select substring(statement from '\\mj_\\w+') as name, id::int, state,
      rows_done::int as done from rw_catalog.rw_jobs where is_background`;
    const { rows } = await own.query<Seen & { name: string }>(text);
    return new Map(rows.map(({ name, ...seen }) => [name, seen]));
  };

  /** They rest until the server ends. */
  const begin = async (server: Server): Promise<void> => {
    for (const statement of FOREGROUND) {
      const client = await connect(server);
      await client.query("set backfill_rate_limit = 0");
      client.query(statement).catch(() => {});
    }
  };

  const change = async (own: pg.Client, random: Random): Promise<void> => {
    for (let i = 0; i < 3; i++) {
      const id = 1 + random.below(ROWS);
      await own.query(`update t set v = ${random.below(10)} where id between ${id} and ${id + 40}`);
      await own.query(`delete from t where id = ${random.below(ROWS)}`);
    }
    await own.query(`insert into t select max(id) + 1, ${random.below(10)} from t`);
  };

  const expectRight = async (own: pg.Client, files: string): Promise<void> => {
    const all = { ...KINDS, j_fresh: view("select v, id from t") };
    for (const [name, { query, wrong }] of Object.entries(all)) {
      const differs = (one: string, other: string) => `(${one} except all ${other})`;
      const made = `select * from ${name}`;
      const text =
        query === undefined
          ? wrong?.replace("@", name)
          : `select count(*)::int from (${differs(made, query)} union all ${differs(query, made)}) d`;
      if (text === undefined) continue;
      const { rows } = await own.query({ text, rowMode: "array" });
      expect(rows, name).to.deep.equal([[0]]);
    }
    const left = new Map<string, number>();
    for (const line of readFileSync(join(files, "sunk"), "utf8").trimEnd().split("\n")) {
      const { op, row } = JSON.parse(line);
      const key = `${row.id} ${row.v}`;
      left.set(key, (left.get(key) ?? 0) + (op === "insert" ? 1 : -1));
    }
    const sunk = [...left].flatMap(([key, count]) => (count === 0 ? [] : [`${key} ${count}`]));
    const { rows } = await own.query("select id || ' ' || v || ' 1' as key from t");
    expect(sunk.sort(), "j_sink").to.deep.equal(rows.map(({ key }) => key).sort());
    const gone = "select relname from pg_class where relname ~ '^f_'";
    expect((await own.query(gone)).rows).to.deep.equal([]);
  };

  for (let round = 1; round <= ROUNDS; round++) {
    const seed = (seedOfRun() + round - 1) >>> 0;
    it(`go on, and make what they would have made (SEED=${seed})`, async () => {
      const random = new Random(seed);
      const files = temporaryDirectory();
      let server = await launch();
      let own = await connect(server);
      await setUp(own, files);
      for (let kill = 0; kill < KILLS; kill++) {
        await begin(server);
        await change(own, random);
        await new Promise((resolve) => setTimeout(resolve, random.below(600)));
        const before = await jobs(own);
        expect([...before.keys()].sort()).to.deep.equal([...Object.keys(KINDS), "j_fresh"].sort());
        await server.process.kill();
        server = await launch({ directory: server.directory });
        own = await connect(server);
        for (const [name, { id, state, done }] of await jobs(own)) {
          const was = before.get(name) as Seen;
          expect({ name, id }).to.deep.equal({ name, id: was.id });
          expect(state, name).to.be.oneOf(
            was.state === "created" ? ["created"] : ["creating", "created"],
          );
          expect(done, name).to.be.at.least(was.done);
        }
      }
      for (const [name, { noun }] of Object.entries(KINDS)) {
        const free = `alter ${noun} ${name} set backfill_rate_limit = default`;
        // One that is done before this has no rate.
        await own
          .query(free)
          .catch((error: pg.DatabaseError) => expect(error.code).to.equal("55000"));
      }
      await own
        .query("alter materialized view j_fresh set backfill_rate_limit = default")
        .catch(() => {});
      await own.query("wait");
      for (const [name, { state }] of await jobs(own)) expect(state, name).to.equal("created");
      await until("the source has read its file", async () => {
        await own.query("flush");
        const { rows } = await own.query("select count(*)::int as n from j_source");
        return rows[0].n >= LINES;
      });
      for (let i = 0; i < 2; i++) await own.query("flush");
      await expectRight(own, files);
      await own.end();
      expect((await server.process.stop()).code).to.equal(0);
      const verify = run(["verify", server.directory]);
      expect((await verify.exited).code, verify.output + verify.log).to.equal(0);
    }).timeout(240_000);
  }
});
