/**
 * FILLING A TABLE BY A QUERY: CREATE TABLE AS, and materialized views. Either the table is empty,
 * or what it holds is compared with what the query gives, as bags of rows, and only what differs is
 * changed.
 */
import { assert } from "../../base/assert.ts";
import type { Epoch, Oid } from "../../base/ids.ts";
import { Wait } from "../../txn/wait.ts";
import { decodeQuery } from "../bind/codec.ts";
import type { Query } from "../bind/tree.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import type { Source } from "./modify-run.ts";
import { rowKey } from "./row-key.ts";
import { atOnce, inTurns, type Steps } from "./steps.ts";
import { type ScanEngine, TableScan } from "./table-scan.ts";
import type { TableWriter } from "./table-writer.ts";
import { letOthersRun, Turn } from "./turn.ts";
import type { ViewRows } from "./view-rows.ts";
import type { FillJob } from "./work-queue.ts";

export interface StoredRows {
  readonly rows: Source;
  readonly epoch: Epoch;
}

export interface FillEngine extends ScanEngine {
  readonly types: TypeContext;
  writerOf(relation: Oid): TableWriter;
  /** The rows of a stored query, and the epoch that it sees. */
  read(query: Query, secured?: boolean): StoredRows;
  readonly viewRows: ViewRows;
}

export type StoredRow = readonly Scalar[];
export type Batches = AsyncIterable<readonly StoredRow[]>;

/** Answers how many rows the query gave. Throws 23505, and what the query throws. */
export async function fillTable(
  { table, tree, how, secured, done }: FillJob,
  engine: FillEngine,
): Promise<number> {
  const writer = engine.writerOf(table);
  const { rows: source, epoch } = engine.read(decodeQuery(tree), secured);
  const fill = how === "all" ? addRows : change;
  const count = await fill(writer, batchesOf(source), engine);
  if (done) await patientlyWhole(engine, () => done(epoch));
  return count;
}

/** The same, and nobody else runs in between. */
export function fillTableAtOnce(
  { table, tree, how, secured, done }: FillJob,
  engine: FillEngine,
): number {
  const writer = engine.writerOf(table);
  const { rows: source, epoch } = engine.read(decodeQuery(tree), secured);
  assert(Array.isArray(source), "all rows are read at once");
  const rows = source as readonly StoredRow[];
  if (how === "all") atOnce(addBatch(writer, rows, engine));
  else {
    engine.viewRows.forget(writer.shape.storage);
    const held = atOnce(heldIn(writer, engine));
    const missing = rows.filter((row) => !held.take(row));
    atOnce(endRows(writer, held.rest(), engine));
    atOnce(addBatch(writer, missing, engine));
  }
  done?.(epoch);
  return rows.length;
}

async function change(writer: TableWriter, rows: Batches, engine: FillEngine): Promise<number> {
  engine.viewRows.forget(writer.shape.storage);
  const difference = await differenceOf(writer, rows, engine);
  await applyDifference(writer, difference, engine);
  return difference.count;
}

type Added = (row: StoredRow, version: number) => void;

export async function addRows(
  writer: TableWriter,
  rows: Batches,
  engine: FillEngine,
  added?: Added,
): Promise<number> {
  let count = 0;
  for await (const batch of rows) {
    await inTurns(addBatch(writer, batch, engine, added));
    count += batch.length;
  }
  return count;
}

function* addBatch(
  writer: TableWriter,
  rows: readonly StoredRow[],
  engine: FillEngine,
  added?: Added,
): Steps<void> {
  let turn = new Turn();
  for (const [at, row] of rows.entries()) {
    const whole = writer.padded(row);
    const keys = writer.keysOf(whole);
    const version = yield* patient(engine, () => {
      writer.checkUnique(keys, undefined);
      return writer.stage(whole, keys);
    });
    added?.(whole, version);
    const pause = turn.pause(at, engine);
    if (pause === undefined) continue;
    yield pause;
    turn = new Turn();
  }
}

/** What makes a table's rows those of a query. */
export interface Difference {
  readonly surplus: readonly { readonly version: number; readonly row: StoredRow }[];
  readonly missing: readonly StoredRow[];
}

/** `count`: of the query's rows. */
export async function differenceOf(
  writer: TableWriter,
  rows: Batches,
  engine: FillEngine,
): Promise<Difference & { readonly count: number }> {
  const held = await inTurns(heldIn(writer, engine));
  const missing: StoredRow[] = [];
  let count = 0;
  for await (const batch of rows) {
    for (const row of batch) if (!held.take(row)) missing.push(row);
    count += batch.length;
    await letOthersRun(engine);
  }
  return { surplus: held.rest(), missing, count };
}

function* heldIn(writer: TableWriter, engine: FillEngine): Steps<Bag> {
  const held = new Bag();
  yield* new TableScan(engine).each(writer.shape.storage, ({ version, row, isLive }) => {
    if (isLive) held.add(writer.padded(row as StoredRow), version);
  });
  return held;
}

/** Is told of the rows that a table gets and loses. */
export interface RowObserver {
  readonly added: Added;
  readonly ended: Added;
}

/** What is too many goes first, so that the keys of what is missing are free. */
export async function applyDifference(
  writer: TableWriter,
  { surplus, missing }: Difference,
  engine: FillEngine,
  observer?: RowObserver,
): Promise<void> {
  await inTurns(endRows(writer, surplus, engine, observer?.ended));
  await addRows(writer, batchesOf(missing), engine, observer?.added);
}

function* endRows(
  writer: TableWriter,
  rows: Difference["surplus"],
  engine: FillEngine,
  ended?: Added,
): Steps<void> {
  let turn = new Turn();
  for (const [at, { version, row }] of rows.entries()) {
    yield* patient(engine, () => {
      if (writer.take(version, "update")) writer.end(version, 0);
    });
    ended?.(row, version);
    const pause = turn.pause(at, engine);
    if (pause === undefined) continue;
    yield pause;
    turn = new Turn();
  }
}

export async function* batchesOf(source: Source): Batches {
  if (Array.isArray(source)) yield source;
  else yield* source as Batches;
}

/** Does what may have to wait, and has staged nothing when it does. */
function* patient<T>(engine: ScanEngine, work: () => T): Steps<T> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Wait)) throw error;
      yield engine.wait(error);
    }
  }
}

/** The same for what stages this and that, and waits between: what it had staged is taken back. */
export function patientlyWhole<T>(engine: ScanEngine, work: () => T): Promise<T> {
  return inTurns(patient(engine, () => engine.attempt(work)));
}

/** Stored rows, as often as they are there. */
export class Bag {
  readonly #rows = new Map<string, { readonly row: StoredRow; readonly versions: number[] }>();

  add(row: StoredRow, version: number): void {
    const key = rowKey(row);
    const same = this.#rows.get(key);
    if (same) same.versions.push(version);
    else this.#rows.set(key, { row, versions: [version] });
  }

  /** Takes one row like this out; false when there is none. */
  take(row: StoredRow): boolean {
    const key = rowKey(row);
    const same = this.#rows.get(key);
    if (!same) return false;
    same.versions.pop();
    if (same.versions.length === 0) this.#rows.delete(key);
    return true;
  }

  rest(): { readonly version: number; readonly row: StoredRow }[] {
    return [...this.#rows.values()].flatMap(({ row, versions }) =>
      versions.map((version) => ({ version, row })),
    );
  }
}
