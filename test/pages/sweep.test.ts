/** What vacuum takes out of the pages, and what it leaves. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import fc from "fast-check";
import { type Epoch, oid } from "../../src/base/ids.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import type { Row } from "../../src/base/value.ts";
import { describeVersion } from "../../src/pages/describe-version.ts";
import { PageStore } from "../../src/pages/page-store.ts";
import { isVisible, type TupleVersion } from "../../src/pages/visibility.ts";
import type { Mutation } from "../../src/wal/fragment.ts";
import {
  at,
  counters,
  DB,
  Fixture,
  insert,
  optionsFor,
  remove,
  temporaryDirectory,
  thing,
  things,
  update,
} from "./fixture.ts";

/** Sweeps to the end, however short the steps are. */
function sweep(store: PageStore, horizon: Epoch, ms = 1000, table = things) {
  const sweeping = store.upkeep.sweep(table, horizon);
  let steps = 0;
  for (; !sweeping.isOver; steps++) sweeping.step(ms);
  return { ...sweeping.swept, steps };
}

const codeOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof SqlError) return error.code;
    throw error;
  }
  return "read";
};

describe("a sweep over the pages", () => {
  it("removes versions that ended at or below the horizon, and no other", () => {
    using fixture = new Fixture();
    fixture.commit(insert(thing(20000, "one")));
    fixture.commit(update(thing(20000, "two")));
    fixture.commit(update(thing(20000, "three")), insert(thing(20001, "other")));
    fixture.commit(remove(20001));
    const { removed, remaining, dead } = sweep(fixture.store, at(2));
    expect({ removed, remaining, dead }).to.deep.equal({ removed: 1, remaining: 4, dead: 2 });
    expect(fixture.store.scan(things, DB, at(2)).map((row) => row[1])).to.deep.equal([
      "built-in",
      "two",
    ]);
    expect(sweep(fixture.store, at(4)).removed).to.equal(2);
    expect(fixture.store.versions(things)).to.have.length(2);
  });

  it("makes older epochs unreadable, in every way and after a restart", () => {
    using fixture = new Fixture();
    for (let i = 0; i < 5; i++) fixture.commit(insert(thing(20000 + i, "a")));
    expect(fixture.store.horizon).to.equal(0);
    sweep(fixture.store, at(3), 1000, counters);
    for (let round = 0; round < 2; round++) {
      const { store } = fixture;
      expect(store.horizon).to.equal(3);
      for (const epoch of [2, 3]) {
        const wanted = epoch < 3 ? "72000" : "read";
        expect(codeOf(() => store.get(things, DB, [1], at(epoch)))).to.equal(wanted);
        expect(codeOf(() => store.lookup(things, 1, DB, ["a"], at(epoch)))).to.equal(wanted);
        expect(codeOf(() => store.scan(things, DB, at(epoch)))).to.equal(wanted);
        expect(codeOf(() => store.scanOwn(things, DB, at(epoch)))).to.equal(wanted);
      }
      fixture.reopen();
    }
  });

  it("never lowers the horizon", () => {
    using fixture = new Fixture();
    for (let i = 0; i < 5; i++) fixture.commit(insert(thing(20000 + i, "a")));
    sweep(fixture.store, at(4));
    sweep(fixture.store, at(2));
    expect(fixture.store.horizon).to.equal(4);
  });

  it("gives way within milliseconds, and may be overtaken by commits", () => {
    using fixture = new Fixture();
    const many = Array.from({ length: 20_000 }, (_, i) => insert(thing(20000 + i, `n${i}`)));
    fixture.commit(...many);
    fixture.commit(...many.map((_, i) => update(thing(20000 + i, "changed"))));
    const sweeping = fixture.store.upkeep.sweep(things, at(2));
    let steps = 0;
    const times: number[] = [];
    for (; !sweeping.isOver; steps++) {
      const started = performance.now();
      sweeping.step(2);
      times.push(performance.now() - started);
      if (steps % 3 === 0) fixture.commit(update(thing(20000 + steps, `step ${steps}`)));
    }
    expect(steps).to.be.above(2);
    // Half of them: a single one may have been stopped by the machine.
    expect(times.sort((x, y) => x - y)[times.length >> 1]).to.be.below(20);
    expect(sweeping.swept.removed).to.equal(20_000);
    const { epoch } = fixture.store.applied;
    expect(fixture.store.scan(things, DB, epoch)).to.have.length(20_001);
    expect(fixture.store.verifyIntegrity()).to.deep.equal([]);
  });

  it("reads the same as a list of versions at every epoch that is left", () => {
    const change = fc.record({
      id: fc.integer({ min: 20000, max: 20004 }),
      name: fc.constantFrom("a", "b"),
      drop: fc.boolean(),
    });
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.array(change, { maxLength: 4 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }) },
    );
    const property = fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
      using fixture = new Fixture();
      let versions = fixture.store.versions(things);
      let horizon = 0;
      for (const each of steps) {
        const { epoch } = fixture.store.applied;
        if (typeof each === "number") {
          const wanted = Math.max(epoch - each, 0);
          sweep(fixture.store, at(wanted));
          versions = versions.filter(({ xmax }) => xmax > wanted);
          horizon = Math.max(horizon, wanted);
        } else {
          const mutations = mutationsFor(versions, each);
          versions = applied(versions, mutations, epoch + 1);
          fixture.commit(...mutations);
        }
        compare(fixture.store, versions, horizon);
      }
      fixture.reopen();
      compare(fixture.store, versions, horizon);
    });
    fc.assert(property, { numRuns: 60 });
  });

  it("leaves whole pages when the process is killed in the middle", async function () {
    this.timeout(60_000);
    using directory = temporaryDirectory();
    const child = fileURLToPath(new URL("./sweep-child.ts", import.meta.url));
    for (const ms of [5, 60, 150]) {
      await killedAfter(child, directory.path, ms);
      const { store, outcome } = PageStore.open(optionsFor(directory.path));
      expect(outcome).to.equal("kept");
      expect(store.verifyIntegrity()).to.deep.equal([]);
      const { epoch } = store.applied;
      expect(store.horizon <= epoch).to.equal(true);
      const found = store.versions(things);
      // Each commit changes one of ten rows: every version that ended above the horizon is there.
      const kept = found.filter(({ xmax }) => xmax > store.horizon);
      for (let at = store.horizon; at <= epoch; at++) {
        const seen = kept.filter((version) => isVisible(version, DB, at)).length;
        expect(seen, `epoch ${at}`).to.equal(1 + Math.min(at, 10));
      }
      store.close();
    }
  });
});

interface Change {
  readonly id: number;
  readonly name: string;
  readonly drop: boolean;
}

const live = ({ xmax }: TupleVersion): boolean => xmax > 1_000_000;

/** At most one change of a row. */
function mutationsFor(versions: readonly TupleVersion[], changes: readonly Change[]): Mutation[] {
  const seen = new Set<number>();
  return changes.flatMap(({ id, name, drop }) => {
    if (seen.has(id)) return [];
    seen.add(id);
    const exists = versions.some((version) => live(version) && version.row[0] === id);
    if (drop) return exists ? [remove(id)] : [];
    return [exists ? update(thing(id, name)) : insert(thing(id, name))];
  });
}

function applied(
  versions: readonly TupleVersion[],
  mutations: readonly Mutation[],
  epoch: number,
): TupleVersion[] {
  let all = [...versions];
  for (const mutation of mutations) {
    const id = mutation.kind === "insert" ? mutation.row[0] : mutation.key[0];
    all = all.map((version) =>
      live(version) && version.row[0] === id && version.db !== oid(0)
        ? { ...version, xmax: at(epoch) }
        : version,
    );
    if (mutation.kind === "delete") continue;
    const open = versions.find(live)?.xmax as Epoch;
    all.push({ db: DB, xmin: at(epoch), xmax: open, row: mutation.row });
  }
  return all;
}

const sorted = (rows: readonly Row[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

function compare(store: PageStore, versions: readonly TupleVersion[], horizon: number): void {
  const describe = (all: readonly TupleVersion[]) =>
    all.map((version) => describeVersion(things, version)).sort();
  expect(describe(store.versions(things))).to.deep.equal(describe(versions));
  for (let epoch = horizon; epoch <= store.applied.epoch; epoch++) {
    const wanted = versions.filter((v) => isVisible(v, DB, at(epoch))).map((v) => v.row);
    expect(sorted(store.scan(things, DB, at(epoch)))).to.deep.equal(sorted(wanted));
  }
}

async function killedAfter(child: string, directory: string, ms: number): Promise<void> {
  const run = spawn(process.execPath, ["--import", "tsx", child, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(run.stdout, "data");
  await new Promise((resolve) => setTimeout(resolve, ms));
  run.kill("SIGKILL");
  await once(run, "close");
}
