/**
 * A catalog reader that remembers what it was asked, so that an answer built from it can be checked
 * again later.
 */
import type { Oid } from "../../base/ids.ts";
import type { Row, Value } from "../../base/value.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Columns, Relation, Tuple } from "../../catalog/relation.ts";

/** One look-up and what it found; failed ones count too. */
export interface LookUp {
  readonly relation: Relation;
  readonly index: string;
  readonly values: readonly Value[];
  readonly kind: "find" | "list";
  readonly found: readonly Row[];
}

export class RecordingReader implements CatalogReader {
  readonly lookUps: LookUp[] = [];
  /** A whole relation was read: only an unchanged epoch makes the answer good. */
  readWholly = false;
  readonly #reader: CatalogReader;

  constructor(reader: CatalogReader) {
    this.#reader = reader;
  }

  get database(): Oid {
    return this.#reader.database;
  }

  get session(): number | undefined {
    return this.#reader.session;
  }

  isNewLabel(label: Oid): boolean {
    return this.#reader.isNewLabel?.(label) ?? false;
  }

  find<C extends Columns>(
    relation: Relation<C>,
    index: string,
    values: readonly Value[],
  ): Tuple<C> | undefined {
    const tuple = this.#reader.find(relation, index, values);
    this.#record(relation, index, values, "find", tuple ? [tuple.values] : []);
    return tuple;
  }

  list<C extends Columns>(
    relation: Relation<C>,
    index: string,
    prefix: readonly Value[],
  ): readonly Tuple<C>[] {
    const tuples = this.#reader.list(relation, index, prefix);
    const found = tuples.map((tuple) => tuple.values);
    this.#record(relation, index, prefix, "list", found);
    return tuples;
  }

  all<C extends Columns>(relation: Relation<C>): Iterable<Tuple<C>> {
    this.readWholly = true;
    return this.#reader.all(relation);
  }

  #record<C extends Columns>(
    relation: Relation<C>,
    index: string,
    values: readonly Value[],
    kind: LookUp["kind"],
    found: readonly Row[],
  ): void {
    this.lookUps.push({ relation: relation as unknown as Relation, index, values, kind, found });
  }
}

/** Whether every look-up finds the same rows now. */
export const holds = (lookUps: readonly LookUp[], reader: CatalogReader): boolean =>
  lookUps.every(({ relation, index, values, kind, found }) => {
    if (kind === "list") {
      const now = reader.list(relation, index, values);
      return now.length === found.length && now.every((row, at) => same(row.values, found[at]));
    }
    const now = reader.find(relation, index, values);
    return same(now?.values, found[0]);
  });

function same(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  }
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((value, at) => same(value, b[at]));
}
