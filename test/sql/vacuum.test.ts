/** Users' rows under vacuum, as sessions see them. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { oid } from "../../src/base/ids.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { LocalSession } from "../support/local-session.ts";
import { SimDisk } from "../support/sim-disk.ts";

const EVERY = oid(2 ** 32);

describe("vacuum of users' rows", function () {
  this.timeout(60_000);
  let directory: string;
  let disk: SimDisk;
  let engine: CatalogEngine;
  let service: Sessions;
  let a: LocalSession;
  let b: LocalSession;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "catalogd-vacuum-"));
    disk = new SimDisk();
    await start();
  });
  afterEach(async () => {
    await stop();
    rmSync(directory, { recursive: true });
  });

  async function start(): Promise<void> {
    engine = await CatalogEngine.open({
      directory,
      disk,
      database: "dev",
      onFatal: (error) => {
        throw error;
      },
    });
    service = new Sessions({ engine });
    a = await LocalSession.open(service, "dev");
    b = await LocalSession.open(service, "dev");
  }
  async function stop(): Promise<void> {
    a.close();
    b.close();
    await engine.close();
  }

  const rows = () => {
    engine.storage.sequencer.publish();
    return engine.storage.store.rows;
  };
  const storageOf = async (name: string) =>
    oid(Number((await a.ask(`select pg_relation_filenode('${name}')`))[0]?.[0]));
  const versions = async (name: string) =>
    [...rows().versions(await storageOf(name))].map(({ version }) => version);
  const storages = () =>
    rows()
      .storages(EVERY)
      .map(({ id }) => Number(id));
  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (let i = 0; i < 300 && !(await condition()); i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await condition()).to.equal(true);
  }

  it("spares what a snapshot, a cursor and an UPDATE in progress see", async () => {
    await a.ask("create table t (id int primary key, v int)");
    await a.ask("insert into t select i, 0 from generate_series(1, 10) i");
    const count = "select count(*), sum(v) from t";
    for (const begin of [
      `begin isolation level repeatable read; ${count}`,
      "begin; declare c cursor for select id, v from t",
    ]) {
      await a.ask(begin);
      await b.ask("update t set v = v + 1");
      await b.ask("delete from t where id = 10");
      await b.ask("vacuum t");
      const seen = await a.ask(begin.includes("cursor") ? "fetch all from c" : count);
      if (begin.includes("cursor")) expect(seen).to.have.length(10);
      else expect(seen).to.deep.equal([["10", "0"]]);
      await a.ask("commit");
      await b.ask("vacuum t");
      expect(await versions("t")).to.have.length(9);
      await b.ask("insert into t values (10, 1)");
    }
  });

  it("removes storages of what was dropped, truncated, rewritten and never committed", async () => {
    const fill = "insert into t select i, 'x' from generate_series(1, 100) i";
    await a.ask("create table t (id int primary key, v text)");
    await a.ask("create table kept (id int primary key); insert into kept values (1)");
    await a.ask("create index ti on t ((v || 'y'))");
    await a.ask(fill);
    const before = storages();
    expect(before).to.have.length(5);
    // A snapshot that needs them all keeps the vacuum in the background from being first.
    await b.ask("begin isolation level repeatable read; select from kept");
    await a.ask("truncate t");
    await a.ask(fill);
    await a.ask("alter table t alter v type bytea using v::bytea");
    await a.ask("reindex table t");
    await a.ask("drop index ti");
    await a.ask("begin; create table lost (v text)");
    await a.ask("insert into lost select repeat('x', 1000) from generate_series(1, 2000)");
    await a.ask("rollback");
    expect(storages().length).to.be.above(8);
    await b.ask("commit");
    await a.ask("vacuum");
    const needed = ["t", "t_pkey", "kept", "kept_pkey"];
    const wanted: number[] = [];
    for (const name of needed) wanted.push(Number(await storageOf(name)));
    expect(storages()).to.deep.equal(wanted.sort((x, y) => x - y));
    expect(await a.ask("select count(*), min(id), max(v::text) from t")).to.deep.equal([
      ["100", "1", "\\x78"],
    ]);
    expect(await a.ask("select id from t where id = 7")).to.deep.equal([["7"]]);
    await a.ask("drop table t, kept");
    await a.ask("vacuum");
    expect(storages()).to.deep.equal([]);
  });

  it("leaves storages alone that a running transaction has made", async () => {
    const c = await LocalSession.open(service, "dev");
    await c.ask("begin; create table fresh (id int primary key, v text)");
    await c.ask("savepoint s");
    await c.ask("insert into fresh select i, repeat('x', 500) from generate_series(1, 2000) i");
    await c.ask("rollback to s");
    await c.ask("insert into fresh values (1, 'a')");
    await b.ask("vacuum");
    await c.ask("insert into fresh values (2, 'b')");
    await c.ask("commit");
    expect(await c.ask("select v from fresh where id = 1")).to.deep.equal([["a"]]);
    const error = await c.ask("insert into fresh values (1, 'c')").catch((thrown) => thrown);
    expect(error).to.include({ code: "23505" });
    c.close();
  });

  it("comes by itself, and keeps the file small under updates of the same rows", async () => {
    await a.ask("create table t (id int primary key, v int)");
    await a.ask("insert into t select i, 0 from generate_series(1, 2000) i");
    await a.ask("vacuum");
    const { all } = rows().pages;
    for (let round = 1; round <= 3; round++) {
      await a.ask("update t set v = v + 1");
      await until(async () => (await versions("t")).length === 2000);
    }
    expect(rows().pages.all).to.be.below(all * 3);
    expect(await a.ask("select count(*), sum(v) from t")).to.deep.equal([["2000", "6000"]]);
    await a.ask("drop table t");
    await until(() => storages().length === 0);
  });

  it("gives the same rows after a restart, and when the file is built anew from the log", async () => {
    await a.ask("create table t (id serial primary key, v text)");
    await a.ask("insert into t (v) select 'a' from generate_series(1, 500)");
    await a.ask("begin");
    await a.ask("insert into t (v) select repeat('x', 1000) from generate_series(1, 1000)");
    await a.ask("rollback");
    await a.ask("update t set v = 'b' where id % 2 = 0");
    await a.ask("delete from t where id > 400");
    await a.ask("vacuum");
    const last = rows().lastVersion(await storageOf("t"));
    await stop();
    await start();
    expect(rows().lastVersion(await storageOf("t"))).to.equal(last);
    await a.ask("delete from t where id > 390");
    await a.ask("insert into t (v) values ('new')");
    await a.ask("vacuum");
    const wanted = await a.ask("select id, v from t order by id");
    expect(wanted).to.have.length(391);
    await stop();
    for (const suffix of ["", "-wal", "-shm"]) {
      const file = join(directory, `rows.db${suffix}`);
      if (existsSync(file)) rmSync(file);
    }
    await start();
    expect(await a.ask("select id, v from t order by id")).to.deep.equal(wanted);
    await a.ask("vacuum");
    expect(await versions("t")).to.have.length(391);
    expect(await a.ask("select v from t where id = 2")).to.deep.equal([["b"]]);
  });

  it("is counted, until the counts are set back", async () => {
    const figures = async (name: string) => {
      const [row] = await a.ask(
        `select n_dead_tup, vacuum_count, last_vacuum > now() - interval '1 hour',
           autovacuum_count, last_autovacuum is null from pg_stat_all_tables
         where relid = '${name}'::regclass`,
      );
      return row?.join();
    };
    await a.ask("create table t (id int primary key, v int)");
    await a.ask("insert into t select i, 0 from generate_series(1, 2000) i");
    expect(await figures("t")).to.equal("0,0,,0,t");
    await a.ask("delete from t where id <= 10");
    expect(await figures("t")).to.equal("10,0,,0,t");
    await a.ask("vacuum t");
    await a.ask("vacuum pg_class");
    expect(await figures("t")).to.equal("0,1,t,0,t");
    expect(await figures("pg_class")).to.equal("0,1,t,0,t");
    await a.ask("update t set v = 1");
    await until(async () => (await figures("t")) === "0,1,t,1,f");
    await a.ask("select pg_stat_reset_single_table_counters('t'::regclass)");
    expect(await figures("t")).to.equal("0,0,,0,t");
    await a.ask("select pg_stat_reset()");
    expect(await figures("pg_class")).to.equal("0,0,,0,t");
  });

  it("lets others commit meanwhile, and ends when it is cancelled", async () => {
    await a.ask("create table t (id int primary key, v int); create table log (n int)");
    await a.ask("insert into t select i, 0 from generate_series(1, 20000) i");
    await a.ask("update t set v = 1");
    a.start("vacuum t");
    let commits = 0;
    for (; a.busy; commits++) {
      await b.ask(`insert into log values (${commits})`);
      await b.ask("update t set v = 2 where id = 5");
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(commits).to.be.above(2);
    expect(a.take().map((answer) => answer.kind)).to.deep.equal(["tag"]);
    expect(await b.ask("select count(*), sum(v) from t")).to.deep.equal([["20000", "20001"]]);
    expect(await b.ask("select count(*) from log")).to.deep.equal([[String(commits)]]);

    await a.ask("update t set v = 3");
    a.start("vacuum t");
    a.cancel();
    await a.answered();
    const [answer] = a.take();
    expect(answer?.kind === "error" && answer.error).to.include({ code: "57014" });
    await a.ask("vacuum t");
    expect(await versions("t")).to.have.length(20_000);
  });
});
