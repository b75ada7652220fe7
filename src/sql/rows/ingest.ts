/**
 * ROWS OF A SOURCE: texts become values of the source's columns and are added. A row that does not
 * fit is passed over, or ends it before that row, whose error is thrown if nothing came before it.
 */
import { SqlError } from "../../base/sql-error.ts";
import type { SourceRow } from "../../catalog/connectors/ports.ts";
import type { Scalar } from "../types/scalar.ts";
import { parseText } from "../types/type-io.ts";
import { addRows, type FillEngine, patientlyWhole, type StoredRow } from "./fill.ts";
import { pace } from "./table-scan.ts";
import type { TableWriter } from "./table-writer.ts";
import type { IngestJob } from "./work-queue.ts";

/** Rows that a source passes over in one step and that are told of, each by itself. */
const TOLD_MAX = 10;

/** Throws 22000 for a row that is no row, and what reading a value throws. */
export async function ingest(job: IngestJob, engine: FillEngine): Promise<void> {
  const { table, rows, ignoresErrors, done } = job;
  const writer = engine.writerOf(table);
  const ignored: string[] = [];
  const stored: StoredRow[] = [];
  let position: object | undefined;
  for (const row of rows) {
    const read = storedRow(row, writer, engine);
    if (read instanceof SqlError) {
      if (!ignoresErrors && position === undefined) throw read;
      if (!ignoresErrors) break;
      ignored.push(read.message);
    } else stored.push(read);
    position = row.position;
  }
  await addRows(writer, batches(stored), engine);
  await pace(engine, stored.length);
  await patientlyWhole(engine, () => done(stored.length, position, told(ignored)));
}

async function* batches(rows: readonly StoredRow[]): AsyncIterable<readonly StoredRow[]> {
  yield rows;
}

function told(ignored: readonly string[]): readonly string[] {
  const rest = ignored.length - TOLD_MAX;
  if (rest <= 0) return ignored;
  return [...ignored.slice(0, TOLD_MAX), `${rest} more rows were passed over`];
}

/** An error that says which row it is about. */
function storedRow(
  { values, place, error }: SourceRow,
  { shape }: TableWriter,
  { types }: FillEngine,
): StoredRow | SqlError {
  if (error !== undefined) return placed(place, "22000", error);
  const row: Scalar[] = new Array(shape.width).fill(null);
  for (const [at, { number, name, type, typmod }] of shape.columns.entries()) {
    const text = values[at] ?? null;
    try {
      row[number - 1] = text === null ? null : parseText(type, text, typmod, types);
    } catch (wrong) {
      if (!(wrong instanceof SqlError)) throw wrong;
      return placed(place, wrong.code, `column "${name}": ${wrong.message}`);
    }
  }
  return row;
}

const placed = (place: string | undefined, code: string, message: string): SqlError =>
  new SqlError(code, place === undefined ? message : `${place}: ${message}`);
