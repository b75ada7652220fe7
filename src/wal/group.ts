/**
 * WAL GROUP: the unit of append, of flush and of validity
 *   offset  size  field     (integers big-endian)
 *        0     4  length    bytes of payload; 0 = end of the log (preallocated space is zero)
 *        4     4  crc32     over all that follows, going on from the incarnation's own crc32
 *        8     8  lsn       position of this group
 *       16     8  term      of the leader that wrote it
 *       24     8  chain     hash of the group before: a reader notices another history
 *       32     n  payload   frames, one per transaction; see frame.ts
 *
 * A group is valid iff its length fits the segment, its lsn is its own position, its crc matches
 * and its chain continues the group before. The chain of the next one is the first 8 bytes of the
 * SHA-256 over lsn, term, chain and payload, so equal chains mean equal histories.
 *
 * The incarnation is random and secret from clients, and it seeds the crc: nobody can put bytes
 * into a statement that would pass for a group of this log when the tail is judged.
 */
import { hash } from "node:crypto";
import { checksum } from "../base/bytes.ts";
import { lsn } from "../base/ids.ts";
import { ENTRY_BYTES_MAX } from "./limits.ts";
import type { Entry, Position } from "./log.ts";

export const GROUP_HEADER_BYTES = 32;
const CRC_FROM = 8;

/** What one place in a segment holds, in the words of the table in tail.ts. */
export interface Inspection {
  readonly header: "zero" | "bad" | "good";
  readonly crc: "bad" | "good";
  readonly chain: "bad" | "good";
  /** Bytes of the whole group; meaningful if the header is good. */
  readonly size: number;
}

/** The crc that every group of this log goes on from. */
export function seedOf(incarnation: bigint): number {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(incarnation);
  return checksum(bytes, 0);
}

/** Writes a group to the front of `into`, which must be large enough; answers its bytes. */
export function encodeGroup(
  into: Buffer,
  position: Position,
  term: bigint,
  payload: Uint8Array,
  seed: number,
): Buffer {
  const size = GROUP_HEADER_BYTES + payload.length;
  into.writeUInt32BE(payload.length, 0);
  into.writeBigUInt64BE(position.lsn, 8);
  into.writeBigUInt64BE(term, 16);
  into.writeBigUInt64BE(position.chain, 24);
  into.set(payload, GROUP_HEADER_BYTES);
  into.writeUInt32BE(checksum(into.subarray(CRC_FROM, size), seed), 4);
  return into.subarray(0, size);
}

/** The position behind a group. */
export function nextPosition(position: Position, group: Buffer): Position {
  const digest = hash("sha256", group.subarray(CRC_FROM), "hex");
  return {
    lsn: lsn(position.lsn + BigInt(group.length)),
    chain: BigInt(`0x${digest.slice(0, 16)}`),
  };
}

/** Looks at `bytes` from `at`, where a group at `position` is due. */
export function inspectGroup(
  bytes: Buffer,
  at: number,
  position: Position,
  seed: number,
): Inspection {
  const bad = { header: "bad", crc: "bad", chain: "bad", size: 0 } as const;
  if (bytes.length - at < GROUP_HEADER_BYTES) {
    return isZero(bytes, at) ? { ...bad, header: "zero" } : bad;
  }
  const length = bytes.readUInt32BE(at);
  if (length === 0) return isZero(bytes, at) ? { ...bad, header: "zero" } : bad;
  const size = GROUP_HEADER_BYTES + length;
  if (length > ENTRY_BYTES_MAX || size > bytes.length - at) return bad;
  if (bytes.readBigUInt64BE(at + 8) !== position.lsn) return bad;
  const crc = checksum(bytes.subarray(at + CRC_FROM, at + size), seed);
  return {
    header: "good",
    crc: crc === bytes.readUInt32BE(at + 4) ? "good" : "bad",
    chain: bytes.readBigUInt64BE(at + 24) === position.chain ? "good" : "bad",
    size,
  };
}

/** The entry in a group that was found valid; its payload is a view of `bytes`. */
export function entryAt(bytes: Buffer, at: number, position: Position, size: number): Entry {
  const group = bytes.subarray(at, at + size);
  return {
    position,
    term: group.readBigUInt64BE(16),
    payload: group.subarray(GROUP_HEADER_BYTES),
    next: nextPosition(position, group),
  };
}

const ZEROES = Buffer.alloc(64 * 1024);

export function isZero(bytes: Buffer, from: number): boolean {
  return contentEnd(bytes, from) === from;
}

/** Offset behind the last byte that is not zero, at least `from`. */
export function contentEnd(bytes: Buffer, from: number): number {
  let end = bytes.length;
  while (end > from) {
    const start = Math.max(from, end - ZEROES.length);
    if (bytes.compare(ZEROES, 0, end - start, start, end) !== 0) break;
    end = start;
  }
  while (end > from && bytes[end - 1] === 0) end--;
  return end;
}
