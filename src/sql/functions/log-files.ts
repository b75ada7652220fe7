/**
 * pg_ls_waldir: the files of the server's own log.
 * https://www.postgresql.org/docs/15/functions-admin.html#FUNCTIONS-ADMIN-GENFILE
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { defineSet } from "./define.ts";
import type { SetFunctionDefinition } from "./registry.ts";

const EPOCH_MS = Date.UTC(2000, 0, 1);

function* logFiles(data: string) {
  const directory = join(data, "wal");
  for (const name of readdirSync(directory)) {
    // One that is just being removed is none.
    const found = statSync(join(directory, name), { throwIfNoEntry: false });
    if (!found?.isFile() || name.startsWith(".")) continue;
    const modified = BigInt(Math.round((found.mtimeMs - EPOCH_MS) * 1000));
    yield [name, BigInt(found.size), modified];
  }
}

export const logFileFunctions: readonly SetFunctionDefinition[] = [
  defineSet("pg_ls_waldir()", ({ setting }) => logFiles(setting("data_directory") ?? ".")),
];
