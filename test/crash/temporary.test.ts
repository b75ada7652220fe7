/** What sessions make for themselves does not outlive them, however they end. */
import { expect } from "chai";
import pg from "pg";
import { type Address, launch, run, temporaryDirectory } from "../support/server.ts";

const LEFT = `
  SELECT nspname FROM pg_namespace WHERE nspname ~ '^pg_(toast_)?temp_' UNION ALL
  SELECT relname FROM pg_class WHERE oid >= 16384 UNION ALL
  SELECT typname FROM pg_type WHERE oid >= 16384 UNION ALL
  SELECT proname FROM pg_proc WHERE oid >= 16384`;

async function connect({ host, port }: Address): Promise<pg.Client> {
  const client = new pg.Client({ host, port, user: "root", database: "dev" });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** A session with tables, rows, a TOAST table, a view, a sequence, and a function of a type. */
async function withTemporary(address: Address): Promise<pg.Client> {
  const client = await connect(address);
  await client.query(`
    CREATE TEMP TABLE t (id serial PRIMARY KEY, v text) WITH (toast.autovacuum_enabled = off);
    CREATE TEMP TABLE u (t int REFERENCES t, n int GENERATED ALWAYS AS IDENTITY);
    INSERT INTO t (v) SELECT repeat('x', 1000) FROM generate_series(1, 500);
    INSERT INTO u SELECT id FROM t;
    CREATE VIEW w AS SELECT * FROM t JOIN u ON u.t = t.id;
    CREATE TEMP SEQUENCE s;
    CREATE TYPE pg_temp.pair AS (x int);
    CREATE FUNCTION public.of_pair(pg_temp.pair) RETURNS int LANGUAGE sql AS 'SELECT 1'`);
  return client;
}

async function left(client: pg.Client): Promise<readonly unknown[]> {
  const { rows } = await client.query({ text: LEFT, rowMode: "array" });
  return rows.flat();
}

async function checkVerify(directory: string): Promise<void> {
  const verify = run(["verify", directory]);
  const { code } = await verify.exited;
  expect(code, verify.output + verify.log).to.equal(0);
}

describe("temporary relations", () => {
  it("are gone after a kill -9, before and behind which verify finds no fault", async function () {
    this.timeout(60_000);
    const directory = temporaryDirectory();
    const first = await launch({ directory });
    await withTemporary(first);
    await first.process.kill();
    await checkVerify(directory);
    const second = await launch({ directory });
    const client = await connect(second);
    expect(await left(client)).to.deep.equal([]);
    await client.end();
    await second.process.stop();
    await checkVerify(directory);
  });

  it("are gone when the session ends, though another holds a lock on one", async function () {
    this.timeout(60_000);
    const server = await launch();
    const ending = await withTemporary(server);
    const other = await connect(server);
    const { rows } = await ending.query("SELECT pg_my_temp_schema()::regnamespace AS schema");
    await other.query(`BEGIN; LOCK TABLE ${rows[0].schema}.t IN ACCESS SHARE MODE`);
    await ending.end();
    const third = await connect(server);
    expect(await left(third)).to.include("of_pair");
    await other.query("COMMIT");
    for (;;) if ((await left(third)).length === 0) break;
    await other.end();
    await third.end();
  });
});
