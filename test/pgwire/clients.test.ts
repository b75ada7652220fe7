/** Codecs and drivers that know nothing of this server. */
import { connect } from "node:net";
import { expect } from "chai";
import pg from "pg";
import { parse, serialize } from "pg-protocol";
import postgres from "postgres";
import { startServer } from "./harness.ts";

describe("other people's clients", () => {
  it("pg-protocol: speaks and understands every message of a session", async () => {
    const { port } = await startServer();
    const socket = connect(port, "127.0.0.1");
    const heard: string[] = [];
    let ready = 0;
    const done = parse(socket, (message) => {
      heard.push(message.name);
      if (message.name === "readyForQuery" && ++ready === 3) socket.write(serialize.end());
      if (message.name === "error") expect(message).to.include({ code: "22012", detail: "de" });
    });
    socket.write(serialize.startup({ user: "u", database: "d" }));
    socket.write(
      Buffer.concat([
        serialize.parse({ name: "s", text: "select 1", types: [23] }),
        serialize.bind({ statement: "s", values: ["é", null, Buffer.from([0])] }),
        serialize.describe({ type: "P" }),
        serialize.execute({ rows: 1 }),
        serialize.close({ type: "S", name: "s" }),
        serialize.flush(),
        serialize.sync(),
        serialize.query("fail"),
      ]),
    );
    await done;
    expect(heard).to.deep.equal([
      "authenticationOk",
      "parameterStatus",
      "parameterStatus",
      "backendKeyData",
      "readyForQuery",
      "parseComplete",
      "bindComplete",
      "rowDescription",
      "dataRow",
      "portalSuspended",
      "closeComplete",
      "readyForQuery",
      "error",
      "readyForQuery",
    ]);
  });

  it("node-postgres: queries, parameters, errors, notices", async () => {
    const { port } = await startServer();
    const client = new pg.Client({ host: "127.0.0.1", port, user: "u", database: "d" });
    await client.connect();
    const notices: (string | undefined)[] = [];
    client.on("notice", (notice) => notices.push(notice.message));
    expect((await client.query("select 1")).rows).to.deep.equal([{ "?column?": 1 }]);
    const prepared = { name: "s", text: "select 1", values: ["a", null] };
    expect((await client.query(prepared)).rows).to.have.length(1);
    expect((await client.query(prepared)).rows).to.have.length(1);
    await client.query("notice");
    expect(notices).to.deep.equal(["hello"]);
    const error: unknown = await client.query("fail").catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: "22012", message: "division by zero", hint: "h" });
    await client.end();
  });

  it("postgres.js: pipelined queries", async () => {
    const { port } = await startServer();
    const sql = postgres({
      host: "127.0.0.1",
      port,
      user: "u",
      database: "d",
      max: 2,
      fetch_types: false,
    });
    const answers = await Promise.all(Array.from({ length: 50 }, () => sql`select 1`));
    expect(answers.every(([row]) => row?.["?column?"] === 1)).to.equal(true);
    const error: unknown = await sql.unsafe("fail").catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: "22012" });
    await sql.end();
  });
});
