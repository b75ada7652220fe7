/**
 * THE COMMIT SEQUENCE. A statement has locked (1) and staged (2); commit does the rest, in this
 * order:
 *
 *   3. validate  against the head: published epochs and every frame appended and not yet applied
 *   4. append    the frame joins the group that gathers; 3 and 4 are one synchronous step.
 *                Nobody can see us, a crash forgets us.
 *   5. flush     THE COMMIT POINT: from here a crash redoes us
 *   6. release   locks; the client is answered
 *   7. apply     the pages know it; one synchronous step for the whole group, in log order
 *   8. publish   epoch := the group's last; new snapshots see us (7 and 8: publisher.ts)
 *
 * Swap 4 and 5: a lost race is durable. Swap 5 and 7 or 8: a crash takes back what someone has
 * read. 7 and 8 follow while the answer travels, and at the latest when somebody asks for the
 * newest epoch: whoever waited for our locks asks, and finds our work. The order of the log is the
 * order of apply and of epochs.
 *
 * One group is in flight; what commits meanwhile gathers into the next. A lone writer's group is
 * flushed at once by one synchronous write; with more writers the group gathers until the event
 * loop has read every socket that was ready. A failure in 5 or 6 is fatal: the kernel may have
 * dropped the bytes, and memory would be ahead of the log. The process stops and recovery decides.
 *
 * A transaction whose frame does not fit one entry is logged as consecutive entries of part frames
 * and a last one with the commit frame; the pages apply them as one batch, so a crash between them
 * leaves nothing.
 */
import { performance } from "node:perf_hooks";
import { AssertionError } from "../base/assert.ts";
import { ByteWriter } from "../base/bytes.ts";
import { type Epoch, epoch } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import type { ApplyBatch, Bulk } from "../pages/store.ts";
import type { CommitInfo, Frame, Mark, Mutation, RowChange } from "../wal/fragment.ts";
import { encodeFrame } from "../wal/frame.ts";
import { ENTRY_BYTES_MAX } from "../wal/limits.ts";
import type { Leadership, Log, Position } from "../wal/log.ts";
import { encodeParts, PART_BYTES, rowTooLarge } from "./parts.ts";
import { type Commit, Publisher } from "./publisher.ts";
import { type CatalogTransaction, serializationFailure } from "./transaction.ts";
import { UnappliedRows } from "./unapplied-rows.ts";

/** What the sequencer needs of the pages. */
export interface PageWriter {
  apply(batch: ApplyBatch): void;
  /** Why these could not be applied, in words. */
  findMisfit(mutations: readonly Mutation[]): string | undefined;
  findRowMisfit(rows: readonly RowChange[]): string | undefined;
}

/** What a transaction staged. */
interface Changes {
  readonly mutations: readonly Mutation[];
  readonly rows: readonly RowChange[];
}

/** Frames that become one entry of the log, and what happens when it is durable. */
interface Group {
  readonly writer: ByteWriter;
  readonly commits: Commit[];
  readonly bulks: Bulk[];
  readonly marks: Mark[];
  /** False for an entry of part frames: the entry that follows completes it. */
  readonly complete: boolean;
  readonly done: (() => void)[];
  readonly failed: ((error: Error) => void)[];
}

export interface SequencerOptions {
  readonly log: Log;
  readonly leadership: Leadership;
  readonly head: Position;
  /**
   * Where the pages are: the head, or before part entries at the log's end that nothing committed.
   */
  readonly applied: Position;
  readonly epoch: Epoch;
  readonly pages: PageWriter;
  /** Called once, when the log or the pages failed: the process must stop. */
  readonly onFatal: (error: Error) => void;
}

/** Bytes of a transaction's frames in the log; a larger one is refused with 54000. */
const TRANSACTION_BYTES_MAX = 256 * 1024 * 1024;
/** Commits looked back on to tell a lone writer from several. */
const WRITERS_REMEMBERED = 16;
/**
 * With several writers: below this mean flush time a synchronous write costs less than a trip
 * through the thread pool; above it, the other sessions had better be served meanwhile.
 */
const SYNC_FLUSH_MS_MAX = 0.1;

export class Sequencer {
  readonly #options: SequencerOptions;
  readonly #unapplied = new UnappliedRows();
  readonly #publisher: Publisher;
  readonly #lastChange = new Map<string, Epoch>();
  readonly #writers: number[] = new Array(WRITERS_REMEMBERED).fill(0);
  readonly #spare: ByteWriter[] = [];
  #writerAt = 0;
  #manyWriters = false;
  #position: Position;
  /** End of the last complete group: behind #position while part entries wait for their commit. */
  #completed: Position;
  /** Epoch of the last frame appended. */
  #appended: Epoch;
  #gathering: Group | undefined;
  /** The last group that holds marks of setval and is not durable. */
  #sequenceMarks: Group | undefined;
  #queue: Group[] = [];
  #inFlight = false;
  #scheduled = false;
  #flushMs = 0.1;
  #dead: Error | undefined;
  flushes = 0;
  commits = 0;

  constructor(options: SequencerOptions) {
    this.#options = options;
    this.#position = options.head;
    this.#completed = options.applied;
    this.#appended = options.epoch;
    this.#publisher = new Publisher({
      epoch: options.epoch,
      apply: (batch) => options.pages.apply(batch),
      unapplied: this.#unapplied,
      onFailure: (error) => this.stop(error),
    });
  }

  /** False from the first failure on: nothing is committed any more. */
  get isAlive(): boolean {
    return this.#dead === undefined;
  }
  /** The newest epoch: what is durable is applied and published now if it was not yet. */
  get epoch(): Epoch {
    return this.#publisher.epoch;
  }
  /** The epoch of the newest commit that changed rows of the catalog, after the same. */
  get catalogEpoch(): Epoch {
    return this.#publisher.catalogEpoch;
  }
  /** The pages know, and new snapshots see, all that is durable. */
  publish(): void {
    this.#publisher.publish();
  }
  get position(): Position {
    return this.#position;
  }
  get isIdle(): boolean {
    return !this.#inFlight && this.#queue.length === 0 && !this.#gathering;
  }

  /** Returns when the commit is durable and its locks are released: at once, or as a promise. */
  commit(transaction: CatalogTransaction, info: CommitInfo): void | Promise<void> {
    this.#assertAlive();
    const changes = {
      mutations: transaction.mutations(),
      rows: transaction.rows.overlay.changes(),
    };
    const { mutations, rows } = changes;
    if (mutations.length + rows.length === 0 && transaction.rows.bulks.length === 0) {
      return this.#commitNothing(transaction);
    }
    this.#validate(transaction, changes);
    const group = this.#append(transaction, info, changes);
    transaction.beginCommit();
    this.#rememberWriter(transaction.owner.processId);
    return this.#flush(group);
  }

  /**
   * Nothing to log; but what the transaction did to sequences must be durable before it is
   * answered.
   */
  #commitNothing(transaction: CatalogTransaction): void | Promise<void> {
    transaction.beginCommit();
    const flushed = this.#sequenceMarks && this.#flush(this.#sequenceMarks);
    if (flushed) return flushed.then(() => transaction.finishCommit());
    transaction.finishCommit();
    return undefined;
  }

  /**
   * Queues marks that are durable before whatever follows them is; of sequences, before the next
   * commit is.
   */
  queueMarks(marks: readonly Mark[]): void {
    const group = this.#encodeMarks(marks);
    if (marks.some((mark) => mark.kind === "sequence")) this.#sequenceMarks = group;
  }

  /** Returns when the marks are durable. */
  appendMarks(marks: readonly Mark[]): void | Promise<void> {
    this.#assertAlive();
    return this.#flush(this.#encodeMarks(marks));
  }

  #encodeMarks(marks: readonly Mark[]): Group {
    const group = this.#room();
    encodeFrame(group.writer, { kind: "marks", marks });
    group.marks.push(...marks);
    return group;
  }

  /** True when appendMarks would return at once. */
  get flushesAtOnce(): boolean {
    return !this.#inFlight && this.#queue.length === 0 && !this.#manyWriters;
  }

  /** Flushes what gathers and waits for what is in flight. */
  async drain(): Promise<void> {
    this.#assertAlive();
    if (this.#gathering) await this.#flush(this.#gathering);
    while (!this.isIdle) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#assertAlive();
    }
    this.publish();
  }

  // 3. validate

  /**
   * What is in the log must be applied, now and at every recovery: so a mutation that the pages
   * cannot take (our mistake, whatever staged it) fails its transaction here. So does
   * one of a row that an appended and not yet applied frame changes: locks should have kept it off.
   */
  #validate(transaction: CatalogTransaction, { mutations, rows }: Changes): void {
    this.publish();
    const { pages } = this.#options;
    const misfit = pages.findMisfit(mutations) ?? pages.findRowMisfit(rows);
    if (misfit !== undefined) throw new AssertionError(misfit);
    const taken = this.#unapplied.findChanged(transaction);
    if (taken !== undefined) {
      throw new AssertionError(`${taken}: changed by a commit that is not applied yet`);
    }
    const snapshot = transaction.takenSnapshot;
    if (snapshot === undefined || transaction.reads.size === 0) return;
    for (const relation of transaction.reads) {
      const changed = this.#lastChange.get(relation);
      if (changed !== undefined && changed > snapshot) throw serializationFailure();
    }
  }

  // 4. append

  #append(transaction: CatalogTransaction, info: CommitInfo, { mutations, rows }: Changes): Group {
    const own = epoch(this.#appended + 1);
    const { xid } = transaction;
    const { bulks } = transaction.rows;
    const group = this.#room();
    const start = group.writer.length;
    const frame = { kind: "commit" as const, epoch: own, xid, info, mutations, rows, bulks };
    encodeFrame(group.writer, frame);
    const bytes = group.writer.length - start;
    const commit: Commit = { transaction, epoch: own, xid, info, mutations, rows, bulks };
    if (group.writer.length <= ENTRY_BYTES_MAX) {
      group.commits.push(commit);
      this.#noteAppended(commit);
      return group;
    }
    group.writer.truncate(start);
    if (bytes > TRANSACTION_BYTES_MAX) throw transactionTooLarge(bytes);
    if (bytes > PART_BYTES) return this.#appendParts(commit, frame);
    this.#noteAppended(commit);
    const fresh = this.#startGroup();
    encodeFrame(fresh.writer, frame);
    fresh.commits.push(commit);
    return fresh;
  }

  /** A large transaction: consecutive entries of its own, the last of which commits it. */
  #appendParts(commit: Commit, frame: Frame & { kind: "commit" }): Group {
    const encoded = encodeParts(frame.xid, commit.mutations);
    const parts = encoded.map((writer) => this.#newGroup(false, writer));
    const last = this.#newGroup(true);
    encodeFrame(last.writer, { ...frame, mutations: [] });
    last.commits.push(commit);
    this.#noteAppended(commit);
    this.#closeGathering();
    this.#queue.push(...parts, last);
    return last;
  }

  #noteAppended(commit: Commit): void {
    const { epoch: at, mutations } = commit;
    this.#appended = at;
    this.#unapplied.add(commit.transaction);
    let last = "";
    for (const { db, rel } of mutations) {
      const name = `${db}.${rel}`;
      if (name !== last) this.#lastChange.set(name, at);
      last = name;
    }
    const { database, rows } = commit.transaction;
    for (const table of rows.tables) this.#lastChange.set(`${database}.${table}`, at);
  }

  /**
   * Rows of a transaction that goes on: in the log, then in the pages, seen by it alone. Returns
   * when they are there.
   */
  appendBulks(bulks: readonly Bulk[]): void | Promise<void> {
    this.#assertAlive();
    let group: Group | undefined;
    for (const bulk of bulks) group = this.#appendBulk(bulk);
    return group && this.#flush(group);
  }

  #appendBulk(bulk: Bulk): Group {
    let group = this.#room();
    const start = group.writer.length;
    encodeFrame(group.writer, { kind: "bulk", ...bulk });
    if (group.writer.length > ENTRY_BYTES_MAX) {
      group.writer.truncate(start);
      group = this.#startGroup();
      encodeFrame(group.writer, { kind: "bulk", ...bulk });
      if (group.writer.length > ENTRY_BYTES_MAX) {
        const bytes = group.writer.length;
        group.writer.reset();
        throw rowTooLarge(bytes);
      }
    }
    group.bulks.push(bulk);
    return group;
  }

  /** The gathering group, or a fresh one when that is half full. */
  #room(): Group {
    if (this.#gathering && this.#gathering.writer.length > PART_BYTES) this.#closeGathering();
    this.#gathering ??= this.#newGroup(true);
    return this.#gathering;
  }

  #startGroup(): Group {
    this.#closeGathering();
    return this.#room();
  }

  #closeGathering(): void {
    if (!this.#gathering) return;
    if (this.#gathering.writer.length > 0) this.#queue.push(this.#gathering);
    this.#gathering = undefined;
  }

  #newGroup(complete: boolean, writer = this.#spare.pop() ?? new ByteWriter()): Group {
    return { writer, commits: [], bulks: [], marks: [], complete, done: [], failed: [] };
  }

  // 5. flush

  #flush(group: Group): void | Promise<void> {
    if (this.flushesAtOnce && group === this.#gathering) {
      this.#gathering = undefined;
      return this.#write(group, "now");
    }
    this.#schedule();
    return new Promise((resolve, reject) => {
      group.done.push(resolve);
      group.failed.push(reject);
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#writeQueue();
    });
  }

  /** Writes groups until none is left or one has to be waited for. */
  #writeQueue(): void {
    while (!this.#inFlight && !this.#dead) {
      if (this.#queue.length === 0) this.#closeGathering();
      const group = this.#queue.shift();
      if (!group) return;
      const mode = this.#flushMs < SYNC_FLUSH_MS_MAX ? "now" : "pooled";
      // A failure has told the engine and everyone who waits; nobody awaits this call.
      try {
        this.#write(group, mode)?.catch(() => {});
      } catch {
        return;
      }
    }
  }

  /** One append; everything behind the commit point follows when it is durable. */
  #write(group: Group, mode: "now" | "pooled"): void | Promise<void> {
    const { log, leadership } = this.#options;
    const started = performance.now();
    try {
      const next = log.append(leadership, this.#position, group.writer.bytes(), mode);
      if (!(next instanceof Promise)) {
        this.#flushed(group, next, started);
        return undefined;
      }
      this.#inFlight = true;
      return next
        .then((position) => {
          this.#inFlight = false;
          this.#flushed(group, position, started);
          this.#writeQueue();
        })
        .catch((error) => this.#fail(error, group));
    } catch (error) {
      return this.#fail(error as Error, group);
    }
  }

  // 6. release

  #flushed(group: Group, next: Position, started: number): void {
    this.flushes++;
    this.commits += group.commits.length;
    this.#flushMs += (performance.now() - started - this.#flushMs) / 16;
    this.#position = next;
    if (group === this.#sequenceMarks) this.#sequenceMarks = undefined;
    if (group.complete) this.#complete(group, next);
    for (const done of group.done) done();
    if (!group.complete) return;
    group.writer.reset();
    this.#spare.push(group.writer);
  }

  #complete({ commits, bulks, marks }: Group, next: Position): void {
    const { lsn, chain } = next;
    const previous = this.#completed.lsn;
    this.#completed = next;
    this.#publisher.add({ previous, next: lsn, chain, commits, bulks, marks });
    for (const { transaction, epoch: at } of commits) transaction.finishCommit(at);
  }

  #fail(error: Error, group: Group): never {
    this.#inFlight = false;
    this.stop(error);
    for (const reject of group.failed) reject(error);
    throw error;
  }

  /** Log or pages failed: nothing is committed any more, and whoever waits is told. */
  stop(error: Error): void {
    if (this.#dead) return;
    this.#dead = error;
    this.#options.onFatal(error);
    for (const waiting of [...this.#queue, this.#gathering]) {
      for (const reject of waiting?.failed ?? []) reject(error);
    }
  }

  #assertAlive(): void {
    if (this.#dead) throw this.#dead;
  }

  /** Several writers among the last commits: their groups are worth gathering. */
  #rememberWriter(processId: number): void {
    this.#writers[this.#writerAt] = processId;
    this.#writerAt = (this.#writerAt + 1) % WRITERS_REMEMBERED;
    if (this.#writerAt === 0) this.#manyWriters = new Set(this.#writers).size > 2;
  }
}

const transactionTooLarge = (bytes: number): SqlError =>
  new SqlError("54000", "transaction is too large", {
    detail: `Its changes take ${bytes} bytes, the limit is ${TRANSACTION_BYTES_MAX}.`,
  });
