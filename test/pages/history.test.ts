/** What the pages remember of commits, and for how long. */
import { expect } from "chai";
import { epoch, lsn, oid } from "../../src/base/ids.ts";
import type { HistoryOptions } from "../../src/pages/history.ts";
import type { TableLayout } from "../../src/pages/layout.ts";
import { PageStore } from "../../src/pages/page-store.ts";
import { appliedCommit } from "../support/commits.ts";
import { counters, Fixture, insert, optionsFor, thing, things } from "./fixture.ts";

const told: TableLayout = {
  rel: oid(9009),
  name: "told",
  shared: true,
  columns: [
    { name: "epoch", storedAs: "int" },
    { name: "time", storedAs: "bigint" },
    { name: "changes", storedAs: "int" },
  ],
  key: [0],
  indexes: [[0], [1]],
};

const remember = (retention: bigint) => ({
  layouts: [things, counters, told],
  history: {
    table: told,
    time: "time",
    retention,
    startTelling:
      () =>
      ({ epoch: at, info, mutations }) => [at, info.time, mutations.length],
  } satisfies HistoryOptions,
});

/** A commit at each of the times. */
function commitAt(store: PageStore, ...times: bigint[]): void {
  for (const time of times) {
    const { lsn: previous, epoch: newest } = store.applied;
    const own = epoch(newest + 1);
    const commits = [appliedCommit(own, [insert(thing(20000 + own, `n${own}`))], time)];
    store.apply({ previous, next: lsn(previous + 1n), chain: 0n, commits, bulks: [], marks: [] });
  }
}

const rows = (store: PageStore) => store.scan(told, oid(0), store.applied.epoch);

describe("history of commits", () => {
  it("has a row for each commit that changed something", () => {
    using fixture = new Fixture(remember(1000n));
    commitAt(fixture.store, 5n, 6n);
    fixture.batch([[]], []);
    expect(rows(fixture.store)).to.deep.equal([
      [1, 5n, 1],
      [2, 6n, 1],
    ]);
  });

  it("is seen from the commit on", () => {
    using fixture = new Fixture(remember(1000n));
    commitAt(fixture.store, 5n, 6n);
    expect(fixture.store.scan(told, oid(0), epoch(1))).to.deep.equal([[1, 5n, 1]]);
  });

  it("forgets what is older than the retention when a commit follows", () => {
    using fixture = new Fixture(remember(10n));
    commitAt(fixture.store, 0n, 5n, 10n);
    expect(rows(fixture.store).length).to.equal(3);
    commitAt(fixture.store, 12n);
    expect(rows(fixture.store).map(([at]) => at)).to.deep.equal([2, 3, 4]);
    commitAt(fixture.store, 100n);
    expect(rows(fixture.store).map(([at]) => at)).to.deep.equal([5]);
  });

  it("goes on where it stood when the store is opened again", () => {
    using fixture = new Fixture(remember(10n));
    commitAt(fixture.store, 0n, 9n);
    fixture.store.close();
    const options = { ...optionsFor(fixture.directory.path), ...remember(10n) };
    const { store, outcome } = PageStore.open(options);
    expect(outcome).to.equal("kept");
    commitAt(store, 12n);
    expect(rows(store).map(([at]) => at)).to.deep.equal([2, 3]);
    store.close();
  });

  it("keeps nothing when it is told to", () => {
    using fixture = new Fixture(remember(-1n));
    commitAt(fixture.store, 5n);
    expect(rows(fixture.store)).to.deep.equal([]);
  });
});
