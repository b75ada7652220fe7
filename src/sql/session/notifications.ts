/**
 * LISTEN AND NOTIFY OF ONE SESSION. What a transaction asks for takes effect when it commits and
 * is forgotten when it does not; a savepoint is a length of the list of what was asked.
 * https://www.postgresql.org/docs/15/sql-listen.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { ResultSink } from "./api.ts";
import { bytesOf, type Listener, type Notification, type NotifyQueue } from "./notify-queue.ts";

/** Bytes of a channel's name, and of a payload, that are too many. */
const CHANNEL_BYTES = 64;
const PAYLOAD_BYTES = 8000;

type Asked =
  | { readonly kind: "listen"; readonly channel: string }
  | { readonly kind: "unlisten"; readonly channel: string | undefined }
  | { readonly kind: "notify"; readonly notification: Notification };

export interface NotificationsOptions {
  readonly queue: NotifyQueue;
  readonly database: Oid;
  readonly processId: number;
  readonly wake: () => void;
  readonly expel: (error: SqlError) => void;
}

export class Notifications implements Listener {
  readonly processId: number;
  readonly wake: () => void;
  readonly expel: (error: SqlError) => void;
  readonly #queue: NotifyQueue;
  readonly #database: Oid;
  readonly #channels = new Set<string>();
  readonly #asked: Asked[] = [];
  /** Of what is to be notified: the same is said once. */
  readonly #said = new Set<string>();
  #bytes = 0;

  constructor(options: NotificationsOptions) {
    this.processId = options.processId;
    this.wake = options.wake;
    this.expel = options.expel;
    this.#queue = options.queue;
    this.#database = options.database;
  }

  get channels(): Iterable<string> {
    return this.#channels;
  }
  get queueUsage(): number {
    return this.#queue.usage;
  }

  listensTo(channel: string): boolean {
    return this.#channels.has(channel);
  }

  listen(channel: string): void {
    this.#asked.push({ kind: "listen", channel });
  }

  /** undefined = all. */
  unlisten(channel: string | undefined): void {
    if (this.#asked.length === 0 && this.#channels.size === 0) return;
    this.#asked.push({ kind: "unlisten", channel });
  }

  /** Throws 22023, and 54000 when the transaction says more than the queue can hold. */
  notify(channel: string, payload: string): void {
    if (channel === "") throw invalid("channel name cannot be empty");
    if (Buffer.byteLength(channel) >= CHANNEL_BYTES) throw invalid("channel name too long");
    if (Buffer.byteLength(payload) >= PAYLOAD_BYTES) throw invalid("payload string too long");
    const notification = { channel, payload };
    const name = nameOf(notification);
    if (this.#said.has(name)) return;
    const bytes = this.#bytes + bytesOf(notification);
    this.#queue.checkFits(bytes);
    this.#said.add(name);
    this.#bytes = bytes;
    this.#asked.push({ kind: "notify", notification });
  }

  get mark(): number {
    return this.#asked.length;
  }

  rollbackTo(mark: number): void {
    while (this.#asked.length > mark) {
      const asked = this.#asked.pop();
      if (asked?.kind !== "notify") continue;
      this.#said.delete(nameOf(asked.notification));
      this.#bytes -= bytesOf(asked.notification);
    }
  }

  /** The transaction has committed. It hears what it says itself on channels that it listens to. */
  commit(): void {
    if (this.#asked.length === 0) return;
    const said: Notification[] = [];
    for (const asked of this.#asked) {
      if (asked.kind === "notify") said.push(asked.notification);
      else if (asked.kind === "listen") this.#channels.add(asked.channel);
      else if (asked.channel === undefined) this.#channels.clear();
      else this.#channels.delete(asked.channel);
    }
    this.#asked.length = 0;
    this.#said.clear();
    this.#bytes = 0;
    if (this.#channels.size > 0) this.#queue.add(this.#database, this);
    else this.#queue.remove(this.#database, this);
    if (said.length > 0) this.#queue.publish(this.#database, this.processId, said);
  }

  /** Sends what is new until the sink is full; true when something is left. */
  deliver(sink: ResultSink): boolean {
    if (this.#channels.size === 0) return false;
    return this.#queue.deliver(this.#database, this, ({ channel, payload }, processId) => {
      sink.notification(processId, channel, payload);
      return !sink.full;
    });
  }

  close(): void {
    this.#channels.clear();
    this.#queue.remove(this.#database, this);
  }
}

const nameOf = ({ channel, payload }: Notification): string => `${channel}\0${payload}`;
const invalid = (message: string): SqlError => new SqlError("22023", message);
