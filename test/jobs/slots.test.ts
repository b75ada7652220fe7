/** A limit of four, and five jobs. */
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { JobStage, until } from "./job-stage.ts";

describe("slots", () => {
  let stage: JobStage;

  before(async () => {
    stage = await JobStage.open();
    await stage.fill("t", 1000);
    await stage.ask("set background_ddl = on");
  });
  afterEach(async () => {
    await stage.cancelAll();
  });
  after(() => stage.close());

  const five = async () => {
    await stage.ask("set backfill_rate_limit = 0");
    for (let at = 1; at <= 4; at++) {
      await stage.ask(`create materialized view m${at} as select id from t`);
      await stage.untilRests(`m${at}`);
    }
    await stage.ask("set backfill_rate_limit = -1");
    await stage.ask("create materialized view m5 as select id from t");
    await until("the fifth says what it waits for", async () => {
      const waiting = `select waiting_for from rw_catalog.rw_ddl_progress
        where ddl_statement ~ 'm5'`;
      return (await stage.value(waiting)) === "one of 4 slots";
    });
  };

  it("the fifth waits, and goes on when one ends", async () => {
    await five();
    await stage.ask("insert into t values (1001, 1); create table other (a int); drop table other");
    await stage.ask("alter materialized view m2 set backfill_rate_limit = default");
    await stage.untilState("m2", "created");
    await stage.untilState("m5", "created");
    expect((await stage.jobOf("m1")).state).to.equal("creating");
    expect(await stage.value("select count(*) from m5")).to.equal("1001");
    await stage.ask("drop materialized view m2, m5");
  });

  it("who waits is cancelled at once", async () => {
    await five();
    const { id } = await stage.jobOf("m5");
    expect(await stage.ask(`cancel jobs ${id}`)).to.deep.equal([[String(id)]]);
    expect(await stage.jobOf("m5")).to.include({ state: "cancelled", by: "root" });
    await stage.expectGone("m5");
  });

  it("a statement in the foreground waits as well, and obeys statement_timeout", async () => {
    await five();
    const other = await stage.session();
    await other.ask("set statement_timeout = 100");
    const wrong = await stage.wrong("create index i on t (v)", other);
    expect(wrong).to.equal("57014 canceling statement due to statement timeout");
    await stage.expectGone("i");
  });
});
