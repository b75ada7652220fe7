/** Files of the server, opened where they may lie; errors of the system as PostgreSQL has them. */
import { constants } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { dirname, isAbsolute, sep } from "node:path";
import { errorCode } from "../../base/disk.ts";
import { fileError } from "../../base/file-error.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Surroundings } from "./connector.ts";
import { within } from "./deadline.ts";

/** `doing`: open, read, write. */
export async function onFile<T>(doing: string, path: string, work: Promise<T>): Promise<T> {
  try {
    return await within(`file "${path}"`, work);
  } catch (error) {
    if (error instanceof SqlError) throw error;
    const what = `${doing} file "${path}"`;
    if (errorCode(error) !== "ELOOP") throw fileError(what, error);
    throw new SqlError("42501", `could not ${what}: It is a symbolic link`);
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
