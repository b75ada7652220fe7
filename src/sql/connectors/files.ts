/** Files of the server, opened where they may lie; errors of the system as PostgreSQL has them. */
import { constants } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { dirname, isAbsolute, sep } from "node:path";
import { SqlError } from "../../base/sql-error.ts";
import type { Surroundings } from "./connector.ts";
import { within } from "./deadline.ts";

const CODES: { readonly [code: string]: readonly [sqlstate: string, text: string] } = {
  ENOENT: ["58P01", "No such file or directory"],
  EACCES: ["42501", "Permission denied"],
  ELOOP: ["42501", "It is a symbolic link"],
  EISDIR: ["42809", "Is a directory"],
  ENOTDIR: ["42809", "Not a directory"],
  ENOSPC: ["53100", "No space left on device"],
};

/** `doing`: open, read, write. */
export async function onFile<T>(doing: string, path: string, work: Promise<T>): Promise<T> {
  try {
    return await within(`file "${path}"`, work);
  } catch (error) {
    if (error instanceof SqlError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "";
    const [sqlstate, text] = CODES[code] ?? ["58030", String((error as Error).message)];
    throw new SqlError(sqlstate, `could not ${doing} file "${path}": ${text}`);
  }
}

/** A file of a relative path lies in connector_directory, whatever links there are. */
export async function openFile(
  { file, directory }: Surroundings,
  path: string,
  flags: number,
): Promise<FileHandle> {
  const whole = file(path);
  if (!isAbsolute(path)) await checkInside(whole, directory());
  return onFile("open", path, open(whole, flags | constants.O_NOFOLLOW, 0o600));
}

export async function checkInside(whole: string, directory: string): Promise<void> {
  const real = await onFile("open", whole, realpath(dirname(whole)));
  const root = await onFile("open", directory, realpath(directory));
  if (real === root || real.startsWith(root + sep)) return;
  throw new SqlError("42501", `path "${whole}" leads out of connector_directory`);
}
