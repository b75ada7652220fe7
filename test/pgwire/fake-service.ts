/**
 * A scripted session service: no SQL, a handful of texts with fixed answers, and a record of every
 * call.
 *
 *   select 1              one row, int4
 *   rows N [BYTES]        N rows of one text column, produced as fast as the client reads
 *   flood N [BYTES]       the same, but never looking at `full`
 *   wait                  a promise that ends by cancel, close or `release`
 *   later                 select 1, answered by a promise
 *   fail / fatal / bug    SqlError / FATAL SqlError / TypeError; `later fail` and so on: by a
 *   promise begin / commit / rollback  set the status; in a failed block all but rollback fails
 *   half row              a bug in the middle of a DataRow
 *   kill                  terminates its own connection, in the middle of the call
 */
import { oid } from "../../src/base/ids.ts";
import { notice, SqlError } from "../../src/base/sql-error.ts";
import type {
  BindRequest,
  FunctionCallRequest,
  ResultColumn,
  ResultSink,
  Session,
  SessionHost,
  SessionService,
  StartupRequest,
} from "../../src/sql/session/api.ts";

export const int4Column: ResultColumn = {
  name: "?column?",
  table: oid(0),
  attribute: 0,
  type: oid(23),
  typeLength: 4,
  typmod: -1,
};
export const textColumn: ResultColumn = { ...int4Column, name: "t", type: oid(25), typeLength: -1 };

const transactionAborted = () =>
  new SqlError(
    "25P02",
    "current transaction is aborted, commands ignored until end of transaction block",
  );

export class FakeSession implements Session {
  readonly processId: number;
  readonly host: SessionHost;
  readonly request: StartupRequest;
  readonly calls: string[] = [];
  readonly binds: BindRequest[] = [];
  readonly functionCalls: FunctionCallRequest[] = [];
  status: "I" | "T" | "E" = "I";
  readonly charset = undefined;
  closed = 0;
  idles = 0;
  rowsProduced = 0;
  #waiting: { resolve(): void; reject(error: Error): void } | undefined;
  readonly #statements = new Map<string, string>();
  readonly #portals = new Map<string, string>();

  readonly #queried: (processId: number) => void;

  constructor(
    processId: number,
    request: StartupRequest,
    host: SessionHost,
    queried: (processId: number) => void,
  ) {
    this.processId = processId;
    this.request = request;
    this.host = host;
    this.#queried = queried;
  }

  simpleQuery(text: string, sink: ResultSink): void | Promise<void> {
    this.calls.push(`query ${text}`);
    this.#queried(this.processId);
    if (this.status === "E" && text !== "rollback") throw transactionAborted();
    return this.#run(text, sink, true);
  }

  parse(name: string, text: string): void {
    this.calls.push(`parse ${name}`);
    this.#check(text === "parse error");
    this.#statements.set(name, text);
  }

  bind(request: BindRequest): void {
    this.calls.push(`bind ${request.portal}`);
    this.binds.push(request);
    this.#portals.set(request.portal, this.#statement(request.statement));
  }

  describeStatement(name: string) {
    this.calls.push(`describe S ${name}`);
    const columns = this.#statement(name).startsWith("select") ? [int4Column] : undefined;
    return { parameters: [], columns };
  }

  describePortal(name: string) {
    this.calls.push(`describe P ${name}`);
    const text = this.#portals.get(name);
    if (text === undefined) throw new SqlError("34000", `portal "${name}" does not exist`);
    return { columns: text.startsWith("select") ? [int4Column] : undefined, formats: [] };
  }

  execute(portal: string, maxRows: number, sink: ResultSink): void | Promise<void> {
    this.calls.push(`execute ${portal} ${maxRows}`);
    const text = this.#portals.get(portal);
    if (text === undefined) throw new SqlError("34000", `portal "${portal}" does not exist`);
    if (maxRows === 1 && text === "select 1") {
      sink.row(["1"]);
      return sink.portalSuspended();
    }
    return this.#run(text, sink, false);
  }

  closeStatement(name: string): void {
    this.calls.push(`close S ${name}`);
    this.#statements.delete(name);
  }

  closePortal(name: string): void {
    this.calls.push(`close P ${name}`);
    this.#portals.delete(name);
  }

  functionCall(request: FunctionCallRequest): string {
    this.functionCalls.push(request);
    if (request.function !== 1299) {
      throw new SqlError("42883", `function with OID ${request.function} does not exist`);
    }
    return "now";
  }

  sync(failed: boolean): void {
    this.calls.push(failed ? "sync failed" : "sync");
    if (failed && this.status === "T") this.status = "E";
  }

  announce(): void {}

  idle(): void {
    this.idles++;
  }

  cancel(): void {
    this.#waiting?.reject(new SqlError("57014", "canceling statement due to user request"));
  }

  close(): void {
    this.closed++;
    this.cancel();
  }

  release(): void {
    this.#waiting?.resolve();
  }

  #statement(name: string): string {
    const text = this.#statements.get(name);
    if (text !== undefined) return text;
    throw new SqlError(
      "26000",
      name === ""
        ? "unnamed prepared statement does not exist"
        : `prepared statement "${name}" does not exist`,
    );
  }

  #check(fails: boolean): void {
    if (fails) throw new SqlError("42601", "syntax error", { position: 1 });
  }

  #run(text: string, sink: ResultSink, described: boolean): void | Promise<void> {
    const [verb, count = "0", size = "10"] = text.split(" ");
    if (verb === "later") return this.#later(text.slice(6), sink, described);
    if (verb === "rows") return this.#rows(Number(count), Number(size), sink, described);
    if (verb === "flood") return this.#flood(Number(count), Number(size), sink);
    if (text === "wait") return this.#wait(sink);
    return this.#answer(text, sink, described);
  }

  #answer(text: string, sink: ResultSink, described: boolean): void {
    switch (text) {
      case "":
        sink.emptyQuery();
        return;
      case "fail":
        throw new SqlError("22012", "division by zero", { detail: "d\0e", hint: "h" });
      case "fatal":
        throw new SqlError("25P03", "terminating connection due to idle", {}, "FATAL");
      case "bug":
        throw new TypeError("undefined is not a row");
      case "half row":
        sink.row(["1", undefined as unknown as string]);
        return;
      case "kill":
        this.host.terminate(new SqlError("57P01", "terminating connection", {}, "FATAL"));
        break;
      case "notice":
        sink.notice(notice("hello"));
        break;
      case "begin":
        this.status = "T";
        sink.commandComplete("BEGIN");
        return;
      case "rollback":
        this.status = "I";
        sink.commandComplete("ROLLBACK");
        return;
      case "commit":
        this.status = "I";
        sink.commandComplete("COMMIT");
        return;
      default:
        break;
    }
    if (described) sink.rowDescription([int4Column], []);
    sink.row(["1"]);
    sink.commandComplete("SELECT 1");
  }

  async #later(text: string, sink: ResultSink, described: boolean): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await this.#run(text === "" ? "select 1" : text, sink, described);
  }

  #wait(sink: ResultSink): Promise<void> {
    sink.rowDescription([textColumn], []);
    sink.flush();
    return new Promise<void>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    }).then(() => sink.commandComplete("WAIT"));
  }

  async #rows(count: number, size: number, sink: ResultSink, described: boolean): Promise<void> {
    if (described) sink.rowDescription([textColumn], []);
    const row = ["x".repeat(size)];
    for (this.rowsProduced = 0; this.rowsProduced < count && this.closed === 0; ) {
      this.rowsProduced++;
      sink.row(row);
      if (sink.full) await sink.drained();
    }
    sink.commandComplete(`SELECT ${count}`);
  }

  #flood(count: number, size: number, sink: ResultSink): void {
    const row = ["x".repeat(size)];
    sink.rowDescription([textColumn], []);
    for (let i = 0; i < count; i++) sink.row(row);
    sink.commandComplete(`SELECT ${count}`);
  }
}

export class FakeService implements SessionService {
  readonly sessions: FakeSession[] = [];
  /** Process ids, one for each Query, in the order in which they ran. */
  readonly queries: number[] = [];
  readonly secret = -123_456_789;
  /** Holds back `open` until it resolves. */
  gate: Promise<void> | undefined;

  open(request: StartupRequest, host: SessionHost, sink: ResultSink) {
    if (request.database === "nodb") {
      throw new SqlError("3D000", 'database "nodb" does not exist', {}, "FATAL");
    }
    if (request.database === "bug") throw new TypeError("no such engine");
    sink.parameterStatus("server_version", "15.18");
    sink.parameterStatus("client_encoding", "UTF8");
    const session = new FakeSession(this.sessions.length + 1, request, host, (processId) =>
      this.queries.push(processId),
    );
    this.sessions.push(session);
    return this.gate === undefined ? session : this.gate.then(() => session);
  }

  cancel(processId: number, secret: number): boolean {
    const session = this.sessions[processId - 1];
    if (session === undefined || secret !== this.secret) return false;
    session.cancel();
    return true;
  }

  secretOf(): number {
    return this.secret;
  }

  get last(): FakeSession {
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error("no session was opened");
    return session;
  }
}
