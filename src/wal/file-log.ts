/**
 * THE LOG IN FILES of one directory; see directory.ts, segment.ts and group.ts for what lies there.
 *
 * An append is one pwrite into preallocated zeroes through an O_DSYNC descriptor: no metadata
 * changes, so the system call returns when the group is durable, and nothing else has to be
 * flushed.
 *
 *     new ──open──▶ open ──a write that failed──▶ broken
 *                    └──────────close──▶ closed ◀──close──┘
 *
 * broken: the kernel may have dropped what it could not write, so what the disk holds is known only
 * after the log is opened anew. The process stops; until then reading goes on and appending does
 * not.
 *
 * Only one process may have the directory open; the owner of the data directory sees to that.
 */
import { randomBytes } from "node:crypto";
import { assert } from "../base/assert.ts";
import { type Disk, errorCode } from "../base/disk.ts";
import { lsn } from "../base/ids.ts";
import { copyLog } from "./copy-log.ts";
import { checkSegmentEnd, readLogDirectory, segmentPath } from "./directory.ts";
import { encodeGroup, GROUP_HEADER_BYTES, nextPosition, seedOf } from "./group.ts";
import { ENTRY_BYTES_MAX, SEGMENT_BYTES, SEGMENT_BYTES_MIN } from "./limits.ts";
import {
  AppendError,
  type Entry,
  type Leadership,
  type Log,
  type LogInfo,
  type Position,
} from "./log.ts";
import { LogTail } from "./log-tail.ts";
import {
  offsetIn,
  payloadBytesMax,
  readWhole,
  type SegmentHeader,
  scanSegment,
  writeZeroes,
} from "./segment.ts";
import { type OpenSegment, type ReadySegment, SegmentFiles } from "./segment-files.ts";
import { readEntries } from "./segment-reader.ts";
import { findTerm, writeTerm } from "./term.ts";

export interface FileLogOptions {
  readonly disk: Disk;
  readonly directory: string;
  /** Size of new segment files. */
  readonly segmentBytes?: number;
  /** Identity of the log if it must be created; random unless a test fixes it. */
  readonly incarnation?: bigint;
  /** How long `tail` waits for an entry before it gives a sign of life. */
  readonly progressMs?: number;
}

const LOG_START: Position = { lsn: lsn(0n), chain: 0n };

export class FileLog implements Log {
  private readonly disk: Disk;
  private readonly directory: string;
  private readonly segmentBytes: number;
  private readonly files: SegmentFiles;
  private readonly tails: LogTail;
  private incarnation: bigint;
  private seed = 0;
  private state: "new" | "open" | "broken" | "closed" = "new";
  /** Begun segments in order; the last one is `current`. */
  private segments: SegmentHeader[] = [];
  private current: OpenSegment | undefined;
  private end: Position = LOG_START;
  private term = 0n;
  private leader: Leadership | undefined;
  private inFlight: Promise<unknown> | undefined;
  private group = Buffer.allocUnsafeSlow(64 * 1024);

  constructor(options: FileLogOptions) {
    this.disk = options.disk;
    this.directory = options.directory;
    this.segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
    assert(this.segmentBytes >= SEGMENT_BYTES_MIN, `segments of ${this.segmentBytes} bytes`);
    this.incarnation = options.incarnation ?? randomBytes(8).readBigUInt64BE();
    this.files = new SegmentFiles(this.disk, this.directory, this.segmentBytes);
    this.tails = new LogTail(options.progressMs);
  }

  async open(): Promise<LogInfo> {
    assert(this.state === "new", `a log that is ${this.state} cannot be opened`);
    await this.disk.makeDirectory(this.directory);
    const found = await readLogDirectory(this.disk, this.directory);
    for (const file of found.leftovers) await this.disk.remove(file);
    // A process that was killed may have left names and groups that no power cut would have spared;
    // what this open saw must not be gone after the next one.
    await this.disk.syncDirectory(this.directory);
    const last = found.segments.at(-1);
    this.incarnation = last?.incarnation ?? this.incarnation;
    this.seed = seedOf(this.incarnation);
    this.term = found.term?.term ?? 0n;
    this.segments = [...found.segments];
    if (last !== undefined) await this.openLast(last);
    if (found.blank?.bytes === this.segmentBytes) {
      await this.files.adopt(found.blank.number);
    } else if (found.blank !== undefined) {
      // Made when segments had another size. Nothing was ever in it.
      await this.disk.remove(segmentPath(this.directory, found.blank.number));
      await this.disk.syncDirectory(this.directory);
    }
    if (last === undefined) await this.create();
    this.state = "open";
    return this.info();
  }

  private info(): LogInfo {
    return { incarnation: this.incarnation, first: this.firstPosition(), head: this.end };
  }

  private firstPosition(): Position {
    return this.segments[0]?.first ?? LOG_START;
  }

  /** Finds the log's end in the last segment and cuts off what a crash left behind it. */
  private async openLast(header: SegmentHeader): Promise<void> {
    const path = segmentPath(this.directory, header.number);
    const bytes = await readWhole(this.disk, path);
    if (header.term > this.term) this.term = header.term;
    const scan = scanSegment(bytes, header, this.seed, false);
    let step = scan.next();
    for (; !step.done; step = scan.next()) {
      if (step.value.term > this.term) this.term = step.value.term;
    }
    const end = step.value;
    checkSegmentEnd(path, end);
    const file = await this.disk.open(path, "durable");
    this.current = { header, file };
    this.end = end.position;
    await file.sync();
    // Through the durable descriptor: the zeroes are on disk before anything is appended there.
    if (end.verdict === "torn") await writeZeroes(file, end.offset, bytes.length);
  }

  private async create(): Promise<void> {
    const ready = await this.files.getReady(1);
    await this.beginPooled(ready, 0n);
  }

  async campaign(): Promise<Leadership> {
    this.checkOpen();
    const stored = await findTerm(this.disk, this.directory);
    const highest = stored !== undefined && stored.term > this.term ? stored.term : this.term;
    const term = highest + 1n;
    this.term = term;
    await writeTerm(this.disk, this.directory, { incarnation: this.incarnation, term });
    const leadership: Leadership = {
      term,
      release: async () => {
        if (this.leader === leadership) this.leader = undefined;
      },
    };
    // Another campaign may have overtaken this one while its term was being written.
    if (this.term === term) this.leader = leadership;
    return leadership;
  }

  append(
    leadership: Leadership,
    expected: Position,
    payload: Uint8Array,
    mode: "now" | "pooled",
  ): Position | Promise<Position> {
    this.checkAppend(leadership, expected, payload);
    const size = GROUP_HEADER_BYTES + payload.length;
    const current = this.getCurrent();
    if (offsetIn(current.header, this.end) + size <= current.header.bytes) {
      const group = this.encode(expected, leadership.term, payload);
      return mode === "now" ? this.flushNow(group) : this.track(this.flushPooled(group));
    }
    const ready = this.files.findReady();
    if (mode === "pooled" || ready === undefined) {
      // The caller may use its buffer again at once, so the group is encoded before the first
      // await.
      const group = this.encode(expected, leadership.term, payload);
      return this.track(this.rollOver(leadership.term).then(() => this.flushPooled(group)));
    }
    this.guard(() => this.beginNow(ready, leadership.term));
    return this.flushNow(this.encode(expected, leadership.term, payload));
  }

  private checkAppend(leadership: Leadership, expected: Position, payload: Uint8Array): void {
    assert(this.state !== "new" && this.state !== "closed", `the log is ${this.state}`);
    assert(this.inFlight === undefined, "one append is in flight at a time");
    assert(payload.length > 0, "an entry has a payload");
    if (this.state === "broken") {
      throw new AppendError("unavailable", "the log takes no more after a write that failed");
    }
    if (leadership !== this.leader) {
      throw new AppendError("fenced", `term ${leadership.term} is over, the term is ${this.term}`);
    }
    if (expected.lsn !== this.end.lsn || expected.chain !== this.end.chain) {
      throw new AppendError(
        "conflict",
        `the log's head is at ${this.end.lsn}, the entry was meant for ${expected.lsn}`,
      );
    }
    const most = payloadBytesMax(this.segmentBytes);
    if (payload.length > most) {
      throw new AppendError("too-large", `an entry of ${payload.length} bytes exceeds ${most}`);
    }
  }

  /** Into the log's own buffer, so that the caller may use its own again at once. */
  private encode(position: Position, term: bigint, payload: Uint8Array): Buffer {
    const size = GROUP_HEADER_BYTES + payload.length;
    if (this.group.length < size) {
      const most = GROUP_HEADER_BYTES + ENTRY_BYTES_MAX;
      this.group = Buffer.allocUnsafeSlow(Math.min(most, size * 2));
    }
    return encodeGroup(this.group, position, term, payload, this.seed);
  }

  private flushNow(group: Buffer): Position {
    const { header, file } = this.getCurrent();
    this.guard(() => file.writeSync(group, offsetIn(header, this.end)));
    return this.advance(group);
  }

  private async flushPooled(group: Buffer): Promise<Position> {
    const { header, file } = this.getCurrent();
    try {
      await file.write(group, offsetIn(header, this.end));
    } catch (error) {
      throw this.broke(error);
    }
    return this.advance(group);
  }

  private advance(group: Buffer): Position {
    const { header } = this.getCurrent();
    this.end = nextPosition(this.end, group);
    if (offsetIn(header, this.end) * 2 > header.bytes) this.files.prepare(header.number + 1);
    this.tails.wake();
    return this.end;
  }

  /** Goes over to the next segment, waiting for it to be made if need be. */
  private async rollOver(term: bigint): Promise<void> {
    const number = this.getCurrent().header.number + 1;
    let ready: ReadySegment;
    try {
      ready = await this.files.getReady(number);
    } catch (error) {
      const code = errorCode(error);
      const full = code === "ENOSPC" || code === "EDQUOT";
      throw new AppendError(full ? "no-space" : "unavailable", "cannot make the next segment", {
        cause: error,
      });
    }
    try {
      await this.beginPooled(ready, term);
    } catch (error) {
      throw this.broke(error);
    }
  }

  private beginNow(ready: ReadySegment, term: bigint): void {
    this.use(this.files.beginNow(ready, this.headerOf(ready, term)));
  }

  private async beginPooled(ready: ReadySegment, term: bigint): Promise<void> {
    this.use(await this.files.beginPooled(ready, this.headerOf(ready, term)));
  }

  private headerOf(ready: ReadySegment, term: bigint): SegmentHeader {
    const { number, bytes } = ready;
    return { incarnation: this.incarnation, number, bytes, first: this.end, term };
  }

  private use(segment: OpenSegment): void {
    if (this.current !== undefined) this.files.retire(this.current);
    this.current = segment;
    this.segments.push(segment.header);
  }

  private guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      throw this.broke(error);
    }
  }

  /**
   * Whatever the disk's reason: an O_DSYNC write may fail after the page cache took the bytes, and
   * the kernel may or may not write them later.
   */
  private broke(cause: unknown): AppendError {
    this.state = "broken";
    return new AppendError("ambiguous", "a write to the log failed", { cause });
  }

  private async track<T>(work: Promise<T>): Promise<T> {
    this.inFlight = work;
    try {
      return await work;
    } finally {
      this.inFlight = undefined;
    }
  }

  async read(from: Position, limit: number): Promise<readonly Entry[]> {
    this.checkOpen();
    const { disk, directory, segments, end: head, seed } = this;
    return readEntries({ disk, directory, segments, head, seed }, from, limit);
  }

  tail(from: Position, signal: AbortSignal): AsyncIterable<Entry | undefined> {
    return this.tails.follow(this, from, signal);
  }

  async head(): Promise<Position> {
    this.checkOpen();
    return this.end;
  }

  /**
   * Writes a log into an empty directory that ends at a durable position of this one. Rejects with
   * the disk's error or the signal's reason.
   */
  copyTo(target: string, upTo: Position, signal: AbortSignal): Promise<void> {
    this.checkOpen();
    const { disk, directory } = this;
    return copyLog({ disk, directory, segments: [...this.segments], upTo, target, signal });
  }

  async trim(upTo: Position): Promise<void> {
    this.checkOpen();
    assert(upTo.lsn <= this.end.lsn, `cannot trim to ${upTo.lsn} behind the head ${this.end.lsn}`);
    let removed = false;
    // Oldest first: after a crash in between, what is left has no gap.
    for (let next = this.segments[1]; next && next.first.lsn <= upTo.lsn; next = this.segments[1]) {
      const [oldest] = this.segments.splice(0, 1);
      if (oldest === undefined) break;
      await this.disk.remove(segmentPath(this.directory, oldest.number));
      await this.disk.syncDirectory(this.directory);
      removed = true;
    }
    if (removed) this.tails.wake();
  }

  async close(): Promise<void> {
    if (this.state === "closed") return;
    this.state = "closed";
    this.tails.close();
    await this.inFlight?.catch(() => undefined);
    await this.files.close();
    await this.current?.file.close();
    this.current = undefined;
  }

  private getCurrent(): OpenSegment {
    assert(this.current, "the log has no segment in use");
    return this.current;
  }

  private checkOpen(): void {
    assert(this.state === "open" || this.state === "broken", `the log is ${this.state}`);
  }
}
