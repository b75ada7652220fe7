/** What vacuum takes out of users' rows, and what it leaves. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import fc from "fast-check";
import { type BulkId, oid } from "../../src/base/ids.ts";
import type { Row } from "../../src/base/value.ts";
import { PageStore } from "../../src/pages/page-store.ts";
import { rowPathOf } from "../../src/pages/row-file.ts";
import type { RowChange } from "../../src/wal/fragment.ts";
import { at, Fixture, optionsFor, temporaryDirectory } from "./fixture.ts";
import {
  add,
  applyRows,
  bulkNumber,
  DERIVED,
  definitions,
  end,
  LOGGED,
  seenAt,
  sweepRows,
  TABLE,
  versionsOf,
} from "./row-fixture.ts";

describe("a sweep over users' rows", () => {
  it("removes versions that ended at or below the horizon, and their entries", () => {
    using fixture = new Fixture();
    const { store } = fixture;
    applyRows(store, { rows: [...definitions(), ...add(1, [1, "a"]), ...add(2, [2, "b"])] });
    applyRows(store, { rows: [...add(3, [1, "c"]), end(1, 3)] });
    applyRows(store, { rows: [end(2)] });
    const { removed, remaining, dead, entries } = sweepRows(store, at(2)) ?? {};
    expect({ removed, remaining, dead, entries }).to.deep.equal({
      removed: 1,
      remaining: 2,
      dead: 1,
      entries: 2,
    });
    expect(store.rows.lookup(DERIVED, [1])).to.deep.equal([3]);
    expect(store.rows.lookup(LOGGED, ["key 1"])).to.deep.equal([3]);
    expect(seenAt(store, 2)).to.deep.equal([
      [2, "b"],
      [1, "c"],
    ]);
    expect(sweepRows(store, at(3))).to.include({ removed: 1, remaining: 1, dead: 0, entries: 2 });
    expect(() => store.checkReadable(at(2))).to.throw("snapshot too old");
  });

  it("never gives a version a second time, after a restart neither", () => {
    using fixture = new Fixture();
    applyRows(fixture.store, { rows: [...definitions(), ...add(7, [1, "a"])] });
    applyRows(fixture.store, { rows: [end(7)] });
    expect(sweepRows(fixture.store, at(2))).to.include({ removed: 1, remaining: 0 });
    fixture.reopen();
    expect(fixture.store.rows.lastVersion(TABLE)).to.equal(7);
    expect(fixture.store.rows.estimate(TABLE)).to.equal(0);
    const bulk = bulkNumber(50);
    applyRows(fixture.store, { bulk: { bulk, rows: add(9, [2, "b"]) } });
    applyRows(fixture.store, { abandoned: bulk });
    fixture.store.settleBulks(1000);
    expect(versionsOf(fixture.store)).to.deep.equal([]);
    fixture.reopen();
    expect(fixture.store.rows.lastVersion(TABLE)).to.equal(9);
  });

  it("leaves what a running bulk has added or ended, and entries of an abandoned one go", () => {
    using fixture = new Fixture();
    const { store } = fixture;
    const [running, lost] = [bulkNumber(50), bulkNumber(60)];
    applyRows(store, { rows: [...definitions(), ...add(1, [1, "a"])] });
    applyRows(store, { bulk: { bulk: running, rows: [...add(2, [1, "b"]), end(1, 2)] } });
    applyRows(store, { bulk: { bulk: lost, rows: add(3, [3, "c"]) } });
    applyRows(store, { abandoned: lost });
    store.settleBulks(1000);
    expect(store.rows.ended.get(TABLE)).to.equal(2);
    expect(sweepRows(store, store.applied.epoch)).to.include({ removed: 0, entries: 2 });
    expect(versionsOf(store)).to.deep.equal([1, 2]);
    const committed = applyRows(store, { committed: [running] });
    store.settleBulks(1000);
    expect(sweepRows(store, committed)).to.include({ removed: 1, remaining: 1, entries: 2 });
    expect(versionsOf(store)).to.deep.equal([2]);
  });

  it("keeps rows whose index keys are NULL, numbers, texts and bytes", () => {
    using fixture = new Fixture();
    const { store } = fixture;
    const keys = [null, 5n, -1.5, "text", "", new Uint8Array([0, 255]), new Uint8Array()];
    const rows = keys.flatMap((key, i) => [
      ...add(i + 1, [key, "a"]).slice(0, 1),
      ...add(i + 101, [key, "b"]).slice(0, 1),
    ]);
    applyRows(store, { rows: [...definitions(), ...rows] });
    applyRows(store, { rows: keys.map((_, i) => end(i + 1)) });
    expect(sweepRows(store, at(2), 0)).to.include({ removed: 7, remaining: 7, entries: 7 });
    keys.forEach((key, i) => {
      expect(store.rows.lookup(DERIVED, [key])).to.deep.equal([i + 101]);
    });
  });

  it("gives way within milliseconds, and may be overtaken by commits", () => {
    using fixture = new Fixture();
    const { store } = fixture;
    const many = Array.from({ length: 20_000 }, (_, i) => i + 1);
    applyRows(store, {
      rows: [...definitions(), ...many.flatMap((v) => add(v, [v, `row ${v}`]))],
    });
    applyRows(store, {
      rows: many.flatMap((v) => [...add(v + 20_000, [v, `new ${v}`]), end(v, v + 20_000)]),
    });
    const sweep = store.upkeep.sweepRows(TABLE, at(2), true);
    let steps = 0;
    let longest = 0;
    for (; sweep && !sweep.isOver; steps++) {
      // Time of the processor: others may be using it.
      const before = process.cpuUsage();
      sweep.step(2);
      const { user, system } = process.cpuUsage(before);
      longest = Math.max(longest, (user + system) / 1000);
      const v = 20_001 + steps;
      applyRows(store, { rows: [...add(v + 20_000, [v, "newest"]), end(v, v + 20_000)] });
    }
    expect(steps).to.be.above(2);
    expect(longest).to.be.below(100);
    expect(sweep?.swept.removed).to.equal(20_000);
    expect(seenAt(store, store.applied.epoch)).to.have.length(20_000);
    expect(store.verifyIntegrity()).to.deep.equal([]);
  });

  it("gives free pages back to the disk, and keeps as many as it is told to", () => {
    using fixture = new Fixture();
    const { store } = fixture;
    const many = Array.from({ length: 20_000 }, (_, i) => i + 1);
    applyRows(store, {
      rows: many.flatMap((v) => add(v, [v, "a row of some length"]).slice(0, 1)),
    });
    applyRows(store, { rows: many.map((v) => end(v)) });
    store.checkpoint();
    const path = rowPathOf(store.path);
    const full = statSync(path).size;
    sweepRows(store, at(2));
    const { free } = store.rows.pages;
    expect(free).to.be.above(100);
    const shrink = (kept: number) => {
      const work = store.upkeep.shrinkRows(kept);
      while (!work.isOver) work.step(2);
      return store.rows.pages.free;
    };
    expect(shrink(50)).to.equal(50);
    expect(shrink(0)).to.equal(0);
    store.checkpoint();
    expect(statSync(path).size).to.be.below(full / 4);
    expect(store.verifyIntegrity()).to.deep.equal([]);
  });

  it("keeps the file as large as two rounds of updates make it", () => {
    using fixture = new Fixture();
    const { store } = fixture;
    const many = Array.from({ length: 10_000 }, (_, i) => i + 1);
    const put = (round: number) =>
      many.flatMap((n) => [
        ...add(round * 10_000 + n, [n, `round ${round}`]).slice(0, 1),
        ...(round > 0 ? [end((round - 1) * 10_000 + n, round * 10_000 + n)] : []),
      ]);
    let pages = 0;
    for (let round = 0; round <= 20; round++) {
      applyRows(store, { rows: round === 0 ? [...definitions(), ...put(0)] : put(round) });
      sweepRows(store, store.applied.epoch);
      if (round === 1) pages = store.rows.pages.all;
    }
    expect(store.rows.pages.all).to.be.within(pages, pages * 1.2);
    expect(seenAt(store, store.applied.epoch)).to.have.length(10_000);
    expect(store.rows.lookup(DERIVED, [77])).to.deep.equal([200_077]);
  }).timeout(60_000);

  it("removes whole storages, and what is said of them, bulks that are not settled too", () => {
    using fixture = new Fixture();
    const { store } = fixture;
    const other = oid(30001);
    const bulk = bulkNumber(50);
    const many = Array.from({ length: 3_000 }, (_, i) => i + 1);
    applyRows(store, { rows: [...definitions(), ...many.flatMap((v) => add(v, [v, "row"]))] });
    applyRows(store, { rows: [...definitions(other), ...add(1, [1, "other"], other)] });
    applyRows(store, { bulk: { bulk, rows: [...add(4_000, [0, "bulk"]), end(1)] } });
    applyRows(store, { committed: [bulk] });
    for (const storage of store.rows.storages(other)) {
      const work = store.upkeep.removeStorage(storage);
      while (!work.isOver) work.step(0);
    }
    store.settleBulks(1000);
    expect(store.rows.bulks.hasUnsettled).to.equal(false);
    expect(store.rows.storages(oid(99999)).map(({ id }) => id)).to.deep.equal([
      30001, 30002, 30003,
    ]);
    expect(store.rows.widthOf(TABLE)).to.equal(undefined);
    expect(seenAt(store, store.applied.epoch, other)).to.have.length(1);
    applyRows(store, { rows: [...definitions(), ...add(5_000, [5, "again"])] });
    expect(store.rows.lookup(DERIVED, [5])).to.deep.equal([5_000]);
    fixture.reopen();
    expect(fixture.store.verifyIntegrity()).to.deep.equal([]);
  });

  it("reads the same as a list of versions at every epoch that is left", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        using fixture = new Fixture();
        const model = new Model(fixture.store);
        for (const each of steps) {
          model.run(each);
          model.compare();
        }
        fixture.reopen();
        model.store = fixture.store;
        model.compare();
      }),
      { numRuns: 20 },
    );
  }).timeout(60_000);

  it("leaves whole pages when the process is killed in the middle", async function () {
    this.timeout(60_000);
    const child = fileURLToPath(new URL("./row-sweep-child.ts", import.meta.url));
    for (const ms of [5, 60, 150]) {
      using directory = temporaryDirectory();
      await killedAfter(child, directory.path, ms);
      const { store, outcome } = PageStore.open(optionsFor(directory.path));
      expect(outcome).to.equal("kept");
      expect(store.verifyIntegrity()).to.deep.equal([]);
      // One of the two files may have been committed alone; a log would give the other its share.
      const behind = Math.max(0, Number(store.applied.lsn - store.rows.position.lsn) / 100);
      expect(behind).to.be.oneOf([0, 7]);
      // Each commit adds or replaces one of ten rows.
      const epoch = store.applied.epoch - behind;
      for (let seen = Math.max(store.horizon, store.rows.horizon); seen <= epoch; seen++) {
        expect(seenAt(store, seen), `epoch ${seen}`).to.have.length(Math.min(seen, 10));
      }
      store.close();
    }
  });
});

/** A transaction's changes of five rows, as one commit or as a bulk; a sweep; settling. */
const change = fc.record({ id: fc.integer({ min: 1, max: 5 }), drop: fc.boolean() });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("commit", "bulk", "lost" as const),
      changes: fc.array(change, { maxLength: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("sweep"), back: fc.nat({ max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("settle"), most: fc.nat({ max: 4 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Which rows there were at each epoch, beside the store. */
class Model {
  store: PageStore;
  #version = 0;
  #bulk = 10;
  /** The live version of each row. */
  #live = new Map<number, number>();
  readonly #history: Map<number, number>[] = [new Map()];

  constructor(store: PageStore) {
    this.store = store;
  }

  run(each: Step): void {
    const { store } = this;
    if ("most" in each) return store.settleBulks(each.most);
    if ("back" in each) {
      sweepRows(store, at(Math.max(store.applied.epoch - each.back, 0)), 0);
      return undefined;
    }
    const { rows, live } = this.#changes(each.changes);
    if (each.kind === "commit") applyRows(store, { rows: [...definitions(), ...rows] });
    else {
      const bulk: BulkId = bulkNumber(this.#bulk++);
      applyRows(store, { bulk: { bulk, rows: [...definitions(), ...rows] } });
      applyRows(store, each.kind === "bulk" ? { committed: [bulk] } : { abandoned: bulk });
      if (each.kind === "lost") return undefined;
    }
    this.#live = live;
    this.#history.push(live);
    return undefined;
  }

  #changes(changes: readonly { id: number; drop: boolean }[]) {
    const live = new Map(this.#live);
    const seen = new Set<number>();
    const rows: RowChange[] = [];
    for (const { id, drop } of changes) {
      if (seen.has(id)) continue;
      seen.add(id);
      const before = live.get(id);
      const version = drop ? 0 : ++this.#version;
      if (!drop) rows.push(...add(version, [id, `version ${version}`]));
      if (before !== undefined) rows.push(end(before, version));
      if (drop) live.delete(id);
      else live.set(id, version);
    }
    return { rows, live };
  }

  compare(): void {
    const { store } = this;
    expect(store.applied.epoch).to.equal(this.#history.length - 1);
    for (let epoch = store.horizon; epoch <= store.applied.epoch; epoch++) {
      const wanted = [...(this.#history[epoch] ?? [])].sort((a, b) => a[1] - b[1]);
      const rows: Row[] = wanted.map(([id, version]) => [id, `version ${version}`]);
      expect(seenAt(store, epoch)).to.deep.equal(rows);
    }
    for (const [id, version] of this.#live) {
      expect(store.rows.lookup(DERIVED, [id])).to.include(version);
      expect(store.rows.lookup(LOGGED, [`key ${id}`])).to.include(version);
    }
  }
}

async function killedAfter(child: string, directory: string, ms: number): Promise<void> {
  const run = spawn(process.execPath, ["--import", "tsx", child, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(run, "close").then(() => Promise.reject(new Error("it ended by itself")));
  await Promise.race([once(run.stdout, "data"), ended]);
  ended.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, ms));
  const closed = once(run, "close");
  run.kill("SIGKILL");
  await closed;
}
