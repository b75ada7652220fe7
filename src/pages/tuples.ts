/** Keyed reads with statements that are prepared once and kept. */
import type Database from "better-sqlite3";
import type { Epoch, Oid } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import { type Bound, RowCodec } from "./codec.ts";
import { isCover, type TableLayout } from "./layout.ts";
import { columnNames, equalities, indexName, quoteName, VISIBLE } from "./schema.ts";
import type { TupleReader } from "./store.ts";
import type { TupleVersion } from "./visibility.ts";

/** A row as SQLite returned it: its values, or a JSON array of them; see RowCodec.packed. */
type RawRow = unknown[] | string;
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
    if (found.length === 0) return undefined;
    // The row is followed by its database, so that a database's own can be told from a built-in
    // one.
    let row = parse(found[0] as RawRow);
    if (Number(row.pop()) === 0 && found.length > 1) {
      row = parse(found[1] as RawRow);
      row.pop();
    }
    const decoded = reads.codec.decode(row);
    return isCover(table, decoded) ? undefined : decoded;
  }

  /** For statements that replace built-in rows, which are few: nothing is kept prepared. */
  getOwn(table: TableLayout, db: Oid, key: readonly Value[], epoch: Epoch): Row | undefined {
    const codec = new RowCodec(table);
    const where = `${equalities(table, table.key)} AND db = ? AND xmin <= ? AND xmax > ?`;
    const sql = `SELECT ${rowOf(table, codec)} FROM ${quoteName(table.name)} WHERE ${where}`;
    const parameters: Bound[] = [];
    codec.encodeColumns(table.key, key, parameters, 0);
    return decodeAll(codec, this.#read(codec, sql).all(...parameters, db, epoch, epoch))[0];
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
    return visibleRows(table, reads.codec, read.all(parameters as never));
  }

  scan(table: TableLayout, db: Oid, epoch: Epoch): Row[] {
    const reads = this.#tables.get(table.rel) ?? this.#prepare(table);
    return visibleRows(table, reads.codec, reads.scan.all(db, epoch, epoch));
  }

  /** For DROP DATABASE, which no hot path is: nothing is kept prepared. */
  scanOwn(table: TableLayout, db: Oid, epoch: Epoch): Row[] {
    const codec = new RowCodec(table);
    const from = `FROM ${quoteName(table.name)}`;
    const sql = `SELECT ${rowOf(table, codec)} ${from} WHERE db = ? AND xmin <= ? AND ? < xmax`;
    return decodeAll(codec, this.#read(codec, sql).all(db, epoch, epoch));
  }

  /** Every stored version, for dumps and checks: nothing is kept prepared. */
  versions(table: TableLayout): TupleVersion[] {
    const codec = new RowCodec(table);
    const sql = `SELECT ${rowOf(table, codec, "db, xmin, xmax")} FROM ${quoteName(table.name)}`;
    return this.#read(codec, sql)
      .all()
      .map((read) => {
        const raw = parse(read);
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
        `SELECT ${rowOf(table, codec, "db")} ${from} WHERE ${key} AND ${VISIBLE}`,
      ),
      getParameters: new Array(table.key.length + 3).fill(null),
      scan: this.#read(codec, `SELECT ${homedRowOf(table, codec)} ${from} WHERE ${VISIBLE}`),
      lookups: table.indexes.map(() => []),
    };
    this.#tables.set(table.rel, reads);
    return reads;
  }

  #prepareLookup(table: TableLayout, reads: TableReads, index: number, columns: number) {
    const where = equalities(table, (table.indexes[index] ?? []).slice(0, columns));
    const from = `FROM ${quoteName(table.name)} INDEXED BY ${quoteName(indexName(table, index))}`;
    const sql = `SELECT ${homedRowOf(table, reads.codec)} ${from} WHERE ${where} AND ${VISIBLE}`;
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
    if (codec.packed) return statement.pluck(true);
    return statement.raw(true).safeIntegers(codec.safeIntegers);
  }
}

/** The columns to read for a row, and whatever `more` wants behind it. */
function rowOf(table: TableLayout, codec: RowCodec, more?: string): string {
  const columns = more === undefined ? columnNames(table) : `${columnNames(table)}, ${more}`;
  return codec.packed ? `json_array(${columns})` : columns;
}

/** Where rows hide others, each is followed by its database. */
const homedRowOf = (table: TableLayout, codec: RowCodec): string =>
  rowOf(table, codec, table.cover === undefined ? undefined : "db");

const parse = (raw: RawRow): unknown[] => (typeof raw === "string" ? JSON.parse(raw) : raw);

/** Rows as `homedRowOf` reads them, without covers and what they and others hide. */
function visibleRows(table: TableLayout, codec: RowCodec, raw: RawRow[]): Row[] {
  if (table.cover === undefined) return decodeAll(codec, raw);
  const builtIn: Row[] = [];
  const own: Row[] = [];
  for (const read of raw) {
    const values = parse(read);
    const home = Number(values.pop());
    (home === 0 ? builtIn : own).push(codec.decode(values));
  }
  if (own.length === 0) return builtIn;
  const keyOf = (row: Row) => table.key.map((at) => row[at]).join("\0");
  const hidden = new Set(own.map(keyOf));
  return [
    ...builtIn.filter((row) => !hidden.has(keyOf(row))),
    ...own.filter((row) => !isCover(table, row)),
  ];
}

function decodeAll(codec: RowCodec, raw: RawRow[]): Row[] {
  const rows = raw as unknown[];
  for (let i = 0; i < rows.length; i++) rows[i] = codec.decode(parse(raw[i] as RawRow));
  return rows as Row[];
}
