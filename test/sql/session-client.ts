/** A client of a session on a fake engine: messages in, lines out. */
import { SqlError } from "../../src/base/sql-error.ts";
import { loadGrammar } from "../../src/sql/parse/grammar.ts";
import type {
  CopyInput,
  ResultColumn,
  ResultSink,
  Session,
  WireValue,
} from "../../src/sql/session/api.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import type { FakeEngine } from "./session-fake-engine.ts";

/** Writes down what a session answers, one line per message. */
export class Transcript implements ResultSink {
  lines: string[] = [];
  full = false;
  rowDescription(columns: readonly ResultColumn[]): void {
    this.lines.push(`T ${columns.map(({ name }) => name).join(",")}`);
  }
  row(values: readonly WireValue[]): void {
    this.lines.push(`D ${values.map((value) => value ?? "NULL").join(",")}`);
  }
  commandComplete(tag: string): void {
    this.lines.push(`C ${tag}`);
  }
  emptyQuery(): void {
    this.lines.push("I");
  }
  portalSuspended(): void {
    this.lines.push("s");
  }
  notice(said: {
    readonly severity: string;
    readonly code: string;
    readonly message: string;
  }): void {
    this.lines.push(`N ${said.severity} ${said.code} ${said.message}`);
  }
  parameterStatus(name: string, value: string): void {
    this.lines.push(`S ${name}=${value}`);
  }
  copyOut(format: number, columns: number): void {
    this.lines.push(`H ${format} ${columns}`);
  }
  copyData(data: string | Uint8Array): void {
    this.lines.push(`d ${typeof data === "string" ? data : Buffer.from(data).toString("latin1")}`);
  }
  copyDone(): void {
    this.lines.push("c");
  }
  /** What COPY FROM STDIN gets; an error is a CopyFail. */
  copyPieces: (Buffer | SqlError)[] = [];
  copyIn(format: number, columns: number): CopyInput {
    this.lines.push(`G ${format} ${columns}`);
    return {
      next: () => {
        const piece = this.copyPieces.shift();
        if (piece instanceof SqlError) throw piece;
        return piece;
      },
    };
  }
  notification(_processId: number, channel: string, payload: string): void {
    this.lines.push(`A ${channel} ${payload}`);
  }
  drained(): Promise<void> {
    this.full = false;
    return Promise.resolve();
  }
  flush(): void {}
}

/** One client of a fake engine: sends messages, returns the lines that answer them. */
export class Client {
  readonly session: Session;
  readonly sink = new Transcript();
  readonly terminated: SqlError[] = [];
  /** True when the last answer was given before the call returned. */
  wasSync = true;

  private constructor(
    sessions: Sessions,
    user: string,
    settings: readonly (readonly [string, string])[],
  ) {
    const host = {
      address: "127.0.0.1",
      port: 1,
      terminate: (error: SqlError) => void this.terminated.push(error),
    };
    const request = { user, database: "dev", settings };
    this.session = sessions.open(request, host, this.sink) as Session;
    this.sink.lines = [];
  }

  static async connect(
    engine: FakeEngine,
    { user = "root", settings = [], sessions = new Sessions({ engine }) } = {} as {
      user?: string;
      settings?: readonly (readonly [string, string])[];
      sessions?: Sessions;
    },
  ): Promise<Client> {
    await loadGrammar();
    return new Client(sessions, user, settings);
  }

  /** A simple Query; the last line is the status. */
  query(text: string): Promise<string[]> {
    return this.do(() => this.session.simpleQuery(text, this.sink));
  }

  async do(work: () => unknown): Promise<string[]> {
    this.sink.lines = [];
    this.wasSync = true;
    try {
      const result = work();
      if (result instanceof Promise) {
        this.wasSync = false;
        await result;
      }
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      this.sink.lines.push(`E ${error.code} ${error.message}`);
    }
    this.session.announce(this.sink);
    return [...this.sink.lines, this.session.status];
  }
}
