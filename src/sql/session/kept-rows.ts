/**
 * KEPT ROWS: the whole result of a suspended portal or a cursor, in the order of its query. Up to
 * work_mem they are kept in memory; a larger result goes to a file, block by block, of which one is
 * in memory at a time. Either way nothing of the query is left running: no snapshot, no reader.
 *
 *   file    block block block …          a block: rows one after the other, BLOCK_BYTES and up
 *   memory  per block: where it begins, and the number of its first row
 */
import { ByteReader, ByteWriter } from "../../base/bytes.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { RowSource } from "./command.ts";
import type { ResultRow, SpillFile } from "./engine.ts";
import { bytesOfRow, decodeRow, encodeRow } from "./row-codec.ts";
import { isAtHand, pull } from "./rows.ts";
import type { SessionState } from "./state.ts";

export interface KeptRows {
  readonly length: number;
  /** The error by which the query ended behind these rows. */
  readonly failure: SqlError | undefined;
  /** Rows [from, to), counted from 0; `backwards` from the last one to the first. */
  rows(from: number, to: number, backwards: boolean): RowSource;
  /** Idempotent. */
  close(): void;
}

const BLOCK_BYTES = 64 * 1024;
const NOTHING = () => {};

/** Keeps what a query answers. `columns` = how many values a row has. Throws 53100, 53400. */
export function keepRows(
  state: SessionState,
  source: RowSource,
  columns: number,
): KeptRows | Promise<KeptRows> {
  const memory = state.settings.number("work_mem") * 1024;
  if (isAtHand(source) && bytesOf(source) <= memory) return new RowsInMemory(source, undefined);
  return keepAll(state, source, columns, memory);
}

const bytesOf = (rows: readonly ResultRow[]): number =>
  rows.reduce((bytes, row) => bytes + bytesOfRow(row), 0);

async function keepAll(
  state: SessionState,
  source: RowSource,
  columns: number,
  memory: number,
): Promise<KeptRows> {
  const keeper = new Keeper(state, columns, memory);
  try {
    if (isAtHand(source)) await keeper.add(source);
    else await pull(state, source, (batch) => keeper.add(batch));
    return await keeper.finish(undefined);
  } catch (error) {
    // What its own client or clock has ended has no rows before the error.
    const isOfQuery = error instanceof SqlError && !state.interrupts.raised && !keeper.isFull;
    if (isOfQuery) return keeper.finish(error);
    keeper.abandon();
    throw error;
  }
}

/** Gathers rows: in memory first, in a file from the limit on. */
class Keeper {
  readonly #state: SessionState;
  readonly #columns: number;
  readonly #memory: number;
  #rows: ResultRow[] = [];
  #bytes = 0;
  #spilled: SpilledRows | undefined;
  /** A limit was reached: the error is not the query's. */
  isFull = false;

  constructor(state: SessionState, columns: number, memory: number) {
    this.#state = state;
    this.#columns = columns;
    this.#memory = memory;
  }

  async add(batch: readonly ResultRow[]): Promise<void> {
    if (this.#spilled !== undefined) return this.#spill(batch);
    for (const row of batch) {
      this.#rows.push(row);
      this.#bytes += bytesOfRow(row);
    }
    if (this.#bytes <= this.#memory) return undefined;
    this.#spilled = new SpilledRows(this.#state, this.#columns);
    const rows = this.#rows;
    this.#rows = [];
    return this.#spill(rows);
  }

  async #spill(rows: readonly ResultRow[]): Promise<void> {
    try {
      await this.#spilled?.add(rows);
    } catch (error) {
      this.isFull = true;
      throw error;
    }
  }

  async finish(failure: SqlError | undefined): Promise<KeptRows> {
    const spilled = this.#spilled;
    if (spilled === undefined) return new RowsInMemory(this.#rows, failure);
    await spilled.finish(failure);
    return spilled;
  }

  abandon(): void {
    this.#spilled?.close();
  }
}

export class RowsInMemory implements KeptRows {
  readonly failure: SqlError | undefined;
  readonly #rows: readonly ResultRow[];

  constructor(rows: readonly ResultRow[], failure: SqlError | undefined) {
    this.#rows = rows;
    this.failure = failure;
  }

  get length(): number {
    return this.#rows.length;
  }
  rows(from: number, to: number, backwards: boolean): RowSource {
    const part = this.#rows.slice(from, to);
    return backwards ? part.reverse() : part;
  }
  readonly close = NOTHING;
}

interface Block {
  readonly firstRow: number;
  readonly offset: number;
  readonly bytes: number;
  readonly count: number;
}

class SpilledRows implements KeptRows {
  failure: SqlError | undefined;
  length = 0;
  readonly #state: SessionState;
  readonly #columns: number;
  readonly #blocks: Block[] = [];
  readonly #writer = new ByteWriter(2 * BLOCK_BYTES);
  #file: SpillFile | undefined;
  /** Bytes of the file, and rows in it; what is behind them waits in the writer. */
  #size = 0;
  #written = 0;
  #closed = false;
  /** The block that was read last. */
  #recent: { readonly block: Block; readonly rows: readonly ResultRow[] } | undefined;

  constructor(state: SessionState, columns: number) {
    this.#state = state;
    this.#columns = columns;
  }

  async add(rows: readonly ResultRow[]): Promise<void> {
    for (const row of rows) {
      encodeRow(this.#writer, row);
      this.length += 1;
      if (this.#writer.length >= BLOCK_BYTES) await this.#writeBlock();
    }
  }

  async finish(failure: SqlError | undefined): Promise<void> {
    this.failure = failure;
    if (this.#writer.length > 0) await this.#writeBlock();
  }

  async #writeBlock(): Promise<void> {
    const bytes = this.#writer.bytes();
    this.#state.spillSpace.take(bytes.length);
    const offset = this.#size;
    this.#size += bytes.length;
    this.#file ??= await this.#state.engine.createSpillFile();
    await this.#file.write(bytes, offset);
    const count = this.length - this.#written;
    this.#blocks.push({ firstRow: this.#written, offset, bytes: bytes.length, count });
    this.#written = this.length;
    this.#writer.reset();
  }

  async *rows(from: number, to: number, backwards: boolean): AsyncGenerator<readonly ResultRow[]> {
    if (from >= to) return;
    const step = backwards ? -1 : 1;
    const last = this.#blockOf(backwards ? from : to - 1);
    for (let at = this.#blockOf(backwards ? to - 1 : from); ; at += step) {
      const block = this.#blocks[at] as Block;
      const rows = await this.#read(block);
      const begin = Math.max(from - block.firstRow, 0);
      const part = rows.slice(begin, to - block.firstRow);
      yield backwards ? part.reverse() : part;
      if (at === last) return;
    }
  }

  /** Index of the block that holds a row. */
  #blockOf(row: number): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#blocks[middle] as Block).firstRow <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  async #read(block: Block): Promise<readonly ResultRow[]> {
    if (this.#recent?.block === block) return this.#recent.rows;
    const bytes = Buffer.allocUnsafe(block.bytes);
    await this.#file?.read(bytes, block.offset);
    const reader = new ByteReader(bytes);
    const rows = Array.from({ length: block.count }, () => decodeRow(reader, this.#columns));
    this.#recent = { block, rows };
    return rows;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#recent = undefined;
    this.#state.spillSpace.release(this.#size);
    this.#file?.remove();
  }
}
