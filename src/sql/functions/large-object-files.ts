/**
 * Files of the server that large objects come from and go to, read and written at once. Regular
 * ones alone, as COPY takes them: opening a pipe may take for ever.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileError } from "../../base/file-error.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { SeenObject } from "./large-object-calls.ts";

/** While one is read or written, no other session runs. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;
const { O_CREAT, O_NONBLOCK, O_RDONLY, O_TRUNC, O_WRONLY } = constants;

function checkSize(path: string, bytes: number): void {
  if (bytes <= FILE_BYTES_MAX) return;
  throw new SqlError("54000", `server file "${path}" is too large for one call`, {
    detail: `It has ${bytes} bytes, the limit is ${FILE_BYTES_MAX}.`,
    hint: "Clients can read and write large objects in pieces, as psql's \\lo_import does.",
  });
}

function doing<T>(what: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof SqlError ? error : fileError(`${what} server file "${path}"`, error);
  }
}

/** `work` with its descriptor; a relative path begins in `directory`. */
function withFile<T>(
  [what, flags]: readonly [what: string, flags: number],
  path: string,
  directory: string,
  work: (file: number) => T,
): T {
  const place = resolve(directory, path);
  const file = doing(what, path, () => openSync(place, flags | O_NONBLOCK, 0o644));
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() && !stats.isDirectory()) {
      throw notSupported(`a large object of "${path}", which is no regular file,`);
    }
    checkSize(path, stats.size);
    return work(file);
  } finally {
    closeSync(file);
  }
}

/** `before`: when it is open. Throws 58P01, 42501, 42809, 0A000, 54000, 58030. */
export const readServerFile = <T>(
  path: string,
  directory: string,
  before: () => T,
): readonly [T, Uint8Array] =>
  withFile(["open", O_RDONLY], path, directory, (file) => {
    const done = before();
    return [done, doing("read", path, () => readFileSync(file))];
  });

/** Throws 58P01, 42501, 42809, 0A000, 53100, 54000, 58030. */
export const writeServerFile = (path: string, directory: string, object: SeenObject): void =>
  withFile(["create", O_WRONLY | O_CREAT | O_TRUNC], path, directory, (file) => {
    checkSize(path, object.bytes);
    for (let at = 0; at < object.bytes; at += PIECE_BYTES) {
      const piece = object.read(at, PIECE_BYTES);
      doing("write", path, () => writeFileSync(file, piece));
    }
  });
