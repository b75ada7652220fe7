/**
 * FOREIGN KEYS, looked at when a statement has written its rows (or when the transaction commits,
 * if they are deferred), as PostgreSQL's triggers do. https://www.postgresql.org/docs/15/ddl-
 * constraints.html
 *
 *   a row was added or its key changed   the referenced row must be there; it is locked KEY SHARE
 *   a row went or its key changed        rows that refer to the old key: refused, or changed along
 *
 * Both read the newest committed rows and the transaction's own, whatever its snapshot.
 */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { TriggerEvent } from "../../catalog/trigger-bits.ts";
import type { Scalar } from "../types/scalar.ts";
import { formatText, parseText } from "../types/type-io.ts";
import { Place, Places } from "./places.ts";
import { placesWith, type RoutingEngine } from "./router.ts";
import { type KeyType, keyText, mayRead } from "./row-text.ts";
import type { Steps } from "./steps.ts";
import type { ForeignKeyShape, TableShape } from "./table-shape.ts";
import type { RowEngine, TableWriter } from "./table-writer.ts";
import type { Happening, Trigger, TriggerEngine } from "./triggers.ts";

/** What happened to a row. */
export type RowEvent =
  | {
      readonly kind: "added";
      readonly writer: TableWriter;
      readonly version: number;
      readonly row: readonly Scalar[];
      /** The row that it replaced. */
      readonly old?: readonly Scalar[];
    }
  | {
      readonly kind: "ended";
      readonly writer: TableWriter;
      readonly old: readonly Scalar[];
      /** The row that replaced it; undefined = deleted. */
      readonly now: readonly Scalar[] | undefined;
      /** It is in another partition: there is an event of the table that has both. */
      readonly isMoved?: boolean;
    }
  | {
      /** A row that triggers of the table, which the statement names, ask for. */
      readonly kind: "captured";
      readonly writer: TableWriter;
      readonly happened: Happening;
    }
  | {
      /** Something begins to write to a table: what is called once, at once. */
      readonly kind: "begins";
      readonly writer: TableWriter;
      readonly event: TriggerEvent;
      readonly call: () => void;
    }
  | {
      /** An AFTER trigger that is to fire. */
      readonly kind: "fired";
      readonly writer: TableWriter;
      readonly trigger: Trigger;
      readonly happened: Happening;
    };

/** What foreign keys need beside writing. */
export interface ForeignKeyEngine extends RoutingEngine, TriggerEngine {
  /** Live versions of a table with these values, and their rows. */
  findRows(shape: TableShape, attributes: readonly number[], values: readonly Scalar[]): FoundRow[];
  /** What is to be done before more rows are looked up, when many were. */
  gather(): Steps<void> | undefined;
  /** 40001 for a row that a snapshot which must not change does not see. */
  checkSeen(storage: Oid, version: number): void;
  /** The value that SET DEFAULT gives a column. */
  defaultOf(shape: TableShape, attribute: number): Scalar;
}

export interface FoundRow {
  readonly version: number;
  readonly row: readonly Scalar[];
}

export const valuesOf = (row: readonly Scalar[], attributes: readonly number[]): Scalar[] =>
  attributes.map((attribute) => row[attribute - 1] ?? null);

/** A row that refers to what its old row referred to is not looked at again. */
export function changesReference(
  { childAttributes }: ForeignKeyShape,
  { row, old }: RowEvent & { readonly kind: "added" },
): boolean {
  if (old === undefined) return true;
  return !sameValues(valuesOf(old, childAttributes), valuesOf(row, childAttributes));
}

/** Whether rows may have referred to the old key and cannot any more. */
export function changesReferenced(
  { parentAttributes }: ForeignKeyShape,
  { old, now }: RowEvent & { readonly kind: "ended" },
): boolean {
  if (now === undefined) return true;
  const before = valuesOf(old, parentAttributes);
  return !before.includes(null) && !sameValues(before, valuesOf(now, parentAttributes));
}

/** The referenced row of a new child row must exist. */
export function checkReference(
  engine: ForeignKeyEngine,
  key: ForeignKeyShape,
  writer: TableWriter,
  version: number,
): void {
  const state = engine.rows.stateOf(writer.shape.storage, version);
  // Changed or deleted again by the same statement: what became of it is an event of its own.
  if (state.state !== "live") return;
  checkReferenceOf(engine, key, writer, writer.padded(state.row as readonly Scalar[]), true);
}

/** The row that a row refers to must exist; `lock`: and must not go. */
export function checkReferenceOf(
  engine: ForeignKeyEngine,
  key: ForeignKeyShape,
  writer: TableWriter,
  row: readonly Scalar[],
  lock: boolean,
): void {
  const values = valuesOf(row, key.childAttributes);
  const nulls = values.filter((value) => value === null).length;
  if (nulls > 0) {
    if (key.match === "f" && nulls < values.length) throw mixedNulls(key, writer.shape);
    return;
  }
  const parent = engine.writerOf(key.parent);
  const own = typesOf(writer.shape, key.childAttributes);
  const wanted = converted(engine, own, typesOf(parent.shape, key.parentAttributes), values);
  if (wanted && findParent(engine, parent, key, wanted, lock)) return;
  throw notPresent(engine, key, writer.shape, parent.shape, values);
}

/** No row may refer to one of a partition that leaves. Throws 23503. */
export function checkUnreferenced(
  engine: ForeignKeyEngine,
  key: ForeignKeyShape,
  row: readonly Scalar[],
): void {
  const values = valuesOf(row, key.childAttributes);
  if (values.includes(null)) return;
  const [parent, child] = [engine.writerOf(key.parent), engine.writerOf(key.child)];
  const types = typesOf(child.shape, key.childAttributes);
  const wanted = converted(engine, types, typesOf(parent.shape, key.parentAttributes), values);
  if (!wanted || !findParent(engine, parent, key, wanted, false)) return;
  const message = `removing partition "${parent.shape.name}" violates foreign key constraint "${key.name}"`;
  const shown = shownKey(engine, child.shape, key.childAttributes, values);
  const detail = `Key${shown} is still referenced from table "${child.shape.name}".`;
  throw violation(message, detail, child.shape, key);
}

/**
 * Values of one table's key columns as the other's type has them. Undefined: it has none that is
 * equal to one of them, such as an integer to 1.5.
 */
export function converted(
  engine: RowEngine,
  from: readonly KeyType[],
  to: readonly KeyType[],
  values: readonly Scalar[],
): Scalar[] | undefined {
  const found: Scalar[] = [];
  for (const [at, value] of values.entries()) {
    const source = from[at] as KeyType;
    const target = to[at] as KeyType;
    const made = value === null ? null : convertedValue(engine, source.type, target.type, value);
    if (made === undefined) return undefined;
    found.push(made);
  }
  return found;
}

export function convertedValue(
  { types }: RowEngine,
  source: Oid,
  target: Oid,
  value: NonNullable<Scalar>,
): NonNullable<Scalar> | undefined {
  if (source === target || (integers.has(source) && integers.has(target))) return value;
  const text = formatText(source, value, types);
  if (!integers.has(target)) return parseText(target, text, -1, types);
  const whole = /^(-?\d+)(\.0+)?$/.exec(text)?.[1];
  return whole === undefined ? undefined : BigInt(whole);
}

const integers = new Set<Oid>([20 as Oid, 21 as Oid, 23 as Oid, 26 as Oid]);

const columnOf = (shape: TableShape, attribute: number): KeyType => {
  const found = shape.columns.find(({ number }) => number === attribute);
  assert(found, "a foreign key is over columns");
  return found;
};

/** A live row of the parent, or of its partitions, with this key; locked against losing it. */
export function findParent(
  engine: ForeignKeyEngine,
  parent: TableWriter,
  key: ForeignKeyShape,
  values: readonly Scalar[],
  lock: boolean,
): boolean {
  const { shape } = parent;
  const row: Scalar[] = new Array(shape.width).fill(null);
  key.parentAttributes.forEach((attribute, at) => {
    row[attribute - 1] = values[at] ?? null;
  });
  const places = new Places(shape, (relation) => engine.writerOf(relation));
  const start = new Place(shape, parent);
  return placesWith(engine, places, row, key.parentAttributes, start).some((place) =>
    findIn(engine, place, key, row, lock),
  );
}

function findIn(
  engine: ForeignKeyEngine,
  place: Place,
  key: ForeignKeyShape,
  row: Scalar[],
  lock: boolean,
): boolean {
  const { writer } = place;
  const { oid, storage, indexes } = writer.shape;
  const index = indexes.find((each) => each.oid === key.index || each.partOf.includes(key.index));
  if (!index) return false;
  for (const version of engine.rows.lookup(
    index.storage,
    writer.keysFor(index, place.rowHere(row)),
  )) {
    engine.rows.waitFor(storage, version);
    if (engine.rows.stateOf(storage, version).state !== "live") continue;
    if (lock) engine.rows.lockRow(oid, storage, version, "key share");
    if (engine.rows.stateOf(storage, version).state === "live") return true;
  }
  return false;
}

/** Whether two rows agree in these values, by their stored forms. */
export function sameValues(a: readonly Scalar[], b: readonly Scalar[]): boolean {
  return a.every((value, at) => {
    const other = b[at] ?? null;
    if (value instanceof Uint8Array && other instanceof Uint8Array) {
      return Buffer.from(value).equals(other);
    }
    return value === other;
  });
}

const namesOf = (shape: TableShape, attributes: readonly number[]): string[] =>
  attributes.map(
    (attribute) => shape.columns.find(({ number }) => number === attribute)?.name ?? "",
  );

export const typesOf = (shape: TableShape, attributes: readonly number[]): KeyType[] =>
  attributes.map((attribute) => columnOf(shape, attribute));

/** Nothing for whoever may not read it. */
function shownKey(
  engine: RowEngine,
  shape: TableShape,
  attributes: readonly number[],
  values: readonly Scalar[],
): string {
  if (!mayRead(shape, attributes, engine.types)) return "";
  const [names, types] = [namesOf(shape, attributes), typesOf(shape, attributes)];
  return ` ${keyText(names, types, values, engine.types)}`;
}

function notPresent(
  engine: RowEngine,
  key: ForeignKeyShape,
  child: TableShape,
  parent: TableShape,
  values: readonly Scalar[],
): SqlError {
  const { childAttributes } = key;
  const shown = shownKey(engine, child, childAttributes, values);
  const message = `insert or update on table "${child.name}" violates foreign key constraint "${key.name}"`;
  const detail = `Key${shown} is not present in table "${parent.name}".`;
  return violation(message, detail, child, key);
}

function mixedNulls(key: ForeignKeyShape, child: TableShape): SqlError {
  const message = `insert or update on table "${child.name}" violates foreign key constraint "${key.name}"`;
  const detail = "MATCH FULL does not allow mixing of null and nonnull key values.";
  return violation(message, detail, child, key);
}

export function stillReferenced(
  engine: RowEngine,
  key: ForeignKeyShape,
  parent: TableWriter,
  child: TableWriter,
  values: readonly Scalar[],
): SqlError {
  const { parentAttributes } = key;
  const shown = shownKey(engine, parent.shape, parentAttributes, values);
  const message = `update or delete on table "${parent.shape.name}" violates foreign key constraint "${key.name}" on table "${child.shape.name}"`;
  const detail = `Key${shown} is still referenced from table "${child.shape.name}".`;
  return violation(message, detail, child.shape, key);
}

const violation = (
  message: string,
  detail: string,
  table: TableShape,
  key: ForeignKeyShape,
): SqlError =>
  new SqlError("23503", message, {
    detail,
    schema: table.schema,
    table: table.name,
    constraint: key.name,
  });
