/**
 * DDL AGAINST POSTGRESQL 15: the same pgbench scripts, on the same disk, in turns, every commit
 * durable. Prints Markdown. See bench/README.md for what each number means and how to read it.
 */
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { measureFlush } from "./disk.ts";
import { type Options, readOptions } from "./options.ts";
import { LOOKUP_TABLES, type Measured, pgbench, SCRIPTS } from "./pgbench.ts";
import { assertDisk, Catalogd, Postgres, query, type Server } from "./server.ts";

const print = (line = ""): void => {
  process.stdout.write(`${line}\n`);
};
const note = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
};
const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

let databases = 0;

/**
 * One measurement in a database of its own, which is gone afterwards: no run sees another one's
 * tables.
 */
async function measure(
  options: Options,
  server: Server,
  script: string,
  clients: number,
): Promise<Measured> {
  const database = `bench${++databases}`;
  await query(server, "postgres", `CREATE DATABASE ${database}`);
  if (script === "lookup") {
    const until = { transactions: LOOKUP_TABLES };
    await pgbench(options.postgres, server, database, { script: "table", clients: 1, until });
  }
  const until = { seconds: options.seconds };
  const measured = await pgbench(options.postgres, server, database, { script, clients, until });
  await query(server, "postgres", `DROP DATABASE ${database}`);
  // What is left to write is written in the server's own turn.
  await query(server, "postgres", "CHECKPOINT").catch(() => {});
  return measured;
}

async function compareThroughput(options: Options, ours: Server, theirs: Server): Promise<void> {
  print("| script | clients | catalogd tps | PostgreSQL tps | ratio | p50 ms | p99 ms |");
  print("| --- | ---: | ---: | ---: | ---: | --- | --- |");
  let memory = "";
  for (const script of options.scripts) {
    for (const clients of options.clients) {
      const results: (readonly [Measured, Measured])[] = [];
      for (let round = 0; round < options.rounds; round++) {
        // Whoever goes first meets a disk that has rested, so they take turns in that too.
        const oursFirst = round % 2 === 0;
        const early = await measure(options, oursFirst ? ours : theirs, script, clients);
        const late = await measure(options, oursFirst ? theirs : ours, script, clients);
        results.push(oursFirst ? [early, late] : [late, early]);
        note(`${script}, ${clients} clients, round ${round + 1} of ${options.rounds}`);
      }
      const both = (value: (measured: Measured) => number) =>
        [0, 1].map((at) => median(results.map((pair) => value(at === 0 ? pair[0] : pair[1]))));
      const [oursTps = 0, theirsTps = 0] = both(({ tps }) => tps);
      const ratio = median(results.map(([a, b]) => a.tps / b.tps)).toFixed(2);
      const p50 = both((measured) => measured.p50).map((ms) => ms.toFixed(2));
      const p99 = both((measured) => measured.p99).map((ms) => ms.toFixed(2));
      print(
        `| ${script} | ${clients} | ${oursTps.toFixed(0)} | ${theirsTps.toFixed(0)} | ${ratio} ` +
          `| ${p50.join(" / ")} | ${p99.join(" / ")} |`,
      );
      memory = both((measured) => measured.memoryBytes)
        .map(mebibytes)
        .join(" / ");
    }
  }
  print();
  print(`Memory in the last of these runs, MiB: ${memory} (catalogd / PostgreSQL)`);
}

const LOG_TABLES = 320;

/** The log's cost of CREATE TABLE: how many commits share a flush, how many bytes each takes. */
async function compareLogs(options: Options, ours: Catalogd, theirs: Postgres): Promise<void> {
  print();
  print("| log of CREATE TABLE | clients | catalogd | PostgreSQL |");
  print("| --- | ---: | ---: | ---: |");
  for (const clients of options.clients) {
    const until = { transactions: Math.ceil(LOG_TABLES / clients) };
    const load = { script: "table", clients, until };
    const made = until.transactions * clients;
    const database = `bench${++databases}`;

    await query(ours, "postgres", `CREATE DATABASE ${database}`);
    const before = await ours.logSize();
    await pgbench(options.postgres, ours, database, load);
    const after = await ours.logSize();

    await query(theirs, "postgres", `CREATE DATABASE ${database}`);
    const [start] = await query(theirs, "postgres", POSTGRES_LOG);
    await pgbench(options.postgres, theirs, database, load);
    // Backends hand their statistics over when they end.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const [end] = await query(theirs, "postgres", POSTGRES_LOG);
    const theirDifference = (at: number) => (Number(end?.[at]) - Number(start?.[at])) / made;

    const commits = after.commits - before.commits;
    const flushes = ((after.groups - before.groups) / commits).toFixed(2);
    const bytes = ((after.bytes - before.bytes) / commits).toFixed(0);
    print(`| flushes per commit | ${clients} | ${flushes} | ${theirDifference(1).toFixed(2)} |`);
    print(`| bytes per commit | ${clients} | ${bytes} | ${theirDifference(0).toFixed(0)} |`);
  }
}
const POSTGRES_LOG =
  "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn, wal_sync FROM pg_catalog.pg_stat_wal";

async function compareStarts(options: Options, ours: Catalogd, theirs: Postgres): Promise<void> {
  print();
  print(`| start with ${options.tables} tables | catalogd | PostgreSQL |`);
  print("| --- | ---: | ---: |");
  const clients = 4;
  const until = { transactions: Math.ceil(options.tables / clients) };
  const database = `bench${++databases}`;
  const times: string[] = [];
  for (const server of [ours, theirs]) {
    await query(server, "postgres", `CREATE DATABASE ${database}`);
    await pgbench(options.postgres, server, database, { script: "table", clients, until });
    await server.kill();
    times.push((await server.start()).toFixed(0));
  }
  print(`| ms from kill -9 to the first answer | ${times.join(" | ")} |`);
  print(
    `| MiB after that start | ${[ours, theirs].map((s) => mebibytes(s.memoryBytes())).join(" | ")} |`,
  );

  await ours.kill();
  ours.removePages();
  const ms = await ours.start();
  const { entries = 0, mutations = 0, ms: opening = 0 } = ours.opened ?? {};
  const rate = ((mutations / opening) * 1000).toFixed(0);
  print(`| ms to the first answer with the whole log to replay | ${ms.toFixed(0)} | |`);
  print(`| mutations replayed per second (${mutations} in ${entries} entries) | ${rate} | |`);
}

const INSTALL = `PostgreSQL 15's programs are what catalogd is compared with, and they are not there.
On Debian 12:  sudo apt-get install -y postgresql-15 postgresql-contrib
Elsewhere: https://www.postgresql.org/download/, then --postgres <folder of initdb, postgres, pgbench>`;

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const missing = ["initdb", "postgres", "pgbench"].filter(
    (program) => !existsSync(join(options.postgres, program)),
  );
  if (missing.length > 0) throw new Error(`${INSTALL}\n(looked in ${options.postgres})`);
  for (const script of options.scripts) {
    if (!SCRIPTS[script]) throw new Error(`there is no script ${script}`);
  }
  assertDisk(options.directory);
  const directory = mkdtempSync(join(options.directory, "catalogd-bench-"));
  chmodSync(directory, 0o711); // PostgreSQL may run as another user
  const servers: Server[] = [];
  // However this program ends (a signal, a reader of its output that left), nothing of it stays.
  process.on("exit", () => {
    for (const server of servers) server.killNow();
    rmSync(directory, { recursive: true, force: true });
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => process.exit(1));
  }
  try {
    const ours = await Catalogd.create(directory);
    const theirs = await Postgres.create(options.postgres, directory);
    servers.push(ours, theirs);
    const [load = 0] = loadavg();
    const flush = measureFlush(directory);
    for (const server of servers) await server.start();
    const [cpu] = cpus();
    const { seconds, rounds } = options;
    print(`${availableParallelism()} × ${cpu?.model ?? "CPU"}, Node ${process.versions.node};`);
    print(
      `a durable write takes ${flush.p50} µs (p99 ${flush.p99}); load before: ${load.toFixed(1)};`,
    );
    print(`medians of ${rounds} rounds of ${seconds} s each, in turns; catalogd / PostgreSQL.`);
    print();
    await compareThroughput(options, ours, theirs);
    await compareLogs(options, ours, theirs);
    await compareStarts(options, ours, theirs);
  } finally {
    for (const server of servers) await server.kill();
  }
}

await main().catch((error: unknown) => {
  note(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
