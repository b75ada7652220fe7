import { expect } from "chai";
import { SqlError } from "../../src/base/sql-error.ts";
import { ReaderPool, type ReaderQuery, type RowBatch } from "../../src/pages/reader-pool.ts";
import type { Mutation } from "../../src/wal/fragment.ts";
import { counters, Fixture, insert, remove, thing, things, update } from "./fixture.ts";

const COUNT = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE tick(i) AND i < :max)
  SELECT i FROM n`;
const FOREVER = COUNT.replace("AND i < :max", "").replace("SELECT i FROM", "SELECT max(i) FROM");

describe("reader threads", () => {
  let fixture: Fixture;
  let pool: ReaderPool;

  before(() => {
    fixture = new Fixture();
    fixture.commit(insert(thing(20000, "a")), insert(thing(20001, "b")));
    fixture.store.commit();
    pool = new ReaderPool({
      path: fixture.store.path,
      layouts: [things, counters],
      module: new URL("./reader-functions.ts", import.meta.url),
      initial: "started",
      stopMs: 200,
    });
  });
  after(async () => {
    await pool.close();
    fixture[Symbol.dispose]();
  });

  const batches = async (query: ReaderQuery): Promise<RowBatch[]> => {
    const all: RowBatch[] = [];
    for await (const batch of pool.run(query)) all.push(batch);
    return all;
  };
  const rows = async (sql: string, more: Partial<ReaderQuery> = {}) =>
    (await batches({ sql, parameters: [], ...more })).flat();
  const failure = async (run: Promise<unknown>): Promise<SqlError> =>
    run.then(
      () => expect.fail("the query did not fail"),
      (error) => error,
    );

  it("stream a query's rows in batches", async () => {
    const all = await batches({ sql: COUNT, parameters: { max: 1000n }, batchRows: 300 });
    expect(all.map((batch) => batch.length)).to.deep.equal([300, 300, 300, 100]);
    expect(all.flat().at(-1)).to.deep.equal([1000n]);
  });

  it("register the module's functions and tell them about each query", async () => {
    const sql = "SELECT initial(), context(), overlay_size(), name_of(?, 20001)";
    const parameters = [5n];
    expect(await rows(sql, { parameters, context: "one" })).to.deep.equal([
      ["started", "one", 0n, "b"],
    ]);
    const overlay = { mutations: [remove(20000)], rows: [] };
    expect(await rows(sql, { parameters, context: "two", overlay })).to.deep.equal([
      ["started", "two", 1n, "b"],
    ]);
  });

  it("see what was committed before the query, their functions too", async () => {
    fixture.commit(insert(thing(20005, "later")));
    fixture.store.commit();
    const sql = "SELECT name, name_of(5, oid) FROM things WHERE oid = 20005";
    expect(await rows(sql)).to.deep.equal([["later", "later"]]);
    fixture.commit(remove(20005));
    fixture.store.commit();
    expect(await rows("SELECT name_of(5, 20005)")).to.deep.equal([[null]]);
  });

  it("are one batch ahead and no more", async () => {
    const run = pool.run({ sql: FOREVER.replace("max(i)", "i"), parameters: [], batchRows: 10 });
    expect((await run.next()).value?.length).to.equal(10);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect((await run.next()).value?.at(-1)).to.deep.equal([20n]);
    await run.return();
    expect(await rows("SELECT 1")).to.deep.equal([[1n]]);
  });

  it("stop at once when what is computed ahead is not wanted", async () => {
    const sql = `SELECT 1 UNION ALL SELECT * FROM (${FOREVER})`;
    const run = pool.run({ sql, parameters: [], batchRows: 1 });
    expect((await run.next()).value).to.deep.equal([[1n]]);
    await run.return();
    expect(await rows("SELECT 1")).to.deep.equal([[1n]]);
    expect(pool.threads).to.equal(1);
  });

  it("show the overlay at every epoch, and only to its query", async () => {
    const overlay: Mutation[] = [
      update(thing(20000, "changed")),
      remove(20001),
      insert(thing(20002, "new")),
      update(thing(20002, "newer")),
      insert(thing(20003, "gone")),
      remove(20003),
    ];
    const sql = `SELECT oid, name FROM things
      WHERE xmin <= :epoch AND xmax > :epoch AND db IN (0, 5) ORDER BY oid`;
    for (const epoch of [0n, 1n]) {
      expect(
        await rows(sql, { parameters: { epoch }, overlay: { mutations: overlay, rows: [] } }),
      ).to.deep.equal([
        [1n, "built-in"],
        [20000n, "changed"],
        [20002n, "newer"],
      ]);
    }
    expect(await rows(sql, { parameters: { epoch: 1n } })).to.deep.equal([
      [1n, "built-in"],
      [20000n, "a"],
      [20001n, "b"],
    ]);
  });

  it("use the stored key and indexes under an overlay", async () => {
    const overlay = { mutations: [update(thing(20000, "changed"))], rows: [] };
    const plan = await rows(
      "EXPLAIN QUERY PLAN SELECT name FROM things WHERE oid = 20001 AND xmax > 5 AND xmin <= 5",
      { overlay },
    );
    expect(plan.map((row) => row[3]).join("\n")).to.include("SEARCH s USING PRIMARY KEY (oid=?");
  });

  it("pass on a function's SqlError with its fields", async () => {
    const error = await failure(rows("SELECT fails()"));
    expect(error).to.be.instanceOf(SqlError);
    expect([error.code, error.message, error.fields]).to.deep.equal([
      "22012",
      "division by zero",
      { detail: "By design." },
    ]);
  });

  it("say what SQLite refused", async () => {
    const error = await failure(rows("SELECT absent"));
    expect(error.message).to.equal("SqliteError: no such column: absent");
    expect(error.code).to.equal("SQLITE_ERROR");
  });

  it("stop a cancelled query and run the next", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    const error = await failure(rows(FOREVER, { signal: controller.signal }));
    expect([error.code, error.message]).to.deep.equal([
      "57014",
      "canceling statement due to user request",
    ]);
    expect(await rows("SELECT 1")).to.deep.equal([[1n]]);
  });

  it("stop a query at its deadline", async () => {
    const error = await failure(rows(FOREVER, { timeoutMs: 30 }));
    expect([error.code, error.message]).to.deep.equal([
      "57014",
      "canceling statement due to statement timeout",
    ]);
  });

  it("are at most two, and a query waits for one or is cancelled waiting", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const long = [1, 2].map(() => failure(rows(FOREVER, { signal })));
    const cancelled = new AbortController();
    const waiting = failure(rows("SELECT 1", { signal: cancelled.signal }));
    const patient = rows("SELECT 2");
    cancelled.abort();
    expect((await waiting).code).to.equal("57014");
    expect(pool.threads).to.equal(2);
    controller.abort();
    expect(await patient).to.deep.equal([[2n]]);
    for (const error of await Promise.all(long)) expect(error.code).to.equal("57014");
  });

  it("are replaced when they do not stop", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    const started = performance.now();
    const error = await failure(rows("SELECT sleep_ms(3000)", { signal: controller.signal }));
    expect(error.code).to.equal("57014");
    expect(performance.now() - started).to.be.lessThan(2700);
    expect(await rows("SELECT 3")).to.deep.equal([[3n]]);
  });
});
