/** Relations whose built-in rows a database may replace or hide. */
import { expect } from "chai";
import { oid } from "../../src/base/ids.ts";
import type { TableLayout } from "../../src/pages/layout.ts";
import { Overlay } from "../../src/txn/overlay.ts";
import { at, DB, Fixture, insert, OTHER_DB, optionsFor, thing, things, update } from "./fixture.ts";

const NONE = oid(0);
/** An empty name hides. */
const covered: TableLayout = { ...things, cover: 1 };
const open = () => {
  const { bootstrapHash: _, ...options } = optionsFor("");
  const rows = [thing(1, "built-in"), thing(2, "another")];
  return new Fixture({
    layouts: [covered, ...options.layouts.slice(1)],
    bootstrap: [{ table: covered, rows }],
  });
};
const namesIn = (fixture: Fixture, db = DB, epoch = fixture.store.applied.epoch) =>
  fixture.store
    .scan(covered, db, epoch)
    .map((row) => row[1])
    .sort();

describe("built-in rows of a relation with a cover", () => {
  it("are replaced by a row of the database, in it alone and from then on", () => {
    using fixture = open();
    const epoch = fixture.commit(insert(thing(1, "own")));
    expect(namesIn(fixture)).to.deep.equal(["another", "own"]);
    expect(namesIn(fixture, OTHER_DB)).to.deep.equal(["another", "built-in"]);
    expect(namesIn(fixture, DB, at(0))).to.deep.equal(["another", "built-in"]);
    expect(fixture.store.get(covered, DB, [1], epoch)?.[1]).to.equal("own");
    expect(fixture.store.lookup(covered, 0, DB, [1], epoch).map((row) => row[1])).to.deep.equal([
      "own",
    ]);
    expect(fixture.store.lookup(covered, 2, DB, [1], epoch)).to.have.lengthOf(2);
  });

  it("are hidden by a row without a text, until that has one again", () => {
    using fixture = open();
    const hidden = fixture.commit(insert(thing(1, "")));
    expect(namesIn(fixture)).to.deep.equal(["another"]);
    expect(fixture.store.get(covered, DB, [1], hidden)).to.equal(undefined);
    expect(fixture.store.lookup(covered, 0, DB, [1], hidden)).to.deep.equal([]);
    const shown = fixture.commit(update(thing(1, "again")));
    expect(namesIn(fixture)).to.deep.equal(["again", "another"]);
    expect(namesIn(fixture, DB, hidden)).to.deep.equal(["another"]);
    expect(fixture.store.get(covered, DB, [1], shown)?.[1]).to.equal("again");
  });

  it("can be told from the database's own, covers too", () => {
    using fixture = open();
    const epoch = fixture.commit(insert(thing(1, "")));
    const { store } = fixture;
    expect(store.getOwn(covered, DB, [1], epoch)?.[1]).to.equal("");
    expect(store.getOwn(covered, NONE, [1], epoch)?.[1]).to.equal("built-in");
    expect(store.getOwn(covered, DB, [2], epoch)).to.equal(undefined);
    expect(store.scanOwn(covered, DB, epoch)).to.have.lengthOf(1);
  });

  it("are hidden by what a transaction has staged", () => {
    const overlay = new Overlay();
    overlay.insert(covered, DB, thing(1, ""));
    expect(overlay.get(covered, DB, [1])).to.equal(null);
    expect(overlay.getOwn(covered, DB, [1])).to.deep.equal(thing(1, ""));
    expect(overlay.hides(covered, DB, thing(1, "built-in"))).to.equal(true);
    expect(overlay.rows(covered, DB)).to.deep.equal([]);
    expect(overlay.lookup(covered, 0, DB, [1])).to.deep.equal([]);
    expect(overlay.mutations()).to.have.lengthOf(1);
    overlay.update(covered, DB, thing(1, "own"));
    expect(overlay.get(covered, DB, [1])).to.deep.equal(thing(1, "own"));
    expect(overlay.lookup(covered, 0, DB, [1])).to.have.lengthOf(1);
  });
});
