import { expect } from "chai";
import { type Epoch, epoch, lsn, type Oid, oid, xid } from "../../src/base/ids.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import type { Row } from "../../src/base/value.ts";
import type { ApplyBatch } from "../../src/pages/store.ts";
import { LockManager, LockOwner } from "../../src/txn/lock-manager.ts";
import { relationTag } from "../../src/txn/lock-tag.ts";
import { Sequencer } from "../../src/txn/sequencer.ts";
import { SnapshotLeases } from "../../src/txn/snapshot-leases.ts";
import { CatalogTransaction, type Isolation } from "../../src/txn/transaction.ts";
import { decodeEntry } from "../../src/wal/frame.ts";
import { ENTRY_BYTES_MAX } from "../../src/wal/limits.ts";
import type { Position } from "../../src/wal/log.ts";
import { MemoryLog } from "../../src/wal/memory-log.ts";
import { DB, info, noRows, noUserRows, thing, things } from "./fixture.ts";

const START: Position = { lsn: lsn(0n), chain: 0n };

/** A sequencer over a log in memory, with pages that only remember what they were told. */
class Bench {
  readonly log: MemoryLog;
  readonly locks = new LockManager(() => 0);
  readonly batches: ApplyBatch[] = [];
  readonly fatal: Error[] = [];
  readonly sequencer: Sequencer;
  /** Throws when the next entry is to be written. */
  broken: Error | undefined;
  /** Throws when the next batch is applied. */
  pagesBroken: Error | undefined;
  #xid = 3;
  static async open(): Promise<Bench> {
    const log = new MemoryLog();
    await log.open();
    return new Bench(log, await log.campaign());
  }

  private constructor(log: MemoryLog, leadership: Awaited<ReturnType<MemoryLog["campaign"]>>) {
    this.log = log;
    const append = log.append.bind(log);
    log.append = (...args) => {
      if (!this.broken) return append(...args);
      if (args[3] === "now") throw this.broken;
      return Promise.reject(this.broken);
    };
    this.sequencer = new Sequencer({
      log,
      leadership,
      head: START,
      applied: START,
      epoch: epoch(0),
      pages: {
        findMisfit: () => undefined,
        findRowMisfit: () => undefined,
        apply: (batch) => {
          if (this.pagesBroken) throw this.pagesBroken;
          this.batches.push(batch);
        },
      },
      onFatal: (error) => this.fatal.push(error),
    });
  }

  begin(processId: number, isolation: Isolation = "read committed"): CatalogTransaction {
    const host = {
      store: noRows,
      locks: this.locks,
      epoch: () => this.sequencer.epoch,
      allocateXid: () => xid(this.#xid++),
      rows: noUserRows(this.locks),
      endXid: () => {},
      leases: new SnapshotLeases(),
    };
    return new CatalogTransaction(host, DB, new LockOwner(processId), isolation);
  }

  insert(processId: number, ...rows: Row[]): CatalogTransaction {
    const transaction = this.begin(processId);
    for (const row of rows) transaction.insert(things, DB, row);
    return transaction;
  }

  commit(transaction: CatalogTransaction, statement = ""): void | Promise<void> {
    return this.sequencer.commit(transaction, info(statement));
  }

  /** Makes the sequencer see several writers, so that groups gather. */
  async manyWriters(): Promise<void> {
    for (let at = 0; at < 16; at++) {
      await this.commit(this.insert(1000 + at, thing(10_000 + at, "")));
    }
    this.sequencer.publish();
  }

  async frames() {
    const entries = await this.log.read(START, 10_000);
    return entries.map((entry) => decodeEntry(entry));
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const failureOf = async (work: () => void | Promise<void>): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe("the sequencer", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open();
  });

  it("flushes a lone writer's commit at once, before it returns", async () => {
    const transaction = bench.insert(1, thing(1, "a"));
    expect(bench.commit(transaction, "create")).to.equal(undefined);
    expect(transaction.state).to.equal("committed");
    expect([bench.sequencer.epoch, bench.sequencer.flushes]).to.deep.equal([1, 1]);
    const [[frame] = []] = await bench.frames();
    expect(frame).to.deep.equal({
      kind: "commit",
      epoch: 1,
      xid: 3,
      info: info("create"),
      mutations: [{ kind: "insert", rel: things.rel, db: DB, row: thing(1, "a") }],
      rows: [],
      bulks: [],
    });
  });

  it("takes no epoch and no entry for a transaction that staged nothing", async () => {
    const transaction = bench.begin(1);
    transaction.lock(relationTag(DB, oid(1)), "AccessShare");
    expect(bench.commit(transaction)).to.equal(undefined);
    expect([transaction.state, transaction.hasXid]).to.deep.equal(["committed", false]);
    expect(bench.locks.rows()).to.deep.equal([]);
    expect([bench.sequencer.epoch, await bench.frames()]).to.deep.equal([0, []]);
  });

  it("gathers what several writers commit meanwhile into one group", async () => {
    await bench.manyWriters();
    const before = { epoch: bench.sequencer.epoch, flushes: bench.sequencer.flushes };
    const transactions = [1, 2, 3].map((id) => bench.insert(id, thing(id, "")));
    const done = transactions.map((transaction) => bench.commit(transaction));
    expect(bench.sequencer.epoch, "nothing is published yet").to.equal(before.epoch);
    expect(transactions.map((each) => each.state)).to.deep.equal(Array(3).fill("committing"));
    await Promise.all(done);
    expect(bench.sequencer.flushes - before.flushes).to.equal(1);
    bench.sequencer.publish();
    const batch = bench.batches.at(-1) as ApplyBatch;
    expect(batch.commits.map((commit) => commit.epoch - before.epoch)).to.deep.equal([1, 2, 3]);
    expect((await bench.frames()).at(-1)).to.have.lengthOf(3);
  });

  it("applies in the order of the log, each batch where the last one ended", async () => {
    await bench.manyWriters();
    const done: (void | Promise<void>)[] = [];
    for (let at = 0; at < 40; at++) {
      done.push(bench.commit(bench.insert(at % 5, thing(at, ""))));
      if (at % 7 === 0) await turn();
    }
    await Promise.all(done);
    bench.sequencer.publish();
    let previous = 0n;
    let due = 0;
    for (const batch of bench.batches) {
      expect(batch.previous).to.equal(previous);
      previous = batch.next;
      for (const commit of batch.commits) expect(commit.epoch).to.equal(++due);
    }
    const logged = (await bench.frames())
      .flat()
      .map((frame) => frame.kind === "commit" && frame.epoch);
    expect(logged).to.deep.equal(Array.from({ length: 56 }, (_, at) => at + 1));
  });

  it("refuses a change of a row that a commit not yet applied changes", async () => {
    await bench.manyWriters();
    const first = bench.commit(bench.insert(1, thing(1, "a")));
    const second = bench.insert(2, thing(1, "b"));
    const error = await failureOf(() => bench.commit(second));
    expect((error as Error).message).to.match(/key 1: changed by a commit that is not applied yet/);
    await first;
    expect(second.state).to.equal("open");
    expect(bench.fatal).to.deep.equal([]);
  });

  it("answers before the pages know, which they do one turn later", async () => {
    expect(bench.commit(bench.insert(1, thing(1, "")))).to.equal(undefined);
    expect(bench.batches).to.deep.equal([]);
    await turn();
    expect(bench.batches).to.have.lengthOf(1);
  });

  it("applies what is durable before it tells the newest epoch, and before it validates", () => {
    const commit = (row: Row) => expect(bench.commit(bench.insert(1, row))).to.equal(undefined);
    commit(thing(1, ""));
    expect([bench.sequencer.epoch, bench.batches.length]).to.deep.equal([1, 1]);
    commit(thing(2, ""));
    commit(thing(2, "again"));
    expect([bench.batches.length, bench.sequencer.epoch]).to.deep.equal([2, 3]);
  });

  it("has published when it grants its locks to a waiter that looks", async () => {
    await bench.manyWriters();
    const seen: unknown[] = [];
    const transaction = bench.insert(1, thing(1, ""));
    const tag = relationTag(DB, oid(7));
    transaction.lock(tag, "AccessExclusive");
    const waiter = new LockOwner(2);
    let wait: { start(): { done: Promise<void> } } | undefined;
    try {
      bench.locks.acquire(waiter, tag, "AccessShare");
    } catch (thrown) {
      wait = thrown as typeof wait;
    }
    const granted = wait?.start().done.then(() => {
      seen.push(["granted", bench.sequencer.epoch, bench.batches.length]);
    });
    const before = bench.batches.length;
    await bench.commit(transaction);
    await granted;
    expect(seen).to.deep.equal([["granted", 17, before + 1]]);
  });

  it("logs a large transaction as parts that become one batch", async () => {
    const rows = Array.from({ length: 30_000 }, (_, at) => thing(at, "x".repeat(60), at));
    const transaction = bench.insert(1, ...rows);
    await bench.commit(transaction);
    bench.sequencer.publish();
    const entries = await bench.frames();
    expect(entries.length).to.be.greaterThan(3);
    const kinds = entries.map((frames) => [...new Set(frames.map((frame) => frame.kind))].join());
    expect(kinds).to.deep.equal([...Array(entries.length - 1).fill("part"), "commit"]);
    expect(bench.batches).to.have.lengthOf(1);
    expect(bench.batches[0]?.commits[0]?.mutations).to.have.lengthOf(30_000);
    expect(bench.batches[0]?.previous).to.equal(0n);
    const logged = entries.flat().flatMap((frame) => ("mutations" in frame ? frame.mutations : []));
    expect(logged.map((mutation) => "row" in mutation && mutation.row[0])).to.deep.equal(
      rows.map((row) => row[0]),
    );
  });

  it("keeps every entry of long rows within its limit", async () => {
    const rows = Array.from({ length: 3_000 }, (_, at) => thing(at, "y".repeat(3_000)));
    await bench.commit(bench.insert(1, ...rows));
    for (const entry of await bench.log.read(START, 1_000)) {
      expect(entry.payload.length).to.be.at.most(ENTRY_BYTES_MAX);
    }
    bench.sequencer.publish();
    expect(bench.batches[0]?.commits[0]?.mutations).to.have.lengthOf(3_000);
  });

  it("refuses a row that no entry takes, and leaves the transaction to be aborted", async () => {
    const transaction = bench.insert(1, thing(1, "z".repeat(ENTRY_BYTES_MAX)), thing(2, ""));
    const error = await failureOf(() => bench.commit(transaction));
    expect(error).to.be.instanceOf(SqlError);
    expect([(error as SqlError).code, (error as SqlError).message]).to.deep.equal([
      "54000",
      "row is too big: size 1048594, maximum size 1048576",
    ]);
    expect(transaction.state).to.equal("open");
    transaction.abort();
    await bench.commit(bench.insert(1, thing(3, "")));
    expect([bench.sequencer.epoch, bench.fatal]).to.deep.equal([1, []]);
  });

  it("takes a row that fills an entry, whatever gathers beside it", async () => {
    const rows = [thing(1, "z".repeat(ENTRY_BYTES_MAX - 100)), thing(2, "")];
    await bench.commit(bench.insert(1, ...rows));
    await bench.manyWriters();
    await Promise.all([
      bench.commit(bench.insert(1, thing(3, "y".repeat(ENTRY_BYTES_MAX / 2)))),
      bench.commit(bench.insert(2, ...rows)),
    ]);
    expect(bench.sequencer.epoch).to.equal(19);
    expect(bench.batches.at(-1)?.commits[0]?.mutations.map((each) => each.kind)).to.deep.equal([
      "insert",
      "insert",
    ]);
  });

  it("lets small commits of others follow a large one", async () => {
    await bench.manyWriters();
    const large = Array.from({ length: 20_000 }, (_, at) => thing(at, "x".repeat(60)));
    await Promise.all([
      bench.commit(bench.insert(1, thing(50_001, "before"))),
      bench.commit(bench.insert(2, ...large)),
      bench.commit(bench.insert(3, thing(50_002, "after"))),
    ]);
    bench.sequencer.publish();
    const last = bench.batches
      .slice(-3)
      .map((batch) => batch.commits.map((commit) => commit.epoch));
    expect(last).to.deep.equal([[17], [18], [19]]);
  });

  for (const mode of ["a lone writer's", "a gathered"] as const) {
    it(`is dead after ${mode} append failed, and tells everyone who waits`, async () => {
      if (mode === "a gathered") await bench.manyWriters();
      const { epoch: before } = bench.sequencer;
      bench.broken = new Error("the disk is gone");
      const transactions = [1, 2].map((id) => bench.insert(id, thing(id, "")));
      const errors = await Promise.all(transactions.map((t) => failureOf(() => bench.commit(t))));
      expect(errors).to.deep.equal([bench.broken, bench.broken]);
      expect(bench.fatal).to.deep.equal([bench.broken]);
      expect(bench.sequencer.epoch).to.equal(before);
      expect(await failureOf(() => bench.sequencer.drain())).to.equal(bench.broken);
      expect(await failureOf(() => bench.sequencer.appendMarks([]))).to.equal(bench.broken);
      await turn();
      expect(bench.fatal).to.have.lengthOf(1);
    });
  }

  for (const asked of [false, true]) {
    it(`is dead after the pages failed, ${asked ? "asked" : "not asked"} for them`, async () => {
      bench.pagesBroken = new Error("the pages are gone");
      await bench.commit(bench.insert(1, thing(1, "")));
      const look = () => void bench.sequencer.epoch;
      if (asked) expect(await failureOf(look)).to.equal(bench.pagesBroken);
      await turn();
      expect(bench.fatal).to.deep.equal([bench.pagesBroken]);
      const next = bench.insert(1, thing(2, ""));
      expect(await failureOf(() => bench.commit(next))).to.equal(bench.pagesBroken);
    });
  }

  it("tells who waits for marks that the pages failed", async () => {
    bench.pagesBroken = new Error("the pages are gone");
    const failure = await failureOf(() =>
      bench.sequencer.appendMarks([{ kind: "oid", next: oid(9) }]),
    );
    expect([failure, bench.fatal]).to.deep.equal([bench.pagesBroken, [bench.pagesBroken]]);
  });

  describe("with marks", () => {
    const sequenceMark = (last: bigint) =>
      ({ kind: "sequence", db: DB, storage: oid(20_000), last, called: true }) as const;
    const oidMark = { kind: "oid", next: oid(30_000) } as const;

    it("puts queued ones before whatever follows", async () => {
      bench.sequencer.queueMarks([oidMark]);
      expect(await bench.frames()).to.deep.equal([]);
      await bench.commit(bench.insert(1, thing(1, "")));
      const [[first, second] = []] = await bench.frames();
      expect([first?.kind, second?.kind]).to.deep.equal(["marks", "commit"]);
      expect(bench.batches[0]?.marks).to.deep.equal([oidMark]);
    });

    it("makes appended ones durable before it returns", async () => {
      expect(bench.sequencer.appendMarks([sequenceMark(32n)])).to.equal(undefined);
      expect(bench.batches[0]?.marks).to.deep.equal([sequenceMark(32n)]);
      await bench.manyWriters();
      const done = bench.sequencer.appendMarks([sequenceMark(64n)]);
      expect(done).to.be.instanceOf(Promise);
      await done;
      expect(bench.batches.at(-1)?.marks).to.deep.equal([sequenceMark(64n)]);
    });

    it("makes appended ones durable however full the group is", async () => {
      await bench.manyWriters();
      const rows = Array.from({ length: 6_000 }, (_, at) => thing(at, "x".repeat(75)));
      const commit = bench.commit(bench.insert(1, ...rows));
      for (let last = 1n; last < 2_000n; last += 100n) {
        const marks = Array.from({ length: 100 }, (_, at) => sequenceMark(last + BigInt(at)));
        await Promise.all([commit, bench.sequencer.appendMarks(marks)]);
      }
      expect(bench.batches.at(-1)?.marks.at(-1)).to.deep.equal(sequenceMark(2_000n));
    });

    it("makes those of setval durable before a commit that staged nothing returns", async () => {
      bench.sequencer.queueMarks([sequenceMark(7n)]);
      expect(bench.commit(bench.begin(1))).to.equal(undefined);
      expect(bench.batches.flatMap((batch) => batch.marks)).to.deep.equal([sequenceMark(7n)]);
      await bench.manyWriters();
      bench.sequencer.queueMarks([sequenceMark(8n)]);
      const transaction = bench.begin(1);
      const done = bench.commit(transaction);
      expect(transaction.state).to.equal("committing");
      await done;
      expect(transaction.state).to.equal("committed");
      expect(bench.batches.at(-1)?.marks).to.deep.equal([sequenceMark(8n)]);
    });

    it("does not flush those of oids for a commit that staged nothing", async () => {
      bench.sequencer.queueMarks([oidMark]);
      await bench.commit(bench.begin(1));
      expect(await bench.frames()).to.deep.equal([]);
      await bench.sequencer.drain();
      expect((await bench.frames()).flat()).to.deep.equal([{ kind: "marks", marks: [oidMark] }]);
    });
  });

  describe("at SERIALIZABLE", () => {
    const reader = (read: Oid) => {
      const transaction = bench.begin(9, "serializable");
      expect(transaction.snapshotEpoch()).to.equal(bench.sequencer.epoch);
      transaction.noteRead(DB, read);
      return transaction;
    };
    const outcome = async (transaction: CatalogTransaction) => {
      const error = await failureOf(() => bench.commit(transaction));
      return error === undefined ? "committed" : (error as SqlError).code;
    };

    it("refuses writes of whoever read a relation that others changed since", async () => {
      const transaction = reader(things.rel);
      await bench.commit(bench.insert(1, thing(1, "")));
      transaction.insert(things, DB, thing(2, ""));
      expect(await outcome(transaction)).to.equal("40001");
      expect(transaction.state).to.equal("open");
      transaction.abort();
    });

    it("counts frames that are appended and not yet applied", async () => {
      await bench.manyWriters();
      const transaction = reader(things.rel);
      transaction.insert(things, DB, thing(2, ""));
      const other = bench.commit(bench.insert(1, thing(1, "")));
      expect(bench.sequencer.epoch).to.equal(16 as Epoch);
      expect(await outcome(transaction)).to.equal("40001");
      await other;
    });

    it("lets those pass that read another relation, nothing, or before nobody's change", async () => {
      const elsewhere = reader(oid(9002));
      const only = reader(things.rel);
      await bench.commit(bench.insert(1, thing(1, "")));
      elsewhere.insert(things, DB, thing(2, ""));
      expect(await outcome(elsewhere)).to.equal("committed");
      expect(await outcome(only), "it wrote nothing").to.equal("committed");
      const later = reader(things.rel);
      later.insert(things, DB, thing(3, ""));
      expect(await outcome(later)).to.equal("committed");
    });
  });
});
