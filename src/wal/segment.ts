/**
 * WAL SEGMENT: one file of fixed size, filled with zeroes and synced before its first use
 *   offset  size  field          (integers big-endian)
 *        0     8  magic          "CATDWAL\n"
 *        8     4  format version
 *       12     4  crc32          over the header's other bytes
 *       16     8  incarnation    random, drawn when the log was created
 *       24     8  number         of the segment: 1, 2, 3, …; also the file's name
 *       32     8  bytes          size of the file
 *       40     8  first lsn      of the first group
 *       48     8  first chain    what the first group continues
 *       56     8  term           of the leader that began the segment; 0 for the first one
 *       64        groups         one behind the other, never across the end; see group.ts
 *
 * A segment whose header is zero is blank: made ahead of its use, so that nobody waits for it. Its
 * header is durable before its first group is written. Lsns count the bytes of groups only, so the
 * last group of a segment ends where the first of the next one begins.
 *
 * Used segments are removed, not recycled: in a file of zeroes the end of the log is certain, while
 * among old groups it is a matter of checksums. The price is one more write of each byte.
 */
import { DataCorrupted } from "../base/assert.ts";
import { checksum } from "../base/bytes.ts";
import type { Disk, DiskFile } from "../base/disk.ts";
import { lsn } from "../base/ids.ts";
import { contentEnd, entryAt, GROUP_HEADER_BYTES, inspectGroup } from "./group.ts";
import { ENTRY_BYTES_MAX } from "./limits.ts";
import type { Entry, Position } from "./log.ts";
import { judge } from "./tail.ts";

export const SEGMENT_HEADER_BYTES = 64;
const FORMAT_VERSION = 1;
const MAGIC = Buffer.from("CATDWAL\n", "latin1");

export interface SegmentHeader {
  readonly incarnation: bigint;
  readonly number: number;
  /** Size of the file. */
  readonly bytes: number;
  readonly first: Position;
  readonly term: bigint;
}

/** Where a segment's valid groups end, and why. */
export interface SegmentEnd {
  readonly position: Position;
  /** Offset of that place in the file. */
  readonly offset: number;
  readonly verdict: "end" | "torn" | "corrupt";
  readonly reason: string;
}

export const segmentName = (number: number): string => `${String(number).padStart(16, "0")}.wal`;

/** The number in a segment's file name, or undefined if it is no such name. */
export function findSegmentNumber(name: string): number | undefined {
  return /^\d{16}\.wal$/.test(name) ? Number.parseInt(name, 10) : undefined;
}

export const offsetIn = (segment: SegmentHeader, at: Position): number =>
  SEGMENT_HEADER_BYTES + Number(at.lsn - segment.first.lsn);

/** The largest payload that a segment of this size takes. */
export const payloadBytesMax = (segmentBytes: number): number =>
  Math.min(ENTRY_BYTES_MAX, segmentBytes - SEGMENT_HEADER_BYTES - GROUP_HEADER_BYTES);

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32BE(FORMAT_VERSION, 8);
  bytes.writeBigUInt64BE(header.incarnation, 16);
  bytes.writeBigUInt64BE(BigInt(header.number), 24);
  bytes.writeBigUInt64BE(BigInt(header.bytes), 32);
  bytes.writeBigUInt64BE(header.first.lsn, 40);
  bytes.writeBigUInt64BE(header.first.chain, 48);
  bytes.writeBigUInt64BE(header.term, 56);
  bytes.writeUInt32BE(headerChecksum(bytes), 12);
  return bytes;
}

const headerChecksum = (bytes: Buffer): number =>
  checksum(bytes.subarray(16, SEGMENT_HEADER_BYTES), checksum(bytes.subarray(0, 12), 0));

/** Undefined if the bytes are no valid header; throws DataCorrupted for another format version. */
export function findSegmentHeader(bytes: Buffer, file: string): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES) return undefined;
  if (bytes.compare(MAGIC, 0, MAGIC.length, 0, MAGIC.length) !== 0) return undefined;
  if (bytes.readUInt32BE(12) !== headerChecksum(bytes)) return undefined;
  const version = bytes.readUInt32BE(8);
  if (version !== FORMAT_VERSION) {
    throw new DataCorrupted(
      `${file} has log format ${version}, this server reads ${FORMAT_VERSION}`,
    );
  }
  return {
    incarnation: bytes.readBigUInt64BE(16),
    number: Number(bytes.readBigUInt64BE(24)),
    bytes: Number(bytes.readBigUInt64BE(32)),
    first: { lsn: lsn(bytes.readBigUInt64BE(40)), chain: bytes.readBigUInt64BE(48) },
    term: bytes.readBigUInt64BE(56),
  };
}

/**
 * The entries of a whole segment in order; returns where they end.
 * `followed`: a later segment has begun, so this one was full.
 */
export function* scanSegment(
  bytes: Buffer,
  header: SegmentHeader,
  seed: number,
  followed: boolean,
): Generator<Entry, SegmentEnd> {
  let position = header.first;
  for (;;) {
    const offset = offsetIn(header, position);
    const found = inspectGroup(bytes, offset, position, seed);
    if (found.header === "good" && found.crc === "good" && found.chain === "good") {
      const entry = entryAt(bytes, offset, position, found.size);
      yield entry;
      position = entry.next;
      continue;
    }
    // The unused space of a full segment is no hole: the next segment says where this one ends.
    const further =
      (followed && found.header !== "zero") || hasGroupBehind(bytes, offset, header, seed);
    const { verdict, reason } = judge({ ...found, further });
    if (verdict !== "entry") return { position, offset, verdict, reason };
  }
}

/** Whether a valid group (but for its chain) stands anywhere behind `offset`. */
function hasGroupBehind(
  bytes: Buffer,
  offset: number,
  header: SegmentHeader,
  seed: number,
): boolean {
  const last = Math.min(contentEnd(bytes, offset), bytes.length - GROUP_HEADER_BYTES);
  const firstLow = Number(BigInt.asUintN(32, header.first.lsn)) - SEGMENT_HEADER_BYTES;
  for (let at = offset + 1; at < last; at++) {
    // The lsn's last byte and then its low half turn away nearly every place before the costly
    // look.
    const low = firstLow + at;
    if (bytes[at + 15] !== (low & 0xff) || bytes.readUInt32BE(at + 12) !== low >>> 0) continue;
    const position = { lsn: lsn(header.first.lsn + BigInt(at - SEGMENT_HEADER_BYTES)), chain: 0n };
    const found = inspectGroup(bytes, at, position, seed);
    if (found.header === "good" && found.crc === "good") return true;
  }
  return false;
}

/** The whole file. */
export async function readWhole(disk: Disk, file: string): Promise<Buffer> {
  const handle = await disk.open(file, "read");
  try {
    const bytes = Buffer.allocUnsafeSlow(await handle.size());
    return bytes.subarray(0, await handle.read(bytes, 0));
  } finally {
    await handle.close();
  }
}

const ZEROES = Buffer.alloc(256 * 1024);

/** Overwrites bytes `from` … `to` of the file with zeroes. */
export async function writeZeroes(file: DiskFile, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += ZEROES.length) {
    await file.write(ZEROES.subarray(0, Math.min(ZEROES.length, to - at)), at);
  }
}
