/**
 * CONVERSATIONS WITH SESSIONS, as they were had with PostgreSQL 15. UPDATE=1 with PG_PORT records
 * them from a PostgreSQL 15 server at 127.0.0.1:PG_PORT, of which root is a superuser.
 */
import { readdirSync } from "node:fs";
import { expect } from "chai";
import { runConversation } from "../support/pgtest.ts";
import { psql } from "../support/psql.ts";
import { type Address, launch } from "../support/server.ts";

const folder = new URL("sessions/", import.meta.url).pathname;
const DATABASE = "conversation";

describe("conversations recorded from PostgreSQL 15", () => {
  for (const file of readdirSync(folder)) {
    it(`are had again: ${file}`, async function () {
      this.timeout(60_000);
      const target = await address();
      const remove = `DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`;
      const setUp = await psql(target, ["-q", "-c", remove, "-c", `CREATE DATABASE ${DATABASE}`]);
      expect(setUp.code, setUp.err).to.equal(0);
      await runConversation(`${folder}${file}`, { ...target, user: "root", database: DATABASE });
      await psql(target, ["-q", "-c", remove]);
    });
  }
});

async function address(): Promise<Address> {
  if (process.env["UPDATE"] !== "1") return launch();
  const port = Number(process.env["PG_PORT"]);
  expect(port, "PG_PORT, the port of a PostgreSQL 15 server").to.be.above(0);
  return { host: "127.0.0.1", port };
}
