/**
 * What a statement knows of its session, computed when asked for. One object per session, reset
 * before each pass of a statement.
 */
import type { Oid } from "../../base/ids.ts";
import {
  type Notice,
  notice,
  SqlError,
  type SqlErrorFields,
  warning,
} from "../../base/sql-error.ts";
import type { JobRequest, OnCommitActions, StoredSettings } from "../../catalog/ddl/context.ts";
import { PG_SIGNAL_BACKEND } from "../../catalog/memberships.ts";
import { effectiveSearchPath, explicitSearchPath } from "../../catalog/names.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { ScanMeter } from "../../pages/scan-meter.ts";
import type { Wait } from "../../txn/wait.ts";
import { Chance } from "../functions/chance.ts";
import type { LargeObjects } from "../functions/large-object-calls.ts";
import type { CallTypes, FiredEvent, QueryRows } from "../functions/registry.ts";
import type {
  AdvisoryLocks,
  Peer,
  RowLocks,
  ServerFacts,
  TransactionIds,
} from "../functions/server.ts";
import { treeText } from "../print/node-tree.ts";
import type { Scalar } from "../types/scalar.ts";
import { SessionCursors } from "./body-cursors.ts";
import { placesOf } from "./body-effects.ts";
import { SessionBodyStatements } from "./body-statements.ts";
import { enterRoutine } from "./called-routine.ts";
import type { SessionRole, StatementContext, StatementEffects } from "./engine.ts";
import type { Interrupts } from "./interrupts.ts";
import type { LiveRows } from "./live-rows.ts";
import type { RoutineCode } from "./routine-code.ts";
import { searchPathNames } from "./search-path.ts";
import { ExitWait, isPast, momentIn, SleepWait } from "./sleep.ts";
import type { SessionState } from "./state.ts";
import { storedSettingsOf } from "./stored-settings.ts";

export class SessionContext implements StatementContext {
  readonly effects: StatementEffects & { readonly cursors: SessionCursors };
  readonly interrupts: Interrupts;
  readonly serverStartTime: bigint;
  readonly #state: SessionState;
  #notices: Notice[] = [];
  #searchPath: readonly Oid[] | undefined;
  /** The epoch and the settings that the path was looked up with; no epoch = good for one pass. */
  #searchPathEpoch: number | undefined;
  #searchPathSettings = -1;
  #statementNumber = 0;
  /** What rw_job says of what the DDL statement that runs asks for. */
  statementText = "";
  triggerDepth = 0;
  readonly places: (() => string)[] = [];
  fired: FiredEvent | undefined;
  /** Rows a second that the statement wants its job to read. */
  statementRate: number | undefined;
  /** Sessions that the statement ended, and until when (performance.now) it waits for them. */
  readonly terminating = new Map<number, number>();
  /** Sleeps that this statement has behind it, and how many of them this pass has met. */
  #sleepsDone = 0;
  #sleepsMet = 0;

  constructor(state: SessionState, live: LiveRows) {
    this.#state = state;
    this.interrupts = state.interrupts;
    this.serverStartTime = state.engine.serverStartTime;
    this.effects = new Effects(state, this, live);
  }

  get catalog(): CatalogReader {
    return this.#state.block.transaction.catalog;
  }
  get searchPathNames(): readonly string[] {
    return searchPathNames(this.#state.settings.kept("search_path"), this.user.name);
  }
  get searchPath(): readonly Oid[] {
    const { settings, block } = this.#state;
    const { catalogEpoch: epoch } = block.transaction;
    const { version } = settings;
    if (
      this.#searchPath === undefined ||
      this.#searchPathEpoch !== epoch ||
      this.#searchPathSettings !== version
    ) {
      this.#searchPath = effectiveSearchPath(this.catalog, this.searchPathNames, this.user.oid);
      this.#searchPathEpoch = epoch;
      this.#searchPathSettings = version;
    }
    return this.#searchPath;
  }
  get explicitSearchPath(): readonly Oid[] {
    return explicitSearchPath(this.catalog, this.searchPathNames, this.user.oid);
  }
  get user(): SessionRole {
    return this.#state.user;
  }
  get sessionUser(): SessionRole {
    return this.#state.sessionUser;
  }
  get databaseName(): string {
    return this.#state.connection.database.name;
  }
  get processId(): number {
    return this.#state.processId;
  }
  readonly treeText = (stored: string): string => treeText(stored, this);
  readonly checkDomain = (domain: Oid, value: Scalar): void =>
    this.effects.checkDomain(domain, value);
  get transactionTime(): bigint {
    return this.#state.block.startTime;
  }
  get statementTime(): bigint {
    return this.#state.messageTime;
  }
  get statementNumber(): number {
    return this.#statementNumber;
  }
  get readOnly(): boolean {
    return this.#state.block.modes.readOnly;
  }
  get live(): LiveRows {
    return this.effects.live;
  }
  get timeoutMs(): number | undefined {
    return this.#state.timeLeftMs;
  }
  get storedSettings(): StoredSettings {
    return storedSettingsOf(this.#state);
  }
  get onCommit(): OnCommitActions {
    return this.#state.temporary;
  }
  get request(): JobRequest | undefined {
    const { settings, processId, isInternal, isInBlock, inPipeline } = this.#state;
    if (isInternal) return undefined;
    const isBackground = settings.isOn("background_ddl");
    const { rateLimit } = this;
    const timeoutMs = settings.number("ddl_timeout");
    const livesOn = isBackground || isInBlock || inPipeline;
    const statement = this.statementText;
    return { statement, session: processId, rateLimit, timeoutMs, isBackground, livesOn };
  }
  /** Of the job of the statement that runs; as in rw_job. */
  get rateLimit(): number {
    return this.statementRate ?? this.#state.settings.number("backfill_rate_limit");
  }
  get meter(): ScanMeter | undefined {
    return this.#state.meter;
  }
  readonly now = (): bigint => this.#state.engine.now();
  settings(): ReadonlyMap<string, string> {
    return this.#state.settings.shown();
  }
  readonly setting = (name: string): string | undefined => this.#state.settings.find(name);

  get settingsVersion(): number {
    return this.#state.settings.version;
  }
  get noticeCount(): number {
    return this.#notices.length;
  }

  notice(said: Notice): void {
    const isPlaced = said.where !== undefined || this.places.length === 0;
    this.#notices.push(isPlaced ? said : { ...said, where: placesOf(this).join("\n") });
  }

  catalogChanges = 0;
  catalogChanged(): void {
    this.catalogChanges++;
    this.#searchPath = undefined;
  }

  wait(wait: Wait): Promise<void> {
    return this.#state.wait(wait);
  }

  /** Another statement begins. */
  nextStatement(): void {
    this.effects.cursors.keep();
    this.#statementNumber++;
    this.#sleepsDone = 0;
    if (this.terminating.size > 0) this.terminating.clear();
    this.nextPass();
  }

  /** The statement runs from its start: what the pass before said is not said twice. */
  nextPass(): void {
    this.#sleepsMet = 0;
    if (this.#searchPathEpoch === undefined) this.#searchPath = undefined;
    if (this.#notices.length > 0) this.#notices = [];
  }

  /** What the statement has said. */
  takeNotices(): readonly Notice[] {
    if (this.#notices.length === 0) return this.#notices;
    const said = this.#notices;
    this.#notices = [];
    return said;
  }

  /** A sleep is over: the next pass goes past it. */
  sleepDone(): void {
    this.#sleepsDone += 1;
  }

  meetSleep(seconds: number): void {
    this.#sleepsMet += 1;
    if (this.#sleepsMet > this.#sleepsDone && seconds > 0) throw new SleepWait(seconds);
  }
}

class Effects implements StatementEffects {
  readonly live: LiveRows;
  readonly chance = new Chance();
  readonly cursors: SessionCursors;
  readonly statements: SessionBodyStatements;
  readonly #state: SessionState;
  readonly #context: SessionContext;

  constructor(state: SessionState, context: SessionContext, live: LiveRows) {
    this.live = live;
    this.cursors = new SessionCursors(state);
    this.statements = new SessionBodyStatements(state);
    this.#state = state;
    this.#context = context;
  }

  enterRoutine(code: Pick<RoutineCode, "definer" | "settings">): () => void {
    return enterRoutine(this.#state, code);
  }
  callRoutine(called: Oid, types: CallTypes, values: readonly Scalar[]) {
    const { routines } = this.#state.block.transaction;
    return routines.call(called, types, values, this.#context);
  }
  checkDomain(domain: Oid, value: Scalar): void {
    this.#state.block.transaction.routines.checkDomain(domain, value, this.#context);
  }
  query(text: string): QueryRows {
    return this.#state.block.transaction.routines.query(text, this.#context);
  }
  get fired(): FiredEvent | undefined {
    return this.#context.fired;
  }
  nextval(sequence: Oid): bigint {
    this.#refuseReadOnly("nextval()", sequence);
    const { connection, block } = this.#state;
    return connection.sequences.nextval(block.transaction, sequence);
  }
  setval(sequence: Oid, value: bigint, called: boolean): bigint {
    this.#refuseReadOnly("setval()", sequence);
    const { connection, block } = this.#state;
    return connection.sequences.setval(block.transaction, sequence, value, called);
  }
  currval(sequence: Oid): bigint {
    return this.#state.connection.sequences.currval(sequence);
  }
  lastval(): bigint {
    return this.#state.connection.sequences.lastval();
  }
  setConfig(name: string, value: string | undefined, local: boolean): string {
    this.#state.setSetting(name, value, local);
    return this.#state.settings.show(name);
  }
  cancelBackend(processId: number): boolean {
    if (!this.#maySignal(processId, "cancel", "query is being canceled")) return false;
    this.#state.others.cancel(processId, this.#state.user.name);
    return true;
  }
  terminateBackend(processId: number, timeoutMs: number): boolean {
    if (timeoutMs < 0) throw new SqlError("22003", '"timeout" must not be negative');
    const { others } = this.#state;
    const deadline = this.#context.terminating.get(processId) ?? momentIn(timeoutMs);
    if (!this.#context.terminating.has(processId)) {
      if (!this.#maySignal(processId, "terminate", "process is being terminated")) return false;
      others.terminate(processId);
      this.#context.terminating.set(processId, deadline);
    }
    if (timeoutMs === 0 || others.roleOf(processId) === undefined) return true;
    if (!isPast(deadline)) throw new ExitWait();
    const message = `backend with PID ${processId} did not terminate within ${timeoutMs}`;
    this.warning("01000", `${message} ${timeoutMs === 1 ? "millisecond" : "milliseconds"}`);
    return false;
  }

  /** False, with a warning, when there is no such session. Throws 42501. */
  #maySignal(processId: number, verb: "cancel" | "terminate", passive: string): boolean {
    const { user, others, roles } = this.#state;
    const owner = others.roleOf(processId);
    if (owner === undefined) {
      const message = `PID ${processId} is not a PostgreSQL backend process`;
      this.#context.notice(warning("01000", message));
      return false;
    }
    if (user.superuser || owner === user.oid) return true;
    if (roles.find(owner)?.superuser) {
      const what = verb === "cancel" ? "query" : "process";
      throw new SqlError("42501", `must be a superuser to ${verb} superuser ${what}`);
    }
    if (roles.has(owner) || roles.has(PG_SIGNAL_BACKEND)) return true;
    throw new SqlError(
      "42501",
      `must be a member of the role whose ${passive} or member of pg_signal_backend`,
    );
  }

  lastValue(sequence: Oid): bigint | undefined {
    return this.#state.connection.sequences.lastValue(sequence);
  }
  get advisory(): AdvisoryLocks {
    return this.#state.connection.advisory;
  }
  get largeObjects(): LargeObjects {
    return this.#state.block.transaction.largeObjects;
  }
  get rowLocks(): RowLocks {
    return this.#state.block.transaction.rowLocks;
  }
  get xids(): TransactionIds {
    return this.#state.block.transaction.xids;
  }
  exportSnapshot(): string {
    if (this.#state.block.depth > 0) {
      throw new SqlError("25001", "cannot export a snapshot from a subtransaction");
    }
    return this.#state.block.transaction.snapshots.exportSnapshot();
  }
  get server(): ServerFacts {
    return this.#state.connection.server;
  }
  get database(): Oid {
    return this.#state.connection.database.oid;
  }
  get peer(): Peer {
    return this.#state.host;
  }
  get queryText(): string {
    return this.#state.queryText;
  }

  notice(message: string, fields?: SqlErrorFields, code?: string): void {
    this.#context.notice(notice(message, fields, code));
  }
  warning(code: string, message: string): void {
    this.#context.notice(warning(code, message));
  }
  sleep(seconds: number): void {
    this.#context.meetSleep(seconds);
  }

  notify = (channel: string, payload: string): void =>
    this.#state.notifications.notify(channel, payload);

  #refuseReadOnly(what: string, sequence: Oid): void {
    if (!this.#context.readOnly) return;
    if (this.#state.connection.sequences.isOwnTemporary(sequence)) return;
    throw new SqlError("25006", `cannot execute ${what} in a read-only transaction`);
  }
}
