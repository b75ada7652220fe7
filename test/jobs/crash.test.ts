/** Jobs and the end of the server: kill -9 and a clean stop, in the middle of their work. */
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import pg from "pg";
import { launch, type Server } from "../support/server.ts";
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
});
