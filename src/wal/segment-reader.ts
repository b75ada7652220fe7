/** READING ENTRIES from the segments of an open log, whose head is known. */
import { DataCorrupted } from "../base/assert.ts";
import type { Disk, DiskFile } from "../base/disk.ts";
import { segmentPath } from "./directory.ts";
import { entryAt, GROUP_HEADER_BYTES, inspectGroup } from "./group.ts";
import { DivergedError, type Entry, type Position, TrimmedError } from "./log.ts";
import { offsetIn, readWhole, type SegmentHeader, scanSegment } from "./segment.ts";

/** What is read at once at least; a group that is longer is read whole. */
const READ_BYTES = 256 * 1024;

export interface ReadableLog {
  readonly disk: Disk;
  readonly directory: string;
  readonly seed: number;
  /** Begun segments in order, as the log has them now; trimming takes from its front. */
  readonly segments: readonly SegmentHeader[];
  readonly head: Position;
}

/** Throws TrimmedError, DivergedError or, naming file and offset, DataCorrupted. */
export async function readEntries(
  log: ReadableLog,
  from: Position,
  limit: number,
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let position = from;
  while (entries.length < limit) {
    checkPosition(log, position);
    if (position.lsn === log.head.lsn) break;
    const at = log.segments.findLastIndex((segment) => segment.first.lsn <= position.lsn);
    const segment = log.segments[at] as SegmentHeader;
    const end = log.segments[at + 1]?.first ?? log.head;
    try {
      position = await readSegment(log, segment, position, end, limit, entries);
    } catch (error) {
      checkPosition(log, position);
      throw error;
    }
  }
  return entries;
}

function checkPosition(log: ReadableLog, position: Position): void {
  const first = log.segments[0]?.first ?? log.head;
  if (position.lsn < first.lsn) {
    throw new TrimmedError(`the log begins at ${first.lsn}, ${position.lsn} is no longer there`);
  }
  const { head } = log;
  if (position.lsn > head.lsn) {
    throw new DivergedError(`the log ends at ${head.lsn}, before ${position.lsn}`);
  }
  if (position.lsn === head.lsn && position.chain !== head.chain) throw diverged(position);
}

const diverged = (position: Position): DivergedError =>
  new DivergedError(`the log has another entry before ${position.lsn}`);

/** Adds entries up to the segment's end or the limit; answers the position behind them. */
async function readSegment(
  log: ReadableLog,
  segment: SegmentHeader,
  from: Position,
  end: Position,
  limit: number,
  entries: Entry[],
): Promise<Position> {
  const file = await log.disk.open(segmentPath(log.directory, segment.number), "read");
  try {
    let position = from;
    let size = READ_BYTES;
    while (position.lsn < end.lsn && entries.length < limit) {
      const start = offsetIn(segment, position);
      const left = offsetIn(segment, end) - start;
      const bytes = await readBytes(file, start, Math.min(size, left));
      const next = takeEntries(bytes, position, log.seed, limit, entries);
      if (next === position) {
        // Either the group is longer than what was read, or there is none.
        size = sizeAt(bytes);
        if (size <= bytes.length || size > left) await explain(log, segment, position);
      }
      position = next;
    }
    return position;
  } finally {
    await file.close();
  }
}

async function readBytes(file: DiskFile, from: number, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(size);
  return bytes.subarray(0, await file.read(bytes, from));
}

const sizeAt = (bytes: Buffer): number =>
  bytes.length < GROUP_HEADER_BYTES ? 0 : GROUP_HEADER_BYTES + bytes.readUInt32BE(0);

function takeEntries(
  bytes: Buffer,
  from: Position,
  seed: number,
  limit: number,
  entries: Entry[],
): Position {
  let position = from;
  for (let at = 0; at < bytes.length && entries.length < limit; ) {
    const found = inspectGroup(bytes, at, position, seed);
    if (found.header !== "good" || found.crc !== "good" || found.chain !== "good") break;
    const entry = entryAt(bytes, at, position, found.size);
    entries.push(entry);
    position = entry.next;
    at += found.size;
  }
  return position;
}

/** No valid group is where one is due: the asker has another history, or the segment is damaged. */
async function explain(log: ReadableLog, segment: SegmentHeader, due: Position): Promise<never> {
  const path = segmentPath(log.directory, segment.number);
  const bytes = await readWhole(log.disk, path);
  const scan = scanSegment(bytes, segment, log.seed, false);
  let position = segment.first;
  for (let step = scan.next(); !step.done && position.lsn < due.lsn; step = scan.next()) {
    position = step.value.next;
  }
  if (position.lsn > due.lsn) throw diverged(due);
  if (position.lsn === due.lsn && position.chain !== due.chain) throw diverged(due);
  throw new DataCorrupted(
    `${path} is damaged at offset ${offsetIn(segment, position)}: no valid group is there`,
  );
}
