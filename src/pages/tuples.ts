/** Keyed reads with statements that are prepared once and kept. */
import type Database from "better-sqlite3";
import type { Epoch, Oid } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import { type Bound, RowCodec } from "./codec.ts";
import type { TableLayout } from "./layout.ts";
import { columnNames, equalities, indexName, quoteName, VISIBLE } from "./schema.ts";
import type { TupleReader } from "./store.ts";
import type { TupleVersion } from "./visibility.ts";

/** db first, so that a database's own row can be told from a built-in one. */
type RawRow = unknown[];
type Read = Database.Statement<Bound[], RawRow>;

interface TableReads {
  readonly codec: RowCodec;
  readonly get: Read;
  readonly getParameters: Bound[];
  readonly scan: Read;
  /** By index, then by the number of columns given. */
  readonly lookups: ({ readonly read: Read; readonly parameters: Bound[] } | undefined)[][];
}

export class SqliteTupleReader implements TupleReader {
  readonly #db: Database.Database;
  readonly #tables = new Map<Oid, TableReads>();

  constructor(db: Database.Database) {
    this.#db = db;
  }

  get(table: TableLayout, db: Oid, key: readonly Value[], epoch: Epoch): Row | undefined {
    const reads = this.#tables.get(table.rel) ?? this.#prepare(table);
    const parameters = reads.getParameters;
    const n = key.length;
    reads.codec.encodeColumns(table.key, key, parameters, 0);
    parameters[n] = db;
    parameters[n + 1] = epoch;
    parameters[n + 2] = epoch;
    const found = reads.get.all(parameters as never);
    const first = found[0];
    if (first === undefined) return undefined;
    const second = found[1];
    if (second !== undefined && Number(second.at(-1)) > Number(first.at(-1))) {
      return withoutDatabase(reads.codec, second);
    }
    return withoutDatabase(reads.codec, first);
  }

  lookup(
    table: TableLayout,
    index: number,
    db: Oid,
    prefix: readonly Value[],
    epoch: Epoch,
  ): Row[] {
    const n = prefix.length;
    if (n === 0) return this.scan(table, db, epoch);
    const reads = this.#tables.get(table.rel) ?? this.#prepare(table);
    const columns = table.indexes[index] as readonly number[];
    const { read, parameters } =
      reads.lookups[index]?.[n] ?? this.#prepareLookup(table, reads, index, n);
    reads.codec.encodeColumns(columns, prefix, parameters, 0);
    parameters[n] = db;
    parameters[n + 1] = epoch;
    parameters[n + 2] = epoch;
    return decodeAll(reads.codec, read.all(parameters as never));
  }

  scan(table: TableLayout, db: Oid, epoch: Epoch): Row[] {
    const reads = this.#tables.get(table.rel) ?? this.#prepare(table);
    return decodeAll(reads.codec, reads.scan.all(db, epoch, epoch));
  }

  /** Every stored version, for dumps and checks: nothing is kept prepared. */
  versions(table: TableLayout): TupleVersion[] {
    const codec = new RowCodec(table);
    const sql = `SELECT ${columnNames(table)}, db, xmin, xmax FROM ${quoteName(table.name)}`;
    return this.#read(codec, sql)
      .all()
      .map((raw) => {
        const [db, xmin, xmax] = raw.splice(codec.width).map(Number);
        return { db: db as Oid, xmin: xmin as Epoch, xmax: xmax as Epoch, row: codec.decode(raw) };
      });
  }

  #prepare(table: TableLayout): TableReads {
    const codec = new RowCodec(table);
    const from = `FROM ${quoteName(table.name)}`;
    const key = equalities(table, table.key);
    const reads: TableReads = {
      codec,
      get: this.#read(
        codec,
        `SELECT ${columnNames(table)}, db ${from} WHERE ${key} AND ${VISIBLE}`,
      ),
      getParameters: new Array(table.key.length + 3).fill(null),
      scan: this.#read(codec, `SELECT ${columnNames(table)} ${from} WHERE ${VISIBLE}`),
      lookups: table.indexes.map(() => []),
    };
    this.#tables.set(table.rel, reads);
    return reads;
  }

  #prepareLookup(table: TableLayout, reads: TableReads, index: number, columns: number) {
    const where = equalities(table, (table.indexes[index] ?? []).slice(0, columns));
    const from = `FROM ${quoteName(table.name)} INDEXED BY ${quoteName(indexName(table, index))}`;
    const sql = `SELECT ${columnNames(table)} ${from} WHERE ${where} AND ${VISIBLE}`;
    const lookup = {
      read: this.#read(reads.codec, sql),
      parameters: new Array<Bound>(columns + 3).fill(null),
    };
    const lookups = reads.lookups[index];
    if (lookups) lookups[columns] = lookup;
    return lookup;
  }

  #read(codec: RowCodec, sql: string): Read {
    const statement = this.#db.prepare<Bound[], RawRow>(sql);
    return statement.raw(true).safeIntegers(codec.safeIntegers);
  }
}

function withoutDatabase(codec: RowCodec, raw: RawRow): Row {
  raw.pop();
  return codec.decode(raw);
}

function decodeAll(codec: RowCodec, raw: RawRow[]): Row[] {
  for (const row of raw) codec.decode(row);
  return raw as Row[];
}
