/** Ids of transactions, found by the commits that they were. */
import Database from "better-sqlite3";
import { expect } from "chai";
import fc from "fast-check";
import { epoch, xid } from "../../src/base/ids.ts";
import { CommitXids, createCommitXids, fillCommitXids } from "../../src/pages/commit-xids.ts";

function empty(): Database.Database {
  const db = new Database(":memory:");
  db.exec(createCommitXids);
  db.exec(fillCommitXids);
  return db;
}

const rowsOf = (db: Database.Database): unknown =>
  db.prepare("SELECT count(*) FROM commit_xid").pluck().get();

describe("ids of transactions by commit", () => {
  it("built-in rows are transaction 1's", () => {
    expect(new CommitXids(empty()).find(epoch(0))).to.equal(1);
  });

  it("are what was noted, after they were opened again, too", () => {
    const ids = fc.array(fc.integer({ min: 3, max: 2 ** 33 }), { maxLength: 60 });
    fc.assert(
      fc.property(ids, fc.nat(60), (noted, half) => {
        const db = empty();
        let xids = new CommitXids(db);
        for (const [at, id] of noted.entries()) {
          if (at === half) xids = new CommitXids(db);
          xids.note(epoch(at + 1), xid(id));
        }
        const found = noted.map((_, at) => xids.find(epoch(at + 1)));
        db.close();
        expect(found).to.deep.equal(noted);
      }),
    );
  });

  it("of one client after the other take one row", () => {
    const db = empty();
    const xids = new CommitXids(db);
    for (let at = 1; at <= 100; at++) xids.note(epoch(at), xid(at + 2));
    expect(rowsOf(db)).to.equal(2);
    xids.note(epoch(101), xid(104));
    xids.note(epoch(102), xid(105));
    expect(rowsOf(db)).to.equal(3);
    db.close();
  });
});
