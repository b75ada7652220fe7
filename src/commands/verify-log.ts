/**
 * THE LOG UNDER THE EYES OF `verify`: every group is valid (scanLog judges that), every frame
 * decodes, epochs count without gaps, transaction ids and terms never go back, no transaction is
 * committed in part.
 */
import { DataCorrupted, unreachable } from "../base/assert.ts";
import type { Disk } from "../base/disk.ts";
import { type BulkId, xidOf } from "../base/ids.ts";
import { readLogDirectory, scanLog } from "../wal/directory.ts";
import type { Frame, Mark } from "../wal/fragment.ts";
import { decodeEntry } from "../wal/frame.ts";
import { seedOf } from "../wal/group.ts";
import type { Entry, Log, LogInfo, Position } from "../wal/log.ts";
import type { SegmentHeader } from "../wal/segment.ts";
import { readEntries } from "../wal/segment-reader.ts";

export interface LogFindings {
  readonly faults: readonly string[];
  readonly entries: number;
  readonly epochs: { readonly first: number; readonly last: number } | undefined;
  /** What replay needs; absent when the log cannot be read to its end. */
  readonly readable: ReadableLog | undefined;
}

/** A log that can be read and not written: opening it changes nothing on disk. */
export interface ReadableLog extends Pick<Log, "read"> {
  readonly info: LogInfo;
}

/** Throws DataCorrupted when there is no log at all. */
export async function verifyLog(disk: Disk, directory: string): Promise<LogFindings> {
  const { segments } = await readLogDirectory(disk, directory);
  const [first] = segments;
  if (!first) throw new DataCorrupted(`there is no log in ${directory}`);
  const check = new LogCheck(first.first.lsn === 0n);
  const end = await scanTo(disk, directory, check);
  return {
    faults: check.faults,
    entries: check.entries,
    epochs: check.epochs,
    readable: end && readableLog(disk, directory, segments, end),
  };
}

/** The log's end, or undefined when damage stands before it. */
async function scanTo(
  disk: Disk,
  directory: string,
  check: LogCheck,
): Promise<Position | undefined> {
  const scan = scanLog(disk, directory);
  try {
    for (;;) {
      const step = await scan.next();
      if (step.done) {
        return step.value?.position;
      }
      check.entry(step.value);
    }
  } catch (error) {
    if (!(error instanceof DataCorrupted)) throw error;
    check.faults.push(`log: ${error.message}`);
    return undefined;
  }
}

function readableLog(
  disk: Disk,
  directory: string,
  segments: readonly SegmentHeader[],
  head: Position,
): ReadableLog {
  const [{ incarnation, first }] = segments as readonly [SegmentHeader];
  const log = { disk, directory, segments, head, seed: seedOf(incarnation) };
  return {
    info: { incarnation, first, head },
    read: (from, limit) => readEntries(log, from, limit),
  };
}

class LogCheck {
  readonly faults: string[] = [];
  entries = 0;
  epochs: { readonly first: number; readonly last: number } | undefined;
  readonly #fromStart: boolean;
  readonly #committed = new Set<number>();
  /** Transactions whose parts wait for their commit. */
  readonly #open = new Set<number>();
  /** Those whose commit did not follow their parts: recovery has forgotten them. */
  readonly #dangling = new Set<number>();
  #term = 0n;
  #nextOid = 0;
  #nextXid = 0;

  /** `fromStart`: the log still holds its first entry, so the first epoch must be 1. */
  constructor(fromStart: boolean) {
    this.#fromStart = fromStart;
  }

  entry(entry: Entry): void {
    this.entries++;
    const at = `log: the entry at lsn ${entry.position.lsn}`;
    if (entry.term < this.#term) {
      this.faults.push(`${at} has term ${entry.term}, the one before had ${this.#term}`);
    }
    this.#term = entry.term;
    const frames = decodeEntry(entry);
    for (const frame of frames) this.#frame(frame, at);
    if (frames.every((frame) => frame.kind === "part")) return;
    for (const xid of this.#open) this.#dangling.add(xid);
    this.#open.clear();
  }

  #frame(frame: Frame, at: string): void {
    switch (frame.kind) {
      case "commit":
        this.#epoch(frame.epoch, at);
        this.#transaction(frame.xid, at);
        return;
      case "marks":
        for (const mark of frame.marks) this.#mark(mark, at);
        return;
      case "part":
        this.#open.add(frame.xid);
        return;
      case "bulk":
        this.#bulk(frame.bulk, at);
        return;
      default:
        unreachable(frame);
    }
  }

  #epoch(epoch: number, at: string): void {
    const due = this.epochs ? this.epochs.last + 1 : this.#fromStart ? 1 : epoch;
    if (epoch !== due) this.faults.push(`${at} commits epoch ${epoch} where ${due} is due`);
    this.epochs = { first: this.epochs?.first ?? epoch, last: epoch };
  }

  #transaction(xid: number, at: string): void {
    if (this.#committed.has(xid)) {
      this.faults.push(`${at} commits transaction ${xid}, which was committed before`);
    }
    if (this.#dangling.has(xid)) {
      this.faults.push(`${at} commits transaction ${xid}, whose parts other entries follow`);
    }
    // Of a log without its start, the mark may be among what was trimmed.
    if (this.#fromStart && xid >= this.#nextXid) {
      this.faults.push(`${at} commits transaction ${xid}, which no mark before it reserves`);
    }
    this.#committed.add(xid);
    this.#open.delete(xid);
  }

  #bulk(bulk: BulkId, at: string): void {
    if (this.#fromStart && xidOf(bulk) >= this.#nextXid) {
      this.faults.push(`${at} has bulk ${bulk}, whose transaction id no mark before it reserves`);
    }
  }

  #mark(mark: Mark, at: string): void {
    if (mark.kind === "sequence" || mark.kind === "abandoned") return;
    const before = mark.kind === "oid" ? this.#nextOid : this.#nextXid;
    if (mark.next < before) {
      this.faults.push(`${at} takes the next ${mark.kind} back from ${before} to ${mark.next}`);
    }
    if (mark.kind === "oid") this.#nextOid = mark.next;
    else this.#nextXid = mark.next;
  }
}
