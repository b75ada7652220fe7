/** Rows of users' tables: loading, single-row statements, reading, and what a load does to DDL. */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { Options } from "./options.ts";
import { pgbench, psql } from "./pgbench.ts";
import { print } from "./print.ts";
import { query, type Server } from "./server.ts";
import {
  compareThroughput,
  compareTimes,
  type Pair,
  printThroughputHead,
  printTimesHead,
  timed,
} from "./turns.ts";

const DATABASE = "rows";
const TABLE = "(id bigint PRIMARY KEY, name text NOT NULL, amount numeric(12,2))";

const INSERT = `\\set n :n + 1
\\set id :client_id * 100000000 + :n + :base
INSERT INTO single VALUES (:id, 'name', 1);
`;
const SELECT_BY_KEY =
  "\\set id random(1, :rows)\nSELECT name, amount FROM loaded WHERE id = :id;\n";
const UPDATE_BY_KEY = `\\set id random(1, :rows)
UPDATE loaded SET name = 'other' WHERE id = :id;
`;

export async function compareRows(options: Options, pair: Pair): Promise<void> {
  for (const server of [pair.ours, pair.theirs]) {
    await query(server, "postgres", `CREATE DATABASE ${DATABASE}`);
    await query(server, DATABASE, `CREATE TABLE single ${TABLE}; CREATE TABLE loaded ${TABLE}`);
  }
  await compareLoads(options, pair);
  await compareReads(options, pair);
  await compareSingles(options, pair);
  await compareDdlDuringLoad(options, pair);
}

async function compareLoads(options: Options, pair: Pair): Promise<void> {
  const { rows } = options;
  printTimesHead(`${rows} rows`);
  await compareTimes(options, pair, "INSERT … SELECT generate_series", async (server) => {
    await query(server, DATABASE, "TRUNCATE loaded");
    return timed(() => query(server, DATABASE, insertSelect(rows)));
  });
  const directory = await mkdtemp(join(tmpdir(), "catalogd-copy-"));
  try {
    const file = join(directory, "rows.txt");
    const out = createWriteStream(file);
    for (let id = 1; id <= rows; id++) out.write(`${id}\tname ${id}\t${id % 1000}.25\n`);
    await finished(out.end());
    await compareTimes(options, pair, "COPY FROM", async (server) => {
      await query(server, DATABASE, "TRUNCATE loaded");
      return timed(() => psql(options.postgres, server, DATABASE, `\\copy loaded from '${file}'`));
    });
  } finally {
    await rm(directory, { recursive: true });
  }
}

const insertSelect = (rows: number): string =>
  `INSERT INTO loaded SELECT i, 'name ' || i, i % 1000 FROM generate_series(1, ${rows}) AS i`;

async function compareReads(options: Options, pair: Pair): Promise<void> {
  printTimesHead(`reading ${options.rows} rows`);
  const queries = {
    count: "SELECT count(*) FROM loaded",
    aggregate: "SELECT id % 10, sum(amount), max(name) FROM loaded GROUP BY 1 ORDER BY 1",
    join: "SELECT count(*) FROM loaded a JOIN loaded b ON b.id = a.id + 1 WHERE a.amount < 100",
    "the last by name": "SELECT * FROM loaded ORDER BY name DESC LIMIT 1",
  };
  // What its autovacuum would have done in a while.
  await query(pair.theirs, DATABASE, "VACUUM ANALYZE loaded");
  for (const [what, text] of Object.entries(queries)) {
    await compareTimes(options, pair, what, (server) => timed(() => query(server, DATABASE, text)));
  }
}

async function compareSingles(options: Options, pair: Pair): Promise<void> {
  print();
  printThroughputHead();
  let base = 0;
  const scripts = [
    ["INSERT", INSERT, "simple"],
    ["INSERT, prepared", INSERT, "prepared"],
    ["UPDATE by key, prepared", UPDATE_BY_KEY, "prepared"],
    ["SELECT by key, simple", SELECT_BY_KEY, "simple"],
    ["SELECT by key, prepared", SELECT_BY_KEY, "prepared"],
  ] as const;
  for (const [what, script, protocol] of scripts) {
    for (const clients of options.clients) {
      await compareThroughput(options, pair, what, clients, (server) => {
        base += 10_000_000_000;
        const variables = { base, rows: options.rows };
        const until = { seconds: options.seconds };
        const load = { script, clients, protocol, variables, until };
        return pgbench(options.postgres, server, DATABASE, load);
      });
    }
  }
}

/** CREATE SCHEMA, one client, while another loads rows. */
async function compareDdlDuringLoad(options: Options, pair: Pair): Promise<void> {
  print();
  print("While another client loads:");
  print();
  printThroughputHead();
  let base = 0;
  const script = "\\set n :n + 1\n\\set id :n + :base\nCREATE SCHEMA s:id;\n";
  await compareThroughput(options, pair, "CREATE SCHEMA", 1, async (server: Server) => {
    base += 10_000_000;
    await query(server, DATABASE, "TRUNCATE loaded");
    const loading = query(server, DATABASE, insertSelect(options.rows));
    const load = { script, clients: 1, variables: { base }, until: { seconds: options.seconds } };
    const measured = await pgbench(options.postgres, server, DATABASE, load);
    await loading;
    return measured;
  });
}
