/** Materialized views are kept up to date: behind FLUSH each holds what its query gives. */
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { JobStage } from "./job-stage.ts";

const VIEWS = {
  low: "select id, v from t where v < 5",
  sums: "select v, count(*) as n, sum(id) as total from t group by v",
  doubled: "select id * 2 as twice from plain",
  upper: "select max(n) as most from sums",
};

describe("materialized views that are kept up to date", () => {
  let stage: JobStage;

  before(async () => {
    stage = await JobStage.open();
    await stage.fill("t", 300);
    await stage.ask("create view plain as select id from t where v = 1");
    for (const [name, query] of Object.entries(VIEWS)) {
      await stage.ask(`create materialized view ${name} as ${query}`);
    }
  });
  after(() => stage.close());

  const expectCurrent = async () => {
    // One reads another one.
    await stage.ask("flush");
    await stage.ask("flush");
    for (const [name, query] of Object.entries(VIEWS)) {
      const different = `(table ${name} except all ${query}) union all (${query} except all table ${name})`;
      expect(await stage.ask(different), name).to.deep.equal([]);
    }
  };

  for (const change of [
    "insert into t select g, g % 7 from generate_series(301, 400) g",
    "update t set v = v + 1 where id % 3 = 0",
    "delete from t where id < 50",
    "begin; delete from t where v = 1; insert into t values (7, 1), (7, 1), (null, 1); commit",
    "create or replace view plain as select id from t where v = 2",
    "truncate t",
    "insert into t values (1, 1), (2, 2)",
    "begin; insert into t values (3, 1); rollback",
  ]) {
    it(change, async () => {
      await stage.ask(change);
      await expectCurrent();
    });
  }

  it("one without data is not kept", async () => {
    await stage.ask("create materialized view bare as select id from t with no data");
    await stage.ask("insert into t values (8, 8)");
    await stage.ask("flush");
    expect(await stage.wrong("table bare")).to.match(
      /^55000 materialized view "bare" has not been populated/,
    );
    await stage.ask("drop materialized view bare");
  });

  it("one whose query fails stays as it was, and catches up", async () => {
    await stage.ask("create table d (a int)");
    await stage.ask("insert into d values (1), (2)");
    await stage.ask("create materialized view q as select 10 / a as b from d");
    const held = "select string_agg(b::text, ' ' order by b) from q";
    await stage.ask("insert into d values (0), (5)");
    await stage.ask("flush");
    expect(await stage.value(held)).to.equal("5 10");
    await stage.ask("delete from d where a = 0");
    await stage.ask("flush");
    expect(await stage.value(held)).to.equal("2 5 10");
    await expectCurrent();
  });

  it("one that is dropped while its lock is waited for has not failed", async () => {
    await stage.ask("create materialized view short as select id from t");
    const session = await stage.session();
    await session.ask("begin; drop materialized view short");
    await stage.ask("insert into t values (9, 9)");
    const flushed = stage.ask("flush");
    await new Promise((resolve) => setTimeout(resolve, 100));
    await session.ask("commit");
    session.close();
    await flushed;
    const failed = "select info from rw_catalog.rw_event_logs where event_type like 'VIEW_NOT%'";
    const infos = (await stage.ask(failed)).map(([info]) => info);
    expect(infos.filter((info) => /does not exist/.test(String(info)))).to.deep.equal([]);
  });

  it("takes in what was committed before the server ended", async () => {
    const other = await JobStage.open({ barrierMs: 60_000 });
    await other.ask("create table t (a int)");
    await other.ask("create materialized view m as select a from t where a > 0");
    await other.ask("insert into t values (1)");
    await other.restart();
    await other.ask("flush");
    expect(await other.ask("select a from m")).to.deep.equal([["1"]]);
    await other.close();
  });
});
