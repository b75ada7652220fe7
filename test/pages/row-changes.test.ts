import { expect } from "chai";
import { type Epoch, oid } from "../../src/base/ids.ts";
import { RowChanges } from "../../src/pages/row-changes.ts";

const [A, B] = [oid(20_001), oid(20_002)];
const at = (epoch: number): Epoch => epoch as Epoch;

describe("which row versions have changed", () => {
  it("is known of a storage from the moment that somebody asked", () => {
    const changes = new RowChanges();
    changes.note(A, 1, at(4));
    expect(changes.since(A, at(3), at(5))).to.equal(undefined);
    changes.note(A, 2, at(6));
    changes.note(B, 9, at(6));
    changes.note(A, 3, at(7));
    expect(changes.since(A, at(4), at(7))).to.equal(undefined);
    expect(changes.since(A, at(5), at(7))).to.deep.equal([2, 3]);
    expect(changes.since(A, at(6), at(7))).to.deep.equal([3]);
    expect(changes.since(A, at(7), at(7))).to.deep.equal([]);
  });

  it("is not known any more when it was too much", () => {
    const changes = new RowChanges(10);
    for (const storage of [A, B]) changes.since(storage, at(0), at(0));
    for (let version = 1; version <= 11; version++) changes.note(A, version, at(version));
    expect(changes.since(A, at(5), at(11))).to.equal(undefined);
    expect(changes.since(A, at(6), at(11))).to.deep.equal([7, 8, 9, 10, 11]);
    expect(changes.since(A, at(8), at(11))).to.deep.equal([9, 10, 11]);
    changes.lose(A, at(12));
    expect(changes.since(A, at(11), at(12))).to.equal(undefined);
    expect(changes.since(A, at(12), at(12))).to.deep.equal([]);
  });

  it("is not kept of storages that nobody asks about any more", () => {
    const changes = new RowChanges(4);
    for (const storage of [A, B]) changes.since(storage, at(0), at(0));
    for (let version = 1; version <= 10; version++) {
      changes.note(A, version, at(version));
      changes.since(A, at(version), at(version));
    }
    expect([changes.isWatched(A), changes.isWatched(B)]).to.deep.equal([true, false]);
    changes.forget(A);
    expect(changes.isIdle).to.equal(true);
  });
});
