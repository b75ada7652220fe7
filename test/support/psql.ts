/** The real psql as a child process. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Address } from "./server.ts";

export interface PsqlResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const PSQL_MISSING =
  "psql is not installed; on Debian or Ubuntu: sudo apt-get install -y postgresql-client-15";

const common = ({ host, port }: Address, database: string): string[] => [
  ...["-X", "-h", host, "-p", String(port), "-U", "root", "-d", database],
  ...["-P", "pager=off"],
];

/** psql's variables and files of whoever runs the tests must not change what it prints. */
const environment = {
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  LC_ALL: "C.UTF-8",
  PSQLRC: "/nonexistent",
  PGCONNECT_TIMEOUT: "10",
};

/** Starts psql; what is written to its standard input it runs line by line. */
export const spawnPsql = (
  address: Address,
  parameters: readonly string[] = [],
  database = "dev",
): ChildProcessWithoutNullStreams =>
  spawn("psql", [...common(address, database), ...parameters], { env: environment });

export interface PsqlOptions {
  readonly database?: string;
  /** Standard input. */
  readonly input?: string;
  readonly directory?: string;
  /** Errors stand in `out` where they came, as on a terminal. */
  readonly errorsInOutput?: boolean;
}

/** Runs psql to its end. */
export async function psql(
  address: Address,
  parameters: readonly string[],
  options: PsqlOptions = {},
): Promise<PsqlResult> {
  const { database = "dev", directory, errorsInOutput = false, input = "" } = options;
  const all = [...common(address, database), ...parameters];
  // Both streams must be one and the same pipe, or their order is lost.
  const [command, rest] = errorsInOutput
    ? ["sh", ["-c", 'exec psql "$@" 2>&1', "psql", ...all]]
    : ["psql", all];
  const child = spawn(command as string, rest as string[], {
    env: environment,
    ...(directory === undefined ? {} : { cwd: directory }),
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("close", resolve);
    child.once("error", (error) => reject(missing(error)));
  });
  if (code === 127) throw new Error(PSQL_MISSING);
  return { code, out, err };
}

const missing = (error: NodeJS.ErrnoException): Error =>
  error.code === "ENOENT" ? new Error(PSQL_MISSING) : error;
