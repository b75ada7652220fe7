/** A statement that would take for ever: its session can end it, and the others do not notice. */
import { performance } from "node:perf_hooks";
import { expect } from "chai";
import pg from "pg";
import { launch } from "../support/server.ts";

const LONG = "SELECT length(repeat('x', 2000000)) AS n";
const EXPLODING = "SELECT (repeat('a', 40) || 'b') ~ '^(a+)+$'";

describe("an exploding regular expression in the server", () => {
  it("is ended by cancel and statement_timeout while other sessions are answered", async () => {
    const { host, port } = await launch();
    const config = { host, port, user: "root", database: "dev" };
    const [victim, other] = [new pg.Client(config), new pg.Client(config)];
    await Promise.all([victim.connect(), other.connect()]);
    // Starts both threads: a cancel that comes before the pattern would not be one of it.
    await Promise.all([victim.query(LONG), other.query(LONG)]);
    const code = (error: { code?: string }) => error.code;
    const pid = (await victim.query("SELECT pg_backend_pid() AS pid")).rows[0].pid;

    const cancelled = victim.query(EXPLODING).catch(code);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const asked = performance.now();
    await other.query("SELECT count(*) FROM pg_class");
    expect(performance.now() - asked).to.be.lessThan(1_000);
    await other.query("SELECT pg_cancel_backend($1)", [pid]);
    expect(await cancelled).to.equal("57014");
    expect(performance.now() - asked).to.be.lessThan(1_500);

    await victim.query("SET statement_timeout = '100ms'");
    expect(await victim.query(EXPLODING).catch(code)).to.equal("57014");
    await victim.query("SET statement_timeout = 0");
    // By now both threads are stuck; the first to be given up makes room.
    const { rows } = await victim.query(LONG);
    expect(rows).to.deep.equal([{ n: 2_000_000 }]);
    await Promise.all([victim.end(), other.end()]);
  }).timeout(30_000);
});

describe("a query of thousands of conditions", () => {
  it("is prepared where nobody waits for it", async () => {
    const { host, port } = await launch();
    const config = { host, port, user: "root", database: "dev" };
    const [long, other] = [new pg.Client(config), new pg.Client(config)];
    await Promise.all([long.connect(), other.connect()]);
    const done: string[] = [];
    const conditions = Array.from({ length: 4_000 }, () => "1 = 1").join(" AND ");
    const first = long.query(`SELECT 1 AS n WHERE ${conditions}`).then(({ rows }) => {
      done.push("long");
      return rows;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const second = other.query("SELECT count(*) FROM pg_class").then(() => done.push("other"));
    const [rows] = await Promise.all([first, second]);
    expect(rows).to.deep.equal([{ n: 1 }]);
    expect(done).to.deep.equal(["other", "long"]);
    await Promise.all([long.end(), other.end()]);
  }).timeout(30_000);
});

describe("a view of two views of two views", () => {
  it("is refused where it is too many", async () => {
    const { host, port } = await launch();
    const client = new pg.Client({ host, port, user: "root", database: "dev" });
    await client.connect();
    await client.query("CREATE TABLE fan (a int); CREATE VIEW fan0 AS TABLE fan");
    for (let level = 1; level <= 30; level++) {
      const from = `fan${level - 1} x, fan${level - 1} y`;
      await client.query(`CREATE VIEW fan${level} AS SELECT x.a FROM ${from}`);
    }
    await client.query("SELECT * FROM fan5");
    for (const level of [12, 30]) {
      const error = await client.query(`SELECT * FROM fan${level}`).catch(({ code }) => code);
      expect(error).to.equal("54001");
    }
    await client.query("DROP TABLE fan CASCADE");
    await client.end();
  }).timeout(30_000);
});
