/**
 * UTF-8 as PostgreSQL judges it: no overlong forms, no surrogates, nothing above U+10FFFF.
 * The error text shows the bytes that the first byte of the bad sequence announces, as far as there
 * are any.
 * https://www.postgresql.org/docs/15/multibyte.html
 */
import { SqlError } from "./sql-error.ts";

const REPLACEMENT = "\ufffd";

/** How many bytes a first byte announces. */
function announcedLength(first: number): number {
  if ((first & 0xe0) === 0xc0) return 2;
  if ((first & 0xf0) === 0xe0) return 3;
  if ((first & 0xf8) === 0xf0) return 4;
  return 1;
}

/** The least second byte that keeps a form from being overlong, and the greatest in range. */
function secondByteFits(first: number, second: number): boolean {
  if (first === 0xe0) return second >= 0xa0 && second <= 0xbf;
  if (first === 0xed) return second >= 0x80 && second <= 0x9f;
  if (first === 0xf0) return second >= 0x90 && second <= 0xbf;
  if (first === 0xf4) return second >= 0x80 && second <= 0x8f;
  return second >= 0x80 && second <= 0xbf;
}

/** Bytes of the valid sequence at `at`, or 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = announcedLength(first);
  if (at + length > end || !secondByteFits(first, bytes[at + 1] ?? 0)) return 0;
  for (let i = at + 2; i < at + length; i++) if (((bytes[i] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

/**
 * Offset of the first invalid byte sequence in [start, end), or -1. NUL counts as invalid on
 * request.
 */
function findInvalidUtf8(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  rejectNul = false,
): number {
  for (let at = start; at < end; ) {
    const length = rejectNul && bytes[at] === 0 ? 0 : sequenceLength(bytes, at, end);
    if (length === 0) return at;
    at += length;
  }
  return -1;
}

/** 22021 for the sequence at `at`. */
function invalidUtf8(bytes: Uint8Array, at: number, end = bytes.length): SqlError {
  const shown = Math.min(announcedLength(bytes[at] ?? 0), end - at);
  const list = Array.from(
    bytes.subarray(at, at + shown),
    (byte) => `0x${byte.toString(16).padStart(2, "0")}`,
  );
  return new SqlError("22021", `invalid byte sequence for encoding "UTF8": ${list.join(" ")}`);
}

/**
 * Text of [start, end). Throws 22021. U+FFFD in the result is the only sign of a fault, so only
 * then look closer.
 */
export function decodeUtf8(bytes: Buffer, start = 0, end = bytes.length): string {
  const text = bytes.toString("utf8", start, end);
  if (text.includes(REPLACEMENT)) {
    const at = findInvalidUtf8(bytes, start, end);
    if (at >= 0) throw invalidUtf8(bytes, at, end);
  }
  return text;
}
