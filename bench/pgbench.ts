/** One measurement: pgbench with a script of ours against one server. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { HOST, type Server, USER } from "./server.ts";

export interface Load {
  /** The script itself, not its name. */
  readonly script: string;
  /** How pgbench sends it; "simple" unless given. */
  readonly protocol?: "simple" | "extended" | "prepared";
  readonly variables?: Readonly<Record<string, number>>;
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
    writeFileSync(join(scratch, "script.sql"), load.script);
    const threads = Math.min(load.clients, availableParallelism());
    const variables = Object.entries({ n: 0, ...load.variables });
    const output = await run(join(programs, "pgbench"), scratch, [
      ...["-h", HOST, "-p", String(server.port), "-U", USER, "-n", "-f", "script.sql"],
      ...["-M", load.protocol ?? "simple"],
      ...variables.flatMap(([name, value]) => ["-D", `${name}=${value}`]),
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
      else reject(new Error(`${program} ended with ${status}:\n${output}`));
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

/** One statement through psql, whose \copy speaks COPY as a client does. */
export async function psql(
  programs: string,
  server: Server,
  database: string,
  command: string,
): Promise<void> {
  const address = ["-h", HOST, "-p", String(server.port), "-U", USER, "-d", database];
  await run(join(programs, "psql"), "/", [
    ...address,
    "-Xq",
    "-v",
    "ON_ERROR_STOP=1",
    "-c",
    command,
  ]);
}
