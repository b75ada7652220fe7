/**
 * WORK ON ROWS THAT GOES WITH DDL: new indexes are built, tables written anew, rows held against
 * new constraints, in the order of catalog/ddl/row-work.ts. The catalog is staged already:
 * expressions are those of the table as it is to be, but for values that are computed from a row as
 * it was.
 */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { Row } from "../../base/value.ts";
import type { ColumnValue, RowOrder, RowShapes } from "../../catalog/ddl/row-work.ts";
import type { ScannedVersion } from "../../txn/transaction-rows.ts";
import { decodeTree } from "../bind/codec.ts";
import type { BoundQuery } from "../bind/tree.ts";
import { compareStored, orderKeyOf } from "../execute/sort-keys.ts";
import type { RowsDone } from "../session/engine.ts";
import type { Translation } from "../translate/translation.ts";
import { Reshaper } from "../types/reshape.ts";
import type { Scalar } from "../types/scalar.ts";
import { copyStorage } from "./copy-storage.ts";
import { type DeliverEngine, deliver } from "./deliver.ts";
import { domainCheck } from "./domain-checks.ts";
import { ExclusionCheck } from "./exclusion-check.ts";
import { fillTable, fillTableAtOnce, patientlyWhole } from "./fill.ts";
import { checkReferenceOf, checkUnreferenced, type ForeignKeyEngine } from "./foreign-keys.ts";
import { ingest } from "./ingest.ts";
import { maintainView } from "./maintain.ts";
import { paddedRow } from "./missing.ts";
import { rulesOf } from "./modify-plan.ts";
import { Places } from "./places.ts";
import { addPortion } from "./portions.ts";
import { belongs } from "./router.ts";
import { type RowStep, stepOf } from "./row-step.ts";
import { indexKeyText, keyNames } from "./row-text.ts";
import { atOnce, inTurns, type Steps } from "./steps.ts";
import { TableScan } from "./table-scan.ts";
import { foreignKeyShape, type IndexShape, type TableShape } from "./table-shape.ts";
import { definitionOf, type KeyValues, TableWriter } from "./table-writer.ts";
import type { EntriesJob, ReferenceJob, TableJob, WorkQueue } from "./work-queue.ts";

export interface TableWorkEngine extends ForeignKeyEngine, DeliverEngine {
  /** The table as the transaction has staged it. */
  shapeOf(relation: Oid): TableShape;
  translate(bound: BoundQuery): Translation;
  nextval(sequence: Oid): bigint;
}

/**
 * Answers what came of the last query, if there was one. Throws 23502, 23503, 23505, 23514, and
 * what computing values throws.
 */
export async function runTableWork(
  queue: WorkQueue,
  engine: TableWorkEngine,
): Promise<RowsDone | undefined> {
  await inTurns(changeTables(queue, engine));
  for (const job of queue.entries) await addEntries(job, engine);
  for (const portion of queue.portions) await addPortion(portion, engine);
  let done: RowsDone | undefined;
  for (const fill of queue.fills) done = { kind: "filled", rows: await fillTable(fill, engine) };
  for (const job of queue.maintained) done = await maintainView(job, engine);
  for (const job of queue.ingested) await ingest(job, engine);
  for (const job of queue.deliveries) await deliver(job, engine);
  for (const job of queue.copies) await inTurns(copyStorage(job, engine));
  return done;
}

/** The same for work that no job does, and nobody else runs in between. Throws 0A000. */
export function runTableWorkAtOnce(
  queue: WorkQueue,
  engine: TableWorkEngine,
): RowsDone | undefined {
  const { entries, portions, maintained, ingested, deliveries, copies } = queue;
  const others = [entries, portions, maintained, ingested, deliveries, copies];
  if (others.some(({ length }) => length > 0)) throw notSupported("the work of a job in a call");
  atOnce(changeTables(queue, engine));
  let done: RowsDone | undefined;
  for (const fill of queue.fills) done = { kind: "filled", rows: fillTableAtOnce(fill, engine) };
  return done;
}

function* changeTables(queue: WorkQueue, engine: TableWorkEngine): Steps<void> {
  const jobs = [...queue.tables.values()].map((job) => new TableRun(job, queue.shapes, engine));
  for (const job of jobs) yield* job.buildIndexes();
  for (const job of jobs) yield* job.rewriteOrCheck();
  for (const reference of queue.references) yield* checkReferences(reference, engine);
}

function* checkReferences(job: ReferenceJob, engine: TableWorkEngine): Steps<void> {
  const writer = engine.writerOf(job.table);
  const check = job.kind === "foreignKey" ? referenceCheck(job, engine) : leavingCheck(job, engine);
  yield* new TableScan(engine).each(writer.shape.storage, ({ row, isLive }) => {
    if (isLive) check(writer.padded(row as Scalar[]));
  });
}

type Job<Kind> = Extract<ReferenceJob, { readonly kind: Kind }>;

function referenceCheck({ table, constraint }: Job<"foreignKey">, engine: TableWorkEngine) {
  const writer = engine.writerOf(table);
  const key = writer.shape.foreignKeys.find((each) => each.constraint === constraint);
  assert(key, `foreign key ${constraint} is staged`);
  return (row: Scalar[]) => checkReferenceOf(engine, key, writer, row, false);
}

/** The key is gone with the partition that it led to. */
function leavingCheck({ table, key: row }: Job<"unreferenced">, engine: TableWorkEngine) {
  const key = foreignKeyShape(row);
  const places = new Places(engine.shapeOf(key.child), (relation) => engine.writerOf(relation));
  const place = places.get(table);
  return (found: Scalar[]) => checkUnreferenced(engine, key, place.rowNamed(found));
}

/** Entries of an index whose table is written meanwhile: who adds a key has it locked. */
async function addEntries(job: EntriesJob, engine: TableWorkEngine): Promise<void> {
  const { rows } = engine;
  const shape = engine.shapeOf(job.table);
  const indexes = shape.indexes.filter(({ oid }) => oid === job.index);
  const rules = rulesOf({ ...shape, indexes, checks: [] }, (bound) => engine.translate(bound));
  const writer = new TableWriter(rules, engine);
  for (const index of indexes) rows.define(definitionOf(shape.storage, index));
  const scan = new TableScan(engine).part(shape.storage, job, (found) => {
    // Whoever ended it meanwhile may be who was waited for.
    const isLive = found.isLive && rows.stateOf(shape.storage, found.version).state === "live";
    const all = keysToAdd(writer, found.row, isLive);
    for (const keys of all) {
      if (isLive && keys.index.unique && writer.findDuplicate(keys, found.version)) {
        throw duplicated(keys, shape, engine);
      }
    }
    for (const { index, stored } of all) {
      rows.addEntry(index.storage, found.version, stored as Row, true);
    }
  });
  const version = await inTurns(scan);
  await patientlyWhole(engine, () => job.done(version));
}

/** A version that has ended is in no index for whose expressions it has no value. */
function keysToAdd(writer: TableWriter, row: Row, isLive: boolean): readonly KeyValues[] {
  try {
    return writer.keysOf(writer.padded(row as Scalar[]));
  } catch (error) {
    if (isLive || !(error instanceof SqlError)) throw error;
    return [];
  }
}

function duplicated(
  { index, values }: KeyValues,
  shape: TableShape,
  engine: TableWorkEngine,
): SqlError {
  const { name: table, schema } = shape;
  const names = keyNames(shape, index, (key) => engine.printKey(index.oid, key));
  const types = index.keys.map(({ expression }) => expression);
  const key = indexKeyText(names, types, values, engine.types);
  const message = `could not create unique index "${index.name}"`;
  const detail = `Key ${key} is duplicated.`;
  return new SqlError("23505", message, { detail, schema, table, constraint: index.name });
}

class TableRun {
  readonly #job: TableJob;
  readonly #engine: TableWorkEngine;
  readonly #shape: TableShape;
  readonly #shapes: RowShapes;
  /** Of indexes and checks that there is something to do for. */
  readonly #writer: TableWriter;

  constructor(job: TableJob, shapes: RowShapes, engine: TableWorkEngine) {
    this.#job = job;
    this.#shapes = shapes;
    this.#engine = engine;
    const shape = engine.shapeOf(job.table);
    const { indexes } = shape;
    this.#shape = {
      ...shape,
      indexes: job.rewrite ? indexes : indexes.filter(({ oid }) => job.indexes.includes(oid)),
      checks: job.checks.flatMap((name) => shape.checks.filter((each) => each.name === name)),
    };
    const rules = rulesOf(this.#shape, (bound) => engine.translate(bound));
    this.#writer = new TableWriter(rules, engine);
  }

  /** Those of a table that is written anew are built with it. */
  *buildIndexes(): Steps<void> {
    const { rows } = this.#engine;
    const { storage, indexes } = this.#shape;
    if (this.#job.rewrite || indexes.length === 0) return;
    for (const index of indexes) rows.define(definitionOf(storage, index));
    const checks = this.#exclusionChecks();
    // Versions that have ended are seen by older snapshots, which may use the index, too.
    yield* new TableScan(this.#engine).each(storage, ({ version, row, isLive }) => {
      const all = keysToAdd(this.#writer, row, isLive);
      if (isLive) this.#checkUnique(all, version);
      if (isLive) for (const keys of all) checks.get(keys.index)?.add(keys);
      for (const { index, stored } of all) {
        rows.addEntry(index.storage, version, stored as Row, true);
      }
    });
    for (const check of checks.values()) yield* check.run(this.#writer);
  }

  /** Of exclusion constraints that are new, or over new rows. */
  #exclusionChecks(): Map<IndexShape, ExclusionCheck> {
    const excluding = this.#shape.indexes.filter(({ exclusion }) => exclusion !== undefined);
    return new Map(excluding.map((index) => [index, new ExclusionCheck(index, this.#engine)]));
  }

  *rewriteOrCheck(): Steps<void> {
    const { rewrite, notNull, checks, partition, domains } = this.#job;
    if (partition) yield* this.#checkPartition(partition);
    if (rewrite) return yield* this.#rewrite(rewrite.from, rewrite.order);
    if (!notNull && checks.length === 0 && domains.length === 0) return;
    const engine = this.#engine;
    const translate = (bound: BoundQuery) => engine.translate(bound);
    const domainChecks = domains.map((each) =>
      domainCheck(each, this.#shape, translate, (step, values) => engine.evaluate(step, values)),
    );
    yield* new TableScan(engine).each(this.#shape.storage, ({ row, isLive }) => {
      if (!isLive) return;
      const padded = this.#writer.padded(row as Scalar[]);
      this.#check(padded, notNull);
      for (const check of domainChecks) check(padded);
    });
  }

  *#checkPartition(kind: "new" | "default"): Steps<void> {
    const { name: table, schema, storage } = this.#shape;
    const places = new Places(this.#shape, (relation) => this.#engine.writerOf(relation));
    const of = (relation: Oid) => places.get(relation);
    yield* new TableScan(this.#engine).each(storage, ({ row, isLive }) => {
      const padded = isLive ? this.#writer.padded(row as Scalar[]) : undefined;
      if (!padded || belongs(this.#engine, of, padded, this.#shape)) return;
      const message =
        kind === "new"
          ? `partition constraint of relation "${table}" is violated by some row`
          : `updated partition constraint for default partition "${table}" would be violated by some row`;
      throw new SqlError("23514", message, { schema, table });
    });
  }

  #check(row: readonly Scalar[], notNull: boolean): void {
    if (notNull) this.#checkNotNull(row);
    const failed = this.#writer.findFailedCheck(row);
    if (failed === undefined) return;
    const { name, schema } = this.#shape;
    const message = `check constraint "${failed}" of relation "${name}" is violated by some row`;
    throw new SqlError("23514", message, { schema, table: name, constraint: failed });
  }

  #checkNotNull(row: readonly Scalar[]): void {
    const { name: table, schema, columns } = this.#shape;
    for (const { number, name, notNull } of columns) {
      if (!notNull || row[number - 1] !== null) continue;
      const message = `column "${name}" of relation "${table}" contains null values`;
      throw new SqlError("23502", message, { schema, table, column: name });
    }
  }

  #checkUnique(all: readonly KeyValues[], version: number): void {
    for (const keys of all) {
      const first = keys.index.unique ? this.#findDouble(keys, version) : undefined;
      if (first) throw duplicated(first, this.#shape, this.#engine);
    }
  }

  /** The keys, as it has them, of another live row. */
  #findDouble({ index, stored }: KeyValues, version: number): KeyValues | undefined {
    if (!index.nullsNotDistinct && stored.includes(null)) return undefined;
    const { rows } = this.#engine;
    for (const other of rows.lookup(index.storage, stored)) {
      const state = rows.stateOf(this.#shape.storage, other);
      if (other === version || state.state !== "live") continue;
      const all = this.#writer.keysOf(this.#writer.padded(state.row as Scalar[]));
      return all.find((each) => each.index === index);
    }
    return undefined;
  }

  *#rewrite(from: Oid, order: RowOrder | undefined): Steps<void> {
    const { missing: lacking = NONE, values } = this.#job;
    const { columns, width } = this.#shape;
    const reshape = this.#reshaping();
    const computed = new ComputedValues(values, this.#engine);
    const kept = columns.map(({ number }) => number);
    const checks = this.#exclusionChecks();
    const rewriteOne = ({ row, isLive }: ScannedVersion): void => {
      if (!isLive) return;
      const old = reshape(paddedRow(row as Scalar[], width, lacking));
      const made: Scalar[] = new Array(width).fill(null);
      for (const number of kept) made[number - 1] = old[number - 1] ?? null;
      computed.fill(made, old);
      this.#check(made, true);
      const keys = this.#writer.keysOf(made);
      this.#checkUnique(keys, 0);
      for (const each of keys) checks.get(each.index)?.add(each);
      this.#writer.stage(made, keys);
    };
    const scan = new TableScan(this.#engine);
    if (!order) yield* scan.each(from, rewriteOne);
    else {
      const sorted = yield* this.#sorted(from, order, (row) =>
        reshape(paddedRow(row, width, lacking)),
      );
      yield* scan.inOrder(sorted, rewriteOne);
    }
    for (const check of checks.values()) yield* check.run(this.#writer);
  }

  /** Values of composite types in the row get the columns that these have now. */
  #reshaping(): (row: Scalar[]) => Scalar[] {
    const reshaper = new Reshaper(this.#shapes, this.#engine.types.catalog);
    const reshapes = this.#shape.columns.flatMap(({ number, type }) => {
      const reshape = this.#shapes.size === 0 ? undefined : reshaper.of(type);
      return reshape ? [{ at: number - 1, reshape }] : [];
    });
    return (row) => {
      for (const { at, reshape } of reshapes) row[at] = reshape(row[at] ?? null);
      return row;
    };
  }

  /** Live versions in the order of an index. */
  *#sorted(
    from: Oid,
    { index: oid, options }: RowOrder,
    padded: (row: readonly Scalar[]) => Scalar[],
  ): Steps<ScannedVersion[]> {
    const index = this.#shape.indexes.find((each) => each.oid === oid);
    assert(index, `index ${oid} is one of the table`);
    const found: { readonly keys: readonly Scalar[]; readonly version: ScannedVersion }[] = [];
    yield* new TableScan(this.#engine).each(from, (version) => {
      if (!version.isLive) return;
      const all = this.#writer.keysOf(padded(version.row as Scalar[]));
      const values = all.find((each) => each.index === index)?.values ?? [];
      found.push({ keys: this.#orderKeys(index, values), version });
    });
    found.sort((a, b) => compareKeys(a.keys, b.keys, options));
    return found.map(({ version }) => version);
  }

  #orderKeys({ keys }: IndexShape, values: readonly Scalar[]): Scalar[] {
    const { types } = this.#engine;
    return keys.map(({ type }, at) => orderKeyOf(type, values[at] ?? null, types));
  }
}

/** New values of columns when a table is written anew. */
class ComputedValues {
  readonly #engine: TableWorkEngine;
  readonly #sequences: readonly (ColumnValue & { readonly kind: "sequence" })[];
  readonly #old: Computed;
  readonly #new: Computed;

  constructor(values: readonly ColumnValue[], engine: TableWorkEngine) {
    this.#engine = engine;
    this.#sequences = values.filter((value) => value.kind === "sequence");
    this.#old = computedOf(values, "old row", engine);
    this.#new = computedOf(values, "new row", engine);
  }

  fill(made: Scalar[], old: readonly Scalar[]): void {
    this.#run(this.#old, made, old);
    for (const { attnum, sequence } of this.#sequences) {
      made[attnum - 1] = this.#engine.nextval(sequence);
    }
    this.#run(this.#new, made, made);
  }

  #run({ step, columns }: Computed, made: Scalar[], from: readonly Scalar[]): void {
    if (!step) return;
    const given = step.rows.map(({ attribute }) => from[attribute - 1] ?? null);
    const values = this.#engine.evaluate(step, given);
    columns.forEach((attnum, at) => {
      made[attnum - 1] = values[at] ?? null;
    });
  }
}

const NONE: ReadonlyMap<number, Scalar> = new Map();

interface Computed {
  readonly step: RowStep | undefined;
  readonly columns: readonly number[];
}

function computedOf(
  values: readonly ColumnValue[],
  kind: "old row" | "new row",
  engine: TableWorkEngine,
): Computed {
  const trees = values.flatMap((value) => (value.kind === kind ? [value] : []));
  if (trees.length === 0) return { step: undefined, columns: [] };
  const translate = (bound: BoundQuery) => engine.translate(bound);
  const expressions = trees.map(({ tree }) => decodeTree(tree));
  return {
    step: stepOf(translate, expressions, []),
    columns: trees.map(({ attnum }) => attnum),
  };
}

/** Bits of pg_index.indoption. */
const [DESC, NULLS_FIRST] = [1, 2];

function compareKeys(
  a: readonly Scalar[],
  b: readonly Scalar[],
  options: readonly number[],
): number {
  for (const [at, left] of a.entries()) {
    const right = b[at] ?? null;
    const option = options[at] ?? 0;
    const nullsFirst = (option & NULLS_FIRST) !== 0;
    if (left === null && right === null) continue;
    if (left === null) return nullsFirst ? -1 : 1;
    if (right === null) return nullsFirst ? 1 : -1;
    const order = compareStored(left, right);
    if (order !== 0) return (option & DESC) !== 0 ? -order : order;
  }
  return 0;
}
