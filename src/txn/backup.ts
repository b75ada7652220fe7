/**
 * TAKING A BACKUP of a server that goes on. Log and pages need not be copied at one moment: the
 * pages first, then the log up to a commit that is newer than they are. Whoever opens the copy
 * applies the rest of the log to the pages, as after a crash, and is at that commit.
 */
import { join } from "node:path";
import type { Disk } from "../base/disk.ts";
import { fileError } from "../base/file-error.ts";
import type { Epoch } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import type { Position } from "../wal/log.ts";
import {
  describeFile,
  LOG_DIRECTORY,
  type Manifest,
  writeFile,
  writeManifest,
} from "./backup-manifest.ts";

/** What is copied. */
export interface BackupSource {
  readonly disk: Disk;
  /** In hex. */
  readonly cluster: string;
  /** The content of cluster.json. */
  readonly record: Uint8Array;
  /** Copies the pages into the directory; durable when it resolves. */
  copyPages(directory: string, signal: AbortSignal): Promise<void>;
  /** The newest commit, and where the log ends with it. */
  reached(): { readonly position: Position; readonly epoch: Epoch };
  /** Copies the log up to there into an empty directory; durable when it resolves. */
  copyLog(directory: string, upTo: Position, signal: AbortSignal): Promise<void>;
}

export interface BackupRequest {
  readonly id: number;
  /** It must not exist. */
  readonly directory: string;
  readonly takenAt: Date;
}

/**
 * Rejects with the signal's reason, the disk's error, and 58P02 when the directory exists. What is
 * there of the copy then is for removeBackup.
 */
export async function takeBackup(
  source: BackupSource,
  { id, directory, takenAt }: BackupRequest,
  signal: AbortSignal,
): Promise<Manifest> {
  const { disk, cluster } = source;
  if (await disk.exists(directory)) {
    throw new SqlError("58P02", `directory "${directory}" exists`);
  }
  const log = join(directory, LOG_DIRECTORY);
  await disk.makeDirectory(log);
  await source.copyPages(directory, signal);
  const { position, epoch } = source.reached();
  await source.copyLog(log, position, signal);
  await writeFile(disk, join(directory, "cluster.json"), source.record);
  const names = [
    ...(await disk.list(directory)).filter((name) => name !== LOG_DIRECTORY),
    ...(await disk.list(log)).map((name) => `${LOG_DIRECTORY}/${name}`),
  ];
  const files = [];
  for (const name of names) files.push(await describeFile(disk, directory, name, signal));
  const manifest: Manifest = {
    format: 1,
    id,
    cluster,
    epoch,
    lsn: String(position.lsn),
    takenAt: takenAt.toISOString(),
    files,
  };
  await writeManifest(disk, directory, manifest);
  return manifest;
}

/** A failure as its client is told of it. */
export function backupError(directory: string, error: unknown): SqlError {
  if (error instanceof SqlError) return error;
  return fileError(`write or remove backup "${directory}"`, error);
}
