/** DDL: throughput, the log, a start after kill -9. */
import type { Options } from "./options.ts";
import { type Measured, pgbench } from "./pgbench.ts";
import { mebibytes, print } from "./print.ts";
import { query, type Server } from "./server.ts";
import {
  compareThroughput,
  compareTimes,
  type Pair,
  printThroughputHead,
  printTimesHead,
} from "./turns.ts";

let databases = 0;

const NEXT_ID = "\\set n :n + 1\n\\set id :client_id * 100000000 + :n\n";
export const COLUMNS =
  "(id bigint NOT NULL, name text NOT NULL, amount numeric(12,2), made timestamptz, done boolean)";
const LOOKUP_TABLES = 1_000;
const TABLE = `${NEXT_ID}CREATE TABLE t:id ${COLUMNS};\n`;

/**
 * Names are unique per client and transaction: variables of pgbench outlive a transaction, so :n
 * counts. A number ends up in the middle of a name because pgbench replaces :id wherever it stands.
 */
export const DDL_SCRIPTS: Readonly<Record<string, string>> = {
  schema: `${NEXT_ID}CREATE SCHEMA s:id;\n`,
  table: TABLE,
  rich: `${NEXT_ID}CREATE TABLE t:id (id bigint PRIMARY KEY, name text NOT NULL DEFAULT 'none', amount numeric(12,2) CHECK (amount > 0), made timestamptz DEFAULT now(), parent bigint REFERENCES t:id);\n`,
  view: `${NEXT_ID}CREATE VIEW v:id AS SELECT n.nspname, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r';\n`,
  "create-drop": `${NEXT_ID}CREATE TABLE t:id ${COLUMNS};\nDROP TABLE t:id;\n`,
  lookup: `\\set k random(1, ${LOOKUP_TABLES})
SELECT c.oid, c.relkind FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relname = 't:k';
`,
};

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
    await pgbench(options.postgres, server, database, { script: TABLE, clients: 1, until });
  }
  const text = DDL_SCRIPTS[script] ?? "";
  const load = { script: text, clients, until: { seconds: options.seconds } };
  const measured = await pgbench(options.postgres, server, database, load);
  await query(server, "postgres", `DROP DATABASE ${database}`);
  // What is left to write is written in the server's own turn.
  await query(server, "postgres", "CHECKPOINT").catch(() => {});
  return measured;
}

export async function compareDdl(options: Options, pair: Pair): Promise<void> {
  printThroughputHead();
  let memory = "";
  for (const script of options.scripts) {
    for (const clients of options.clients) {
      memory = await compareThroughput(options, pair, script, clients, (server) =>
        measure(options, server, script, clients),
      );
    }
  }
  print();
  print(`Memory in the last of these runs, MiB: ${memory} (catalogd / PostgreSQL)`);
  await compareLogs(options, pair);
  await compareCascades(options, pair);
  await compareStarts(options, pair);
}

/** DROP SCHEMA … CASCADE of a schema with this many tables. */
async function compareCascades(options: Options, pair: Pair): Promise<void> {
  printTimesHead(`a schema of ${options.tables} tables`);
  let schemas = 0;
  await compareTimes(options, pair, "DROP SCHEMA … CASCADE", async (server) => {
    const database = `bench${++databases}`;
    await query(server, "postgres", `CREATE DATABASE ${database}`);
    const schema = `wide${++schemas}`;
    const tables = Array.from(
      { length: options.tables },
      (_, at) => `CREATE TABLE t${at} ${COLUMNS}`,
    );
    await query(server, database, `CREATE SCHEMA ${schema} ${tables.slice(0, 1)}`);
    for (let from = 1; from < tables.length; from += 1_000) {
      const some = tables.slice(from, from + 1_000).join("; ");
      await query(server, database, `SET search_path = ${schema}; ${some}`);
    }
    const started = performance.now();
    await query(server, database, `DROP SCHEMA ${schema} CASCADE`);
    return performance.now() - started;
  });
}

const LOG_TABLES = 320;

/** The log's cost of CREATE TABLE: how many commits share a flush, how many bytes each takes. */
async function compareLogs(options: Options, { ours, theirs }: Pair): Promise<void> {
  print();
  print("| log of CREATE TABLE | clients | catalogd | PostgreSQL |");
  print("| --- | ---: | ---: | ---: |");
  for (const clients of options.clients) {
    const until = { transactions: Math.ceil(LOG_TABLES / clients) };
    const load = { script: TABLE, clients, until };
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

async function compareStarts(options: Options, { ours, theirs }: Pair): Promise<void> {
  print();
  print(`| start with ${options.tables} tables | catalogd | PostgreSQL |`);
  print("| --- | ---: | ---: |");
  const clients = 4;
  const until = { transactions: Math.ceil(options.tables / clients) };
  const database = `bench${++databases}`;
  const times: string[] = [];
  for (const server of [ours, theirs]) {
    await query(server, "postgres", `CREATE DATABASE ${database}`);
    await pgbench(options.postgres, server, database, { script: TABLE, clients, until });
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
