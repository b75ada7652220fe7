import { expect } from "chai";
import { SqlError } from "../../src/base/sql-error.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { Parameters } from "../../src/sql/settings/parameters.ts";
import { Client } from "./session-client.ts";
import { FakeEngine } from "./session-fake-engine.ts";

describe("the service of sessions", () => {
  let engine: FakeEngine;
  let sessions: Sessions;
  const connect = (user: string) => Client.connect(engine, { user, sessions });
  beforeEach(() => {
    engine = new FakeEngine(
      new Parameters([{ name: "port", value: "5555", source: "command line" }]),
    );
    sessions = new Sessions({ engine });
  });

  it("cancels by process id and secret, and by nothing less", async () => {
    const client = await connect("root");
    const secret = sessions.secretOf(client.session);
    const answer = client.query("select pg_sleep(60)");
    expect(sessions.cancel(client.session.processId, secret ^ 1)).to.equal(false);
    expect(sessions.cancel(client.session.processId + 1, secret)).to.equal(false);
    expect(sessions.cancel(client.session.processId, secret)).to.equal(true);
    expect(await answer).to.include("E 57014 canceling statement due to user request");
    expect(sessions.cancel(client.session.processId, secret)).to.equal(true);
    expect(await client.query("select 1")).to.include("C SELECT 1");
  });

  it("lets a session cancel and end others, as far as its role may", async () => {
    const root = await connect("root");
    const guest = await connect("guest");
    const answer = guest.query("select pg_sleep(60)");
    expect(await root.query(`select cancel(${guest.session.processId})`)).to.include("D t");
    expect(await answer).to.include("E 57014 canceling statement due to user request");
    expect(await guest.query(`select cancel(${root.session.processId})`)).to.include(
      "E 42501 must be a superuser to cancel superuser query",
    );
    expect(await root.query("select terminate(4711)")).to.include.members([
      "N WARNING 01000 PID 4711 is not a PostgreSQL backend process",
      "D f",
    ]);
    await root.query(`select terminate(${guest.session.processId})`);
    expect(guest.terminated[0]).to.include({ code: "57P01", severity: "FATAL" });
  });

  it("knows who is connected and what they do", async () => {
    const root = await connect("root");
    const guest = await connect("guest");
    await guest.query("set application_name = 'g'; begin");
    const rows = await root.query("select activity()");
    expect(rows[1]).to.contain(`${guest.session.processId}:g:idle in transaction`);
    expect(rows[1]).to.contain(`${root.session.processId}::active:select activity()`);
    expect(sessions.countIn(5 as never, root.session.processId)).to.equal(1);
    sessions.terminateIn(5 as never, root.session.processId);
    expect(guest.terminated).to.have.length(1);
    guest.session.close();
    expect(sessions.size).to.equal(1);
    expect(() => guest.session.simpleQuery("select 1", guest.sink)).to.throw(SqlError);
  });

  it("lists settings, prepared statements and cursors of the session that asks", async () => {
    const root = await connect("root");
    await root.query("prepare p(text) as select $1; begin; declare c cursor for select rows(1)");
    // The text is that of the whole message, as in PostgreSQL.
    expect((await root.query("select prepared()"))[1]).to.match(
      /^D p,prepare p\(text\) as select \$1; begin; declare c cursor .*,\d+,\[25\],1,0,0$/,
    );
    expect((await root.query("select cursors()"))[1]).to.match(
      /^D c,prepare p.*; declare c cursor for select rows\(1\),0,0,1,\d+$/,
    );
    expect((await root.query("select setting('port')"))[1]).to.equal("D 5555");
  });

  it("refuses a database that is not there", async () => {
    const sink = (await connect("root")).sink;
    const open = () =>
      sessions.open(
        { user: "root", database: "nope", settings: [] },
        { address: null, port: -1, terminate() {} },
        sink,
      );
    expect(open).to.throw(SqlError, 'database "nope" does not exist');
  });
});
