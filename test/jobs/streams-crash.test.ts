/**
 * Sources and sinks behind kill -9: no row is lost, and none is there twice, in a source, in a file
 * that a sink writes and in tables of another server.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import pg from "pg";
import { launch, type Server, temporaryDirectory } from "../support/server.ts";
import { until } from "./job-stage.ts";

const ROWS = 4000;

describe("sources and sinks behind the end of the server", () => {
  const clients: pg.Client[] = [];

  afterEach(() => Promise.all(clients.splice(0).map((client) => client.end().catch(() => {}))));

  const connect = async ({ host, port }: Server): Promise<pg.Client> => {
    const client = new pg.Client({ host, port, user: "root", database: "dev" });
    clients.push(client);
    client.on("error", () => {});
    await client.connect();
    return client;
  };

  it("hands over each row once, whenever it was killed", async () => {
    const target = await launch();
    const there = await connect(target);
    await there.query("create table grown (a int, b text)");
    await there.query("create table same (id int primary key, v int)");
    let server = await launch();
    let own = await connect(server);
    const file = join(temporaryDirectory(), "k.jsonl");
    const at = `connector = 'postgres', host = '${target.host}', port = ${target.port},
      user = 'root', database = 'dev'`;
    await own.query("alter system set barrier_interval_ms = 50");
    await own.query(`create source s (a int, b varchar) with (connector = 'datagen',
      datagen.rows.per.second = 1500, fields.a.kind = 'sequence', fields.a.start = 0,
      fields.a.end = ${ROWS - 1}, fields.b.length = 5)`);
    await own.query("create table t as select g as id, 0 as v from generate_series(1, 500) g");
    await own.query(`create sink f from s with (connector = 'file', path = '${file}')`);
    await own.query(`create sink g from s with (${at}, table = 'grown', type = 'append-only')`);
    await own.query(
      `create sink u from t with (${at}, table = 'same', type = 'upsert', primary_key = 'id')`,
    );
    for (let round = 1; round <= 2; round++) {
      for (let i = 0; i < 5; i++) {
        await own.query(`update t set v = v + ${round} where id % 7 = ${i}`);
        await own.query(`delete from t where id = ${100 * round + i}`);
        await own.query(`insert into t values (${1000 * round + i}, ${i})`);
      }
      await new Promise((resolve) => setTimeout(resolve, 150 + 97 * round));
      await server.process.kill();
      server = await launch({ directory: server.directory });
      own = await connect(server);
    }
    const counted = "select count(*)::int n, count(distinct a)::int d, max(a) m from";
    const all = { n: ROWS, d: ROWS, m: ROWS - 1 };
    await until("the source has ended", async () => {
      const { rows } = await own.query(`${counted} s`);
      return rows[0].n >= ROWS;
    });
    await own.query("flush");
    expect((await own.query(`${counted} s`)).rows).to.deep.equal([all]);
    expect((await there.query(`${counted} grown`)).rows).to.deep.equal([all]);
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(lines).to.have.length(ROWS);
    expect(new Set(lines.map((line) => JSON.parse(line).row.a)).size).to.equal(ROWS);
    const rows = "select id, v from $ order by id";
    expect((await there.query(rows.replace("$", "same"))).rows).to.deep.equal(
      (await own.query(rows.replace("$", "t"))).rows,
    );
    const states = "select distinct state from rw_catalog.rw_sinks";
    expect((await own.query(states)).rows).to.deep.equal([{ state: "running" }]);
    await own.end();
    expect((await server.process.stop()).code).to.equal(0);
  }).timeout(120_000);

  it("waits for a server that is away, and says so", async () => {
    const target = await launch();
    const there = await connect(target);
    await there.query("create table x (a int primary key)");
    const server = await launch();
    const own = await connect(server);
    await own.query("alter system set barrier_interval_ms = 50");
    await own.query("create table t (a int)");
    const at = `connector = 'postgres', host = '${target.host}', port = ${target.port},
      user = 'root', database = 'dev', table = 'x', type = 'upsert', primary_key = 'a'`;
    await own.query(`create sink k from t with (${at})`);
    await own.query("create sink b from t with (connector = 'blackhole')");
    await own.query("insert into t values (1); flush");
    await target.process.kill();
    await own.query("insert into t values (2)");
    await own.query("flush");
    const state = async (name: string) => {
      const text = `select state, rows::int, error from rw_catalog.rw_sinks where name = '${name}'`;
      return (await own.query(text)).rows[0];
    };
    const failing = await until("the sink fails", async () => {
      const found = await state("k");
      return found.state === "failing" && found;
    });
    expect(failing.error).to.match(/^database "dev" at 127\.0\.0\.1:\d+: /);
    expect(await state("b")).to.deep.equal({ state: "running", rows: 2, error: null });
    const flags = ["--listen", `${target.host}:${target.port}`];
    const again = await launch({ directory: target.directory, flags });
    const back = await connect(again);
    await until("the sink goes on", async () => {
      await own.query("flush");
      return (await state("k")).state === "running";
    });
    expect((await back.query("select a from x order by a")).rows).to.deep.equal([
      { a: 1 },
      { a: 2 },
    ]);
  }).timeout(120_000);
});
