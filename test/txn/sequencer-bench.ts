/** A sequencer over a log in memory. */
import { epoch, lsn, xid } from "../../src/base/ids.ts";
import type { Row } from "../../src/base/value.ts";
import type { ApplyBatch } from "../../src/pages/store.ts";
import { ExportedSnapshots } from "../../src/txn/exported-snapshots.ts";
import { LockManager, LockOwner } from "../../src/txn/lock-manager.ts";
import { Sequencer } from "../../src/txn/sequencer.ts";
import { SnapshotLeases } from "../../src/txn/snapshot-leases.ts";
import { CatalogTransaction, type Isolation } from "../../src/txn/transaction.ts";
import { decodeEntry } from "../../src/wal/frame.ts";
import type { Position } from "../../src/wal/log.ts";
import { MemoryLog } from "../../src/wal/memory-log.ts";
import { DB, info, noRows, noUserRows, thing, things } from "./fixture.ts";

export const START: Position = { lsn: lsn(0n), chain: 0n };

/** A sequencer over a log in memory, with pages that only remember what they were told. */
export class Bench {
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
      exported: new ExportedSnapshots(),
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

export const turn = () => new Promise((resolve) => setImmediate(resolve));
export const failureOf = async (work: () => void | Promise<void>): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return undefined;
};
