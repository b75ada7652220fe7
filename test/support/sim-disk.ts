/**
 * A SIMULATED DISK that knows what was written and what was synced.
 *
 * Each file keeps its content as programs see it, its content as the platters hold it, and the
 * writes in between; the same for the names. An operation has a number; at `crashAt` the power is
 * cut *in* it: it may have happened, in part, or not, and every later operation throws too.
 * `afterPowerCut` answers the disk that a machine finds when it comes up again:
 *   none   nothing that was not synced
 *   half   the first half of what was not synced, the write in the middle torn
 *   tail   the second half of it: later blocks reached the platters first
 *   all    everything
 */
import * as path from "node:path";
import type { Disk, DiskFile, OpenMode } from "../../src/base/disk.ts";

export type Kept = "none" | "half" | "tail" | "all";
export const EVERY_KEPT: readonly Kept[] = ["none", "half", "tail", "all"];

export class PowerCut extends Error {
  override readonly name = "PowerCut";
}

export type OperationKind =
  | "create"
  | "write"
  | "sync"
  | "truncate"
  | "rename"
  | "remove"
  | "names";
export interface Operation {
  readonly number: number;
  readonly kind: OperationKind;
  readonly path: string;
}
/**
 * What becomes of an operation; undefined = it succeeds. `applied` is how much of a write happens.
 */
export interface Fault {
  readonly code: "ENOSPC" | "EIO";
  readonly applied: "nothing" | "half" | "all";
}

type Change =
  | { readonly kind: "write"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly length: number };

class Content {
  visible: Buffer;
  synced: Buffer;
  unsynced: Change[] = [];

  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.visible = Buffer.from(bytes);
    this.synced = Buffer.from(bytes);
  }

  change(change: Change, durable: boolean): void {
    this.visible = applied(this.visible, change);
    if (durable) this.synced = applied(this.synced, change);
    else this.unsynced.push(change);
  }

  sync(): void {
    this.synced = Buffer.from(this.visible);
    this.unsynced = [];
  }
}

function applied(bytes: Buffer, change: Change): Buffer {
  if (change.kind === "truncate") {
    const next = Buffer.alloc(change.length);
    bytes.copy(next);
    return next;
  }
  const end = change.at + change.bytes.length;
  let next = bytes;
  if (end > bytes.length) {
    next = Buffer.alloc(end);
    bytes.copy(next);
  }
  next.set(change.bytes, change.at);
  return next;
}

type NameChange =
  | { readonly kind: "link"; readonly path: string; readonly content: Content }
  | { readonly kind: "unlink"; readonly path: string }
  | { readonly kind: "move"; readonly from: string; readonly path: string };

function rename(names: Map<string, Content>, change: NameChange): void {
  if (change.kind === "link") names.set(change.path, change.content);
  else if (change.kind === "unlink") names.delete(change.path);
  else {
    const content = names.get(change.from);
    names.delete(change.from);
    if (content !== undefined) names.set(change.path, content);
  }
}

export class SimDisk implements Disk {
  private readonly crashAt: number;
  private readonly names = new Map<string, Content>();
  private readonly syncedNames = new Map<string, Content>();
  private unsyncedNames: NameChange[] = [];
  private crashed = false;
  /** Operations so far that change something or make it durable. */
  operations = 0;
  /** Decides about each operation before it happens. */
  faults: (operation: Operation) => Fault | undefined = () => undefined;

  constructor(crashAt: number = Number.POSITIVE_INFINITY) {
    this.crashAt = crashAt;
  }

  /** The disk as it is found when the power comes back. */
  afterPowerCut(kept: Kept, crashAt?: number): SimDisk {
    const next = new SimDisk(crashAt);
    const names = new Map(this.syncedNames);
    for (const change of lucky(this.unsyncedNames, kept)) rename(names, change);
    for (const [file, content] of names) {
      let bytes: Buffer = Buffer.from(content.synced);
      for (const change of luckyChanges(content.unsynced, kept)) bytes = applied(bytes, change);
      const found = new Content(bytes);
      next.names.set(file, found);
      next.syncedNames.set(file, found);
    }
    return next;
  }

  /** The disk as the next process finds it when only this one died: nothing is lost, nor synced. */
  afterKill(crashAt?: number): SimDisk {
    const next = new SimDisk(crashAt);
    for (const [file, content] of this.names) next.names.set(file, content);
    for (const [file, content] of this.syncedNames) next.syncedNames.set(file, content);
    next.unsyncedNames = [...this.unsyncedNames];
    return next;
  }

  /** The content of a file, for tests that damage it. */
  bytesOf(file: string): Buffer {
    return this.get(file).visible;
  }

  /** Replaces a file, durably, as if it had always been so. */
  put(file: string, bytes: Uint8Array): void {
    const content = new Content(bytes);
    this.names.set(file, content);
    this.syncedNames.set(file, content);
  }

  flip(file: string, offset: number, bit: number): void {
    const bytes = Buffer.from(this.bytesOf(file));
    bytes[offset] = (bytes[offset] as number) ^ (1 << bit);
    this.put(file, bytes);
  }

  /** Counts an operation; `apply` is what it does, wholly or in half. */
  operate(kind: OperationKind, file: string, apply: (part: "half" | "all") => void): void {
    if (this.crashed) throw new PowerCut("the power is off");
    this.operations++;
    if (this.operations >= this.crashAt) {
      this.crashed = true;
      // What a sync was about to make durable stays unsynced; a change joins what is not synced.
      if (kind !== "sync" && kind !== "names") apply("all");
      throw new PowerCut(`the power was cut in operation ${this.operations} (${kind} ${file})`);
    }
    const fault = this.faults({ number: this.operations, kind, path: file });
    if (fault === undefined) {
      apply("all");
      return;
    }
    if (fault.applied !== "nothing") apply(fault.applied);
    throw Object.assign(new Error(`${fault.code}: simulated, ${kind} ${file}`), {
      code: fault.code,
    });
  }

  /** Whether a change that goes on now is durable at once. */
  get powered(): boolean {
    return !this.crashed;
  }

  private alive(): void {
    if (this.crashed) throw new PowerCut("the power is off");
  }

  private get(file: string): Content {
    const content = this.names.get(file);
    if (content === undefined)
      throw Object.assign(new Error(`no file ${file}`), { code: "ENOENT" });
    return content;
  }

  private changeName(change: NameChange): void {
    rename(this.names, change);
    this.unsyncedNames.push(change);
  }

  async open(file: string, mode: OpenMode): Promise<DiskFile> {
    this.alive();
    if (mode === "write" && !this.names.has(file)) {
      const content = new Content();
      this.operate("create", file, () => this.changeName({ kind: "link", path: file, content }));
    }
    return new SimFile(this, file, this.get(file), mode === "durable");
  }

  async rename(from: string, to: string): Promise<void> {
    this.get(from);
    this.operate("rename", to, () => this.changeName({ kind: "move", from, path: to }));
  }

  async remove(file: string): Promise<void> {
    this.get(file);
    this.operate("remove", file, () => this.changeName({ kind: "unlink", path: file }));
  }

  async exists(file: string): Promise<boolean> {
    this.alive();
    return this.names.has(file);
  }

  async list(directory: string): Promise<readonly string[]> {
    this.alive();
    const files = [...this.names.keys()].filter((file) => path.dirname(file) === directory);
    return files.map((file) => path.basename(file)).sort();
  }

  async makeDirectory(): Promise<void> {
    this.alive();
  }

  async removeDirectory(directory: string): Promise<void> {
    this.alive();
    const inside = [...this.names.keys()].some((file) => path.dirname(file) === directory);
    if (inside) throw Object.assign(new Error(`${directory} is not empty`), { code: "ENOTEMPTY" });
  }

  async syncDirectory(directory: string): Promise<void> {
    this.operate("names", directory, () => {
      const here = (change: NameChange) => path.dirname(change.path) === directory;
      for (const change of this.unsyncedNames.filter(here)) rename(this.syncedNames, change);
      this.unsyncedNames = this.unsyncedNames.filter((change) => !here(change));
    });
  }
}

class SimFile implements DiskFile {
  private readonly disk: SimDisk;
  private readonly path: string;
  private readonly content: Content;
  private readonly durable: boolean;

  constructor(disk: SimDisk, file: string, content: Content, durable: boolean) {
    this.disk = disk;
    this.path = file;
    this.content = content;
    this.durable = durable;
  }

  writeSync(bytes: Uint8Array, at: number): void {
    this.disk.operate("write", this.path, (part) => {
      const size = part === "all" ? bytes.length : bytes.length >> 1;
      const copy = new Uint8Array(bytes.subarray(0, size));
      const durable = this.durable && this.disk.powered && part === "all";
      this.content.change({ kind: "write", at, bytes: copy }, durable);
    });
  }

  async write(bytes: Uint8Array, at: number): Promise<void> {
    // The pool takes its time: whoever changes the bytes meanwhile is found out.
    await new Promise((resolve) => setImmediate(resolve));
    this.writeSync(bytes, at);
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    if (!this.disk.powered) throw new PowerCut("the power is off");
    return this.content.visible.copy(into, 0, at);
  }

  async sync(): Promise<void> {
    this.disk.operate("sync", this.path, () => this.content.sync());
  }

  async truncate(length: number): Promise<void> {
    this.disk.operate("truncate", this.path, () =>
      this.content.change({ kind: "truncate", length }, false),
    );
  }

  async size(): Promise<number> {
    return this.content.visible.length;
  }

  async close(): Promise<void> {}
}

function lucky<T>(changes: readonly T[], kept: Kept): readonly T[] {
  // A file system's journal keeps the order of names, so there is no second half without the first.
  if (kept === "none") return [];
  return kept === "all" ? changes : changes.slice(0, Math.ceil(changes.length / 2));
}

function luckyChanges(changes: readonly Change[], kept: Kept): readonly Change[] {
  if (kept === "none") return [];
  if (kept === "all") return changes;
  const middle = changes.length >> 1;
  const torn = changes[middle];
  if (torn === undefined) return [];
  const half = torn.kind === "write" ? halfOf(torn, kept) : torn;
  return kept === "half"
    ? [...changes.slice(0, middle), half]
    : [half, ...changes.slice(middle + 1)];
}

function halfOf(write: Change & { kind: "write" }, kept: "half" | "tail"): Change {
  const middle = write.bytes.length >> 1;
  return kept === "half"
    ? { ...write, bytes: write.bytes.subarray(0, middle) }
    : { ...write, at: write.at + middle, bytes: write.bytes.subarray(middle) };
}
