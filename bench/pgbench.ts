/** One measurement: pgbench with a script of ours against one server. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { HOST, type Server, USER } from "./server.ts";

/**
 * Names are unique per client and transaction: variables of pgbench outlive a transaction, so :n
 * counts. A number ends up in the middle of a name because pgbench replaces :id wherever it stands.
 */
const NEXT_ID = "\\set n :n + 1\n\\set id :client_id * 100000000 + :n\n";
const COLUMNS =
  "(id bigint NOT NULL, name text NOT NULL, amount numeric(12,2), made timestamptz, done boolean)";

export const LOOKUP_TABLES = 1_000;

export const SCRIPTS: Readonly<Record<string, string>> = {
  schema: `${NEXT_ID}CREATE SCHEMA s:id;\n`,
  table: `${NEXT_ID}CREATE TABLE t:id ${COLUMNS};\n`,
  rich: `${NEXT_ID}CREATE TABLE t:id (id bigint PRIMARY KEY, name text NOT NULL DEFAULT 'none', amount numeric(12,2) CHECK (amount > 0), made timestamptz DEFAULT now(), parent bigint REFERENCES t:id);\n`,
  view: `${NEXT_ID}CREATE VIEW v:id AS SELECT n.nspname, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r';\n`,
  "create-drop": `${NEXT_ID}CREATE TABLE t:id ${COLUMNS};\nDROP TABLE t:id;\n`,
  lookup: `\\set k random(1, ${LOOKUP_TABLES})
SELECT c.oid, c.relkind FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relname = 't:k';
`,
};

export interface Load {
  readonly script: string;
  readonly clients: number;
  /** How long, or how many transactions each client runs. */
  readonly until: { readonly seconds: number } | { readonly transactions: number };
}

export interface Measured {
  /** Scripts completed per second, without the time of connecting. */
  readonly tps: number;
  readonly transactions: number;
  /** Milliseconds of one script. */
  readonly p50: number;
  readonly p99: number;
  /** Largest memory of the server's processes that was seen. */
  readonly memoryBytes: number;
}

/** Throws when a client was aborted: a number of a run that failed would mean nothing. */
export async function pgbench(
  programs: string,
  server: Server,
  database: string,
  load: Load,
): Promise<Measured> {
  const scratch = mkdtempSync(join(tmpdir(), "catalogd-bench-"));
  let memoryBytes = 0;
  const sampler = setInterval(() => {
    memoryBytes = Math.max(memoryBytes, server.memoryBytes());
  }, 500);
  try {
    writeFileSync(join(scratch, "script.sql"), SCRIPTS[load.script] ?? "");
    const threads = Math.min(load.clients, availableParallelism());
    const output = await run(join(programs, "pgbench"), scratch, [
      ...["-h", HOST, "-p", String(server.port), "-U", USER, "-n", "-f", "script.sql", "-D", "n=0"],
      ...["-c", String(load.clients), "-j", String(threads), "-l", "--log-prefix=latency"],
      ...("seconds" in load.until
        ? ["-T", String(load.until.seconds)]
        : ["-t", String(load.until.transactions)]),
      database,
    ]);
    const tps = Number(/^tps = ([\d.]+)/m.exec(output)?.[1]);
    if (!Number.isFinite(tps) || /aborted/.test(output))
      throw new Error(`pgbench says:\n${output}`);
    const latencies = readLatencies(scratch);
    const at = (share: number) => (latencies[Math.floor(latencies.length * share)] ?? 0) / 1000;
    return { tps, transactions: latencies.length, p50: at(0.5), p99: at(0.99), memoryBytes };
  } finally {
    clearInterval(sampler);
    rmSync(scratch, { recursive: true, force: true });
  }
}

function run(program: string, cwd: string, argv: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const child = spawn(program, argv, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    child.once("error", reject);
    child.once("close", (status) => {
      if (status === 0) resolve(output);
      else reject(new Error(`pgbench ended with ${status}:\n${output}`));
    });
  });
}

/**
 * Microseconds of every script, in order of length. https://www.postgresql.org/docs/15/pgbench.html
 */
function readLatencies(directory: string): Float64Array {
  const values: number[] = [];
  for (const name of readdirSync(directory)) {
    if (!name.startsWith("latency")) continue;
    for (const line of readFileSync(join(directory, name), "utf8").split("\n")) {
      if (line !== "") values.push(Number(line.split(" ")[2]));
    }
  }
  return Float64Array.from(values).sort();
}
