/**
 * THE LOCK TABLE. Strict two-phase: what a transaction locks it keeps to its end (commit, abort,
 * disconnect) or to the savepoint that it rolls back to.
 *
 *   grant   a request is granted when no other owner holds a conflicting mode and no conflicting
 *   request of
 *           another owner waits before it (FIFO); an owner that already holds the lock may overtake
 *           the queue.
 *   wait    `acquire` never blocks: it throws a LockWait, whose `start` queues the request.
 *   wake    every release walks the queue from its head and grants what has become possible.
 *   cycle   before a request joins a queue, the wait-for graph is searched from it; one that would
 *   close a
 *           cycle is refused with 40P01, so no deadlock ever exists.
 */
import type { Oid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import { bitOf, conflictsOf, type LockMask, type LockMode, modesIn } from "./lock-mode.ts";
import { describeTag, type ExclusionTag, isExclusion, type LockTag } from "./lock-tag.ts";
import { Wait, type Waiting } from "./wait.ts";

/** Who holds and waits: one per session. Locks taken with `session: true` outlive transactions. */
export class LockOwner {
  readonly processId: number;
  /** Locks held, by tag key, in the order in which they were first granted. */
  readonly held = new Map<string, Held>();
  /** Grants of the running transaction, in order: a savepoint is a length of it. */
  readonly grants: Grant[] = [];
  waiting: Request | undefined;
  /** The last savepoint. */
  #marked = 0;

  constructor(processId: number) {
    this.processId = processId;
  }

  /** A savepoint; what is granted behind it is released by `releaseSince`. */
  mark(): number {
    this.#marked = this.grants.length;
    return this.#marked;
  }

  /** Whether all that is held of the lock was granted behind the last savepoint. */
  isNew({ key }: LockTag): boolean {
    const held = this.held.get(key);
    return held?.session === 0 && held.since >= this.#marked;
  }

  /** Savepoints behind this one are gone. */
  forgetMarks(mark: number): void {
    this.#marked = Math.min(this.#marked, mark);
  }

  /** A load of many rows gives up as many locks: no trace of them is kept. */
  forgetGivenUp(): void {
    const { grants } = this;
    while (grants.length > this.#marked && grants.at(-1)?.held === undefined) grants.pop();
  }
}

interface Grant {
  /** Undefined once it was given up early. */
  held: Held | undefined;
  readonly bit: LockMask;
  /** The transaction's grant of the same lock before it. */
  readonly before: Grant | undefined;
}

interface Held {
  readonly owner: LockOwner;
  readonly entry: LockEntry;
  /** How many grants its owner had when it came. */
  readonly since: number;
  /** The transaction's last grant of this lock. */
  last: Grant | undefined;
  transaction: LockMask;
  session: LockMask;
}

interface LockEntry {
  readonly tag: LockTag;
  /** Keys of other tags that mean the same lock. */
  aliases: readonly string[];
  holders: Held[];
  /** Union of all holders' modes. */
  granted: LockMask;
  queue: readonly Request[];
}

/** Most locks have neither aliases nor a queue. */
const NONE: readonly never[] = [];
/** Never changed. */
const EMPTY: Held[] = [];

interface Request {
  readonly owner: LockOwner;
  readonly entry: LockEntry;
  readonly mode: LockMode;
  readonly session: boolean;
  readonly since: number;
  grant(): void;
}

/** One line of pg_locks. */
export interface LockRow {
  readonly tag: LockTag;
  readonly processId: number;
  readonly mode: LockMode;
  readonly granted: boolean;
  /** Milliseconds since the epoch of Unix at which the wait began. */
  readonly waitStart: number | undefined;
}

class LockWait extends Wait {
  readonly what: string;
  readonly #join: () => Waiting;

  constructor(what: string, join: () => Waiting) {
    super();
    this.what = what;
    this.#join = join;
  }

  override start(): Waiting {
    return this.#join();
  }
}

export class LockManager {
  /** By database, how many requests were refused because they would have closed a cycle. */
  readonly deadlocks = new Map<Oid, number>();
  readonly #entries = new Map<string, LockEntry>();
  /** Keys under exclusion constraints, by index. */
  readonly #exclusions = new Map<Oid, Set<LockEntry>>();
  readonly #now: () => number;
  /** Told of a process that begins to wait. */
  onWait: ((processId: number) => void) | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Grants at once or throws a Wait; nothing is queued until the Wait is started. */
  acquire(owner: LockOwner, tag: LockTag, mode: LockMode, session = false): void {
    if (this.tryAcquire(owner, tag, mode, session)) return;
    throw new LockWait(describeTag(tag), () => this.#join(owner, tag, mode, session));
  }

  /** True when granted (or held already). */
  tryAcquire(owner: LockOwner, tag: LockTag, mode: LockMode, session = false): boolean {
    const entry = this.#entryOf(tag);
    const held = owner.held.get(entry.tag.key);
    if (held && (session ? held.session : held.transaction) & bitOf[mode]) return true;
    if (!isFree(entry, owner, mode, held)) {
      this.#forgetIfUnused(entry);
      return false;
    }
    give(entry, owner, held, bitOf[mode], session);
    return true;
  }

  /**
   * What is locked goes on as something new, which nobody has locked yet: as long as anybody holds
   * or wants either, both are one lock.
   */
  continueAs(tag: LockTag, next: LockTag): void {
    const entry = this.#entries.get(tag.key);
    if (!entry) return;
    entry.aliases = [...entry.aliases, next.key];
    this.#entries.set(next.key, entry);
  }

  /**
   * Ends the transaction's hold on everything it was granted after `mark` (a former grants.length).
   */
  releaseSince(owner: LockOwner, mark: number): void {
    const touched = new Set<LockEntry>();
    while (owner.grants.length > mark) {
      const grant = owner.grants.pop();
      const held = grant?.held;
      if (!grant || !held) continue;
      held.transaction &= ~grant.bit;
      held.last = grant.before;
      this.#afterRelease(owner, held);
      touched.add(held.entry);
    }
    owner.forgetMarks(mark);
    for (const entry of touched) this.#wake(entry);
  }

  /** Ends everything the owner holds or waits for: disconnect. */
  releaseAll(owner: LockOwner): void {
    if (owner.waiting) this.#leave(owner.waiting);
    this.releaseSince(owner, 0);
    for (const held of [...owner.held.values()]) {
      held.session = 0;
      this.#afterRelease(owner, held);
      this.#wake(held.entry);
    }
  }

  /** Ends the transaction's hold on one lock before its end: something else keeps others off. */
  releaseEarly(owner: LockOwner, key: string): void {
    const entry = this.#entries.get(key);
    const held = entry && owner.held.get(entry.tag.key);
    if (!held) return;
    for (let grant = held.last; grant; grant = grant.before) grant.held = undefined;
    held.last = undefined;
    held.transaction = 0;
    owner.forgetGivenUp();
    this.#afterRelease(owner, held);
    this.#wake(held.entry);
  }

  /** Ends one lock that is held for the session, in one mode or in all. */
  releaseSession(owner: LockOwner, tag: LockTag, mode?: LockMode): void {
    const held = owner.held.get(tag.key);
    if (!held) return;
    held.session = mode === undefined ? 0 : held.session & ~bitOf[mode];
    this.#afterRelease(owner, held);
    this.#wake(held.entry);
  }

  /** Process ids of the other owners that hold the lock in a mode that conflicts. */
  holdersOf(tag: LockTag, except: LockOwner, mode: LockMode): number[] {
    const entry = this.#entries.get(tag.key);
    if (!entry) return [];
    return entry.holders
      .filter((held) => held.owner !== except && maskOf(held) & conflictsOf[mode])
      .map(({ owner }) => owner.processId);
  }

  /** Keys that somebody has added under an exclusion constraint; `own`: the owner itself. */
  exclusionsOf(
    index: Oid,
    owner: LockOwner,
  ): { readonly tag: ExclusionTag; readonly own: boolean }[] {
    const found: { readonly tag: ExclusionTag; readonly own: boolean }[] = [];
    for (const { tag, holders } of this.#exclusions.get(index) ?? []) {
      const holder = holders.find((held) => maskOf(held) & bitOf.AccessExclusive);
      if (holder && isExclusion(tag)) found.push({ tag, own: holder.owner === owner });
    }
    return found;
  }

  rows(): LockRow[] {
    const rows: LockRow[] = [];
    for (const entry of new Set(this.#entries.values())) {
      for (const held of entry.holders) {
        const { processId } = held.owner;
        for (const mode of modesIn(maskOf(held))) {
          rows.push({ tag: entry.tag, processId, mode, granted: true, waitStart: undefined });
        }
      }
      for (const { owner, mode, since } of entry.queue) {
        const { processId } = owner;
        rows.push({ tag: entry.tag, processId, mode, granted: false, waitStart: since });
      }
    }
    return rows;
  }

  /**
   * Who keeps the owner waiting: holders, and requests before it, that conflict with its request.
   */
  blockersOf(owner: LockOwner): LockOwner[] {
    return owner.waiting ? blockers(owner.waiting) : [];
  }

  /** The same by process ids, each once; none where the process waits for no lock. */
  blockingProcesses(processId: number): number[] {
    for (const { queue } of this.#entries.values()) {
      const request = queue.find(({ owner }) => owner.processId === processId);
      if (request) return [...new Set(blockers(request).map((owner) => owner.processId))];
    }
    return [];
  }

  #join(owner: LockOwner, tag: LockTag, mode: LockMode, session: boolean): Waiting {
    if (this.tryAcquire(owner, tag, mode, session)) {
      return { done: Promise.resolve(), cancel: () => {} };
    }
    const entry = this.#entryOf(tag);
    let grant: () => void = () => {};
    const done = new Promise<void>((resolve) => {
      grant = resolve;
    });
    const request: Request = { owner, entry, mode, session, since: this.#now(), grant };
    entry.queue = [...entry.queue, request];
    owner.waiting = request;
    const cycle = findCycle(request);
    if (cycle) {
      this.#leave(request);
      this.deadlocks.set(tag.db, (this.deadlocks.get(tag.db) ?? 0) + 1);
      throw deadlockDetected(cycle);
    }
    this.onWait?.(owner.processId);
    return { done, cancel: () => this.#leave(request) };
  }

  #leave(request: Request): void {
    const { entry } = request;
    if (!entry.queue.includes(request)) return;
    entry.queue = entry.queue.filter((each) => each !== request);
    request.owner.waiting = undefined;
    this.#wake(entry);
  }

  #wake(entry: LockEntry): void {
    for (let at = 0; at < entry.queue.length; ) {
      const request = entry.queue[at] as Request;
      const earlier = entry.queue.slice(0, at);
      if (!isGrantable(entry, request, earlier)) {
        at++;
        continue;
      }
      entry.queue = entry.queue.toSpliced(at, 1);
      const { owner, mode, session } = request;
      owner.waiting = undefined;
      give(entry, owner, owner.held.get(entry.tag.key), bitOf[mode], session);
      request.grant();
    }
    this.#forgetIfUnused(entry);
  }

  #afterRelease(owner: LockOwner, held: Held): void {
    const entry = held.entry;
    if (maskOf(held) === 0) {
      entry.holders.splice(entry.holders.indexOf(held), 1);
      owner.held.delete(entry.tag.key);
    }
    entry.granted = 0;
    for (const other of entry.holders) entry.granted |= maskOf(other);
  }

  #entryOf(tag: LockTag): LockEntry {
    let entry = this.#entries.get(tag.key);
    if (!entry) {
      entry = { tag, aliases: NONE, holders: EMPTY, granted: 0, queue: NONE };
      this.#entries.set(tag.key, entry);
      if (isExclusion(tag)) this.#noteExclusion(tag, entry);
    }
    return entry;
  }

  #noteExclusion({ index }: ExclusionTag, entry: LockEntry): void {
    const known = this.#exclusions.get(index);
    if (known) known.add(entry);
    else this.#exclusions.set(index, new Set([entry]));
  }

  #forgetIfUnused(entry: LockEntry): void {
    if (entry.holders.length > 0 || entry.queue.length > 0) return;
    this.#entries.delete(entry.tag.key);
    for (const key of entry.aliases) this.#entries.delete(key);
    if (!isExclusion(entry.tag)) return;
    const left = this.#exclusions.get(entry.tag.index);
    left?.delete(entry);
    if (left?.size === 0) this.#exclusions.delete(entry.tag.index);
  }
}

const maskOf = (held: Held): LockMask => held.transaction | held.session;

function isFree(entry: LockEntry, owner: LockOwner, mode: LockMode, held: Held | undefined) {
  if (entry.queue.length === 0 && (entry.granted & conflictsOf[mode]) === 0) return true;
  if (conflictsWithOthers(entry, owner, mode)) return false;
  return held !== undefined || !entry.queue.some((before) => conflicts(before, owner, mode));
}

function isGrantable(entry: LockEntry, request: Request, earlier: readonly Request[]): boolean {
  const { owner, mode } = request;
  if (conflictsWithOthers(entry, owner, mode)) return false;
  return owner.held.has(entry.tag.key) || !earlier.some((before) => conflicts(before, owner, mode));
}

const conflicts = (before: Request, owner: LockOwner, mode: LockMode): boolean =>
  before.owner !== owner && (conflictsOf[mode] & bitOf[before.mode]) !== 0;

function conflictsWithOthers(entry: LockEntry, owner: LockOwner, mode: LockMode): boolean {
  if ((entry.granted & conflictsOf[mode]) === 0) return false;
  for (const held of entry.holders) {
    if (held.owner !== owner && maskOf(held) & conflictsOf[mode]) return true;
  }
  return false;
}

/** `before`: what the owner holds of it already. */
function give(
  entry: LockEntry,
  owner: LockOwner,
  before: Held | undefined,
  bit: LockMask,
  session: boolean,
): void {
  const since = owner.grants.length;
  const held = before ?? { owner, entry, since, last: undefined, transaction: 0, session: 0 };
  if (!before) {
    // An array that has been pushed to has room for many.
    if (entry.holders.length === 0) entry.holders = [held];
    else entry.holders.push(held);
    owner.held.set(entry.tag.key, held);
  }
  if (session) held.session |= bit;
  else {
    const grant: Grant = { held, bit, before: held.last };
    held.transaction |= bit;
    held.last = grant;
    owner.grants.push(grant);
  }
  entry.granted |= bit;
}

function blockers(request: Request): LockOwner[] {
  const { entry, owner, mode } = request;
  const found: LockOwner[] = [];
  for (const held of entry.holders) {
    if (held.owner !== owner && maskOf(held) & conflictsOf[mode]) found.push(held.owner);
  }
  if (owner.held.has(entry.tag.key)) return found;
  for (const before of entry.queue) {
    if (before === request) break;
    if (conflicts(before, owner, mode)) found.push(before.owner);
  }
  return found;
}

/** Depth-first from the request's owner; the path back to it, or undefined. */
function findCycle(request: Request): Request[] | undefined {
  const seen = new Set<LockOwner>();
  const walk = (current: Request, path: Request[]): Request[] | undefined => {
    for (const blocker of blockers(current)) {
      if (blocker === request.owner) return path;
      if (seen.has(blocker) || !blocker.waiting) continue;
      seen.add(blocker);
      const cycle = walk(blocker.waiting, [...path, blocker.waiting]);
      if (cycle) return cycle;
    }
    return undefined;
  };
  return walk(request, [request]);
}

function deadlockDetected(cycle: readonly Request[]): SqlError {
  const lines = cycle.map((request, at) => {
    const blocker = cycle[(at + 1) % cycle.length] as Request;
    return (
      `Process ${request.owner.processId} waits for ${request.mode}Lock on ` +
      `${describeTag(request.entry.tag)}; blocked by process ${blocker.owner.processId}.`
    );
  });
  return new SqlError("40P01", "deadlock detected", {
    detail: lines.join("\n"),
    hint: "See server log for query details.",
  });
}
