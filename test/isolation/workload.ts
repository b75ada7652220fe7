/**
 * RANDOM TRANSACTIONS of several sessions over a few lists, a statement at a time. Who goes on next
 * is the seed's choice; a session that waits for a lock goes on when it has it.
 */
import type { SessionService } from "../../src/sql/session/api.ts";
import { type Answer, codeOf, LocalSession } from "../support/local-session.ts";
import type { Random } from "../support/random.ts";
import type { Append, History, Level, Transaction } from "./history.ts";

const SESSIONS = 5;
const TABLES = 3;
const KEYS_PER_TABLE = 2;
const STATEMENTS_MAX = 5;

const keys = Array.from({ length: TABLES * KEYS_PER_TABLE }, (_, key) => key);
const tableOf = (key: number): string => `lists${key % TABLES}`;

/** What a session may be told beside success. */
const EXPECTED = new Set(["40001", "40P01", "25P02"]);

export class Workload {
  readonly #random: Random;
  readonly #service: SessionService;
  readonly #levels: readonly Level[];
  readonly #transactions: Transaction[] = [];
  #value = 0;
  #clock = 0;

  /** The levels that its transactions are of. */
  constructor(service: SessionService, levels: readonly Level[], random: Random) {
    this.#service = service;
    this.#levels = levels;
    this.#random = random;
  }

  async run(transactions: number): Promise<History> {
    const admin = await LocalSession.open(this.#service, "dev");
    for (let table = 0; table < TABLES; table++) {
      await admin.ask(`DROP TABLE IF EXISTS lists${table}`);
      await admin.ask(`CREATE TABLE lists${table} (k int PRIMARY KEY, v text NOT NULL)`);
    }
    const sessions: LocalSession[] = [];
    for (let at = 0; at < SESSIONS; at++) {
      sessions.push(await LocalSession.open(this.#service, "dev"));
    }
    await this.#interleave(sessions, transactions);
    const end = new Map<number, number[]>();
    for (const key of keys) {
      const [row] = await admin.ask(`SELECT v FROM ${tableOf(key)} WHERE k = ${key}`);
      end.set(key, listOf(row?.[0]));
    }
    for (const session of [...sessions, admin]) session.close();
    return { transactions: this.#transactions, end };
  }

  /** Each session does one transaction after the other, all of them a statement in turn. */
  async #interleave(sessions: readonly LocalSession[], transactions: number): Promise<void> {
    const running = new Map<LocalSession, Generator<string, void, Answer[]>>();
    for (let left = transactions; left > 0 || running.size > 0; ) {
      const idle = sessions.filter(
        (session) => !session.busy && (left > 0 || running.has(session)),
      );
      if (idle.length === 0) {
        await Promise.race([...running.keys()].map((session) => session.answered()));
        continue;
      }
      const session = this.#random.pick(idle);
      let script = running.get(session);
      if (!script) {
        script = this.#transaction();
        script.next();
        running.set(session, script);
        left--;
      }
      const { done, value } = script.next(session.take());
      if (done) running.delete(session);
      else session.start(value as string);
      if (this.#random.chance(0.3)) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Yields statements, is given their answers. The first answer belongs to nobody. */
  *#transaction(): Generator<string, void, Answer[]> {
    const random = this.#random;
    const level = random.pick(this.#levels);
    const name = `T${this.#transactions.length + 1}`;
    const transaction: Transaction = {
      name,
      level,
      startedAt: undefined,
      committedAt: undefined,
      operations: [],
    };
    this.#transactions.push(transaction);
    yield "";
    let failed = isError(yield `BEGIN ISOLATION LEVEL ${level}`);
    const count = 1 + random.below(STATEMENTS_MAX);
    for (let at = 0; at < count && !failed; at++) failed = yield* this.#step(transaction);
    const commits = !failed && random.chance(0.92);
    const answers = yield commits ? "COMMIT" : "ROLLBACK";
    if (commits && !isError(answers)) transaction.committedAt = ++this.#clock;
  }

  /** True when the transaction has failed. */
  *#step(transaction: Transaction): Generator<string, boolean, Answer[]> {
    const random = this.#random;
    const chosen = random.fraction();
    const key = random.pick(keys);
    if (chosen < 0.25) return yield* this.#readOne(transaction, key, false);
    if (chosen < 0.4) return yield* this.#readTable(transaction, key % TABLES);
    if (chosen < 0.75) return yield* this.#append(transaction, key);
    if (chosen < 0.9) return yield* this.#readAndWrite(transaction, key);
    return yield* this.#undone(transaction, key);
  }

  #begin(transaction: Transaction): number {
    const now = ++this.#clock;
    transaction.startedAt ??= now;
    return now;
  }

  *#readOne(
    transaction: Transaction,
    key: number,
    locks: boolean,
  ): Generator<string, boolean, Answer[]> {
    const startedAt = this.#begin(transaction);
    const answers =
      yield `SELECT v FROM ${tableOf(key)} WHERE k = ${key}${locks ? " FOR UPDATE" : ""}`;
    if (isError(answers)) return true;
    const values = listOf(rowsOf(answers)[0]?.[0]);
    transaction.operations.push({ kind: "read", statement: startedAt, startedAt, key, values });
    return false;
  }

  *#readTable(transaction: Transaction, table: number): Generator<string, boolean, Answer[]> {
    const startedAt = this.#begin(transaction);
    const answers = yield `SELECT k, v FROM lists${table}`;
    if (isError(answers)) return true;
    const lists = new Map(rowsOf(answers).map(([k, v]) => [Number(k), listOf(v)]));
    for (const key of keys) {
      if (key % TABLES !== table) continue;
      const values = lists.get(key) ?? [];
      transaction.operations.push({ kind: "read", statement: startedAt, startedAt, key, values });
    }
    return false;
  }

  /** By the server: what is there, and the value behind it. RETURNING reads the list. */
  *#append(transaction: Transaction, key: number): Generator<string, boolean, Answer[]> {
    const startedAt = this.#begin(transaction);
    const append = this.#note(transaction, key);
    const table = tableOf(key);
    const answers =
      yield `INSERT INTO ${table} VALUES (${key}, '${append.value}') ON CONFLICT (k) DO UPDATE SET v = ${table}.v || ',${append.value}' RETURNING v`;
    if (isError(answers)) return true;
    // A row that was waited for is newer than the statement's snapshot.
    const values = listOf(rowsOf(answers)[0]?.[0]);
    transaction.operations.push({ kind: "read", statement: startedAt, startedAt, key, values });
    return false;
  }

  /** By the client: it writes the list that it has read, which nobody may have changed since. */
  *#readAndWrite(transaction: Transaction, key: number): Generator<string, boolean, Answer[]> {
    const locks = transaction.level === "READ COMMITTED" || this.#random.chance(0.3);
    if (yield* this.#readOne(transaction, key, locks)) return true;
    const read = transaction.operations.at(-1);
    if (read?.kind !== "read" || read.values.length === 0) return false;
    this.#begin(transaction);
    const append = this.#note(transaction, key);
    const list = [...read.values, append.value].join(",");
    return isError(yield `UPDATE ${tableOf(key)} SET v = '${list}' WHERE k = ${key}`);
  }

  /** An append within a savepoint that is taken back. */
  *#undone(transaction: Transaction, key: number): Generator<string, boolean, Answer[]> {
    if (isError(yield "SAVEPOINT undone")) return true;
    const from = transaction.operations.length;
    const failed = yield* this.#append(transaction, key);
    const answers = yield "ROLLBACK TO undone";
    const [append] = transaction.operations.splice(from);
    if (append?.kind === "append") {
      append.undone = true;
      transaction.operations.push(append);
    }
    return isError(answers) || failed;
  }

  #note(transaction: Transaction, key: number): Append {
    const append: Append = { kind: "append", key, value: ++this.#value, undone: false };
    transaction.operations.push(append);
    return append;
  }
}

const listOf = (text: string | null | undefined): number[] =>
  text === null || text === undefined ? [] : text.split(",").map(Number);

const rowsOf = (answers: readonly Answer[]) =>
  answers.flatMap((answer) => (answer.kind === "row" ? [answer.values] : []));

/** Throws an error that no other session can have caused. */
function isError(answers: readonly Answer[]): boolean {
  for (const answer of answers) {
    if (answer.kind !== "error") continue;
    const code = codeOf(answer.error);
    if (code === undefined || !EXPECTED.has(code)) throw answer.error;
    return true;
  }
  return answers.some((answer) => answer.kind === "tag" && answer.tag === "ROLLBACK");
}
