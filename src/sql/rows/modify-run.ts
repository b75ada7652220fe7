/**
 * RUNNING INSERT, UPDATE, DELETE AND MERGE. The source query says which rows and which values;
 * each is checked and staged; foreign keys follow when all rows are written.
 *
 *   source ──rows──▶ write each ──events──▶ foreign keys ──more events──▶ … ──▶ count, RETURNING
 *
 * A statement of many rows lets other sessions run in between, and hands staged rows over to the
 * pages (spill) before they take much memory.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { Wait } from "../../txn/wait.ts";
import type { Scalar } from "../types/scalar.ts";
import type { RowEvent } from "./foreign-keys.ts";
import { changedKeys, changesKey } from "./key-changes.ts";
import type { DefaultSteps, ModifyPlan, RowStep } from "./modify-plan.ts";
import { mergedTwice, noArbiter, secondTime } from "./refusals.ts";
import { type EventEngine, followEvent } from "./row-events.ts";
import { rowValue } from "./row-value.ts";
import type { KeyValues, TableWriter } from "./table-writer.ts";
import { letOthersRun, Turn } from "./turn.ts";
import { checkViews } from "./view-checks.ts";
import { type WrittenRow, writtenValue } from "./written-row.ts";

export type SourceRow = readonly Scalar[];
export type Source = readonly SourceRow[] | AsyncIterable<readonly SourceRow[]>;

export interface ModifyResult {
  readonly count: number;
  readonly rows: readonly SourceRow[];
}

/** What the parts of one statement share. */
export interface Together {
  readonly events: RowEvent[];
  /** Versions that the statement has made, by storage. */
  readonly own: Map<Oid, Set<number>>;
}

/** What running needs beside what writing and foreign keys need. */
export interface ModifyEngine extends EventEngine {
  readonly isRepeatable: boolean;
  /** Of the transaction; it gets one if it has none. */
  readonly xid: number;
  /** Points to which the transaction may go back. */
  readonly marks: () => readonly number[];
  /** A row that changed since the snapshot: 40001. */
  serializationFailure(deleted: boolean): Error;
  /** The statement must run again on a new snapshot: the row that it found is not the newest. */
  readonly startAgain: () => never;
  /** May throw a Wait. */
  nextval(sequence: Oid): bigint;
  /** Waits as the session does: under its timeouts, until it is cancelled. */
  wait(wait: Wait): Promise<void>;
  /** Ends the statement when it was cancelled or took too long. */
  checkInterrupts(): void;
}

export class ModifyRun {
  readonly #plan: ModifyPlan;
  readonly #engine: ModifyEngine;
  readonly #parameters: readonly Scalar[];
  readonly #writer: TableWriter;
  readonly #events: RowEvent[];
  readonly #returned: SourceRow[] = [];
  /** Versions that this statement has dealt with: a join may find one twice. */
  readonly #done = new Set<number>();
  /** Rows that ON CONFLICT has written: a second one of the same key must not touch them. */
  readonly #own: Set<number>;
  /** Other parts of the statement still have to see the rows as they were. */
  readonly #isPart: boolean;
  #count = 0;
  /** Others have run since it began: it does not run again because of a wait. */
  #apart = false;

  /** `together`: it is a part of a statement, and foreign keys follow behind the last one. */
  constructor(
    plan: ModifyPlan,
    engine: ModifyEngine,
    parameters: readonly Scalar[],
    together?: Together,
  ) {
    const { storage } = plan.rules.shape;
    this.#events = together?.events ?? [];
    this.#own = together?.own.get(storage) ?? new Set();
    together?.own.set(storage, this.#own);
    this.#isPart = together !== undefined;
    this.#plan = plan;
    this.#engine = engine;
    this.#parameters = parameters;
    this.#writer = engine.writerOf(plan.rules.shape.oid);
  }

  /** May throw, or reject with, a Wait. */
  run(source: Source): ModifyResult | Promise<ModifyResult> {
    const written = this.write(source);
    if (written !== undefined) return written.then(() => this.finish());
    return this.finish();
  }

  /** Without what foreign keys make of it. May throw, or reject with, a Wait. */
  write(source: Source): void | Promise<void> {
    if (Array.isArray(source)) return this.#writeFrom(source as readonly SourceRow[], 0);
    return this.#stream(source as AsyncIterable<readonly SourceRow[]>);
  }

  get result(): ModifyResult {
    return { count: this.#count, rows: this.#returned };
  }

  /** Rows that come one after the other, from somewhere else than a query. */
  take(rows: readonly SourceRow[]): void | Promise<void> {
    this.#apart = true;
    return this.#writeFrom(rows, 0);
  }

  /** All rows are there. May throw, or reject with, what foreign keys say of them. */
  finish(): ModifyResult | Promise<ModifyResult> {
    const followed = this.#followFrom(0);
    if (followed !== undefined) return followed.then(() => this.result);
    return this.result;
  }

  async #stream(source: AsyncIterable<readonly SourceRow[]>): Promise<void> {
    this.#apart = true;
    for await (const batch of source) await this.#writeFrom(batch, 0);
  }

  /**
   * Something that must be waited for: a statement that began on its own thread runs again from the
   * start, one of many rows goes on with the same row. Nothing of the row is staged yet.
   */
  #waitOr(error: unknown, goOn: () => void | Promise<void>): Promise<void> {
    if (!(error instanceof Wait) || !this.#apart) throw error;
    return this.#engine.wait(error).then(goOn);
  }

  #writeFrom(rows: readonly SourceRow[], from: number): void | Promise<void> {
    const turn = new Turn();
    for (let at = from; at < rows.length; at++) {
      try {
        this.#write(rows[at] as SourceRow);
      } catch (error) {
        return this.#waitOr(error, () => this.#writeFrom(rows, at));
      }
      const pause = turn.pause(at, this.#engine, !this.#isPart);
      if (pause === undefined) continue;
      this.#apart = true;
      return pause.then(() => this.#writeFrom(rows, at + 1));
    }
    return undefined;
  }

  #write(source: SourceRow): void {
    switch (this.#plan.bound.kind) {
      case "insert":
        return this.#insert(source);
      case "update":
        return this.#update(source);
      case "delete":
        return this.#delete(source);
      case "merge":
        return this.#merge(source);
    }
  }

  #insert(source: SourceRow): void {
    const { bound } = this.#plan;
    if (bound.kind !== "insert") return;
    const row: Scalar[] = new Array(this.#writer.shape.width).fill(null);
    bound.columns.forEach((number, at) => {
      if (number > 0) row[number - 1] = source[at] ?? null;
    });
    this.#addDefaults(row, this.#plan.defaults);
    const { where } = this.#plan;
    if (where && this.#evaluate(where, new Map([[1, row]]))[0] !== 1n) return;
    this.#add(row);
  }

  /** A row that is whole but for what is computed from it. */
  #add(row: Scalar[]): void {
    const { bound } = this.#plan;
    const onConflict = bound.kind === "insert" ? bound.onConflict : undefined;
    this.#writer.complete(row);
    const keys = this.#writer.keysOf(row);
    if (onConflict) {
      const conflict = this.#conflictOf(keys);
      if (conflict !== undefined) {
        if (onConflict.action.kind === "update") this.#updateConflict(conflict, row);
        return;
      }
    }
    this.#writer.checkUnique(keys, undefined);
    const version = this.#writer.stage(row, keys);
    this.#checkViews(row);
    if (onConflict || this.#isPart) this.#own.add(version);
    if (this.#writer.isWatched) {
      this.#events.push({ kind: "added", writer: this.#writer, version, row });
    }
    this.#written({ row, version, isTaken: false }, []);
  }

  #addDefaults(row: Scalar[], defaults: DefaultSteps): void {
    const { constants, sequences, others, otherColumns } = defaults;
    for (const { column, value } of constants) row[column - 1] = value;
    for (const { column, sequence, integer } of sequences) {
      const value = this.#engine.nextval(sequence);
      if (value > integer.max || value < -integer.max - 1n) {
        throw new SqlError("22003", `${integer.name} out of range`);
      }
      row[column - 1] = value;
    }
    if (!others) return;
    const values = this.#engine.evaluate(others, []);
    otherColumns.forEach((column, at) => {
      row[column - 1] = values[at] ?? null;
    });
  }

  /** The live row that the proposed one conflicts with, as ON CONFLICT means it. */
  #conflictOf(keys: readonly KeyValues[]): number | undefined {
    const { bound } = this.#plan;
    const arbiter = bound.kind === "insert" ? bound.onConflict?.arbiter : undefined;
    for (const each of keys) {
      if (!each.index.unique) continue;
      if (arbiter && !arbiter.indexes.includes(each.index.oid)) continue;
      if (!each.index.immediate) throw noArbiter(this.#writer.shape, each.index);
      const found = this.#writer.findDuplicate(each, undefined);
      if (!found) continue;
      this.#engine.checkSeen(this.#writer.shape.storage, found.version);
      return found.version;
    }
    return undefined;
  }

  #updateConflict(version: number, proposed: readonly Scalar[]): void {
    const { bound, conflict } = this.#plan;
    if (bound.kind !== "insert" || !conflict || bound.onConflict?.action.kind !== "update") return;
    if (this.#own.has(version)) throw secondTime;
    if (!this.#writer.take(version, "update")) return this.#engine.startAgain();
    const state = this.#engine.rows.stateOf(this.#writer.shape.storage, version);
    if (state.state !== "live") return this.#engine.startAgain();
    const old = this.#writer.padded(state.row as SourceRow);
    const both = new Map<number, readonly Scalar[]>([
      [1, old],
      [2, proposed],
    ]);
    if (conflict.where && this.#evaluate(conflict.where, both)[0] !== 1n) return;
    const values = this.#evaluate(conflict.values, both);
    const changed = [...old];
    bound.onConflict.action.columns.forEach((number, at) => {
      changed[number - 1] = values[at] ?? null;
    });
    const next = this.#replace(version, old, changed);
    this.#own.add(next);
    this.#written({ row: changed, version: next, isTaken: true }, []);
  }

  #evaluate(step: RowStep, tables: ReadonlyMap<number, readonly Scalar[]>): readonly Scalar[] {
    const values = step.rows.map(({ table, attribute }) =>
      rowValue(this.#writer.shape, tables.get(table) ?? [], attribute),
    );
    return this.#engine.evaluate(step, [...this.#parameters, ...values]);
  }

  #update(source: SourceRow): void {
    const { bound } = this.#plan;
    if (bound.kind !== "update") return;
    const version = Number(source[0]);
    if (this.#done.has(version)) return;
    const first = 1 + this.#writer.shape.columns.length;
    const values = source.slice(first, first + bound.columns.length);
    const others = source.slice(first + bound.columns.length);
    this.#change(version, this.#oldRow(source), bound.columns, values, others);
  }

  #change(
    version: number,
    old: readonly Scalar[],
    columns: readonly number[],
    values: readonly Scalar[],
    others: readonly Scalar[],
  ): void {
    const changed = [...old];
    columns.forEach((number, at) => {
      changed[number - 1] = values[at] ?? null;
    });
    const { shape } = this.#writer;
    const lock = changesKey(shape, old, changed) ? "update" : "no key update";
    if (!this.#take(version, lock)) return;
    const next = this.#replace(version, old, changed);
    this.#written({ row: changed, version: next, isTaken: false }, others);
  }

  #delete(source: SourceRow): void {
    const version = Number(source[0]);
    if (this.#done.has(version)) return;
    this.#remove(version, this.#oldRow(source), source.slice(this.#foundWidth));
  }

  #remove(version: number, old: readonly Scalar[], others: readonly Scalar[]): void {
    if (!this.#take(version, "update")) return;
    this.#writer.end(version, 0);
    this.#events.push({ kind: "ended", writer: this.#writer, old, now: undefined });
    this.#written({ row: old, version, isTaken: true }, others);
  }

  /** The first action that fits. */
  #merge(source: SourceRow): void {
    const matched = source[0] !== null;
    const old = this.#oldRow(source);
    const others = source.slice(this.#foundWidth);
    const { shape } = this.#writer;
    const own = (attribute: number) => rowValue(shape, old, attribute);
    const valuesOf = (step: RowStep) => this.#evaluateFound(step, own, others);
    const step = this.#plan.actions.find(
      ({ action, condition }) =>
        action.matched === matched && (!condition || valuesOf(condition)[0] === 1n),
    );
    if (!step) return;
    const { action, values, defaults } = step;
    if (action.kind === "nothing") return;
    const given = values ? valuesOf(values) : [];
    if (action.kind === "insert") {
      const row: Scalar[] = new Array(this.#writer.shape.width).fill(null);
      action.columns.forEach((number, at) => {
        row[number - 1] = given[at] ?? null;
      });
      this.#addDefaults(row, defaults);
      this.#add(row);
      return;
    }
    const version = Number(source[0]);
    if (this.#done.has(version)) throw mergedTwice;
    if (action.kind === "delete") this.#remove(version, old, others);
    else this.#change(version, old, action.columns, given, others);
  }

  /** The version and the columns of the table. */
  get #foundWidth(): number {
    return 1 + this.#writer.shape.columns.length;
  }

  /** The row as the query found it. */
  #oldRow(source: SourceRow): Scalar[] {
    const { shape } = this.#writer;
    const old: Scalar[] = new Array(shape.width).fill(null);
    shape.columns.forEach(({ number }, at) => {
      old[number - 1] = source[at + 1] ?? null;
    });
    return old;
  }

  /**
   * Locks a row that the query found. Where somebody changed it meanwhile, READ COMMITTED runs the
   * statement again on what is there now, and the other levels fail.
   */
  #take(version: number, lock: "update" | "no key update"): boolean {
    const isLive = this.#writer.take(version, lock);
    this.#done.add(version);
    if (isLive) return true;
    const state = this.#engine.rows.stateOf(this.#writer.shape.storage, version);
    if (state.state === "ended" && state.by === "own") return false;
    if (this.#engine.isRepeatable) {
      throw this.#engine.serializationFailure(state.state === "ended" && state.next === 0);
    }
    return this.#engine.startAgain();
  }

  #replace(version: number, old: readonly Scalar[], changed: Scalar[]): number {
    const writer = this.#writer;
    writer.complete(changed);
    const keys = writer.keysOf(changed);
    writer.checkUnique(changedKeys(keys, writer.keysOf(old)), version);
    const next = writer.stage(changed, keys);
    writer.end(version, next);
    this.#checkViews(changed);
    if (this.#isPart) this.#own.add(next);
    this.#events.push({ kind: "ended", writer, old, now: changed });
    this.#events.push({ kind: "added", writer, version: next, row: changed, old });
    return next;
  }

  /** The row is staged: a key that is there already is told first. */
  #checkViews(row: readonly Scalar[]): void {
    const { viewChecks } = this.#plan;
    if (viewChecks) checkViews(viewChecks, this.#writer.shape, row, this.#engine);
  }

  #written(written: WrittenRow, others: readonly Scalar[]): void {
    this.#count++;
    const { returning } = this.#plan;
    if (!returning) return;
    const { shape } = this.#writer;
    const own = (attribute: number) => writtenValue(shape, written, attribute, this.#engine);
    this.#returned.push(this.#evaluateFound(returning, own, others));
  }

  /** Over a row of the table and what the query found beside it. */
  #evaluateFound(
    step: RowStep,
    own: (attribute: number) => Scalar,
    others: readonly Scalar[],
  ): readonly Scalar[] {
    const { others: places } = this.#plan;
    const values = step.rows.map(({ table, attribute }) => {
      if (table === 1) return own(attribute);
      const at = places.findIndex(
        (place) => place.table === table && place.attribute === attribute,
      );
      return others[at] ?? null;
    });
    return this.#engine.evaluate(step, [...this.#parameters, ...values]);
  }

  // Foreign keys.

  /** Events of the statement, and those that they cause. */
  #followFrom(from: number): void | Promise<void> {
    const turn = new Turn();
    for (let at = from; at < this.#events.length; at++) {
      try {
        followEvent(this.#engine, this.#events[at] as RowEvent, (more) => this.#events.push(more));
      } catch (error) {
        return this.#waitOr(error, () => this.#followFrom(at));
      }
      if (!turn.isOver(at)) continue;
      this.#apart = true;
      return letOthersRun(this.#engine).then(() => this.#followFrom(at + 1));
    }
    return undefined;
  }
}
