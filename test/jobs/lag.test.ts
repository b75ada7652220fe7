/**
 * Sinks and views that are behind: what is kept for them, up to which bound, and what becomes of
 * them behind it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { JobStage, type Row, type StageOptions, until } from "./job-stage.ts";

describe("sinks and views that are behind", () => {
  let stage: JobStage;
  let path: string;

  beforeEach(() => {
    path = join(mkdtempSync(join(tmpdir(), "catalogd-lag-")), "k");
  });
  afterEach(async () => {
    await stage.close();
    rmSync(join(path, ".."), { recursive: true });
  });

  /** t and another table; k, a sink over t to a file. */
  const open = async (options: StageOptions = {}) => {
    stage = await JobStage.open(options);
    await stage.fill("t", 3);
    await stage.fill("other", 100);
    await stage.ask(`create sink k from t with (connector = 'file', path = '${path}')`);
  };
  const run = async (texts: string): Promise<void> => {
    for (const text of texts.split("; ")) await stage.ask(text);
  };
  const stateOf = async (name: string): Promise<Row> =>
    (await stage.ask(`select state, error from rw_catalog.rw_sinks where name = '${name}'`))[0] ??
    [];
  /** Ids that are left when the lines are followed. */
  const ids = (): number[] => {
    const left = new Set<number>();
    for (const line of readFileSync(path, "utf8").trimEnd().split("\n")) {
      const { op, row } = JSON.parse(line);
      if (op === "insert") left.add(row.id);
      else left.delete(row.id);
    }
    return [...left].sort((a, b) => a - b);
  };
  /** Its file is empty, which it does not stand; what it has written comes back by the answer. */
  const takeAway = () => {
    const written = readFileSync(path);
    writeFileSync(path, "");
    return () => writeFileSync(path, written);
  };
  /** Ended versions of the other table that vacuum leaves. */
  const kept = async () => {
    await stage.ask("vacuum other");
    const dead = "select n_dead_tup from pg_stat_all_tables where relname = 'other'";
    return Number(await stage.value(dead));
  };

  it("a sink that has nothing to do goes on where vacuum was behind it, after a start", async () => {
    await open();
    for (let i = 0; i < 3; i++) await stage.ask("update other set v = v + 1");
    await stage.ask("flush");
    expect(await kept()).to.equal(0);
    await stage.restart();
    await run("insert into t values (4, 4); flush");
    expect(await stateOf("k")).to.deep.equal(["running", null]);
    expect(ids()).to.deep.equal([1, 2, 3, 4]);
  });

  it("a sink that was away hears of TRUNCATE later, unasked", async () => {
    await open({ retryMsMax: 100 });
    const comeBack = takeAway();
    await run("truncate t; flush; flush");
    expect((await stateOf("k"))[0]).to.equal("failing");
    comeBack();
    await until("it is tried again", async () => (await stateOf("k"))[0] === "running");
    expect(ids()).to.deep.equal([]);
  });

  it("what was truncated before the first barrier is told at that", async () => {
    await open({ barrierMs: 60_000 });
    await run("create materialized view m as select id from t; truncate t; flush");
    expect(ids()).to.deep.equal([]);
    expect(await stage.value("select count(*) from m")).to.equal("0");
  });

  it("a sink over a join follows when all of an input is replaced, again and again", async () => {
    await open({ retryMsMax: 50 });
    await run("create table u as select g as id, 'a' as w from generate_series(1, 3) g");
    await run("create materialized view m as select id, w from u; drop sink k");
    rmSync(path);
    await stage.ask(`create sink k as select t.id, m.w from t join m using (id)
      with (connector = 'file', path = '${path}')`);
    await run("truncate t; flush");
    expect(ids()).to.deep.equal([]);
    await run("insert into t select g, g from generate_series(2, 900) g; truncate u; flush");
    await run("insert into u select g, 'b' from generate_series(3, 800) g; flush");
    const comeBack = takeAway();
    await run("refresh materialized view m; alter table t alter v type text; flush");
    expect((await stateOf("k"))[0]).to.equal("failing");
    comeBack();
    await until("it has followed", async () => ids().length === 798);
    await run("update u set w = 'c'; delete from t where id > 10; flush; flush");
    expect(ids()).to.deep.equal([3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("a view whose tables were locked behind TRUNCATE hears of it later", async () => {
    await open();
    await stage.ask("create materialized view m as select id from t");
    const [first, second] = [await stage.session(), await stage.session()];
    await first.ask("begin; truncate t");
    second.start("begin; lock table t in access exclusive mode");
    await first.ask("commit");
    await second.answered();
    await run("flush; flush");
    await second.ask("commit");
    await run("flush");
    expect(await stage.value("select count(*) from m")).to.equal("0");
  });

  it("a sink that does not get on is lost beyond the bound, and holds nothing back", async () => {
    await open({ lagBytes: 100_000, retryMsMax: 50 });
    await stage.ask("create sink b from t with (connector = 'blackhole')");
    takeAway();
    await run("insert into t values (4, 4); flush");
    expect((await stateOf("k"))[0]).to.equal("failing");
    await run("update other set v = v + 1; flush");
    expect(await kept()).to.equal(100);
    const before = stage.storage.sequencer.position.lsn;
    await until("it is lost", async () => {
      await stage.ask("update other set v = v + 1");
      return (await stateOf("k"))[0] === "lost";
    });
    expect(Number(stage.storage.sequencer.position.lsn - before)).to.be.within(50_000, 1_000_000);
    const why = "it was further behind than max_lag_size allows; drop it and create it again";
    expect(await stateOf("k")).to.deep.equal(["lost", why]);
    expect(await stateOf("b")).to.deep.equal(["running", null]);
    const events = `select info ->> 'error' from rw_catalog.rw_event_logs
      where event_type = 'SINK_LOST'`;
    expect(await stage.ask(events)).to.deep.equal([[why]]);
    await stage.ask("flush");
    expect(await kept()).to.equal(0);
    await stage.restart();
    await run("insert into t values (5, 5); flush");
    expect(await stateOf("k")).to.deep.equal(["lost", why]);
    expect(readFileSync(path, "utf8")).to.equal("");
    await run("drop sink k");
    await stage.ask(`create sink k from t with (connector = 'file', path = '${path}')`);
    expect(ids()).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it("a sink that is paused is no exception, and the bound outlasts a start", async () => {
    await open({ lagBytes: 100_000 });
    await run("alter sink k set sink_rate_limit = 0; insert into t values (4, 4); flush");
    await run("update other set v = v + 1; update other set v = v + 1; flush");
    await stage.restart();
    await until("it is lost", async () => {
      await stage.ask("update other set v = v + 1");
      return (await stateOf("k"))[0] === "lost";
    });
    await stage.ask("alter sink k set sink_rate_limit = default");
    await stage.ask("flush");
    expect((await stateOf("k"))[0]).to.equal("lost");
    await stage.ask("drop sink k");
  });

  it("a delivery that takes too long ends there", async () => {
    await open({ lagBytes: 100_000 });
    await run("alter sink k set sink_rate_limit = 1; flush");
    await stage.ask("insert into t select g, g from generate_series(4, 5000) g");
    await until("it is lost", async () => {
      await stage.ask("update other set v = v + 1");
      return (await stateOf("k"))[0] === "lost";
    });
    await stage.ask("drop sink k");
  });

  it("a view whose query fails is computed anew behind it", async () => {
    await open({ lagBytes: 100_000 });
    await stage.ask("create materialized view q as select 10 / id as b from t");
    await run("drop sink k; insert into t values (0, 0); flush");
    await until("nothing is kept for it", async () => {
      await stage.ask("update other set v = v + 1");
      return (await kept()) === 0;
    });
    await run("delete from t where id = 0; insert into t values (5, 5); flush");
    expect(await stage.ask("select b from q order by b")).to.deep.equal([
      ["2"],
      ["3"],
      ["5"],
      ["10"],
    ]);
  });
});
