/**
 * ROUTING: a row that is written to a partitioned table goes to the partition that its key says,
 * and one that is written to a partition must belong there.
 * https://www.postgresql.org/docs/15/ddl-partitioning.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { BoundQuery } from "../bind/tree.ts";
import type { Scalar } from "../types/scalar.ts";
import type { Routing } from "./modify-plan.ts";
import { finderOf } from "./partition-finder.ts";
import type { Partitioning } from "./partitioning.ts";
import type { Place, Places } from "./places.ts";
import { stepOf, type Translate } from "./row-step.ts";
import { partitionKeyText } from "./row-text.ts";
import { rowValue } from "./row-value.ts";
import type { TableShape } from "./table-shape.ts";
import type { RowEngine, TableWriter } from "./table-writer.ts";

type Row = readonly Scalar[];

const valuesOf = (engine: RowEngine, { step }: Routing, shape: TableShape, row: Row): Row =>
  engine.evaluate(
    step,
    step.rows.map(({ attribute }) => rowValue(shape, row, attribute)),
  );

/** Whether a row of the partition belongs there, as far as its parents' keys say. */
export function belongs(
  engine: Omit<RoutingEngine, "translate">,
  places: (relation: Oid) => Place,
  row: Row,
  shape: TableShape,
): boolean {
  for (let child = shape; child.partitionOf !== undefined; ) {
    const parent = engine.writerOf(child.partitionOf);
    const { routing } = parent.rules;
    if (!routing) return true;
    const above = places(parent.shape.oid).rowHere([...row]);
    const values = valuesOf(engine, routing, parent.shape, above);
    if (finderOf(routing.partitioning, engine.types).find(values, engine.types) !== child.oid)
      return false;
    child = parent.shape;
  }
  return true;
}

/** What finding places needs of the engine. */
export interface RoutingEngine extends RowEngine {
  writerOf(relation: Oid): TableWriter;
  readonly translate: Translate;
}

/** Where rows with the given values may be: `known` are columns of the named table. */
export function placesWith(
  engine: RowEngine,
  places: Places,
  row: Scalar[],
  known: readonly number[],
  at: Place,
): Place[] {
  const { routing, shape } = at.writer.rules;
  if (!routing) return [at];
  const { partitioning } = routing;
  const here = new Set(known.map((attribute) => at.numberOf(attribute)));
  const isKnown = partitioning.keys.every(({ attribute }) => here.has(attribute));
  const values = isKnown ? valuesOf(engine, routing, shape, at.rowHere(row)) : [];
  const found = isKnown
    ? [finderOf(partitioning, engine.types).find(values, engine.types)]
    : partitioning.partitions.map(({ relation }) => relation);
  return found.flatMap((relation) =>
    relation === undefined ? [] : placesWith(engine, places, row, known, places.get(relation)),
  );
}

export class Router {
  readonly #named: Place;
  readonly #places: Places;
  readonly #engine: RoutingEngine;

  constructor(named: Place, places: Places, engine: RoutingEngine) {
    this.#named = named;
    this.#places = places;
    this.#engine = engine;
  }

  /** The partition of a row of the named table. Throws 23514. */
  placeOf(row: Scalar[]): Place {
    this.#checkBelongs(row);
    let place = this.#named;
    for (let { routing } = place.writer.rules; routing; ) {
      const { shape } = place.writer;
      const here = place.rowHere(row);
      const values = valuesOf(this.#engine, routing, shape, here);
      const { types } = this.#engine;
      const found = finderOf(routing.partitioning, types).find(values, types);
      if (found === undefined) throw this.#noPartition(routing, place.writer, here);
      place = this.#places.get(found);
      routing = place.writer.rules.routing;
    }
    return place;
  }

  /** Where a changed row of `place` belongs now, if it is another partition. Throws 23514. */
  movedTo(place: Place, changed: Scalar[]): Place | undefined {
    const now = this.placeOf([...place.rowNamed(changed)]);
    return now === place ? undefined : now;
  }

  /** A new row that a trigger may have changed belongs where it did. Throws 23514. */
  checkStays(place: Place, row: Scalar[]): void {
    if (!place.writer.rules.triggers || this.belongsIn(place, row)) return;
    throw place.wrongPartition(row);
  }

  belongsIn(place: Place, row: Row): boolean {
    const places = (relation: Oid) => this.#places.get(relation);
    return belongs(this.#engine, places, place.rowNamed(row), place.writer.shape);
  }

  /** The named table may be a partition itself. */
  #checkBelongs(row: Scalar[]): void {
    const { shape } = this.#named.writer;
    if (shape.partitionOf === undefined) return;
    const places = (relation: Oid) => this.#places.get(relation);
    if (belongs(this.#engine, places, row, shape)) return;
    throw this.#named.wrongPartition(row);
  }

  /** Of a hash the keys themselves, not what they are found by. */
  #keysOf({ keys }: Partitioning, shape: TableShape, row: Row): Row {
    const translate = (bound: BoundQuery) => this.#engine.translate(bound);
    const step = stepOf(
      translate,
      keys.map(({ expression }) => expression),
      [],
    );
    return this.#engine.evaluate(
      step,
      step.rows.map(({ attribute }) => rowValue(shape, row, attribute)),
    );
  }

  #noPartition({ partitioning }: Routing, { shape }: TableWriter, row: Row): SqlError {
    const { types } = this.#engine;
    const values = this.#keysOf(partitioning, shape, row);
    const detail = partitionKeyText(shape, partitioning, values, types, (...key) =>
      this.#engine.printKey(...key),
    );
    const message = `no partition of relation "${shape.name}" found for row`;
    const where = { schema: shape.schema, table: shape.name };
    return new SqlError("23514", message, { ...(detail ? { detail } : {}), ...where });
  }
}
