/** Materialized views whose queries go by the clock: their rows change though no table does. */
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { JobStage, until } from "./job-stage.ts";

const EARLIER = "ts > now() - interval '400 ms'";

/** Each holds something at first, and something else when that time is over. */
const MOVING: readonly (readonly [name: string, query: string])[] = [
  ["a condition", `select ts from t where ${EARLIER}`],
  ["a condition of a view", "select ts from fresh"],
  [
    "a condition of a join",
    "select a.ts from t a join t b on a.ts = b.ts and a.ts > now() - '0.4 s'::interval",
  ],
  ["a condition of groups", `select count(*) as n from t group by ts having bool_or(${EARLIER})`],
  ["an aggregate", `select count(*) filter (where ${EARLIER}) as n from t`],
  ["a sub-select", `select (select count(*) from t where ${EARLIER}) as n`],
  ["a function in FROM", "select s from generate_series(now() - '1 s'::interval, now(), '1 s') s"],
  ["a function in SQL", "select ts from t where is_fresh(ts)"],
  ["one part of a union", `select ts from t where ${EARLIER} union all select null`],
  ["a WITH query", `with f as (select ts from t where ${EARLIER}) select count(*) as n from f`],
  ["the clock itself", "select ts from t where ts > statement_timestamp() - interval '400 ms'"],
  ["the local time", "select ts from t where ts > localtimestamp - interval '400 ms'"],
];

describe("materialized views that go by the clock", () => {
  let stage: JobStage;

  before(async () => {
    stage = await JobStage.open({ barrierMs: 50 });
    await stage.ask("create table t (ts timestamptz)");
    await stage.ask(`create view fresh as select * from t where ${EARLIER}`);
    await stage.ask(
      `create function is_fresh(ts timestamptz) returns bool stable return ${EARLIER}`,
    );
  });
  after(() => stage.close());

  const rowsOf = (name: string) => stage.ask(`select v::text from "${name}" v order by 1`);

  for (const [name, query] of MOVING) {
    it(`${name}: ${query}`, async () => {
      await stage.ask("truncate t");
      await stage.ask("insert into t values (now() + interval '300 ms')");
      await stage.ask(`create materialized view "${name}" as ${query}`);
      const before = await rowsOf(name);
      await until("the time is over", async () => {
        return JSON.stringify(await rowsOf(name)) !== JSON.stringify(before);
      });
      await stage.ask(`drop materialized view "${name}"`);
    });
  }

  it("a time that is a value of a row is that of its making", async () => {
    await stage.ask("create materialized view made as select now() as at, count(*) as n from t");
    await stage.ask("flush");
    const made = await stage.value("select at from made");
    await stage.ask("flush");
    await stage.ask("flush");
    expect(await stage.value("select at from made")).to.equal(made);
    await stage.ask("insert into t values (null)");
    await stage.ask("flush");
    expect(await stage.value("select at from made")).not.to.equal(made);
  });

  it("one whose rows stay as they are leaves nothing in the log", async () => {
    await stage.ask("create materialized view past as select * from t where ts < now()");
    const epoch = () => stage.value("select max(epoch) from rw_ddl_history");
    const written = "select pg_current_wal_lsn()";
    await stage.ask("flush");
    const [before, at] = [await epoch(), await stage.value(written)];
    for (let i = 0; i < 3; i++) await stage.ask("flush");
    expect([await epoch(), await stage.value(written)]).to.deep.equal([before, at]);
  });

  it("is one after a restart, too", async () => {
    await stage.ask("truncate t");
    await stage.ask(`create materialized view again as select ts from t where ${EARLIER}`);
    await stage.restart();
    await stage.ask("flush");
    await stage.ask("insert into t values (now() + interval '300 ms')");
    await stage.ask("flush");
    expect(await rowsOf("again")).to.have.length(1);
    await until("the time is over", async () => (await rowsOf("again")).length === 0);
  });

  it("is no failure when the view was dropped before it could be maintained", async () => {
    await stage.ask("create materialized view gone as select count(*) from t");
    const other = await stage.session();
    await other.ask("begin; drop materialized view gone");
    await stage.ask("insert into t values (null)");
    const flushed = stage.ask("flush");
    await until("its maintenance waits", async () => {
      return (await stage.value("select count(*) from pg_locks where not granted")) !== "0";
    });
    await other.ask("commit");
    await flushed;
    other.close();
    const events = "select info from rw_event_logs where event_type = 'VIEW_NOT_MAINTAINED'";
    expect(await stage.ask(events)).to.deep.equal([]);
  });
});
