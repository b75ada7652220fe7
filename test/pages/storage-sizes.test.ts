/** How large storages are said to be, held against what SQLite counts page by page. */
import Database from "better-sqlite3";
import { expect } from "chai";
import { type Oid, oid } from "../../src/base/ids.ts";
import type { PageStore } from "../../src/pages/page-store.ts";
import { rowPathOf } from "../../src/pages/row-file.ts";
import { StorageSizes } from "../../src/pages/storage-sizes.ts";
import { Fixture } from "./fixture.ts";
import {
  add,
  applyRows,
  DERIVED,
  definitions,
  end,
  LOGGED,
  sweepRows,
  TABLE,
} from "./row-fixture.ts";

const OTHER = oid(30001);
const versions = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** Bytes of all pages that a b-tree has. */
function counted(store: PageStore, name: string): number {
  const db = new Database(rowPathOf(store.path), { readonly: true });
  try {
    const count = db.prepare("SELECT sum(pgsize) FROM dbstat WHERE name = ?");
    return count.pluck().get(name) as number;
  } finally {
    db.close();
  }
}

function fill(store: PageStore, rows: number, text: string, table: Oid = TABLE): void {
  const added = versions(1, rows).flatMap((v) => add(v, [v, `${text}${v}`], table));
  applyRows(store, { rows: [...definitions(table), ...added] });
  store.commit();
}

describe("sizes of storages", () => {
  it("are 0 without rows, and are counted for small ones, values on pages of their own too", () => {
    using fixture = new Fixture();
    const { store } = fixture;
    expect(store.sizes.bytesOf(TABLE)).to.equal(0);
    applyRows(store, { rows: definitions() });
    store.commit();
    expect(store.sizes.bytesOf(DERIVED)).to.equal(0);
    fill(store, 20, "long".repeat(3000));
    for (const [storage, letter] of [
      [TABLE, "s"],
      [DERIVED, "x"],
      [LOGGED, "x"],
    ] as const) {
      expect(store.sizes.bytesOf(storage)).to.equal(counted(store, `${letter}${storage}`));
    }
    expect(store.sizes.bytesOf(TABLE)).to.be.above(20 * 12_000);
  });

  it("shrink when vacuum has removed versions", () => {
    using fixture = new Fixture();
    const { store } = fixture;
    fill(store, 1000, "text ");
    const before = store.sizes.bytesOf(TABLE);
    const epoch = applyRows(store, { rows: versions(1, 1000).map((version) => end(version)) });
    sweepRows(store, epoch);
    store.commit();
    expect(store.sizes.bytesOf(TABLE)).to.be.below(before / 10);
  });

  for (const [what, text] of [
    ["wide rows", "wide".repeat(40)],
    ["values on pages of their own", "long".repeat(2000)],
  ] as const) {
    it(`are estimated from their first pages when they are large: ${what}`, () => {
      using fixture = new Fixture();
      const { store } = fixture;
      fill(store, text.length > 1000 ? 1000 : 15_000, text);
      for (const name of ["s20001", "x20003"]) {
        const real = counted(store, name);
        if (name === "s20001") expect(real / 4096).to.be.above(512);
        const told = store.sizes.bytesOf(oid(Number(name.slice(1))));
        expect(told / real, `${told} for ${real}`).to.be.within(0.8, 1.2);
      }
    });
  }

  it("are read all at once for a query that asks for many, anew for each query", () => {
    using fixture = new Fixture();
    const { store } = fixture;
    let query = 0;
    const sizes = new StorageSizes(store.path, () => query);
    try {
      const tables = versions(1, 12).map((at) => oid(OTHER + 10 * at));
      for (const table of tables) fill(store, 100, "text", table);
      const told = () => tables.map((table) => sizes.bytesOf(table));
      const real = () => tables.map((table) => counted(store, `s${table}`));
      expect(told()).to.deep.equal(real());
      const [first] = tables as [Oid];
      const more = versions(101, 2000).flatMap((v) => add(v, [v, "text"], first));
      applyRows(store, { rows: more });
      store.commit();
      query++;
      expect(told().reverse()).to.deep.equal(real().reverse());
    } finally {
      sizes.close();
    }
  });
});
