/** Which commit was the newest when. */
import Database from "better-sqlite3";
import { expect } from "chai";
import { type Epoch, epoch } from "../../src/base/ids.ts";
import { createMoments, Moments } from "../../src/pages/moments.ts";

describe("moments", () => {
  let kept = 0;
  let db: Database.Database;
  const found = (moments: Moments, ...times: readonly number[]) =>
    times.map((time) => moments.find(time));

  beforeEach(() => {
    db = new Database(":memory:");
    db.exec(createMoments);
  });
  afterEach(() => db.close());

  it("are found by time, and never go back with the clock", () => {
    kept = 1000;
    const moments = new Moments(db, () => kept);
    for (const [time, at] of [
      [10, 1],
      [30, 2],
      [20, 3],
      [40, 4],
    ] as const) {
      moments.note(time, epoch(at));
    }
    expect(found(moments, 9, 10, 29, 30, 39, 40, 99)).to.deep.equal([undefined, 1, 1, 3, 3, 4, 4]);
    const again = new Moments(db, () => kept);
    again.note(15, epoch(5));
    expect(found(again, 39, 40)).to.deep.equal([3, 5]);
  });

  it("go when they are older than what is kept, but for the last of those", () => {
    kept = 100;
    const moments = new Moments(db, () => kept);
    expect(moments.trim(5, 7 as Epoch)).to.equal(1);
    expect(found(moments, 4, 5)).to.deep.equal([undefined, 7]);
    for (let i = 1; i <= 5; i++) moments.note(10 * i, epoch(10 + i));
    expect(moments.trim(100, epoch(15))).to.equal(0);
    expect(moments.trim(135, epoch(15))).to.equal(3);
    expect(found(moments, 29, 30, 39)).to.deep.equal([undefined, 13, 13]);
    kept = 0;
    expect(moments.trim(136, epoch(15))).to.equal(3);
    moments.note(200, epoch(16));
    expect(found(moments, 300)).to.deep.equal([undefined]);
  });
});
