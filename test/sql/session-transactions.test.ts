import { expect } from "chai";
import { Client } from "./session-client.ts";
import { FakeEngine } from "./session-fake-engine.ts";

const failed =
  "E 25P02 current transaction is aborted, commands ignored until end of transaction block";

/** Statements and the answers to them, one message after the other. */
async function converse(client: Client, script: readonly (readonly [string, ...string[]])[]) {
  for (const [text, ...answers] of script) {
    expect(await client.query(text), text).to.deep.equal(answers);
  }
}

describe("the transaction block of a session", () => {
  let engine: FakeEngine;
  let client: Client;
  beforeEach(async () => {
    engine = new FakeEngine();
    client = await Client.connect(engine);
  });

  it("commits a statement of its own before it says that it is complete", async () => {
    expect(await client.query("create table t (a int)")).to.deep.equal([
      "N NOTICE 00000 creating t",
      "C CREATE TABLE",
      "I",
    ]);
    expect(client.wasSync).to.equal(true);
    expect(engine.log).to.deep.equal(["begin read committed", "commit"]);
    engine.commits = "async";
    expect((await client.query("create table u (a int)")).at(-2)).to.equal("C CREATE TABLE");
    expect(client.wasSync).to.equal(false);
    expect([...engine.committed]).to.deep.equal(["t", "u"]);
  });

  it("answers the error of a failed commit instead of the tag, and has rolled back", async () => {
    for (const commits of ["throws", "rejects"] as const) {
      engine.commits = commits;
      const answer = await client.query("create table t (a int)");
      expect(answer.slice(1)).to.deep.equal(["E 40001 could not serialize access", "I"]);
      expect(engine.log.at(-1)).to.equal("abort");
    }
    expect(engine.committed.size).to.equal(0);
  });

  it("makes several statements of one message one transaction", async () => {
    await client.query("set client_min_messages = error");
    expect(
      await client.query("create table a (x int); create table b (x int); select fail(); select 1"),
    ).to.deep.equal([
      "C CREATE TABLE",
      "C CREATE TABLE",
      "T fail",
      "E 22012 division by zero",
      "I",
    ]);
    expect(engine.committed.size).to.equal(0);
    await client.query("create table a (x int); create table b (x int)");
    expect([...engine.committed]).to.deep.equal(["a", "b"]);
    expect(engine.log.filter((line) => line === "commit")).to.have.length(1);
  });

  it("runs nothing of a message with a syntax error anywhere", async () => {
    expect(await client.query("create table a (x int); selec 2")).to.deep.equal([
      'E 42601 syntax error at or near "selec"',
      "I",
    ]);
    expect(engine.log).to.deep.equal([]);
  });

  it("lets BEGIN take over what the message did before, and COMMIT end it in the middle", async () => {
    await client.query("set client_min_messages = error");
    await converse(client, [
      [
        "create table a (x int); begin; create table b (x int)",
        "C CREATE TABLE",
        "C BEGIN",
        "C CREATE TABLE",
        "T",
      ],
      [
        "commit; create table c (x int); select fail()",
        "C COMMIT",
        "C CREATE TABLE",
        "T fail",
        "E 22012 division by zero",
        "I",
      ],
    ]);
    expect([...engine.committed]).to.deep.equal(["a", "b"]);
  });

  it("fails the block at an error and says so until it ends", async () => {
    await converse(client, [
      ["begin", "C BEGIN", "T"],
      ["select fail()", "T fail", "E 22012 division by zero", "E"],
      ["select 1", failed, "E"],
      ["create table t (a int)", failed, "E"],
      ["savepoint s", failed, "E"],
      ["show datestyle", failed, "E"],
      ["listen x", failed, "E"],
      ["begin", failed, "E"],
      [";", "I", "E"],
      ["selec", 'E 42601 syntax error at or near "selec"', "E"],
      ["commit", "C ROLLBACK", "I"],
    ]);
    expect(engine.log).to.deep.equal(["begin read committed", "abort"]);
  });

  it("warns where there is nothing to begin or to end", async () => {
    await converse(client, [
      ["commit", "N WARNING 25P01 there is no transaction in progress", "C COMMIT", "I"],
      ["rollback", "N WARNING 25P01 there is no transaction in progress", "C ROLLBACK", "I"],
      [
        "begin; begin",
        "C BEGIN",
        "N WARNING 25001 there is already a transaction in progress",
        "C BEGIN",
        "T",
      ],
      ["rollback", "C ROLLBACK", "I"],
      [
        "set local work_mem = 100",
        "N WARNING 25P01 SET LOCAL can only be used in transaction blocks",
        "C SET",
        "I",
      ],
      [
        "set transaction read only",
        "N WARNING 25P01 SET TRANSACTION can only be used in transaction blocks",
        "C SET",
        "I",
      ],
      ["commit and chain", "E 25P01 COMMIT AND CHAIN can only be used in transaction blocks", "I"],
      [
        "rollback and chain",
        "E 25P01 ROLLBACK AND CHAIN can only be used in transaction blocks",
        "I",
      ],
      ["savepoint s", "E 25P01 SAVEPOINT can only be used in transaction blocks", "I"],
      ["release s", "E 25P01 RELEASE SAVEPOINT can only be used in transaction blocks", "I"],
      [
        "rollback to s",
        "E 25P01 ROLLBACK TO SAVEPOINT can only be used in transaction blocks",
        "I",
      ],
    ]);
  });

  it("goes back to savepoints, out of a failed block too", async () => {
    await client.query("set client_min_messages = error");
    await converse(client, [
      [
        "begin; create table a (x int); savepoint s; create table b (x int)",
        "C BEGIN",
        "C CREATE TABLE",
        "C SAVEPOINT",
        "C CREATE TABLE",
        "T",
      ],
      ["select fail()", "T fail", "E 22012 division by zero", "E"],
      ["rollback to nope", 'E 3B001 savepoint "nope" does not exist', "E"],
      ["rollback to s", "C ROLLBACK", "T"],
      ["create table b (x int)", "C CREATE TABLE", "T"],
      ["release s", "C RELEASE", "T"],
      ["rollback to s", 'E 3B001 savepoint "s" does not exist', "E"],
      ["rollback", "C ROLLBACK", "I"],
      [
        "begin; savepoint s; create table c (x int); rollback to s; create table d (x int); commit",
        "C BEGIN",
        "C SAVEPOINT",
        "C CREATE TABLE",
        "C ROLLBACK",
        "C CREATE TABLE",
        "C COMMIT",
        "I",
      ],
    ]);
    expect([...engine.committed]).to.deep.equal(["d"]);
  });

  it("chains transactions with the modes of the one before", async () => {
    await converse(client, [
      ["begin isolation level serializable read only", "C BEGIN", "T"],
      ["commit and chain", "C COMMIT", "T"],
      [
        "show transaction_isolation; show transaction_read_only",
        "T transaction_isolation",
        "D serializable",
        "C SHOW",
        "T transaction_read_only",
        "D on",
        "C SHOW",
        "T",
      ],
      ["select fail()", "T fail", "E 22012 division by zero", "E"],
      ["rollback and chain", "C ROLLBACK", "T"],
      ["show transaction_isolation", "T transaction_isolation", "D serializable", "C SHOW", "T"],
      ["commit", "C COMMIT", "I"],
    ]);
  });

  it("changes a transaction's modes only before its first query", async () => {
    await converse(client, [
      [
        "begin; set transaction isolation level repeatable read; select 1",
        "C BEGIN",
        "C SET",
        "T ?column?",
        "D 1",
        "C SELECT 1",
        "T",
      ],
      ["set transaction isolation level repeatable read", "C SET", "T"],
      [
        "set transaction isolation level serializable",
        "E 25001 SET TRANSACTION ISOLATION LEVEL must be called before any query",
        "E",
      ],
      [
        "rollback; begin read only; select 1; set transaction read write",
        "C ROLLBACK",
        "C BEGIN",
        "T ?column?",
        "D 1",
        "C SELECT 1",
        "E 25001 transaction read-write mode must be set before any query",
        "E",
      ],
      [
        "rollback; begin; savepoint s; set transaction isolation level serializable",
        "C ROLLBACK",
        "C BEGIN",
        "C SAVEPOINT",
        "E 25001 SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction",
        "E",
      ],
      ["rollback", "C ROLLBACK", "I"],
    ]);
    expect(engine.log).to.include("begin repeatable read");
  });

  it("refuses changes in read-only transactions", async () => {
    await converse(client, [
      ["begin read only", "C BEGIN", "T"],
      [
        "create table t (a int)",
        "E 25006 cannot execute CREATE TABLE in a read-only transaction",
        "E",
      ],
      [
        "rollback; begin read only; select nextval('s')",
        "C ROLLBACK",
        "C BEGIN",
        "T nextval",
        "E 25006 cannot execute nextval() in a read-only transaction",
        "E",
      ],
      [
        "rollback; set default_transaction_read_only = on",
        "C ROLLBACK",
        "C SET",
        "S default_transaction_read_only=on",
        "I",
      ],
      ["drop table t", "E 25006 cannot execute DROP TABLE in a read-only transaction", "I"],
    ]);
  });

  it("creates and drops databases alone only", async () => {
    await converse(client, [
      [
        "begin; create database d",
        "C BEGIN",
        "E 25001 CREATE DATABASE cannot run inside a transaction block",
        "E",
      ],
      ["rollback", "C ROLLBACK", "I"],
      [
        "select 1; drop database d",
        "T ?column?",
        "D 1",
        "C SELECT 1",
        "E 25001 DROP DATABASE cannot run inside a transaction block",
        "I",
      ],
      ["create database d", "C CREATE DATABASE", "I"],
    ]);
  });

  it("raises what a statement cannot do when its turn comes, not before", async () => {
    await converse(client, [
      [
        "select 1; load 'x'",
        "T ?column?",
        "D 1",
        "C SELECT 1",
        "E 0A000 LOAD is not supported",
        "I",
      ],
    ]);
  });
});
