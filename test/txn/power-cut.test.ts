/**
 * The power is cut at every operation of a workload, whatever of the unsynced bytes got lucky and
 * whatever became of the pages: they are derived, and lie on the real file system.
 */
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { expect } from "chai";
import type { Oid } from "../../src/base/ids.ts";
import { LockOwner } from "../../src/txn/lock-manager.ts";
import { relationTag } from "../../src/txn/lock-tag.ts";
import type { Storage } from "../../src/txn/storage.ts";
import type { CatalogTransaction } from "../../src/txn/transaction.ts";
import { FileLog } from "../../src/wal/file-log.ts";
import { decodeEntry } from "../../src/wal/frame.ts";
import { EVERY_KEPT, PowerCut, SimDisk } from "../support/sim-disk.ts";
import { begin, DB, Folder, info, links, openStorage, rowsOf, thing, things } from "./fixture.ts";

const SEGMENT_BYTES = 1_200_000;
const newLog = (disk: SimDisk) =>
  new FileLog({ disk, directory: "/wal", segmentBytes: SEGMENT_BYTES, incarnation: 7n });

/** Rows by relation, as one text. */
type State = string;
const stateOf = (storage: Storage): State =>
  JSON.stringify([rowsOf(storage, things), rowsOf(storage, links)]);

/** What must be found again. */
interface History {
  /** After each epoch, as it must be; 0 is the empty store. */
  readonly states: State[];
  /** The highest epoch whose commit returned. */
  acknowledged: number;
  readonly rows: Map<number, readonly [number, string, number]>;
  readonly links: Map<number, number>;
  /** Oids of rows, committed or about to be. */
  readonly oids: Oid[];
}

const copyPages = (from: string, to: string): void => {
  for (const suffix of ["", "-wal"]) {
    rmSync(to + suffix, { force: true });
    if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix);
  }
};

/**
 * Like a CREATE: a row, a row of a shared relation, a change of the last one, the end of an old
 * one.
 */
function stage(storage: Storage, history: History, owner: LockOwner): CatalogTransaction {
  const transaction = begin(storage, "read committed", owner);
  const id = storage.allocator.oid();
  const number = history.oids.length;
  const previous = history.oids.at(-1);
  const old = history.oids.at(-3);
  const put = (row: readonly [number, string, number]) => {
    if (history.rows.has(row[0])) transaction.update(things, DB, row);
    else transaction.insert(things, DB, row);
    history.rows.set(row[0], row);
  };
  put(thing(id, `t${number}`) as never);
  transaction.insert(links, DB, [number, id, null]);
  history.links.set(number, id);
  // A row that is not published yet, or locked, is somebody's whose commit is not applied.
  const isFree = (key: number | undefined): key is number =>
    key !== undefined &&
    transaction.get(things, DB, [key]) !== undefined &&
    transaction.tryLock(relationTag(DB, key as Oid), "AccessExclusive");
  if (isFree(previous)) put(thing(previous, `changed by ${number}`, 2) as never);
  if (number % 2 === 0 && isFree(old)) {
    transaction.delete(things, DB, [old]);
    history.rows.delete(old);
  }
  history.oids.push(id);
  return transaction;
}

function remember(history: History): void {
  const rows = [...history.rows.values()].sort((a, b) => a[0] - b[0]);
  const pairs = [...history.links].sort((a, b) => a[0] - b[0]);
  history.states.push(JSON.stringify([rows, pairs.map(([from, to]) => [from, to, null])]));
}

async function commit(storage: Storage, history: History, owner: LockOwner): Promise<void> {
  const transaction = stage(storage, history, owner);
  remember(history);
  const own = history.states.length - 1;
  await storage.commit(transaction, info(`commit ${own}`));
  history.acknowledged = Math.max(history.acknowledged, own);
}

async function commitLarge(storage: Storage, history: History): Promise<void> {
  const transaction = begin(storage);
  for (let at = 0; at < 1300; at++) {
    const row = thing(storage.allocator.oid(), `${at} `.repeat(250));
    transaction.insert(things, DB, row);
    history.rows.set(row[0] as number, row as never);
  }
  remember(history);
  const own = history.states.length - 1;
  await storage.commit(transaction, info("large"));
  history.acknowledged = own;
}

/** One writer, then several at a time, a large transaction, a clean stop, and all of it again. */
async function workload(disk: SimDisk, pages: string, history: History): Promise<void> {
  const writers = [1, 2, 3, 4].map((id) => new LockOwner(id));
  const [first] = writers as [LockOwner];
  for (let round = 0; round < 2; round++) {
    const storage = await openStorage(newLog(disk), pages);
    running = storage;
    for (let at = 0; at < 5; at++) await commit(storage, history, first);
    storage.checkpoint();
    copyPages(pages, `${pages}.old`);
    const aborted = begin(storage);
    aborted.insert(things, DB, thing(storage.allocator.oid(), "aborted"));
    aborted.abort();
    for (let at = 0; at < 4; at++) {
      await allSettled(writers.map((writer) => commit(storage, history, writer)));
    }
    await storage.vacuum.run([things.rel, links.rel]);
    if (round === 0) await commitLarge(storage, history);
    await allSettled(writers.map((writer) => commit(storage, history, writer)));
    await storage.close();
    running = undefined;
  }
}

/** All of them end before the first failure counts: the power is cut once. */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

let running: Storage | undefined;

const onlyPowerCut = (error: unknown): false => {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof PowerCut) return false;
  }
  throw error;
};

const PAGES = ["deleted", "older", "kept"] as const;

async function check(disk: SimDisk, pages: string, history: History, where: string) {
  const storage = await openStorage(newLog(disk), pages);
  const found = storage.sequencer.epoch;
  expect(found, where).to.be.within(history.acknowledged, history.states.length - 1);
  expect(
    stateOf(storage) === history.states[found],
    `${where}: the rows at epoch ${found}`,
  ).to.equal(true);
  const fresh = storage.allocator.oid();
  const used = rowsOf(storage, things).map((row) => row[0]);
  expect(used.includes(fresh), `${where}: oid ${fresh} is used again`).to.equal(false);
  // What is recovered can be gone on with.
  const transaction = begin(storage);
  transaction.insert(things, DB, thing(fresh, "after"));
  await storage.commit(transaction, info("after"));
  expect(storage.sequencer.epoch, where).to.equal(found + 1);
  await storage.close();
  await checkLog(disk, found + 1, where);
}

/** Epochs 1, 2, 3, … and no transaction id twice. */
async function checkLog(disk: SimDisk, last: number, where: string): Promise<void> {
  const log = newLog(disk);
  const { first } = await log.open();
  const epochs: number[] = [];
  const xids = new Set<number>();
  for (const entry of await log.read(first, 100_000)) {
    for (const frame of decodeEntry(entry)) {
      if (frame.kind !== "commit") continue;
      epochs.push(frame.epoch);
      expect(xids.has(frame.xid), `${where}: transaction id ${frame.xid} is used again`).to.equal(
        false,
      );
      xids.add(frame.xid);
    }
  }
  expect(epochs, where).to.deep.equal(Array.from({ length: last }, (_, at) => at + 1));
  await log.close();
}

describe("storage after a power cut", () => {
  let folder: Folder;
  before(() => {
    folder = new Folder();
  });
  after(() => folder.remove());

  it("has every acknowledged commit and no half of any", async function () {
    this.timeout(120_000);
    const pages = folder.file("pages.db");
    const found = folder.file("found.db");
    let cuts = 0;
    for (let crashAt = 1, finished = false; !finished; crashAt++) {
      for (const path of [pages, `${pages}.old`]) {
        for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
      }
      const disk = new SimDisk(crashAt);
      const history: History = {
        states: ["[[],[]]"],
        acknowledged: 0,
        rows: new Map(),
        links: new Map(),
        oids: [],
      };
      finished = await workload(disk, pages, history).then(() => true, onlyPowerCut);
      copyPages(pages, `${pages}.kept`);
      running?.store.close();
      running = undefined;
      for (const [at, kept] of EVERY_KEPT.entries()) {
        const fate = PAGES[(crashAt + at) % PAGES.length];
        copyPages(fate === "older" ? `${pages}.old` : `${pages}.kept`, found);
        if (fate === "deleted")
          for (const suffix of ["", "-wal"]) rmSync(found + suffix, { force: true });
        rmSync(`${found}-shm`, { force: true });
        const where = `cut in operation ${crashAt}, kept ${kept}, pages ${fate}`;
        await check(disk.afterPowerCut(kept), found, history, where);
        cuts++;
      }
    }
    expect(cuts).to.be.greaterThan(100);
  });
});
