/** Sizes of relations and databases, as queries ask for them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { LocalSession } from "../support/local-session.ts";
import { SimDisk } from "../support/sim-disk.ts";

describe("sizes of relations", function () {
  this.timeout(60_000);
  let directory: string;
  let engine: CatalogEngine;
  let service: Sessions;
  let a: LocalSession;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "catalogd-sizes-"));
    const onFatal = (error: Error) => {
      throw error;
    };
    engine = await CatalogEngine.open({ directory, disk: new SimDisk(), database: "dev", onFatal });
    service = new Sessions({ engine });
    a = await LocalSession.open(service, "dev");
  });
  after(async () => {
    a.close();
    await engine.close();
    rmSync(directory, { recursive: true });
  });

  const numbers = async (text: string): Promise<number[]> =>
    ((await a.ask(text))[0] ?? []).map(Number);

  it("are those of pages of rows and entries", async () => {
    await a.ask("create table t (id int primary key, v text)");
    const asked = `select pg_relation_size('t'), pg_table_size('t'), pg_indexes_size('t'),
      pg_total_relation_size('t'), pg_relation_size('t', 'fsm'), pg_relation_size('t_pkey')`;
    expect(await numbers(asked)).to.deep.equal([0, 8192, 8192, 16384, 0, 8192]);
    await a.ask("insert into t select i, repeat('x', 500) from generate_series(1, 1000) i");
    const [main = 0, table, indexes = 0, total, map, key] = await numbers(asked);
    expect(main).to.be.within(500_000, 1_000_000);
    expect(indexes).to.be.within(8_000, 40_000);
    expect([table, total, map, key]).to.deep.equal([main, main + indexes, 0, indexes]);
    // What changes the session is not started again on another thread.
    const stays = "select pg_table_size('t'), pg_advisory_lock(1)";
    expect((await numbers(stays))[0]).to.equal(main);
  });

  it("go with the rows when these go", async () => {
    await a.ask("create table u as select repeat('x', 500) from generate_series(1, 100)");
    expect((await numbers("select pg_relation_size('u')"))[0]).to.be.above(50_000);
    await a.ask("truncate u");
    expect(await numbers("select pg_relation_size('u')")).to.deep.equal([0]);
  });

  it("of a database are those of its relations, whatever database asks", async () => {
    await a.ask("create database other");
    const other = await LocalSession.open(service, "other");
    await other.ask("create table t as select repeat('x', 500) from generate_series(1, 1000)");
    const asked = "select pg_database_size('other') - pg_database_size('template1')";
    expect((await numbers(asked))[0]).to.be.within(500_000, 1_000_000);
    const [[there]] = (await other.ask(asked)) as [[string]];
    expect(await numbers(asked)).to.deep.equal([Number(there)]);
    other.close();
  });
});
