import { writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { expect } from "chai";
import { DataCorrupted } from "../../src/base/assert.ts";
import { lsn, oid, xid } from "../../src/base/ids.ts";
import { PageStore } from "../../src/pages/page-store.ts";
import { appliedCommit } from "../support/commits.ts";
import {
  at,
  builtIn,
  counters,
  DB,
  Fixture,
  insert,
  OTHER_DB,
  optionsFor,
  remove,
  temporaryDirectory,
  thing,
  things,
  update,
} from "./fixture.ts";

const empty = { previous: lsn(0n), next: lsn(9n), chain: 1n, commits: [], bulks: [], marks: [] };

describe("page store", () => {
  it("reads back every kind of value", () => {
    using fixture = new Fixture();
    const full = thing(20000, "é\u{1F600}", {
      3: true,
      4: ["a", null, "b"],
      5: 1.5,
      6: Uint8Array.of(0, 255),
    });
    const big = [1, 2, 2n ** 62n];
    const epoch = fixture.commit(insert(full), {
      kind: "insert",
      rel: counters.rel,
      db: oid(0),
      row: big,
    });
    const found = fixture.store.get(things, DB, [20000], epoch);
    expect(Array.from((found?.[6] ?? []) as Uint8Array)).to.deep.equal([0, 255]);
    expect(found?.slice(0, 6)).to.deep.equal(full.slice(0, 6));
    expect(fixture.store.get(counters, DB, [1, 2], epoch)).to.deep.equal(big);
  });

  it("gives rows of an older log the initial values of columns that were added at the end", () => {
    const added = { name: "added", storedAs: "int", initial: 7 } as const;
    const wider = { ...things, columns: [...things.columns, added] };
    using fixture = new Fixture({ layouts: [wider, counters], bootstrap: [] });
    const row = thing(20000, "old");
    const first = fixture.commit(insert(row));
    expect(fixture.store.get(wider, DB, [20000], first)).to.deep.equal([...row, 7]);
    const second = fixture.commit(update([...thing(20000, "new"), 8]));
    expect(fixture.store.get(wider, DB, [20000], second)?.at(-1)).to.equal(8);
    fixture.commit(update(row));
    expect(fixture.store.get(wider, DB, [20000], at(3))?.at(-1)).to.equal(7);
  });

  it("shows every epoch what it saw", () => {
    using fixture = new Fixture();
    fixture.commit(insert(thing(20000, "a")));
    fixture.commit(update(thing(20000, "b")));
    fixture.commit(remove(20000));
    fixture.commit(insert(thing(20000, "c")));
    const names = [0, 1, 2, 3, 4, 5].map(
      (epoch) => fixture.store.get(things, DB, [20000], at(epoch))?.[1],
    );
    expect(names).to.deep.equal([undefined, "a", "b", undefined, "c", "c"]);
    expect(fixture.store.scan(things, DB, at(2)).map((row) => row[1])).to.have.members([
      "built-in",
      "b",
    ]);
    expect(fixture.store.lookup(things, 1, DB, ["b", 1], at(3))).to.deep.equal([]);
    expect(fixture.store.lookup(things, 1, DB, ["b"], at(2))).to.deep.equal([thing(20000, "b")]);
    expect(fixture.store.lookup(things, 2, DB, [1], at(4))).to.have.deep.members([
      builtIn,
      thing(20000, "c"),
    ]);
  });

  it("keeps databases apart and shows built-in rows to all, behind a database's own", () => {
    using fixture = new Fixture();
    const epoch = fixture.commit(insert(thing(20000, "a")), insert(thing(1, "own")));
    expect(fixture.store.get(things, OTHER_DB, [20000], epoch)).to.equal(undefined);
    expect(fixture.store.get(things, OTHER_DB, [1], epoch)).to.deep.equal(builtIn);
    expect(fixture.store.get(things, DB, [1], epoch)?.[1]).to.equal("own");
    expect(fixture.store.get(things, DB, [1], at(0))).to.deep.equal(builtIn);
  });

  it("leaves nothing of a version that its own commit ended", () => {
    using fixture = new Fixture();
    fixture.commit(insert(thing(20000, "old")));
    const epoch = fixture.commit(
      update(thing(20000, "a")),
      update(thing(20000, "b")),
      remove(20000),
      insert(thing(20000, "c")),
    );
    expect(fixture.store.get(things, DB, [20000], epoch)?.[1]).to.equal("c");
    expect(fixture.store.get(things, DB, [20000], at(1))?.[1]).to.equal("old");
    fixture.store.commit();
    const db = new Database(fixture.store.path, { readonly: true });
    const versions = db.prepare("SELECT count(*) FROM things WHERE oid = 20000").pluck().get();
    db.close();
    expect(versions).to.equal(2);
  });

  it("refuses to end a row that is not there, and is unusable afterwards", () => {
    using fixture = new Fixture();
    fixture.commit(insert(thing(20000, "a")));
    expect(() => fixture.commit(remove(20001))).to.throw(
      DataCorrupted,
      "things of database 5 has no row with key (20001) for commit 2 to end",
    );
    expect(() => fixture.commit(insert(thing(20002, "b")))).to.throw("the page store is failed");
  });

  it("refuses a second live version of a key", () => {
    using fixture = new Fixture();
    fixture.commit(insert(thing(20000, "a")));
    expect(() => fixture.commit(insert(thing(20000, "b")))).to.throw(DataCorrupted, "UNIQUE");
  });

  it("refuses a batch that does not continue where the pages are", () => {
    using fixture = new Fixture();
    expect(() => fixture.store.apply({ ...empty, previous: lsn(7n), next: lsn(9n) })).to.throw(
      DataCorrupted,
      "the pages are at LSN 0, the batch continues LSN 7",
    );
  });

  it("refuses a commit that leaves an epoch out", () => {
    using fixture = new Fixture();
    const commits = [appliedCommit(at(2), [])];
    expect(() =>
      fixture.store.apply({ ...empty, previous: lsn(0n), next: lsn(9n), commits }),
    ).to.throw(DataCorrupted, "commit 2 follows commit 0");
  });

  it("keeps marks, which only sequences may lower", () => {
    using fixture = new Fixture();
    const storage = oid(30000);
    fixture.batch(
      [],
      [
        { kind: "oid", next: oid(20032) },
        { kind: "xid", next: xid(40) },
        { kind: "sequence", db: DB, storage, last: 2n ** 62n, called: true },
      ],
    );
    fixture.batch(
      [],
      [
        { kind: "oid", next: oid(20000) },
        { kind: "sequence", db: DB, storage, last: -3n, called: false },
      ],
    );
    const { store, outcome } = fixture.reopen();
    expect(outcome).to.equal("kept");
    expect(store.applied.nextOid).to.equal(20032);
    expect(store.applied.nextXid).to.equal(40);
    expect(store.findSequence(DB, storage)).to.deep.equal({ last: -3n, called: false });
    expect(store.findSequence(OTHER_DB, storage)).to.equal(undefined);
  });

  it("reopens where it was", () => {
    using fixture = new Fixture();
    const epoch = fixture.commit(insert(thing(20000, "a")));
    const before = fixture.store.applied;
    const { store, outcome } = fixture.reopen();
    expect(outcome).to.equal("kept");
    expect(store.applied).to.deep.equal(before);
    expect(store.get(things, DB, [20000], epoch)).to.deep.equal(thing(20000, "a"));
  });

  it("shows other connections what was committed, and only that", () => {
    using fixture = new Fixture();
    const reader = fixture.store.reader();
    const epoch = fixture.commit(insert(thing(20000, "a")));
    expect(fixture.store.dirty).to.equal(true);
    expect(reader.get(things, DB, [20000], epoch)).to.equal(undefined);
    fixture.store.commit();
    expect(fixture.store.dirty).to.equal(false);
    expect(reader.get(things, DB, [20000], epoch)).to.deep.equal(thing(20000, "a"));
    expect(reader.lookup(things, 2, DB, [1], epoch)).to.have.length(2);
    expect(reader.scan(things, DB, epoch)).to.have.length(2);
  });

  it("checkpoints all that was applied", () => {
    using fixture = new Fixture();
    fixture.commit(insert(thing(20000, "a")));
    fixture.store.reader().scan(things, DB, at(1));
    const move = fixture.store.checkpoint();
    expect(move.complete).to.equal(true);
    expect(fixture.store.durable).to.equal(fixture.store.applied.lsn);
    expect(fixture.store.dirty).to.equal(false);
    expect(fixture.store.verifyIntegrity()).to.deep.equal([]);
  });
});

describe("SQLite's log", () => {
  it("grows by the pages that commits touch and starts over behind a checkpoint", () => {
    using fixture = new Fixture();
    fixture.commit(insert(thing(19999, "a")));
    fixture.store.checkpoint();
    const sizes: number[] = [];
    for (let id = 20000; id < 20003; id++) {
      fixture.commit(insert(thing(id, "a")));
      fixture.store.commit();
      sizes.push(fixture.store.walBytes);
    }
    expect(sizes[0]).to.be.greaterThan(0);
    expect(sizes[2]).to.be.greaterThan(sizes[0] as number);
    expect(fixture.store.uncheckpointed).to.equal(6);
    fixture.store.checkpoint();
    expect(fixture.store.uncheckpointed).to.equal(0);
    fixture.commit(insert(thing(20003, "a")));
    fixture.store.commit();
    expect(fixture.store.walBytes).to.equal(sizes[0]);
  });

  it("is moved only in part beside a reader, which the checkpoint reports", () => {
    using fixture = new Fixture();
    fixture.commit(insert(thing(20000, "a")));
    fixture.store.commit();
    const reader = new Database(fixture.store.path, { readonly: true });
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) FROM things").get();
    fixture.commit(insert(thing(20001, "b")));
    const beside = fixture.store.checkpoint();
    expect(beside.complete).to.equal(false);
    expect(beside.moved).to.be.lessThan(beside.pages);
    expect(fixture.store.durable).to.equal(fixture.store.applied.lsn);
    reader.close();
    expect(fixture.store.checkpoint().complete).to.equal(true);
  });
});

describe("a page store whose disk is full", () => {
  it("stops, and opens again at the last commit", () => {
    using fixture = new Fixture();
    fixture.commit(insert(thing(20000, "a")));
    fixture.store.checkpoint();
    const durable = fixture.store.applied;
    fixture.store.queries.prepare("PRAGMA max_page_count = 30").all([]);
    let id = 20001;
    const fill = () => {
      for (; id < 30000; id++) fixture.commit(insert(thing(id, "x".repeat(500))));
    };
    expect(fill).to.throw("database or disk is full");
    expect(id).to.be.greaterThan(20010);
    expect(() => fixture.store.commit()).to.throw("the page store is failed");
    const { store, outcome } = fixture.reopen();
    expect(outcome).to.equal("kept");
    expect(store.applied).to.deep.equal(durable);
    expect(store.scan(things, DB, at(9))).to.have.length(2);
  });
});

describe("opening a page store", () => {
  it("builds one where there is none", () => {
    using directory = temporaryDirectory();
    const { store, outcome } = PageStore.open(optionsFor(directory.path));
    expect(outcome).to.equal("created");
    expect(store.scan(things, DB, at(0))).to.deep.equal([builtIn]);
    store.close();
  });

  const misfits = [
    [{ formatVersion: 2 }, "its format version is 1, not 2"],
    [{ bootstrapHash: "def" }, "its bootstrap hash is abc, not def"],
    [{ clusterId: "c2" }, "its cluster id is c1, not c2"],
    [{ discard: "the log ends before it" }, "the log ends before it"],
    [
      { layouts: [things, { ...counters, name: "totals" }] },
      'its schema lacks CREATE TABLE "totals"',
    ],
  ] as const;
  for (const [options, reason] of misfits) {
    it(`builds it anew when ${reason}`, () => {
      using fixture = new Fixture();
      fixture.commit(insert(thing(20000, "a")));
      const opened = fixture.reopen(options);
      expect(opened.outcome).to.equal("rebuilt");
      expect(opened.reason).to.equal(reason);
      expect(opened.store.applied.epoch).to.equal(0);
      expect(opened.store.scan(things, DB, at(9))).to.deep.equal([builtIn]);
    });
  }

  it("builds it anew when the file is not a database", () => {
    using directory = temporaryDirectory();
    const options = optionsFor(directory.path);
    writeFileSync(options.path, "x".repeat(5000));
    const { store, outcome, reason } = PageStore.open(options);
    store.close();
    expect(outcome).to.equal("rebuilt");
    expect(reason).to.equal("SQLite cannot read it: file is not a database (SQLITE_NOTADB)");
  });
});
