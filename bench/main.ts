/**
 * CATALOGD AGAINST POSTGRESQL 15: the same statements, on the same disk, in turns, every commit
 * durable. Prints Markdown. See bench/README.md for what each number means and how to read it.
 */
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { compareDdl, DDL_SCRIPTS } from "./ddl.ts";
import { measureFlush } from "./disk.ts";
import { compareJobs } from "./jobs.ts";
import { readOptions } from "./options.ts";
import { note, print } from "./print.ts";
import { compareQueries } from "./queries.ts";
import { compareRows } from "./rows.ts";
import { assertDisk, Catalogd, Postgres, type Server } from "./server.ts";

const suites = { ddl: compareDdl, queries: compareQueries, rows: compareRows, jobs: compareJobs };

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
    if (!DDL_SCRIPTS[script]) throw new Error(`there is no script ${script}`);
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
    for (const suite of options.suites) await suites[suite](options, { ours, theirs });
  } finally {
    for (const server of servers) await server.kill();
  }
}

await main().catch((error: unknown) => {
  note(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
