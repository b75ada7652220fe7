/** Queries on the catalog: what psql, drivers and BI tools ask, with few and many tables. */
import { readFileSync } from "node:fs";
import { COLUMNS } from "./ddl.ts";
import type { Options } from "./options.ts";
import { type Load, pgbench } from "./pgbench.ts";
import { print } from "./print.ts";
import { query, type Server } from "./server.ts";
import { compareThroughput, type Pair, printThroughputHead } from "./turns.ts";

/** Scripts of bench/sql and how each is sent. pgbench puts no variable into a prepared string. */
const SCRIPTS: readonly (readonly [script: string, protocol: NonNullable<Load["protocol"]>])[] = [
  ["describe", "simple"],
  ["one-table", "simple"],
  ["prepared", "simple"],
  ["prepared", "extended"],
  ["prepared", "prepared"],
  ["introspection", "simple"],
  ["columns", "simple"],
];

export async function compareQueries(options: Options, pair: Pair): Promise<void> {
  for (const tables of options.catalogs) {
    const database = `queries${tables}`;
    for (const server of [pair.ours, pair.theirs]) {
      await query(server, "postgres", `CREATE DATABASE ${database}`);
      for (let from = 1; from <= tables; from += 1_000) {
        const length = Math.min(1_000, tables - from + 1);
        const some = Array.from({ length }, (_, at) => `CREATE TABLE t${from + at} ${COLUMNS}`);
        await query(server, database, some.join("; "));
      }
    }
    // What its autovacuum would have done in a while.
    await query(pair.theirs, database, "VACUUM ANALYZE");
    print();
    print(`With ${tables} tables:`);
    print();
    printThroughputHead();
    for (const [name, protocol] of SCRIPTS) {
      const script = readFileSync(new URL(`sql/${name}.sql`, import.meta.url), "utf8");
      const until = { seconds: options.seconds };
      const load = { script, clients: 1, protocol, variables: { tables }, until };
      const run = (server: Server) => pgbench(options.postgres, server, database, load);
      // Unmeasured: what a server compiles and keeps is there afterwards.
      for (const server of [pair.ours, pair.theirs]) await run(server);
      await compareThroughput(options, pair, `${name}, ${protocol}`, 1, run);
    }
  }
}
