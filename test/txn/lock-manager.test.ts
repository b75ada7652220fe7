import { expect } from "chai";
import { oid } from "../../src/base/ids.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import { LockManager, LockOwner } from "../../src/txn/lock-manager.ts";
import { LOCK_MODES, type LockMode } from "../../src/txn/lock-mode.ts";
import {
  databaseTag,
  exclusionTag,
  type LockTag,
  nameTag,
  objectTag,
  relationTag,
} from "../../src/txn/lock-tag.ts";
import { Wait } from "../../src/txn/wait.ts";

/**
 * https://www.postgresql.org/docs/15/explicit-locking.html#TABLE-LOCK-COMPATIBILITY, X = conflict
 */
const POSTGRESQL_TABLE = `
  AccessShare           . . . . . . . X
  RowShare              . . . . . . X X
  RowExclusive          . . . . X X X X
  ShareUpdateExclusive  . . . X X X X X
  Share                 . . X X . X X X
  ShareRowExclusive     . . X X X X X X
  Exclusive             . X X X X X X X
  AccessExclusive       X X X X X X X X`;

const A = relationTag(oid(5), oid(16384));
const B = relationTag(oid(5), oid(16385));
const C = relationTag(oid(5), oid(16386));

describe("the lock manager", () => {
  let locks: LockManager;
  let now: number;
  let one: LockOwner;
  let two: LockOwner;
  let three: LockOwner;
  beforeEach(() => {
    now = 1000;
    locks = new LockManager(() => now);
    [one, two, three] = [new LockOwner(1), new LockOwner(2), new LockOwner(3)];
  });
  afterEach(() => {
    for (const owner of [one, two, three]) locks.releaseAll(owner);
    expect(locks.rows(), "locks left").to.deep.equal([]);
  });

  /** Starts to wait; fails if the lock is free. */
  function wait(owner: LockOwner, tag: LockTag, mode: LockMode) {
    const state = { granted: false, cancel: () => {} };
    try {
      locks.acquire(owner, tag, mode);
    } catch (error) {
      if (!(error instanceof Wait)) throw error;
      const waiting = error.start();
      state.cancel = waiting.cancel;
      void waiting.done.then(() => {
        state.granted = true;
      });
      return state;
    }
    throw new Error(`process ${owner.processId} got the lock at once`);
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const holds = (owner: LockOwner, tag: LockTag): LockMode[] =>
    locks
      .rows()
      .filter((row) => row.granted && row.processId === owner.processId && row.tag.key === tag.key)
      .map((row) => row.mode);

  it("has PostgreSQL's table of conflicts", () => {
    const lines = POSTGRESQL_TABLE.trim().split("\n");
    for (const [at, line] of lines.entries()) {
      const [mode = "", ...marks] = line.trim().split(/ +/);
      expect(mode).to.equal(LOCK_MODES[at]);
      for (const [column, mark] of marks.entries()) {
        const manager = new LockManager(() => 0);
        manager.acquire(one, A, mode as LockMode);
        const granted = manager.tryAcquire(two, A, LOCK_MODES[column] as LockMode);
        expect(granted, `${mode} and ${LOCK_MODES[column]}`).to.equal(mark === ".");
        manager.releaseAll(one);
        manager.releaseAll(two);
      }
    }
  });

  it("never lets an owner conflict with itself", () => {
    for (const mode of LOCK_MODES) locks.acquire(one, A, mode);
    expect(holds(one, A)).to.deep.equal(LOCK_MODES);
    locks.releaseSince(one, 0);
    expect(holds(one, A)).to.deep.equal([]);
  });

  it("grants in the order of asking, readers together", async () => {
    locks.acquire(one, A, "AccessShare");
    const writer = wait(two, A, "AccessExclusive");
    const reader = wait(three, A, "AccessShare");
    const four = new LockOwner(4);
    const second = wait(four, A, "AccessShare");
    locks.releaseSince(one, 0);
    await settle();
    expect([writer.granted, reader.granted, second.granted]).to.deep.equal([true, false, false]);
    locks.releaseSince(two, 0);
    await settle();
    expect([reader.granted, second.granted]).to.deep.equal([true, true]);
    locks.releaseAll(four);
  });

  it("lets a request pass those that it does not conflict with", () => {
    locks.acquire(one, A, "ShareUpdateExclusive");
    wait(two, A, "ShareUpdateExclusive");
    locks.acquire(three, A, "AccessShare");
    expect(holds(three, A)).to.deep.equal(["AccessShare"]);
  });

  it("lets a holder overtake the queue", async () => {
    locks.acquire(one, A, "AccessShare");
    const writer = wait(two, A, "AccessExclusive");
    locks.acquire(one, A, "RowExclusive");
    expect(holds(one, A)).to.deep.equal(["AccessShare", "RowExclusive"]);
    locks.acquire(one, A, "AccessExclusive");
    locks.releaseSince(one, 0);
    await settle();
    expect(writer.granted).to.equal(true);
  });

  it("lets a holder that must wait be served before the queue", async () => {
    locks.acquire(one, A, "AccessShare");
    locks.acquire(two, A, "AccessShare");
    const stranger = wait(three, A, "AccessExclusive");
    const holder = wait(one, A, "AccessExclusive");
    locks.releaseSince(two, 0);
    await settle();
    expect([holder.granted, stranger.granted]).to.deep.equal([true, false]);
  });

  it("refuses a deadlock of two, and says who waits for whom", async () => {
    locks.acquire(one, A, "AccessExclusive");
    locks.acquire(two, B, "AccessExclusive");
    const waiter = wait(one, B, "AccessShare");
    let refused: unknown;
    try {
      wait(two, A, "RowExclusive");
    } catch (error) {
      refused = error;
    }
    expect(refused).to.be.instanceOf(SqlError);
    const { code, message, fields } = refused as SqlError;
    expect([code, message]).to.deep.equal(["40P01", "deadlock detected"]);
    expect(fields).to.deep.equal({
      detail:
        "Process 2 waits for RowExclusiveLock on relation 16384 of database 5; blocked by process 1.\n" +
        "Process 1 waits for AccessShareLock on relation 16385 of database 5; blocked by process 2.",
      hint: "See server log for query details.",
    });
    expect(two.waiting).to.equal(undefined);
    locks.releaseAll(two);
    await settle();
    expect(waiter.granted).to.equal(true);
  });

  it("refuses a deadlock of three", () => {
    locks.acquire(one, A, "AccessExclusive");
    locks.acquire(two, B, "AccessExclusive");
    locks.acquire(three, C, "AccessExclusive");
    wait(one, B, "AccessShare");
    wait(two, C, "AccessShare");
    expect(() => wait(three, A, "AccessShare"))
      .to.throw(SqlError)
      .with.nested.property("fields.detail")
      .that.equals(
        "Process 3 waits for AccessShareLock on relation 16384 of database 5; blocked by process 1.\n" +
          "Process 1 waits for AccessShareLock on relation 16385 of database 5; blocked by process 2.\n" +
          "Process 2 waits for AccessShareLock on relation 16386 of database 5; blocked by process 3.",
      );
  });

  it("refuses a deadlock of two that both want more of what they hold", () => {
    locks.acquire(one, A, "AccessShare");
    locks.acquire(two, A, "AccessShare");
    wait(one, A, "AccessExclusive");
    expect(() => wait(two, A, "AccessExclusive")).to.throw(SqlError, "deadlock detected");
  });

  it("refuses a deadlock that goes through a queue", () => {
    locks.acquire(one, A, "AccessShare");
    locks.acquire(three, B, "AccessExclusive");
    wait(two, A, "AccessExclusive"); // behind one
    wait(three, A, "AccessShare"); // behind two, which conflicts
    expect(() => wait(one, B, "AccessShare")).to.throw(SqlError, "deadlock detected");
  });

  it("wakes those behind a request that is cancelled", async () => {
    locks.acquire(one, A, "AccessShare");
    const writer = wait(two, A, "AccessExclusive");
    const reader = wait(three, A, "AccessShare");
    writer.cancel();
    await settle();
    expect([writer.granted, reader.granted]).to.deep.equal([false, true]);
    writer.cancel();
    expect(two.waiting).to.equal(undefined);
  });

  it("grants at once when the lock came free between the refusal and the wait", async () => {
    locks.acquire(one, A, "AccessExclusive");
    let thrown: unknown;
    try {
      locks.acquire(two, A, "AccessShare");
    } catch (error) {
      thrown = error;
    }
    expect(locks.rows().filter((row) => !row.granted)).to.deep.equal([]);
    locks.releaseSince(one, 0);
    await (thrown as Wait).start().done;
    expect(holds(two, A)).to.deep.equal(["AccessShare"]);
  });

  it("keeps session locks over transactions", async () => {
    locks.acquire(one, A, "AccessShare", true);
    locks.acquire(one, A, "AccessShare");
    locks.releaseSince(one, 0);
    expect(holds(one, A)).to.deep.equal(["AccessShare"]);
    const writer = wait(two, A, "AccessExclusive");
    locks.releaseSession(one, A);
    await settle();
    expect(writer.granted).to.equal(true);
  });

  it("keeps the transaction's hold when the session's ends", () => {
    locks.acquire(one, A, "AccessShare", true);
    locks.acquire(one, A, "RowExclusive");
    locks.releaseSession(one, A);
    expect(holds(one, A)).to.deep.equal(["RowExclusive"]);
  });

  it("releases what was locked behind a savepoint, and no more", async () => {
    locks.acquire(one, A, "AccessShare");
    locks.acquire(one, B, "AccessShare");
    const savepoint = one.mark();
    locks.acquire(one, A, "AccessShare"); // held already: not the savepoint's
    locks.acquire(one, A, "AccessExclusive");
    locks.acquire(one, C, "AccessExclusive");
    const reader = wait(two, C, "AccessShare");
    locks.releaseSince(one, savepoint);
    await settle();
    expect(reader.granted).to.equal(true);
    expect(holds(one, A)).to.deep.equal(["AccessShare"]);
    expect(holds(one, B)).to.deep.equal(["AccessShare"]);
    expect(holds(one, C)).to.deep.equal([]);
  });

  it("keeps no trace of locks that are given up early, but for what savepoints count", () => {
    locks.acquire(one, A, "AccessShare");
    for (let round = 0; round < 3; round++) {
      locks.acquire(one, B, "AccessExclusive");
      locks.releaseEarly(one, B.key);
      expect(one.grants).to.have.length(1);
    }
    locks.acquire(one, B, "AccessExclusive");
    const savepoint = one.mark();
    locks.acquire(one, C, "AccessExclusive");
    locks.releaseEarly(one, B.key);
    locks.releaseEarly(one, C.key);
    expect(one.grants).to.have.length(savepoint);
    locks.acquire(one, C, "AccessExclusive");
    locks.releaseSince(one, savepoint);
    expect([A, B, C].map((tag) => holds(one, tag))).to.deep.equal([["AccessShare"], [], []]);
  });

  it("forgets whoever disconnects, waiting too", async () => {
    locks.acquire(one, A, "AccessExclusive");
    locks.acquire(one, B, "AccessShare", true);
    wait(two, A, "AccessExclusive");
    const reader = wait(three, A, "AccessShare");
    locks.releaseAll(two);
    expect(locks.rows().some((row) => row.processId === 2)).to.equal(false);
    locks.releaseAll(one);
    await settle();
    expect(reader.granted).to.equal(true);
    expect(holds(one, B)).to.deep.equal([]);
  });

  it("shows what pg_locks shows", () => {
    locks.acquire(one, A, "AccessShare");
    locks.acquire(one, A, "Share");
    now = 2000;
    wait(two, A, "RowExclusive");
    expect(locks.rows().map(({ tag, ...row }) => ({ ...row, key: tag.key }))).to.deep.equal([
      { processId: 1, mode: "AccessShare", granted: true, waitStart: undefined, key: A.key },
      { processId: 1, mode: "Share", granted: true, waitStart: undefined, key: A.key },
      { processId: 2, mode: "RowExclusive", granted: false, waitStart: 2000, key: A.key },
    ]);
    expect(locks.blockersOf(two)).to.deep.equal([one]);
    expect(locks.holdersOf(A, two, "RowExclusive")).to.deep.equal([1]);
    expect(locks.holdersOf(A, one, "RowExclusive")).to.deep.equal([]);
  });

  it("knows the keys that owners have added under an exclusion constraint", async () => {
    const tag = (text: string) => exclusionTag(oid(5), oid(16384), oid(16390), text, [text]);
    locks.acquire(one, tag("1/a"), "AccessExclusive");
    locks.acquire(two, tag("2/b"), "AccessExclusive");
    const seenBy = (owner: LockOwner, index = 16390) =>
      locks.exclusionsOf(oid(index), owner).map(({ tag: { excludes }, own }) => [...excludes, own]);
    expect(seenBy(one)).to.deep.equal([
      ["1/a", true],
      ["2/b", false],
    ]);
    expect(seenBy(one, 16391)).to.deep.equal([]);
    // Whoever has waited for a key has not added it.
    wait(two, tag("1/a"), "Share");
    locks.releaseAll(one);
    await settle();
    expect(seenBy(two)).to.deep.equal([["2/b", true]]);
    locks.releaseAll(two);
    expect(seenBy(three)).to.deep.equal([]);
  });

  it("tells different things apart by their tags", () => {
    const tags = [
      databaseTag(oid(5)),
      A,
      objectTag(oid(5), oid(2615), oid(16384)),
      nameTag(oid(5), oid(1259), oid(2200), "t"),
      nameTag(oid(5), oid(1259), oid(2201), "t"),
      nameTag(oid(6), oid(1259), oid(2200), "t"),
    ];
    for (const [at, tag] of tags.entries()) {
      locks.acquire([one, two, three][at % 3] as LockOwner, tag, "AccessExclusive");
    }
    expect(new Set(locks.rows().map((row) => row.tag.key)).size).to.equal(tags.length);
  });
});
