/**
 * EVERY KIND OF BACKGROUND JOB × THE STATE IT IS IN × WHAT ENDS IT, or does not: while it waits for
 * a slot, while it works, while a view catches up, and when it is done and kept. ends.test.ts has
 * the same of statements in the foreground, and of views, indexes and tables at work;
 * kinds-crash.test.ts ends all kinds at moments by chance.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import type { LocalSession } from "../support/local-session.ts";
import { type Job, JobStage, until } from "./job-stage.ts";

const ROWS = 1000;
const directory = mkdtempSync(join(tmpdir(), "catalogd-transitions-"));

interface Kind {
  /** Makes x of t. */
  readonly create: string;
  readonly noun: string;
  /** Before it. */
  readonly prepare?: string;
  /** What says that x is as it should be when it is made. */
  readonly right: string;
  /** The same when a row has been added to t behind that, where it follows t. */
  readonly follows?: string;
}

const rows = "select count(*) = 1000 from x";
const more = "select count(*) = 1001 from x";
const KINDS: Readonly<Record<string, Kind>> = {
  view: {
    create: "create materialized view x as select id from t",
    noun: "materialized view",
    right: rows,
    follows: more,
  },
  groups: {
    create: "create materialized view x as select id, count(*) as n from t group by id",
    noun: "materialized view",
    right: rows,
    follows: more,
  },
  index: {
    create: "create index x on t (v)",
    noun: "index",
    right: "select indisvalid from pg_index where indexrelid = 'x'::regclass",
    follows: "select count(*) = 101 from t where v = 7",
  },
  table: { create: "create table x as select id from t", noun: "table", right: rows },
  refresh: {
    prepare: "create materialized view x as select id from t with no data",
    create: "refresh materialized view x",
    noun: "materialized view",
    right: rows,
    follows: more,
  },
  source: {
    create: `create source x (id int) with (connector = 'file', path = '${join(directory, "f")}')`,
    noun: "source",
    right: rows,
  },
  sink: {
    create: "create sink x from t with (connector = 'blackhole')",
    noun: "sink",
    right: "select state = 'running' from rw_catalog.rw_sinks where name = 'x'",
    follows: "select rows = 1001 from rw_catalog.rw_sinks where name = 'x'",
  },
};
/** Of these ends.test.ts has what ends them at work. */
const ELSEWHERE = new Set(["view", "index", "table"]);

interface End {
  /** Does it; `job` is the job that x waits for or is made by. */
  readonly by: (stage: JobStage, kind: Kind, job: Job, session: LocalSession) => Promise<unknown>;
  /** What becomes of it; undefined = it goes on. */
  readonly ends?: Pick<Job, "state" | "error" | "by">;
  readonly settings?: string;
}

const cancelled = { state: "cancelled", error: null, by: "root" };
const ENDS: Readonly<Record<string, End>> = {
  "CANCEL JOBS": { by: (stage, _, { id }) => stage.ask(`cancel jobs ${id}`), ends: cancelled },
  DROP: { by: (stage, { noun }) => stage.ask(`drop ${noun} x`), ends: cancelled },
  "DROP that is rolled back": {
    by: (stage, { noun }) => stage.ask(`begin; drop ${noun} x; rollback`),
  },
  "the end of its session": { by: async (_stage, _kind, _job, session) => session.close() },
  "a statement_timeout": {
    settings: "set statement_timeout = 2000",
    by: (_stage, _kind, _job, session) => session.ask("set statement_timeout = 1; select 1"),
  },
  ddl_timeout: {
    settings: "set ddl_timeout = 50",
    by: async () => {},
    ends: { state: "failed", error: "canceling job due to ddl timeout", by: null },
  },
  RECOVER: { by: (stage) => stage.ask("recover") },
  "the end of the server": { by: (stage) => stage.restart() },
};

describe("what ends a background job, and what does not", () => {
  let stage: JobStage;
  let session: LocalSession;

  before(async () => {
    const lines = Array.from({ length: ROWS }, (_, at) => `{"id": ${at}}\n`);
    writeFileSync(join(directory, "f"), lines.join(""));
    stage = await JobStage.open({ slots: 1 });
    await stage.fill("t", ROWS);
  });
  beforeEach(async () => {
    session = await stage.session();
  });
  afterEach(async () => {
    session.close();
    await stage.cancelAll();
    const kind = await stage.value("select relkind from pg_class where relname = 'x'");
    const noun = { m: "materialized view", i: "index", r: "table", x: "source", s: "sink" }[
      kind ?? ""
    ];
    if (noun) await stage.ask(`drop ${noun} x`);
  });
  after(async () => {
    await stage.close();
    rmSync(directory, { recursive: true });
  });

  const begin = async ({ create, prepare }: Kind, isQueued: boolean, settings: string) => {
    if (prepare) await session.ask(prepare);
    await session.ask("set background_ddl = on; set backfill_rate_limit = 0");
    if (isQueued) {
      await session.ask("create materialized view busy as select id from t");
      await stage.untilRests("busy");
      await session.ask("set backfill_rate_limit = default");
    }
    await session.ask(`${settings}; ${create}`);
    if (settings.includes("ddl_timeout")) return stage.jobOf("x");
    if (!isQueued) return stage.untilRests("x");
    await until("it waits", async () => {
      const waiting =
        "select waiting_for from rw_catalog.rw_ddl_progress where ddl_statement ~ ' x'";
      return (await stage.value(waiting)) === "one of 1 slots";
    });
    return stage.jobOf("x");
  };

  /** Nothing holds it any more. */
  const free = async ({ noun }: Kind, isQueued: boolean) => {
    if (isQueued) await stage.ask("drop materialized view busy");
    else await stage.ask(`alter ${noun} x set backfill_rate_limit = default`);
  };

  for (const [state, isQueued] of [
    ["that waits for a slot", true],
    ["at work", false],
  ] as const) {
    for (const [name, kind] of Object.entries(KINDS)) {
      if (!isQueued && ELSEWHERE.has(name)) continue;
      for (const [how, { by, ends, settings = "" }] of Object.entries(ENDS)) {
        it(`${name} ${state}: ${how}`, async () => {
          const job = await begin(kind, isQueued, settings);
          await by(stage, kind, job, session);
          if (ends) {
            expect(await stage.untilState("x", ends.state)).to.include({ id: job.id, ...ends });
            if (!kind.prepare) await stage.expectGone("x");
            const left = isQueued ? ["busy"] : [];
            const jobs = await stage.ask(`select substring(ddl_statement, ' (busy|x) ')
              from rw_catalog.rw_ddl_progress`);
            expect(jobs.map(([made]) => made)).to.deep.equal(left);
            return;
          }
          expect(await stage.jobOf("x")).to.include({ id: job.id, state: "creating" });
          await free(kind, isQueued);
          expect(await stage.untilState("x", "created")).to.include({ id: job.id, error: null });
          expect(await stage.value(kind.right)).to.equal("t");
        });
      }
    }
  }

  /** Those whose views catch up: in a step of its own, which takes the view and then its tables. */
  for (const name of ["view", "groups"] as const) {
    const kind = KINDS[name] as Kind;
    for (const [how, { by, ends, settings = "" }] of Object.entries(ENDS)) {
      it(`${name} that catches up: ${how}`, async () => {
        await session.ask("set background_ddl = on; set backfill_rate_limit = 0");
        await session.ask(`${settings.replace("= 50", "= 2000")}; ${kind.create}`);
        const job = await stage.untilRests("x");
        const [first, second] = [await stage.session(), await stage.session()];
        await first.ask(
          "begin; comment on materialized view x is 'it keeps others from taking it'",
        );
        await stage.ask("insert into t values (1001, 7)");
        await stage.ask("alter materialized view x set backfill_rate_limit = default");
        const phase = `select phase from rw_catalog.rw_ddl_progress where ddl_id = ${job.id}`;
        await until("it catches up", async () => (await stage.value(phase)) === "catch-up");
        await second.ask("begin; lock table t");
        await first.ask("rollback");
        await by(stage, kind, job, session);
        if (ends) {
          expect(await stage.untilState("x", ends.state)).to.include({ id: job.id, ...ends });
          await second.ask("rollback");
          await stage.expectGone("x");
        } else {
          expect(await stage.jobOf("x")).to.include({ id: job.id });
          if (how !== "the end of the server") await second.ask("rollback");
          expect(await stage.untilState("x", "created")).to.include({ id: job.id, error: null });
          expect(await stage.value(more)).to.equal("t");
        }
        await stage.ask("delete from t where id = 1001");
      });
    }
  }

  for (const [name, kind] of Object.entries(KINDS)) {
    for (const [how, { by, settings = "" }] of Object.entries(ENDS)) {
      it(`${name} that is done: ${how}`, async () => {
        if (kind.prepare) await session.ask(kind.prepare);
        const bounds = settings.replace("= 50", "= 10000");
        await session.ask(`set background_ddl = on; ${bounds}; ${kind.create}`);
        const job = await stage.untilState("x", "created");
        await by(stage, kind, job, session);
        expect(await stage.jobOf("x")).to.include({ ...job, state: "created" });
        if (how === "DROP") return stage.expectGone("x");
        expect(await stage.value(kind.right)).to.equal("t");
        if (!kind.follows) return;
        await stage.ask("insert into t values (1001, 7)");
        const { follows } = kind;
        await until("it has the row", async () => (await stage.value(follows)) === "t");
        await stage.ask("delete from t where id = 1001");
      });
    }
  }
});
