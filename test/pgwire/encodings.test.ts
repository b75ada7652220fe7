/**
 * CLIENTS WHOSE TEXTS ARE NOT UTF-8, on the real server: what goes over the wire is in their
 * encoding, wherever it stands in a message.
 */
import { expect } from "chai";
import pg from "pg";
import { psql } from "../support/psql.ts";
import { launch } from "../support/server.ts";

async function connect(encoding: string): Promise<pg.Client> {
  const { host, port } = await launch();
  const client = new pg.Client({ host, port, user: "root", database: "dev" });
  await client.connect();
  await client.query(`SET client_encoding = '${encoding}'`);
  return client;
}

describe("a client of another encoding", () => {
  it("is told of changes", async () => {
    const client = await connect("win1252");
    try {
      const told: string[] = [];
      const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
      connection.on("parameterStatus", ({ parameterName, parameterValue }) => {
        told.push(`${parameterName}=${parameterValue}`);
      });
      await client.query("SET client_encoding = 'sjis'");
      await client.query("RESET client_encoding");
      expect(told).to.deep.equal(["client_encoding=SJIS", "client_encoding=UTF8"]);
    } finally {
      await client.end();
    }
  });

  it("sends parameters and gets values in it, as text and in binary", async () => {
    const client = await connect("latin1");
    try {
      const { rows } = await client.query({
        text: "SELECT encode(convert_to($1::text, 'UTF8'), 'hex'), encode(textsend($1), 'hex'), $1",
        // The driver sends a Buffer in binary, and reads texts as UTF-8, which this is not.
        values: [Buffer.from([0x61, 0xe9])],
        rowMode: "array",
      });
      expect(rows).to.deep.equal([["61c3a9", "61e9", "a\ufffd"]]);
      const sent = await client.query("SELECT length($1), encode(convert_to($1, 'UTF8'), 'hex')", [
        "é",
      ]);
      expect(sent.rows).to.deep.equal([{ length: 2, encode: "c383c2a9" }]);
    } finally {
      await client.end();
    }
  });

  it("is told in an error what its encoding cannot say", async () => {
    const client = await connect("latin1");
    try {
      const failure = await client.query("SELECT '€'::text, U&'\\20ac'").catch((error) => error);
      expect(failure.code).to.equal("22P05");
      const unsaid = await client.query('SELECT 1 FROM U&"\\20ac"').catch((error) => error);
      expect([unsaid.code, unsaid.message]).to.deep.equal([
        "22P05",
        'character with byte sequence 0xe2 0x82 0xac in encoding "UTF8" has no equivalent in encoding "LATIN1"',
      ]);
      expect((await client.query("SELECT 1 AS a")).rows).to.deep.equal([{ a: 1 }]);
    } finally {
      await client.end();
    }
  });

  it("begins with it", async () => {
    const address = await launch();
    const begin = async (encoding: string) => {
      const command = ["-At", "-c", "SELECT pg_client_encoding(), length('é')"];
      const { out, err } = await psql(address, command, {
        environment: { PGCLIENTENCODING: encoding },
      });
      return out + err.replace(/^.*FATAL/, "FATAL");
    };
    expect(await begin("latin1")).to.equal("LATIN1|2\n");
    expect(await begin("utf-8")).to.equal("UTF8|1\n");
    expect(await begin("nonsense")).to.equal(
      'FATAL:  invalid value for parameter "client_encoding": "nonsense"\n',
    );
  });
});
