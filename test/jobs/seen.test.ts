/** What others see of a job while it works, and how far it says it is. */
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import type { LocalSession } from "../support/local-session.ts";
import { JobStage, until } from "./job-stage.ts";

const ROWS = 1000;

describe("jobs as others see them", () => {
  let stage: JobStage;
  let session: LocalSession;

  before(async () => {
    stage = await JobStage.open();
    session = await stage.session();
    await session.ask("set background_ddl = on");
    await stage.fill("t", ROWS);
  });
  afterEach(async () => {
    await stage.cancelAll();
    await stage.ask("drop materialized view if exists m; drop index if exists i");
  });
  after(() => stage.close());

  /** Asks for it and waits until it rests in the middle. */
  const rest = async (name: string, create: string) => {
    await session.ask(`set backfill_rate_limit = 0; ${create}`);
    return stage.untilRests(name);
  };

  it("a view that is being created cannot be read, made again or refreshed", async () => {
    const create = "materialized view m as select id, v from t";
    await rest("m", `create ${create}`);
    expect(await stage.wrong("select * from m")).to.equal(
      '55000 materialized view "m" is still being created' +
        " HINT Its progress is in rw_catalog.rw_ddl_progress.",
    );
    expect(await stage.wrong(`create ${create}`)).to.match(/^42P07 relation "m" already exists/);
    expect(await stage.wrong("refresh materialized view m")).to.match(/^55000 /);
    const answers = await session.run(
      "create materialized view if not exists m as select id, v from t",
    );
    const notices = answers.flatMap((each) => (each.kind === "notice" ? [each.notice] : []));
    expect(notices.map(({ message }) => message)).to.deep.equal([
      'relation "m" already exists, skipping',
    ]);
    expect(await stage.value("select relispopulated from pg_class where relname = 'm'")).to.equal(
      "f",
    );
  });

  it("an index is invalid, and writers keep it complete", async () => {
    await rest("i", "create index i on t (v)");
    const valid = "select indisvalid from pg_index where indexrelid = 'i'::regclass";
    expect(await stage.value(valid)).to.equal("f");
    await stage.ask(`insert into t values (5001, 77), (5002, 77), (5003, 77);
      update t set v = 77 where id in (10, 990); delete from t where id in (20, 980, 5002)`);
    await stage.ask("alter index i set backfill_rate_limit = default");
    await stage.ask("wait");
    expect(await stage.value(valid)).to.equal("t");
    const ids = "select id from t where v = 77 order by id";
    const found = await stage.ask(ids);
    expect(found.map(([id]) => id)).to.deep.equal(["10", "990", "5001", "5003"]);
    expect(await stage.value("select count(*) from t where v = 0")).to.equal("96");
    await stage.ask("drop index i");
    expect(await stage.ask(ids)).to.deep.equal(found);
    await stage.ask(`delete from t where id > ${ROWS}`);
  });

  it("a unique index refuses duplicates that arrive while it is built", async () => {
    await stage.ask("create table u as select * from generate_series(1, 1000) id");
    await rest("i", "create unique index i on u (id)");
    const wrong = await stage.wrong("insert into u values (1), (999)");
    if (wrong === undefined) {
      await stage.ask("alter index i set backfill_rate_limit = default");
      expect(await stage.untilState("i", "failed")).to.include({
        error: 'could not create unique index "i"',
      });
    } else expect(wrong).to.match(/^23505 duplicate key value violates unique constraint "i"/);
    await stage.ask("drop table u");
  });

  for (const [view, create] of [
    ["rw_indexes", "create index m on t (v) with (fillfactor = 70, backfill_rate_limit = 0)"],
    [
      "rw_materialized_views",
      "create materialized view m with (backfill_rate_limit = 0) as select id from t",
    ],
    ["rw_sinks", "create sink m from t with (connector = 'blackhole', backfill_rate_limit = 0)"],
  ] as const) {
    it(`${view}: the rate of WITH is the job's, and the status is shown`, async () => {
      await session.ask(`set backfill_rate_limit = default; ${create}`);
      await stage.untilRests("m");
      const query = `select status, background_ddl from rw_catalog.${view} where name = 'm'`;
      expect(await stage.ask(query)).to.deep.equal([["Creating", "t"]]);
      const noun = view.replace("rw_", "").replace("_", " ").replace(/e?s$/, "");
      await stage.ask(`alter ${noun} m set backfill_rate_limit = default`);
      await stage.ask("wait");
      expect(await stage.ask(query)).to.deep.equal([["Created", "t"]]);
      const options = "select reloptions from pg_class where relname = 'm'";
      expect(await stage.value(options)).to.equal(noun === "index" ? "{fillfactor=70}" : null);
      await stage.ask(`drop ${noun} m`);
    });
  }

  it("what a statement has made in the foreground is said to be so, however long it took", async () => {
    await session.ask("set background_ddl = off; set backfill_rate_limit = 1000");
    await session.ask("create materialized view m as select id from t");
    await session.ask("reset backfill_rate_limit; set background_ddl = on");
    expect(
      await stage.ask("select count(*) from rw_jobs where statement ~ 'view m '"),
    ).to.not.equal([["0"]]);
    const query = "select status, background_ddl, schema_name from rw_materialized_views";
    expect(await stage.ask(`${query} where name = 'm'`)).to.deep.equal([
      ["Created", "f", "public"],
    ]);
    await stage.ask("drop materialized view m");
  });

  it("a rate that is none is refused", async () => {
    const create = (options: string) =>
      stage.wrong(`create materialized view m with (${options}) as select id from t`);
    expect(await create("backfill_rate_limit = many")).to.match(
      /^22023 invalid value for parameter "backfill_rate_limit": "many"/,
    );
    expect(await create("backfill_rate_limit = 1, backfill_rate_limit = 2")).to.equal(
      "42601 conflicting or redundant options",
    );
    expect(await create("x.backfill_rate_limit = 1")).to.match(/^22023 unrecognized/);
  });

  it("progress never goes backwards and is whole only when done", async () => {
    await session.ask("set backfill_rate_limit = 1000; create index i on t (v)");
    let before = 0;
    await until("i is created", async () => {
      const [shown] = await stage.ask(
        "select rows_done, rows_total, progress from rw_catalog.rw_ddl_progress",
      );
      const job = await stage.jobOf("i");
      expect(job.done).to.be.at.least(before);
      expect(job.done).to.be.at.most(Math.max(job.total, job.done));
      before = job.done;
      if (shown) expect(shown[2]).to.match(/^\d{1,2}\.\d\d% \(\d+\/\d+\)$/);
      return job.state === "created";
    });
    expect(before).to.be.at.least(ROWS);
  });

  for (const [noun, create] of [
    ["index", "create index m on t (v)"],
    ["materialized view", "create materialized view m as select id, v from t"],
  ] as const) {
    it(`${noun}: a rate holds, 0 rests, and another one wakes it`, async () => {
      const resting = await rest("m", create);
      await stage.ask("flush");
      await stage.ask("flush");
      expect((await stage.jobOf("m")).done).to.equal(resting.done);
      const began = performance.now();
      await stage.ask(`alter ${noun} m set backfill_rate_limit = 2000`);
      const job = await stage.untilState("m", "created");
      const seconds = (performance.now() - began) / 1000;
      // The last page of rows that was read is not waited for.
      expect((job.done - resting.done - 256) / seconds).to.be.at.most(2200);
      await stage.ask(`drop ${noun} m`);
    });
  }
});
