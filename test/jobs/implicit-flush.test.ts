/** SET rw_implicit_flush = on, where barriers pass only when somebody asks for one. */
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { JobStage } from "./job-stage.ts";

const HOUR_MS = 3_600_000;

describe("rw_implicit_flush", () => {
  let stage: JobStage;

  before(async () => {
    stage = await JobStage.open({ barrierMs: HOUR_MS });
    await stage.fill("t", 10);
    await stage.ask("create materialized view m as select count(*) as n from t");
  });
  after(() => stage.close());

  const seen = () => stage.value("select n from m");

  it("has views follow whoever changes rows, when it is on", async () => {
    await stage.ask("insert into t values (11, 1)");
    expect(await seen()).to.equal("10");
    await stage.ask("set rw_implicit_flush to true");
    await stage.ask("insert into t values (12, 1)");
    expect(await seen()).to.equal("12");
    await stage.ask("update t set v = 2 where id = 12; delete from t where id = 12");
    expect(await seen()).to.equal("11");
    await stage.ask("set rw_implicit_flush to default");
  });

  it("waits behind COMMIT of a block, and not for who only reads or rolls back", async () => {
    const session = await stage.session();
    await session.ask("set rw_implicit_flush = on");
    await session.ask("begin");
    await session.ask("insert into t values (13, 1)");
    expect(await seen()).to.equal("11");
    await session.ask("commit");
    expect(await seen()).to.equal("12");
    await stage.ask("delete from t where id = 13");
    await session.ask("select count(*) from t");
    await session.ask("begin; insert into t values (14, 1); rollback");
    expect(await seen()).to.equal("12");
  });
});
