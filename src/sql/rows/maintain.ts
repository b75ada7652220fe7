/**
 * MAINTAINING A MATERIALIZED VIEW: its rows are those of its query at one epoch and become those at
 * a later one. How, view-upkeep.ts says. What the change is, is computed first, and nothing is
 * staged before it is known; where that fails, the whole query is computed.
 *
 *   rows, join   what the query makes of versions that came, less what it made of those that went;
 *                rows to be removed are found by their values
 *   groups       the keys of groups that such versions belong to, then these groups as they are
 *                now; their rows in the view are found by the keys
 *   sums         the same, but for groups whose numbers are known from before: these change by
 *                those of such versions
 */
import type { Epoch, Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Stretch } from "../../pages/row-store.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import { decodeQuery } from "../bind/codec.ts";
import type { BoundQuery, Query, SelectQuery } from "../bind/tree.ts";
import type { MaintainedView } from "../session/engine.ts";
import type { Scalar } from "../types/scalar.ts";
import {
  applyDifference,
  Bag,
  batchesOf,
  type Difference,
  differenceOf,
  type FillEngine,
  patientlyWhole,
  type StoredRow,
} from "./fill.ts";
import { givenRows } from "./given-rows.ts";
import { type GroupSums, numbersOf, partsQuery, plus, rowOf } from "./group-sums.ts";
import type { Source } from "./modify-run.ts";
import { rowKey } from "./row-key.ts";
import { inTurns } from "./steps.ts";
import { TableScan } from "./table-scan.ts";
import type { TableWriter } from "./table-writer.ts";
import { letOthersRun } from "./turn.ts";
import { KeyedVersions } from "./view-rows.ts";
import {
  changeOf,
  type Equality,
  type GroupKey,
  groupsQuery,
  keysQuery,
  type Upkeep,
} from "./view-upkeep.ts";
import type { MaintainJob } from "./work-queue.ts";

/** A view's query between the two epochs; the older one is kept readable until it is released. */
export interface ViewChanges {
  /** The epoch at which the view is to be. */
  readonly epoch: Epoch;
  readonly since: Epoch | undefined;
  readonly upkeep: Upkeep;
  readonly transaction: CatalogTransaction;
  /** The query, ready to run. */
  readonly whole: BoundQuery;
  /** Versions of a table that were changed between the epochs; undefined: not known. */
  changedIn(table: Oid): readonly number[] | undefined;
  read(query: BoundQuery, parameters?: readonly Scalar[]): Source;
  /** The query, to be run with one set of parameters after the other. */
  prepare(query: BoundQuery): (parameters: readonly Scalar[]) => Source;
  equality(type: Oid): Equality;
  /** What the query gave at the older epoch. Throws 72000. */
  readBefore(): Source;
  /** The last version that a table has given out. */
  lastOf(table: Oid): number;
  /** The next versions of a table behind one, at most so many. */
  stretchOf(table: Oid, after: number, limit: number): Stretch;
  release(): void;
}

export interface MaintainEngine extends FillEngine {
  /**
   * `since`: when the view's rows are those of its query; undefined: that is not known; "now": the
   * newest epoch.
   */
  openChanges(view: Oid, query: Query, since: Epoch | "now" | undefined): ViewChanges;
}

/** Throws 23505, and what the query throws. */
export async function maintainView(
  { table, tree, since, isLevel, done }: MaintainJob,
  engine: MaintainEngine,
): Promise<MaintainedView> {
  const changes = engine.openChanges(table, decodeQuery(tree), since);
  try {
    const maintained = await new Maintenance(engine.writerOf(table), changes, engine).run();
    const isAsItWas = isLevel === true && maintained.added + maintained.removed === 0;
    if (done && !isAsItWas) await patientlyWhole(engine, () => done(changes.epoch));
    return maintained;
  } finally {
    changes.release();
  }
}

/** Groups of a view up to which the numbers of all are computed, rather than those of some. */
const ALL_GROUPS_MAX = 100_000;

class Maintenance {
  readonly #writer: TableWriter;
  readonly #changes: ViewChanges;
  readonly #engine: MaintainEngine;
  /** By which the view's rows are found, from 0. */
  readonly #columns: readonly number[];
  /** Where they are, once that was asked. */
  #places: KeyedVersions | undefined;

  constructor(writer: TableWriter, changes: ViewChanges, engine: MaintainEngine) {
    this.#writer = writer;
    this.#changes = changes;
    this.#engine = engine;
    const { upkeep } = changes;
    this.#columns =
      "keys" in upkeep
        ? upkeep.keys.map(({ column }) => column)
        : writer.shape.columns.map(({ number }) => number - 1);
  }

  async run(): Promise<MaintainedView> {
    const { upkeep } = this.#changes;
    if (upkeep.kind === "recompute") return this.#recompute(upkeep.why);
    const found = await this.#findChange(upkeep);
    if (typeof found === "string") return this.#recompute(found);
    await this.#apply(found);
    return this.#done(found, upkeep.kind);
  }

  #done({ surplus, missing }: Difference, how: Upkeep["kind"], why?: string): MaintainedView {
    return {
      kind: "maintained",
      epoch: this.#changes.epoch,
      added: missing.length,
      removed: surplus.length,
      how,
      ...(why === undefined ? {} : { why }),
    };
  }

  async #recompute(why: string): Promise<MaintainedView> {
    this.#engine.viewRows.forget(this.#writer.shape.storage);
    const difference = await this.#wholeDifference();
    await applyDifference(this.#writer, difference, this.#engine);
    return this.#done(difference, "recompute", why);
  }

  #wholeDifference(): Promise<Difference> {
    const rows = batchesOf(this.#changes.read(this.#changes.whole));
    return differenceOf(this.#writer, rows, this.#engine);
  }

  /** Rows of two epochs may meet that never were there together, and what meets then may fail. */
  async #findChange(upkeep: Exclude<Upkeep, { kind: "recompute" }>): Promise<Difference | string> {
    try {
      if (!("keys" in upkeep)) return await this.#changedRows(upkeep.query, upkeep.tables);
      const { sums } = upkeep;
      return await (sums ? this.#changedSums(upkeep, sums) : this.#changedGroups(upkeep));
    } catch (error) {
      if (!(error instanceof SqlError) || error.code.startsWith("57")) throw error;
      return `the change could not be computed: ${error.message}`;
    }
  }

  async #changedRows(query: SelectQuery, tables: readonly Oid[]): Promise<Difference | string> {
    const net = new Map<string, { readonly row: StoredRow; count: number }>();
    await this.#eachChange(query, tables, (row, sign) => {
      const key = rowKey(row);
      const there = net.get(key);
      if (there) there.count += sign;
      else net.set(key, { row, count: sign });
    });
    const all = [...net.values()];
    const gone = all.filter(({ count }) => count < 0);
    const found = await this.#find(gone.map(({ row }) => row));
    const surplus = gone.flatMap(
      ({ row, count }) => found.get(rowKey(row))?.slice(0, -count) ?? [],
    );
    const wanted = gone.reduce((sum, { count }) => sum - count, 0);
    if (surplus.length < wanted) return "the view lacks rows that its query gave";
    const missing = all.flatMap(({ row, count }) =>
      new Array<StoredRow>(Math.max(count, 0)).fill(row),
    );
    return { surplus, missing };
  }

  async #changedGroups({ query, tables, keys }: GroupUpkeep): Promise<Difference> {
    const touched = new Map<string, StoredRow>();
    await this.#eachChange(keysQuery(query, keys), tables, (row) => {
      const key = rowKey(row.slice(0, keys.length));
      touched.set(key, row);
    });
    if (touched.size === 0) return { surplus: [], missing: [] };
    if (keys.length === 0) return this.#wholeDifference();
    const bag = await this.#storedGroups([...touched.values()]);
    const missing: StoredRow[] = [];
    await this.#eachGroup(query, keys, [...touched.values()], (row) => {
      if (!bag.take(row)) missing.push(row);
    });
    return { surplus: bag.rest(), missing };
  }

  async #changedSums(
    { query, tables, keys }: GroupUpkeep,
    sums: GroupSums,
  ): Promise<Difference | string> {
    const expressions = keys.map(({ expression }) => expression);
    const parts = partsQuery(query, expressions, sums);
    const touched = new Map<string, TouchedGroup>();
    await this.#eachChange(parts, tables, (values, sign) => {
      const row = values.slice(0, keys.length);
      const numbers = numbersOf(values.slice(keys.length));
      const there = touched.get(rowKey(row));
      if (there) there.change = plus(there.change, numbers, BigInt(sign));
      else touched.set(rowKey(row), { row, change: numbers.map((each) => each * BigInt(sign)) });
    });
    for (const [key, { change }] of touched) {
      if (change.every((number) => number === 0n)) touched.delete(key);
    }
    if (touched.size === 0) return { surplus: [], missing: [] };
    const bag = await this.#storedGroups([...touched.values()].map(({ row }) => row));
    const groups = await this.#numbersOf(parts, keys, touched);
    const missing: StoredRow[] = [];
    for (const [key, { row: own }] of touched) {
      const numbers = groups.get(key) ?? [0n];
      const [rows = 0n] = numbers;
      if (rows < 0n) return "the view lacks rows that its query gave";
      if (rows === 0n) groups.delete(key);
      if (rows === 0n && keys.length > 0) continue;
      const row = rowOf(sums, own, numbers);
      if (!bag.take(row)) missing.push(row);
    }
    return { surplus: bag.rest(), missing };
  }

  /** The numbers of the touched groups as they are now, and perhaps of others. */
  async #numbersOf(
    parts: SelectQuery,
    keys: readonly GroupKey[],
    touched: ReadonlyMap<string, TouchedGroup>,
  ): Promise<Map<string, readonly bigint[]>> {
    const places = this.#places;
    const groups = places?.groups ?? new Map<string, readonly bigint[]>();
    const note = (values: StoredRow) => {
      groups.set(rowKey(values.slice(0, keys.length)), numbersOf(values.slice(keys.length)));
    };
    if (places && !places.hasAllGroups && places.size - groups.size <= ALL_GROUPS_MAX) {
      places.forgetGroups();
      await this.#each({ query: parts, parameterTypes: [] }, [], note);
      places.hasAllGroups = true;
      return groups;
    }
    const unknown: StoredRow[] = [];
    for (const [key, { row, change }] of touched) {
      const before = groups.get(key);
      if (before) groups.set(key, plus(before, change, 1n));
      else if (places?.hasAllGroups) groups.set(key, change);
      else unknown.push(row);
    }
    await this.#eachGroup(parts, keys, unknown, note);
    return groups;
  }

  /** The view's rows of these groups. */
  async #storedGroups(keys: readonly StoredRow[]): Promise<Bag> {
    const bag = new Bag();
    const stored = await this.#find(keys);
    for (const { version, row } of [...stored.values()].flat()) bag.add(row, version);
    return bag;
  }

  /** What the query gives for these groups alone, as they are now. */
  async #eachGroup(
    query: SelectQuery,
    keys: readonly GroupKey[],
    wanted: readonly StoredRow[],
    see: (row: StoredRow) => void,
  ): Promise<void> {
    for (const [nulls, rows] of byNulls(wanted)) {
      const given = rows.map((row) => row.filter((_, at) => !nulls.has(at)));
      const groups =
        keys.length === 0
          ? { query, parameterTypes: [] }
          : groupsQuery(query, keys, nulls, (type) => this.#changes.equality(type));
      await this.#each(groups, [givenRows(given)], see);
    }
  }

  async #each(
    query: BoundQuery,
    parameters: readonly Scalar[],
    see: (row: StoredRow) => void,
  ): Promise<void> {
    for await (const batch of batchesOf(this.#changes.read(query, parameters))) {
      for (const row of batch) see(row);
      await letOthersRun(this.#engine);
    }
  }

  /** What the query gives for versions that came (1) and that went (-1), table by table. */
  async #eachChange(
    query: SelectQuery,
    tables: readonly Oid[],
    see: (row: StoredRow, sign: number) => void,
  ): Promise<void> {
    for (const [at, table] of tables.entries()) {
      const changed = this.#changes.changedIn(table);
      if (changed?.length === 0) continue;
      const of = changed && JSON.stringify(changed);
      for (const [part, sign] of [
        ["added", 1],
        ["ended", -1],
      ] as const) {
        await this.#each(changeOf(query, at, { part, of }), [], (row) => see(row, sign));
      }
    }
  }

  /** The view's rows that have the values of one of `wanted`, by these. */
  async #find(wanted: readonly StoredRow[]): Promise<Found> {
    const found: Found = new Map();
    for (const row of wanted) found.set(rowKey(row), []);
    if (wanted.length === 0) return found;
    const { storage } = this.#writer.shape;
    const places = this.#takePlaces();
    if (!places) return this.#scan(found);
    for (const [key, there] of found) {
      for (const version of places.find(key)) {
        const state = this.#engine.rows.stateOf(storage, version);
        if (state.state !== "live") continue;
        const row = this.#writer.padded(state.row as StoredRow);
        if (places.keyOf(row) === key) there.push({ version, row });
      }
    }
    return found;
  }

  #takePlaces(): KeyedVersions | undefined {
    const { storage } = this.#writer.shape;
    if (this.#places) return this.#places;
    const places = this.#engine.viewRows.take(storage, this.#columns);
    if (places && places.epoch !== this.#changes.since) places.forgetGroups();
    this.#places = places;
    return places;
  }

  /** Reads all of the view, and notes where its rows are unless they are too many. */
  async #scan(found: Found): Promise<Found> {
    const { max } = this.#engine.viewRows;
    const places = new KeyedVersions(this.#columns);
    const scan = new TableScan(this.#engine).each(
      this.#writer.shape.storage,
      ({ version, row: stored, isLive }) => {
        if (!isLive) return;
        const row = this.#writer.padded(stored as StoredRow);
        const key = places.keyOf(row);
        if (places.size <= max) places.add(key, version);
        found.get(key)?.push({ version, row });
      },
    );
    await inTurns(scan);
    if (places.size <= max) this.#places = places;
    return found;
  }

  async #apply(difference: Difference): Promise<void> {
    const places = this.#takePlaces();
    const observer = places && {
      added: (row: StoredRow, version: number) => places.add(places.keyOf(row), version),
      ended: (row: StoredRow, version: number) => places.delete(places.keyOf(row), version),
    };
    await applyDifference(this.#writer, difference, this.#engine, observer);
    if (!places) return;
    places.epoch = this.#changes.epoch;
    this.#engine.viewRows.put(this.#writer.shape.storage, places, this.#changes.transaction);
  }
}

/** Its keys, and what its numbers have changed by. */
interface TouchedGroup {
  readonly row: StoredRow;
  change: readonly bigint[];
}

type GroupUpkeep = Extract<Upkeep, { readonly keys: unknown }>;
type Found = Map<string, { readonly version: number; readonly row: StoredRow }[]>;

/** Rows by which of their values are NULL. */
function byNulls(rows: readonly StoredRow[]): Map<ReadonlySet<number>, StoredRow[]> {
  const parts = new Map<
    string,
    { readonly nulls: ReadonlySet<number>; readonly rows: StoredRow[] }
  >();
  for (const row of rows) {
    const nulls = row.flatMap((value, at) => (value === null ? [at] : []));
    const part = parts.get(nulls.join()) ?? { nulls: new Set(nulls), rows: [] };
    parts.set(nulls.join(), part);
    part.rows.push(row);
  }
  return new Map([...parts.values()].map((part) => [part.nulls, part.rows]));
}
