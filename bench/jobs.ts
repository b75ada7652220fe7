/** Background DDL: building over many rows, views that are kept up to date, and what DDL feels. */
import type { Options } from "./options.ts";
import { pgbench } from "./pgbench.ts";
import { median, print } from "./print.ts";
import { query, type Server } from "./server.ts";
import {
  compareThroughput,
  compareTimes,
  type Pair,
  printThroughputHead,
  printTimesHead,
  timed,
} from "./turns.ts";

const DATABASE = "jobs";
const VIEWS = 10;
const CHANGES_PER_SECOND = 1000;
const LAGS = 20;

export async function compareJobs(options: Options, pair: Pair): Promise<void> {
  for (const server of [pair.ours, pair.theirs]) {
    await query(server, "postgres", `CREATE DATABASE ${DATABASE}`);
    await query(
      server,
      DATABASE,
      `CREATE TABLE t (id bigint, grp int, name text);
       INSERT INTO t SELECT i, i % 1000, 'name ' || i FROM generate_series(1, ${options.rows}) i`,
    );
  }
  await query(pair.theirs, DATABASE, "VACUUM ANALYZE t");
  await compareBuilding(options, pair);
  await measureBarrier(pair.ours);
  await measureLag(pair.ours);
  await compareDdlBesideJobs(options, pair);
}

async function compareBuilding(options: Options, pair: Pair): Promise<void> {
  printTimesHead(`${options.rows} rows`);
  const statements = {
    "CREATE INDEX": ["CREATE INDEX b ON t (name)", "DROP INDEX b"],
    "CREATE MATERIALIZED VIEW, a filter": [
      "CREATE MATERIALIZED VIEW b AS SELECT * FROM t WHERE grp < 100",
      "DROP MATERIALIZED VIEW b",
    ],
    "CREATE MATERIALIZED VIEW, groups": [
      "CREATE MATERIALIZED VIEW b AS SELECT grp, count(*), sum(id) FROM t GROUP BY grp",
      "DROP MATERIALIZED VIEW b",
    ],
  };
  for (const [what, [create = "", drop = ""]] of Object.entries(statements)) {
    await compareTimes(options, pair, what, async (server) => {
      const ms = await timed(() => query(server, DATABASE, create));
      await query(server, DATABASE, drop);
      return ms;
    });
  }
}

/** Nothing has changed: what FLUSH takes is a barrier and a round trip. */
async function measureBarrier(ours: Server): Promise<void> {
  for (let at = 0; at < VIEWS; at++) {
    await query(
      ours,
      DATABASE,
      `CREATE MATERIALIZED VIEW v${at} AS
       SELECT grp, count(*), sum(id) FROM t WHERE grp % ${VIEWS} = ${at} GROUP BY grp`,
    );
  }
  await query(ours, DATABASE, "FLUSH");
  const times: number[] = [];
  for (let at = 0; at < LAGS; at++) times.push(await timed(() => query(ours, DATABASE, "FLUSH")));
  print();
  print(`A barrier with ${VIEWS} views and nothing changed: ${median(times).toFixed(1)} ms.`);
}

/** From a commit until every view has it, while rows are changed all the time. */
async function measureLag(ours: Server): Promise<void> {
  let changing = true;
  const changes = (async () => {
    for (let id = 1; changing; id++) {
      const started = performance.now();
      const range = `BETWEEN ${id * 100} AND ${id * 100 + 99}`;
      await query(ours, DATABASE, `UPDATE t SET name = 'other ' || id WHERE id ${range}`);
      const rest = 100_000 / CHANGES_PER_SECOND - (performance.now() - started);
      if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    }
  })();
  const lags: number[] = [];
  for (let at = 0; at < LAGS; at++) {
    lags.push(await timed(() => query(ours, DATABASE, "FLUSH")));
  }
  changing = false;
  await changes;
  const worst = Math.max(...lags);
  print(
    `With ${CHANGES_PER_SECOND} rows changed a second, ${VIEWS} views take them in within ` +
      `${median(lags).toFixed(0)} ms of a FLUSH (at most ${worst.toFixed(0)}).`,
  );
}

/** CREATE SCHEMA, one client, while four jobs build; PostgreSQL builds from four clients. */
async function compareDdlBesideJobs(options: Options, pair: Pair): Promise<void> {
  print();
  print("While four indexes are built:");
  print();
  printThroughputHead();
  let base = 0;
  const script = "\\set n :n + 1\n\\set id :n + :base\nCREATE SCHEMA s:id;\n";
  await compareThroughput(options, pair, "CREATE SCHEMA", 1, async (server: Server) => {
    base += 10_000_000;
    const names = [1, 2, 3, 4].map((at) => `b${base}_${at}`);
    const isOurs = server === pair.ours;
    const set = isOurs ? "SET background_ddl = on; " : "";
    const build = (name: string) =>
      query(server, DATABASE, `${set}CREATE INDEX ${name} ON t (name)`);
    const building = Promise.all(names.map(build));
    if (isOurs) await building;
    const load = { script, clients: 1, variables: { base }, until: { seconds: options.seconds } };
    const measured = await pgbench(options.postgres, server, DATABASE, load);
    await building;
    if (isOurs) await query(server, DATABASE, "WAIT");
    await query(server, DATABASE, names.map((name) => `DROP INDEX ${name}`).join("; "));
    return measured;
  });
}
