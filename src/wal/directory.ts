/**
 * WHAT LIES IN THE LOG'S DIRECTORY, read without changing anything.
 *
 *   0000000000000001.wal, …   segments, numbered without gaps; see segment.ts
 *   term                      see term.ts
 *   *.new                     files that were being made at a crash; they hold nothing
 *
 * At most the last segment is blank: it was made ahead, or its header was being written at a crash.
 */
import * as path from "node:path";
import { DataCorrupted } from "../base/assert.ts";
import type { Disk } from "../base/disk.ts";
import { isZero, seedOf } from "./group.ts";
import type { Entry } from "./log.ts";
import {
  findSegmentHeader,
  findSegmentNumber,
  readWhole,
  SEGMENT_HEADER_BYTES,
  type SegmentEnd,
  type SegmentHeader,
  scanSegment,
  segmentName,
} from "./segment.ts";
import { findTerm, type TermRecord } from "./term.ts";

/** A file that no header was made durable in. */
export interface BlankSegment {
  readonly number: number;
  readonly bytes: number;
  /** The header holds something, though nothing valid. */
  readonly torn: boolean;
}

export interface LogDirectory {
  /** Segments that have begun, in order. */
  readonly segments: readonly SegmentHeader[];
  readonly blank: BlankSegment | undefined;
  readonly term: TermRecord | undefined;
  /** Paths of files that a crash left behind. */
  readonly leftovers: readonly string[];
}

export const segmentPath = (directory: string, number: number): string =>
  path.join(directory, segmentName(number));

/** Throws DataCorrupted, naming the file. */
export async function readLogDirectory(disk: Disk, directory: string): Promise<LogDirectory> {
  const names = await disk.list(directory);
  const numbers = names.map(findSegmentNumber).filter((number) => number !== undefined);
  const segments: SegmentHeader[] = [];
  let blank: BlankSegment | undefined;
  for (const [at, number] of numbers.entries()) {
    const expected = (numbers[0] as number) + at;
    if (number !== expected) {
      throw new DataCorrupted(`${segmentPath(directory, expected)} is missing`);
    }
    const found = await inspectSegment(disk, directory, number, at === numbers.length - 1);
    if ("torn" in found) blank = found;
    else segments.push(found);
  }
  const term = await findTerm(disk, directory);
  checkDirectory(directory, segments, blank, term);
  const leftovers = names.filter((name) => name.endsWith(".new"));
  return { segments, blank, term, leftovers: leftovers.map((name) => path.join(directory, name)) };
}

async function inspectSegment(
  disk: Disk,
  directory: string,
  number: number,
  last: boolean,
): Promise<SegmentHeader | BlankSegment> {
  const file = segmentPath(directory, number);
  const handle = await disk.open(file, "read");
  try {
    const bytes = await handle.size();
    const start = Buffer.alloc(Math.min(bytes, SEGMENT_HEADER_BYTES));
    await handle.read(start, 0);
    const header = findSegmentHeader(start, file);
    if (header === undefined) {
      const whole = Buffer.allocUnsafeSlow(bytes);
      await handle.read(whole, 0);
      // A group is written only below a durable header.
      if (!last || !isZero(whole, start.length)) {
        throw new DataCorrupted(`${file} is damaged at offset 0: its header is not valid`);
      }
      return { number, bytes, torn: !isZero(start, 0) };
    }
    if (header.number !== number) {
      throw new DataCorrupted(`${file} is damaged at offset 24: it is segment ${header.number}`);
    }
    if (header.bytes !== bytes) {
      throw new DataCorrupted(`${file} is ${bytes} bytes long, not ${header.bytes}`);
    }
    return header;
  } finally {
    await handle.close();
  }
}

function checkDirectory(
  directory: string,
  segments: readonly SegmentHeader[],
  blank: BlankSegment | undefined,
  term: TermRecord | undefined,
): void {
  const [first] = segments;
  if (first === undefined) {
    // The first header is durable before the first term is, so the segments were lost later.
    if (term !== undefined) throw new DataCorrupted(`${directory} has a term and no log`);
    if (blank !== undefined && blank.number !== 1) {
      throw new DataCorrupted(`${segmentPath(directory, blank.number - 1)} is missing`);
    }
    return;
  }
  const before = segments.slice(0, -1);
  for (const [at, segment] of before.entries()) {
    const next = segments[at + 1] as SegmentHeader;
    if (next.incarnation !== first.incarnation || next.first.lsn <= segment.first.lsn) {
      throw new DataCorrupted(`${segmentPath(directory, next.number)} belongs to another log`);
    }
  }
  if (term !== undefined && term.incarnation !== first.incarnation) {
    throw new DataCorrupted(`the term in ${directory} belongs to another log`);
  }
}

/**
 * Every entry in the directory's segments; returns where the log ends, and whether it is torn
 * there. Throws DataCorrupted with file and offset. Changes nothing, so a log in use may be read
 * too.
 */
export async function* scanLog(
  disk: Disk,
  directory: string,
): AsyncGenerator<Entry, SegmentEnd | undefined> {
  const { segments } = await readLogDirectory(disk, directory);
  let end: SegmentEnd | undefined;
  for (const [at, segment] of segments.entries()) {
    const file = segmentPath(directory, segment.number);
    const bytes = await readWhole(disk, file);
    const next = segments[at + 1];
    end = yield* scanSegment(bytes, segment, seedOf(segment.incarnation), next !== undefined);
    checkSegmentEnd(file, end, next);
  }
  return end;
}

/** Throws DataCorrupted unless the segment ends where the next one begins. */
export function checkSegmentEnd(file: string, end: SegmentEnd, next?: SegmentHeader): void {
  if (end.verdict === "corrupt") {
    throw new DataCorrupted(`${file} is damaged at offset ${end.offset}: ${end.reason}`);
  }
  if (next === undefined) return;
  if (end.position.lsn !== next.first.lsn || end.position.chain !== next.first.chain) {
    throw new DataCorrupted(
      `${file} is damaged at offset ${end.offset}: the next segment begins elsewhere`,
    );
  }
}
