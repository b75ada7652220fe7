/**
 * COPY FROM STDIN as PostgreSQL 15 has it, on an engine whose tables take rows: conversations that
 * UPDATE=1 with PG_PORT records from a PostgreSQL 15 server at 127.0.0.1:PG_PORT, of which root is
 * a superuser.
 */
import { readdirSync } from "node:fs";
import { expect } from "chai";
import { createServer } from "../../src/pgwire/server.ts";
import { loadGrammar } from "../../src/sql/parse/grammar.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { runConversation } from "../support/pgtest.ts";
import { psql } from "../support/psql.ts";
import { ReceivingEngine } from "../support/receiving-engine.ts";
import { say, WireClient } from "../support/wire-client.ts";

const folder = new URL("copy-in/", import.meta.url).pathname;
const DATABASE = "copy_in";
const logger = { error: () => {}, warn: () => {} };

describe("COPY FROM STDIN", () => {
  for (const file of readdirSync(folder)) {
    it(`answers as PostgreSQL 15 does: ${file}`, async function () {
      this.timeout(60_000);
      if (process.env["UPDATE"] === "1") return record(`${folder}${file}`);
      return serving(({ port }) =>
        runConversation(`${folder}${file}`, { port, user: "root", database: "dev" }),
      );
    });
  }

  it("ends by a cancel or a timeout while it waits for its client", async function () {
    this.timeout(20_000);
    await serving(async ({ port }) => {
      const client = new WireClient(port);
      await client.start({ user: "root", database: "dev" });
      client.send(say.Query("create table t (a int); set statement_timeout = 200"));
      await client.until("ReadyForQuery");
      client.send(say.Query("copy t from stdin"), say.CopyData("1\n"));
      const timedOut = await client.until("ReadyForQuery");
      expect(timedOut.at(-2)).to.equal(
        'ErrorResponse ERROR 57014 "canceling statement due to statement timeout" where="COPY t, line 2"',
      );
      client.send(say.Query("set statement_timeout = 0"));
      await client.until("ReadyForQuery");
      client.send(say.Query("copy t from stdin csv"));
      await client.until("CopyInResponse");
      new WireClient(port).send(say.CancelRequest(client.processId, client.secret));
      const cancelled = await client.until("ReadyForQuery");
      expect(cancelled[0]).to.equal(
        'ErrorResponse ERROR 57014 "canceling statement due to user request" where="COPY t, line 1"',
      );
      client.close();
    });
  });

  it("holds its client back when rows are not taken, and loses none", async function () {
    this.timeout(60_000);
    await serving(async ({ port, engine }) => {
      const client = new WireClient(port);
      await client.start({ user: "root", database: "dev" });
      client.send(say.Query("create table t (a int, b text)"));
      await client.until("ReadyForQuery");
      let open = (): void => undefined;
      engine.gate = new Promise((resolve) => {
        open = resolve;
      });
      client.send(say.Query("copy t from stdin"));
      await client.until("CopyInResponse");
      const piece = say.CopyData(`1\t${"x".repeat(64 * 1024)}\n`);
      for (let i = 0; i < 1000; i++) client.socket.write(piece);
      client.send(say.CopyDone());
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(engine.rows).to.have.length(1);
      // What neither side's kernel takes stays here: the server has stopped reading.
      expect(client.socket.writableLength).to.be.above(32 * 1024 * 1024);
      engine.gate = undefined;
      open();
      const answered = await client.until("ReadyForQuery", 1, 30_000);
      expect(answered).to.deep.equal(["CommandComplete COPY 1000", "ReadyForQuery I"]);
      expect(engine.rows).to.have.length(1000);
      client.close();
    });
  });
});

interface Serving {
  readonly port: number;
  readonly engine: ReceivingEngine;
}

async function serving(work: (serving: Serving) => Promise<void>): Promise<void> {
  await loadGrammar();
  const engine = await ReceivingEngine.open();
  const service = new Sessions({ engine });
  const server = createServer({ service, logger });
  const { port } = await server.listen("127.0.0.1:0");
  try {
    await work({ port, engine });
  } finally {
    await server.close();
    await engine.close();
  }
}

async function record(path: string): Promise<void> {
  const port = Number(process.env["PG_PORT"]);
  expect(port, "PG_PORT, the port of a PostgreSQL 15 server").to.be.above(0);
  const target = { host: "127.0.0.1", port };
  const remove = `DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`;
  await psql(target, ["-q", "-c", remove, "-c", `CREATE DATABASE ${DATABASE}`]);
  await runConversation(path, { ...target, user: "root", database: DATABASE });
  await psql(target, ["-q", "-c", remove]);
}
