/**
 * Jobs and the end of the server: kill -9 and a clean stop, in the middle of their work; kill -9
 * while jobs of all kinds are in every state.
 */
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import pg from "pg";
import { launch, run, type Server } from "../support/server.ts";
import { jobFrom, jobQuery, until } from "./job-stage.ts";

describe("jobs behind the end of the server", () => {
  let client: pg.Client | undefined;

  afterEach(() => client?.end().catch(() => {}));

  const connect = async ({ host, port }: Server): Promise<pg.Client> => {
    client = new pg.Client({ host, port, user: "root", database: "dev" });
    client.on("error", () => {});
    await client.connect();
    return client;
  };
  const jobOf = async (of: pg.Client, name: string) => {
    const { rows } = await of.query({ text: jobQuery(name), rowMode: "array" });
    return jobFrom(rows[0] ?? []);
  };

  for (const how of ["kill", "stop"] as const) {
    it(`${how}: an index and a view go on, with the same ids`, async () => {
      const server = await launch();
      let own = await connect(server);
      await own.query(
        "create table t as select g as id, g % 10 as v from generate_series(1, 3000) g",
      );
      await own.query("set background_ddl = on; set backfill_rate_limit = 0");
      await own.query("create index i on t (v)");
      await own.query("create materialized view m as select id from t where v = 3");
      const before = new Map<string, number>();
      for (const name of ["i", "m"]) {
        const job = await until(`${name} rests`, async () => {
          const found = await jobOf(own, name);
          return found.done > 0 && found;
        });
        before.set(name, job.id);
        before.set(`${name} done`, job.done);
      }
      await server.process[how]();

      const again = await launch({ directory: server.directory });
      own = await connect(again);
      for (const [name, noun] of [
        ["i", "index"],
        ["m", "materialized view"],
      ] as const) {
        const job = await jobOf(own, name);
        expect(job).to.include({ id: before.get(name), state: "creating" });
        expect(job.done).to.be.at.least(before.get(`${name} done`) ?? 0);
        await own.query(`alter ${noun} ${name} set backfill_rate_limit = default`);
      }
      await own.query("wait");
      for (const name of ["i", "m"]) expect((await jobOf(own, name)).state).to.equal("created");
      const counts =
        "select (select count(*) from m)::int m, (select count(*) from t where v = 3)::int t";
      expect((await own.query(counts)).rows).to.deep.equal([{ m: 300, t: 300 }]);
      await own.end();
      expect((await again.process.stop()).code).to.equal(0);
    }).timeout(60_000);
  }

  /** By which words each kind is made; NAME stands for its name. */
  const MADE: Readonly<Record<string, string>> = {
    view: "create materialized view NAME as select id from t",
    groups: "create materialized view NAME as select id, count(*) as n from t group by id",
    index: "create index NAME on t (v)",
    table: "create table NAME as select id from t",
    source: `create source NAME (id int) with (connector = 'datagen', datagen.rows.per.second = 100,
      fields.id.kind = 'sequence', fields.id.start = 1, fields.id.end = 20)`,
    sink: "create sink NAME from t with (connector = 'blackhole')",
  };
  const names = Object.keys(MADE);
  const make = (kind: string, prefix: string) =>
    MADE[kind]?.replace("NAME", `${prefix}_${kind}`) ?? "";

  it("kill: what waits, works, catches up and is done", async () => {
    const server = await launch();
    let own = await connect(server);
    const ask = async (text: string) =>
      (await own.query<unknown[]>({ text, rowMode: "array" })).rows.map(([value]) => value);
    await own.query(
      "create table t as select g as id, g % 10 as v from generate_series(1, 1000) g",
    );
    await own.query("create materialized view queued_refresh as select id from t with no data");
    await own.query("alter system set max_concurrent_creating_streaming_jobs = 1");
    await own.query("alter system set barrier_interval_ms = 50");
    for (const kind of names) await own.query(make(kind, "done"));
    await own.query("set background_ddl = on; set backfill_rate_limit = 0");
    await own.query(make("view", "late"));
    const late = await until("it rests", async () => {
      const job = await jobOf(own, "late_view");
      return job.done > 0 && job;
    });
    const { host, port } = server;
    const other = () => new pg.Client({ host, port, user: "root", database: "dev" });
    const [keeper, waiting] = [other(), other()];
    for (const each of [keeper, waiting]) {
      each.on("error", () => {});
      await each.connect();
    }
    await keeper.query("begin; comment on materialized view late_view is 'kept from catching up'");
    await own.query("alter materialized view late_view set backfill_rate_limit = default");
    await own.query("set backfill_rate_limit = default");
    const phase = `select phase from rw_ddl_progress where ddl_id = ${late.id}`;
    await until("it catches up", async () => (await ask(phase))[0] === "catch-up");
    for (const kind of names) await own.query(make(kind, "queued"));
    await own.query("refresh materialized view queued_refresh");
    waiting.query(make("groups", "foreground")).catch(() => {});
    const count = "select count(*)::int from rw_ddl_progress where waiting_for = 'one of 1 slots'";
    await until("they wait", async () => (await ask(count))[0] === names.length + 2);
    await own.query("insert into t values (1001, 7)");
    await server.process.kill();

    const again = await launch({ directory: server.directory });
    own = await connect(again);
    for (const text of ["wait", "flush", "flush"]) await own.query(text);
    expect(await ask("select statement from rw_jobs where state = 'creating'")).to.deep.equal([]);
    expect(await jobOf(own, "late_view")).to.include({ id: late.id, state: "created" });
    for (const kind of [...names, "refresh"]) {
      expect(await jobOf(own, `queued_${kind}`), kind).to.include({
        state: "created",
        error: null,
      });
    }
    expect((await jobOf(own, "foreground_groups")).state).to.equal("failed");
    expect(await ask("select relname from pg_class where relname ~ '^foreground'")).to.deep.equal(
      [],
    );
    for (const [name, rows] of [
      ["done_table", 1000],
      ...["late_view", "queued_refresh", "queued_table"].map((each) => [each, 1001] as const),
      ...["done", "queued"].flatMap((each) => [
        [`${each}_view`, 1001] as const,
        [`${each}_groups`, 1001] as const,
      ]),
    ] as const) {
      expect(await ask(`select count(*)::int from ${name}`), name).to.deep.equal([rows]);
    }
    const sunk = "select rows::int from rw_sinks order by name";
    await until("sinks have got on", async () => String(await ask(sunk)) === "1001,1001");
    for (const source of ["done_source", "queued_source"]) {
      const wrong = `select count(*)::int - count(distinct id)::int + (max(id) - count(*))::int
        from ${source}`;
      expect(await ask(wrong), source).to.deep.equal([0]);
    }
    expect(await ask("select count(*)::int from pg_index where not indisvalid")).to.deep.equal([0]);
    await own.end();
    expect((await again.process.stop()).code).to.equal(0);
    const verify = run(["verify", server.directory]);
    expect((await verify.exited).code, verify.output + verify.log).to.equal(0);
  }).timeout(120_000);
});
