/**
 * A CONNECTION: the socket of one client, from accept to close
 *
 *   startup ──▶ opening ──▶ session ──▶ closed          any state ──▶ closed
 *
 * The loop takes frames while there are any, synchronously; it stops for a promise of the session
 * ("call"), for a client that does not read ("drain") and, in a long batch, for other connections
 * ("turn"); no frame is looked at meanwhile. What was answered goes to the socket in one
 * write when the frames run out and someone waits for it, or when 64 KiB have gathered.
 *
 * A FATAL error is the last message. The end of the input, a lost socket and a termination from
 * outside close the session, which cancels its call in progress; the connection is over when that
 * call has returned, too.
 */
import type { Socket } from "node:net";
import { SqlError } from "../base/sql-error.ts";
import type { Session, SessionHost, SessionService } from "../sql/session/api.ts";
import type { BusyPoll } from "./busy-poll.ts";
import { Conversation, type ReportedError } from "./conversation.ts";
import { writeAuthenticationOk, writeBackendKeyData, writeError } from "./encode.ts";
import { type Frame, Framer, UnanswerableFrame } from "./framer.ts";
import { OUTPUT_BYTES_FLUSH, type WireLimits } from "./limits.ts";
import { frontendType } from "./messages.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { ConnectionSink, type OutputFlow } from "./sink.ts";
import { StartupPhase, type StartupStep } from "./startup-phase.ts";

/** What a connection needs of its server. */
export interface ConnectionContext {
  readonly limits: WireLimits;
  readonly busyPoll: BusyPoll;
  /** Logs what is not a SqlError and makes one of it. */
  report(thrown: unknown): ReportedError;
  /** Who answers this client. Throws FATAL SqlErrors: not now, too many, not from there. */
  admit(connection: Connection, user: string, database: string): SessionService;
  /** A CancelRequest; nobody learns whether it fitted. */
  cancel(processId: number, secret: number): void;
}

type State =
  | { readonly state: "startup"; readonly phase: StartupPhase }
  | { readonly state: "opening" }
  | { readonly state: "session"; readonly conversation: Conversation }
  | { readonly state: "closed" };

type OpenRequest = Extract<StartupStep, { kind: "request" }>;

/** A batch longer than this lets other connections in between. */
const FRAMES_PER_TURN = 128;

const OPENING: State = { state: "opening" };
const CLOSED: State = { state: "closed" };

export class Connection implements SessionHost, OutputFlow {
  readonly address: string | null;
  readonly local?: { readonly address: string; readonly port: number };
  readonly port: number;
  /** Resolves when the socket is closed and the session's last call has returned. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #context: ConnectionContext;
  readonly #framer: Framer;
  readonly #out = new OutputBuffer();
  readonly #sink = new ConnectionSink(this.#out, this);
  readonly #resolveEnded: () => void;
  #state: State = { state: "startup", phase: new StartupPhase() };
  #waiting: "nothing" | "call" | "drain" | "turn" = "nothing";
  /** In the synchronous part of a call. */
  #calling = false;
  #terminating: SqlError | undefined;
  #paused = false;
  #inputEnded = false;
  #socketClosed = false;
  #idle = false;
  #drainWaiters: (() => void)[] = [];
  #timer: NodeJS.Timeout;

  constructor(socket: Socket, context: ConnectionContext) {
    const { promise, resolve } = deferred();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.#socket = socket;
    this.#context = context;
    this.#framer = new Framer(context.limits.messageBytesMax);
    this.address = socket.remoteAddress ?? null;
    const { localAddress, localPort } = socket;
    if (localAddress !== undefined && localPort !== undefined) {
      this.local = { address: localAddress, port: localPort };
    }
    this.port = socket.remotePort ?? 0;
    this.#timer = setTimeout(() => this.#startupTimedOut(), context.limits.authenticationTimeoutMs);
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("drain", () => this.#drain());
    socket.on("end", () => this.#inputEnd());
    socket.on("close", () => this.#close());
    // "close" follows, and does all there is to do.
    socket.on("error", () => undefined);
  }

  get hasSession(): boolean {
    return this.#state.state === "session" || this.#state.state === "opening";
  }

  /**
   * Inside a call of the session itself (a function that terminates its own backend) the rows it
   * has produced still go out, its completion does not.
   */
  terminate(error: SqlError): void {
    if (this.#calling) {
      this.#terminating ??= error;
      this.#sink.end();
    } else this.#end(error);
  }

  /** Ends without an answer. */
  destroy(): void {
    this.#socket.destroy();
  }

  send(): void {
    const out = this.#out;
    if (out.length === 0) return;
    this.#socket.write(out.view());
    // Nothing left in the socket means that the kernel has copied all of it.
    if (this.#socket.writableLength === 0) out.reuse();
    else out.renew();
  }

  get full(): boolean {
    return this.#socket.writableLength + this.#out.length > this.#context.limits.outputBytesMark;
  }

  drained(): Promise<void> {
    if (this.#state === CLOSED || !this.full) return Promise.resolve();
    this.send();
    if (!this.full) return Promise.resolve();
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  #receive(chunk: Buffer): void {
    if (this.#state === CLOSED) return;
    this.#framer.push(chunk);
    if (this.#waiting === "nothing") this.#run();
    else if (this.#sink.copyInput !== undefined) this.takeCopyData();
    else if (this.#framer.buffered > this.#context.limits.inputBytesMark) this.#pause();
    if (this.#waiting === "nothing") this.#context.busyPoll.expect();
  }

  /** Frames of COPY FROM STDIN go to the session's call that is in progress. */
  takeCopyData(): void {
    if (this.#waiting !== "call" || this.#state === CLOSED) return;
    try {
      this.#feedCopy();
    } catch (error) {
      this.#crash(error);
    }
  }

  #feedCopy(): void {
    const input = this.#sink.copyInput;
    while (input !== undefined && !input.full) {
      const type = this.#framer.nextType;
      if (type !== undefined && !input.accepts(type)) return;
      const frame = this.#framer.next();
      if (frame === undefined) {
        if (this.#inputEnded) this.#end();
        else this.#proceed();
        return;
      }
      input.take(frame);
    }
    if (this.#framer.buffered > this.#context.limits.inputBytesMark) this.#pause();
  }

  #run(): void {
    try {
      this.#loop();
    } catch (error) {
      this.#crash(error);
    }
  }

  #loop(): void {
    for (let frames = 0; this.#waiting === "nothing" && this.#state !== CLOSED; frames++) {
      if (this.#socket.writableLength > this.#context.limits.outputBytesMark) {
        this.#waiting = "drain";
        this.#pause();
        return;
      }
      if (frames === FRAMES_PER_TURN) {
        this.#waiting = "turn";
        setImmediate(() => this.#resume());
        return;
      }
      const frame = this.#framer.next();
      if (frame === undefined) {
        this.#rest();
        return;
      }
      this.#idle = false;
      const done = this.#call(() => this.#step(frame));
      if (done !== undefined) this.#wait(done);
      else if (this.#out.length >= OUTPUT_BYTES_FLUSH) this.send();
    }
  }

  /** Runs the synchronous part of a call; a termination asked for in it happens after it. */
  #call<T>(call: () => T): T {
    this.#calling = true;
    try {
      return call();
    } finally {
      this.#calling = false;
      if (this.#terminating !== undefined) this.#end(this.#terminating);
    }
  }

  #step(frame: Frame): void | Promise<void> {
    const state = this.#state;
    if (state.state === "startup") return this.#startup(frame, state.phase);
    if (state.state !== "session") return undefined;
    if (frame.type === frontendType.terminate) return this.#end();
    return state.conversation.handle(frame);
  }

  #wait(done: Promise<void>): void {
    this.#waiting = "call";
    this.#flush();
    if (this.#sink.copyInput !== undefined) this.takeCopyData();
    done.then(
      () => this.#resume(),
      (error: unknown) => {
        this.#waiting = "nothing";
        this.#crash(error);
        this.#settle();
      },
    );
  }

  #resume(): void {
    this.#waiting = "nothing";
    if (this.#state !== CLOSED) this.#run();
    this.#settle();
  }

  /** No whole frame is left. */
  #rest(): void {
    this.#flush();
    if (this.#inputEnded) {
      this.#end();
      return;
    }
    this.#proceed();
    const state = this.#state;
    if (state.state === "session" && state.conversation.ready && !this.#idle) {
      this.#idle = true;
      state.conversation.session.idle();
    }
  }

  #flush(): void {
    const state = this.#state;
    if (state.state !== "session" || !state.conversation.flushDue) return;
    state.conversation.flushed();
    this.send();
  }

  #startup(frame: Frame, phase: StartupPhase): void | Promise<void> {
    const step = phase.next(frame, this.#framer.buffered, this.#out);
    switch (step.kind) {
      case "answer":
        this.#socket.write(step.bytes);
        return undefined;
      case "refuse":
        this.#socket.write(step.bytes);
        throw step.error;
      case "cancel":
        this.#context.cancel(step.processId, step.secret);
        return this.#end();
      case "close":
        if (step.bytes !== undefined) this.#socket.write(step.bytes);
        return this.#end();
      case "request":
        return this.#open(step);
    }
  }

  #open(request: OpenRequest): void | Promise<void> {
    const { user, database } = request;
    const service = this.#context.admit(this, user, database);
    this.#state = OPENING;
    this.#framer.expectMessages();
    writeAuthenticationOk(this.#out);
    const settings = request.settings();
    const opened = service.open({ user, database, settings }, this, this.#sink);
    if (!(opened instanceof Promise)) return this.#opened(service, opened);
    return opened.then((session) => this.#opened(service, session));
  }

  #opened(service: SessionService, session: Session): void {
    if (this.#state === CLOSED || this.#terminating !== undefined) {
      this.#closeSession(session);
      return;
    }
    clearTimeout(this.#timer);
    const report = (thrown: unknown) => this.#context.report(thrown);
    this.#out.charset = () => session.charset;
    const conversation = new Conversation(session, this.#sink, this.#out, report);
    this.#state = { state: "session", conversation };
    writeBackendKeyData(this.#out, session.processId, service.secretOf(session));
    conversation.finish();
  }

  #startupTimedOut(): void {
    if (this.#state === OPENING) this.#end(authenticationTimeout);
    else this.destroy();
  }

  /** What nobody answered for: the stream is lost, or the session's state is unknown. */
  #crash(thrown: unknown): void {
    if (thrown instanceof UnanswerableFrame) this.#end();
    else if (this.#state !== CLOSED) this.#end(thrown);
    else if (!(thrown instanceof SqlError)) this.#context.report(thrown);
  }

  /**
   * The last message, if there is a reason, then no more output; input is thrown away until the
   * client closes.
   */
  #end(reason?: unknown): void {
    if (this.#state === CLOSED) return;
    if (reason !== undefined) {
      const { error, cause } = this.#context.report(reason);
      writeError(this.#out, asFatal(error), cause);
    }
    this.send();
    this.#leave();
    this.#socket.end();
    // Closing with input unread would reset the connection, and the client might lose the last
    // message.
    this.#socket.resume();
    this.#timer = setTimeout(() => this.destroy(), this.#context.limits.closeTimeoutMs);
  }

  #leave(): void {
    const state = this.#state;
    this.#state = CLOSED;
    clearTimeout(this.#timer);
    this.#sink.close();
    if (state.state === "session") this.#closeSession(state.conversation.session);
    this.#releaseDrainWaiters();
  }

  #closeSession(session: Session): void {
    try {
      session.close();
    } catch (error) {
      this.#context.report(error);
    }
  }

  #close(): void {
    this.#leave();
    this.#socketClosed = true;
    this.#settle();
  }

  #settle(): void {
    if (this.#socketClosed && this.#waiting !== "call") this.#resolveEnded();
  }

  #inputEnd(): void {
    this.#inputEnded = true;
    // With messages left to answer the client may still be reading: it gets its answers first.
    if (this.#waiting === "nothing" || this.#waiting === "call") this.#end();
  }

  #drain(): void {
    this.#releaseDrainWaiters();
    if (this.#waiting !== "drain") return;
    this.#waiting = "nothing";
    this.#run();
  }

  #releaseDrainWaiters(): void {
    const waiters = this.#drainWaiters;
    this.#drainWaiters = [];
    for (const resolve of waiters) resolve();
  }

  /** Reads on. */
  #proceed(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }

  #pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }
}

const authenticationTimeout = new SqlError(
  "57014",
  "canceling authentication due to timeout",
  {},
  "FATAL",
);

const asFatal = (error: SqlError): SqlError =>
  error.severity === "ERROR"
    ? new SqlError(error.code, error.message, error.fields, "FATAL")
    : error;

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
