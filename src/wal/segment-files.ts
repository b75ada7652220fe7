/**
 * THE SEGMENTS THAT ARE WRITTEN: the one in use and the one made ahead.
 *
 *     none ──prepare──▶ making ──▶ ready ──begin──▶ in use ──▶ (none, for the one after it)
 *                         │
 *                         └── a failure puts it back to none: nothing of the log was touched,
 *                             so whoever needs the segment tries again
 */
import type { Disk, DiskFile } from "../base/disk.ts";
import { segmentPath } from "./directory.ts";
import { encodeSegmentHeader, type SegmentHeader, writeZeroes } from "./segment.ts";

export interface ReadySegment {
  readonly state: "ready";
  readonly number: number;
  readonly bytes: number;
  /** Each write is durable when it returns. */
  readonly file: DiskFile;
}
type Ahead =
  | { readonly state: "none" }
  | { readonly state: "making"; readonly done: Promise<ReadySegment> }
  | ReadySegment;

export interface OpenSegment {
  readonly header: SegmentHeader;
  readonly file: DiskFile;
}

export class SegmentFiles {
  private readonly disk: Disk;
  private readonly directory: string;
  private readonly bytes: number;
  private ahead: Ahead = { state: "none" };
  /** Files of segments that are full. */
  private retired: DiskFile[] = [];

  constructor(disk: Disk, directory: string, bytes: number) {
    this.disk = disk;
    this.directory = directory;
    this.bytes = bytes;
  }

  /** Goes on with a blank segment that an earlier run made. */
  async adopt(number: number): Promise<void> {
    const file = await this.disk.open(segmentPath(this.directory, number), "durable");
    this.ahead = { state: "ready", number, bytes: this.bytes, file };
  }

  /** Starts making the segment unless that was done; its failure shows where it is needed. */
  prepare(number: number): void {
    if (this.ahead.state === "none") this.make(number).catch(() => undefined);
  }

  findReady(): ReadySegment | undefined {
    return this.ahead.state === "ready" ? this.ahead : undefined;
  }

  /** Rejects with the disk's error, before anything of the log was touched. */
  async getReady(number: number): Promise<ReadySegment> {
    if (this.ahead.state === "ready") return this.ahead;
    return this.ahead.state === "making" ? this.ahead.done : this.make(number);
  }

  /** Writes the header; the segment is in use when this returns. */
  beginNow(ready: ReadySegment, header: SegmentHeader): OpenSegment {
    ready.file.writeSync(encodeSegmentHeader(header), 0);
    return this.begun(ready, header);
  }

  async beginPooled(ready: ReadySegment, header: SegmentHeader): Promise<OpenSegment> {
    await ready.file.write(encodeSegmentHeader(header), 0);
    return this.begun(ready, header);
  }

  retire(segment: OpenSegment): void {
    this.retired.push(segment.file);
  }

  async close(): Promise<void> {
    if (this.ahead.state === "making") await this.ahead.done.catch(() => undefined);
    if (this.ahead.state === "ready") await this.ahead.file.close();
    this.ahead = { state: "none" };
    await this.closeRetired();
  }

  private begun(ready: ReadySegment, header: SegmentHeader): OpenSegment {
    this.ahead = { state: "none" };
    return { header, file: ready.file };
  }

  private make(number: number): Promise<ReadySegment> {
    const done = this.makeFile(number).then(
      (ready) => {
        this.ahead = ready;
        return ready;
      },
      (error: unknown) => {
        this.ahead = { state: "none" };
        throw error;
      },
    );
    this.ahead = { state: "making", done };
    return done;
  }

  private async makeFile(number: number): Promise<ReadySegment> {
    await this.closeRetired();
    const path = segmentPath(this.directory, number);
    // The name appears when the zeroes are durable: a segment of the right name has its whole size.
    const fresh = await this.disk.open(`${path}.new`, "write");
    try {
      await fresh.truncate(0);
      await writeZeroes(fresh, 0, this.bytes);
      await fresh.sync();
    } finally {
      await fresh.close();
    }
    await this.disk.rename(`${path}.new`, path);
    await this.disk.syncDirectory(this.directory);
    const file = await this.disk.open(path, "durable");
    return { state: "ready", number, bytes: this.bytes, file };
  }

  private async closeRetired(): Promise<void> {
    const files = this.retired;
    this.retired = [];
    for (const file of files) await file.close();
  }
}
