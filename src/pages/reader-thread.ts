/**
 * A READER THREAD: runs one query at a time on a read-only connection of its own and hands its rows
 * out in batches; see reader-protocol.ts. Started by reader-pool.ts, imported by nobody.
 */
import { performance } from "node:perf_hooks";
import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import { assert } from "../base/assert.ts";
import { OverlayTables } from "./overlay-tables.ts";
import { QueryConnection, type SqliteValue } from "./query-connection.ts";
import {
  type BeginQuery,
  encodeError,
  type FromReader,
  type ReaderThreadData,
  type RegisterFunctions,
  type RunQuery,
  type ToReader,
} from "./reader-protocol.ts";
import { attachRows, ROWS } from "./row-file.ts";
import { RowOverlayTables } from "./row-overlay-tables.ts";
import { ScanMeter } from "./scan-meter.ts";
import { StorageSizes } from "./storage-sizes.ts";
import { StoreReader } from "./store-reader.ts";

const CACHE_KIB = 16 * 1024;

const port = parentPort;
assert(port, "a reader thread has a parent");
const { path, layouts, module, initial, cancelFlag } = workerData as ReaderThreadData;

const db = new Database(path, { readonly: true, fileMustExist: true });
db.pragma(`cache_size = -${CACHE_KIB}`);
db.pragma("temp_store = MEMORY");
attachRows(db, path);
db.pragma(`${ROWS}.cache_size = -${CACHE_KIB}`);
const queries = new QueryConnection(db);
const overlayTables = new OverlayTables(db, layouts);
const rowOverlayTables = new RowOverlayTables(db);
let queriesStarted = 0;
// Registered functions cannot query the connection that calls them.
const tuples = new StoreReader(path, () => queriesStarted);
const sizes = new StorageSizes(path, () => queriesStarted);
const { register } = (await import(module)) as { register: RegisterFunctions };
const begin: BeginQuery = register({ queries, tuples, sizes }, initial);

/** A batch ends behind the row with which it has this many bytes. */
const BATCH_BYTES = 1024 * 1024;

interface Running {
  readonly rows: Generator<SqliteValue[], void, undefined>;
  readonly batchRows: number;
}
let running: Running | undefined;

function start(run: RunQuery): void {
  assert(!running, "a reader thread runs one query at a time");
  const { timeoutMs } = run;
  queries.limit({
    cancelFlag,
    ...(timeoutMs !== undefined && { deadline: performance.now() + timeoutMs }),
    ...(run.meter && { meter: new ScanMeter(run.meter) }),
  });
  queriesStarted++;
  begin(run.context, run.overlay.mutations);
  queries.see(run.bulks);
  overlayTables.create(run.overlay.mutations);
  rowOverlayTables.create(run.overlay.rows);
  running = { rows: queries.prepare(run.sql).iterate(run.parameters), batchRows: run.batchRows };
}

/** By what the query failed behind the rows of the last batch. */
let failure: unknown;

function nextBatch({ rows, batchRows }: Running): FromReader {
  if (failure !== undefined) throw failure;
  // A query without a scan calls no tick, and a cancel may have come between two batches.
  queries.guard.check();
  const batch: SqliteValue[][] = [];
  let bytes = 0;
  try {
    while (batch.length < batchRows && bytes < BATCH_BYTES) {
      const step = rows.next();
      if (step.done) {
        finish();
        return { kind: "rows", rows: batch, last: true };
      }
      batch.push(step.value);
      for (const value of step.value) bytes += lengthOf(value);
    }
  } catch (error) {
    if (batch.length === 0) throw error;
    failure = error;
  }
  return { kind: "rows", rows: batch, last: false };
}

const lengthOf = (value: SqliteValue): number =>
  typeof value === "string" || value instanceof Uint8Array ? value.length : 0;

function finish(): void {
  running?.rows.return();
  running = undefined;
  queries.guard.end();
  failure = undefined;
  tuples.release();
  overlayTables.drop();
  rowOverlayTables.drop();
}

function answer(message: ToReader): FromReader {
  if (message.kind === "run") start(message);
  if (message.kind === "stop" || !running) {
    finish();
    return { kind: "rows", rows: [], last: true };
  }
  return nextBatch(running);
}

port.on("message", (message: ToReader) => {
  let reply: FromReader;
  try {
    reply = answer(message);
  } catch (error) {
    finish();
    reply = { kind: "failed", error: encodeError(error) };
  }
  port.postMessage(reply);
});
