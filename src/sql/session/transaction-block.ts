/**
 * THE TRANSACTION BLOCK of a session.
 *
 *            statement                    BEGIN
 *   idle ───────────────▶ implicit ─────────────────▶ open ──error──▶ failed
 *    ▲                        │ end of message, Sync    │ COMMIT         │ COMMIT, ROLLBACK
 *    └────────────────────────┴─────────────────────────┴────────────────┘
 *
 * The engine's transaction begins with the first statement that needs one. A failed block has
 * released it, but for what savepoints still hold.
 */
import { assert } from "../../base/assert.ts";
import type { Epoch } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { CommitInfo } from "../../wal/fragment.ts";
import type { IsolationLevel, TransactionModes } from "../parse/statement.ts";
import type { SessionSettings } from "../settings/session-settings.ts";
import type { Connection, Engine, Transaction, TransactionMark } from "./engine.ts";
import { COMMIT_STATEMENT_CHARACTERS_MAX, checkRoom } from "./limits.ts";

interface Savepoint {
  readonly name: string;
  readonly mark: TransactionMark;
  readonly settings: number;
  readonly notifications: number;
  readonly texts: number;
  /**
   * A transaction that was read-only or had a snapshot stays so; these are restored by ROLLBACK TO.
   */
  readonly readOnly: boolean;
}

/** What ends with the transaction, beside its rows. */
interface Undoable {
  readonly mark: number;
  rollbackTo(mark: number): void;
  commit(): void;
}

interface Clock {
  /** When the message arrived: a transaction begins at its first statement's time. */
  readonly messageTime: bigint;
  readonly engine: Pick<Engine, "now">;
}

/** What chained transactions inherit. */
interface Modes {
  isolation: IsolationLevel;
  readOnly: boolean;
  deferrable: boolean;
}

export class TransactionBlock {
  readonly #connection: Connection;
  readonly #settings: SessionSettings;
  readonly #notifications: Undoable;
  readonly #clock: Clock;
  #state: "idle" | "implicit" | "open" | "failed" = "idle";
  #transaction: Transaction | undefined;
  #savepoints: Savepoint[] = [];
  #modes: Modes = { isolation: "read committed", readOnly: false, deferrable: false };
  #hasSnapshot = false;
  #hasChangedRows = false;
  #startTime = 0n;
  #committed: Epoch | undefined;
  #texts: string[] = [];

  constructor(
    connection: Connection,
    settings: SessionSettings,
    notifications: Undoable,
    clock: Clock,
  ) {
    this.#connection = connection;
    this.#settings = settings;
    this.#notifications = notifications;
    this.#clock = clock;
  }

  get state(): "idle" | "implicit" | "open" | "failed" {
    return this.#state;
  }
  get modes(): Readonly<Modes> {
    return this.#modes;
  }
  get startTime(): bigint {
    return this.#startTime;
  }
  /** The session's last commit that had something to log. */
  get committed(): Epoch | undefined {
    return this.#committed;
  }
  get depth(): number {
    return this.#savepoints.length;
  }
  /** Points to which the session may go back. */
  get marks(): readonly TransactionMark[] {
    return this.#savepoints.map(({ mark }) => mark);
  }
  /** The engine's transaction if it has begun. */
  get begun(): Transaction | undefined {
    return this.#transaction;
  }

  /** The engine's transaction; begins it if need be. */
  get transaction(): Transaction {
    assert(this.#state === "implicit" || this.#state === "open", `the block is ${this.#state}`);
    this.#transaction ??= this.#connection.begin(this.#modes.isolation);
    return this.#transaction;
  }

  /** A statement is about to run: an idle session begins an implicit transaction. */
  enter(): void {
    if (this.#state !== "idle") return;
    this.#state = "implicit";
    this.#start();
  }

  #start(): void {
    this.#startTime = this.#clock.messageTime;
    this.#hasSnapshot = false;
    const settings = this.#settings;
    this.#modes = {
      isolation: settings.kept("default_transaction_isolation") as IsolationLevel,
      readOnly: settings.isOn("default_transaction_read_only"),
      deferrable: settings.isOn("default_transaction_deferrable"),
    };
  }

  /** The statement that runs reads or writes: modes cannot change any more. */
  noteQuery(): void {
    this.#hasSnapshot = true;
  }

  /** The statement changes rows of users. */
  noteRows(): void {
    this.#hasChangedRows = true;
  }

  get hasChangedRows(): boolean {
    return this.#hasChangedRows;
  }

  /** The statement changes the catalog: its text goes to the log with the commit. */
  noteText(text: string): void {
    this.#texts.push(text);
  }

  /** BEGIN. What the message did before becomes part of the block. */
  begin(modes: TransactionModes): void {
    assert(this.#state === "implicit", "BEGIN runs in an implicit transaction");
    this.#state = "open";
    this.setModes(modes);
  }

  /** SET TRANSACTION. Throws 25001. */
  setModes(modes: TransactionModes): void {
    const { isolation, readOnly, deferrable } = modes;
    if (isolation !== undefined && isolation !== this.#modes.isolation) {
      this.#requireFresh(
        "SET TRANSACTION ISOLATION LEVEL must be called before any query",
        "SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction",
      );
      // A transaction that has done nothing may have begun with the other level.
      this.#transaction?.abort();
      this.#transaction = undefined;
      this.#modes.isolation = isolation;
    }
    if (readOnly !== undefined) this.#setReadOnly(readOnly);
    if (deferrable !== undefined) {
      this.#requireFresh(
        "SET TRANSACTION [NOT] DEFERRABLE must be called before any query",
        "SET TRANSACTION [NOT] DEFERRABLE cannot be called within a subtransaction",
      );
      this.#modes.deferrable = deferrable;
    }
  }

  /** SET TRANSACTION SNAPSHOT. Throws 25001, 0A000, 22023. */
  importSnapshot(name: string): void {
    const message = "SET TRANSACTION SNAPSHOT must be called before any query";
    this.#requireFresh(message, message);
    if (!/^(repeatable read|serializable)$/.test(this.#modes.isolation)) {
      throw new SqlError(
        "0A000",
        "a snapshot-importing transaction must have isolation level SERIALIZABLE or REPEATABLE READ",
      );
    }
    this.transaction.snapshots.importSnapshot(name);
    this.#hasSnapshot = true;
  }

  #requireFresh(afterQuery: string, inSubtransaction: string): void {
    if (this.depth > 0) throw new SqlError("25001", inSubtransaction);
    if (this.#hasSnapshot) throw new SqlError("25001", afterQuery);
  }

  #setReadOnly(readOnly: boolean): void {
    if (!readOnly && this.#modes.readOnly) {
      if (this.#savepoints.at(-1)?.readOnly) {
        throw new SqlError(
          "25001",
          "cannot set transaction read-write mode inside a read-only transaction",
        );
      }
      if (this.#hasSnapshot) {
        throw new SqlError("25001", "transaction read-write mode must be set before any query");
      }
    }
    this.#modes.readOnly = readOnly;
  }

  /**
   * Ends the transaction by a commit; the block is idle when it is done. Throws or rejects with
   * what the commit failed by, after everything has been rolled back.
   */
  commit(info: Omit<CommitInfo, "time" | "statement">): void | Promise<void> {
    const transaction = this.#transaction;
    if (transaction === undefined) return this.#end(true);
    try {
      const done = transaction.commit(() => ({
        user: info.user,
        session: info.session,
        time: this.#clock.engine.now(),
        statement: this.#joinTexts(),
      }));
      if (done === undefined) return this.#end(true);
      return done.then(
        () => this.#end(true),
        (error: unknown) => {
          this.abort();
          throw error;
        },
      );
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  /** How many texts there are. */
  get texts(): number {
    return this.#texts.length;
  }
  forgetTexts(mark: number): void {
    this.#texts.length = mark;
  }

  #joinTexts(): string {
    const [first = "", ...more] = this.#texts;
    const text = more.length === 0 ? first : this.#texts.join("\n");
    return text.length <= COMMIT_STATEMENT_CHARACTERS_MAX
      ? text
      : text.slice(0, COMMIT_STATEMENT_CHARACTERS_MAX);
  }

  abort(): void {
    this.#transaction?.abort();
    this.#end(false);
  }

  /** AND CHAIN: a new block with the modes of the one that ended. */
  chain(modes: Readonly<Modes>): void {
    this.enter();
    this.#state = "open";
    this.#modes = { ...modes };
  }

  /** A procedure goes on in another transaction; `modes`: with those of the one before. */
  goOn(modes: Readonly<Modes> | undefined): void {
    this.enter();
    this.#startTime = this.#clock.engine.now();
    if (modes) this.#modes = { ...modes };
  }

  #end(committed: boolean): void {
    if (committed) {
      this.#settings.commit();
      this.#notifications.commit();
      this.#committed = this.#transaction?.committed ?? this.#committed;
    } else this.#undoSession(0, 0);
    this.#transaction = undefined;
    this.#savepoints = [];
    this.#texts = [];
    this.#hasChangedRows = false;
    this.#state = "idle";
  }

  #undoSession(settings: number, notifications: number): void {
    this.#settings.rollbackTo(settings);
    this.#notifications.rollbackTo(notifications);
  }

  /** A statement failed: an implicit transaction is over, a block has failed. */
  fail(): void {
    if (this.#state === "implicit") return this.abort();
    if (this.#state !== "open") return undefined;
    this.#state = "failed";
    const last = this.#savepoints.at(-1);
    if (last !== undefined) {
      this.#transaction?.rollbackTo(last.mark, false);
      this.#undoSession(last.settings, last.notifications);
      return undefined;
    }
    // Nothing can be saved any more, so nobody should wait for its locks.
    this.#transaction?.abort();
    this.#transaction = undefined;
    this.#undoSession(0, 0);
    return undefined;
  }

  savepoint(name: string): void {
    checkRoom(this.#settings, "max_savepoints", "savepoints", this.#savepoints.length);
    this.#savepoints.push({
      name,
      mark: this.transaction.mark(),
      settings: this.#settings.mark,
      notifications: this.#notifications.mark,
      texts: this.#texts.length,
      readOnly: this.#modes.readOnly,
    });
  }

  /** Depth that is left. READ ONLY ends with the savepoint that it was set behind. Throws 3B001. */
  release(name: string): number {
    const at = this.#find(name);
    this.#modes.readOnly = (this.#savepoints[at] as Savepoint).readOnly;
    this.#savepoints.length = at;
    return this.depth;
  }

  /** Goes back to the savepoint and keeps it; a failed block is open again. */
  rollbackTo(name: string): number {
    const at = this.#find(name);
    const savepoint = this.#savepoints[at] as Savepoint;
    assert(this.#transaction, "savepoints belong to a transaction");
    this.#savepoints.length = at + 1;
    this.#transaction.rollbackTo(savepoint.mark, false);
    this.#undoSession(savepoint.settings, savepoint.notifications);
    this.#texts.length = savepoint.texts;
    this.#modes.readOnly = savepoint.readOnly;
    this.#state = "open";
    return this.depth;
  }

  #find(name: string): number {
    const at = this.#savepoints.findLastIndex((savepoint) => savepoint.name === name);
    if (at < 0) throw new SqlError("3B001", `savepoint "${name}" does not exist`);
    return at;
  }
}
