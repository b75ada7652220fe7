/** The overlay beside a model that keeps everything twice and looks at all of it. */
import { expect } from "chai";
import fc from "fast-check";
import { type Oid, oid } from "../../src/base/ids.ts";
import type { Row, Value } from "../../src/base/value.ts";
import type { TableLayout } from "../../src/pages/layout.ts";
import { Overlay } from "../../src/txn/overlay.ts";
import type { Mutation } from "../../src/wal/fragment.ts";
import { DB, links, thing, things } from "./fixture.ts";

const keyText = (table: TableLayout, row: Row): string =>
  table.key.map((at) => String(row[at])).join("|");

/** Rows by key, as the store has them and as the transaction sees them. */
class Model {
  readonly stored: ReadonlyMap<string, Row>;
  rows: Map<string, Row>;
  readonly touched: Set<string>;

  constructor(
    stored: ReadonlyMap<string, Row>,
    rows = new Map(stored),
    touched = new Set<string>(),
  ) {
    this.stored = stored;
    this.rows = rows;
    this.touched = touched;
  }
  copy(): Model {
    return new Model(this.stored, new Map(this.rows), new Set(this.touched));
  }
}

type Step =
  | { readonly kind: "write"; readonly table: 0 | 1; readonly row: Row }
  | { readonly kind: "delete"; readonly table: 0 | 1; readonly row: Row }
  | { readonly kind: "savepoint" }
  | { readonly kind: "rollback"; readonly to: number }
  | { readonly kind: "look"; readonly table: 0 | 1; readonly row: Row };

const tables = [things, links] as const;
const rowOf = [
  fc.tuple(
    fc.integer({ min: 1, max: 30 }),
    fc.constantFrom("a", "b", ""),
    fc.integer({ max: 3, min: 1 }),
  ),
  fc.tuple(
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 6 }),
    fc.option(fc.array(fc.constantFrom("x", "y"), { maxLength: 2 })),
  ),
] as const;
const onTable = <K extends "write" | "delete" | "look">(kind: K) =>
  fc.oneof(
    rowOf[0].map((row) => ({ kind, table: 0 as const, row: row as Row })),
    rowOf[1].map((row) => ({ kind, table: 1 as const, row: row as Row })),
  );
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: onTable("write"), weight: 6 },
  { arbitrary: onTable("delete"), weight: 3 },
  { arbitrary: onTable("look"), weight: 3 },
  { arbitrary: fc.constant({ kind: "savepoint" } as const), weight: 1 },
  { arbitrary: fc.nat(5).map((to) => ({ kind: "rollback" as const, to })), weight: 1 },
);

const dbOf = (table: TableLayout): Oid => (table.shared ? oid(0) : DB);
const sorted = (rows: Iterable<Row>): string[] => [...rows].map((r) => JSON.stringify(r)).sort();

/** What a reader makes of store and overlay together. */
function lookup(
  model: Model,
  overlay: Overlay,
  table: TableLayout,
  index: number,
  prefix: Value[],
) {
  const columns = (table.indexes[index] ?? []).slice(0, prefix.length);
  const matches = (row: Row) =>
    columns.every((at, i) => JSON.stringify(row[at]) === JSON.stringify(prefix[i]));
  const db = dbOf(table);
  const seen = [...model.stored.values()].filter(
    (row) => matches(row) && !overlay.hides(table, db, row),
  );
  return {
    found: [...seen, ...overlay.lookup(table, index, db, prefix)],
    due: [...model.rows.values()].filter(matches),
  };
}

function applied(stored: ReadonlyMap<string, Row>, table: TableLayout, mutations: Mutation[]) {
  const rows = new Map(stored);
  for (const mutation of mutations) {
    if (mutation.rel !== table.rel) continue;
    expect(mutation.db).to.equal(dbOf(table));
    if (mutation.kind === "insert") {
      const key = keyText(table, mutation.row);
      expect(rows.has(key), `insert of ${key}`).to.equal(false);
      rows.set(key, mutation.row);
    } else {
      const key = mutation.key.join("|");
      expect(rows.has(key), `${mutation.kind} of ${key}`).to.equal(true);
      if (mutation.kind === "delete") rows.delete(key);
      else rows.set(key, mutation.row);
    }
  }
  return rows;
}

function run(seeds: readonly (readonly Row[])[], steps: readonly Step[]): void {
  const overlay = new Overlay();
  const storedOf = (at: 0 | 1) =>
    new Map((seeds[at] ?? []).map((row) => [keyText(tables[at], row), row]));
  let models = [new Model(storedOf(0)), new Model(storedOf(1))] as [Model, Model];
  const savepoints: { mark: number; models: [Model, Model] }[] = [];
  const copies = (): [Model, Model] => [models[0].copy(), models[1].copy()];
  for (const one of steps) {
    if (one.kind === "savepoint") {
      savepoints.push({ mark: overlay.mark, models: copies() });
    } else if (one.kind === "rollback") {
      const savepoint = savepoints[one.to];
      if (!savepoint) continue;
      savepoints.length = one.to + 1;
      overlay.rollbackTo(savepoint.mark);
      models = [savepoint.models[0].copy(), savepoint.models[1].copy()];
    } else act(overlay, models[one.table], tables[one.table], one);
  }
  const mutations = overlay.mutations();
  for (const at of [0, 1] as const) {
    const due = sorted(models[at].rows.values());
    expect(sorted(applied(models[at].stored, tables[at], mutations).values())).to.deep.equal(due);
    const { found } = lookup(models[at], overlay, tables[at], 0, []);
    expect(sorted(found)).to.deep.equal(due);
  }
  overlay.rollbackTo(0);
  expect(overlay.isEmpty).to.equal(true);
  expect(overlay.mutations()).to.deep.equal([]);
}

function act(
  overlay: Overlay,
  model: Model,
  table: TableLayout,
  one: Extract<Step, { readonly row: Row }>,
): void {
  const key = keyText(table, one.row);
  const db = dbOf(table);
  if (one.kind === "write") {
    if (model.rows.has(key)) overlay.update(table, db, one.row);
    else overlay.insert(table, db, one.row);
    model.rows.set(key, one.row);
  } else if (one.kind === "delete") {
    if (!model.rows.delete(key)) return;
    overlay.delete(
      table,
      db,
      table.key.map((at) => one.row[at] as Value),
    );
  } else {
    for (const [index, columns] of table.indexes.entries()) {
      for (let length = 1; length <= columns.length; length++) {
        const prefix = columns.slice(0, length).map((at) => one.row[at] as Value);
        const { found, due } = lookup(model, overlay, table, index, prefix);
        expect(sorted(found), `${table.name} ${index} ${prefix}`).to.deep.equal(sorted(due));
      }
    }
    const staged = overlay.get(
      table,
      db,
      table.key.map((at) => one.row[at] as Value),
    );
    const due = model.rows.get(key);
    if (staged !== undefined) expect(staged).to.deep.equal(due ?? null);
    else expect(model.stored.get(key)).to.deep.equal(due);
  }
}

describe("the overlay", () => {
  it("shows and leaves what a dumb model does", () => {
    fc.assert(
      fc.property(
        fc.tuple(
          fc.uniqueArray(rowOf[0], { selector: (row) => row[0], maxLength: 8 }),
          fc.uniqueArray(rowOf[1], { selector: (row) => `${row[0]}|${row[1]}`, maxLength: 8 }),
        ),
        fc.array(step, { maxLength: 80, size: "max" }),
        (seeds, steps) => run(seeds as readonly (readonly Row[])[], steps),
      ),
      { numRuns: 300 },
    );
  });

  it("leaves nothing of a row that was created and dropped again", () => {
    const overlay = new Overlay();
    overlay.insert(things, DB, thing(1, "a"));
    overlay.update(things, DB, thing(1, "b"));
    overlay.delete(things, DB, [1]);
    expect(overlay.mutations()).to.deep.equal([]);
    expect(overlay.touches(things, DB)).to.equal(true);
  });

  it("makes an update of a delete and an insert", () => {
    const overlay = new Overlay();
    overlay.delete(things, DB, [1]);
    overlay.insert(things, DB, thing(1, "b"));
    expect(overlay.mutations()).to.deep.equal([
      { kind: "update", rel: things.rel, db: DB, key: [1], row: thing(1, "b") },
    ]);
  });

  it("keeps databases apart", () => {
    const overlay = new Overlay();
    overlay.insert(things, DB, thing(1, "a"));
    expect(overlay.get(things, oid(6), [1])).to.equal(undefined);
    expect(overlay.rows(things, oid(6))).to.deep.equal([]);
    overlay.insert(things, oid(6), thing(1, "a"));
    expect(overlay.mutations()).to.have.lengthOf(2);
  });

  it("refuses to stage what cannot be", () => {
    const overlay = new Overlay();
    overlay.insert(things, DB, thing(1, "a"));
    expect(() => overlay.insert(things, DB, thing(1, "b"))).to.throw("is staged already");
    overlay.delete(things, DB, [1]);
    expect(() => overlay.delete(things, DB, [1])).to.throw("is deleted already");
    expect(() => overlay.update(things, DB, thing(1, "b"))).to.throw("is deleted already");
  });
});
