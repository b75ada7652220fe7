import { expect } from "chai";
import { Client } from "./session-client.ts";
import { FakeEngine } from "./session-fake-engine.ts";

const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("a statement that waits", () => {
  let engine: FakeEngine;
  let client: Client;
  beforeEach(async () => {
    engine = new FakeEngine();
    client = await Client.connect(engine);
  });

  it("is undone, awaited and run again from its start, and says nothing twice", async () => {
    const answer = client.query("create table gated (a int)");
    await soon();
    expect(client.sink.lines).to.deep.equal([]);
    engine.gate.release();
    expect(await answer).to.deep.equal(["N NOTICE 00000 creating gated", "C CREATE TABLE", "I"]);
    expect([...engine.committed]).to.deep.equal(["gated"]);
  });

  it("ends by a cancel, which leaves the queue", async () => {
    const answer = client.query("create table gated (a int)");
    await soon();
    client.session.cancel();
    expect(await answer).to.deep.equal(["E 57014 canceling statement due to user request", "I"]);
    expect(engine.gate.cancelled).to.equal(1);
    expect(await client.query("select 1")).to.include("C SELECT 1");
  });

  it("is one of many of a message, which give way to others and to a cancel", async () => {
    const answer = client.query("select 1;".repeat(50_000));
    await soon();
    client.session.cancel();
    const lines = await answer;
    expect(lines.slice(-2)).to.deep.equal(["E 57014 canceling statement due to user request", "I"]);
    expect(lines.length).to.be.below(100_000);
  });

  it("ends by lock_timeout and statement_timeout, each with its own words", async () => {
    await client.query("set client_min_messages = error");
    expect(await client.query("set lock_timeout = 10; create table gated (a int)")).to.deep.equal([
      "C SET",
      "E 55P03 canceling statement due to lock timeout",
      "I",
    ]);
    await client.query("set lock_timeout = 0; set statement_timeout = 10");
    expect(await client.query("begin; create table gated (a int)")).to.deep.equal([
      "C BEGIN",
      "E 57014 canceling statement due to statement timeout",
      "E",
    ]);
  });

  it("is sent its RowDescription before pg_sleep ends, and sleeps once per call", async () => {
    const started = performance.now();
    const answer = client.query("select pg_sleep(0.03), pg_sleep(0.03)");
    await soon();
    expect(client.sink.lines).to.deep.equal(["T pg_sleep,pg_sleep"]);
    expect(await answer).to.deep.equal(["T pg_sleep,pg_sleep", "D ,", "C SELECT 1", "I"]);
    expect(performance.now() - started).to.be.within(55, 5000);
  });

  it("is not subject to lock_timeout while it sleeps", async () => {
    await client.query("set lock_timeout = 1");
    expect(await client.query("select pg_sleep(0.02)")).to.include("C SELECT 1");
    await client.query("set statement_timeout = 10");
    expect(await client.query("select pg_sleep(10)")).to.include(
      "E 57014 canceling statement due to statement timeout",
    );
  });

  it("takes back the settings of the pass that had to wait", async () => {
    const answer = client.query("select set_config('x.a', setting('x.a'), false), gate()");
    await soon();
    engine.gate.release();
    expect((await answer).at(-2)).to.equal("C SELECT 1");
  });

  it("counts the timeout of each statement of a message apart", async () => {
    await client.query("set statement_timeout = 60");
    const answer = await client.query("select pg_sleep(0.04); select pg_sleep(0.04)");
    expect(answer.filter((line) => line === "C SELECT 1")).to.have.length(2);
  });

  it("waits for a client that does not read, and stops at its cancel", async () => {
    client.sink.full = true;
    expect(await client.query("select rows(3)")).to.deep.equal([
      "T rows",
      "D 1",
      "D 2",
      "D 3",
      "C SELECT 3",
      "I",
    ]);
    expect(client.wasSync).to.equal(false);
    client.sink.full = true;
    client.sink.drained = () => new Promise(() => {});
    const answer = client.query("select rows(3)");
    await soon();
    client.session.cancel();
    expect(await answer).to.include("E 57014 canceling statement due to user request");
  });

  it("pulls batches from another thread", async () => {
    expect(await client.query("select batches(5, 2)")).to.deep.equal([
      "T batches",
      "D 1",
      "D 2",
      "D 3",
      "D 4",
      "D 5",
      "C SELECT 5",
      "I",
    ]);
  });
});

describe("an idle session", () => {
  it("is ended by its timeouts, in a block and outside", async () => {
    const client = await Client.connect(new FakeEngine());
    await client.query("set idle_session_timeout = 5; set idle_in_transaction_session_timeout = 5");
    client.session.idle();
    await client.query("begin");
    client.session.idle();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await client.query("rollback");
    client.session.idle();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(
      client.terminated.map(({ code, message, severity }) => [severity, code, message]),
    ).to.deep.equal([
      ["FATAL", "25P03", "terminating connection due to idle-in-transaction timeout"],
      ["FATAL", "57P05", "terminating connection due to idle-session timeout"],
    ]);
    client.session.close();
  });

  it("releases everything when it is closed, after what is in progress has ended", async () => {
    const engine = new FakeEngine();
    const client = await Client.connect(engine);
    await client.query("begin");
    const answer = client.query("create table gated (a int)");
    await soon();
    client.session.close();
    client.session.close();
    expect(engine.log).to.not.include("close");
    expect((await answer)[0]).to.match(/^E 57P01/);
    expect(engine.log.slice(-2)).to.deep.equal(["abort", "close"]);
  });
});
