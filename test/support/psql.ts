/** The real psql as a child process. */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import {
  connectTo,
  type ProgramOptions,
  type ProgramResult,
  runProgram,
  spawnProgram,
} from "./client-program.ts";
import type { Address } from "./server.ts";

const common = (address: Address, database: string): string[] => [
  ...["-X", ...connectTo(address), "-d", database],
  ...["-P", "pager=off"],
];

/** Starts psql; what is written to its standard input it runs line by line. */
export const spawnPsql = (
  address: Address,
  parameters: readonly string[] = [],
  database = "dev",
): ChildProcessWithoutNullStreams =>
  spawnProgram("psql", [...common(address, database), ...parameters]);

/** Runs psql to its end. */
export const psql = (
  address: Address,
  parameters: readonly string[],
  { database = "dev", ...options }: ProgramOptions & { readonly database?: string } = {},
): Promise<ProgramResult> =>
  runProgram("psql", [...common(address, database), ...parameters], options);
