import { expect } from "chai";
import { WallClock } from "../../src/base/wall-clock.ts";

describe("the wall clock", () => {
  it("is finer than its source, and follows that when the two are apart", () => {
    const [start, since] = [1_700_000_000_000, 5];
    let [wall, ran] = [start, since];
    const clock = new WallClock(
      () => Math.floor(wall),
      () => ran,
    );
    const pass = (ms: number) => {
      wall += ms;
      ran += ms;
    };
    pass(0.25);
    expect(clock.now()).to.equal(start + 0.25);
    pass(10.5);
    expect(clock.now()).to.equal(start + 10.75);
    // The machine has slept.
    wall += 3_600_000;
    expect(clock.now()).to.equal(Math.floor(wall));
    pass(0.125);
    expect(clock.now()).to.equal(start + 3_600_010.125);
    // Somebody has set the time back.
    wall = start;
    expect(clock.now()).to.equal(start);
  });
});
