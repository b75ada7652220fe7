/**
 * BACKUPS: directories below backup_storage_directory, each named by its number, and their rows in
 * rw_backup.
 *
 *   taken    row without an end ▶ files ▶ manifest ▶ row with its end
 *   deleted  row without an end ▶ manifest goes ▶ files go ▶ row goes
 *
 * So a row without an end that nobody works at is what a crash has left: with a manifest the backup
 * is whole, without one it goes. One is taken or deleted at a time.
 */
import { join } from "node:path";
import { type Disk, NodeDisk } from "../../base/disk.ts";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { rwBackup } from "../../catalog/relations/rw-backup.ts";
import { type BackupRequest, backupError } from "../../txn/backup.ts";
import { bytesOf, findManifest, type Manifest, removeBackup } from "../../txn/backup-manifest.ts";
import type { FollowedWork } from "../session/jobs.ts";
import type { ServerWork } from "./server-work.ts";

export interface BackupOptions {
  /** takeBackup of what the server serves. */
  readonly take: (request: BackupRequest, signal: AbortSignal) => Promise<Manifest>;
  /** Where they go; undefined: nowhere. */
  readonly directory: () => string | undefined;
  readonly now: () => Date;
}

export class Backups {
  readonly #server: ServerWork;
  readonly #options: BackupOptions;
  readonly #disk: Disk = new NodeDisk();
  #working: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;

  constructor(server: ServerWork, options: BackupOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** Throws 55000 and 55006. */
  take(database: Oid): FollowedWork & { readonly id: Oid } {
    const root = this.#options.directory();
    if (root === undefined) {
      const hint = "ALTER SYSTEM SET backup_storage_url = 'fs:///directory' says where they go.";
      throw new SqlError("55000", "no storage is set for backups", { hint });
    }
    const id = this.#server.storage.allocator.oid();
    const path = join(root, String(id));
    const work = async (signal: AbortSignal): Promise<void> => {
      await this.#server.alone(database, { kind: "noteBackup", id, path });
      const request = { id, directory: path, takenAt: this.#options.now() };
      try {
        await this.#note(database, id, path, await this.#options.take(request, signal));
      } catch (error) {
        const isOthers = error instanceof SqlError && error.code === "58P02";
        if (!isOthers) await removeBackup(this.#disk, path);
        await this.#server.alone(database, { kind: "forgetBackup", id });
        throw backupError(path, error);
      }
    };
    return { id, ...this.#follow(work) };
  }

  /** Throws 42704 and 55006. */
  remove(database: Oid, ids: readonly Oid[]): FollowedWork {
    const catalog = this.#server.catalog(database);
    const backups = ids.map((id) => {
      const backup = catalog.find(rwBackup, "key", [id]);
      if (backup?.finished) return backup;
      throw new SqlError("42704", `backup ${id} does not exist`);
    });
    return this.#follow(async (signal) => {
      for (const { id, path } of backups) {
        signal.throwIfAborted();
        await this.#server.alone(database, { kind: "noteBackup", id, path });
        await this.#removeWhole(database, id, path);
      }
    });
  }

  async #removeWhole(database: Oid, id: Oid, path: string): Promise<void> {
    try {
      await removeBackup(this.#disk, path);
    } catch (error) {
      throw backupError(path, error);
    }
    await this.#server.alone(database, { kind: "forgetBackup", id });
  }

  #note(database: Oid, id: Oid, path: string, manifest: Manifest): Promise<void> {
    const whole = { epoch: manifest.epoch, bytes: bytesOf(manifest) };
    return this.#server.alone(database, { kind: "noteBackup", id, path, whole });
  }

  /** What a crash has left; nothing while one is worked at. */
  recover(database: Oid): void {
    const left = [...this.#server.catalog(database).all(rwBackup)].filter(
      ({ finished }) => finished === null,
    );
    if (left.length === 0 || this.#working) return;
    this.#follow(async () => {
      for (const { id, path } of left) {
        const manifest = await findManifest(this.#disk, path);
        if (manifest?.id === id) await this.#note(database, id, path, manifest);
        else await this.#removeWhole(database, id, path);
      }
    });
  }

  async close(): Promise<void> {
    this.#working?.stop.abort(new SqlError("57P01", "the server is stopping"));
    await this.#working?.done;
  }

  #follow(work: (signal: AbortSignal) => Promise<void>): FollowedWork {
    if (this.#working) throw new SqlError("55006", "another backup is being taken or deleted");
    const stop = new AbortController();
    let failure: SqlError | undefined;
    const done = work(stop.signal)
      .catch((error: unknown) => {
        failure = backupError("", error);
        this.#server.logger.warn({ err: error }, "work at a backup failed");
      })
      .finally(() => {
        this.#working = undefined;
      });
    this.#working = { stop, done };
    const cancel = () => stop.abort(new SqlError("57014", "canceling backup due to user request"));
    return { ended: { done, cancel }, failure: () => failure };
  }
}
