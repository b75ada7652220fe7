/**
 * THE DISK: the one seam between this program and files. What must survive a power cut is written
 * through it, so that a simulated disk (test/support/sim-disk.ts) can cut the power at every
 * operation.
 *
 * What the seam promises, and what a caller must do itself:
 *   write on a "durable" file   durable when it returns (O_DSYNC); no sync needed
 *   write on any other file     durable after `sync`
 *   a new name, rename, remove  durable after `syncDirectory` of the directory
 * Errors are those of node:fs, with their `code`. A write that fails may have happened in part.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { assert } from "./assert.ts";

/**
 *   read     an existing file, for reading
 *   write    created if it is missing
 *   durable  an existing file, of which each write is durable when it returns
 */
export type OpenMode = "read" | "write" | "durable";

export interface DiskFile {
  /** Writes all of `bytes` at offset `at`. */
  writeSync(bytes: Uint8Array, at: number): void;
  /** The same through the thread pool; `bytes` must not change until it is done. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /**
   * Fills `into` from offset `at`; answers the number of bytes, fewer only at the end of the file.
   */
  read(into: Uint8Array, at: number): Promise<number>;
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Length in bytes. */
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface Disk {
  open(file: string, mode: OpenMode): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  remove(file: string): Promise<void>;
  exists(file: string): Promise<boolean>;
  /** Names in the directory, sorted; none if there is no such directory. */
  list(directory: string): Promise<readonly string[]>;
  /** Creates the directory and its parents where they are missing. */
  makeDirectory(directory: string): Promise<void>;
  /** An empty one. */
  removeDirectory(directory: string): Promise<void>;
  /** Makes the names in the directory durable. */
  syncDirectory(directory: string): Promise<void>;
}

/** The code of an operating system error, such as ENOSPC. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** One that exists already is left as it is. */
async function makeOneDirectory(directory: string): Promise<void> {
  try {
    await fs.promises.mkdir(directory, { mode: 0o700 });
  } catch (error) {
    const isThere = errorCode(error) === "EEXIST" && fs.statSync(directory).isDirectory();
    if (!isThere) throw error;
  }
}

const flagsOf = {
  read: fs.constants.O_RDONLY,
  write: fs.constants.O_RDWR | fs.constants.O_CREAT,
  durable: fs.constants.O_RDWR | fs.constants.O_DSYNC,
} as const satisfies Record<OpenMode, number>;

export class NodeDisk implements Disk {
  async open(file: string, mode: OpenMode): Promise<DiskFile> {
    assert(fs.constants.O_DSYNC !== undefined, "this platform has no O_DSYNC");
    return new NodeFile(await promised((done) => fs.open(file, flagsOf[mode], 0o600, done)));
  }

  rename(from: string, to: string): Promise<void> {
    return fs.promises.rename(from, to);
  }

  remove(file: string): Promise<void> {
    return fs.promises.unlink(file);
  }

  async exists(file: string): Promise<boolean> {
    try {
      await fs.promises.stat(file);
      return true;
    } catch (error) {
      if (errorCode(error) === "ENOENT") return false;
      throw error;
    }
  }

  async list(directory: string): Promise<readonly string[]> {
    try {
      return (await fs.promises.readdir(directory)).sort();
    } catch (error) {
      if (errorCode(error) === "ENOENT") return [];
      throw error;
    }
  }

  async makeDirectory(directory: string): Promise<void> {
    const wanted = path.resolve(directory);
    const made = [wanted];
    for (let at = path.dirname(wanted); !fs.existsSync(at); at = path.dirname(at)) made.push(at);
    // One by one: Node's recursive mkdir never ends where the kernel makes no directory (/proc).
    for (const each of made.toReversed()) await makeOneDirectory(each);
    // Each new directory is a new name in its parent, which a power cut could forget. The parent of
    // one that exists may still be waiting for that, if the process that made it was killed.
    for (const each of made) await this.syncDirectory(path.dirname(each));
  }

  removeDirectory(directory: string): Promise<void> {
    return fs.promises.rmdir(directory);
  }

  async syncDirectory(directory: string): Promise<void> {
    const handle = await fs.promises.open(directory, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** Plain descriptors: a FileHandle costs a promise and an object more for each write. */
class NodeFile implements DiskFile {
  private readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  writeSync(bytes: Uint8Array, at: number): void {
    let done = 0;
    while (done < bytes.length) {
      done += fs.writeSync(this.fd, bytes, done, bytes.length - done, at + done);
    }
  }

  write(bytes: Uint8Array, at: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const writeFrom = (done: number): void => {
        fs.write(this.fd, bytes, done, bytes.length - done, at + done, (error, written) => {
          if (error) reject(error);
          else if (done + written < bytes.length) writeFrom(done + written);
          else resolve();
        });
      };
      writeFrom(0);
    });
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const from = done;
      const got = await promised<number>((finish) =>
        fs.read(this.fd, into, from, into.length - from, at + from, finish),
      );
      if (got === 0) break;
      done += got;
    }
    return done;
  }

  async sync(): Promise<void> {
    await promised<void>((done) => fs.fsync(this.fd, done));
  }

  async truncate(length: number): Promise<void> {
    await promised<void>((done) => fs.ftruncate(this.fd, length, done));
  }

  async size(): Promise<number> {
    return (await promised<fs.Stats>((done) => fs.fstat(this.fd, done))).size;
  }

  async close(): Promise<void> {
    await promised<void>((done) => fs.close(this.fd, done));
  }
}

type Callback<T> = (error: Error | null | undefined, result?: T) => void;

function promised<T>(start: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(error) : resolve(result as T)));
  });
}
