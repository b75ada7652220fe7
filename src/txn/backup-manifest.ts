/**
 * A BACKUP is a directory:
 *
 *   manifest.json   what it is a copy of, and every other file with its size and SHA-256
 *   cluster.json, wal/…, pages.db, rows.db   as in a data directory
 *
 * The manifest is written last and removed first. A directory without one is no backup, whatever
 * else is in it.
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { z } from "zod";
import { DataCorrupted } from "../base/assert.ts";
import { type Disk, errorCode } from "../base/disk.ts";

export const MANIFEST = "manifest.json";
/** Of a backup, beside the one that it begins at. */
export const LOG_DIRECTORY = "wal";

const whole = z.number().int().nonnegative();
/** Names that stay inside. */
const fileSchema = z.object({
  name: z.string().regex(/^(wal\/)?[\w-]+(\.[\w-]+)*$/),
  bytes: whole,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const manifestSchema = z.object({
  format: z.literal(1),
  id: whole,
  /** The log's incarnation, in hex. */
  cluster: z.string(),
  /** The newest commit that is in it. */
  epoch: whole,
  /** Where its log ends. */
  lsn: z.string().regex(/^\d+$/),
  takenAt: z.iso.datetime(),
  files: z.array(fileSchema),
});
export type Manifest = z.infer<typeof manifestSchema>;
export type BackupFile = z.infer<typeof fileSchema>;

export const bytesOf = ({ files }: Manifest): number =>
  files.reduce((sum, { bytes }) => sum + bytes, 0);

const READ_BYTES = 256 * 1024;

/** A file's content in pieces, each to be used before the next one is asked for. */
export async function* piecesOf(disk: Disk, path: string): AsyncGenerator<Uint8Array> {
  const file = await disk.open(path, "read");
  try {
    const chunk = Buffer.allocUnsafeSlow(READ_BYTES);
    for (let at = 0; ; ) {
      const size = await file.read(chunk, at);
      if (size === 0) return;
      yield chunk.subarray(0, size);
      at += size;
    }
  } finally {
    await file.close();
  }
}

/** A file as the manifest tells of it. */
export async function describeFile(
  disk: Disk,
  directory: string,
  name: string,
  signal?: AbortSignal,
): Promise<BackupFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const piece of piecesOf(disk, join(directory, name))) {
    signal?.throwIfAborted();
    hash.update(piece);
    bytes += piece.length;
  }
  return { name, bytes, sha256: hash.digest("hex") };
}

/** The last step of a backup. */
export async function writeManifest(
  disk: Disk,
  directory: string,
  manifest: Manifest,
): Promise<void> {
  const path = join(directory, MANIFEST);
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  await writeFile(disk, `${path}.new`, Buffer.from(text));
  await disk.rename(`${path}.new`, path);
  await disk.syncDirectory(directory);
}

/** A new file; durable when its directory is synced. */
export async function writeFile(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const file = await disk.open(path, "write");
  try {
    await file.truncate(0);
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Undefined when the directory is no backup. Throws DataCorrupted when its manifest is damaged. */
export async function findManifest(disk: Disk, directory: string): Promise<Manifest | undefined> {
  const path = join(directory, MANIFEST);
  if (!(await disk.exists(path))) return undefined;
  const pieces: Uint8Array[] = [];
  for await (const piece of piecesOf(disk, path)) pieces.push(Buffer.from(piece));
  let content: unknown;
  try {
    content = JSON.parse(Buffer.concat(pieces).toString());
  } catch (error) {
    throw new DataCorrupted(`${path}: ${(error as Error).message}`);
  }
  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new DataCorrupted(`${path}: ${z.prettifyError(parsed.error)}`);
}

/** What of the files is not as the manifest says, a line each. */
export async function findFaults(
  disk: Disk,
  directory: string,
  { files }: Manifest,
): Promise<string[]> {
  const faults: string[] = [];
  for (const due of files) {
    const path = join(directory, due.name);
    if (!(await disk.exists(path))) {
      faults.push(`${path} is missing`);
      continue;
    }
    const fault = misfit(due, await describeFile(disk, directory, due.name));
    if (fault !== undefined) faults.push(`${path} ${fault}`);
  }
  return faults;
}

/** In words, how a file differs from what it should be. */
export function misfit(due: BackupFile, found: BackupFile): string | undefined {
  if (found.bytes !== due.bytes) return `is ${found.bytes} bytes long, not ${due.bytes}`;
  return found.sha256 === due.sha256 ? undefined : "has another checksum than its manifest says";
}

/** Removes a backup, whole or not; nothing when there is none. */
export async function removeBackup(disk: Disk, directory: string): Promise<void> {
  if (await disk.exists(join(directory, MANIFEST))) {
    await disk.remove(join(directory, MANIFEST));
    await disk.syncDirectory(directory);
  }
  for (const inner of [join(directory, LOG_DIRECTORY), directory]) {
    const names = await disk.list(inner);
    for (const name of names.filter((each) => inner !== directory || each !== LOG_DIRECTORY)) {
      await disk.remove(join(inner, name));
    }
    try {
      await disk.removeDirectory(inner);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
  }
  if (await disk.exists(dirname(directory))) await disk.syncDirectory(dirname(directory));
}
