/**
 * THE SERVER: listens, admits, ends
 *
 *   starting ── serve ──▶ serving ── close ──▶ stopping
 *
 * Connections are accepted from `listen` on and told to wait (57P03) until there is a service.
 * Every client on a loopback address is trusted; others are refused unless the server was told to
 * trust them, too.
 */
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import { SqlError } from "../base/sql-error.ts";
import type { SessionService } from "../sql/session/api.ts";
import { isLoopback, parseAddress } from "./address.ts";
import { BusyPoll } from "./busy-poll.ts";
import { Connection, type ConnectionContext } from "./connection.ts";
import type { ReportedError } from "./conversation.ts";
import { defaultLimits, type WireLimits } from "./limits.ts";

/** The part of a pino logger that the wire uses. */
export interface WireLogger {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface ServerOptions {
  /** Absent: clients get 57P03 until `serve`. */
  readonly service?: SessionService;
  readonly limits?: Partial<WireLimits>;
  readonly logger: WireLogger;
  /** Trust clients that are not on a loopback address. */
  readonly trustRemote?: boolean;
}

export interface Server {
  /** Of connections to come; how many there may be, and busy polling, at once. */
  setLimits(limits: Partial<WireLimits>): void;
  /** From now on clients get sessions. */
  serve(service: SessionService): void;
  /**
   * `host:port`, `[v6]:port`; port 0 takes a free one. May be called for several addresses. Rejects
   * with the system's error.
   */
  listen(address: string): Promise<{ readonly host: string; readonly port: number }>;
  /**
   * Accepts nobody, ends every session with `reason` (57P01), resolves when all calls have
   * returned.
   */
  close(reason?: SqlError): Promise<void>;
  /** Sessions open or opening. */
  readonly sessionCount: number;
}

const KEEP_ALIVE_DELAY_MS = 60_000;

export const createServer = (options: ServerOptions): Server => new WireServer(options);

class WireServer implements Server, ConnectionContext {
  limits: WireLimits = defaultLimits;
  readonly busyPoll = new BusyPoll();
  readonly #logger: WireLogger;
  readonly #trustRemote: boolean;
  readonly #connections = new Set<Connection>();
  readonly #listeners: TcpServer[] = [];
  #service: SessionService | undefined;
  #stopping = false;

  constructor(options: ServerOptions) {
    this.setLimits(options.limits ?? {});
    this.#logger = options.logger;
    this.#trustRemote = options.trustRemote ?? false;
    this.#service = options.service;
  }

  setLimits(limits: Partial<WireLimits>): void {
    this.limits = { ...this.limits, ...limits };
    this.busyPoll.micros = this.limits.busyPollMicros;
  }

  get sessionCount(): number {
    let count = 0;
    for (const connection of this.#connections) if (connection.hasSession) count++;
    return count;
  }

  serve(service: SessionService): void {
    this.#service = service;
  }

  listen(address: string): Promise<{ host: string; port: number }> {
    const { host, port } = parseAddress(address);
    const listener = createTcpServer(
      {
        allowHalfOpen: true,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
      },
      (socket) => this.#accept(socket),
    );
    this.#listeners.push(listener);
    return new Promise((resolve, reject) => {
      listener.once("error", reject);
      listener.listen({ host, port }, () => {
        listener.off("error", reject);
        listener.on("error", (error) => this.#logger.error({ err: error }, "listening failed"));
        const bound = listener.address();
        if (bound === null || typeof bound === "string") return;
        resolve({ host: bound.address, port: bound.port });
      });
    });
  }

  async close(reason: SqlError = administratorCommand): Promise<void> {
    this.#stopping = true;
    const closing = this.#listeners.map(
      (listener) => new Promise<void>((resolve) => listener.close(() => resolve())),
    );
    const sessions: Promise<void>[] = [];
    for (const connection of this.#connections) {
      if (!connection.hasSession) continue;
      connection.terminate(reason);
      sessions.push(connection.ended);
    }
    await within(Promise.all(sessions), 2 * this.limits.closeTimeoutMs, () => {
      this.#logger.warn({ connections: this.#connections.size }, "sessions did not end in time");
    });
    for (const connection of this.#connections) connection.destroy();
    await Promise.all(closing);
  }

  admit(connection: Connection, user: string, database: string): SessionService {
    if (this.#stopping) throw cannotConnectNow("the database system is shutting down");
    if (this.#service === undefined) throw cannotConnectNow("the database system is starting up");
    if (this.sessionCount >= this.limits.connectionsMax) throw tooManyClients;
    if (!this.#trustRemote && !isLoopback(connection.address)) {
      throw new SqlError(
        "28000",
        `no pg_hba.conf entry for host "${connection.address}", user "${user}", ` +
          `database "${database}", no encryption`,
        {},
        "FATAL",
      );
    }
    return this.#service;
  }

  cancel(processId: number, secret: number): void {
    this.#service?.cancel(processId, secret);
  }

  report(thrown: unknown): ReportedError {
    if (thrown instanceof SqlError) return { error: thrown, cause: thrown };
    const exceeded = limitOf(thrown);
    if (exceeded !== undefined) return { error: exceeded, cause: exceeded };
    this.#logger.error({ err: thrown }, "internal error");
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const error = new SqlError("XX000", `internal error: ${message}`);
    return { error, cause: thrown instanceof Error ? thrown : error };
  }

  #accept(socket: Socket): void {
    // Those still starting up count, too: as many again as may have sessions.
    if (this.#connections.size >= 2 * this.limits.connectionsMax || this.#stopping) {
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, this);
    this.#connections.add(connection);
    void connection.ended.then(() => this.#connections.delete(connection));
  }
}

/** What JavaScript refuses for its depth or its length is the statement's fault. */
function limitOf(thrown: unknown): SqlError | undefined {
  const message = thrown instanceof Error ? thrown.message : "";
  if (/(Maximum call stack size exceeded|Recursion limit)$/.test(message)) {
    return new SqlError("54001", "stack depth limit exceeded");
  }
  if (/Invalid (string|array) length$/.test(message)) {
    return new SqlError("54000", "value too large");
  }
  return undefined;
}

const administratorCommand = new SqlError(
  "57P01",
  "terminating connection due to administrator command",
  {},
  "FATAL",
);
const tooManyClients = new SqlError("53300", "sorry, too many clients already", {}, "FATAL");
const cannotConnectNow = (message: string) => new SqlError("57P03", message, {}, "FATAL");

/** Waits for a promise, but not for ever. */
async function within(
  promise: Promise<unknown>,
  timeoutMs: number,
  onTimeout: () => void,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      onTimeout();
      resolve();
    }, timeoutMs);
  });
  await Promise.race([promise, timeout]);
  clearTimeout(timer);
}
