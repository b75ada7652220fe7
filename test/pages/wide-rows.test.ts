/** Wide relations are written by shapes and read as JSON; see row-insert.ts and codec.ts. */
import { expect } from "chai";
import fc from "fast-check";
import { type Oid, oid } from "../../src/base/ids.ts";
import type { Row } from "../../src/base/value.ts";
import type { TableLayout } from "../../src/pages/layout.ts";
import type { Mutation } from "../../src/wal/fragment.ts";
import { at, DB, Fixture } from "./fixture.ts";

const wide: TableLayout = {
  rel: oid(9003),
  name: "wide",
  shared: false,
  columns: [
    { name: "oid", storedAs: "int" },
    { name: "name", storedAs: "text" },
    { name: "kind", storedAs: "text" },
    { name: "a", storedAs: "int" },
    { name: "b", storedAs: "bool" },
    { name: "c", storedAs: "bool" },
    { name: "labels", storedAs: "array" },
    { name: "weight", storedAs: "real" },
    { name: "note", storedAs: "text" },
    { name: "d", storedAs: "int" },
  ],
  key: [0],
  indexes: [[0], [1]],
};

const usual = (id: number): Row => [id, `n${id}`, "r", 0, true, false, [1, 2], -1, null, -1];
const insert = (row: Row): Mutation => ({ kind: "insert", rel: wide.rel, db: DB, row });

const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("it's", "", "r", "\n"));
const stored = text.map((s) => s.replaceAll("\0", ""));
const unusual = fc.tuple(
  stored,
  stored,
  fc.integer({ min: -1, max: 4294967295 }),
  fc.boolean(),
  fc.option(fc.boolean()),
  fc.option(fc.array(fc.option(stored), { maxLength: 3 })),
  fc.double({ noNaN: true }).map((n) => n + 0),
  fc.option(stored),
);

describe("wide rows", () => {
  it("come back as they were, whether they are like the others or not", () => {
    const property = fc.property(fc.array(unusual, { minLength: 1, maxLength: 20 }), (odd) => {
      using fixture = new Fixture({ layouts: [wide], bootstrap: [] });
      const rows: Row[] = [];
      for (let i = 0; i < 100; i++) rows.push(usual(20000 + i));
      for (const [i, values] of odd.entries())
        rows.push([30000 + i, ...values, -1], usual(40000 + i));
      const epoch = fixture.commit(...rows.map(insert));
      for (const row of rows) {
        const key = [row[0] as number];
        expect(fixture.store.get(wide, DB, key, epoch)).to.deep.equal(row);
      }
      expect(fixture.store.scan(wide, DB, epoch)).to.have.deep.members(rows);
    });
    fc.assert(property, { numRuns: 40 });
  });

  it("are stored alike whether a value was handed over or is in the statement", () => {
    using fixture = new Fixture({ layouts: [wide], bootstrap: [] });
    for (let i = 0; i < 100; i++) fixture.commit(insert(usual(20000 + i)));
    const columns = wide.columns.map(({ name }) => `typeof(${name}) || ' ' || quote(${name})`);
    const forms = `SELECT DISTINCT ${columns.slice(2)} FROM wide`;
    expect(fixture.store.queries.prepare(forms).all([])).to.deep.equal([
      [
        "text 'r'",
        "integer 0",
        "integer 1",
        "integer 0",
        "text '[1,2]'",
        "real -1.0",
        "null NULL",
        "integer -1",
      ],
    ]);
  });

  it("tell a database's own from a built-in one", () => {
    using fixture = new Fixture({
      layouts: [wide],
      bootstrap: [{ table: wide, rows: [usual(1)] }],
    });
    const own: Row = [1, "own", ...usual(1).slice(2)];
    fixture.commit(insert(own));
    const get = (db: Oid, epoch: number) => fixture.store.get(wide, db, [1], at(epoch))?.[1];
    expect([get(DB, 0), get(DB, 1), get(oid(6), 1)]).to.deep.equal(["n1", "own", "n1"]);
  });
});
