/** Clients as child processes: PostgreSQL's own programs, and those that tests of clients run. */
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
  /** Beside what every program has. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Errors stand in `out` where they came, as on a terminal. */
  readonly errorsInOutput?: boolean;
}

const PACKAGES: Readonly<Record<string, string>> = {
  java: "default-jdk-headless",
  "/usr/bin/python3": "python3",
};

const missing = (program: string): Error => {
  const name = PACKAGES[program] ?? "postgresql-client-15";
  return new Error(
    `${program} is not installed; on Debian or Ubuntu: sudo apt-get install -y ${name}`,
  );
};

/** Variables and files of whoever runs the tests must not change what is printed. */
const ENVIRONMENT = {
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
  { directory, environment }: Pick<ProgramOptions, "directory" | "environment"> = {},
): ChildProcessWithoutNullStreams =>
  spawn(program, parameters, {
    env: { ...ENVIRONMENT, ...environment },
    ...(directory === undefined ? {} : { cwd: directory }),
  });

/** Runs it to its end. */
export async function runProgram(
  program: string,
  parameters: readonly string[],
  { errorsInOutput = false, input = "", ...options }: ProgramOptions = {},
): Promise<ProgramResult> {
  // Both streams must be one and the same pipe, or their order is lost.
  const child = errorsInOutput
    ? spawnProgram("sh", ["-c", 'exec "$0" "$@" 2>&1', program, ...parameters], options)
    : spawnProgram(program, parameters, options);
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
