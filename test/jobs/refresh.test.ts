/** REFRESH MATERIALIZED VIEW in the background: who reads the view goes on. */
import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { JobStage, until } from "./job-stage.ts";

describe("REFRESH in the background", () => {
  let stage: JobStage;

  before(async () => {
    stage = await JobStage.open();
    await stage.fill("t", 1000);
    await stage.ask("create table d as select 2 as by");
    await stage.ask("create materialized view x as select id / (select by from d) as half from t");
  });
  beforeEach(async () => {
    await stage.ask("set background_ddl = on; set backfill_rate_limit = 0");
  });
  afterEach(async () => {
    await stage.cancelAll();
    await stage.ask("set background_ddl = off; set backfill_rate_limit = default");
    expect(await stage.value("select count(*) from x")).to.equal("1000");
    expect(await stage.faults()).to.deep.equal([]);
  });
  after(() => stage.close());

  const begin = async () => {
    await stage.ask("refresh materialized view x");
    return stage.untilRests("refresh");
  };

  it("is a job; the view is readable meanwhile, and refreshed by nobody else", async () => {
    const { id } = await begin();
    expect(await stage.value("select count(*) from x")).to.equal("1000");
    expect(await stage.wrong("refresh materialized view x")).to.equal(
      `55000 materialized view "x" is already being refreshed DETAIL Job ${id} does it.`,
    );
    await stage.ask("alter materialized view x set backfill_rate_limit = default");
    await stage.ask("wait materialized view x");
    expect(await stage.jobOf("refresh")).to.include({ id, state: "created", error: null });
  });

  it("that is cancelled leaves the view as it was", async () => {
    const { id } = await begin();
    await stage.ask(`cancel jobs ${id}`);
    expect(await stage.jobOf("refresh")).to.include({ id, state: "cancelled", by: "root" });
  });

  it("that fails leaves the view as it was", async () => {
    await stage.ask("set backfill_rate_limit = default");
    await stage.ask("update d set by = 0");
    await stage.ask("refresh materialized view x");
    const job = await until("it failed", async () => {
      const found = await stage.jobOf("refresh");
      return found.state === "failed" && found;
    });
    expect(job.error).to.equal("division by zero");
    await stage.ask("update d set by = 2");
  });

  it("that a stop of the server has ended begins again", async () => {
    const { id } = await begin();
    await stage.restart();
    await stage.ask("alter materialized view x set backfill_rate_limit = default");
    await stage.ask("wait");
    expect(await stage.jobOf("refresh")).to.include({ id, state: "created" });
  });

  it("fills a view that had no data", async () => {
    await stage.ask("set backfill_rate_limit = default");
    await stage.ask("create materialized view empty as select id from t with no data");
    expect(await stage.wrong("table empty")).to.match(/^55000 .* has not been populated/);
    await stage.ask("refresh materialized view empty");
    await stage.ask("wait");
    expect(await stage.value("select count(*) from empty")).to.equal("1000");
    await stage.ask("drop materialized view empty");
  });

  it("goes with the view", async () => {
    await stage.ask("create materialized view gone as select id from t with no data");
    await stage.ask("refresh materialized view gone");
    await stage.ask("drop materialized view gone");
    expect(await stage.jobOf("gone")).to.include({ state: "cancelled", by: "root" });
  });
});
