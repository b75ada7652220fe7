/**
 * FILLING A TABLE BY A QUERY: CREATE TABLE AS, and materialized views. Either the table is empty,
 * or what it holds is compared with what the query gives, as bags of rows, and only what differs is
 * changed.
 */
import type { Epoch, Oid } from "../../base/ids.ts";
import { Wait } from "../../txn/wait.ts";
import { decodeQuery } from "../bind/codec.ts";
import type { Query } from "../bind/tree.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import type { Source } from "./modify-run.ts";
import { rowKey } from "./row-key.ts";
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

async function change(writer: TableWriter, rows: Batches, engine: FillEngine): Promise<number> {
  engine.viewRows.forget(writer.shape.storage);
  const difference = await differenceOf(writer, rows, engine);
  await applyDifference(writer, difference, engine);
  return difference.count;
}

export async function addRows(
  writer: TableWriter,
  rows: Batches,
  engine: FillEngine,
  added?: (row: StoredRow, version: number) => void,
): Promise<number> {
  let turn = new Turn();
  let count = 0;
  for await (const batch of rows) {
    for (const row of batch) {
      const whole = writer.padded(row);
      const keys = writer.keysOf(whole);
      const version = await patiently(engine, () => {
        writer.checkUnique(keys, undefined);
        return writer.stage(whole, keys);
      });
      added?.(whole, version);
      const pause = turn.pause(count++, engine);
      if (pause === undefined) continue;
      await pause;
      turn = new Turn();
    }
  }
  return count;
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
  const held = new Bag();
  await new TableScan(engine).each(writer.shape.storage, ({ version, row, isLive }) => {
    if (isLive) held.add(writer.padded(row as StoredRow), version);
  });
  const missing: StoredRow[] = [];
  let count = 0;
  for await (const batch of rows) {
    for (const row of batch) if (!held.take(row)) missing.push(row);
    count += batch.length;
    await letOthersRun(engine);
  }
  return { surplus: held.rest(), missing, count };
}

/** Is told of the rows that a table gets and loses. */
export interface RowObserver {
  readonly added: (row: StoredRow, version: number) => void;
  readonly ended: (row: StoredRow, version: number) => void;
}

/** What is too many goes first, so that the keys of what is missing are free. */
export async function applyDifference(
  writer: TableWriter,
  { surplus, missing }: Difference,
  engine: FillEngine,
  observer?: RowObserver,
): Promise<void> {
  let turn = new Turn();
  for (const [at, { version, row }] of surplus.entries()) {
    await patiently(engine, () => {
      if (writer.take(version, "update")) writer.end(version, 0);
    });
    observer?.ended(row, version);
    const pause = turn.pause(at, engine);
    if (pause === undefined) continue;
    await pause;
    turn = new Turn();
  }
  await addRows(writer, batchesOf(missing), engine, observer?.added);
}

export async function* batchesOf(source: Source): Batches {
  if (Array.isArray(source)) yield source;
  else yield* source as Batches;
}

/** Does what may have to wait, and has staged nothing when it does. */
async function patiently<T>(engine: ScanEngine, work: () => T): Promise<T> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Wait)) throw error;
      await engine.wait(error);
    }
  }
}

/** The same for what stages this and that, and waits between: what it had staged is taken back. */
export function patientlyWhole<T>(engine: ScanEngine, work: () => T): Promise<T> {
  return patiently(engine, () => engine.attempt(work));
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
