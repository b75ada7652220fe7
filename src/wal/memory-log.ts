/**
 * THE LOG IN MEMORY: for tests, and for servers whose catalog need not outlive them. Entries are in
 * a store of their own, so that a log can be closed and another opened over the same entries.
 */
import { randomBytes } from "node:crypto";
import { assert } from "../base/assert.ts";
import { lsn } from "../base/ids.ts";
import { encodeGroup, entryAt, GROUP_HEADER_BYTES, seedOf } from "./group.ts";
import { ENTRY_BYTES_MAX } from "./limits.ts";
import {
  AppendError,
  DivergedError,
  type Entry,
  type Leadership,
  type Log,
  type LogInfo,
  type Position,
  TrimmedError,
} from "./log.ts";
import { LogTail } from "./log-tail.ts";

export interface MemoryLogOptions {
  readonly store?: MemoryLogStore;
  /** How long `tail` waits for an entry before it gives a sign of life. */
  readonly progressMs?: number;
}

/** What outlives one MemoryLog. */
export class MemoryLogStore {
  readonly incarnation: bigint;
  readonly entries: Entry[] = [];
  /** Position of the first entry that is kept, or of the next one. */
  first: Position = { lsn: lsn(0n), chain: 0n };
  term = 0n;

  constructor(incarnation: bigint = randomBytes(8).readBigUInt64BE()) {
    this.incarnation = incarnation;
  }

  get head(): Position {
    return this.entries.at(-1)?.next ?? this.first;
  }
}

export class MemoryLog implements Log {
  private readonly store: MemoryLogStore;
  private readonly seed: number;
  private readonly tails: LogTail;
  private state: "new" | "open" | "closed" = "new";
  private leader: Leadership | undefined;
  private inFlight = false;

  constructor(options: MemoryLogOptions = {}) {
    this.store = options.store ?? new MemoryLogStore();
    this.seed = seedOf(this.store.incarnation);
    this.tails = new LogTail(options.progressMs);
  }

  async open(): Promise<LogInfo> {
    assert(this.state === "new", `a log that is ${this.state} cannot be opened`);
    this.state = "open";
    const { incarnation, first, head } = this.store;
    return { incarnation, first, head };
  }

  async campaign(): Promise<Leadership> {
    this.checkOpen();
    this.store.term += 1n;
    const leadership: Leadership = {
      term: this.store.term,
      release: async () => {
        if (this.leader === leadership) this.leader = undefined;
      },
    };
    this.leader = leadership;
    return leadership;
  }

  append(
    leadership: Leadership,
    expected: Position,
    payload: Uint8Array,
    mode: "now" | "pooled",
  ): Position | Promise<Position> {
    this.checkOpen();
    assert(!this.inFlight, "one append is in flight at a time");
    assert(payload.length > 0, "an entry has a payload");
    this.checkAppend(leadership, expected, payload);
    const group = Buffer.allocUnsafeSlow(GROUP_HEADER_BYTES + payload.length);
    encodeGroup(group, expected, leadership.term, payload, this.seed);
    const entry = entryAt(group, 0, expected, group.length);
    return mode === "now" ? this.add(entry) : this.addLater(entry);
  }

  private checkAppend(leadership: Leadership, expected: Position, payload: Uint8Array): void {
    const { head, term } = this.store;
    if (leadership !== this.leader || leadership.term !== term) {
      throw new AppendError("fenced", `term ${leadership.term} is over, the term is ${term}`);
    }
    if (expected.lsn !== head.lsn || expected.chain !== head.chain) {
      throw new AppendError(
        "conflict",
        `the log's head is at ${head.lsn}, the entry was meant for ${expected.lsn}`,
      );
    }
    if (payload.length > ENTRY_BYTES_MAX) {
      throw new AppendError(
        "too-large",
        `an entry of ${payload.length} bytes exceeds ${ENTRY_BYTES_MAX}`,
      );
    }
  }

  private add(entry: Entry): Position {
    this.store.entries.push(entry);
    this.tails.wake();
    return entry.next;
  }

  /** The event loop turns once, so that whoever relies on the promise being late is found out. */
  private async addLater(entry: Entry): Promise<Position> {
    this.inFlight = true;
    await new Promise((resolve) => setImmediate(resolve));
    this.inFlight = false;
    return this.add(entry);
  }

  async read(from: Position, limit: number): Promise<readonly Entry[]> {
    this.checkOpen();
    const { entries, first, head } = this.store;
    if (from.lsn < first.lsn) {
      throw new TrimmedError(`the log begins at ${first.lsn}, ${from.lsn} is no longer there`);
    }
    if (from.lsn > head.lsn) {
      throw new DivergedError(`the log ends at ${head.lsn}, before ${from.lsn}`);
    }
    const at = this.find(from.lsn);
    const found = entries[at]?.position ?? head;
    if (found.lsn !== from.lsn || found.chain !== from.chain) {
      throw new DivergedError(`the log has another entry before ${from.lsn}`);
    }
    return entries.slice(at, at + limit);
  }

  /** Index of the first entry at or behind `at`. */
  private find(at: bigint): number {
    const { entries } = this.store;
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entries[middle] as Entry).position.lsn < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  tail(from: Position, signal: AbortSignal): AsyncIterable<Entry | undefined> {
    return this.tails.follow(this, from, signal);
  }

  async head(): Promise<Position> {
    this.checkOpen();
    return this.store.head;
  }

  async trim(upTo: Position): Promise<void> {
    this.checkOpen();
    const { store } = this;
    assert(upTo.lsn <= store.head.lsn, `cannot trim to ${upTo.lsn} behind the head`);
    const at = this.find(upTo.lsn);
    store.first = store.entries[at]?.position ?? store.head;
    store.entries.splice(0, at);
    this.tails.wake();
  }

  async close(): Promise<void> {
    this.state = "closed";
    this.tails.close();
  }

  private checkOpen(): void {
    assert(this.state === "open", `the log is ${this.state}`);
  }
}
