/** RisingWave's statements over the wire: as queries they are described, bound and suspended. */
import { expect } from "chai";
import pg from "pg";
import { launch } from "../support/server.ts";

describe("RisingWave's statements in the extended protocol", () => {
  let client: pg.Client;
  beforeEach(async () => {
    client = new pg.Client({ ...(await launch()), user: "root", database: "dev" });
    await client.connect();
    await client.query("CREATE SCHEMA shown; CREATE TABLE shown.a (id int)");
    await client.query("CREATE VIEW shown.b AS SELECT 1");
  });
  afterEach(() => client.end());

  it("describes what SHOW answers, and takes parameters in its condition", async () => {
    const text = 'SHOW COLUMNS FROM shown.a WHERE "Name" = $1';
    const { command, fields, rows } = await client.query(text, ["id"]);
    expect(command).to.equal("SHOW");
    expect(fields.map(({ name, dataTypeID }) => [name, dataTypeID])).to.deep.equal([
      ["Name", 1043],
      ["Type", 1043],
      ["Is Hidden", 1043],
      ["Description", 1043],
    ]);
    expect(rows).to.deep.equal([
      { Name: "id", Type: "integer", "Is Hidden": "false", Description: null },
    ]);
  });

  it("answers a prepared SHOW from the catalog as it is now", async () => {
    const ask = async () => {
      const { rows } = await client.query({ name: "views", text: "SHOW VIEWS FROM shown" });
      return rows.map(({ Name }) => Name);
    };
    expect(await ask()).to.deep.equal(["b"]);
    await client.query("ALTER VIEW shown.b RENAME TO c");
    expect(await ask()).to.deep.equal(["c"]);
  });

  it("says DESCRIBE and no number of rows", async () => {
    const { command, rowCount, rows } = await client.query({ text: "DESC shown.a", values: [] });
    expect([command, rowCount, rows.length]).to.deep.equal(["DESCRIBE", null, 2]);
  });
});
