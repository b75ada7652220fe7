/**
 * REFERENTIAL ACTIONS: what a row that went, or whose key changed, means for the rows that refer to
 * it. https://www.postgresql.org/docs/15/ddl-constraints.html#DDL-CONSTRAINTS-FK
 */
import type { Scalar } from "../types/scalar.ts";
import { formatText, parseText } from "../types/type-io.ts";
import {
  afterRowEvents,
  beforeRowOf,
  callBeforeStatement,
  captureRow,
  statementEvents,
} from "./firing.ts";
import {
  converted,
  convertedValue,
  type ForeignKeyEngine,
  findParent,
  type RowEvent,
  sameValues,
  stillReferenced,
  typesOf,
  valuesOf,
} from "./foreign-keys.ts";
import { moveRow } from "./moving.ts";
import { type Place, Places } from "./places.ts";
import { placesWith, Router } from "./router.ts";
import type { KeyType } from "./row-text.ts";
import type { ForeignKeyShape } from "./table-shape.ts";
import type { RowEngine, TableWriter } from "./table-writer.ts";
import type { Happening } from "./triggers.ts";

/** What a row that went, or whose key changed, means for the rows that refer to it. */
export function followReference(
  engine: ForeignKeyEngine,
  key: ForeignKeyShape,
  event: RowEvent & { readonly kind: "ended" },
  found: (event: RowEvent) => void,
): void {
  const parent = event.writer;
  const old = valuesOf(event.old, key.parentAttributes);
  if (old.includes(null)) return;
  const now = event.now && valuesOf(event.now, key.parentAttributes);
  if (now && sameValues(old, now)) return;
  const action = now ? key.onUpdate : key.onDelete;
  // Another row may have taken the key over.
  if (action === "a" && findParent(engine, parent, key, old, false)) return;
  const child = engine.writerOf(key.child);
  const below = new Below(engine, child, key);
  const types = [parent.shape, child.shape].map((shape, at) =>
    typesOf(shape, at === 0 ? key.parentAttributes : key.childAttributes),
  ) as [KeyType[], KeyType[]];
  const wanted = converted(engine, ...types, old);
  const happened: Happening =
    action === "c" && !now
      ? { event: "delete" }
      : { event: "update", columns: setColumns(key, now !== undefined) };
  const acts = action !== "a" && action !== "r";
  const fault = acts
    ? child.rules.unidentified?.[happened.event as "update" | "delete"]
    : undefined;
  if (fault) throw fault();
  if (acts) {
    const call = () => callBeforeStatement(engine, child, happened);
    found({ kind: "begins", writer: child, event: happened.event, call });
  }
  const references = wanted ? below.referring(wanted) : [];
  const isOver = references.length === 0;
  if (isOver && acts) statementEvents(engine, child, happened, found);
  if (isOver) return;
  if (action === "a" || action === "r") throw stillReferenced(engine, key, parent, child, old);
  const news = now && along(engine, types, now);
  for (const { place, version } of references) {
    const { writer } = place;
    const { storage } = writer.shape;
    engine.checkSeen(storage, version);
    if (!writer.take(version, "update")) continue;
    const state = engine.rows.stateOf(storage, version);
    if (state.state !== "live") continue;
    const row = writer.padded(state.row as readonly Scalar[]);
    changeAlong(engine, key, { below, place, version, row, now: news }, found);
  }
  statementEvents(engine, child, happened, found);
  if (action !== "d" || findParent(engine, parent, key, old, false)) return;
  // The default may be the very key that is gone.
  if (wanted && below.referring(wanted).length > 0) {
    throw stillReferenced(engine, key, parent, child, old);
  }
}

/** What CASCADE gives the columns: the new key, by assignment. */
function along(
  engine: RowEngine,
  [from, to]: readonly [readonly KeyType[], readonly KeyType[]],
  values: readonly Scalar[],
): Scalar[] {
  return values.map((value, at) => {
    const source = from[at] as KeyType;
    const target = to[at] as KeyType;
    if (value === null) return null;
    const made = convertedValue(engine, source.type, target.type, value);
    if (made === undefined) {
      const number = Number(formatText(source.type, value, engine.types));
      return BigInt(Math.round(number));
    }
    const text = formatText(target.type, made, engine.types);
    return parseText(target.type, text, target.typmod, engine.types);
  });
}

interface Along {
  readonly below: Below;
  readonly place: Place;
  readonly version: number;
  readonly row: readonly Scalar[];
  readonly now: readonly Scalar[] | undefined;
}

function changeAlong(
  engine: ForeignKeyEngine,
  key: ForeignKeyShape,
  { below, place, version, row, now }: Along,
  found: (event: RowEvent) => void,
): void {
  const { writer } = place;
  const action = now ? key.onUpdate : key.onDelete;
  if (action === "c" && !now) {
    const happened: Happening = { event: "delete", old: row };
    if (!beforeRowOf(engine, writer, happened, { version })) return;
    writer.end(version, 0);
    found({ kind: "ended", writer, old: row, now: undefined });
    captureRow(below.child, "delete", () => ({ old: place.rowNamed(row) }), found);
    afterRowEvents(engine, writer, happened, found);
    return;
  }
  let changed = [...row];
  const chosen = setColumns(key, now !== undefined);
  for (const attribute of chosen) {
    const at = key.childAttributes.indexOf(attribute);
    changed[place.numberOf(attribute) - 1] =
      action === "c"
        ? (now?.[at] ?? null)
        : action === "d"
          ? engine.defaultOf(below.child.shape, attribute)
          : null;
  }
  const columns = chosen.map((attribute) => place.numberOf(attribute));
  const happened: Happening = { event: "update", old: row, now: changed, columns };
  const left = beforeRowOf(engine, writer, happened, { version });
  if (!left) return;
  changed = left;
  const to = below.router?.movedTo(place, changed);
  if (to) {
    const moved = { from: place, version, old: row, to, named: below.named };
    const complete = (whole: Scalar[]) => {
      to.writer.complete(whole);
      below.router?.checkStays(to, whole);
    };
    const belongs = (whole: readonly Scalar[]) => below.router?.belongsIn(to, whole) ?? true;
    moveRow(engine, moved, changed, { belongs, complete }, found);
    return;
  }
  writer.complete(changed);
  const keys = writer.keysOf(changed);
  writer.checkUnique(keys, version);
  const next = writer.stage(changed, keys);
  writer.end(version, next);
  found({ kind: "ended", writer, old: row, now: changed });
  found({ kind: "added", writer, version: next, row: changed, old: row });
  const both = () => ({ old: place.rowNamed(row), now: place.rowNamed(changed) });
  captureRow(below.child, "update", both, found);
  afterRowEvents(engine, writer, { ...happened, now: changed }, found);
}

/** Where rows of the referring table are: in itself, or in its partitions. */
class Below {
  readonly child: TableWriter;
  readonly named: Place;
  readonly router: Router | undefined;
  readonly #engine: ForeignKeyEngine;
  readonly #key: ForeignKeyShape;
  readonly #places: Places;

  constructor(engine: ForeignKeyEngine, child: TableWriter, key: ForeignKeyShape) {
    this.#engine = engine;
    this.#key = key;
    this.child = child;
    this.#places = new Places(child.shape, (relation) => engine.writerOf(relation));
    this.named = this.#places.get(child.shape.oid);
    this.router = child.rules.routing && new Router(this.named, this.#places, engine);
  }

  /** Live rows with these values in the columns of the key. */
  referring(values: readonly Scalar[]): { readonly place: Place; readonly version: number }[] {
    const { childAttributes } = this.#key;
    const row: Scalar[] = new Array(this.child.shape.width).fill(null);
    childAttributes.forEach((attribute, at) => {
      row[attribute - 1] = values[at] ?? null;
    });
    const places = placesWith(this.#engine, this.#places, row, childAttributes, this.named);
    return places.flatMap((place) => {
      const here = childAttributes.map((attribute) => place.numberOf(attribute));
      const found = this.#engine.findRows(place.writer.shape, here, values);
      return found.map(({ version }) => ({ place, version }));
    });
  }
}

/** Columns of the referring table that an action sets. */
const setColumns = (key: ForeignKeyShape, isUpdate: boolean): readonly number[] =>
  !isUpdate && key.setOnDelete.length > 0 ? key.setOnDelete : key.childAttributes;
