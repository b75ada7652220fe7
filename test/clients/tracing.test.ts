/** enable_tracing: what the server's log tells of statements, by whatever protocol they come. */
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import pg from "pg";
import type { TracedStatement } from "../../src/sql/session/tracing.ts";
import { until } from "../jobs/job-stage.ts";
import { launch, type Server } from "../support/server.ts";

interface Line extends TracedStatement {
  readonly msg: string;
  readonly level: number;
  readonly checkpoint?: boolean;
}

describe("tracing", () => {
  let server: Server;
  let client: pg.Client;

  beforeEach(async () => {
    server = await launch();
    client = new pg.Client({ host: server.host, port: server.port, user: "root", database: "dev" });
    await client.connect();
  });
  afterEach(() => client.end().catch(() => {}));

  const lines = (): Line[] =>
    server.process.log
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const statements = () => lines().filter(({ msg }) => msg === "statement");
  /** Of the last ones: tag or SQLSTATE, rows, and whether a commit came with it. */
  const last = async (count: number) => {
    await client.query("select 'ends'");
    const all = await until("the lines are there", async () => {
      const found = statements();
      return found.at(-1)?.tag === "SELECT 1" && found;
    });
    return all
      .slice(-1 - count, -1)
      .map(({ tag, code, rows, epoch }) => [tag ?? code ?? "", rows, epoch !== undefined]);
  };

  it("tells of no statement unless it is on", async () => {
    await client.query("create table t (a int)");
    await client.query("alter system set enable_tracing = on");
    await client.query("insert into t values (1), (2)");
    await client.query("alter system set enable_tracing = off");
    await client.query("insert into t values (3)");
    const found = await until("the lines are there", async () => {
      const all = statements();
      return all.length >= 2 && all;
    });
    const [insert, alter] = found;
    expect(found).to.have.length(2);
    expect(insert).to.include({ level: 30, user: "root", database: "dev", tag: "INSERT 0 2" });
    expect(insert).to.include({ rows: 2 });
    expect(insert?.ms).to.be.above(0);
    expect(alter?.tag).to.equal("ALTER SYSTEM");
    const barrier = lines().find(({ msg }) => msg === "barrier");
    if (barrier) expect(barrier).to.include({ checkpoint: true });
    const [row] = (await client.query("select pg_backend_pid() as pid")).rows;
    expect(insert?.pid).to.equal(row.pid);
  });

  it("tells how each ended, with its rows and its commit", async () => {
    await client.query("alter system set enable_tracing = on");
    await client.query("create table t (a int primary key deferrable initially deferred)");
    await client.query("insert into t values (1); select a from t; insert into t values (2)");
    await client.query("begin; insert into t values (3); commit; values (1), (2); show work_mem");
    expect(await last(9)).to.deep.equal([
      ["CREATE TABLE", 0, true],
      ["INSERT 0 1", 1, false],
      ["SELECT 1", 1, false],
      ["INSERT 0 1", 1, true],
      ["BEGIN", 0, false],
      ["INSERT 0 1", 1, false],
      ["COMMIT", 0, true],
      ["SELECT 2", 2, false],
      ["SHOW", 1, false],
    ]);
    const { rows } = await client.query(
      "select epoch::int from rw_catalog.rw_ddl_history where objects::text ~ 'public.t'",
    );
    const made = statements().find(({ tag }) => tag === "CREATE TABLE");
    expect(rows).to.deep.equal([{ epoch: made?.epoch }]);
    const wrong = (...query: [string, unknown[]?]) => client.query(...query).catch(() => {});
    await wrong("selec 'secret'");
    await wrong("select 1; select 1 / 0");
    await wrong("insert into t values (3)");
    await wrong("create role r password 'secret'; create role r");
    expect(await last(6)).to.deep.equal([
      ["42601", 0, false],
      ["SELECT 1", 1, false],
      ["22012", 0, false],
      ["23505", 0, false],
      ["CREATE ROLE", 0, false],
      ["42710", 0, false],
    ]);
    expect(server.process.log).not.to.include("secret");
  });

  it("waits for Sync in the extended protocol", async () => {
    await client.query("create table t (a int primary key deferrable initially deferred)");
    await client.query("alter system set enable_tracing = on");
    const wrong = (...query: [string, unknown[]?]) => client.query(...query).catch(() => {});
    await client.query("insert into t select g from generate_series(1, $1::int) g", [5]);
    await client.query("select a from t where a < $1", [3]);
    await wrong("insert into t values ($1)", [1]);
    await wrong("selec $1", [1]);
    await wrong("select 1 / (a - $1) from t order by a", [3]);
    const inParts = { text: "select a from t order by a offset $1", values: [0], rows: 3 };
    expect((await client.query(inParts)).rows).to.have.length(5);
    expect(await last(8)).to.deep.equal([
      ["INSERT 0 5", 5, true],
      ["SELECT 2", 2, false],
      ["INSERT 0 1", 1, false],
      ["23505", 0, false],
      ["42601", 0, false],
      ["22012", 0, false],
      ["", 3, false],
      ["SELECT 2", 2, false],
    ]);
  });

  it("tells of barriers", async () => {
    await client.query("alter system set enable_tracing = on");
    await client.query("flush");
    const barrier = await until("the line is there", async () =>
      lines().find(({ msg }) => msg === "barrier"),
    );
    expect(barrier).to.have.all.keys("level", "time", "epoch", "checkpoint", "ms", "msg");
  });
});
