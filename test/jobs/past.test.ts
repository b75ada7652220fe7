/**
 * Reading what was there: FOR SYSTEM_TIME AS OF within time_travel_retention_ms, and the last
 * checkpoint under visibility_mode = checkpoint.
 */
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { JobStage, until } from "./job-stage.ts";

const TOO_OLD =
  "72000 snapshot too old DETAIL Row versions of that time are not kept." +
  " HINT time_travel_retention_ms says how long they are kept.";
const HOUR_MS = 3_600_000;
const AS_OF = "for system_time as of";

describe("a query that reads the past", () => {
  let stage: JobStage;
  /** Behind what was done before, and before what is done next. */
  const moment = async () => {
    await stage.ask("select pg_sleep(0.002)");
    const now = await stage.value("select clock_timestamp()::text");
    await stage.ask("select pg_sleep(0.002)");
    return `${AS_OF} '${now}'`;
  };
  const keep = (ms: number) => stage.ask(`alter system set time_travel_retention_ms = ${ms}`);

  before(async () => {
    stage = await JobStage.open({ barrierMs: HOUR_MS });
  });
  afterEach(async () => {
    await stage.ask("reset visibility_mode; drop table if exists t, u, p cascade");
    await stage.ask("alter system reset all");
  });
  after(() => stage.close());

  it("sees the rows of then through joins, views, materialized views and younger indexes", async () => {
    await keep(HOUR_MS);
    await stage.fill("t", 100);
    await stage.ask("create view w as select id from t where v = 3");
    await stage.ask("create materialized view m as select v, count(*) as n from t group by v");
    const then = await moment();
    await stage.ask("delete from t where id <= 50; update t set v = 3 where v = 4");
    for (const text of ["flush", "vacuum"]) await stage.ask(text);
    await stage.ask("create index on t (v); create index on t (id)");
    const both = async (text: string) => {
      const now = await stage.ask(text.replaceAll("@", ""));
      return [now, await stage.ask(text.replaceAll("@", then))];
    };
    expect(await both("select count(*) from t @")).to.deep.equal([[["50"]], [["100"]]]);
    expect(await both("select id from t @ where id = 7")).to.deep.equal([[], [["7"]]]);
    expect(await both("select count(*) from w @ as x")).to.deep.equal([[["10"]], [["10"]]]);
    expect(await both("select n from m @ where v = 3")).to.deep.equal([[["10"]], [["10"]]]);
    expect(await both("select n from m @ where v = 4")).to.deep.equal([[], [["10"]]]);
    expect(
      await both("with c as (select * from t @) select count(*) from c, t @ a where c.id = a.v"),
    ).to.deep.equal([[["0"]], [["90"]]]);
    await stage.ask(`prepare q as select count(*) from t ${then} where v = $1`);
    expect(await stage.value("execute q (4)")).to.equal("10");
    await stage.ask("deallocate q; begin; delete from t");
    await stage.ask(`declare c cursor for select id from t ${then} order by id`);
    expect(await stage.ask("fetch 2 from c")).to.deep.equal([["1"], ["2"]]);
    await stage.ask("rollback");
    const plan = await stage.ask(`explain (analyze, timing off) select * from t ${then}`);
    expect(plan.flat().join("\n")).to.match(/rows=100/);
  });

  it("reads two times in one query, that of now among them", async () => {
    await keep(HOUR_MS);
    await stage.fill("t", 100);
    await stage.ask("create index on t (id)");
    await stage.ask("create view w as select id from t where v = 3");
    await stage.ask("create materialized view m as select v, count(*) as n from t group by v");
    await stage.ask("create table p (a int, b int) partition by list (a)");
    await stage.ask("create table p1 partition of p for values in (1)");
    await stage.ask("create table p2 partition of p for values in (2)");
    await stage.ask("insert into p values (1, 1), (2, 2)");
    const first = await moment();
    await stage.ask("delete from t where id <= 50; insert into p values (1, 3)");
    for (const text of ["flush", "vacuum"]) await stage.ask(text);
    const second = await moment();
    await stage.ask("delete from t where id <= 90; delete from p");
    await stage.ask("insert into t select g, 3 from generate_series(200, 3000) g");
    await stage.ask("flush");
    for (const [text, rows] of [
      ["select (select count(*) from t @1), (select count(*) from t @2)", [["100", "50"]]],
      ["select (select count(*) from t @2), (select count(*) from t @1)", [["50", "100"]]],
      ["select (select count(*) from t), (select count(*) from t @1)", [["2811", "100"]]],
      ["select (select count(*) from t @2), (select count(*) from t)", [["50", "2811"]]],
      ["select (select count(*) from t @2), (select count(*) from t @2)", [["50", "50"]]],
      ["select count(*) from t @1 a join t @2 b using (id)", [["50"]]],
      ["select count(*) from t a join t @1 b on a.id = b.id", [["10"]]],
      ["select a.id, b.id from t a right join t @1 b on a.id = b.id where b.id = 7", [[null, "7"]]],
      ["select (select count(*) from w @1), (select count(*) from w)", [["10", "2802"]]],
      ["select a.n, b.n from m @1 a join m b using (v) where v = 3", [["10", "2802"]]],
      ["select (select count(*) from p @1), (select count(*) from p @2)", [["2", "3"]]],
      ["select (select count(*) from p @2), (select count(*) from p)", [["3", "0"]]],
      ["select id from t @1 except select id from t @2 order by 1 limit 2", [["1"], ["2"]]],
      [
        "with c as (select * from t @1) select count(*) from c where id in (select id from t)",
        [["10"]],
      ],
      ["select count(*) from w @2 x, pg_class c where c.relname = 'w'", [["5"]]],
      ["select relname from pg_class, t @1 where relname = 'w' and id = 1", [["w"]]],
    ] as const) {
      const asked = text.replaceAll("@1", first).replaceAll("@2", second);
      expect(await stage.ask(asked), text).to.deep.equal(rows);
    }
    const both = `select count(*) from t ${first} a left join t b using (id) where b.id is null`;
    await stage.ask(`prepare q as ${both}; begin; declare c cursor for ${both}`);
    await stage.ask("lock table t in share mode");
    expect(await stage.ask("fetch c; execute q")).to.deep.equal([["90"], ["90"]]);
    expect(await stage.ask(`explain analyze ${both}`)).to.not.be.empty;
    await stage.ask("delete from t where id > 90");
    expect(await stage.wrong(both)).to.match(
      /^0A000 .*beside rows that the transaction has changed/,
    );
    await stage.ask("rollback; deallocate q");
    expect(await stage.value(`select count(*) from t ${AS_OF} now()`)).to.equal("2811");
  });

  it("reads any number of times in one query", async () => {
    await keep(HOUR_MS);
    await stage.ask("create table t (a int); create view w as select a from t");
    await stage.ask("create materialized view m as select sum(a) as a from t");
    const times: string[] = [];
    for (let i = 1; i <= 5; i++) {
      // Some are bulks, which are told apart by another way than by their epochs.
      await stage.ask(`insert into t values (${i})`);
      if (i % 2 === 0) await stage.ask(`insert into t select 0 from generate_series(1, 3000)`);
      await stage.ask("flush");
      await stage.ask("vacuum");
      times.push(await moment());
    }
    await stage.ask("delete from t");
    await stage.ask("flush");
    const all = times.map((time) => `(select sum(a) from t ${time})`);
    for (const [text, row] of [
      [`select ${all}`, ["1", "3", "6", "10", "15"]],
      [`select ${all.toReversed()}`, ["15", "10", "6", "3", "1"]],
      [`select ${all}, (select sum(a) from t)`, ["1", "3", "6", "10", "15", null]],
      [`select count(*), ${all} from t`, ["0", "1", "3", "6", "10", "15"]],
      [
        `select x.a, y.a, z.a, (select count(*) from m ${times[2]}), (select sum(a) from w ${times[1]})
          from m ${times[3]} x, m ${times[0]} y, m z`,
        ["10", "1", null, "1", "3"],
      ],
      [
        `select a from t ${times[4]} except select a from t ${times[3]} except select a from t ${times[2]}`,
        ["5"],
      ],
    ] as const) {
      expect(await stage.ask(text), text).to.deep.equal([row]);
    }
    const [first, second, third] = times;
    const counts = [first, second, third].map((time) => `(select count(*) from t ${time})`);
    await stage.ask(`prepare q as select ${counts}`);
    expect(await stage.ask("execute q")).to.deep.equal([["1", "3002", "3003"]]);
    expect(await stage.ask("explain execute q")).to.not.be.empty;
    await stage.ask("deallocate q");
  });

  it("takes seconds since 1970 and a time before now", async () => {
    await keep(HOUR_MS);
    await stage.ask("create table t (a int); insert into t values (1)");
    const seconds = "select ceil(extract(epoch from clock_timestamp()))::int";
    const whole = await stage.value(seconds);
    await until("the second is over", async () => (await stage.value(seconds)) !== whole);
    await stage.ask("update t set a = 2");
    expect(await stage.value(`select a from t for system_time as of ${whole}`)).to.equal("1");
    for (const time of ["now() - '0' second", "NOW() - interval '0 seconds'"]) {
      expect(await stage.value(`select a from t for system_time as of ${time}`)).to.equal("2");
    }
  });

  it("is refused where it means nothing", async () => {
    await keep(HOUR_MS);
    await stage.ask("create table p (a int) partition by list (a)");
    await stage.ask("create table t (a int); create table u (a int)");
    await stage.ask("insert into t values (1)");
    const then = await moment();
    const now = `${AS_OF} now() - '0' second`;
    await stage.ask("create table p1 partition of p for values in (1); truncate u");
    const NOT_READ = "DETAIL Its rows of that time cannot be read.";
    for (const [text, error] of [
      [`select * from p1 ${then}`, `55000 relation "p1" was created later ${NOT_READ}`],
      [`select * from u ${then}`, `55000 relation "u" was written anew since ${NOT_READ}`],
      [`select * from p ${then}`, `55000 relation "p" has other children since ${NOT_READ}`],
      ["select * from t for system_time as of 'when'", /^22007 .*"when"/],
      [
        "select * from t for system_time as of '2999-01-01'",
        "22023 a query cannot read the future",
      ],
      [`select * from t ${AS_OF} now() - '1 hour'`, TOO_OLD],
      ["select * from t for system_time as of 1", TOO_OLD],
      [`select * from t ${then} for update`, /^0A000 FOR UPDATE with FOR SYSTEM_TIME AS OF is not/],
      [`select * from t ${then}, t ${now} a, t ${AS_OF} '2000-01-01' b`, TOO_OLD],
      [`select * from t ${then} a, t ${now} b, u ${then}`, /^55000 relation "u" was written anew/],
      [
        `with c as (select 1) select * from t, c ${then}`,
        /^0A000 FOR SYSTEM_TIME AS OF of a WITH query is not/,
      ],
      [
        `select * from t, pg_class ${then}`,
        /^0A000 FOR SYSTEM_TIME AS OF of a system catalog beside another time is not/,
      ],
      [`select * from t, u ${then}`, `55000 relation "u" was written anew since ${NOT_READ}`],
      [`create view w as select * from t ${then}`, /^0A000 FOR SYSTEM_TIME AS OF in CREATE VIEW/],
      [`insert into t select * from t ${then}`, /^0A000 FOR SYSTEM_TIME AS OF in INSERT is not/],
      [
        `create function f() returns bigint language sql as $$ select count(*) from t ${now} $$`,
        /^0A000 FOR SYSTEM_TIME AS OF in a function is not/,
      ],
      [
        `create procedure f() language sql as $$ select 1; select count(*) from t ${now} $$; call f()`,
        /^0A000 FOR SYSTEM_TIME AS OF in a function is not/,
      ],
      [
        `create function g() returns bigint language plpgsql as
          $$ begin return (select count(*) from t, t ${now} a); end $$; select g()`,
        /^0A000 FOR SYSTEM_TIME AS OF in a function is not/,
      ],
      ["select * from t for system_time as of proctime()", /^0A000 .* PROCTIME\(\) is not/],
      ["select * from t for system_version as of 3", /^0A000 FOR SYSTEM_VERSION AS OF is not/],
      [`select a from t as x ${then}`, '42601 syntax error at or near "for"'],
      ["select * from t for system_time as off 1", '42601 syntax error at or near "off"'],
      ["select * from t for system_time as of a", '42601 syntax error at or near "a"'],
      ["select * from t for system_time as of;", '42601 syntax error at or near ";"'],
      ["select * from t for system_time as of", "42601 syntax error at end of input"],
    ] as const) {
      const wrong = await stage.wrong(text);
      if (typeof error === "string") expect(wrong, text).to.equal(error);
      else expect(wrong, text).to.match(error);
    }
  });

  it("finds what is kept behind a restart, and nothing once it is not kept", async () => {
    await stage.ask("create table t (a int); insert into t values (1)");
    const before = await moment();
    await keep(HOUR_MS);
    const then = await moment();
    await stage.ask("update t set a = 2");
    await stage.ask("vacuum t");
    await stage.restart();
    await stage.ask("update t set a = 3");
    await stage.ask("vacuum t");
    expect(await stage.value(`select a from t ${then}`)).to.equal("1");
    expect(await stage.wrong(`select a from t ${before}`)).to.equal(TOO_OLD);
    await keep(1);
    await until("it is too old", async () => {
      await stage.ask("vacuum t");
      return (await stage.wrong(`select a from t ${then}`)) === TOO_OLD;
    });
    await keep(0);
    expect(await stage.wrong(`select a from t ${await moment()}`)).to.equal(TOO_OLD);
  });

  const t = () => stage.ask("select a from t order by a").then((rows) => rows.flat().join());

  it("sees the last checkpoint under visibility_mode = checkpoint", async () => {
    await stage.ask("set visibility_mode to checkpoint");
    await stage.ask("create table t (a int); insert into t values (1)");
    // A table that the last one has not is waited for.
    expect(await t()).to.equal("1");
    await stage.ask("create materialized view m as select sum(a) as s from t");
    expect(await stage.value("select s from m")).to.equal("1");
    await stage.ask("insert into t values (2)");
    await stage.ask("vacuum t");
    expect([await t(), await stage.value("select s from m")]).to.deep.equal(["1", "1"]);
    await stage.ask("flush");
    expect([await t(), await stage.value("select s from m")]).to.deep.equal(["1,2", "3"]);
    await stage.ask("delete from t where a = 1");
    for (let i = 0; i < 2; i++) {
      await stage.ask("vacuum t");
      expect(await t()).to.equal("1,2");
    }
    await stage.ask("truncate t");
    expect(await t()).to.equal("");
    await stage.ask("insert into t values (5)");
    const made = "select count(*) from pg_class where relname = 'fresh'";
    await stage.ask("create view fresh as select 1");
    expect(await stage.value(made)).to.equal("1");
    await stage.ask("drop view fresh");
  });

  it("sees what it has changed, and in blocks what there is, under any visibility_mode", async () => {
    await stage.ask("set visibility_mode to checkpoint");
    for (const text of ["create table t (a int)", "flush", "insert into t values (1)"]) {
      await stage.ask(text);
    }
    expect(await t()).to.equal("");
    expect(await stage.ask("begin; select a from t; commit")).to.deep.equal([["1"]]);
    expect(await stage.ask("insert into t values (2); select count(*) from t")).to.deep.equal([
      ["2"],
    ]);
    expect(await stage.ask("select a from t for update")).to.have.length(2);
    await stage.ask("insert into t select a + 2 from t");
    for (const mode of ["all", "default", "'ALL'"]) {
      await stage.ask(`set visibility_mode = ${mode}`);
      expect(await t()).to.equal("1,2,3,4");
    }
    await stage.ask("set visibility_mode to checkpoint");
    expect(await stage.value("show visibility_mode")).to.equal("checkpoint");
    expect(await stage.wrong("set visibility_mode = 'some'")).to.match(/^22023 /);
    expect(await stage.wrong("set visibility_mode = all all")).to.equal(
      '42601 syntax error at or near "all"',
    );
  });
});
