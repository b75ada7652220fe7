/** The checker's rules about jobs and about users' rows notice when they are broken. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { oid } from "../../src/base/ids.ts";
import { checkCatalog } from "../../src/catalog/check/check.ts";
import { checkIndexEntries, deadStorages } from "../../src/catalog/check/rows.ts";
import { checkOptions } from "../../src/sql/bind/check-options.ts";
import { Breaker, type Broken } from "../catalog/check-broken.ts";
import { JobStage } from "./job-stage.ts";

const GONE = oid(99_999);

describe("the checker of jobs", () => {
  let stage: JobStage;
  const ids = new Map<string, number>();
  const relation = (name: string) => oid(ids.get(name) ?? 0);
  const job = (name: string) => ({ id: oid(ids.get(`job ${name}`) ?? 0) });

  before(async () => {
    stage = await JobStage.open();
    await stage.fill("t", 1000);
    await stage.ask("create materialized view whole as select id from t");
    await stage.ask("create unique index ti on t (id); create index tv on t (v)");
    await stage.ask("set background_ddl = on; create materialized view made as select v from t");
    await stage.ask("wait");
    await stage.ask("set backfill_rate_limit = 0; create materialized view cut as select 1 from t");
    await stage.ask("drop materialized view cut");
    await stage.ask("create materialized view bad as select 1 / (id - 3) from t");
    await stage.ask("alter materialized view bad set backfill_rate_limit = default");
    await stage.untilState("bad", "failed");
    await stage.ask("create materialized view m as select id from t; create index i on t (v)");
    for (const name of ["m", "i"]) await stage.untilRests(name);
    for (const [name, id] of await stage.ask("select relname, oid from pg_class")) {
      ids.set(String(name), Number(id));
    }
    for (const name of ["made", "cut", "bad", "m", "i"]) {
      ids.set(`job ${name}`, (await stage.jobOf(name)).id);
    }
  });
  after(async () => {
    await stage.cancelAll();
    await stage.close();
  });

  it("finds nothing wrong while jobs work", async () => {
    expect(await stage.faults()).to.deep.equal([]);
  });

  const broken = new Breaker(() => stage);
  const breakages: readonly [string, (broken: Broken) => Broken, RegExp][] = [
    [
      "a job without its object",
      (b) => b.set("rw_job", job("m"), { relid: GONE }),
      /^dev: rw_job \d+: it makes relation 99999, which is not there$/,
    ],
    [
      "a job of what is ready",
      (b) => b.set("pg_class", { oid: relation("m") }, { relispopulated: true }),
      /^dev: rw_job \d+: what it makes is ready$/,
    ],
    [
      "a job that builds an index that is valid",
      (b) => b.set("pg_index", { indexrelid: relation("i") }, { indisvalid: true }),
      /^dev: rw_job \d+: what it makes is ready$/,
    ],
    [
      "a job that makes something else",
      (b) => b.set("rw_job", job("m"), { relid: relation("t") }),
      /^dev: rw_job \d+: MATERIALIZED VIEW makes a relation r$/,
    ],
    [
      "two jobs of one object",
      (b) => b.copy("rw_job", job("m"), { id: GONE }),
      /^dev: rw_job \d+: 2 jobs make relation \d+$/,
    ],
    [
      "a job that works and says how it ended",
      (b) => b.set("rw_job", job("m"), { error: "x" }),
      /^dev: rw_job \d+: it is creating, and says how it ended$/,
    ],
    [
      "a client's statement that makes what others see",
      (b) => b.set("rw_job", job("m"), { background: false, state: "initial" }),
      /^dev: rw_job \d+: a client's statement has relation \d+$/,
    ],
    [
      "a state that there is not",
      (b) => b.set("rw_job", job("made"), { state: "done" }),
      /^dev: rw_job \d+: its state is done$/,
    ],
    [
      "a finished job without a time",
      (b) => b.set("rw_job", job("made"), { finished: null }),
      /^dev: rw_job \d+: it is created, and does not say since when$/,
    ],
    [
      "a finished job that waits",
      (b) => b.set("rw_job", job("made"), { waiting_for: "a slot" }),
      /^dev: rw_job \d+: it is created, and waits for a slot$/,
    ],
    [
      "a failed job that left its object",
      (b) => b.set("rw_job", job("bad"), { relid: relation("whole") }),
      /^dev: rw_job \d+: it was failed, and relation \d+ is there$/,
    ],
    [
      "a failed job without an error",
      (b) => b.set("rw_job", job("bad"), { error: null }),
      /^dev: rw_job \d+: it failed by nothing$/,
    ],
    [
      "a cancelled job that nobody cancelled",
      (b) => b.set("rw_job", job("cut"), { ended_by: null }),
      /^dev: rw_job \d+: it was cancelled by nobody$/,
    ],
    [
      "an index that nobody builds",
      (b) => b.remove("rw_job", job("i")),
      /^dev: pg_index \d+: the index is not valid, and no job builds it$/,
    ],
    [
      "a table that nobody fills",
      (b) => b.set("pg_class", { oid: relation("t") }, { relispopulated: false }),
      /^dev: pg_class \d+: it is not populated, and no job fills it$/,
    ],
    [
      "a view without its epoch",
      (b) => b.remove("rw_materialized", { relid: relation("whole") }),
      /^dev: pg_class \d+: the view does not say of which epoch its rows are$/,
    ],
    [
      "the epoch of no view",
      (b) => b.copy("rw_materialized", { relid: relation("whole") }, { relid: GONE }),
      /^dev: rw_materialized 99999: it is no materialized view and no sink$/,
    ],
    [
      "the epoch of a view without rows",
      (b) => b.set("pg_class", { oid: relation("whole") }, { relispopulated: false }),
      /^dev: rw_materialized \d+: the view holds nothing$/,
    ],
    [
      "inputs that are no oids",
      (b) => b.set("rw_materialized", { relid: relation("whole") }, { inputs: "t" }),
      /^dev: rw_materialized \d+: its inputs are "t"$/,
    ],
  ];
  for (const [what, breakIt, expected] of breakages) {
    it(`notices ${what}`, () => {
      const faults = checkCatalog(breakIt(broken.catalog()), checkOptions);
      const noticed = faults.filter((fault) => expected.test(fault));
      expect(noticed).not.to.have.lengthOf(0, faults.join("\n"));
    });
  }
});

describe("the checker of rows", () => {
  it("notices what an index lacks, has twice, and what nothing names", async () => {
    const stage = await JobStage.open();
    await stage.ask("create table t (id int primary key, v int)");
    await stage.ask(
      "insert into t select g, g from generate_series(1, 20) g; create index i on t (v)",
    );
    const storageOf = async (name: string) =>
      stage.value(`select relfilenode from pg_class where relname = '${name}'`);
    const [pkey, plain] = [await storageOf("t_pkey"), await storageOf("i")];
    const table = await storageOf("t");
    const database = await stage.value("select oid from pg_database where datname = 'dev'");
    expect(checkIndexEntries(stage.storage.store)).to.deep.equal([]);
    await stage.restart((directory) => {
      const db = new Database(join(directory, "rows.db"));
      db.exec(`DELETE FROM x${plain} WHERE v = 7; UPDATE x${pkey} SET k1 = 3 WHERE v = 5`);
      db.exec("INSERT INTO storage (id, width) VALUES (500, 1); CREATE TABLE s500 (v, c1)");
      db.close();
    });
    const { store } = stage.storage;
    const index = `database ${database}: index`;
    expect(checkIndexEntries(store)).to.have.members([
      `${index} ${pkey}: versions 3 and 5 of storage ${table} have the same keys`,
      `${index} ${plain}: version 7 of storage ${table} has no entry`,
    ]);
    expect(deadStorages(store)).to.deep.equal([500]);
    await stage.ask("drop table t");
    await stage.close();
  });
});

describe("the checker of users' rows", () => {
  it("tells keys apart that differ in bytes which are no text", async () => {
    const stage = await JobStage.open();
    await stage.ask("create table f (x float8 unique)");
    await stage.ask("insert into f values (511915216), (589195716), (1.5), (-0.1), ('NaN')");
    expect(await stage.faults()).to.deep.equal([]);
    await stage.close();
  });

  it("finds nothing left of types that are dropped", async () => {
    const stage = await JobStage.open();
    await stage.ask("create type r as range (subtype = int4); create type e as enum ('a', 'b')");
    await stage.ask("create domain d as int; create type of_d as range (subtype = d)");
    await stage.ask("drop type r, e; drop domain d cascade");
    expect(await stage.value("select count(*) from pg_range where rngtypid >= 16384")).to.equal(
      "0",
    );
    expect(await stage.faults()).to.deep.equal([]);
    await stage.close();
  });
});
