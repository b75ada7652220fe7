/**
 * SPILL FILES: results that are too large for memory, in DIR/tmp. They need not survive anything,
 * so they are written without a sync, and whatever is there at start-up is removed.
 */
import { mkdirSync, rmSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../../base/disk.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { SpillFile } from "../session/engine.ts";

export class SpillFiles {
  readonly #directory: string;
  readonly #removing = new Set<Promise<void>>();
  #last = 0;

  /** Removes what another process has left there. */
  constructor(directory: string) {
    this.#directory = directory;
    rmSync(directory, { recursive: true, force: true });
  }

  async create(): Promise<SpillFile> {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    this.#last += 1;
    const path = join(this.#directory, `rows.${this.#last}`);
    try {
      return new NodeSpillFile(path, await open(path, "wx+", 0o600), this.#removing);
    } catch (error) {
      throw diskError(error, "create", path);
    }
  }

  /** No file is in use any more. */
  async close(): Promise<void> {
    await Promise.all(this.#removing);
    await rm(this.#directory, { recursive: true, force: true });
  }
}

class NodeSpillFile implements SpillFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #removing: Set<Promise<void>>;

  constructor(path: string, handle: FileHandle, removing: Set<Promise<void>>) {
    this.#path = path;
    this.#handle = handle;
    this.#removing = removing;
  }

  async write(bytes: Uint8Array, at: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        const left = bytes.length - done;
        done += (await this.#handle.write(bytes, done, left, at + done)).bytesWritten;
      }
    } catch (error) {
      throw diskError(error, "write to", this.#path);
    }
  }

  async read(into: Uint8Array, at: number): Promise<void> {
    try {
      for (let done = 0; done < into.length; ) {
        const left = into.length - done;
        const { bytesRead } = await this.#handle.read(into, done, left, at + done);
        if (bytesRead === 0) throw new Error("it ends too soon");
        done += bytesRead;
      }
    } catch (error) {
      throw diskError(error, "read", this.#path);
    }
  }

  remove(): void {
    const removing = this.#handle
      .close()
      .then(() => rm(this.#path, { force: true }))
      .catch(() => {}) // the directory is removed at the next start
      .finally(() => this.#removing.delete(removing));
    this.#removing.add(removing);
  }
}

/** 53100 when the disk is full, else 58030. */
function diskError(error: unknown, verb: string, path: string): SqlError {
  const isFull = errorCode(error) === "ENOSPC" || errorCode(error) === "EDQUOT";
  const reason = isFull ? "No space left on device" : (error as Error).message;
  return new SqlError(isFull ? "53100" : "58030", `could not ${verb} file "${path}": ${reason}`);
}
