/** What the pages become when they and the log tell different stories. */

import { copyFileSync, existsSync } from "node:fs";
import { expect } from "chai";
import { DataCorrupted } from "../../src/base/assert.ts";
import { ByteWriter } from "../../src/base/bytes.ts";
import { xid } from "../../src/base/ids.ts";
import { rowPathOf } from "../../src/pages/row-file.ts";
import type { Storage } from "../../src/txn/storage.ts";
import type { Frame } from "../../src/wal/fragment.ts";
import { encodeFrame } from "../../src/wal/frame.ts";
import { TrimmedError } from "../../src/wal/log.ts";
import { MemoryLog, MemoryLogStore } from "../../src/wal/memory-log.ts";
import { begin, DB, Folder, info, links, openStorage, rowsOf, thing, things } from "./fixture.ts";

const INCARNATION = 7n;

const noRows = { rows: [], bulks: [] };

describe("recovery", () => {
  let folder: Folder;
  let entries: MemoryLogStore;
  beforeEach(() => {
    folder = new Folder();
    entries = new MemoryLogStore(INCARNATION);
  });
  afterEach(() => folder.remove());

  const open = (pages = "pages.db", store = entries): Promise<Storage> =>
    openStorage(new MemoryLog({ store }), folder.file(pages));
  async function commit(storage: Storage, ...rows: (readonly [number, string])[]): Promise<void> {
    const transaction = begin(storage);
    for (const [id, name] of rows) transaction.insert(things, DB, thing(id, name));
    await storage.commit(transaction, info(rows.map(([, name]) => name).join()));
  }
  async function append(store: MemoryLogStore, ...frames: Frame[]): Promise<void> {
    const writer = new ByteWriter();
    for (const frame of frames) encodeFrame(writer, frame);
    await appendBytes(store, writer.bytes());
  }
  async function appendBytes(store: MemoryLogStore, bytes: Uint8Array): Promise<void> {
    const log = new MemoryLog({ store });
    const { head } = await log.open();
    await log.append(await log.campaign(), head, bytes, "now");
    await log.close();
  }
  const copyPages = (from: string, to: string): void => {
    const [source, target] = [folder.file(from), folder.file(to)];
    for (const [of, as] of [
      [source, target],
      [rowPathOf(source), rowPathOf(target)],
    ] as const) {
      for (const suffix of ["", "-wal"]) {
        if (existsSync(of + suffix)) copyFileSync(of + suffix, as + suffix);
      }
    }
  };
  const names = (storage: Storage) => rowsOf(storage, things).map((row) => row[1]);
  const failureOf = (opening: Promise<Storage>) =>
    opening.then(
      () => undefined,
      (error: Error) => error,
    );

  it("finds everything after a clean stop, and replays nothing", async () => {
    const first = await open();
    await commit(first, [1, "a"], [2, "b"]);
    await first.close();
    const second = await open();
    expect(second.recovered).to.include({ pages: "kept", entries: 0, mutations: 0 });
    expect([names(second), second.sequencer.epoch]).to.deep.equal([["a", "b"], 1]);
    await second.close();
  });

  it("replays what older pages have not, or all of it when there are none", async () => {
    const first = await open();
    await commit(first, [1, "a"]);
    first.store.checkpoint();
    copyPages("pages.db", "old.db");
    await commit(first, [2, "b"]);
    await commit(first, [3, "c"]);
    await first.close();
    for (const [pages, replayed, outcome] of [
      ["old.db", 2, "kept"],
      ["none.db", 3, "created"],
    ] as const) {
      const again = await open(pages);
      expect(again.recovered).to.include({ pages: outcome, entries: replayed });
      expect([names(again), again.sequencer.epoch]).to.deep.equal([["a", "b", "c"], 3]);
      await again.close();
    }
  });

  it("passes over parts whose transaction never committed", async () => {
    const first = await open();
    await commit(first, [1, "a"]);
    await first.close();
    const dangling = { kind: "insert", rel: things.rel, db: DB, row: thing(2, "never") } as const;
    await append(entries, { kind: "part", xid: xid(900), mutations: [dangling] });
    await append(entries, { kind: "part", xid: xid(900), mutations: [dangling] });
    const second = await open();
    expect([names(second), second.sequencer.epoch]).to.deep.equal([["a"], 1]);
    await commit(second, [3, "c"]);
    await second.close();
    for (const pages of ["pages.db", "none.db"]) {
      const again = await open(pages);
      expect([names(again), again.sequencer.epoch], pages).to.deep.equal([["a", "c"], 2]);
      await again.close();
    }
  });

  it("replays a large transaction from its parts", async () => {
    const first = await open();
    const rows = Array.from({ length: 12_000 }, (_, at) => [at, "x".repeat(60)] as const);
    await commit(first, ...rows);
    await first.close();
    expect(entries.entries.length).to.be.greaterThan(2);
    const again = await open("none.db");
    expect([names(again).length, again.sequencer.epoch]).to.deep.equal([12_000, 1]);
    await again.close();
  });

  it("builds the pages anew when they tell of another history", async () => {
    const first = await open();
    await commit(first, [1, "mine"]);
    await first.close();
    const other = new MemoryLogStore(INCARNATION);
    const elsewhere = await open("other.db", other);
    await commit(elsewhere, [1, "your"]);
    await commit(elsewhere, [2, "more"]);
    await elsewhere.close();
    expect(other.entries[0]?.next.lsn).to.equal(entries.entries[0]?.next.lsn);
    const again = await open("pages.db", other);
    expect(again.recovered.pages).to.match(/^rebuilt: the log has another entry before \d+$/);
    expect([names(again), again.sequencer.epoch]).to.deep.equal([["your", "more"], 2]);
    await again.close();
  });

  it("builds the pages anew when they are another cluster's", async () => {
    const first = await open();
    await commit(first, [1, "a"]);
    await first.close();
    const again = await open("pages.db", new MemoryLogStore(8n));
    expect(again.recovered.pages).to.equal("rebuilt: its cluster id is 7, not 8");
    expect([names(again), again.sequencer.epoch]).to.deep.equal([[], 0]);
    await again.close();
  });

  it("refuses pages that are ahead of the log: it has lost commits", async () => {
    const first = await open();
    await commit(first, [1, "a"]);
    await commit(first, [2, "b"]);
    await first.close();
    entries.entries.pop();
    const error = await failureOf(open());
    expect(error).to.be.instanceOf(DataCorrupted);
    expect(error?.message).to.match(
      /^the pages hold commits up to LSN \d+, the log ends at LSN \d+/,
    );
    const without = await open("none.db");
    expect(names(without)).to.deep.equal(["a"]);
    await without.close();
  });

  it("refuses an entry that does not decode", async () => {
    const first = await open();
    await commit(first, [1, "a"]);
    await first.close();
    await appendBytes(entries, Buffer.from([9, 0, 0, 0, 0]));
    const error = await failureOf(open());
    expect(error).to.be.instanceOf(DataCorrupted);
    expect(error?.message).to.match(
      /^the entry at lsn \d+ does not decode: no frame is of kind 9$/,
    );
  });

  it("refuses a log whose epochs have a gap", async () => {
    const first = await open();
    await commit(first, [1, "a"]);
    await first.close();
    const gap = {
      kind: "commit",
      epoch: 3,
      xid: 2000,
      info: info(""),
      mutations: [],
      ...noRows,
    } as const;
    await append(entries, gap as never);
    const error = await failureOf(open());
    expect(error).to.be.instanceOf(DataCorrupted);
    expect(error?.message).to.equal("commit 3 follows commit 1 in the log");
  });

  it("refuses to start when neither pages nor log hold the beginning", async () => {
    const first = await open();
    await commit(first, [1, "a"]);
    await commit(first, [2, "b"]);
    const trimmed = new MemoryLog({ store: entries });
    await trimmed.open();
    await trimmed.trim(entries.head);
    await first.close();
    const kept = await open();
    expect(names(kept)).to.deep.equal(["a", "b"]);
    await kept.close();
    expect(await failureOf(open("none.db"))).to.be.instanceOf(TrimmedError);
  });

  it("keeps sequences where their marks say, and ids above theirs", async () => {
    const first = await open();
    const mark = { kind: "sequence", db: DB, storage: 20_000, last: 64n, called: true } as const;
    await first.sequencer.appendMarks([mark as never]);
    const used = first.allocator.oid();
    await commit(first, [used, "a"]);
    const second = await open("none.db");
    expect(second.store.findSequence(DB, 20_000 as never)).to.deep.equal({
      last: 64n,
      called: true,
    });
    expect(second.allocator.oid()).to.be.greaterThan(used);
    await second.close();
  });

  it("remembers no look-up that a commit has changed", async () => {
    const storage = await open();
    const look = () => begin(storage).lookup(links, 0, DB, [1]);
    expect(look()).to.deep.equal([]);
    const transaction = begin(storage);
    transaction.insert(links, DB, [1, 2, null]);
    await storage.commit(transaction, info(""));
    expect(look()).to.deep.equal([[1, 2, null]]);
    expect(look()).to.deep.equal([[1, 2, null]]);
    await storage.close();
  });
});
