/**
 * WHERE ROWS ARE that a statement writes: in the table that it names or in one below it, whose
 * columns have the same names, and may have other numbers.
 */
import type { Oid } from "../../base/ids.ts";
import type { SqlError } from "../../base/sql-error.ts";
import type { Scalar } from "../types/scalar.ts";
import type { TableShape } from "./table-shape.ts";
import type { RowEngine, TableWriter } from "./table-writer.ts";
import { checkRow, type RowChecks } from "./view-checks.ts";
import { type WritingIds, type WrittenRow, writtenValue } from "./written-row.ts";

type Row = readonly Scalar[];

const TABLEOID = -6;

export class Place {
  readonly writer: TableWriter;
  readonly #named: TableShape;
  /** Numbers of the named table's columns here; undefined: they are the same. */
  readonly #numbers: ReadonlyMap<number, number> | undefined;
  /** Versions that the statement has dealt with: a join may find one twice. */
  readonly done = new Set<number>();
  readonly #given: readonly number[];

  constructor(named: TableShape, writer: TableWriter, given: readonly number[] = []) {
    this.writer = writer;
    this.#given = given;
    this.#named = named;
    this.#numbers = numbersIn(named, writer.shape);
  }

  numberOf(attribute: number): number {
    return this.#numbers?.get(attribute) ?? attribute;
  }

  /** A row of the named table as one of this: what only this table has is NULL. */
  rowHere(row: Scalar[]): Scalar[] {
    if (!this.#numbers) return row;
    const own: Scalar[] = new Array(this.writer.shape.width).fill(null);
    for (const [named, here] of this.#numbers) own[here - 1] = row[named - 1] ?? null;
    return own;
  }

  /** A row of this table as one of the named. */
  rowNamed(row: Row): Row {
    if (!this.#numbers) return row;
    const named: Scalar[] = new Array(this.#named.width).fill(null);
    for (const [number, here] of this.#numbers) named[number - 1] = row[here - 1] ?? null;
    return named;
  }

  /** See TableWriter; messages show the row as the named table's. Policies speak first. */
  complete(row: Scalar[], checks: RowChecks | undefined, engine: RowEngine): void {
    this.writer.complete(
      row,
      () => this.#shown(row),
      () => this.check(checks, row, engine),
    );
  }

  #shown(row: Row) {
    return { shape: this.#named, row: this.rowNamed(row), given: this.#given };
  }

  /** 23514 for a row of this table that belongs elsewhere. */
  wrongPartition(row: Row): SqlError {
    return this.writer.wrongPartition(() => this.#shown(row));
  }

  /** Of a row of this table. */
  check(checks: RowChecks | undefined, row: readonly Scalar[], engine: RowEngine): void {
    if (checks) checkRow(checks, this.#named, this.rowNamed(row), engine, this.#given);
  }

  /** What RETURNING shows of a row of this table. */
  written(row: WrittenRow, ids: WritingIds): (attribute: number) => Scalar {
    const named = { ...row, row: this.rowNamed(row.row) };
    const at = { shape: this.#named, storage: this.writer.shape.storage };
    return (attribute) =>
      attribute === TABLEOID
        ? BigInt(this.writer.shape.oid)
        : writtenValue(at, named, attribute, ids);
  }
}

/** A row of the place whose columns, by their numbers in the named table, have new values. */
export function withValues(
  place: Place,
  row: Row,
  columns: readonly number[],
  values: readonly Scalar[],
): Scalar[] {
  const made = [...row];
  columns.forEach((number, at) => {
    made[place.numberOf(number) - 1] = values[at] ?? null;
  });
  return made;
}

function numbersIn(named: TableShape, own: TableShape): ReadonlyMap<number, number> | undefined {
  if (named.oid === own.oid) return undefined;
  const byName = new Map(own.columns.map(({ name, number }) => [name, number]));
  const numbers = new Map<number, number>();
  for (const { name, number } of named.columns) numbers.set(number, byName.get(name) ?? number);
  const isSame = named.width === own.width && [...numbers].every(([from, to]) => from === to);
  return isSame ? undefined : numbers;
}

/** The places of one statement, each made when a row is first found to be there. */
export class Places {
  readonly #named: TableShape;
  readonly #writerOf: (relation: Oid) => TableWriter;
  readonly #places = new Map<Oid, Place>();
  readonly #given: readonly number[];

  /** `given`: columns of the named table whose values the statement says. */
  constructor(
    named: TableShape,
    writerOf: (relation: Oid) => TableWriter,
    given: readonly number[] = [],
  ) {
    this.#named = named;
    this.#given = given;
    this.#writerOf = writerOf;
  }

  get(relation: Oid): Place {
    const known = this.#places.get(relation);
    if (known) return known;
    const place = new Place(this.#named, this.#writerOf(relation), this.#given);
    this.#places.set(relation, place);
    return place;
  }
}
