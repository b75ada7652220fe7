/** PostgreSQL's client programs as child processes: psql, pg_dump, pg_dumpall, pg_restore. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Address } from "./server.ts";

export interface ProgramResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface ProgramOptions {
  /** Standard input. */
  readonly input?: string;
  readonly directory?: string;
  /** Errors stand in `out` where they came, as on a terminal. */
  readonly errorsInOutput?: boolean;
}

const missing = (program: string): Error =>
  new Error(
    `${program} is not installed; on Debian or Ubuntu: sudo apt-get install -y postgresql-client-15`,
  );

/** Variables and files of whoever runs the tests must not change what is printed. */
const environment = {
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  LC_ALL: "C.UTF-8",
  PSQLRC: "/nonexistent",
  PGCONNECT_TIMEOUT: "10",
};

export const connectTo = ({ host, port }: Address): string[] => [
  ...["-h", host, "-p", String(port), "-U", "root"],
];

export const spawnProgram = (
  program: string,
  parameters: readonly string[],
  directory?: string,
): ChildProcessWithoutNullStreams =>
  spawn(program, parameters, {
    env: environment,
    ...(directory === undefined ? {} : { cwd: directory }),
  });

/** Runs it to its end. */
export async function runProgram(
  program: string,
  parameters: readonly string[],
  { directory, errorsInOutput = false, input = "" }: ProgramOptions = {},
): Promise<ProgramResult> {
  // Both streams must be one and the same pipe, or their order is lost.
  const child = errorsInOutput
    ? spawnProgram("sh", ["-c", 'exec "$0" "$@" 2>&1', program, ...parameters], directory)
    : spawnProgram(program, parameters, directory);
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
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? missing(program) : error),
    );
  });
  if (code === 127) throw missing(program);
  return { code, out, err };
}
