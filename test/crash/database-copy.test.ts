/** CREATE DATABASE copies all that a template holds, or nothing. */
import { expect } from "chai";
import pg from "pg";
import { type Address, launch, run, temporaryDirectory } from "../support/server.ts";

async function connect({ host, port }: Address, database: string): Promise<pg.Client> {
  const client = new pg.Client({ host, port, user: "root", database });
  client.on("error", () => {});
  await client.connect();
  return client;
}

const ROWS = 10_000;

async function makeTemplate(server: Address): Promise<void> {
  const first = await connect(server, "dev");
  await first.query("CREATE DATABASE one");
  await first.end();
  const client = await connect(server, "one");
  await client.query(`
    CREATE TABLE t (id int PRIMARY KEY, name text);
    CREATE INDEX ON t (lower(name));
    INSERT INTO t SELECT g, 'N' || g FROM generate_series(1, ${ROWS}) g;
    CREATE MATERIALIZED VIEW sums AS SELECT id % 2 AS half, count(*)::int AS n FROM t GROUP BY 1`);
  await client.end();
}

async function verified(directory: string): Promise<void> {
  const verify = run(["verify", directory]);
  const { code } = await verify.exited;
  expect(code, verify.output + verify.log).to.equal(0);
}

describe("a database that is copied", () => {
  it("is not there when the server was killed meanwhile, and whole the next time", async function () {
    this.timeout(120_000);
    const directory = temporaryDirectory();
    let server = await launch({ directory });
    await makeTemplate(server);
    const client = await connect(server, "dev");
    const copying = client.query("CREATE DATABASE two TEMPLATE one");
    copying.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server.process.kill();
    await verified(directory);
    server = await launch({ directory });
    const other = await connect(server, "dev");
    const { rowCount } = await other.query("SELECT FROM pg_database WHERE datname = 'two'");
    expect(rowCount).to.equal(0);
    await other.query("CREATE DATABASE two TEMPLATE one");
    await other.end();
    const copy = await connect(server, "two");
    const counted = await copy.query("SELECT count(*)::int AS n FROM t");
    expect(counted.rows).to.deep.equal([{ n: ROWS }]);
    await copy.query("DELETE FROM t WHERE lower(name) = 'n7'");
    await copy.query("FLUSH");
    const sums = await copy.query("SELECT * FROM sums ORDER BY 1");
    expect(sums.rows).to.deep.equal([
      { half: 0, n: ROWS / 2 },
      { half: 1, n: ROWS / 2 - 1 },
    ]);
    await copy.end();
    await server.process.stop();
    await verified(directory);
  });
});
