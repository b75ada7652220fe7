/**
 * A machine whose power can be cut: a simulated disk with the log, and a real directory with the
 * pages.
 */
import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Disk, DiskFile } from "../../src/base/disk.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import type { Kept, SimDisk } from "../support/sim-disk.ts";

/** Small, so that a workload goes over several of them. */
const SEGMENT_BYTES = 8 * 1024;
/** A write that takes longer than this makes the sequencer use the thread pool. */
const SLOW_MS = 12;

/**
 *   kept    as the process left them
 *   file    without SQLite's own log: as of the last checkpoint
 *   older   as they were before the workload
 *   lost    none
 */
export type PagesFound = "kept" | "file" | "older" | "lost";

export interface Running {
  readonly engine: CatalogEngine;
  readonly sessions: Sessions;
}

export class Machine {
  readonly directory: string;
  readonly disk: SimDisk;
  #open: CatalogEngine | undefined;
  /** How many of the next synchronous writes take long. */
  slowWrites = 0;
  fatal: Error | undefined;

  constructor(directory: string, disk: SimDisk) {
    this.directory = directory;
    this.disk = disk;
    mkdirSync(directory);
  }

  get operations(): number {
    return this.disk.operations;
  }

  /** Another machine with the same on its disk, whose power is cut in an operation of its own. */
  copy(directory: string, crashAt?: number): Machine {
    const machine = new Machine(directory, this.disk.afterPowerCut("all", crashAt));
    this.#copyFiles(machine, ["cluster.json", "pages.db", "pages.db-wal"]);
    return machine;
  }

  afterPowerCut(kept: Kept, pages: PagesFound, older: Machine, crashAt?: number): Machine {
    const disk = this.disk.afterPowerCut(kept, crashAt);
    const machine = new Machine(`${this.directory}-${kept}`, disk);
    this.#copyFiles(machine, ["cluster.json"]);
    if (pages === "kept") this.#copyFiles(machine, ["pages.db", "pages.db-wal"]);
    if (pages === "file") this.#copyFiles(machine, ["pages.db"]);
    if (pages === "older") older.#copyFiles(machine, ["pages.db", "pages.db-wal"]);
    return machine;
  }

  #copyFiles(to: Machine, names: readonly string[]): void {
    for (const name of names) {
      const from = join(this.directory, name);
      if (existsSync(from)) copyFileSync(from, join(to.directory, name));
    }
  }

  async open(segmentBytes = SEGMENT_BYTES): Promise<Running> {
    const engine = await CatalogEngine.open({
      directory: this.directory,
      disk: this.#disk(),
      database: "dev",
      segmentBytes,
      onFatal: (error) => {
        this.fatal ??= error;
      },
    });
    this.#open = engine;
    return { engine, sessions: new Sessions({ engine }) };
  }

  /** All machines find their log under one name, wherever their directory is. */
  #disk(): Disk {
    const { disk } = this;
    const at = (path: string) => path.replace(this.directory, "/data");
    return {
      open: async (file, mode) => this.#slow(await disk.open(at(file), mode)),
      rename: (from, to) => disk.rename(at(from), at(to)),
      remove: (file) => disk.remove(at(file)),
      exists: (file) => disk.exists(at(file)),
      list: (name) => disk.list(at(name)),
      makeDirectory: () => disk.makeDirectory(),
      removeDirectory: (name) => disk.removeDirectory(at(name)),
      syncDirectory: (name) => disk.syncDirectory(at(name)),
    };
  }

  #slow(file: DiskFile): DiskFile {
    const { writeSync } = file;
    file.writeSync = (bytes, at) => {
      const until = this.slowWrites-- > 0 ? performance.now() + SLOW_MS : 0;
      while (performance.now() < until);
      writeSync.call(file, bytes, at);
    };
    return file;
  }

  /** Whether recovery comes to its end before the power is cut. */
  async opens(): Promise<boolean> {
    try {
      await this.open();
      return true;
    } catch (error) {
      if (isPowerCut(error)) return false;
      throw error;
    }
  }

  remove(): void {
    this.#open?.storage.store.close();
    rmSync(this.directory, { recursive: true });
  }
}

/** The simulated disk's own error, or what it has become on its way up. */
export function isPowerCut(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at.name === "PowerCut") return true;
  return false;
}
