/**
 * WHAT ENDS A STATEMENT IN THE FOREGROUND, of each kind, while it waits for a slot and while it
 * works: nothing of it stays, and rw_jobs says why, once it was in the list. ends.test.ts has the
 * same of views, indexes and tables at work.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import type { LocalSession } from "../support/local-session.ts";
import { JobStage, until } from "./job-stage.ts";

const directory = mkdtempSync(join(tmpdir(), "catalogd-foreground-"));

/** Each makes x. */
const KINDS: Readonly<Record<string, string>> = {
  view: "create materialized view x as select id from t",
  groups: "create materialized view x as select id, count(*) as n from t group by id",
  index: "create index x on t (v)",
  table: "create table x as select id from t",
  refresh: "refresh materialized view m",
  source: `create source x (id int) with (connector = 'file', path = '${join(directory, "f")}')`,
  sink: "create sink x from t with (connector = 'blackhole')",
};
const ELSEWHERE = new Set(["view", "index", "table"]);
/** They work apart from their statement, and are seen by others meanwhile. */
const APART = new Set(["source", "sink"]);

interface End {
  readonly settings?: string;
  readonly by: (stage: JobStage, session: LocalSession, id: number) => Promise<unknown>;
  /** Of the statement, behind its SQLSTATE; undefined: nobody hears of it. */
  readonly wrong: string | undefined;
  /** Of its job. */
  readonly state: "cancelled" | "failed";
}

const REQUEST = "canceling (statement|job) due to user request";
const ENDS: Readonly<Record<string, End>> = {
  "CANCEL JOBS": {
    by: (stage, _, id) => stage.ask(`cancel jobs ${id}`),
    wrong: REQUEST,
    state: "cancelled",
  },
  pg_cancel_backend: {
    by: (stage, { processId }) => stage.ask(`select pg_cancel_backend(${processId})`),
    wrong: REQUEST,
    state: "cancelled",
  },
  statement_timeout: {
    settings: "set statement_timeout = 700",
    by: async () => {},
    wrong: "canceling statement due to statement timeout",
    state: "failed",
  },
  ddl_timeout: {
    settings: "set ddl_timeout = 700",
    by: async () => {},
    wrong: "canceling (statement|job) due to ddl timeout",
    state: "failed",
  },
  "the end of its session": {
    by: async (_, session) => session.close(),
    wrong: undefined,
    state: "failed",
  },
  "the end of the server": { by: (stage) => stage.restart(), wrong: undefined, state: "failed" },
};

describe("what ends a statement in the foreground", () => {
  let stage: JobStage;
  let session: LocalSession;

  before(async () => {
    writeFileSync(join(directory, "f"), '{"id": 1}\n'.repeat(1000));
    stage = await JobStage.open({ slots: 1 });
    await stage.fill("t", 1000);
    await stage.ask("create materialized view m as select id from t");
  });
  afterEach(async () => {
    session.close();
    await stage.cancelAll();
  });
  after(async () => {
    await stage.close();
    rmSync(directory, { recursive: true });
  });

  /** The newest job that is not the one that has the slot. */
  const found = async (what: string) => {
    const [row] = await stage.ask(`select id, state, error, cancelled_by from rw_catalog.rw_jobs
      where statement !~ ' busy ' order by id desc limit 1`);
    if (!row) throw new Error(`there is no job: ${what}`);
    const [id, state, error, by] = row;
    return { id: Number(id), state, error, by };
  };

  const begin = async (create: string, isQueued: boolean, settings: string) => {
    session = await stage.session();
    await session.ask("set backfill_rate_limit = 0");
    if (isQueued) {
      await session.ask("set background_ddl = on");
      await session.ask("create materialized view busy as select id from t");
      await stage.untilRests("busy");
      await session.ask("set background_ddl = off");
    }
    const last = Number(await stage.value("select coalesce(max(id), 0) from rw_catalog.rw_jobs"));
    if (settings !== "") await session.ask(settings);
    session.start(create);
    return until("it is in the list", async () => {
      const [row] = await stage.ask(`select ddl_id, waiting_for from rw_catalog.rw_ddl_progress
        where ddl_id > ${last}`);
      if (!row || (isQueued && row[1] !== "one of 1 slots")) return undefined;
      return Number(row[0]);
    });
  };

  const expectNothing = async (isQueued: boolean, create: string) => {
    if (isQueued) await stage.ask("drop materialized view busy");
    const jobs = "select ddl_statement from rw_catalog.rw_ddl_progress";
    expect(await stage.ask(jobs)).to.deep.equal([]);
    if (create.includes(" x ")) await stage.expectGone("x");
  };

  for (const [state, isQueued] of [
    ["that waits for a slot", true],
    ["at work", false],
  ] as const) {
    for (const [name, create] of Object.entries(KINDS)) {
      if (!isQueued && ELSEWHERE.has(name)) continue;
      for (const [how, { settings = "", by, wrong, state: ended }] of Object.entries(ENDS)) {
        it(`${name} ${state}: ${how}`, async () => {
          const id = await begin(create, isQueued, settings);
          await by(stage, session, id);
          await session.answered();
          const errors = session.take().flatMap((each) => (each.kind === "error" ? [each] : []));
          if (wrong) expect(String(errors[0]?.error)).to.match(new RegExp(wrong));
          const job = await until("it has ended", async () => {
            const job = await found(name);
            return job.id === id && job.state !== "initial" && job.state !== "creating" && job;
          });
          expect([job.state, job.by]).to.deep.equal([ended, ended === "failed" ? null : "root"]);
          if (ended === "failed") expect(job.error).to.match(new RegExp(wrong ?? "."));
          await expectNothing(isQueued, create);
        });
      }
      if (!APART.has(name)) continue;
      it(`${name} ${state}: DROP`, async () => {
        const id = await begin(create, isQueued, "");
        await stage.ask(`drop ${name} x`);
        await session.answered();
        const errors = session.take().flatMap((each) => (each.kind === "error" ? [each] : []));
        expect(errors).to.have.length(1);
        expect(await found(name)).to.include({ id, state: "cancelled", by: "root" });
        await expectNothing(isQueued, create);
      });
    }
  }
});
