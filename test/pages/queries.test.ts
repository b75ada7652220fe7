import { performance } from "node:perf_hooks";
import { expect } from "chai";
import { SqlError } from "../../src/base/sql-error.ts";
import { PREPARED_QUERIES_MAX, sqliteCode } from "../../src/pages/query-connection.ts";
import { BudgetExceeded } from "../../src/pages/query-guard.ts";
import { at, builtIn, DB, Fixture, insert, remove, thing, things, update } from "./fixture.ts";

const NAMES = `SELECT name FROM things
  WHERE xmin <= :epoch AND xmax > :epoch AND db IN (0, 5) ORDER BY oid`;
const FOREVER =
  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + tick(i) FROM n) SELECT i FROM n";

describe("queries on the applying connection", () => {
  it("see what was applied, with integers as bigint", () => {
    using fixture = new Fixture();
    fixture.commit(insert(thing(20000, "a", { 3: true })));
    const { queries } = fixture.store;
    const query = queries.prepare("SELECT oid, name, hidden, xmin FROM things WHERE oid = ?");
    expect(query.columnCount).to.equal(4);
    expect(query.all([20000n])).to.deep.equal([[20000n, "a", 1n, 1n]]);
    expect(queries.prepare(NAMES).all({ epoch: 0n })).to.deep.equal([["built-in"]]);
  });

  it("call registered functions, aggregates and tables", () => {
    using fixture = new Fixture();
    const { queries } = fixture.store;
    queries.registerFunction(
      "plus",
      { deterministic: true },
      (a, b) => (a as bigint) + (b as bigint),
    );
    queries.registerAggregate(
      "longest",
      { deterministic: true },
      {
        start: () => "",
        step: (state, value) =>
          String(value).length > String(state).length ? String(value) : state,
        result: (state) => state as string,
      },
    );
    queries.registerTable("letters", {
      columns: ["letter", "number"],
      parameters: ["word"],
      rows: (word) => [...String(word)].map((letter, i) => [letter, BigInt(i)]),
    });
    const run = (sql: string) => queries.prepare(sql).all([]);
    expect(run("SELECT plus(9223372036854775806, 1)")).to.deep.equal([[2n ** 63n - 1n]]);
    expect(run('SELECT longest(value) FROM json_each(\'["a", "ccc", "bb"]\')')).to.deep.equal([
      ["ccc"],
    ]);
    expect(run("SELECT * FROM letters('xy')")).to.deep.equal([
      ["x", 0n],
      ["y", 1n],
    ]);
  });

  it("may run twice at once", () => {
    using fixture = new Fixture();
    const query = fixture.store.queries.prepare("SELECT value FROM json_each(?)");
    const pairs: unknown[] = [];
    for (const [a] of query.iterate(["[1, 2]"])) {
      for (const [b] of query.iterate(["[3, 4]"])) pairs.push([a, b]);
    }
    expect(pairs).to.deep.equal([
      [1n, 3n],
      [1n, 4n],
      [2n, 3n],
      [2n, 4n],
    ]);
  });

  it("are kept prepared, the ones used last", () => {
    using fixture = new Fixture();
    const { queries } = fixture.store;
    const first = queries.prepare("SELECT -1");
    const second = queries.prepare("SELECT -2");
    for (let i = 0; i < PREPARED_QUERIES_MAX - 1; i++) {
      queries.prepare(`SELECT ${i}`);
      expect(queries.prepare("SELECT -1")).to.equal(first);
    }
    expect(queries.prepare("SELECT -2")).not.to.equal(second);
  });

  it("say with SQLite's code what it refuses", () => {
    using fixture = new Fixture();
    const { queries } = fixture.store;
    let code: string | undefined;
    try {
      queries.prepare("SELECT absent");
    } catch (error) {
      code = sqliteCode(error);
    }
    expect(code).to.equal("SQLITE_ERROR");
  });

  it("look up by key and by index, not by walking", () => {
    using fixture = new Fixture();
    const plan = (where: string) =>
      fixture.store.queries
        .prepare(`EXPLAIN QUERY PLAN SELECT * FROM things WHERE ${where}`)
        .all([])
        .map((row) => row[3]);
    const visible = "xmin <= 7 AND xmax > 7 AND db IN (0, 5)";
    expect(plan(`oid = 5 AND ${visible}`)).to.deep.equal([
      "SEARCH things USING PRIMARY KEY (oid=? AND xmax>?)",
    ]);
    expect(plan(`name = 'a' AND space = 1 AND ${visible}`)).to.deep.equal([
      "SEARCH things USING INDEX things_1 (name=? AND space=? AND xmax>?)",
    ]);
  });
});

describe("the overlay in a savepoint", () => {
  it("is seen at every epoch by key, by index and by queries, and is gone afterwards", () => {
    using fixture = new Fixture();
    fixture.commit(insert(thing(20000, "a")), insert(thing(20001, "b")));
    fixture.commit(update(thing(20000, "a2")));
    const { store } = fixture;
    const names = (epoch: number) =>
      store.queries
        .prepare(NAMES)
        .all({ epoch: BigInt(epoch) })
        .flat();
    const overlay = [
      update(thing(20000, "mine")),
      remove(20001),
      insert(thing(20002, "new")),
      insert(thing(20003, "gone")),
      remove(20003),
    ];
    for (const epoch of [0, 1, 2]) {
      const seen = store.withOverlay({ mutations: overlay, rows: [] }, () => [
        names(epoch),
        store.get(things, DB, [20000], at(epoch))?.[1],
        store.lookup(things, 1, DB, ["new"], at(epoch)).length,
      ]);
      expect(seen).to.deep.equal([["built-in", "mine", "new"], "mine", 1]);
    }
    expect([0, 1, 2].map(names)).to.deep.equal([
      ["built-in"],
      ["built-in", "a", "b"],
      ["built-in", "a2", "b"],
    ]);
  });

  it("is gone after an error too", () => {
    using fixture = new Fixture();
    const run = () =>
      fixture.store.withOverlay({ mutations: [insert(thing(20000, "a"))], rows: [] }, () => {
        throw new Error("enough");
      });
    expect(run).to.throw("enough");
    expect(fixture.store.scan(things, DB, at(0))).to.deep.equal([builtIn]);
    expect(fixture.commit(insert(thing(20000, "b")))).to.equal(1);
  });

  it("makes the store unusable when it cannot be taken back", () => {
    using fixture = new Fixture();
    fixture.store.queries.prepare("PRAGMA max_page_count = 1").all([]);
    const many = Array.from({ length: 2000 }, (_, i) => insert(thing(20000 + i, "x".repeat(500))));
    expect(() => fixture.store.withOverlay({ mutations: many, rows: [] }, () => 0)).to.throw();
    expect(() => fixture.store.commit()).to.throw("the page store is failed");
  });
});

describe("tick", () => {
  const run = (fixture: Fixture): unknown => {
    const rows = fixture.store.queries.prepare(FOREVER).iterate([]);
    while (true) if (rows.next().done) return;
  };

  it("ends a query at its budget, and the next one starts afresh", () => {
    using fixture = new Fixture();
    const { queries } = fixture.store;
    queries.limit({ ticksMax: 5000 });
    expect(() => run(fixture)).to.throw(BudgetExceeded, "the query has scanned 5120 rows");
    queries.limit({ ticksMax: 5000 });
    const few = queries.prepare("SELECT sum(tick(value)) FROM json_each('[7, 8, 9]')");
    expect(few.all([])).to.deep.equal([[3n]]);
    expect(queries.guard.ticks).to.equal(3);
  });

  it("ends a query at its deadline", () => {
    using fixture = new Fixture();
    fixture.store.queries.limit({ deadline: performance.now() + 5 });
    expect(() => run(fixture)).to.throw(SqlError, "canceling statement due to statement timeout");
  });

  it("ends a query that is cancelled", () => {
    using fixture = new Fixture();
    fixture.store.queries.limit({ cancelFlag: Int32Array.of(1) });
    expect(() => run(fixture)).to.throw(SqlError, "canceling statement due to user request");
  });
});
