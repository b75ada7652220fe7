/**
 * FILLING A TABLE BY A QUERY: CREATE TABLE AS, and materialized views. Either the table is empty,
 * or what it holds is compared with what the query gives, as bags of rows, and only what differs is
 * changed.
 */
import type { Epoch, Oid } from "../../base/ids.ts";
import { Wait } from "../../txn/wait.ts";
import { decodeQuery } from "../bind/codec.ts";
import type { Query } from "../bind/tree.ts";
import type { Scalar } from "../types/scalar.ts";
import type { Source } from "./modify-run.ts";
import { rowKey } from "./row-key.ts";
import { type ScanEngine, TableScan } from "./table-scan.ts";
import type { TableWriter } from "./table-writer.ts";
import { letOthersRun, Turn } from "./turn.ts";
import type { FillJob } from "./work-queue.ts";

export interface StoredRows {
  readonly rows: Source;
  readonly epoch: Epoch;
}

export interface FillEngine extends ScanEngine {
  writerOf(relation: Oid): TableWriter;
  /** The rows of a stored query, and the epoch that it sees. */
  read(query: Query): StoredRows;
}

/** Answers how many rows the query gave. Throws 23505, and what the query throws. */
export async function fillTable(
  { table, tree, how, done }: FillJob,
  engine: FillEngine,
): Promise<number> {
  const writer = engine.writerOf(table);
  const { rows: source, epoch } = engine.read(decodeQuery(tree));
  const rows = batchesOf(source);
  const fill = how === "all" ? addAll : change;
  const count = await fill(writer, rows, engine);
  if (done) await patiently(engine, () => done(epoch, count));
  return count;
}

type Batches = AsyncIterable<readonly (readonly Scalar[])[]>;

async function addAll(writer: TableWriter, rows: Batches, engine: FillEngine): Promise<number> {
  let turn = new Turn();
  let count = 0;
  for await (const batch of rows) {
    for (const row of batch) {
      await addRow(writer, row, engine);
      const pause = turn.pause(count++, engine);
      if (pause === undefined) continue;
      await pause;
      turn = new Turn();
    }
  }
  return count;
}

/** What is too many goes first, so that the keys of what is missing are free. */
async function change(writer: TableWriter, rows: Batches, engine: FillEngine): Promise<number> {
  const held = await heldRows(writer, engine);
  const missing: (readonly Scalar[])[] = [];
  let count = 0;
  for await (const batch of rows) {
    for (const row of batch) if (!held.take(row)) missing.push(row);
    count += batch.length;
    await letOthersRun(engine);
  }
  for (const version of held.rest()) {
    await patiently(engine, () => {
      if (writer.take(version, "update")) writer.end(version, 0);
    });
  }
  await addAll(writer, batchesOf(missing), engine);
  return count;
}

async function* batchesOf(source: Source): Batches {
  if (Array.isArray(source)) yield source;
  else yield* source as Batches;
}

function addRow(writer: TableWriter, row: readonly Scalar[], engine: FillEngine): Promise<void> {
  const whole = writer.padded(row);
  const keys = writer.keysOf(whole);
  return patiently(engine, () => {
    writer.checkUnique(keys, undefined);
    writer.stage(whole, keys);
  });
}

/** Does what may have to wait, and has staged nothing when it does. */
export async function patiently(engine: ScanEngine, work: () => void): Promise<void> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Wait)) throw error;
      await engine.wait(error);
    }
  }
}

/** The live rows of a table as a bag. */
class Bag {
  readonly #versions = new Map<string, number[]>();

  add(row: readonly Scalar[], version: number): void {
    const key = rowKey(row);
    const same = this.#versions.get(key);
    if (same) same.push(version);
    else this.#versions.set(key, [version]);
  }

  /** Takes one row like this out; false when there is none. */
  take(row: readonly Scalar[]): boolean {
    const key = rowKey(row);
    const same = this.#versions.get(key);
    if (!same) return false;
    same.pop();
    if (same.length === 0) this.#versions.delete(key);
    return true;
  }

  rest(): number[] {
    return [...this.#versions.values()].flat();
  }
}

async function heldRows(writer: TableWriter, engine: FillEngine): Promise<Bag> {
  const bag = new Bag();
  await new TableScan(engine).each(writer.shape.storage, ({ version, row, isLive }) => {
    if (isLive) bag.add(writer.padded(row as readonly Scalar[]), version);
  });
  return bag;
}
