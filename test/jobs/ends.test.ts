/** Every kind of job × what ends it: nothing of what did not finish stays, and rw_jobs says why. */
import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import type { LocalSession } from "../support/local-session.ts";
import { JobStage, wrongOf } from "./job-stage.ts";

interface Kind {
  readonly name: string;
  /** Makes x of table t. */
  readonly create: string;
  /** Makes x, and fails. */
  readonly fails: string;
  readonly error: string;
  readonly drop: string;
}

const VIEW: Kind = {
  name: "MATERIALIZED VIEW",
  create: "create materialized view x as select id, v from t",
  fails: "create materialized view x as select 1 / (id - 600) as q from t",
  error: "division by zero",
  drop: "drop materialized view x",
};
const INDEX: Kind = {
  name: "INDEX",
  create: "create index x on t (v)",
  fails: "create index x on t ((1 / (id - 600)))",
  error: "division by zero",
  drop: "drop index x",
};
const UNIQUE: Kind = {
  name: "UNIQUE INDEX",
  create: "create unique index x on t (id)",
  fails: "create unique index x on t (v)",
  error: 'could not create unique index "x"',
  drop: "drop index x",
};
const TABLE: Kind = {
  name: "TABLE",
  create: "create table x as select id, v from t",
  fails: "create table x as select 1 / (id - 600) as q from t",
  error: "division by zero",
  drop: "drop table x",
};
const BACKGROUND = [VIEW, INDEX, UNIQUE, TABLE];
const FOREGROUND = [VIEW, INDEX, UNIQUE, TABLE];
/** What reading and writing it is answered by. */
const stillMaking: Readonly<Record<string, readonly [read: string, write: string]>> = {
  "MATERIALIZED VIEW": [
    '55000 materialized view "x" is still being created',
    '42809 cannot change materialized view "x"',
  ],
  TABLE: ['55000 table "x" is still being created', '55000 table "x" is still being created'],
};
const nounOf = ({ drop }: Kind): string => drop.replace(/^drop | x$/g, "");
const REST = "set backfill_rate_limit = 0";

describe("what ends a job", () => {
  let stage: JobStage;
  let session: LocalSession;

  before(async () => {
    stage = await JobStage.open();
  });
  beforeEach(async () => {
    await stage.fill("t", 1000);
    session = await stage.session();
  });
  afterEach(async () => {
    session.close();
    await stage.cancelAll();
    await stage.ask("drop table if exists t cascade");
    if (await stage.value("select 1 from pg_class where relname = 'x'")) {
      await stage.ask("drop table x");
    }
  });
  after(() => stage.close());

  /** The newest event is the end of the job. `why`: the error, or who cancelled it. */
  const expectEvent = async (id: number, state: string, why: string | null) => {
    const [event] = await stage.ask(`select event_type, info::json ->> 'id',
      coalesce(info::json ->> 'error', info::json ->> 'by') from rw_catalog.rw_event_logs
      order by timestamp desc limit 1`);
    expect(event).to.deep.equal([`JOB_${state.toUpperCase()}`, String(id), why]);
  };

  for (const kind of BACKGROUND) {
    describe(`${kind.name} in the background`, () => {
      /** Asks for x, which rests in the middle. */
      const begin = async () => {
        await session.ask(`set background_ddl = on; ${REST}; ${kind.create}`);
        return stage.untilRests("x");
      };
      const expectEnd = async (state: string, error: string | null, by: string | null) => {
        const job = await stage.untilState("x", state);
        expect([job.error, job.by]).to.deep.equal([error, by]);
        await expectEvent(job.id, state, error ?? by);
        await stage.expectGone("x");
        expect(await stage.ask("show jobs")).to.deep.equal([]);
        await stage.ask(kind.create);
      };

      it("is created", async () => {
        await session.ask(`set background_ddl = on; ${kind.create}`);
        await session.ask("wait");
        const job = await stage.jobOf("x");
        expect(job).to.include({ state: "created", error: null, by: null });
        expect(job.done).to.be.at.least(1000);
        expect(await stage.value("select count(*) from t where v = 3")).to.equal("100");
      });

      it("fails", async () => {
        await session.ask(`set background_ddl = on; ${kind.fails}`);
        await expectEnd("failed", kind.error, null);
      });

      it("CANCEL JOBS", async () => {
        const { id } = await begin();
        expect(await stage.ask(`cancel jobs 1, ${id}, ${id}`)).to.deep.equal([[String(id)]]);
        await expectEnd("cancelled", null, "root");
        expect(await stage.ask(`cancel jobs ${id}`)).to.deep.equal([]);
      });

      it("DROP", async () => {
        await begin();
        await stage.ask(kind.drop);
        await expectEnd("cancelled", null, "root");
      });

      it("DROP that is rolled back, then committed", async () => {
        await begin();
        await stage.ask(`begin; ${kind.drop}; rollback`);
        expect((await stage.jobOf("x")).state).to.equal("creating");
        await stage.ask(`begin; ${kind.drop}; commit`);
        await expectEnd("cancelled", null, "root");
      });

      if (kind === TABLE) {
        for (const [change, error] of [
          [
            "alter table t alter v type text using 'v' || v",
            /^column "v" of .*"t" has got another/,
          ],
          ["alter table t drop column v", /^column 2 of relation "t" does not exist$/],
          ["drop table t", /^relation with OID \d+ does not exist$/],
        ] as const) {
          it(change, async () => {
            await session.ask(`set background_ddl = on; begin; ${kind.create}; ${change}; commit`);
            expect((await stage.untilState("x", "failed")).error).to.match(error);
            await stage.expectGone("x");
          });
        }

        it("goes on where others of the table's columns change", async () => {
          const query = "select id from t where id < 10";
          await session.ask(`set background_ddl = on; begin; create table x as ${query};
            alter table t drop column v; alter table t rename id to n; commit`);
          await session.ask("wait");
          expect(await stage.value("select count(*) from x")).to.equal("9");
        });
      } else {
        it("DROP TABLE … CASCADE", async () => {
          await begin();
          await stage.ask("drop table t cascade");
          const job = await stage.untilState("x", "cancelled");
          expect(job.by).to.equal("root");
          await stage.expectGone("x");
        });
      }

      it("ddl_timeout", async () => {
        // It may be over before anybody has seen it rest.
        await session.ask(
          `set ddl_timeout = 100; set background_ddl = on; ${REST}; ${kind.create}`,
        );
        await expectEnd("failed", "canceling job due to ddl timeout", null);
      });

      it("statement_timeout is about the statement that asks", async () => {
        await session.ask("set statement_timeout = 50");
        await begin();
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect((await stage.jobOf("x")).state).to.equal("creating");
      });

      it("RECOVER leaves it to who works on it", async () => {
        const before = await begin();
        await stage.ask("recover");
        await stage.ask(`alter ${nounOf(kind)} x set backfill_rate_limit = default`);
        await stage.ask("wait");
        expect(await stage.jobOf("x")).to.include({ id: before.id, state: "created" });
        expect(await stage.faults()).to.deep.equal([]);
      });

      it("cannot be used before it is there", async () => {
        await begin();
        const [read, write] = stillMaking[kind.name] ?? [];
        if (read === undefined) return;
        expect(await stage.wrong("select * from x")).to.match(new RegExp(`^${read}`));
        expect(await stage.wrong("insert into x values (1)")).to.match(new RegExp(`^${write}`));
        expect(await stage.wrong(`alter ${nounOf(kind)} x rename to y; select 1/0`)).to.match(
          /^22012 /,
        );
      });

      it("goes on when its session ends", async () => {
        await begin();
        session.close();
        await stage.ask(`alter ${nounOf(kind)} x set backfill_rate_limit = default`);
        expect(await stage.untilState("x", "created")).to.include({ error: null, by: null });
      });

      it("goes on when the server was stopped", async () => {
        const before = await begin();
        await stage.restart();
        const after = await stage.untilState("x", "creating");
        expect(after.id).to.equal(before.id);
        expect(after.done).to.be.at.least(before.done);
        await stage.ask(`alter ${nounOf(kind)} x set backfill_rate_limit = default`);
        await stage.ask("wait");
        expect((await stage.jobOf("x")).state).to.equal("created");
      });
    });
  }

  for (const kind of FOREGROUND) {
    describe(`${kind.name} in the foreground`, () => {
      /** Asks for x, which rests in the middle, in the list of jobs. */
      const begin = async () => {
        session.start(`${REST}; ${kind.create}`);
        return stage.untilState("x", "initial", "creating");
      };
      const expectEnd = async (state: string, wrong: string | undefined, by: string | null) => {
        await session.answered();
        const errors = session.take().flatMap((each) => (each.kind === "error" ? [each] : []));
        const said = errors[0] && (await wrongOf(() => Promise.reject(errors[0]?.error)));
        expect(said).to.equal(wrong);
        const job = await stage.untilState("x", state);
        expect([job.error, job.by]).to.deep.equal([wrong?.slice(6) ?? null, by]);
        await expectEvent(job.id, state, state === "cancelled" ? by : job.error);
        await stage.expectGone("x");
        await stage.ask(kind.create);
      };

      it("is created", async () => {
        await session.ask(kind.create);
        expect(await stage.value("select count(*) from t where v = 3")).to.equal("100");
        expect(await stage.ask("show jobs")).to.deep.equal([]);
      });

      it("fails", async () => {
        const wrong = await stage.wrong(kind.fails, session);
        expect(wrong).to.match(/^22012 division by zero$|^23505 could not create unique index "x"/);
        await stage.expectGone("x");
        await stage.ask(kind.create);
      });

      it("CANCEL JOBS", async () => {
        const { id } = await begin();
        expect(await stage.ask(`cancel jobs ${id}`)).to.deep.equal([[String(id)]]);
        await expectEnd("cancelled", "57014 canceling statement due to user request", "root");
      });

      it("pg_cancel_backend", async () => {
        await begin();
        await stage.ask(`select pg_cancel_backend(${session.processId})`);
        await expectEnd("cancelled", "57014 canceling statement due to user request", "root");
      });

      for (const what of ["statement", "ddl"]) {
        it(`${what}_timeout`, async () => {
          await session.ask(`set ${what}_timeout = 100`);
          const wrong = await stage.wrong(`${REST}; ${kind.create}`, session);
          expect(wrong).to.equal(`57014 canceling statement due to ${what} timeout`);
          await stage.expectGone("x");
          expect(await stage.ask("show jobs")).to.deep.equal([]);
          await stage.ask(kind.create);
        });
      }

      it("DROP finds nothing", async () => {
        await begin();
        expect(await stage.wrong(kind.drop)).to.match(/^42P01 |^42704 /);
        await stage.ask(`select pg_cancel_backend(${session.processId})`);
        await expectEnd("cancelled", "57014 canceling statement due to user request", "root");
      });

      it("the end of the server", async () => {
        const { id } = await begin();
        await stage.restart();
        const job = await stage.untilState("x", "failed");
        expect(job.id).to.equal(id);
        expect(job.error).to.match(/^the server ended while it ran$|^terminating connection/);
        await stage.expectGone("x");
        await stage.ask(kind.create);
      });

      it("the end of its session", async () => {
        await begin();
        session.close();
        const wrong = "57P01 terminating connection due to administrator command";
        await expectEnd("failed", wrong, null);
      });
    });
  }

  it("CANCEL JOBS is refused to other roles", async () => {
    await stage.ask("create role ada login");
    await session.ask(`set background_ddl = on; ${REST}; ${VIEW.create}`);
    const { id } = await stage.jobOf("x");
    const ada = await stage.session("ada");
    const wrong = await stage.wrong(`cancel jobs ${id}`, ada);
    expect(wrong).to.equal(`42501 must be owner of job ${id}`);
    expect((await stage.jobOf("x")).state).to.equal("creating");
    expect(await ada.ask("cancel jobs 1")).to.deep.equal([]);
  });

  it("CANCEL JOBS in a transaction that is rolled back cancels nothing", async () => {
    await session.ask(`set background_ddl = on; ${REST}; ${VIEW.create}`);
    const { id } = await stage.jobOf("x");
    expect(await stage.ask(`begin; cancel jobs ${id}; rollback`)).to.deep.equal([[String(id)]]);
    expect((await stage.jobOf("x")).state).to.equal("creating");
  });
});
