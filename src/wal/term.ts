/**
 * THE TERM FILE: the highest term that a leader of this log ever had
 *   offset  size  field        (integers big-endian)
 *        0     8  magic        "CATDTERM"
 *        8     4  format version
 *       12     4  crc32        over the other bytes
 *       16     8  incarnation  of the log
 *       24     8  term
 * Replaced as a whole (write, sync, rename, sync the directory) before the leader's first append.
 */
import * as path from "node:path";
import { DataCorrupted } from "../base/assert.ts";
import { checksum } from "../base/bytes.ts";
import type { Disk } from "../base/disk.ts";
import { readWhole } from "./segment.ts";

const NAME = "term";
const TERM_FILE_BYTES = 32;
const FORMAT_VERSION = 1;
const MAGIC = Buffer.from("CATDTERM", "latin1");

export interface TermRecord {
  readonly incarnation: bigint;
  readonly term: bigint;
}

/** Undefined if nobody ever led this log; throws DataCorrupted. */
export async function findTerm(disk: Disk, directory: string): Promise<TermRecord | undefined> {
  const file = path.join(directory, NAME);
  if (!(await disk.exists(file))) return undefined;
  const bytes = await readWhole(disk, file);
  const whole = bytes.length === TERM_FILE_BYTES && bytes.subarray(0, 8).equals(MAGIC);
  if (!whole || bytes.readUInt32BE(12) !== termChecksum(bytes)) {
    throw new DataCorrupted(`${file} is damaged`);
  }
  const version = bytes.readUInt32BE(8);
  if (version !== FORMAT_VERSION) {
    throw new DataCorrupted(`${file} has format ${version}, this server reads ${FORMAT_VERSION}`);
  }
  return { incarnation: bytes.readBigUInt64BE(16), term: bytes.readBigUInt64BE(24) };
}

/** Durable when it resolves. */
export async function writeTerm(disk: Disk, directory: string, record: TermRecord): Promise<void> {
  const bytes = Buffer.alloc(TERM_FILE_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32BE(FORMAT_VERSION, 8);
  bytes.writeBigUInt64BE(record.incarnation, 16);
  bytes.writeBigUInt64BE(record.term, 24);
  bytes.writeUInt32BE(termChecksum(bytes), 12);
  const file = path.join(directory, NAME);
  const handle = await disk.open(`${file}.new`, "write");
  try {
    await handle.write(bytes, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await disk.rename(`${file}.new`, file);
  await disk.syncDirectory(directory);
}

const termChecksum = (bytes: Buffer): number =>
  checksum(bytes.subarray(16, TERM_FILE_BYTES), checksum(bytes.subarray(0, 12), 0));
