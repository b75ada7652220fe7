/** CALL through a driver: parameters, what comes out, and where an error says it came about. */
import { expect } from "chai";
import pg from "pg";
import { launch } from "../support/server.ts";

const OUT = `CREATE PROCEDURE call_out(INOUT x int, OUT y text) LANGUAGE sql
  AS $$ SELECT 10 / x, 'of ' || x $$`;
const ODD = `SET check_function_bodies = off;
  CREATE PROCEDURE call_odd() LANGUAGE sql AS 'SELECT nosuch'`;

describe("CALL with parameters", function () {
  this.timeout(60_000);

  it("infers their types, answers a row, and says where it failed", async () => {
    const { host, port } = await launch();
    const client = new pg.Client({ host, port, user: "root", database: "dev" });
    await client.connect();
    try {
      await client.query(OUT);
      const { rows, command, fields } = await client.query("CALL call_out($1, NULL)", [4]);
      expect(rows).to.deep.equal([{ x: 2, y: "of 4" }]);
      expect(command).to.equal("CALL");
      expect(fields.map(({ dataTypeID }) => dataTypeID)).to.deep.equal([23, 25]);
      const failed = await client.query("CALL call_out($1, $2)", [0, null]).catch((error) => error);
      expect(failed).to.include({ code: "22012", where: 'SQL function "call_out" statement 1' });
      await client.query(ODD);
      const odd = await client.query("CALL call_odd()").catch((error) => error);
      const place = { internalPosition: "8", internalQuery: "SELECT nosuch" };
      expect(odd).to.include({ code: "42703", ...place });
      expect(odd.position).to.equal(undefined);
    } finally {
      await client.end();
    }
  });
});
