/**
 * CLIENTS THAT ASK WHAT THERE IS: what they make of a database is compared with what they made of
 * the same one on PostgreSQL 15.
 *
 * test/clients/introspected.sql fills an empty database, the client reads it, and its answer is
 * held against test/clients/NAME.golden. UPDATE=1 with PG_PORT records that from a PostgreSQL 15
 * server at 127.0.0.1:PG_PORT, of which root is a superuser.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { psql } from "./psql.ts";
import { type Address, launch } from "./server.ts";

const DIRECTORY = join(import.meta.dirname, "../clients");
const DATABASE = "introspected";
const REMOVE = ["-c", `DROP DATABASE IF EXISTS ${DATABASE}`];

export interface Introspected extends Address {
  readonly user: string;
  readonly database: string;
}

/** A test that `read` answers with the same JSON on both servers. */
export function answersAsOnPostgres(
  name: string,
  read: (server: Introspected) => Promise<unknown>,
): void {
  it(`${name} answers as on PostgreSQL 15`, async function () {
    this.timeout(120_000);
    const golden = join(DIRECTORY, `${name}.golden`);
    if (process.env["UPDATE"] === "1") {
      const port = Number(process.env["PG_PORT"]);
      expect(port, "PG_PORT, the port of a PostgreSQL 15 server").to.be.above(0);
      writeFileSync(golden, await answers({ host: "127.0.0.1", port }, read));
      return;
    }
    const answered = await answers(await launch(), read);
    expect(answered.split("\n")).to.deep.equal(readFileSync(golden, "utf8").split("\n"));
  });
}

async function answers(
  { host, port }: Address,
  read: (server: Introspected) => Promise<unknown>,
): Promise<string> {
  const run = async (parameters: readonly string[], database?: string) => {
    const options = { directory: DIRECTORY, ...(database === undefined ? {} : { database }) };
    const { code, err } = await psql(
      { host, port },
      ["-qv", "ON_ERROR_STOP=1", ...parameters],
      options,
    );
    expect(code, err).to.equal(0);
  };
  await run([...REMOVE, "-c", `CREATE DATABASE ${DATABASE}`]);
  await run(["-f", "introspected.sql"], DATABASE);
  try {
    const answer = await read({ host, port, user: "root", database: DATABASE });
    return `${JSON.stringify(answer, null, 2)}\n`;
  } finally {
    await run(REMOVE);
  }
}
