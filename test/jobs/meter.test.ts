/** Slots and the meter: what bounds jobs. */
import { expect } from "chai";
import { ScanMeter, UNLIMITED } from "../../src/pages/scan-meter.ts";
import { Slots } from "../../src/sql/jobs/slots.ts";

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
});
