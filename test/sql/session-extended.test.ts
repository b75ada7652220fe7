import { expect } from "chai";
import type { Oid } from "../../src/base/ids.ts";
import { Client } from "./session-client.ts";
import { FakeEngine } from "./session-fake-engine.ts";

/** Messages of the extended protocol, written as their letters. */
class Extended {
  readonly client: Client;
  constructor(client: Client) {
    this.client = client;
  }
  parse(text: string, name = "", types: number[] = []) {
    const { session, sink } = this.client;
    return this.client.do(() => session.parse(name, text, types as Oid[], sink));
  }
  bind(
    statement = "",
    portal = "",
    parameters: (string | null)[] = [],
    resultFormats: number[] = [],
  ) {
    const { session, sink } = this.client;
    const bytes = parameters.map((value) => (value === null ? null : Buffer.from(value)));
    const request = { portal, statement, parameterFormats: [], parameters: bytes, resultFormats };
    return this.client.do(() => session.bind(request, sink));
  }
  execute(portal = "", maxRows = 0) {
    const { session, sink } = this.client;
    return this.client.do(() => session.execute(portal, maxRows, sink));
  }
  sync(failed = false) {
    const { session, sink } = this.client;
    return this.client.do(() => session.sync(failed, sink));
  }
  async run(text: string, maxRows = 0): Promise<string[]> {
    const lines: string[] = [];
    for (const work of [
      () => this.parse(text),
      () => this.bind(),
      () => this.execute("", maxRows),
    ]) {
      lines.push(...(await work()).slice(0, -1));
    }
    return lines;
  }
}

describe("the extended protocol of a session", () => {
  let engine: FakeEngine;
  let client: Client;
  let extended: Extended;
  beforeEach(async () => {
    engine = new FakeEngine();
    client = await Client.connect(engine);
    extended = new Extended(client);
    await client.query("set client_min_messages = error");
    engine.log.length = 0;
  });

  it("makes everything up to Sync one transaction", async () => {
    expect(await extended.run("create table a (x int)")).to.deep.equal(["C CREATE TABLE"]);
    expect(await extended.run("create table b (x int)")).to.deep.equal(["C CREATE TABLE"]);
    expect([...engine.committed]).to.deep.equal([]);
    expect(await extended.sync()).to.deep.equal(["I"]);
    expect([...engine.committed]).to.deep.equal(["a", "b"]);
    await extended.run("create table c (x int)");
    expect(await extended.run("select fail()")).to.deep.equal(["E 22012 division by zero"]);
    await extended.sync(true);
    expect([...engine.committed]).to.deep.equal(["a", "b"]);
  });

  it("takes BEGIN, statements and COMMIT in one pipeline", async () => {
    await extended.run("begin");
    await extended.run("create table a (x int)");
    expect(client.session.status).to.equal("T");
    expect(await extended.run("commit")).to.deep.equal(["C COMMIT"]);
    expect([...engine.committed]).to.deep.equal(["a"]);
    expect(await extended.sync()).to.deep.equal(["I"]);
  });

  it("fails a block when the wire found the error", async () => {
    await client.query("begin");
    expect(await extended.sync(true)).to.deep.equal(["E"]);
    expect(await extended.parse("select 1")).to.deep.equal([
      "E 25P02 current transaction is aborted, commands ignored until end of transaction block",
      "E",
    ]);
    expect(await extended.parse("rollback")).to.deep.equal(["E"]);
    expect(await extended.bind()).to.deep.equal(["E"]);
    expect(await extended.execute()).to.deep.equal(["C ROLLBACK", "I"]);
  });

  it("suspends a portal at the row limit, even when all rows were given", async () => {
    await extended.parse("select rows(4)");
    await extended.bind("", "p");
    expect(await extended.execute("p", 2)).to.deep.equal(["D 1", "D 2", "s", "I"]);
    expect(await extended.execute("p", 2)).to.deep.equal(["D 3", "D 4", "s", "I"]);
    expect(await extended.execute("p", 2)).to.deep.equal(["C SELECT 0", "I"]);
    await extended.sync();
    expect(await extended.execute("p")).to.deep.equal(['E 34000 portal "p" does not exist', "I"]);
  });

  it("runs a portal without rows once, and ignores its row limit", async () => {
    await extended.parse("create table a (x int)");
    await extended.bind();
    expect(await extended.execute("", 1)).to.deep.equal(["C CREATE TABLE", "I"]);
    expect(await extended.execute()).to.deep.equal(['E 55000 portal "" cannot be run', "I"]);
  });

  it("checks what Parse and Bind are given", async () => {
    expect(await extended.parse("select 1; select 2")).to.deep.equal([
      "E 42601 cannot insert multiple commands into a prepared statement",
      "I",
    ]);
    await extended.parse("select $1", "s");
    expect(await extended.parse("select 1", "s")).to.include(
      'E 42P05 prepared statement "s" already exists',
    );
    expect(await extended.bind("nope")).to.include(
      'E 26000 prepared statement "nope" does not exist',
    );
    expect(await extended.bind("")).to.include("E 26000 unnamed prepared statement does not exist");
    expect(await extended.bind("s", "", ["a", "b"])).to.include(
      'E 08P01 bind message supplies 2 parameters, but prepared statement "s" requires 1',
    );
    expect(await extended.bind("s", "", ["a"], [0, 0])).to.include(
      "E 08P01 bind message has 2 result formats but query has 1 columns",
    );
    expect(await extended.bind("s", "", ["a"], [7])).to.include(
      "E 22023 unsupported format code: 7",
    );
    await client.query("begin");
    await extended.bind("s", "p", ["a"]);
    expect(await extended.bind("s", "p", ["a"])).to.include('E 42P03 cursor "p" already exists');
  });

  it("describes statements and portals without running them", async () => {
    await extended.parse("select $1, pg_sleep(100)", "s");
    const described = await client.session.describeStatement("s");
    expect(described.parameters).to.deep.equal([25]);
    expect(described.columns?.map(({ name }) => name)).to.deep.equal(["$", "pg_sleep"]);
    await extended.parse("show datestyle", "d");
    expect((await client.session.describeStatement("d")).columns?.[0]?.name).to.equal("DateStyle");
    await extended.bind("d", "p", [], [1]);
    expect(await client.session.describePortal("p")).to.deep.include({ formats: [1] });
    await extended.parse("create table t (a int)", "c");
    expect((await client.session.describeStatement("c")).columns).to.equal(undefined);
  });

  it("answers an empty text as such", async () => {
    expect(await extended.run("-- nothing")).to.deep.equal(["I"]);
  });

  it("refuses a prepared statement that would answer otherwise than it promised", async () => {
    await extended.parse("select gone()", "s");
    engine.committed.add("changed");
    expect(await extended.bind("s")).to.include("E 0A000 cached plan must not change result type");
  });

  it("shares prepared statements with SQL", async () => {
    await client.query("prepare q(text) as select $1");
    expect(await client.query("execute q('x')")).to.deep.equal(["T $", "D x", "C SELECT 1", "I"]);
    await extended.bind("q", "", ["y"]);
    expect(await extended.execute()).to.deep.equal(["D y", "C SELECT 1", "I"]);
    expect(await client.query("prepare q as select 1")).to.include(
      'E 42P05 prepared statement "q" already exists',
    );
    expect(await client.query("execute q")).to.include(
      'E 42601 wrong number of parameters for prepared statement "q"',
    );
    expect(await client.query("deallocate q; execute q('x')")).to.deep.equal([
      "C DEALLOCATE",
      'E 26000 prepared statement "q" does not exist',
      "I",
    ]);
    expect(await client.query("execute q")).to.include(
      'E 26000 prepared statement "q" does not exist',
    );
    expect(await client.query("deallocate all")).to.include("C DEALLOCATE ALL");
  });

  it("takes $n in a simple query for a mistake", async () => {
    expect(await client.query("select $1")).to.deep.equal([
      "E 42P02 there is no parameter $1",
      "I",
    ]);
  });

  it("does not create a database within a pipeline, and commits one at once", async () => {
    await extended.run("select 1");
    expect(await extended.run("create database d")).to.include(
      "E 25001 CREATE DATABASE cannot be executed within a pipeline",
    );
    await extended.sync(true);
    await extended.run("create database d");
    expect(engine.log.at(-1)).to.equal("commit");
  });
});

describe("cursors of a session", () => {
  let client: Client;
  beforeEach(async () => {
    client = await Client.connect(new FakeEngine());
  });

  it("move in all directions", async () => {
    await client.query("begin; declare c cursor for select rows(5)");
    const steps: [string, string[], string][] = [
      ["fetch c", ["1"], "FETCH 1"],
      ["fetch 2 from c", ["2", "3"], "FETCH 2"],
      ["fetch backward 2 from c", ["2", "1"], "FETCH 2"],
      ["fetch prior from c", [], "FETCH 0"],
      ["fetch all from c", ["1", "2", "3", "4", "5"], "FETCH 5"],
      ["fetch next from c", [], "FETCH 0"],
      ["fetch prior from c", ["5"], "FETCH 1"],
      ["fetch absolute 2 from c", ["2"], "FETCH 1"],
      ["fetch relative 2 from c", ["4"], "FETCH 1"],
      ["fetch 0 from c", ["4"], "FETCH 1"],
      ["fetch absolute -1 from c", ["5"], "FETCH 1"],
      ["fetch first from c", ["1"], "FETCH 1"],
      ["fetch absolute 0 from c", [], "FETCH 0"],
      ["fetch last from c", ["5"], "FETCH 1"],
      ["fetch backward all from c", ["4", "3", "2", "1"], "FETCH 4"],
      ["fetch absolute 9 from c", [], "FETCH 0"],
      ["fetch -1 from c", ["5"], "FETCH 1"],
    ];
    for (const [text, rows, tag] of steps) {
      const expected = ["T rows", ...rows.map((row) => `D ${row}`), `C ${tag}`, "T"];
      expect(await client.query(text), text).to.deep.equal(expected);
    }
    expect(await client.query("move backward all in c; move 3 in c; fetch c")).to.deep.equal([
      "C MOVE 4",
      "C MOVE 3",
      "T rows",
      "D 4",
      "C FETCH 1",
      "T",
    ]);
  });

  it("belong to their transaction unless they are held", async () => {
    expect(await client.query("declare c cursor for select rows(1)")).to.include(
      "E 25P01 DECLARE CURSOR can only be used in transaction blocks",
    );
    await client.query("declare h cursor with hold for select rows(2)");
    expect(await client.query("fetch h")).to.deep.equal(["T rows", "D 1", "C FETCH 1", "I"]);
    await client.query("begin; declare c cursor for select rows(1)");
    expect(await client.query("commit; fetch h; fetch c")).to.include.members([
      "D 2",
      'E 34000 cursor "c" does not exist',
    ]);
    expect(await client.query("close h; close h")).to.deep.equal([
      "C CLOSE CURSOR",
      'E 34000 cursor "h" does not exist',
      "I",
    ]);
    expect(await client.query("close all")).to.include("C CLOSE CURSOR ALL");
  });

  it("die with the savepoint inside which they were made", async () => {
    await client.query(
      "begin; savepoint a; declare c cursor for select rows(3); savepoint b; declare d cursor for select rows(3)",
    );
    await client.query("release b; rollback to a");
    expect(await client.query("fetch c")).to.include('E 34000 cursor "c" does not exist');
  });

  it("go forward only when they were declared so", async () => {
    const refused = "E 55000 cursor can only scan forward";
    const moves: [string, boolean][] = [
      ["fetch prior from c", false],
      ["fetch absolute 1 from c", false],
      ["fetch absolute 0 from c", false],
      ["fetch absolute -1 from c", false],
      ["fetch relative 0 from c", false],
      ["fetch 0 from c", false],
      ["move backward all in c", false],
      ["fetch absolute 4 from c", true],
      ["fetch relative 1 from c", true],
      ["fetch all from c", true],
    ];
    for (const [text, isAllowed] of moves) {
      await client.query("begin; declare c no scroll cursor for select rows(5); fetch 2 from c");
      const answer = await client.query(text);
      expect(answer.includes(refused), text).to.equal(!isAllowed);
      await client.query("rollback");
    }
  });
});
