/**
 * THE NOTIFY QUEUE: notifications of committed transactions on their way to the sessions that
 * listen.
 *
 *   commit ──publish──▶ entries of its database ──deliver──▶ each listener, in the order of commits
 *                       ▲                    ▲
 *                       hindmost listener    newest
 *
 * An entry stays until every listener of its database has passed it. A listener that does not
 * (its client does not read, or sits in a transaction block) costs memory, so the queue is bounded:
 * beyond the bound the hindmost listener of the fullest database loses its connection and with it
 * its claim, rather than that notifications are dropped in silence or others are kept from
 * notifying.
 * https://www.postgresql.org/docs/15/sql-notify.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";

export interface Notification {
  readonly channel: string;
  readonly payload: string;
}

interface Entry extends Notification {
  readonly processId: number;
  readonly bytes: number;
}

/** A session that listens, as the queue knows it. */
export interface Listener {
  readonly processId: number;
  listensTo(channel: string): boolean;
  /** There is something new; called in an event of its own. */
  wake(): void;
  /** The session was too slow and must end. */
  expel(error: SqlError): void;
}

/** What the queue itself needs for an entry, roughly. */
const ENTRY_BYTES = 96;

export const bytesOf = ({ channel, payload }: Notification): number =>
  ENTRY_BYTES + channel.length + payload.length;

class DatabaseQueue {
  readonly entries: Entry[] = [];
  /** Number of the first entry. */
  first = 0;
  bytes = 0;
  /** The number of the next entry that each listener reads. */
  readonly positions = new Map<Listener, number>();

  get end(): number {
    return this.first + this.entries.length;
  }

  add(entry: Entry): void {
    this.entries.push(entry);
    this.bytes += entry.bytes;
  }

  /** Forgets what every listener has passed; returns the bytes of it. */
  trim(): number {
    const least = Math.min(this.end, ...this.positions.values());
    let freed = 0;
    for (const { bytes } of this.entries.splice(0, least - this.first)) freed += bytes;
    this.first = least;
    this.bytes -= freed;
    return freed;
  }

  /** The listener with most to read. */
  get hindmost(): Listener | undefined {
    let found: Listener | undefined;
    let least = this.end;
    for (const [listener, position] of this.positions) {
      if (position >= least) continue;
      least = position;
      found = listener;
    }
    return found;
  }
}

export class NotifyQueue {
  readonly #limit: () => number;
  readonly #databases = new Map<Oid, DatabaseQueue>();
  #bytes = 0;
  #wakeDue: Set<DatabaseQueue> | undefined;

  /** `limit`: bytes that it holds for slow listeners; beyond them the slowest one ends, 54000. */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  /** The part of the queue that is in use, 0 … 1. */
  get usage(): number {
    return this.#bytes / this.#limit();
  }

  /** Throws 54000 for what no queue could hold. */
  checkFits(bytes: number): void {
    if (bytes > this.#limit()) throw queueFull();
  }

  /** From now on the listener gets what is published in the database. Idempotent. */
  add(database: Oid, listener: Listener): void {
    let queue = this.#databases.get(database);
    if (queue === undefined) {
      queue = new DatabaseQueue();
      this.#databases.set(database, queue);
    }
    if (!queue.positions.has(listener)) queue.positions.set(listener, queue.end);
  }

  remove(database: Oid, listener: Listener): void {
    const queue = this.#databases.get(database);
    if (queue === undefined) return;
    queue.positions.delete(listener);
    this.#trim(queue);
    if (queue.positions.size === 0) this.#databases.delete(database);
  }

  /** What a transaction said, when it has committed. */
  publish(database: Oid, processId: number, said: Iterable<Notification>): void {
    const queue = this.#databases.get(database);
    if (queue === undefined) return;
    for (const notification of said) {
      const bytes = bytesOf(notification);
      queue.add({ ...notification, processId, bytes });
      this.#bytes += bytes;
    }
    while (this.#bytes > this.#limit() && this.#expelHindmost());
    this.#wakeLater(queue);
  }

  /** False when nobody is behind. */
  #expelHindmost(): boolean {
    const [fullest] = [...this.#databases].sort(([, a], [, b]) => b.bytes - a.bytes);
    if (fullest === undefined) return false;
    const [database, queue] = fullest;
    const listener = queue.hindmost;
    if (listener === undefined) return false;
    this.remove(database, listener);
    listener.expel(queueFull("FATAL"));
    return true;
  }

  /** Whoever commits is not kept waiting by those who listen. */
  #wakeLater(queue: DatabaseQueue): void {
    if (this.#wakeDue !== undefined) {
      this.#wakeDue.add(queue);
      return;
    }
    this.#wakeDue = new Set([queue]);
    setImmediate(() => {
      const due = this.#wakeDue ?? [];
      this.#wakeDue = undefined;
      for (const { positions } of due) {
        for (const listener of [...positions.keys()]) listener.wake();
      }
    });
  }

  /**
   * Hands the listener what it has not read of its channels, as long as `take` returns true. True
   * when something is left.
   */
  deliver(
    database: Oid,
    listener: Listener,
    take: (notification: Notification, processId: number) => boolean,
  ): boolean {
    const queue = this.#databases.get(database);
    const from = queue?.positions.get(listener);
    if (queue === undefined || from === undefined || from === queue.end) return false;
    let at = from;
    let goesOn = true;
    while (goesOn && at < queue.end) {
      const entry = queue.entries[at - queue.first] as Entry;
      at++;
      if (listener.listensTo(entry.channel)) goesOn = take(entry, entry.processId);
    }
    queue.positions.set(listener, at);
    this.#trim(queue);
    return at < queue.end;
  }

  #trim(queue: DatabaseQueue): void {
    this.#bytes -= queue.trim();
  }
}

const queueFull = (severity: "ERROR" | "FATAL" = "ERROR"): SqlError =>
  new SqlError(
    "54000",
    "too many notifications in the NOTIFY queue",
    severity === "ERROR"
      ? {}
      : { detail: "This session listens and has not read what it was notified of." },
    severity,
  );
