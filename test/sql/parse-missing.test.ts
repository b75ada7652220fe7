/** What RisingWave has and nothing here is behind: the parser refuses it by its name. */
import { expect } from "chai";
import { SqlError } from "../../src/base/sql-error.ts";
import { loadGrammar } from "../../src/sql/parse/grammar.ts";
import { parse } from "../../src/sql/parse/parse.ts";

describe("what the parser refuses by its name", () => {
  before(loadGrammar);

  it("names what is not there, at its place", () => {
    const refusals = (text: string) =>
      parse(text)
        .map(({ body }) => body)
        .map((body) =>
          body.kind === "refused" ? [body.error.message, body.error.fields.position] : body.kind,
        );
    for (const [text, what, position] of [
      ["create secret s with (backend = 'meta') as 'x'", "CREATE SECRET", 1],
      ["drop secret s", "DROP SECRET", 1],
      ["grant usage on connection c to r", "GRANT … ON CONNECTION", 13],
      ["create subscription s from t with (retention = '1D')", "CREATE SUBSCRIPTION … FROM", 23],
      ["alter subscription a.s swap with b", "ALTER SUBSCRIPTION … SWAP WITH", 24],
      ["declare c subscription cursor for s", "DECLARE SUBSCRIPTION CURSOR", 1],
      ["alter fragment 5 set rate_limit = 1", "ALTER FRAGMENT", 1],
      ["describe fragments m", "DESCRIBE FRAGMENTS", 1],
      ["explain analyze materialized view m", "EXPLAIN ANALYZE MATERIALIZED VIEW", 1],
      ["use dev", "USE", 1],
      ["create table t (a int, watermark for a as a - 1)", "CREATE TABLE … WATERMARK FOR", 24],
      [
        "create source s (a int, watermark for a as a - 1) with (connector = 'datagen')",
        "CREATE SOURCE … WATERMARK FOR",
        25,
      ],
      [
        "create table t (a int) append only with version column (a)",
        "CREATE TABLE … WITH VERSION COLUMN",
        36,
      ],
      [
        "create table t (a int primary key) on conflict do nothing",
        "CREATE TABLE … ON CONFLICT",
        36,
      ],
      ["create table t (a struct<b int>)", "CREATE TABLE … STRUCT <", 19],
      [
        "create table t (a int) with (connector = 'x', a.b.c = 'd')",
        "CREATE TABLE … CONNECTOR =",
        30,
      ],
      ["create table t (a int) include key as k", "CREATE TABLE … INCLUDE KEY", 24],
      ["create index i on t (a) distributed by (a)", "CREATE INDEX … DISTRIBUTED BY", 25],
      [
        "create materialized view m as select 1 emit on window close",
        "CREATE MATERIALIZED VIEW … EMIT ON WINDOW CLOSE",
        40,
      ],
      [
        "create sink k as select 1 emit on window close with (connector = 'blackhole')",
        "CREATE SINK … EMIT ON WINDOW CLOSE",
        27,
      ],
      ["alter materialized view m as select 1", "ALTER MATERIALIZED VIEW AS", 1],
      ["alter materialized view s.m to table", "ALTER MATERIALIZED VIEW TO TABLE", 1],
      ["alter sink s set config (a = 1)", "ALTER SINK … SET CONFIG", 14],
      ["alter table t set parallelism = 2", "ALTER TABLE … SET PARALLELISM", 15],
      ["alter source s reset resource_group", "ALTER SOURCE … RESET RESOURCE_GROUP", 16],
      ["grant usage on secret k to r", "GRANT … ON SECRET", 13],
      ["explain create index i on t (é) distributed by (é)", "CREATE INDEX … DISTRIBUTED BY", 33],
    ] as const) {
      const [refused] = parse(text).map(({ body }) => body);
      const body = refused?.kind === "explain" ? refused.statement.body : refused;
      expect(body?.kind === "refused" && body.error.message, text).to.equal(
        `${what} is not supported`,
      );
      expect(body?.kind === "refused" && body.error.fields.position, text).to.equal(position);
    }
    expect(refusals("select 1; use x; create table t (a int) append only; flush")).to.deep.equal([
      "query",
      ["USE is not supported", 11],
      "createTable",
      "flush",
    ]);
  });

  it("fills no table with what WITH changes", () => {
    const text = "create table c as with w as (delete from t returning *) select * from w";
    const [body] = parse(text).map((each) => each.body);
    expect(body?.kind === "refused" && body.error.message).to.equal(
      "CREATE TABLE AS of WITH that changes rows is not supported",
    );
  });

  it("leaves to the grammar what that reads, and what is wrong in another way", () => {
    const kinds = parse("desc fragments; create table t (config int, use int); flush");
    expect(kinds.map(({ body }) => body.kind)).to.deep.equal(["query", "createTable", "flush"]);
    for (const [text, where, position] of [
      ["create subscription s", "end of input", 22],
      ["create table t (a int) distributed by (a)", 'or near "distributed"', 24],
      ["create index i on t (a) emit on window close", 'or near "emit"', 25],
      ["select 1 emit on window close", 'or near "on"', 15],
      ["create table t (append only)", 'or near "only"', 24],
      ["create table t (a int) append only only", 'or near "only"', 36],
    ] as const) {
      expect(() => parse(text), text)
        .to.throw(SqlError, `syntax error at ${where}`)
        .with.nested.property("fields.position", position);
    }
  });
});
