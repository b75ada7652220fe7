/**
 * WRITING ROWS OF ONE TABLE: what a row must satisfy, and what goes with it. For each new row, in
 * PostgreSQL's order: generated columns, NOT NULL, checks, unique keys; then the row and its index
 * entries are staged, and what foreign keys say of it is looked at when the statement ends.
 *
 * A row or key that another transaction holds makes the statement wait and run again (txn/wait.ts).
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Row } from "../../base/value.ts";
import { appendOnlyTable } from "../../catalog/append-only.ts";
import type { RowLock, TransactionRows } from "../../txn/transaction-rows.ts";
import type { RowChange } from "../../wal/fragment.ts";
import { orderKeyOf } from "../execute/sort-keys.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { missingValues, paddedRow } from "./missing.ts";
import type { RowRules } from "./modify-plan.ts";
import type { RowStep } from "./row-step.ts";
import { failingRow, indexKeyText, keyNames, mayRead } from "./row-text.ts";
import { rowValue } from "./row-value.ts";
import type { IndexShape, TableShape } from "./table-shape.ts";

/** Keys of exclusion constraints. */
export interface ExclusionRows {
  /** Whether rows with these keys must not be beside each other; `only`: by one operator. */
  excludes(
    index: IndexShape,
    there: readonly Scalar[],
    now: readonly Scalar[],
    only?: number,
  ): boolean;
  /** Rows in the pages that exclude keys, in the newest state; with `withStaged` own ones, too. */
  findStored(
    shape: TableShape,
    index: IndexShape,
    values: readonly Scalar[],
  ): { readonly versions: readonly number[]; readonly withStaged: boolean };
}

/** What writing needs of the running statement. */
export interface RowEngine {
  readonly rows: TransactionRows;
  readonly types: TypeContext;
  /** One row of a step's values; `given` are the statement's own parameters. */
  evaluate(step: RowStep, values: readonly Scalar[]): readonly Scalar[];
  readonly exclusions: ExclusionRows;
  /** An index expression as text, for DETAIL. */
  printKey(index: Oid, key: number): string;
}

/** Keys of a row in one index. */
export interface KeyValues {
  readonly index: IndexShape;
  /** As the row has them, and as they are stored. */
  readonly values: readonly Scalar[];
  readonly stored: readonly Scalar[];
}

/** A live row that has the keys of another. */
export interface Duplicate {
  readonly keys: KeyValues;
  readonly version: number;
}

/** `given`: columns (attnums) whose values the statement says: whoever wrote it knows them. */
export type ShownRow = () => {
  readonly shape: TableShape;
  readonly row: readonly Scalar[];
  readonly given: readonly number[];
};

export class TableWriter {
  readonly rules: RowRules;
  readonly shape: TableShape;
  readonly #engine: RowEngine;
  #hasDefined = false;
  #missing: ReadonlyMap<number, Scalar> | undefined;

  constructor(rules: RowRules, engine: RowEngine) {
    this.rules = rules;
    this.shape = rules.shape;
    this.#engine = engine;
  }

  /** Something is looked at behind the statement when a row was added. */
  get isWatched(): boolean {
    const { foreignKeys, indexes } = this.shape;
    return foreignKeys.length > 0 || indexes.some((each) => isExclusive(each) && !each.immediate);
  }

  /**
   * Fills generated columns and checks the row; `row` holds a value for each attribute number.
   * `shown`: the row as messages show it, where the statement names another table. `first`: what is
   * checked before the table's own constraints.
   */
  complete(
    row: Scalar[],
    shown: ShownRow = () => ({ shape: this.shape, row, given: [] }),
    first?: () => void,
  ): void {
    const { generated, generatedColumns } = this.rules;
    if (generated) {
      const values = this.#evaluate(generated, row);
      generatedColumns.forEach((number, at) => {
        row[number - 1] = values[at] ?? null;
      });
    }
    first?.();
    this.#checkNotNull(row, shown);
    this.#checkConditions(row, shown);
  }

  #failing(shown: ShownRow) {
    const { shape, row, given } = shown();
    return failingRow(shape, row, given, this.#engine.types);
  }

  #checkNotNull(row: readonly Scalar[], shown: ShownRow): void {
    const { shape } = this;
    for (const { number, name, notNull } of shape.columns) {
      if (!notNull || row[number - 1] !== null) continue;
      const message = `null value in column "${name}" of relation "${shape.name}" violates not-null constraint`;
      throw new SqlError("23502", message, {
        ...this.#failing(shown),
        schema: shape.schema,
        table: shape.name,
        column: name,
      });
    }
  }

  #checkConditions(row: readonly Scalar[], shown: ShownRow): void {
    const { shape } = this;
    const name = this.findFailedCheck(row);
    if (name === undefined) return;
    const message = `new row for relation "${shape.name}" violates check constraint "${name}"`;
    throw new SqlError("23514", message, {
      ...this.#failing(shown),
      schema: shape.schema,
      table: shape.name,
      constraint: name,
    });
  }

  /** The name of the first check that the row fails. */
  findFailedCheck(row: readonly Scalar[]): string | undefined {
    if (!this.rules.checks) return undefined;
    const failed = this.#evaluate(this.rules.checks, row).indexOf(0n);
    return this.shape.checks[failed]?.name;
  }

  /** 23514 for a row that belongs elsewhere. */
  wrongPartition(shown: ShownRow): SqlError {
    const { shape } = this;
    const message = `new row for relation "${shape.name}" violates partition constraint`;
    const where = { schema: shape.schema, table: shape.name };
    return new SqlError("23514", message, { ...this.#failing(shown), ...where });
  }

  #evaluate(step: RowStep, row: readonly Scalar[]): readonly Scalar[] {
    return this.#engine.evaluate(
      step,
      step.rows.map(({ attribute }) => rowValue(this.shape, row, attribute)),
    );
  }

  /** The row's keys in each index that it has an entry in. */
  keysOf(row: readonly Scalar[]): KeyValues[] {
    const { computed, computedIndexes } = this.rules;
    const values = computed ? this.#evaluate(computed, row) : [];
    const found: KeyValues[] = [];
    let at = 0;
    for (const index of this.shape.indexes) {
      if (index.derived) {
        const own = index.keys.map(({ attribute }) => row[attribute - 1] ?? null);
        found.push({ index, values: own, stored: own });
        continue;
      }
      if (!computedIndexes.includes(index)) continue;
      const holds = values[at] === 1n;
      const own = values.slice(at + 1, at + 1 + index.keys.length);
      at += 1 + index.keys.length;
      if (holds) found.push({ index, values: own, stored: this.#storedKeys(index, own) });
    }
    return found;
  }

  /** The keys of a plain-column index in stored form. */
  keysFor(index: IndexShape, row: readonly Scalar[]): Scalar[] {
    return this.#storedKeys(
      index,
      index.keys.map(({ attribute }) => row[attribute - 1] ?? null),
    );
  }

  #storedKeys(index: IndexShape, values: readonly Scalar[]): Scalar[] {
    return index.keys.map(({ type, bySortKey }, at) => {
      const value = values[at] ?? null;
      return bySortKey ? orderKeyOf(type, value, this.#engine.types) : value;
    });
  }

  /** A live row other than `except` with the same keys; locks the keys against being added. */
  findDuplicate(keys: KeyValues, except: number | undefined): Duplicate | undefined {
    const { index, stored } = keys;
    if (!index.nullsNotDistinct && stored.includes(null)) return undefined;
    if (index.exclusion && !index.exclusion.isEquality) return this.#findExcluding(keys, except);
    const { rows } = this.#engine;
    const { oid, storage } = this.shape;
    rows.lockKey(oid, index.storage, stored);
    for (const version of rows.lookup(index.storage, stored)) {
      if (version === except) continue;
      rows.waitFor(storage, version);
      if (rows.stateOf(storage, version).state !== "live") continue;
      if (this.#isKept(index, version)) return { keys, version };
    }
    return undefined;
  }

  /** Whoever is about to end the row, or to change its keys, decides. */
  #isKept(index: IndexShape, version: number): boolean {
    const { rows } = this.#engine;
    const { oid, storage } = this.shape;
    rows.lockRow(oid, storage, version, index.exclusion ? "share" : "key share");
    return rows.stateOf(storage, version).state === "live";
  }

  /** Nobody looks such keys up: others' are in the lock table, with their values. */
  #findExcluding(keys: KeyValues, except: number | undefined): Duplicate | undefined {
    const { index, values } = keys;
    const { rows, exclusions } = this.#engine;
    const { oid, storage } = this.shape;
    const added = rows
      .exclusionsOf(index.storage)
      .filter(({ tag }) => exclusions.excludes(index, tag.excludes as readonly Scalar[], values));
    const hasOwn = !index.immediate || added.some(({ own }) => own);
    for (const version of this.#excluding(keys, hasOwn, except)) {
      if (version !== except && this.#isKept(index, version)) return { keys, version };
    }
    for (const { tag, own } of added) if (!own) rows.waitForExclusion(tag);
    rows.waitForBulks(storage);
    rows.lockExclusion(oid, index.storage, values);
    return undefined;
  }

  /** Live versions that exclude the keys; `withOwn`: among those that are staged, too. */
  #excluding(keys: KeyValues, withOwn: boolean, except?: number): number[] {
    const { index, values } = keys;
    const { rows, exclusions } = this.#engine;
    const { versions, withStaged } =
      index.exclusion?.isOverlap && index.immediate
        ? { versions: this.#neighbours(keys, except), withStaged: false }
        : exclusions.findStored(this.shape, index, values);
    if (withStaged || !withOwn) return [...versions];
    const staged = rows.overlay.addedTo(this.shape.storage).flatMap(([version]) => {
      const keys = this.#keysIn(index, version);
      return keys && exclusions.excludes(index, keys.values, values) ? [version] : [];
    });
    return [...versions, ...staged];
  }

  /**
   * Ranges that are there do not overlap each other: one that overlaps another is the last live one
   * that begins before it, or the first that does not.
   */
  #neighbours({ index, values, stored }: KeyValues, except: number | undefined): number[] {
    const { rows, exclusions } = this.#engine;
    // An empty one overlaps nothing.
    if (!exclusions.excludes(index, values, values)) return [];
    const found: number[] = [];
    for (const side of ["before", "behind"] as const) {
      for (const version of rows.beside(index.storage, stored as Row, side)) {
        const there = version === except ? undefined : this.#keysIn(index, version);
        if (!there) continue;
        if (exclusions.excludes(index, there.values, values)) found.push(version);
        break;
      }
    }
    return found;
  }

  /** 23505 or 23P01 for the first immediate index in which the row is not alone. */
  checkUnique(all: readonly KeyValues[], except: number | undefined): void {
    for (const keys of all) {
      const { index } = keys;
      if (!isExclusive(index) || !index.immediate) continue;
      const found = this.findDuplicate(keys, except);
      if (found) throw this.#conflict(found);
    }
  }

  /** 23505 or 23P01 when a version that is live still has the keys of another in an index. */
  checkAlone(index: IndexShape, version: number): void {
    const keys = this.#keysIn(index, version);
    const found = keys && this.findDuplicate(keys, version);
    if (found) throw this.#conflict(found);
  }

  /** False when another row has the version's keys now, as far as can be told without waiting. */
  isAlone(index: IndexShape, version: number): boolean {
    const keys = this.#keysIn(index, version);
    if (!keys || (!index.nullsNotDistinct && keys.stored.includes(null))) return true;
    const { rows } = this.#engine;
    const found =
      index.exclusion && !index.exclusion.isEquality
        ? this.#excluding(keys, true)
        : rows.lookup(index.storage, keys.stored);
    return !found.some(
      (at) => at !== version && rows.stateOf(this.shape.storage, at).state === "live",
    );
  }

  /** The keys of a live version. */
  #keysIn(index: IndexShape, version: number): KeyValues | undefined {
    const state = this.#engine.rows.stateOf(this.shape.storage, version);
    if (state.state !== "live") return undefined;
    const all = this.keysOf(this.padded(state.row as readonly Scalar[]));
    return all.find((each) => each.index === index);
  }

  #conflict({ keys, version }: Duplicate): SqlError {
    const { shape } = this;
    const { index } = keys;
    const place = { schema: shape.schema, table: shape.name, constraint: index.name };
    const key = this.shownKey(keys);
    if (!index.exclusion) {
      const message = `duplicate key value violates unique constraint "${index.name}"`;
      const detail = key === undefined ? {} : { detail: `Key ${key} already exists.` };
      return new SqlError("23505", message, { ...detail, ...place });
    }
    const there = this.#keysIn(index, version);
    const other = there && this.shownKey(there);
    const detail =
      key === undefined || other === undefined
        ? "Key conflicts with existing key."
        : `Key ${key} conflicts with existing key ${other}.`;
    const message = `conflicting key value violates exclusion constraint "${index.name}"`;
    return new SqlError("23P01", message, { detail, ...place });
  }

  /** Keys as messages show them; undefined for whoever may not read them. */
  shownKey({ index, values }: KeyValues): string | undefined {
    const { shape } = this;
    const { types: context } = this.#engine;
    const attributes = index.keys.map(({ attribute }) => attribute);
    if (!mayRead(shape, attributes, context)) return undefined;
    const names = keyNames(shape, index, (key) => this.#engine.printKey(index.oid, key));
    const types = index.keys.map(({ expression }) => expression);
    return indexKeyText(names, types, values, context);
  }

  /** Stages the row and its entries; answers its version. */
  stage(row: readonly Scalar[], all: readonly KeyValues[]): number {
    const { rows } = this.#engine;
    if (!this.#hasDefined) this.#defineIndexes();
    const version = rows.add(this.shape.oid, this.shape.storage, row as Row);
    for (const { index, stored } of all) {
      rows.addEntry(index.storage, version, stored as Row, !index.derived);
    }
    return version;
  }

  /** The rows say of an index what it is when the first row comes. */
  #defineIndexes(): void {
    this.#hasDefined = true;
    const { indexes, storage } = this.shape;
    for (const index of indexes) this.#engine.rows.define(definitionOf(storage, index));
  }

  /** A stored row with a value for each attribute number. */
  padded(row: readonly Scalar[]): Scalar[] {
    this.#missing ??= missingValues(this.shape.missing, this.#engine.types);
    return paddedRow(row, this.shape.width, this.#missing);
  }

  /** Locks a version that a query has found, for changing it. False: it is not live any more. */
  take(version: number, lock: RowLock): boolean {
    const { rows } = this.#engine;
    const { oid, storage } = this.shape;
    rows.lockRow(oid, storage, version, lock);
    return rows.stateOf(storage, version).state === "live";
  }

  /** `next`: the version that takes its place; 0 = none. 42809 in an append-only table. */
  end(version: number, next: number): void {
    const { isAppendOnly, name } = this.shape;
    if (isAppendOnly) throw appendOnlyTable(next === 0 ? "DELETE" : "UPDATE", name);
    this.#engine.rows.end(this.shape.oid, this.shape.storage, version, next);
  }
}

/** No row may be beside some others. */
export const isExclusive = ({ unique, exclusion }: IndexShape): boolean =>
  unique || exclusion !== undefined;

/** An index without positions is one whose entries are logged. */
export function definitionOf(
  storage: Oid,
  { storage: index, keys, derived }: IndexShape,
): RowChange & { readonly kind: "index" } {
  const columns = derived ? keys.map(({ attribute }) => attribute - 1) : [];
  return { kind: "index", storage, index, columns, keys: keys.length };
}
