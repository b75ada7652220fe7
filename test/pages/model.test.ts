/** The store beside a list of versions and the one visibility function. */
import { expect } from "chai";
import fc from "fast-check";
import { EPOCH_MAX, type Oid, oid } from "../../src/base/ids.ts";
import type { Row } from "../../src/base/value.ts";
import { describeVersion } from "../../src/pages/describe-version.ts";
import { isVisible, type TupleVersion } from "../../src/pages/visibility.ts";
import type { Mutation } from "../../src/wal/fragment.ts";
import { at, builtIn, DB, Fixture, OTHER_DB, thing, things } from "./fixture.ts";

class Model {
  versions: TupleVersion[] = [{ db: oid(0), xmin: at(0), xmax: EPOCH_MAX, row: builtIn }];

  find(db: Oid, id: number): TupleVersion | undefined {
    return this.versions.find((v) => v.db === db && v.row[0] === id && v.xmax === EPOCH_MAX);
  }

  apply(mutations: readonly Mutation[], epoch: number): void {
    for (const mutation of mutations) {
      if (mutation.kind !== "insert") this.#end(mutation.db, mutation.key[0] as number, epoch);
      if (mutation.kind === "delete") continue;
      const { db, row } = mutation;
      this.versions.push({ db, xmin: at(epoch), xmax: EPOCH_MAX, row });
    }
  }

  #end(db: Oid, id: number, epoch: number): void {
    const ended = this.find(db, id);
    if (!ended) throw new Error("the model ends a row that is not there");
    this.versions = this.versions.filter((version) => version !== ended);
    if (ended.xmin < epoch) this.versions.push({ ...ended, xmax: at(epoch) });
  }

  visible(db: Oid, epoch: number): Row[] {
    return this.versions.filter((v) => isVisible(v, db, at(epoch))).map((v) => v.row);
  }
}

const anyChange = fc.record({
  db: fc.constantFrom(DB, OTHER_DB),
  id: fc.integer({ min: 20000, max: 20005 }),
  name: fc.constantFrom("a", "b", "c"),
  space: fc.integer({ min: 1, max: 2 }),
  drop: fc.boolean(),
});
type Change = typeof anyChange extends fc.Arbitrary<infer T> ? T : never;

/** The mutation that makes sense where the model is. */
function mutationFor(model: Model, change: Change): Mutation | undefined {
  const { db, id, name, space, drop } = change;
  const rel = things.rel;
  const row = thing(id, name, { 2: space });
  if (!model.find(db, id)) return drop ? undefined : { kind: "insert", rel, db, row };
  if (drop) return { kind: "delete", rel, db, key: [id] };
  return { kind: "update", rel, db, key: [id], row };
}

const sorted = (rows: readonly Row[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

function compare(fixture: Fixture, model: Model, epochs: number): void {
  const readers = [fixture.store, fixture.store.reader()];
  for (let epoch = 0; epoch <= epochs; epoch++) {
    for (const db of [DB, OTHER_DB]) {
      const wanted = model.visible(db, epoch);
      for (const reader of readers) {
        expect(sorted(reader.scan(things, db, at(epoch)))).to.deep.equal(sorted(wanted));
        for (let id = 20000; id <= 20005; id++) {
          const row = wanted.find((w) => w[0] === id);
          expect(reader.get(things, db, [id], at(epoch))).to.deep.equal(row);
        }
        const named = wanted.filter((w) => w[1] === "a" && w[2] === 1);
        const found = reader.lookup(things, 1, db, ["a", 1], at(epoch));
        expect(sorted(found)).to.deep.equal(sorted(named));
        const inSpace = wanted.filter((w) => w[2] === 2);
        const listed = reader.lookup(things, 2, db, [2], at(epoch));
        expect(sorted(listed)).to.deep.equal(sorted(inSpace));
      }
    }
  }
}

describe("the page store beside a dumb model", () => {
  it("reads the same at every epoch, also under overlays and after reopening", () => {
    const commits = fc.array(fc.array(anyChange, { maxLength: 6 }), { maxLength: 8 });
    const property = fc.property(commits, fc.array(anyChange, { maxLength: 5 }), (all, staged) => {
      using fixture = new Fixture();
      const model = new Model();
      const stage = (changes: readonly Change[], epoch: number) => {
        const mutations: Mutation[] = [];
        for (const change of changes) {
          const mutation = mutationFor(model, change);
          if (!mutation) continue;
          model.apply([mutation], epoch);
          mutations.push(mutation);
        }
        return mutations;
      };
      for (const [i, changes] of all.entries()) fixture.commit(...stage(changes, i + 1));
      fixture.store.commit();
      compare(fixture, model, all.length + 1);
      fixture.reopen();
      compare(fixture, model, all.length + 1);
      const describe = (versions: readonly TupleVersion[]) =>
        versions.map((version) => describeVersion(things, version)).sort();
      expect(describe(fixture.store.versions(things))).to.deep.equal(describe(model.versions));

      const newest = all.length;
      const overlay = stage(staged, newest + 1);
      const wanted = model.visible(DB, newest + 1);
      const seen = fixture.store.withOverlay({ mutations: overlay, rows: [] }, () =>
        fixture.store.scan(things, DB, at(newest)),
      );
      expect(sorted(seen)).to.deep.equal(sorted(wanted));
    });
    fc.assert(property, { numRuns: 60 });
  });
});

describe("visibility", () => {
  it("is from xmin on, up to but not at xmax, in the row's database or in all", () => {
    const seen: string[] = [];
    for (const db of [0, 5, 6]) {
      for (const xmin of [0, 1, 2]) {
        for (const xmax of [1, 2, 3]) {
          for (const epoch of [0, 1, 2, 3]) {
            const version = { db: oid(db), xmin: at(xmin), xmax: at(xmax) };
            if (isVisible(version, DB, at(epoch))) seen.push(`${db} [${xmin},${xmax}) @${epoch}`);
          }
        }
      }
    }
    const ranges = ["[0,1) @0", "[0,2) @0", "[0,2) @1", "[0,3) @0", "[0,3) @1", "[0,3) @2"];
    const later = ["[1,2) @1", "[1,3) @1", "[1,3) @2", "[2,3) @2"];
    const every = [...ranges, ...later];
    expect(seen).to.deep.equal([...every.map((r) => `0 ${r}`), ...every.map((r) => `5 ${r}`)]);
  });
});

describe("describeVersion", () => {
  it("shows where and when a version is visible, and its values", () => {
    const row = thing(1, "a", { 4: ["x"], 6: Uint8Array.of(1, 255) });
    const version = { db: DB, xmin: at(3), xmax: EPOCH_MAX, row };
    expect(describeVersion(things, version)).to.equal(
      'things 5 [3, ∞) oid=1 name="a" space=1 hidden=false labels=["x"] weight=0.5 bytes=\\x01ff',
    );
  });
});
