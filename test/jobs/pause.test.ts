/** pause_on_next_bootstrap; and settings of jobs that sessions begin with. */
import { expect } from "chai";
import { describe, it } from "mocha";
import { JobStage } from "./job-stage.ts";

describe("jobs that rest after a start", () => {
  it("wait for RESUME, once", async () => {
    const stage = await JobStage.open();
    await stage.fill("t", 1000);
    await stage.ask("create materialized view n as select count(*) from t");
    await stage.ask("set background_ddl = on; set backfill_rate_limit = 0");
    await stage.ask("create materialized view m as select id from t");
    await stage.untilRests("m");
    await stage.ask("alter materialized view m set backfill_rate_limit = default");
    await stage.ask("wait");
    await stage.ask("create index i on t (v)");
    await stage.untilRests("i");
    await stage.ask("alter system set pause_on_next_bootstrap = on");
    await stage.restart();

    await stage.ask("insert into t values (0, 0)");
    expect(await stage.wrong("flush")).to.equal(
      "55000 barriers are paused HINT RESUME lets jobs and barriers go on.",
    );
    const valid = "select indisvalid from pg_index where indexrelid = 'i'::regclass";
    await stage.ask("alter index i set backfill_rate_limit = default");
    expect(await stage.value(valid)).to.equal("f");
    expect(await stage.value("table n")).to.equal("1000");
    await stage.ask("resume");
    await stage.ask("wait");
    await stage.ask("flush");
    expect(await stage.value(valid)).to.equal("t");
    expect(await stage.value("table n")).to.equal("1001");
    expect(await stage.value("show pause_on_next_bootstrap")).to.equal("off");

    await stage.restart();
    await stage.ask("flush");
    const ada = await stage.session();
    await ada.ask("create role ada login; set role ada");
    expect(await stage.wrong("resume", ada)).to.equal("42501 must be superuser to resume jobs");
    await stage.close();
  });

  it("sessions begin with what ALTER DATABASE, ROLE and SYSTEM say of jobs", async () => {
    const stage = await JobStage.open();
    await stage.ask("create role ada login");
    await stage.ask("alter system set slow_ddl_notification_secs = 7");
    await stage.ask("alter database dev set backfill_rate_limit = 500");
    await stage.ask("alter role ada set background_ddl = on");
    await stage.ask("alter role ada in database dev set ddl_timeout = '5min'");
    const ada = await stage.session("ada");
    const shown: (string | null | undefined)[] = [];
    for (const name of [
      "background_ddl",
      "backfill_rate_limit",
      "ddl_timeout",
      "slow_ddl_notification_secs",
    ]) {
      shown.push((await ada.ask(`show ${name}`))[0]?.[0]);
    }
    expect(shown).to.deep.equal(["on", "500", "5min", "7s"]);
    await stage.close();
  });

  it("rw_ddl_progress in a block: what the block sees; a job of the block begins behind it", async () => {
    const stage = await JobStage.open();
    await stage.fill("t", 1000);
    const seen = await stage.session();
    // On a slow machine fill's own statement is a job too, which ends a moment after its answer.
    const jobs = `select state, rows_done > 0 from rw_catalog.rw_ddl_progress
      where is_background`;
    await seen.ask("begin isolation level repeatable read; select 1");
    await stage.ask("set background_ddl = on; set backfill_rate_limit = 0");
    await stage.ask("begin; create materialized view m as select id from t");
    expect(await stage.ask(jobs)).to.deep.equal([["creating", "f"]]);
    await stage.ask("rollback");
    expect(await stage.ask(jobs)).to.deep.equal([]);
    await stage.ask("begin; create materialized view m as select id from t; commit");
    await stage.untilRests("m");
    expect(await seen.ask(jobs)).to.deep.equal([]);
    await seen.ask("commit");
    expect(await seen.ask(jobs)).to.deep.equal([["creating", "t"]]);
    await stage.cancelAll();
    await stage.close();
  });
});
