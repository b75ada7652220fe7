/**
 * ROWS UNDER A NEW EXCLUSION CONSTRAINT are held against each other when all have been read:
 *
 *   equality   those of one key, by its stored form
 *   ranges     that overlap: in the order of their lower bounds, those that begin before one ends
 *   others     each against each
 *
 * The pair that is told is the one whose first row comes first, as in PostgreSQL.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { keyText } from "../../txn/row-overlay.ts";
import { compareStored, orderKeyOf } from "../execute/sort-keys.ts";
import type { Scalar } from "../types/scalar.ts";
import type { Steps } from "./steps.ts";
import { type IndexShape, RANGES_OVERLAP } from "./table-shape.ts";
import type { KeyValues, RowEngine, TableWriter } from "./table-writer.ts";
import { sortInTurns, type TurnEngine, Turns } from "./turn.ts";

/** Rows whose keys are held in memory. */
const ROWS_MAX = 1_000_000;

type Keys = KeyValues["values"];

interface Ordered {
  readonly at: number;
  readonly key: Scalar;
}

export class ExclusionCheck {
  readonly #index: IndexShape;
  readonly #engine: RowEngine & TurnEngine;
  /** In the order of the rows. */
  readonly #all: KeyValues[] = [];
  #found: readonly [number, number] | undefined;

  constructor(index: IndexShape, engine: RowEngine & TurnEngine) {
    this.#index = index;
    this.#engine = engine;
  }

  add(keys: KeyValues): void {
    if (keys.values.includes(null)) return;
    if (this.#all.length >= ROWS_MAX) {
      const message = `exclusion constraint "${this.#index.name}" is over too many rows`;
      const detail = `At most ${ROWS_MAX} rows can be held against each other.`;
      throw new SqlError("54000", message, { detail });
    }
    this.#all.push(keys);
  }

  /** Throws 23P01. */
  *run(writer: TableWriter): Steps<void> {
    const { exclusion, name } = this.#index;
    const range =
      exclusion?.operators.findIndex(({ operator }) => operator === RANGES_OVERLAP) ?? -1;
    if (exclusion?.isEquality) this.#findEqual();
    else if (range >= 0) yield* this.#findOverlapping(range);
    else yield* this.#findAny();
    if (!this.#found) return;
    const [first, second] = this.#found.map((at) => writer.shownKey(this.#all[at] as KeyValues));
    const shown = first !== undefined && second !== undefined;
    const detail = shown ? `Key ${first} conflicts with key ${second}.` : "Key conflicts exist.";
    const { schema, name: table } = writer.shape;
    const message = `could not create exclusion constraint "${name}"`;
    throw new SqlError("23P01", message, { detail, schema, table, constraint: name });
  }

  #note(one: number, other: number): void {
    const pair = [Math.min(one, other), Math.max(one, other)] as const;
    const [first, second] = this.#found ?? [Number.POSITIVE_INFINITY, 0];
    if (pair[0] < first || (pair[0] === first && pair[1] < second)) this.#found = pair;
  }

  #findEqual(): void {
    const seen = new Map<string, number>();
    this.#all.forEach(({ stored }, at) => {
      const key = keyText(stored);
      const before = seen.get(key);
      if (before === undefined) seen.set(key, at);
      else this.#note(before, at);
    });
  }

  *#findOverlapping(number: number): Steps<void> {
    const turns = new Turns(this.#engine);
    const type = this.#index.keys[number]?.type as Oid;
    const keyed = this.#all.map(({ values }, at): Ordered => {
      return { at, key: orderKeyOf(type, values[number] ?? null, this.#engine.types) };
    });
    const compare = (a: Ordered, b: Ordered) =>
      compareStored(a.key as NonNullable<Scalar>, b.key as NonNullable<Scalar>);
    const ordered = yield* sortInTurns(keyed, compare, turns);
    for (const [place, { at }] of ordered.entries()) {
      for (let next = place + 1; next < ordered.length; next++) {
        const other = ordered[next]?.at as number;
        if (!this.#excludes(at, other, number)) break;
        if (this.#excludes(at, other)) this.#note(at, other);
        const pause = turns.pause();
        if (pause !== undefined) yield pause;
      }
      const pause = turns.pause();
      if (pause !== undefined) yield pause;
    }
  }

  *#findAny(): Steps<void> {
    const turns = new Turns(this.#engine);
    for (let at = 0; at < this.#all.length; at++) {
      for (let other = at + 1; other < this.#all.length; other++) {
        if (this.#excludes(at, other)) return this.#note(at, other);
        const pause = turns.pause();
        if (pause !== undefined) yield pause;
      }
    }
  }

  #excludes(one: number, other: number, only?: number): boolean {
    const [a, b] = [this.#all[one]?.values as Keys, this.#all[other]?.values as Keys];
    return this.#engine.exclusions.excludes(this.#index, a, b, only);
  }
}
