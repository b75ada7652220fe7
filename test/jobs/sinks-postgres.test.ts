/**
 * A sink whose target is PostgreSQL 15, in the long run: SINK_RUNS changes by chance of a table
 * with values of many types are the same there; see support/postgres.ts. SEED repeats a run.
 */
import { expect } from "chai";
import { describe, it } from "mocha";
import pg from "pg";
import { openOracle } from "../support/postgres.ts";
import { Random, seedOfRun } from "../support/random.ts";
import { JobStage } from "./job-stage.ts";

const RUNS = Number(process.env["SINK_RUNS"] ?? 0);
const COLUMNS = `id int primary key, a numeric, b bool, c timestamptz, d jsonb, e text, f bytea,
  g int[], h float8, i interval, j date`;
const VALUES = `g, g / 3.0, g % 2 = 0, timestamptz '2020-01-01 00:00:00Z' + g * interval '1 hour',
  jsonb_build_object('k', array[g, null]), 'é"\\' || g, decode(lpad(to_hex(g), 8, '0'), 'hex'),
  array[g, null], g / 7.0::float8, g * interval '61 s', date '2024-02-28' + g`;

describe("a sink to PostgreSQL", function () {
  this.timeout(0);
  if (RUNS === 0) return;
  const seed = seedOfRun();

  it(`${RUNS} changes by chance are the same there (SEED=${seed})`, async () => {
    const random = new Random(seed);
    const below = (bound: number) => random.below(bound);
    const oracle = await openOracle();
    const there = new pg.Client({ connectionString: await oracle.createDatabase("sinks") });
    await there.connect();
    const stage = await JobStage.open();
    try {
      await there.query(`create table x (${COLUMNS})`);
      await stage.ask(`create table t (${COLUMNS})`);
      await stage.ask(
        `create connection c with (type = 'postgres', host = '${oracle.host}',
          port = ${oracle.port}, user = 'root', database = 'sinks')`,
      );
      await stage.ask(
        `create sink k from t with (connector = 'postgres', connection = c, table = 'x',
          type = 'upsert', primary_key = 'id')`,
      );
      const change = (): string => {
        const id = below(200);
        switch (below(12)) {
          case 0:
            return `delete from t where id % 20 = ${id % 20}`;
          case 1:
            return `update t set a = null, e = e || 'x', g = array[${id}] where id % 5 = ${id % 5}`;
          case 2:
            return below(5) === 0 ? "truncate t" : `update t set id = id + 200 where id = ${id}`;
          default:
            return `insert into t select ${VALUES} from generate_series(${id}, ${id + below(9)}) g
              on conflict (id) do update set e = excluded.e, b = not excluded.b`;
        }
      };
      for (let done = 0; done < RUNS; done++) {
        await stage.wrong(change());
        if (done % 10 !== 0) continue;
        await stage.ask("flush");
        const rows = "select string_agg(r::text, ' ' order by id) from $ r";
        const [[ours]] = (await stage.ask(rows.replace("$", "t"))) as [[string | null]];
        const { rows: theirs } = await there.query(rows.replace("$", "x"));
        expect(theirs[0].string_agg).to.equal(ours);
      }
      const state = "select state, error from rw_catalog.rw_sinks";
      expect(await stage.ask(state)).to.deep.equal([["running", null]]);
    } finally {
      await stage.close();
      await there.end();
      await oracle.close();
    }
  });
});
