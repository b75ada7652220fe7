/**
 * A COPY OF THE LOG up to a position, beside a log that goes on: what stands before a durable
 * position never changes. The copy opens as a log that ends there.
 */
import type { Disk } from "../base/disk.ts";
import { segmentPath } from "./directory.ts";
import type { Position } from "./log.ts";
import { offsetIn, type SegmentHeader } from "./segment.ts";
import { findTerm, writeTerm } from "./term.ts";

export interface LogCopy {
  readonly disk: Disk;
  readonly directory: string;
  /** Of those that have begun, in order. */
  readonly segments: readonly SegmentHeader[];
  /** A durable position of the log. */
  readonly upTo: Position;
  /** An empty directory. */
  readonly target: string;
  readonly signal?: AbortSignal;
}

const COPIED_BYTES = 256 * 1024;

/** Durable when it resolves. Rejects with the disk's error or the signal's reason. */
export async function copyLog(copy: LogCopy): Promise<void> {
  const { disk, directory, segments, upTo, target } = copy;
  const [first, ...others] = segments;
  const wanted = others.filter((segment) => segment.first.lsn < upTo.lsn);
  for (const segment of first ? [first, ...wanted] : []) await copySegment(copy, segment);
  const term = await findTerm(disk, directory);
  if (term) await writeTerm(disk, target, term);
  await disk.syncDirectory(target);
}

async function copySegment(copy: LogCopy, segment: SegmentHeader): Promise<void> {
  const { disk, directory, target, upTo, signal } = copy;
  const from = await disk.open(segmentPath(directory, segment.number), "read");
  try {
    const to = await disk.open(segmentPath(target, segment.number), "write");
    try {
      const end = Math.min(offsetIn(segment, upTo), segment.bytes);
      const chunk = Buffer.allocUnsafeSlow(COPIED_BYTES);
      for (let at = 0; at < end; ) {
        signal?.throwIfAborted();
        const size = await from.read(chunk.subarray(0, Math.min(COPIED_BYTES, end - at)), at);
        await to.write(chunk.subarray(0, size), at);
        at += size;
      }
      // The rest is zeroes, as in any segment.
      await to.truncate(segment.bytes);
      await to.sync();
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}
