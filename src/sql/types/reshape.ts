/**
 * VALUES WHOSE COMPOSITE TYPE HAS GOT OTHER COLUMNS: they have each column of the type, and no
 * other, so they are made anew, and so is what holds some: arrays, ranges, records, domains over
 * those.
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import type { RowShapes } from "../../catalog/ddl/row-work.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgRange } from "../../catalog/relations/pg-range.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { decodeArray, encodeArray } from "./array-value.ts";
import { withBounds } from "./ranges.ts";
import { withFields } from "./records.ts";
import type { Scalar } from "./scalar.ts";

type Reshape = (value: Scalar) => Scalar;

export class Reshaper {
  readonly #shapes: RowShapes;
  readonly #catalog: CatalogReader;
  readonly #known = new Map<Oid, Reshape | undefined>();

  /** `catalog`: with the columns as they are now. */
  constructor(shapes: RowShapes, catalog: CatalogReader) {
    this.#shapes = shapes;
    this.#catalog = catalog;
  }

  /** How values of the type become what they must be; undefined: they are that. */
  of(type: Oid): Reshape | undefined {
    if (type < FIRST_USER_OID) return undefined;
    if (!this.#known.has(type)) {
      const made = this.#make(type);
      this.#known.set(type, made && ((value) => (value === null ? null : made(String(value)))));
    }
    return this.#known.get(type);
  }

  /** The columns that a value of the type has now, and the place of each in an older one, or -1. */
  fieldsOf(type: Oid) {
    const relation = this.#catalog.find(pgType, "key", [type])?.typrelid;
    const before = relation && this.#shapes.get(relation);
    return before
      ? this.#columns(relation).map((row) => ({ row, place: before.indexOf(row.attnum) }))
      : undefined;
  }

  #columns(relation: Oid) {
    return this.#catalog
      .list(pgAttribute, "key", [relation])
      .filter(({ attnum, attisdropped }) => attnum > 0 && !attisdropped)
      .toSorted((a, b) => a.attnum - b.attnum);
  }

  #make(type: Oid): ((value: string) => Scalar) | undefined {
    const row = this.#catalog.find(pgType, "key", [type]);
    switch (row?.typtype) {
      case "d":
        return this.of(row.typbasetype);
      case "c":
        return this.#record(type, row.typrelid);
      case "b":
        return row.typlen === -1 ? this.#array(row.typelem) : undefined;
      case "r":
        return this.#range(this.#catalog.find(pgRange, "key", [type])?.rngsubtype);
      case "m":
        return this.#range(this.#catalog.find(pgRange, "rngmultitypid", [type])?.rngsubtype);
      default:
        return undefined;
    }
  }

  #record(type: Oid, relation: Oid) {
    const fields =
      this.fieldsOf(type) ?? this.#columns(relation).map((row, place) => ({ row, place }));
    const reshapes = fields.map(({ row }) => this.of(row.atttypid));
    if (!this.#shapes.has(relation) && reshapes.every((each) => !each)) return undefined;
    const types = fields.map(({ row }) => row.atttypid);
    return (value: string) =>
      withFields(value, types, (old) =>
        fields.map(({ place }, at) => {
          const kept = old[place] ?? null;
          return reshapes[at]?.(kept) ?? kept;
        }),
      );
  }

  #array(type: Oid) {
    const reshape = this.of(type);
    if (!reshape) return undefined;
    return (value: string) => {
      const array = decodeArray(value, "text");
      return encodeArray({ ...array, elements: array.elements.map(reshape) });
    };
  }

  #range(type: Oid | undefined) {
    const reshape = type && this.of(type);
    return reshape ? (value: string) => withBounds(value, reshape) : undefined;
  }
}
