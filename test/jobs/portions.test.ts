/**
 * Views that are filled bit by bit go on from where they were when the server was ended, and hold
 * what their query gives, whatever was done to their tables meanwhile.
 */
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { oid } from "../../src/base/ids.ts";
import { Random } from "../support/random.ts";
import { JobStage, until } from "./job-stage.ts";

const ROWS = 3000;
/** Rows a second: so few that a busy machine, too, makes its change before the view is filled. */
const SLOW = 500;
const QUERY = "select id * 2 as twice, v from t where v <> 4";

describe("a view that is filled bit by bit", () => {
  let stage: JobStage;

  before(async () => {
    stage = await JobStage.open();
  });
  after(() => stage.close());

  /** Versions that the view's storage has. */
  const versions = async (view: string) => {
    const storage = await stage.value(`select relfilenode from pg_class where relname = '${view}'`);
    stage.storage.sequencer.publish();
    return [...stage.storage.store.rows.versions(oid(Number(storage)))].length;
  };
  const begin = async (query: string, rate: number) => {
    await stage.ask("set background_ddl = off; drop table if exists t cascade");
    await stage.fill("t", ROWS);
    await stage.ask(`set background_ddl = on; set backfill_rate_limit = ${rate}`);
    await stage.ask(`create materialized view m as ${query}`);
    await stage.ask("set background_ddl = off; set backfill_rate_limit = default");
  };
  const expectRight = async (query: string) => {
    // A job that was done before this is as good as one that was not.
    const late = await stage.wrong("alter materialized view m set backfill_rate_limit = default");
    if (late) expect(late).to.match(/^55000 "m" is not being created/);
    await stage.ask("wait");
    await stage.ask("flush");
    expect(await stage.jobOf("m")).to.include({ state: "created", error: null });
    const different = `(table m except all ${query}) union all (${query} except all table m)`;
    expect(await stage.ask(different)).to.deep.equal([]);
    await stage.ask("drop table t cascade");
  };

  it("goes on from its last portion, at the same epoch", async () => {
    await begin(QUERY, SLOW);
    await until("a portion is committed", async () => (await versions("m")) > 0);
    await stage.ask("alter materialized view m set backfill_rate_limit = 0");
    const [before, had] = [await stage.jobOf("m"), await versions("m")];
    await stage.ask("update t set v = 4 where id % 5 = 0");
    await stage.ask("vacuum t");
    await stage.ask("delete from t where id < 100");
    await stage.restart();
    await stage.ask("vacuum t");
    const again = await stage.jobOf("m");
    expect(again).to.include({ id: before.id, state: "creating" });
    expect(again.done).to.be.at.least(before.done);
    expect(await versions("m")).to.be.at.least(had);
    await expectRight(QUERY);
  });

  for (const change of [
    "truncate t; insert into t values (1, 1), (2, 4)",
    "alter table t add column w int default 3",
    "alter table t alter column id type bigint",
  ]) {
    it(`is right behind ${change}`, async () => {
      const isAltered = change.startsWith("alter table t alter");
      const query = isAltered ? "select v from t where v <> 4" : QUERY;
      await begin(query, SLOW);
      await until("a portion is committed", async () => (await versions("m")) > 0);
      await stage.ask(change);
      await expectRight(query);
    });
  }

  for (const seed of [1, 2, 3]) {
    it(`is right behind random changes and ends of the server, seed ${seed}`, async () => {
      const random = new Random(seed);
      await begin(QUERY, 2500);
      for (let at = 0; at < 12; at++) {
        const id = random.below(ROWS);
        await stage.ask(
          random.pick([
            `insert into t select g, g % 7 from generate_series(${id}, ${id + 40}) g`,
            `update t set v = v + 1 where id between ${id} and ${id + 60}`,
            `delete from t where id between ${id} and ${id + 30}`,
            `begin; delete from t where id < ${id}; rollback`,
            "vacuum t",
          ]),
        );
        if (random.below(4) === 0) await stage.restart();
      }
      await expectRight(QUERY);
    });
  }
});
