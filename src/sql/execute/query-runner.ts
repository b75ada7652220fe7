/**
 * RUNNING A TRANSLATION. First here, on the connection that applies, in one synchronous step with a
 * budget of rows and time; a query that needs more starts again on a reader thread, which streams,
 * and the next ones with its text start there at once.
 *
 * Functions that read the catalog do so on another connection, which sees what was committed: so
 * the pages are committed before a query that calls any. A query whose functions run queries of
 * their own, in PL/pgSQL, runs itself on a further one: nested-connections.ts.
 */
import { performance } from "node:perf_hooks";
import { assert, unreachable } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { NestedConnections } from "../../pages/nested-connections.ts";
import type { PageStore } from "../../pages/page-store.ts";
import { type QueryConnection, type SeenBulks, sqliteCode } from "../../pages/query-connection.ts";
import { BudgetExceeded } from "../../pages/query-guard.ts";
import type { ReaderPool } from "../../pages/reader-pool.ts";
import { type ScanMeter, UNLIMITED } from "../../pages/scan-meter.ts";
import type { OverlayChanges } from "../../pages/store.ts";
import type { RowChange } from "../../wal/fragment.ts";
import type { Registry } from "../functions/registry.ts";
import type { Binding, Translation } from "../translate/translation.ts";
import type { Scalar } from "../types/scalar.ts";
import { type FunctionEnvironment, localContext, remoteQuery } from "./function-environment.ts";
import type { EqpRow } from "./query-plan.ts";
import { FunctionInstaller } from "./register.ts";
import { type Snapshot, SnapshotReader } from "./snapshot-reader.ts";

/** What a query may take before it must leave the main thread: rows that it scans, and time. */
const MAIN_THREAD_ROWS_MAX = 32_768;
const MAIN_THREAD_MS_MAX = 20;
/** Values and text of a query that is prepared here: that takes the square of their number. */
const BINDINGS_HERE_MAX = 1000;
const TEXT_HERE_MAX = 100_000;
/** Times that a query which had to leave twice starts elsewhere before it is tried here again. */
const STARTS_ELSEWHERE = 15;
const LONG_QUERIES_MAX = 256;

/** Milliseconds of this thread that queries within one call may take together. */
export interface TimeShare {
  readonly ms: number;
  left: number;
  /** Of what DDL does with rows meanwhile, once there is any. */
  work?: TimeShare;
}

export interface RunOptions {
  /** The row of a sequence. */
  readonly sequence?: (sequence: Oid) => readonly Scalar[];
  /** Aborted = cancelled. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number | undefined;
  /** However long it takes, all rows are read in this step. */
  readonly atOnce?: boolean;
  /** With that: what it and others may take together; beyond, it is refused with 54001. */
  readonly share?: TimeShare | undefined;
  /** Of the job that the query belongs to: it runs on a thread for jobs. */
  readonly meter?: ScanMeter | undefined;
  /** Rows that come before an error are answered, as a stream that ends with it. */
  readonly rowsBeforeError?: boolean | undefined;
}

type Rows = readonly (readonly Scalar[])[];

export type QueryRows =
  | { readonly kind: "rows"; readonly rows: Rows }
  /** To be iterated once. Ends with SqlError 57014 when cancelled. */
  | { readonly kind: "stream"; readonly batches: AsyncIterable<Rows> };

/** A connection that runs one query at a time. */
interface Place {
  readonly queries: QueryConnection;
  readonly installer: FunctionInstaller;
  readonly withOverlay: <T>(changes: OverlayChanges, query: () => T) => T;
  /** 1: queries may run within its query. */
  readonly depth: 0 | 1;
}

const tooLong = ({ ms }: TimeShare): SqlError =>
  new SqlError("54001", `the queries of a call take more than ${ms} ms`, {
    hint: "While it runs, no other session does.",
  });

/** Work that has a share of the time, with the queries in it. */
export class Spending {
  readonly #share: TimeShare;
  readonly #left: number;
  readonly #began = performance.now();

  constructor(share: TimeShare) {
    this.#share = share;
    this.#left = share.left;
  }

  get #spent(): number {
    return performance.now() - this.#began;
  }

  /** Throws 54001. */
  check(): void {
    if (this.#spent > this.#left) throw tooLong(this.#share);
  }
  end(): void {
    this.#share.left = this.#left - this.#spent;
  }
}

export class QueryRunner {
  readonly #store: PageStore;
  readonly #readers: ReaderPool;
  readonly #jobReaders: ReaderPool;
  readonly #nested: NestedConnections | undefined;
  readonly #registry: Registry;
  /** The connection that applies. */
  readonly #main: Place;
  /** For queries that call routines, by how many of those are running around them. */
  readonly #around: Place[] = [];
  #depth = 0;
  /** Texts that had to leave, and how often they still start elsewhere. */
  readonly #long = new Map<string, number>();

  /** `jobReaders`: threads that may rest for long, as jobs do. `nested`: for queries in queries. */
  constructor(
    store: PageStore,
    readers: ReaderPool,
    jobReaders: ReaderPool,
    registry: Registry,
    nested?: NestedConnections,
  ) {
    this.#store = store;
    this.#readers = readers;
    this.#jobReaders = jobReaders;
    this.#nested = nested;
    this.#registry = registry;
    const { queries } = store;
    const installer = new FunctionInstaller(queries, registry);
    const withOverlay: Place["withOverlay"] = (changes, query) => store.withOverlay(changes, query);
    this.#main = { queries, installer, withOverlay, depth: 0 };
  }

  /** Where the query runs: what its routines ask for finds the connection that applies free. */
  #place({ flags }: Translation): Place {
    if (!flags.routines) {
      assert(!this.#main.installer.current, "a query within a query's step");
      return this.#main;
    }
    const known = this.#around[this.#depth];
    if (known) return known;
    assert(this.#nested, "somebody has connections for queries that call routines");
    const connection = this.#nested.at(this.#depth);
    const { queries } = connection;
    const place: Place = {
      queries,
      installer: new FunctionInstaller(queries, this.#registry),
      withOverlay: (changes, query) => connection.withOverlay(changes, query),
      depth: 1,
    };
    this.#around[this.#depth] = place;
    return place;
  }

  /**
   * `parameters` are $1 … $n in stored form. Throws SqlError, and whatever a function of the query
   * throws (Wait among it): the session undoes the statement and may run it again.
   */
  run(
    translated: Translation,
    parameters: readonly Scalar[],
    snapshot: Snapshot,
    environment: FunctionEnvironment,
    options: RunOptions = {},
  ): QueryRows {
    const translation = withChance(translated, environment);
    if (translation.planError) throw translation.planError;
    this.#store.checkReadable(snapshot.epoch);
    const values = bindValues(translation.bindings, parameters, snapshot, options);
    if (translation.flags.catalogFunctions) this.#store.commit();
    const before: Scalar[][] | undefined = options.rowsBeforeError ? [] : undefined;
    const elsewhere = (): QueryRows => ({
      kind: "stream",
      batches: this.#runElsewhere(translation, values, snapshot, environment, options),
    });
    const { meter } = options;
    const rests = meter !== undefined && meter.rate !== UNLIMITED && !translation.flags.effects;
    if (rests || (!options.atOnce && this.#isLong(translation))) return elsewhere();
    const metered = meter?.rows ?? 0;
    try {
      const rows = this.#runHere(translation, values, snapshot, environment, options, before);
      this.#long.delete(translation.sql);
      return { kind: "rows", rows };
    } catch (error) {
      if (error instanceof SqlError && before && before.length > 0) {
        return { kind: "stream", batches: endingWith(before, error) };
      }
      if (!(error instanceof BudgetExceeded)) throw error;
      if (options.share) throw error.refusal ?? tooLong(options.share);
      if (translation.flags.effects || options.atOnce) throw error.otherwise;
      this.#noteLong(translation);
      if (meter) meter.rows = metered;
      return elsewhere();
    }
  }

  /** The first time may have been long for being the first. */
  #noteLong({ sql }: Translation): void {
    if (this.#long.size >= LONG_QUERIES_MAX) this.#long.clear();
    this.#long.set(sql, this.#long.has(sql) ? STARTS_ELSEWHERE : 0);
  }

  /** It has left, or takes long to prepare. */
  #isLong({ sql, bindings, flags }: Translation): boolean {
    const isLarge = bindings.length > BINDINGS_HERE_MAX || sql.length > TEXT_HERE_MAX;
    if (isLarge && !flags.effects) return true;
    const left = this.#long.get(sql) ?? 0;
    if (left > 0) this.#long.set(sql, left - 1);
    return left > 0;
  }

  /** What SQLite says about the translation's text; tables that are only staged are there, too. */
  explain({ sql, bindings, functions }: Translation, snapshot: Snapshot): EqpRow[] {
    const store = this.#store;
    this.#main.installer.install(functions);
    const rows = store.withOverlay(snapshot, () =>
      store.queries.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(bindings.map(() => null)),
    );
    return rows.map(([id, parent, cost, detail]) => ({
      id: Number(id),
      parent: Number(parent),
      cost: Number(cost),
      detail: String(detail),
    }));
  }

  #runHere(
    translation: Translation,
    values: readonly Scalar[],
    snapshot: Snapshot,
    environment: FunctionEnvironment,
    options: RunOptions,
    into: Scalar[][] | undefined,
  ): Scalar[][] {
    const store = this.#store;
    const { sql, functions, flags } = translation;
    const { queries, installer, withOverlay, depth } = this.#place(translation);
    installer.install(functions);
    const { timeoutMs } = options;
    const began = performance.now();
    queries.limit({
      // What changes the session cannot start again elsewhere.
      ...(!flags.effects &&
        !options.atOnce && {
          ticksMax: MAIN_THREAD_ROWS_MAX,
          budgetEnd: performance.now() + MAIN_THREAD_MS_MAX,
        }),
      ...(options.share && { budgetEnd: began + options.share.left }),
      ...(timeoutMs !== undefined && { deadline: performance.now() + timeoutMs }),
      ...(options.meter && { meter: options.meter }),
    });
    const catalog = new SnapshotReader(store.reader(), snapshot);
    installer.current = localContext(
      environment,
      catalog,
      () => store.sizes,
      !flags.effects && !options.atOnce,
    );
    this.#depth += depth;
    try {
      queries.see(this.#bulksSeen(snapshot));
      return withOverlay(stagedFor(translation, snapshot), () => {
        const query = queries.prepare(sql);
        if (into === undefined) return query.all(values) as Scalar[][];
        for (const row of query.iterate(values)) into.push(row as Scalar[]);
        return into;
      });
    } catch (error) {
      throw sqlErrorOf(error);
    } finally {
      this.#depth -= depth;
      installer.current = undefined;
      queries.guard.end();
      if (options.share) options.share.left -= performance.now() - began;
    }
  }

  /** One row that is computed from `parameters` alone: nothing stored is read. */
  evaluate(
    translation: Translation,
    parameters: readonly Scalar[],
    snapshot: Snapshot,
    environment: FunctionEnvironment,
  ): readonly Scalar[] {
    const store = this.#store;
    const values = bindValues(translation.bindings, parameters, snapshot, {});
    const { queries, installer, depth } = this.#place(translation);
    installer.install(translation.functions);
    if (translation.flags.catalogFunctions) store.commit();
    queries.limit({});
    const catalog = new SnapshotReader(store.reader(), snapshot);
    installer.current = localContext(environment, catalog, () => store.sizes, false);
    this.#depth += depth;
    try {
      return (queries.prepare(translation.sql).all(values) as Scalar[][])[0] ?? [];
    } catch (error) {
      // What is computed for a row that is written cannot be computed elsewhere.
      throw error instanceof BudgetExceeded ? error.otherwise : sqlErrorOf(error);
    } finally {
      this.#depth -= depth;
      installer.current = undefined;
    }
  }

  /** Rows of these bulks are real at the snapshot's epochs, or its transaction's own. */
  #bulksSeen({ epoch, bulks, others = [] }: Snapshot): SeenBulks {
    const seen = { now: new Set<number>(bulks), since: others.map(() => new Set<number>()) };
    for (const [bulk, committed] of this.#store.rows.bulks.committed()) {
      if (committed <= epoch) seen.now.add(bulk);
      for (const [at, other] of others.entries()) if (committed <= other) seen.since[at]?.add(bulk);
    }
    return seen;
  }

  async *#runElsewhere(
    translation: Translation,
    values: readonly Scalar[],
    snapshot: Snapshot,
    environment: FunctionEnvironment,
    options: RunOptions,
  ): AsyncGenerator<Rows, void, undefined> {
    this.#store.commit();
    const { signal, timeoutMs, meter } = options;
    const batches = (meter ? this.#jobReaders : this.#readers).run({
      meter,
      sql: translation.sql,
      parameters: values,
      // Functions look at all that is staged of the catalog.
      overlay: { mutations: snapshot.mutations, rows: rowsFor(translation, snapshot) },
      bulks: this.#bulksSeen(snapshot),
      context: remoteQuery(environment, snapshot, translation.functions),
      ...(signal && { signal }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    try {
      for await (const batch of batches) yield batch as Rows;
    } catch (error) {
      throw sqlErrorOf(error);
    }
  }
}

async function* endingWith(rows: Rows, error: SqlError): AsyncGenerator<Rows, void, undefined> {
  yield rows;
  throw error;
}

const NO_ROWS: readonly RowChange[] = [];

/** What the transaction has staged of the rows that the query reads. */
function rowsFor({ storages }: Translation, { rows }: Snapshot): readonly RowChange[] {
  if (storages.size === 0 || rows.length === 0) return NO_ROWS;
  return rows.filter(({ storage }) => storages.has(storage));
}

/** To show all of it to each statement would take the longer the more there is. */
const stagedFor = (translation: Translation, snapshot: Snapshot): OverlayChanges => ({
  mutations: translation.flags.constant ? [] : snapshot.mutations,
  rows: rowsFor(translation, snapshot),
});

function bindValues(
  bindings: readonly Binding[],
  parameters: readonly Scalar[],
  snapshot: Snapshot,
  { sequence }: RunOptions,
): Scalar[] {
  const epoch = BigInt(snapshot.epoch);
  const database = BigInt(snapshot.database);
  return bindings.map((binding) => {
    switch (binding.kind) {
      case "epoch":
        return epoch;
      case "xid":
        return BigInt(snapshot.xid);
      case "since": {
        const other = snapshot.others?.[binding.at];
        assert(other !== undefined, "the snapshot has this epoch, too");
        return BigInt(other);
      }
      case "database":
        return database;
      case "constant":
        return binding.value;
      case "parameter":
        return parameters[binding.number - 1] ?? null;
      case "sequence":
        assert(sequence, "somebody knows the sequences");
        return sequence(binding.sequence)[binding.attribute - 1] ?? null;
      default:
        return unreachable(binding);
    }
  });
}

const tooComplex = /at most \d+ tables|too many|Recursion limit|tree is too large|Expression tree/i;

/** SQLite's limits are the statement's complexity; anything else it says is our mistake. */
function sqlErrorOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = sqliteCode(error) ?? (error as { code?: unknown }).code;
  if (code === "SQLITE_ERROR" && tooComplex.test(error.message)) {
    return new SqlError("54001", "statement too complex", { detail: `${error.message}.` });
  }
  if (code === "SQLITE_ERROR" && /recursive reference|circular reference/.test(error.message)) {
    return new SqlError("0A000", "this form of recursive query is not supported");
  }
  if (code === "SQLITE_ERROR" && /integer overflow/.test(error.message)) {
    return new SqlError("22003", "bigint out of range");
  }
  if (code === "SQLITE_TOOBIG") return new SqlError("54000", "value too large");
  return error;
}

/** pg_proc's oid of random(). */
const RANDOM = 1598;

/** Numbers drawn from a seed are the session's: such a query stays on its thread. */
function withChance(translation: Translation, { effects }: FunctionEnvironment): Translation {
  const { flags, functions } = translation;
  if (flags.effects || !effects?.chance.isSeeded) return translation;
  const draws = functions.some((use) => use.kind === "scalar" && use.function === RANDOM);
  return draws ? { ...translation, flags: { ...flags, effects: true } } : translation;
}
