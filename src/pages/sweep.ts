/**
 * A SWEEP over one relation: removes the versions that ended at or below the horizon, range of keys
 * by range of keys. A snapshot at or above the horizon sees none of them, for a version is visible
 * below its xmax only.
 *
 *   keys   a a b c c c d … │ e … │ …        a range ends behind some number of versions
 *
 * Between two steps anything may be committed: what is added behind the sweep lives, and what is
 * ended there ends above the horizon.
 */
import type Database from "better-sqlite3";
import type { Epoch } from "../base/ids.ts";
import type { TableLayout } from "./layout.ts";
import { Ranges, type SteppedWork } from "./ranges.ts";
import { LIVE, quoteName } from "./schema.ts";

type Key = readonly unknown[];
type Read = Database.Statement<unknown[], Key>;

export interface Swept {
  readonly removed: number;
  /** Versions that are left, and those of them that have ended. */
  readonly remaining: number;
  readonly dead: number;
}

/** A sweep as its caller drives it. */
export interface SweepInProgress<S extends Swept = Swept> extends SteppedWork {
  readonly swept: S;
}

/** The sweep with its steps done by `work`. */
export const sweeping = <S extends Swept>(
  sweep: { readonly swept: S },
  work: SteppedWork,
): SweepInProgress<S> => ({
  step: (ms) => work.step(ms),
  get isOver() {
    return work.isOver;
  },
  get swept() {
    return sweep.swept;
  },
});

export class Sweep implements SweepInProgress {
  readonly table: TableLayout;
  readonly #horizon: Epoch;
  readonly #boundary: (after: boolean) => Read;
  readonly #remove: (from: boolean, to: boolean) => Database.Statement<unknown[]>;
  readonly #count: (from: boolean, to: boolean) => Read;
  #after: Key | undefined;
  readonly #ranges = new Ranges();
  #removed = 0;
  #remaining = 0;
  #dead = 0;
  #isOver = false;

  constructor(db: Database.Database, table: TableLayout, horizon: Epoch) {
    this.table = table;
    this.#horizon = horizon;
    const name = quoteName(table.name);
    const columns = table.key.map((at) => quoteName(table.columns[at]?.name ?? "")).join(", ");
    const values = table.key.map(() => "?").join(", ");
    const above = `(${columns}) > (${values})`;
    const upTo = `(${columns}) <= (${values})`;
    const range = (from: boolean, to: boolean) =>
      [...(from ? [above] : []), ...(to ? [upTo] : []), "1"].join(" AND ");
    const raw = (sql: string): Read => db.prepare<unknown[], Key>(sql).raw(true).safeIntegers(true);
    this.#boundary = remembered((after) =>
      raw(`SELECT ${columns} FROM ${name} WHERE ${after ? above : "1"}
           ORDER BY ${columns} LIMIT 1 OFFSET ?`),
    );
    this.#remove = rememberedPair((from, to) =>
      db.prepare(`DELETE FROM ${name} WHERE ${range(from, to)} AND xmax <= ?`),
    );
    this.#count = rememberedPair((from, to) =>
      raw(`SELECT count(*), count(CASE WHEN xmax < ${LIVE} THEN 1 END)
           FROM ${name} WHERE ${range(from, to)}`),
    );
  }

  get isOver(): boolean {
    return this.#isOver;
  }
  get swept(): Swept {
    return { removed: this.#removed, remaining: this.#remaining, dead: this.#dead };
  }

  step(ms: number): void {
    if (this.#isOver) return;
    this.#isOver = this.#ranges.run(ms, (versions) => this.#sweepRange(versions));
  }

  #sweepRange(versions: number): boolean {
    const after = this.#after;
    const from = after ?? [];
    const boundary = this.#boundary(after !== undefined).get(...from, versions);
    const bounds = [...from, ...(boundary ?? [])];
    const isFirst = after === undefined;
    const isLast = boundary === undefined;
    this.#removed += this.#remove(!isFirst, !isLast).run(...bounds, this.#horizon).changes;
    const [remaining = 0n, dead = 0n] = this.#count(!isFirst, !isLast).get(...bounds) ?? [];
    this.#remaining += Number(remaining);
    this.#dead += Number(dead);
    this.#after = boundary;
    return isLast;
  }
}

function remembered<T>(make: (flag: boolean) => T): (flag: boolean) => T {
  const made = new Map<boolean, T>();
  return (flag) => {
    const value = made.get(flag) ?? make(flag);
    made.set(flag, value);
    return value;
  };
}

function rememberedPair<T>(
  make: (one: boolean, two: boolean) => T,
): (one: boolean, two: boolean) => T {
  const byFirst = remembered((one) => remembered((two) => make(one, two)));
  return (one, two) => byFirst(one)(two);
}
