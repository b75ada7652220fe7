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
import { performance } from "node:perf_hooks";
import type Database from "better-sqlite3";
import type { Epoch } from "../base/ids.ts";
import type { TableLayout } from "./layout.ts";
import { LIVE, quoteName } from "./schema.ts";

type Key = readonly unknown[];
type Read = Database.Statement<unknown[], Key>;

/** Versions of the first range; the ranges grow as long as a step leaves time. */
const RANGE_VERSIONS_FIRST = 256;
const RANGE_VERSIONS_MAX = 8192;
/** Aim of one range's work, in milliseconds. */
const RANGE_MS = 1;

export interface Swept {
  readonly removed: number;
  /** Versions that are left, and those of them that have ended. */
  readonly remaining: number;
  readonly dead: number;
}

/** A sweep as its caller drives it. */
export interface SweepInProgress {
  /** Goes on for about so many milliseconds. Any error leaves the pages unusable. */
  step(ms: number): void;
  readonly isOver: boolean;
  readonly swept: Swept;
}

export class Sweep implements SweepInProgress {
  readonly table: TableLayout;
  readonly #horizon: Epoch;
  readonly #boundary: (after: boolean) => Read;
  readonly #remove: (from: boolean, to: boolean) => Database.Statement<unknown[]>;
  readonly #count: (from: boolean, to: boolean) => Read;
  #after: Key | undefined;
  #versions = RANGE_VERSIONS_FIRST;
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

  /** Goes on for about so many milliseconds. Any error leaves the pages unusable. */
  step(ms: number): void {
    const end = performance.now() + ms;
    while (!this.#isOver) {
      const started = performance.now();
      this.#sweepRange();
      const now = performance.now();
      if (now - started < RANGE_MS / 2) {
        this.#versions = Math.min(this.#versions * 2, RANGE_VERSIONS_MAX);
      } else if (now - started > RANGE_MS) {
        this.#versions = Math.max(this.#versions >> 1, 1);
      }
      if (now >= end) return;
    }
  }

  #sweepRange(): void {
    const after = this.#after;
    const from = after ?? [];
    const boundary = this.#boundary(after !== undefined).get(...from, this.#versions);
    const bounds = [...from, ...(boundary ?? [])];
    const isFirst = after === undefined;
    const isLast = boundary === undefined;
    this.#removed += this.#remove(!isFirst, !isLast).run(...bounds, this.#horizon).changes;
    const [remaining = 0n, dead = 0n] = this.#count(!isFirst, !isLast).get(...bounds) ?? [];
    this.#remaining += Number(remaining);
    this.#dead += Number(dead);
    this.#after = boundary;
    this.#isOver = isLast;
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
