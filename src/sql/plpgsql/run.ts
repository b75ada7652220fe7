/**
 * RUNNING A BODY, statement by statement, in one go: nobody else runs in between.
 * https://www.postgresql.org/docs/15/plpgsql-control-structures.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Scalar } from "../types/scalar.ts";
import { formatText } from "../types/type-io.ts";
import { type Called, NEXT, type Next, type Returned } from "./called.ts";
import { isCaughtBy } from "./conditions.ts";
import { close, fetchRow, open } from "./cursors.ts";
import { type LoopHost, overRounds } from "./loops.ts";
import { ASSIGNED, EXPRESSION, FETCHED, type How, PERFORMED, STATEMENT } from "./placing.ts";
import type { MadeSql, PlacedSql, Port, Rows } from "./port.ts";
import { callProcedure, endTransaction, type Pinned } from "./procedures.ts";
import { raised } from "./raise.ts";
import {
  diagnosticOf,
  noDestination,
  oneValue,
  rowInto,
  valueReturned,
  variableReturned,
} from "./results.ts";
import { declare } from "./scope.ts";
import { partOf, Store } from "./store.ts";
import {
  type Block,
  type Dynamic,
  type Into,
  type Raise,
  type SqlText,
  type Statement,
  statementName,
} from "./tree.ts";
import { Frame, scalar } from "./variables.ts";

const BOOL = 16 as Oid;
const TEXT = 25 as Oid;
/** A body that does more would keep everybody from their turn. */
const STATEMENTS_MAX = 20_000;

/** Throws what the body raises; undefined = it ended without RETURN. */
export function runBody(called: Called, frame: Frame, port: Port): Returned | undefined {
  return new BodyRun(called, port).whole(frame);
}

class BodyRun {
  readonly port: Port;
  readonly #called: Called;
  readonly #found = scalar("found", BOOL, 0n);
  readonly #store: Store;
  #current: Statement | undefined;
  #during: string | undefined;
  #count = 0;
  #rowCount = 0;
  /** Blocks with handlers that are running. */
  #guarded = 0;
  /** Loops that are running over what no end of a transaction may close, the innermost last. */
  #pinned: readonly Pinned[] = [];
  #again: SqlError | undefined;
  /** That are being handled, the innermost last. */
  readonly #handled: SqlError[] = [];
  readonly #host: LoopHost;

  constructor(called: Called, port: Port) {
    this.#called = called;
    this.port = port;
    this.#store = new Store(port);
    this.#host = {
      port,
      value: (sql, frame) => this.#value(sql, frame),
      placed: (sql) => this.#placed(sql, STATEMENT),
      made: (dynamic, frame) => this.#made(dynamic, frame),
      rowsOf: (source, frame) => this.#rowsOf(source, frame, FETCHED),
      pinned: (what, work) => {
        const around = this.#pinned;
        this.#pinned = [...around, what];
        const done = work();
        this.#pinned = around;
        return done;
      },
    };
  }

  whole(frame: Frame): Returned | undefined {
    frame.add(this.#found);
    try {
      const next = this.port.at(
        () => this.#where(),
        () => this.#run({ ...this.#called.body.block }, frame),
      );
      return next.kind === "return" ? next.returned : undefined;
    } catch (error) {
      throw error instanceof SqlError ? this.#placedHere(error) : error;
    }
  }

  /** An error that is raised again says where it was raised first. */
  #placedHere(error: SqlError): SqlError {
    return error === this.#again ? error : error.within(this.#where());
  }

  #where(): string {
    const signature = this.#called.signature();
    const current = this.#current;
    if (!current) return `PL/pgSQL function ${signature}`;
    const at = this.#during ?? `at ${statementName(current)}`;
    return `PL/pgSQL function ${signature} line ${current.line} ${at}`;
  }

  #list(statements: readonly Statement[], frame: Frame): Next {
    for (const statement of statements) {
      const next = this.#run(statement, frame);
      if (next.kind !== "next") return next;
    }
    return NEXT;
  }

  /** Before each statement, and each round of a loop. */
  #tick(): void {
    if (++this.#count > STATEMENTS_MAX) {
      const message = `function ${this.#called.signature()} runs more than ${STATEMENTS_MAX} statements`;
      throw new SqlError("54000", message);
    }
    if (this.#count % 64 === 0) this.port.checkInterrupts();
  }

  #run(statement: Statement, frame: Frame): Next {
    const around = this.#current;
    this.#current = statement;
    this.#tick();
    const next = this.#step(statement, frame);
    this.#current = around;
    return next;
  }

  #step(statement: Statement, frame: Frame): Next {
    switch (statement.kind) {
      case "block":
        return this.#block(statement, frame);
      case "assign": {
        const { before } = statement;
        const part = partOf(statement, frame);
        const target = part?.variable ?? statement.target;
        const { value, type } = this.#value(statement.value, frame, before, part);
        const whole = `PL/pgSQL assignment "${before}${statement.value.text}"`;
        this.#store.assign(frame, target, value, type, whole);
        return NEXT;
      }
      case "if": {
        const branch = statement.branches.find((each) => this.#isTrue(each.condition, frame));
        return this.#list(branch?.body ?? statement.otherwise, frame);
      }
      case "case":
        return this.#case(statement, frame);
      case "loop":
        return this.#loop(statement, statement.body, frame, () =>
          statement.condition ? this.#isTrue(statement.condition, frame) : true,
        );
      case "forInteger":
      case "forRows":
      case "forEach":
      case "forCursor": {
        const { result, found } = overRounds(this.#host, statement, frame, (inside, goes) =>
          this.#loop(statement, statement.body, inside, goes),
        );
        this.#setFound(found);
        return result;
      }
      case "exit":
      case "continue": {
        const leaves = !statement.when || this.#isTrue(statement.when, frame);
        return leaves ? { kind: statement.kind, label: statement.label } : NEXT;
      }
      case "return": {
        const returned = this.#returned(statement.value, frame);
        this.#called.results?.check(returned);
        return { kind: "return", returned };
      }
      default:
        this.#act(statement, frame);
        return NEXT;
    }
  }

  #act(statement: Statement, frame: Frame): void {
    switch (statement.kind) {
      case "raise":
        return this.#raise(statement, frame);
      case "assert": {
        if (this.#isTrue(statement.condition, frame)) return;
        const message = statement.message && this.#text(statement.message, frame);
        throw new SqlError("P0004", message ?? "assertion failed");
      }
      case "perform": {
        const { rows } = this.port.run(this.#placed(statement.query, PERFORMED), frame);
        this.#done(rows.length);
        this.#setFound(rows.length > 0);
        return;
      }
      case "sql":
        return this.#sql(statement.query, statement.into, frame);
      case "do":
      case "call":
        return callProcedure(
          this.port,
          this.#placed(statement.query, STATEMENT),
          frame,
          this.#guarded > 0 || this.#pinned.length > 0,
        );
      case "execute": {
        const rows = this.#dynamic(statement.dynamic, frame);
        this.#done(rows.count);
        if (statement.into) this.#into(rows, statement.into, frame, true);
        return;
      }
      case "returnNext":
        this.#called.results?.next(statement.value && this.#returned(statement.value, frame));
        return;
      case "returnQuery": {
        const found = this.#rowsOf(statement.source, frame);
        this.#called.results?.query(found);
        this.#done(found.count);
        this.#setFound(found.count > 0);
        return;
      }
      case "open":
        return open(this.#host, statement, frame);
      case "fetch": {
        const count = fetchRow(this.#host, statement, frame);
        this.#done(count);
        this.#setFound(count > 0);
        return;
      }
      case "close":
        return close(this.#host, statement.cursor, frame);
      case "diagnostics":
        for (const { target, item } of statement.items) {
          const told = diagnosticOf(item, this.port, this.#handled.at(-1), this.#rowCount);
          this.#store.assign(frame, target, told.value, told.type);
        }
        return;
      case "end":
        return endTransaction(this.port, statement, this.#guarded, this.#pinned.at(-1));
    }
  }

  #raise(statement: Raise, frame: Frame): void {
    const again = this.#handled.at(-1);
    if (statement.again) {
      if (again) {
        this.#again = again;
        throw again;
      }
      const message = "RAISE without parameters cannot be used outside an exception handler";
      throw new SqlError("0Z002", message);
    }
    const text = (sql: SqlText) => this.#text(sql, frame);
    const said = raised(statement, text);
    if (said instanceof SqlError) throw said;
    this.port.notice(said);
  }

  #setFound(found: boolean): void {
    this.#found.value = found ? 1n : 0n;
  }
  #done(count: number): void {
    this.#rowCount = count;
  }

  #placed(sql: SqlText, how: How): PlacedSql {
    const { body, id } = this.#called;
    return { sql, ...how, id, conflict: body.conflict };
  }

  /** The first column of an expression's one row. */
  #value(sql: SqlText, frame: Frame, target?: string, part?: PlacedSql["part"]) {
    const how = target === undefined ? EXPRESSION : { ...ASSIGNED, shown: target };
    if (part) return oneValue(this.port.run({ ...this.#placed(sql, how), part }, frame), sql);
    return oneValue(this.port.run(this.#placed(sql, how), frame), sql);
  }

  #cast(sql: SqlText, frame: Frame, to: Oid): Scalar {
    const { value, type } = this.#value(sql, frame);
    return this.port.cast(value, type, { type: to, typmod: -1 });
  }
  #isTrue(sql: SqlText, frame: Frame): boolean {
    return this.#cast(sql, frame, BOOL) === 1n;
  }
  #text(sql: SqlText, frame: Frame): string | null {
    const { value, type, typmod } = this.#value(sql, frame);
    return value === null ? null : formatText(type, value, this.port.types, typmod);
  }

  #block(block: Block & { readonly line: number }, outer: Frame): Next {
    const frame = new Frame(block.label, outer);
    this.#during = "during statement block local variable initialization";
    for (const each of block.declarations) {
      declare(each, frame, this.port, (sql) => this.#value(sql, frame));
    }
    this.#during = undefined;
    const mark = block.handlers && this.port.mark();
    const [guarded, pinned] = [this.#guarded, this.#pinned];
    if (block.handlers) this.#guarded += 1;
    try {
      const next = this.#left(this.#list(block.body, frame), block.label, "exit");
      this.#guarded = guarded;
      return next;
    } catch (error) {
      if (!(error instanceof SqlError) || !block.handlers) throw error;
      const handler = block.handlers.find(({ codes }) =>
        codes.some((code) => isCaughtBy(error.code, code)),
      );
      if (!handler) throw error;
      this.#guarded = guarded;
      this.#pinned = pinned;
      const seen = this.#placedHere(error);
      this.#during = undefined;
      this.port.rollbackTo(mark);
      const handling = new Frame(undefined, frame);
      handling.add(scalar("sqlstate", TEXT, error.code));
      handling.add(scalar("sqlerrm", TEXT, error.message));
      this.#handled.push(seen);
      const next = this.#list(handler.body, handling);
      this.#handled.pop();
      return this.#left(next, block.label, "exit");
    }
  }

  /** What EXIT of a label means to the block or loop that has it. */
  #left(next: Next, label: string | undefined, kind: "exit"): Next {
    return next.kind === kind && next.label !== undefined && next.label === label ? NEXT : next;
  }

  #case(statement: Statement & { readonly kind: "case" }, frame: Frame): Next {
    const { subject, branches, otherwise } = statement;
    const inside = new Frame(undefined, frame);
    let given = "";
    if (subject) {
      const { value, type } = this.#value(subject, frame);
      inside.add(scalar("__case__variable__", type, value));
      given = '"__case__variable__" IN ';
    }
    for (const { values, body } of branches) {
      const sql = subject ? { ...values, text: `${given}(${values.text})` } : values;
      if (this.#isTrue(sql, inside)) return this.#list(body, frame);
    }
    if (otherwise) return this.#list(otherwise, frame);
    throw new SqlError("20000", "case not found", {
      hint: "CASE statement is missing ELSE part.",
    });
  }

  /** `goes`: whether the body runs once more. */
  #loop(
    { label }: { readonly label: string | undefined },
    body: readonly Statement[],
    frame: Frame,
    goes: () => boolean,
  ): Next {
    while (goes()) {
      this.#tick();
      const next = this.#list(body, frame);
      if (next.kind === "next") continue;
      if (next.kind === "return") return next;
      const isOwn = next.label === undefined || next.label === label;
      if (!isOwn) return next;
      if (next.kind === "exit") break;
    }
    return NEXT;
  }

  #rowsOf(source: SqlText | Dynamic, frame: Frame, how: How = STATEMENT): Rows {
    if ("query" in source) return this.#dynamic(source, frame, how === FETCHED);
    return this.port.run(this.#placed(source, how), frame);
  }

  #sql(query: SqlText, into: Into | undefined, frame: Frame): void {
    const rows = this.port.run(this.#placed(query, STATEMENT), frame);
    this.#done(rows.count);
    if (rows.writes || into) this.#setFound(rows.count > 0);
    if (into) return this.#into(rows, into, frame);
    if (!rows.columns) return;
    throw noDestination(rows);
  }

  #into(found: Rows, into: Into, frame: Frame, isMade = false): void {
    const { columns, row, isOneOfMany } = rowInto(found, into, isMade);
    if (isOneOfMany) this.#done(1);
    this.#store.into(frame, into, columns, row);
  }

  #dynamic(dynamic: Dynamic, frame: Frame, isFetched = false): Rows {
    return this.port.execute({ ...this.#made(dynamic, frame), isFetched }, frame);
  }

  #made({ query, using }: Dynamic, frame: Frame): MadeSql {
    const text = this.#text(query, frame);
    if (text === null) {
      throw new SqlError("22004", "query string argument of EXECUTE is null");
    }
    const values = using.map((sql) => ({ ...this.#value(sql, frame), typmod: -1 }));
    return { made: text, values };
  }

  #returned(sql: SqlText | undefined, frame: Frame): Returned {
    if (!sql) return { value: null, type: TEXT };
    return variableReturned(sql, frame) ?? valueReturned(this.port, this.#value(sql, frame));
  }
}
