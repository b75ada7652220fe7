/**
 * INSERTING VERSIONS OF ONE RELATION. Handing a value over to SQLite costs about a fifteenth of an
 * insert, and most rows of a catalog agree in most of their columns. So from some rows the values
 * that they share are learnt and written into the text of a statement, a *shape*, which is then
 * given only the others. A row that fits no shape goes through the statement that is given
 * everything, and is learnt from.
 */
import type Database from "better-sqlite3";
import type { Epoch, Oid } from "../base/ids.ts";
import type { Row } from "../base/value.ts";
import { type Bound, RowCodec } from "./codec.ts";
import type { TableLayout } from "./layout.ts";
import { LIVE, quoteName } from "./schema.ts";

type Insert = Database.Statement<unknown[]>;

interface Shape {
  readonly insert: Insert;
  /** Positions whose values are in the text, and those values. */
  readonly fixed: readonly number[];
  readonly values: readonly Bound[];
  /** Positions that are handed over, in order. */
  readonly free: readonly number[];
  readonly parameters: Bound[];
}

const SHAPES_MAX = 4;
/** Rows from which a shape is learnt. */
const SAMPLE_ROWS = 32;
/** A shape with fewer shared values is not worth comparing them. */
const FIXED_MIN = 6;
const TEXT_LENGTH_MAX = 16;

export class RowInsert {
  readonly #db: Database.Database;
  readonly #table: TableLayout;
  readonly #codec: RowCodec;
  readonly #insert: Insert;
  readonly #parameters: Bound[];
  #shapes: Shape[] = [];
  #sampled = 0;
  readonly #sample: Bound[] = [];
  /** Whether all sampled rows agree in a column. */
  readonly #agree: boolean[] = [];

  constructor(db: Database.Database, table: TableLayout) {
    this.#db = db;
    this.#table = table;
    this.#codec = new RowCodec(table);
    const all = new Array(this.#codec.width).fill("?");
    this.#insert = this.#prepare(all);
    this.#parameters = new Array(all.length + 2).fill(null);
  }

  run(db: Oid, epoch: Epoch, row: Row): void {
    const parameters = this.#parameters;
    this.#codec.encode(row, parameters, 2);
    for (const shape of this.#shapes) {
      if (!fits(shape, parameters)) continue;
      const { free, insert } = shape;
      const given = shape.parameters;
      given[0] = db;
      given[1] = epoch;
      for (let i = 0; i < free.length; i++) given[i + 2] = parameters[free[i] as number] as Bound;
      insert.run(given);
      return;
    }
    parameters[0] = db;
    parameters[1] = epoch;
    this.#insert.run(parameters);
    this.#learn();
  }

  #learn(): void {
    const { width } = this.#codec;
    for (let at = 0; at < width; at++) {
      const value = this.#parameters[at + 2] as Bound;
      if (this.#sampled === 0) {
        this.#sample[at] = value;
        this.#agree[at] = true;
      } else if (this.#sample[at] !== value) this.#agree[at] = false;
    }
    if (++this.#sampled < SAMPLE_ROWS) return;
    this.#sampled = 0;
    this.#addShape();
  }

  #addShape(): void {
    const texts = this.#sample.map((value, at) =>
      this.#agree[at] && this.#table.columns[at]?.storedAs !== "real" ? literal(value) : undefined,
    );
    const positions = texts.map((_, at) => at + 2);
    const fixed = positions.filter((at) => texts[at - 2] !== undefined);
    if (fixed.length < FIXED_MIN) return;
    const free = positions.filter((at) => texts[at - 2] === undefined);
    const shape: Shape = {
      insert: this.#prepare(texts.map((text) => text ?? "?")),
      fixed,
      values: fixed.map((at) => this.#sample[at - 2] as Bound),
      free,
      parameters: new Array(free.length + 2).fill(null),
    };
    this.#shapes = [shape, ...this.#shapes.slice(0, SHAPES_MAX - 1)];
  }

  #prepare(values: readonly string[]): Insert {
    const table = quoteName(this.#table.name);
    return this.#db.prepare(`INSERT INTO ${table} VALUES (?, ?, ${LIVE}, ${values.join(", ")})`);
  }
}

function fits({ fixed, values }: Shape, parameters: readonly Bound[]): boolean {
  for (let i = 0; i < fixed.length; i++) {
    if (parameters[fixed[i] as number] !== values[i]) return false;
  }
  return true;
}

/** The value as SQL text that stores exactly what binding it would; undefined when it has none. */
function literal(value: Bound): string | undefined {
  if (value === null) return "NULL";
  if (Number.isInteger(value)) return String(value);
  if (typeof value !== "string" || value.length > TEXT_LENGTH_MAX) return undefined;
  return /^[\x20-\x7e]*$/.test(value) ? `'${value.replaceAll("'", "''")}'` : undefined;
}
