/**
 * Files of the server for COPY: read and written piece by piece, off the server's thread. Regular
 * ones alone: opening a pipe may take for ever, and a thread of the pool with it.
 * https://www.postgresql.org/docs/15/sql-copy.html
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import { fileError } from "../../base/file-error.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { CopyInput } from "./api.ts";

const PIECE_BYTES = 256 * 1024;
const NOTHING = "/dev/null";

const hint = (command: string, does: string) =>
  `${command} instructs the PostgreSQL server process to ${does} a file. ` +
  "You may want a client-side facility such as psql's \\copy.";
const READ_HINT = hint("COPY FROM", "read");
const WRITE_HINT = hint("COPY TO", "write");

async function openRegular(path: string, flags: number): Promise<FileHandle> {
  const handle = await open(path, flags | constants.O_NONBLOCK, 0o644);
  const stats = await handle.stat();
  if (stats.isFile() || path === NOTHING) return handle;
  await handle.close();
  if (stats.isDirectory()) throw new SqlError("42809", `"${path}" is a directory`);
  throw notSupported(`COPY of "${path}", which is no regular file,`);
}

async function opened(path: string, doing: string, hint: string, opening: Promise<FileHandle>) {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof SqlError) throw error;
    throw fileError(`open file "${path}" for ${doing}`, error, hint);
  }
}

/** What COPY FROM reads. */
export class FileInput implements CopyInput {
  readonly #path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** A relative path begins in `directory`. Throws 58P01, 42501, 42809, 0A000, 58030. */
  static async open(path: string, directory: string): Promise<FileInput> {
    const opening = openRegular(resolve(directory, path), constants.O_RDONLY);
    return new FileInput(path, await opened(path, "reading", READ_HINT, opening));
  }

  async next(): Promise<Buffer | undefined> {
    try {
      const { buffer, bytesRead } = await this.#handle.read({
        buffer: Buffer.allocUnsafe(PIECE_BYTES),
      });
      return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
    } catch (error) {
      throw fileError(`read file "${this.#path}"`, error);
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** What COPY TO writes: pieces gather until somebody waits for them to be written. */
export class FileOutput {
  readonly #path: string;
  readonly #handle: FileHandle;
  #pieces: Buffer[] = [];
  #bytes = 0;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** Throws 42602, 58P01, 42501, 42809, 0A000, 53100, 58030. */
  static async open(path: string): Promise<FileOutput> {
    if (!path.startsWith("/")) {
      throw new SqlError("42602", "relative path not allowed for COPY to file");
    }
    const { O_WRONLY, O_CREAT, O_TRUNC } = constants;
    const opening = openRegular(path, O_WRONLY | O_CREAT | O_TRUNC);
    return new FileOutput(path, await opened(path, "writing", WRITE_HINT, opening));
  }

  copyOut(): void {}

  copyData(data: string | Uint8Array): void {
    const piece = Buffer.from(data as string);
    this.#pieces.push(piece);
    this.#bytes += piece.length;
  }

  get full(): boolean {
    return this.#bytes >= PIECE_BYTES;
  }

  async drained(): Promise<void> {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    try {
      if (pieces.length > 0) await this.#handle.writeFile(Buffer.concat(pieces));
    } catch (error) {
      throw fileError(`write to COPY file "${this.#path}"`, error);
    }
  }

  copyDone(): Promise<void> {
    return this.drained();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Runs with the file, which is closed whatever comes of it. */
export async function withFile<File extends { close(): Promise<void> }, T>(
  opening: Promise<File>,
  work: (file: File) => T | Promise<T>,
): Promise<T> {
  const file = await opening;
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
