/** Sessions of the server's own among the others. */
import { expect } from "chai";
import { JobStage, until } from "./job-stage.ts";

const WORKERS = "select pid from pg_stat_activity where backend_type = 'background worker'";

describe("the session of a job", () => {
  it("is in pg_stat_activity, and whoever ends it ends the job", async () => {
    const stage = await JobStage.open();
    await stage.fill("t", 2_000);
    await stage.ask("set background_ddl = on; set backfill_rate_limit = 0");
    await stage.ask("create materialized view m as select id, v from t");
    await stage.untilRests("m");
    const pid = await until("the worker", () =>
      stage.value(`${WORKERS} and query = '' and state = 'active'`).then((value) => value ?? false),
    );
    expect(await stage.value(`select pg_terminate_backend(${pid})`)).to.equal("t");
    const { error } = await stage.untilState("m", "failed");
    expect(error).to.equal("terminating connection due to administrator command");
    await stage.expectGone("m");
    await stage.close();
  });

  it("goes with its database", async () => {
    const stage = await JobStage.open();
    await stage.ask("create database other");
    const other = await stage.session("root", "other");
    await other.ask("create table t as select g as id from generate_series(1, 2000) g");
    await other.ask("set background_ddl = on; set backfill_rate_limit = 0");
    await other.ask("create index i on t (id)");
    await until("the job works", async () => {
      const [row] = await other.ask("select rows_done from rw_catalog.rw_ddl_progress");
      return Number(row?.[0]) > 0;
    });
    other.close();
    expect(await stage.wrong("drop database other")).to.match(/^55006 /);
    await stage.ask("drop database other with (force)");
    expect(await stage.value("select count(*) from pg_database where datname = 'other'")).to.equal(
      "0",
    );
    await until("no worker is left", async () => (await stage.ask(WORKERS)).length === 0);
    await stage.close();
  });
});
