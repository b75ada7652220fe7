/** Slots and the meter: what bounds jobs. */
import { expect } from "chai";
import { ScanMeter, UNLIMITED } from "../../src/pages/scan-meter.ts";
import { Slots } from "../../src/sql/jobs/slots.ts";
import { JobStage } from "./job-stage.ts";

describe("slots of jobs", () => {
  it("are given out up to the limit, and in the order of asking", async () => {
    const slots = new Slots(() => 2);
    expect([slots.tryTake(), slots.tryTake(), slots.tryTake()]).to.deep.equal([true, true, false]);
    const woken: string[] = [];
    const [first, second] = ["first", "second"].map((name) => {
      const wait = slots.wait();
      void wait.done.then(() => woken.push(name));
      return wait;
    });
    slots.release();
    await first?.done;
    expect(woken).to.deep.equal(["first"]);
    expect(slots.tryTake()).to.equal(true);
    slots.release();
    await second?.done;
    expect(woken).to.deep.equal(["first", "second"]);
  });

  it("are as many as there are jobs when the limit is 0", () => {
    const slots = new Slots(() => 0);
    for (let at = 0; at < 100; at++) expect(slots.tryTake()).to.equal(true);
  });

  it("wake the next one when somebody was woken and has gone", async () => {
    const slots = new Slots(() => 1);
    slots.tryTake();
    const [gone, next] = [slots.wait(), slots.wait()];
    slots.release();
    gone.cancel();
    await next.done;
    expect(slots.tryTake()).to.equal(true);
  });
});

describe("the meter of a job", () => {
  it("counts what other threads read, over the memory that they share", () => {
    const meter = new ScanMeter();
    new ScanMeter(meter.shared).add(5);
    meter.add(2);
    expect(meter.rows).to.equal(7);
    expect(new ScanMeter(meter.shared).rate).to.equal(UNLIMITED);
  });

  it("lets go on without a rate, rest at 0, and keep a rate from when it was set", () => {
    const meter = new ScanMeter();
    meter.add(1_000_000);
    expect(meter.delayMs()).to.equal(0);
    meter.rate = 0;
    expect(meter.delayMs()).to.be.greaterThan(0);
    meter.rate = 10;
    expect(meter.delayMs(), "what was read before does not count").to.equal(0);
    meter.add(1_000);
    expect(meter.delayMs()).to.be.greaterThan(0);
  });

  it("counts what a step reads first, and what another thread does", () => {
    const meter = new ScanMeter();
    meter.rate = 10;
    meter.begin(0, 100);
    meter.add(1);
    expect(meter.delayMs()).to.be.greaterThan(0);
    const other = new ScanMeter(meter.shared);
    other.add(1);
    expect(other.delayMs()).to.be.greaterThan(0);
  });

  it("has few rows read at a time when it lets few through", () => {
    const meter = new ScanMeter();
    expect(meter.batchOf(2048)).to.equal(2048);
    for (const [rate, rows] of [
      [1, 1],
      [100, 5],
      [1_000, 50],
      [100_000, 256],
      [0, 256],
    ] as const) {
      meter.rate = rate;
      expect(meter.batchOf(2048), String(rate)).to.equal(rows);
    }
  });
});

describe("jobs with a rate", () => {
  it("are held to it from their first row on, whatever they read", async () => {
    const stage = await JobStage.open({ slots: 0 });
    const [rows, rate] = [150, 100];
    await stage.fill("t", rows);
    await stage.ask(`set background_ddl = on; set backfill_rate_limit = ${rate}`);
    const made = {
      a: "materialized view a as select id from t",
      b: "materialized view b as select v, count(*) from t group by v",
      c: "index c on t (v)",
      d: "table d as select id from t",
      e: "sink e from t with (connector = 'blackhole')",
    };
    for (const text of Object.values(made)) await stage.ask(`create ${text}`);
    await stage.ask("wait");
    for (const name of Object.keys(made)) {
      const [[took] = []] = await stage.ask(`select extract(epoch from finished_at - started_at)
        from rw_catalog.rw_jobs where statement ~ '\\m${name} (as|on|from) '`);
      expect(Number(took), name).to.be.greaterThan((0.9 * rows) / rate);
    }
    await stage.close();
  });
});
