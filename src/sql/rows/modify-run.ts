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
import { Wait } from "../../txn/wait.ts";
import type { Scalar } from "../types/scalar.ts";
import { EventQueue } from "./event-queue.ts";
import {
  afterRowEvents,
  beforeRowOf,
  callBeforeStatement,
  captureRow,
  insteadOfRow,
  statementEvents,
} from "./firing.ts";
import { changedKeys, changesKey } from "./key-changes.ts";
import { addDefaults, findConflict, liveRow, type ModifyEngine, takeRow } from "./modify-engine.ts";
import type { LateStep, MergeStep, ModifyPlan } from "./modify-plan.ts";
import { moveRow } from "./moving.ts";
import { type Place, Places, withValues } from "./places.ts";
import { mergedTwice, secondTime } from "./refusals.ts";
import { Router } from "./router.ts";
import { followEvent } from "./row-events.ts";
import type { RowStep } from "./row-step.ts";
import { rowValue } from "./row-value.ts";
import { statementHappenings } from "./statement-happenings.ts";
import { atOnce, inTurns } from "./steps.ts";
import type { TableShape } from "./table-shape.ts";
import type { Happening } from "./triggers.ts";
import { letOthersRun, Turn } from "./turn.ts";
import { checkRow, type RowChecks } from "./view-checks.ts";
import { callsRoutines, givenBy } from "./writing-plan.ts";
import type { WrittenRow } from "./written-row.ts";

export type SourceRow = readonly Scalar[];
export type Source = readonly SourceRow[] | AsyncIterable<readonly SourceRow[]>;

export interface ModifyResult {
  readonly count: number;
  readonly rows: readonly SourceRow[];
}

type Row = readonly Scalar[];
type Updating = Happening & { readonly old: Row };

/** What the parts of one statement share. */
export interface Together {
  readonly events: EventQueue;
  /** Versions that the statement has made, by storage. */
  readonly own: Map<Oid, Set<number>>;
}

/** A row that is to be changed. */
interface FoundRow {
  readonly place: Place;
  readonly version: number;
  readonly old: readonly Scalar[];
}

export class ModifyRun {
  readonly #plan: ModifyPlan;
  readonly #engine: ModifyEngine;
  readonly #parameters: readonly Scalar[];
  readonly #places: Places;
  /** The table that the statement names. */
  readonly #named: Place;
  readonly #shape: TableShape;
  /** Of a partitioned table, or of a partition. */
  readonly #router: Router | undefined;
  readonly #events: EventQueue;
  readonly #returned: SourceRow[] = [];
  /** Versions that the statement has made, by storage. */
  readonly #made: Map<Oid, Set<number>>;
  /** Other parts of the statement still have to see the rows as they were. */
  readonly #isPart: boolean;
  readonly #callsRoutines: boolean;
  #count = 0;
  #hasBegun = false;
  /** Rows come from no query. */
  #isGiven = false;
  /** Others have run since it began: it does not run again because of a wait. */
  #apart = false;

  /** `together`: it is a part of a statement, and foreign keys follow behind the last one. */
  constructor(
    plan: ModifyPlan,
    engine: ModifyEngine,
    parameters: readonly Scalar[],
    { together }: { readonly together?: Together } = {},
  ) {
    this.#events = together?.events ?? new EventQueue();
    this.#made = together?.own ?? new Map();
    this.#isPart = together !== undefined;
    this.#callsRoutines = callsRoutines(plan);
    this.#plan = plan;
    this.#engine = engine;
    this.#parameters = parameters;
    this.#shape = plan.shape;
    const writerOf = (relation: Oid) => engine.writerOf(relation);
    this.#places = new Places(this.#shape, writerOf, givenBy(plan.bound));
    this.#named = this.#places.get(this.#shape.oid);
    const { routing, shape } = this.#named.writer.rules;
    if (routing || shape.partitionOf !== undefined) {
      this.#router = new Router(this.#named, this.#places, engine);
    }
  }

  /** May throw, or reject with, a Wait. */
  run(source: Source): ModifyResult | Promise<ModifyResult> {
    const written = this.write(source);
    if (written !== undefined) return written.then(() => this.finish());
    return this.finish();
  }

  /** Without what foreign keys make of it. May throw, or reject with, a Wait. */
  write(source: Source): void | Promise<void> {
    this.#begin();
    if (Array.isArray(source)) return this.#writeFrom(source as readonly SourceRow[], 0);
    return this.#stream(source as AsyncIterable<readonly SourceRow[]>);
  }

  get result(): ModifyResult {
    return { count: this.#count, rows: this.#returned };
  }

  /** Rows that come one after the other, from somewhere else than a query. */
  take(rows: readonly SourceRow[]): void | Promise<void> {
    this.#apart = true;
    this.#isGiven = true;
    if (!this.#hasBegun) this.#begin();
    return this.#writeFrom(rows, 0);
  }

  #begin(): void {
    this.#hasBegun = true;
    const { writer } = this.#named;
    if (!writer.rules.triggers) return;
    const before = () => {
      for (const each of statementHappenings(this.#plan)) {
        const call = () => callBeforeStatement(this.#engine, writer, each);
        this.#addEvent({ kind: "begins", writer, event: each.event, call });
      }
    };
    this.#engine.attempt(before);
  }

  /** All rows are there. May throw, or reject with, what foreign keys say of them. */
  finish(): ModifyResult | Promise<ModifyResult> {
    this.end();
    const followed = this.#followFrom(0);
    if (followed !== undefined) return followed.then(() => this.result);
    return this.result;
  }

  /** All rows are written; does nothing the second time. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (!this.#hasBegun) this.#begin();
    const { writer } = this.#named;
    if (!writer.rules.triggers) return;
    for (const each of statementHappenings(this.#plan).reverse()) {
      statementEvents(this.#engine, writer, each, this.#addEvent);
    }
  }
  #hasEnded = false;

  get #addEvent() {
    return this.#events.add;
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
    // Rows that were given are not given again.
    if (error.startsAgain && !this.#isGiven) throw error;
    return this.#engine.wait(error).then(goOn);
  }

  #writeFrom(rows: readonly SourceRow[], from: number): void | Promise<void> {
    const turn = new Turn();
    for (let at = from; at < rows.length; at++) {
      try {
        const row = rows[at] as SourceRow;
        if (!this.#untold) this.#attempt(() => this.#write(row));
        if (this.#untold) this.#attempt(() => this.#tell());
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

  /** What is done for a row before something must be waited for is taken back. */
  #attempt(work: () => void): void {
    if (this.#doesMore) this.#engine.attempt(work);
    else work();
  }

  /** Whether more may be done for a row than to stage it: triggers, functions that write. */
  get #doesMore(): boolean {
    const { isInherited } = this.#plan;
    if (isInherited || this.#router || this.#callsRoutines) return true;
    return this.#named.writer.rules.triggers !== undefined;
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
    const row: Scalar[] = new Array(this.#shape.width).fill(null);
    const { defaults, rowSequences, late, lateRows } = this.#plan;
    const others = source.slice(bound.columns.length);
    const beside = (table: number, attribute: number) => this.#beside(table, attribute, others);
    const values = this.#late(late ?? lateRows?.[Number(source.at(-1))], source, beside);
    bound.columns.forEach((number, at) => {
      if (number > 0) row[number - 1] = values?.[at] ?? null;
    });
    addDefaults(this.#engine, row, defaults, rowSequences?.[Number(source.at(-1))]);
    const { where } = this.#plan;
    const given = (_: number, attribute: number) => rowValue(this.#shape, row, attribute);
    if (where && this.#evaluate(where, given)[0] !== 1n) return;
    this.#add(row);
  }

  /** A row that is whole but for what is computed from it. */
  #add(given: Scalar[]): void {
    const { bound } = this.#plan;
    if (bound.instead) return this.#instead({ event: "insert", now: given }, []);
    const onConflict = bound.kind === "insert" ? bound.onConflict : undefined;
    const place = this.#placeFor(given);
    const { writer } = place;
    const happened: Happening = { event: "insert", now: place.rowHere(given) };
    const row = beforeRowOf(this.#engine, writer, happened, {
      belongs: (made) => this.#router?.belongsIn(place, made) ?? true,
    });
    if (!row) return;
    place.complete(row, this.#policyChecks, this.#engine);
    this.#router?.checkStays(place, row);
    const keys = writer.keysOf(row);
    if (onConflict) {
      const conflict = findConflict(this.#engine, bound, place, keys);
      if (conflict !== undefined) {
        if (onConflict.action.kind === "update") this.#updateConflict(place, conflict, row);
        return;
      }
    }
    writer.checkUnique(keys, undefined);
    const version = writer.stage(row, keys);
    this.#checkViews(place, row);
    if (onConflict || this.#isPart) this.#madeIn(place).add(version);
    if (writer.isWatched) this.#events.add({ kind: "added", writer, version, row });
    const named = () => ({ now: place.rowNamed(row) });
    captureRow(this.#named.writer, "insert", named, this.#addEvent);
    afterRowEvents(this.#engine, writer, { event: "insert", now: row }, this.#addEvent);
    this.#written(place, { row, version, isTaken: false }, []);
  }

  /** Where a new row belongs. Throws 23514. */
  #placeFor(row: Scalar[]): Place {
    return this.#router ? this.#router.placeOf(row) : this.#named;
  }

  /** Rows that were made here: a second one of the same key must not touch them. */
  #madeIn({ writer }: Place): Set<number> {
    const { storage } = writer.shape;
    const made = this.#made.get(storage) ?? new Set();
    this.#made.set(storage, made);
    return made;
  }

  #updateConflict(place: Place, version: number, proposed: readonly Scalar[]): void {
    const { bound, conflict } = this.#plan;
    if (bound.kind !== "insert" || !conflict || bound.onConflict?.action.kind !== "update") return;
    const { writer } = place;
    const made = this.#madeIn(place);
    if (made.has(version)) throw secondTime;
    if (!writer.take(version, "update")) return this.#engine.startAgain();
    const old = liveRow(this.#engine, place, version);
    if (!old) return this.#engine.startAgain();
    const found = place.written({ row: old, version, isTaken: false }, this.#engine);
    const excluded = place.rowNamed(proposed);
    const both = (table: number, attribute: number) =>
      table === 1 ? found(attribute) : rowValue(this.#shape, excluded, attribute);
    if (conflict.where && this.#evaluate(conflict.where, both)[0] !== 1n) return;
    place.check(conflict.existing, old, this.#engine);
    const values = this.#evaluate(conflict.values, both);
    const { columns } = bound.onConflict.action;
    const proposal = withValues(place, old, columns, values);
    const happened = this.#updating(place, old, proposal, columns);
    const changed = beforeRowOf(this.#engine, writer, happened, { version });
    if (!changed) return;
    const next = this.#replace(place, version, happened, changed, conflict.changed);
    made.add(next);
    this.#written(place, { row: changed, version: next, isTaken: true }, []);
  }

  /** Of the action that MERGE has come to, or of the statement. */
  get #policyChecks(): RowChecks | undefined {
    return this.#step ? this.#step.changed : this.#plan.policyChecks;
  }
  #step: MergeStep | undefined;

  #evaluate(
    step: RowStep,
    valueAt: (table: number, attribute: number) => Scalar,
  ): readonly Scalar[] {
    const values = step.rows.map(({ table, attribute }) => valueAt(table, attribute));
    return this.#engine.evaluate(step, [...this.#parameters, ...values]);
  }

  #update(source: SourceRow): void {
    const { bound } = this.#plan;
    if (bound.kind !== "update") return;
    const first = this.#foundWidth;
    const values = source.slice(first, first + bound.columns.length);
    const others = source.slice(first + bound.columns.length);
    if (bound.instead) {
      const old = this.#oldRow(source);
      const now = withValues(this.#named, old, bound.columns, values);
      return this.#instead(this.#updating(this.#named, old, now, bound.columns), others);
    }
    const found = this.#find(source, others);
    const now = found && this.#lateOf(found, values, others);
    if (now) this.#change(found, bound.columns, now, others);
  }

  /** With the values that are computed now; undefined: the row does not meet a condition. */
  #lateOf({ place, version, old }: FoundRow, values: SourceRow, others: SourceRow) {
    const { late } = this.#plan;
    if (!late) return values;
    const own = place.written({ row: old, version, isTaken: false }, this.#engine);
    return this.#late(late, values, (table, attribute) =>
      table === 1 ? own(attribute) : this.#beside(table, attribute, others),
    );
  }

  #late(
    late: LateStep | undefined,
    values: SourceRow,
    valueAt: (table: number, attribute: number) => Scalar,
  ): SourceRow | undefined {
    if (!late) return values;
    for (const condition of late.conditions) {
      if (this.#evaluate(condition, valueAt)[0] !== 1n) return undefined;
    }
    if (!late.step) return values;
    const computed = this.#evaluate(late.step, valueAt);
    const now = [...values];
    late.places.forEach((place, at) => {
      now[place] = computed[at] ?? null;
    });
    return now;
  }

  /** What the query found beside the row. */
  #beside(table: number, attribute: number, others: SourceRow): Scalar {
    const at = this.#plan.others.findIndex(
      (place) => place.table === table && place.attribute === attribute,
    );
    return others[at] ?? null;
  }

  #change(
    { place, version, old }: FoundRow,
    columns: readonly number[],
    values: readonly Scalar[],
    others: readonly Scalar[],
  ): void {
    const proposal = withValues(place, old, columns, values);
    const happened = this.#updating(place, old, proposal, columns);
    const changed = this.#beforeChange({ place, version, old }, happened);
    if (!changed) return;
    if (this.#moves({ place, version, old }, changed, others)) return;
    const { shape } = place.writer;
    const lock = changesKey(shape, old, changed) ? "update" : "no key update";
    if (!takeRow(this.#engine, place, version, lock, this.#unless("updated"))) return;
    const next = this.#replace(place, version, happened, changed);
    this.#written(place, { row: changed, version: next, isTaken: false }, others);
  }

  #updating(place: Place, old: Row, now: Row, columns: readonly number[]): Updating {
    return { event: "update", old, now, columns: columns.map((each) => place.numberOf(each)) };
  }

  /** The row is locked before anything fires for it. */
  #beforeChange({ place, version }: FoundRow, happened: Happening): Scalar[] | undefined {
    const { writer } = place;
    if (!writer.rules.triggers) return happened.now as Scalar[];
    const { old = [], now = [] } = happened;
    const keeps = happened.event === "update" && !changesKey(writer.shape, old, now);
    const what = this.#unless(happened.event === "delete" ? "deleted" : "updated");
    const lock = keeps ? "no key update" : "update";
    if (!takeRow(this.#engine, place, version, lock, what)) return undefined;
    return beforeRowOf(this.#engine, writer, happened, { version });
  }

  /** A row that belongs to another partition now is taken out and added there. */
  #moves({ place, version, old }: FoundRow, changed: Scalar[], others: readonly Scalar[]): boolean {
    const now = this.#router?.movedTo(place, changed);
    if (!now) return false;
    if (!takeRow(this.#engine, place, version, "update", this.#unless("updated"))) return true;
    const move = { from: place, version, old, to: now, named: this.#named };
    const complete = (row: Scalar[]) => {
      now.complete(row, this.#policyChecks, this.#engine);
      this.#router?.checkStays(now, row);
    };
    const belongs = (row: Row) => this.#router?.belongsIn(now, row) ?? true;
    const moved = moveRow(this.#engine, move, changed, { belongs, complete }, this.#addEvent);
    if (!moved) return true;
    const { row, version: next } = moved;
    now.done.add(next);
    this.#checkViews(now, row);
    this.#written(now, { row, version: next, isTaken: false }, others);
    return true;
  }

  #delete(source: SourceRow): void {
    const others = source.slice(this.#foundWidth);
    if (this.#plan.bound.instead) {
      return this.#instead({ event: "delete", old: this.#oldRow(source) }, others);
    }
    const found = this.#find(source, others);
    if (found && this.#lateOf(found, [], others)) this.#remove(found, others);
  }

  #remove({ place, version, old }: FoundRow, others: readonly Scalar[]): void {
    const happened: Happening = { event: "delete", old };
    const fires = place.writer.rules.triggers !== undefined;
    if (fires && !this.#beforeChange({ place, version, old }, happened)) return;
    if (!takeRow(this.#engine, place, version, "update", this.#unless("deleted"))) return;
    const { writer } = place;
    writer.end(version, 0);
    this.#events.add({ kind: "ended", writer, old, now: undefined });
    const named = () => ({ old: place.rowNamed(old) });
    captureRow(this.#named.writer, "delete", named, this.#addEvent);
    afterRowEvents(this.#engine, writer, happened, this.#addEvent);
    this.#written(place, { row: old, version, isTaken: true }, others);
  }

  /** A row of a view: what its triggers leave undone is not counted, but by COPY. */
  #instead(happened: Happening, others: readonly Scalar[]): void {
    const row = insteadOfRow(this.#engine, this.#named.writer, happened);
    if (!row && this.#isGiven) this.#count++;
    if (!row) return;
    if (happened.event !== "delete") this.#checkViews(this.#named, row);
    this.#written(this.#named, { row, version: 0, isTaken: false }, others);
  }

  /** The row that the query has found; undefined: it is dealt with already. */
  #find(source: SourceRow, others: readonly Scalar[]): FoundRow | undefined {
    const version = Number(source[0]);
    const place = this.#placeOf(others);
    if (place.done.has(version)) return undefined;
    if (place === this.#named) return { place, version, old: this.#oldRow(source) };
    // What only the table below has was not asked for.
    const old = liveRow(this.#engine, place, version);
    if (old) return { place, version, old };
    const what = this.#plan.bound.kind === "delete" ? "deleted" : "updated";
    takeRow(this.#engine, place, version, "update", this.#unless(what));
    return undefined;
  }

  /** Parts of one statement leave each other's rows alone. */
  #unless<What>(what: What): What | undefined {
    return this.#isPart ? undefined : what;
  }

  /** The query says behind everything else in which table it has found a row. */
  #placeOf(others: readonly Scalar[]): Place {
    return this.#plan.isInherited ? this.#places.get(Number(others.at(-1)) as Oid) : this.#named;
  }

  /** The first action that fits. */
  #merge(source: SourceRow): void {
    const matched = source[0] !== null;
    const old = this.#oldRow(source);
    const others = source.slice(this.#foundWidth);
    const own = (attribute: number) => rowValue(this.#shape, old, attribute);
    const valuesOf = (step: RowStep) => this.#evaluateFound(step, own, others);
    const step = this.#plan.actions.find(
      ({ action, condition }) =>
        action.matched === matched && (!condition || valuesOf(condition)[0] === 1n),
    );
    if (!step) return;
    const { action, values, defaults, existing } = step;
    if (action.kind === "nothing") return;
    this.#step = step;
    if (existing) checkRow(existing, this.#shape, old, this.#engine);
    const given = values ? valuesOf(values) : [];
    if (action.kind === "insert") {
      const row: Scalar[] = new Array(this.#shape.width).fill(null);
      action.columns.forEach((number, at) => {
        row[number - 1] = given[at] ?? null;
      });
      addDefaults(this.#engine, row, defaults);
      this.#add(row);
      return;
    }
    if (this.#placeOf(others).done.has(Number(source[0]))) throw mergedTwice;
    const found = this.#find(source, others);
    if (!found) return;
    if (action.kind === "delete") this.#remove(found, others);
    else this.#change(found, action.columns, given, others);
  }

  /** The version and the columns of the table. */
  get #foundWidth(): number {
    return 1 + this.#shape.columns.length;
  }

  /** The row as the query found it. */
  #oldRow(source: SourceRow): Scalar[] {
    const old: Scalar[] = new Array(this.#shape.width).fill(null);
    this.#shape.columns.forEach(({ number }, at) => {
      old[number - 1] = source[at + 1] ?? null;
    });
    return old;
  }

  #replace(
    place: Place,
    version: number,
    happened: Updating,
    changed: Scalar[],
    checks = this.#policyChecks,
  ): number {
    const { writer } = place;
    const { old } = happened;
    place.complete(changed, checks, this.#engine);
    const keys = writer.keysOf(changed);
    writer.checkUnique(changedKeys(keys, writer.keysOf(old)), version);
    const next = writer.stage(changed, keys);
    writer.end(version, next);
    this.#checkViews(place, changed);
    if (this.#isPart) this.#madeIn(place).add(next);
    this.#events.add({ kind: "ended", writer, old, now: changed });
    this.#events.add({ kind: "added", writer, version: next, row: changed, old });
    const both = () => ({ old: place.rowNamed(old), now: place.rowNamed(changed) });
    captureRow(this.#named.writer, "update", both, this.#addEvent);
    afterRowEvents(this.#engine, writer, { ...happened, now: changed }, this.#addEvent);
    return next;
  }

  /** The row is staged: a key that is there already is told first. */
  #checkViews(place: Place, row: readonly Scalar[]): void {
    place.check(this.#plan.viewChecks, row, this.#engine);
  }

  #written(place: Place, written: WrittenRow, others: readonly Scalar[]): void {
    this.#count++;
    if (this.#plan.returning) this.#untold = { place, written, others };
  }

  /** A row that is written, and of which RETURNING has told nothing yet. */
  #untold:
    | { readonly place: Place; readonly written: WrittenRow; readonly others: readonly Scalar[] }
    | undefined;

  #tell(): void {
    const { returning } = this.#plan;
    if (!returning || !this.#untold) return;
    const { place, written, others } = this.#untold;
    const own = place.written(written, this.#engine);
    this.#returned.push(this.#evaluateFound(returning, own, others));
    this.#untold = undefined;
  }

  /** Over a row of the table and what the query found beside it. */
  #evaluateFound(
    step: RowStep,
    own: (attribute: number) => Scalar,
    others: readonly Scalar[],
  ): readonly Scalar[] {
    return this.#evaluate(step, (table, attribute) =>
      table === 1 ? own(attribute) : this.#beside(table, attribute, others),
    );
  }

  // Foreign keys.

  /** Events of the statement, and those that they cause. */
  #followFrom(from: number): void | Promise<void> {
    const turn = new Turn();
    for (let at = from; at < this.#events.length; at++) {
      try {
        const gathering = this.#engine.gather();
        if (gathering && this.#engine.atOnce) atOnce(gathering);
        else if (gathering) {
          this.#apart = true;
          return inTurns(gathering).then(() => this.#followFrom(at));
        }
        const event = this.#events.take(at);
        if (event) followEvent(this.#engine, event, this.#addEvent);
      } catch (error) {
        return this.#waitOr(error, () => this.#followFrom(at));
      }
      if (this.#engine.atOnce || !turn.isOver(at)) continue;
      this.#apart = true;
      return letOthersRun(this.#engine).then(() => this.#followFrom(at + 1));
    }
    return undefined;
  }
}
