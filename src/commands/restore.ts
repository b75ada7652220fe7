/**
 * `catalogd restore`: a data directory from a backup. Every file is held against the manifest as it
 * is copied. The copy is made beside its place and renamed when it is whole and durable, so that
 * nobody can start a server on a part of it.
 */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DataCorrupted } from "../base/assert.ts";
import { type Disk, NodeDisk } from "../base/disk.ts";
import { ConfigError } from "../config.ts";
import {
  type BackupFile,
  bytesOf,
  findManifest,
  LOG_DIRECTORY,
  misfit,
  piecesOf,
} from "../txn/backup-manifest.ts";

/**
 * `target`: missing, or an empty directory. Throws ConfigError, and DataCorrupted when the backup
 * is damaged.
 */
export async function restore(backup: string, target: string): Promise<void> {
  const disk = new NodeDisk();
  const manifest = await findManifest(disk, backup);
  if (!manifest) throw new ConfigError(`${backup} is no backup, or none that is whole`);
  const place = resolve(target);
  const isThere = existsSync(place);
  if (isThere && readdirSync(place).length > 0) throw new ConfigError(`${target} is not empty`);
  const copy = `${place}.restoring`;
  if (existsSync(copy)) {
    throw new ConfigError(`${copy} is what a restore left that did not end: remove it first`);
  }
  try {
    await disk.makeDirectory(join(copy, LOG_DIRECTORY));
    for (const file of manifest.files) await copyFile(disk, backup, copy, file);
    await disk.syncDirectory(join(copy, LOG_DIRECTORY));
    await disk.syncDirectory(copy);
  } catch (error) {
    rmSync(copy, { recursive: true, force: true });
    throw error;
  }
  if (isThere) rmdirSync(place);
  await disk.rename(copy, place);
  await disk.syncDirectory(dirname(place));
  const { cluster, epoch, files, takenAt } = manifest;
  process.stdout.write(
    `restored cluster ${cluster} at epoch ${epoch}, of ${takenAt}: ` +
      `${files.length} files, ${bytesOf(manifest)} bytes\n`,
  );
}

async function copyFile(disk: Disk, backup: string, copy: string, due: BackupFile): Promise<void> {
  const from = join(backup, due.name);
  const hash = createHash("sha256");
  let bytes = 0;
  const to = await disk.open(join(copy, due.name), "write");
  try {
    for await (const piece of piecesOf(disk, from)) {
      hash.update(piece);
      await to.write(piece, bytes);
      bytes += piece.length;
    }
    await to.sync();
  } finally {
    await to.close();
  }
  const fault = misfit(due, { name: due.name, bytes, sha256: hash.digest("hex") });
  if (fault !== undefined) throw new DataCorrupted(`${from} ${fault}`);
}
