/**
 * TRANSACTIONS THAT A BODY ENDS. A body runs in one go, and a commit takes its time: COMMIT leaves
 * the body, and when it is done the body runs again from its start. Whatever it asked until then is
 * answered as it was, without asking again: it comes to the same place with the same variables.
 *
 *   answers   a a a E a a a E a a …      E: where a transaction ended
 *             └── kept ──────┘ └─ of the pass that is running
 */
import { SqlError } from "../../base/sql-error.ts";
import type { CursorPort, Ending, Port, ProcedureCall, Rows } from "./port.ts";

/** Thrown past the body; no handler in it catches it. */
export class TransactionEnd {
  readonly end: Ending;

  constructor(end: Ending) {
    this.end = end;
  }
}

type Answer = { readonly value: unknown } | { readonly error: SqlError };

export class Told {
  readonly #answers: Answer[] = [];
  #kept = 0;
  #at = 0;

  /** The body begins again. */
  rewind(): void {
    this.#answers.length = this.#kept;
    this.#at = 0;
  }

  /** The transaction of all that was answered has ended; `error`: its end has failed. */
  keep(error?: SqlError): void {
    if (error) this.#answers[this.#answers.length - 1] = { error };
    this.#kept = this.#answers.length;
  }

  answer<T>(ask: () => T): T {
    if (this.#at < this.#kept) {
      const known = this.#answers[this.#at++] as Answer;
      if ("error" in known) throw known.error;
      return known.value as T;
    }
    try {
      const value = ask();
      this.#add({ value });
      return value;
    } catch (error) {
      if (error instanceof SqlError) this.#add({ error });
      throw error;
    }
  }

  /** Returns where the transaction has ended already. */
  end(end: Ending): void {
    const isBehind = this.#at < this.#kept;
    this.answer(() => undefined);
    if (!isBehind) throw new TransactionEnd(end);
  }

  #add(answer: Answer): void {
    this.#answers.push(answer);
    this.#at += 1;
  }
}

/** A port whose procedures may be told something, too. */
export interface ToldPort extends Port {
  mayEnd(call: ProcedureCall): boolean;
  runProcedure(call: ProcedureCall, isGuarded: boolean, told?: Told): Rows["rows"];
}

/** A port that asks the other one for what it has not been told. */
export function replaying(port: ToldPort, told: Told): Port {
  const { cursors } = port;
  return {
    get types() {
      return port.types;
    },
    cursors: replayingCursors(cursors, told),
    run: (...args) => told.answer(() => port.run(...args)),
    execute: (...args) => told.answer(() => port.execute(...args)),
    openCursor: (...args) => told.answer(() => port.openCursor(...args)),
    cast: (...args) => told.answer(() => port.cast(...args)),
    resolveType: (text) => told.answer(() => port.resolveType(text)),
    fieldsOf: (type) => told.answer(() => port.fieldsOf(type)),
    rowTypeOf: (path) => told.answer(() => port.rowTypeOf(path)),
    columnType: (path) => told.answer(() => port.columnType(path)),
    collation: (...args) => told.answer(() => port.collation(...args)),
    procedure: (...args) => told.answer(() => port.procedure(...args)),
    runProcedure: (call, isGuarded) => runTold(port, told, call, isGuarded),
    endTransaction: (end) => told.end(end),
    mark: () => told.answer(() => port.mark()),
    rollbackTo: (mark) => told.answer(() => port.rollbackTo(mark)),
    notice: (notice) => told.answer(() => port.notice(notice)),
    at: (place, work) => port.at(place, work),
    during: (relations, work) => port.during(relations, work),
    places: () => port.places(),
    checkInterrupts: () => port.checkInterrupts(),
  };
}

/** What it asks is told one by one, where it may end transactions. */
function runTold(port: ToldPort, told: Told, call: ProcedureCall, isGuarded: boolean) {
  if (!isGuarded && port.mayEnd(call)) return port.runProcedure(call, false, told);
  return told.answer(() => port.runProcedure(call, true));
}

const replayingCursors = (cursors: CursorPort, told: Told): CursorPort => ({
  has: (name) => told.answer(() => cursors.has(name)),
  move: (...args) => told.answer(() => cursors.move(...args)),
  close: (name) => told.answer(() => cursors.close(name)),
  nextName: () => told.answer(() => cursors.nextName()),
});
