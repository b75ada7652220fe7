/** A session without a socket: text in, answers as plain values. */

import type { Notice } from "../../src/base/sql-error.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import type {
  CopyInput,
  ResultSink,
  Session,
  SessionService,
  WireValue,
} from "../../src/sql/session/api.ts";

export type Answer =
  | { readonly kind: "row"; readonly values: readonly (string | null)[] }
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "notice"; readonly notice: Notice }
  | { readonly kind: "notification"; readonly channel: string; readonly payload: string }
  | { readonly kind: "error"; readonly error: Error };

export class LocalSession {
  readonly #session: Session;
  /** Who cancels what runs. */
  readonly #user: string;
  readonly #sink: Collector;
  /** The call in progress, until it is answered. */
  #call: Promise<void> | undefined;
  /** Set when the session was ended from the other side: timeouts, pg_terminate_backend. */
  readonly ended: () => boolean;

  static async open(
    service: SessionService,
    database: string,
    user = "root",
  ): Promise<LocalSession> {
    const sink = new Collector();
    let session: Session | undefined;
    let over = false;
    const terminate = (error: SqlError) => {
      over = true;
      sink.answers.push({ kind: "error", error });
      session?.close();
    };
    const host = { address: null, port: -1, terminate };
    session = await service.open({ user, database, settings: [] }, host, sink);
    return new LocalSession(session, user, sink, () => over);
  }

  private constructor(session: Session, user: string, sink: Collector, ended: () => boolean) {
    this.#session = session;
    this.#user = user;
    this.#sink = sink;
    this.ended = ended;
  }

  get processId(): number {
    return this.#session.processId;
  }
  get status(): "I" | "T" | "E" {
    return this.#session.status;
  }
  get busy(): boolean {
    return this.#call !== undefined;
  }

  /** Begins; `answered` resolves when it is over. Errors are answers. */
  start(text: string): void {
    const note = (error: unknown) => {
      this.#sink.answers.push({ kind: "error", error: error as Error });
    };
    try {
      const done = this.#session.simpleQuery(text, this.#sink);
      if (done !== undefined) {
        this.#call = done.catch(note).finally(() => {
          this.#call = undefined;
          this.#ready();
        });
        return;
      }
    } catch (error) {
      note(error);
    }
    this.#ready();
  }

  /** What the wire does behind each answer. */
  #ready(): void {
    if (this.ended()) return;
    this.#session.announce(this.#sink);
    this.#session.idle();
  }

  async answered(): Promise<void> {
    await this.#call;
  }

  /** What came since the last time. */
  take(): Answer[] {
    return this.#sink.answers.splice(0);
  }

  async run(text: string): Promise<Answer[]> {
    this.start(text);
    await this.answered();
    return this.take();
  }

  /** Rows of a query; throws its error. */
  async ask(text: string): Promise<(readonly (string | null)[])[]> {
    const answers = await this.run(text);
    const rows: (readonly (string | null)[])[] = [];
    for (const answer of answers) {
      if (answer.kind === "error") throw answer.error;
      if (answer.kind === "row") rows.push(answer.values);
    }
    return rows;
  }

  cancel(): void {
    this.#session.cancel(this.#user);
  }
  close(): void {
    this.#session.close();
  }
}

class Collector implements ResultSink {
  readonly answers: Answer[] = [];
  readonly full = false;

  rowDescription(): void {}
  row(values: readonly WireValue[]): void {
    const texts = values.map((value) => (value === null ? null : String(value)));
    this.answers.push({ kind: "row", values: texts });
  }
  commandComplete(tag: string): void {
    this.answers.push({ kind: "tag", tag });
  }
  emptyQuery(): void {
    this.answers.push({ kind: "tag", tag: "" });
  }
  portalSuspended(): void {}
  notice(notice: Notice): void {
    this.answers.push({ kind: "notice", notice });
  }
  parameterStatus(): void {}
  copyOut(): void {}
  copyData(data: string | Uint8Array): void {
    this.answers.push({ kind: "row", values: [Buffer.from(data).toString().trimEnd()] });
  }
  copyDone(): void {}
  copyIn(): CopyInput {
    return {
      next: () => {
        throw new Error("a session without a socket has no data for COPY");
      },
    };
  }
  notification(_processId: number, channel: string, payload: string): void {
    this.answers.push({ kind: "notification", channel, payload });
  }
  async drained(): Promise<void> {}
  flush(): void {}
}

/** The SQLSTATE of what a session answered by, if it is the client's mistake. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof SqlError ? error.code : undefined;
