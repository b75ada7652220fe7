/**
 * ANALYZE of one relation: rows are sampled and what they tell is staged in pg_statistic and
 * pg_class, for its own rows and for those of the tables below it.
 * https://www.postgresql.org/docs/15/sql-analyze.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { accessMethod } from "../../catalog/access-methods.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import { withDescendants } from "../../catalog/inheritance.ts";
import type { ClassTuple } from "../../catalog/names.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import type { PageStore } from "../../pages/page-store.ts";
import type { LockMode } from "../../txn/lock-mode.ts";
import type { VacuumLog } from "../../txn/vacuum-counts.ts";
import { missingValues, paddedRow } from "../rows/missing.ts";
import { rulesOf } from "../rows/modify-plan.ts";
import { blocksOf, type Sample, sampleRows } from "../rows/sample.ts";
import type { Steps } from "../rows/steps.ts";
import type { TableShape } from "../rows/table-shape.ts";
import type { TableWorkEngine } from "../rows/table-work.ts";
import { TableWriter } from "../rows/table-writer.ts";
import { Turns } from "../rows/turn.ts";
import type { Scalar } from "../types/scalar.ts";
import {
  type AttributeTuple,
  type ColumnHost,
  type Examined,
  storeColumns,
} from "./column-analysis.ts";

type Rows = readonly (readonly Scalar[])[];

/** Rows for each common value or part of a histogram. */
const ROWS_PER_TARGET = 300;
const [ROWS_MIN, ROWS_MAX] = [100, 300_000];
const PAGE_BYTES = 8192;
/** Of what has no pages of its own. */
const NO_PAGES = -1;

export interface AnalyzeHost extends ColumnHost {
  readonly catalog: Catalog;
  readonly store: PageStore;
  readonly counts: VacuumLog;
  readonly access: TableWorkEngine;
  /** default_statistics_target */
  readonly defaultTarget: number;
}

/** What is said and locked on the way. */
export interface AnalyzeSession {
  readonly say: ((message: string) => void) | undefined;
  lock(relation: Oid, mode: LockMode): Steps<void>;
}

/** Of an index: what part of the rows it has entries of, and the keys of those in the sample. */
interface IndexSample {
  readonly part: number;
  readonly keys: Rows;
}

export class Analyzing {
  readonly #host: AnalyzeHost;
  readonly #session: AnalyzeSession;

  constructor(host: AnalyzeHost, session: AnalyzeSession) {
    this.#host = host;
    this.#session = session;
  }

  /** The relation is locked. Throws 42703, 42701. */
  *run(relation: ClassTuple, columns: readonly string[]): Steps<void> {
    if (relation.relkind !== "p") yield* this.#own(relation, columns);
    if (relation.relhassubclass) yield* this.#inherited(relation, columns);
    const counted = (relation.relfilenode || relation.oid) as Oid;
    this.#host.counts.noteAnalyzed(counted);
  }

  *#own(relation: ClassTuple, names: readonly string[]): Steps<void> {
    const { catalog } = this.#host;
    this.#session.say?.(`analyzing "${this.#nameOf(relation)}"`);
    const examined = this.#examined(relation, names);
    const indexes = catalog.list(pgIndex, "indrelid", [relation.oid]).map((row) => row.indexrelid);
    for (const index of indexes) yield* this.#session.lock(index, "ShareUpdateExclusive");
    const ofIndexes = names.length > 0 ? [] : indexes.flatMap((index) => this.#ofIndex(index));
    const shape = this.#host.access.shapeOf(relation.oid);
    const wanted = rowsFor([...examined, ...ofIndexes]);
    const sample = yield* this.#sample(relation, shape, wanted);
    const { rows, totalRows } = sample;
    yield* storeColumns(this.#host, examined, { rows, totalRows, inherited: false });
    const keys = yield* this.#indexSamples(shape, rows);
    for (const column of ofIndexes) {
      const found = keys.get(column.attribute.attrelid) as IndexSample;
      const part = found.part * totalRows;
      const counted = { rows: found.keys, totalRows: part, inherited: false, areKeys: true };
      yield* storeColumns(this.#host, [column], counted);
    }
    // What is measured is what is committed in the pages; within a call they are being read.
    if (!this.#host.access.atOnce) this.#host.store.commit();
    this.#setSize(relation.oid, totalRows);
    for (const index of indexes) {
      this.#setSize(index, Math.ceil((keys.get(index)?.part ?? 1) * totalRows));
    }
  }

  *#inherited(relation: ClassTuple, names: readonly string[]): Steps<void> {
    const { catalog } = this.#host;
    const name = this.#nameOf(relation);
    this.#session.say?.(`analyzing "${name}" inheritance tree`);
    const examined = this.#examined(relation, names);
    const tables = withDescendants(catalog, relation.oid);
    if (tables.length < 2) {
      const why = "this inheritance tree contains no child tables";
      this.#session.say?.(`skipping analyze of "${name}" inheritance tree --- ${why}`);
      return;
    }
    const { rows, totalRows } = yield* this.#sampleAll(relation, tables, rowsFor(examined));
    yield* storeColumns(this.#host, examined, { rows, totalRows, inherited: true });
    if (relation.relkind !== "p") return;
    const now = catalog.find(pgClass, "key", [relation.oid]);
    if (now) this.#setClass(now, { relpages: NO_PAGES, reltuples: Math.fround(totalRows) });
  }

  #nameOf({ relname, relnamespace }: ClassTuple): string {
    const { catalog } = this.#host;
    return `${catalog.find(pgNamespace, "key", [relnamespace])?.nspname}.${relname}`;
  }

  /** The columns to be looked at, in the order in which they are named. */
  #examined({ oid, relname }: ClassTuple, names: readonly string[]): Examined[] {
    const columns = this.#host.catalog
      .list(pgAttribute, "key", [oid])
      .filter(({ attnum, attisdropped }) => attnum > 0 && !attisdropped)
      .sort((a, b) => a.attnum - b.attnum);
    const chosen: AttributeTuple[] = [];
    for (const name of names) {
      const column = columns.find(({ attname }) => attname === name);
      if (!column) {
        throw new SqlError("42703", `column "${name}" of relation "${relname}" does not exist`);
      }
      if (chosen.includes(column)) {
        const message = `column "${name}" of relation "${relname}" appears more than once`;
        throw new SqlError("42701", message);
      }
      chosen.push(column);
    }
    return this.#withTargets(names.length > 0 ? chosen : columns);
  }

  #withTargets(attributes: readonly AttributeTuple[]): Examined[] {
    return attributes
      .filter(({ attstattarget }) => attstattarget !== 0)
      .map((attribute) => {
        const { attstattarget } = attribute;
        const target = attstattarget < 0 ? this.#host.defaultTarget : attstattarget;
        return { attribute, target };
      });
  }

  /** Keys that are expressions: those that are columns have the columns' statistics. */
  #ofIndex(index: Oid): Examined[] {
    const { catalog } = this.#host;
    const { indkey = [] } = catalog.find(pgIndex, "key", [index]) ?? {};
    const columns = catalog.list(pgAttribute, "key", [index]);
    return this.#withTargets(columns.filter(({ attnum }) => indkey[attnum - 1] === 0));
  }

  *#sample(relation: ClassTuple, shape: TableShape, wanted: number): Steps<Sample> {
    const { access, store } = this.#host;
    const missing = missingValues(shape.missing, access.types);
    const table = {
      storage: shape.storage,
      lastVersion: store.rows.lastVersion(shape.storage),
      padded: (row: readonly Scalar[]) => paddedRow(row, shape.width, missing),
    };
    const sample = yield* sampleRows(table, wanted, access, Math.random);
    const { rows, totalRows, live, dead, blocksRead, blocks } = sample;
    this.#session.say?.(
      `"${relation.relname}": scanned ${blocksRead} of ${blocks} blocks of row versions, ` +
        `containing ${live} live rows and ${dead} dead rows; ` +
        `${rows.length} rows in sample, ${totalRows} estimated total rows`,
    );
    return sample;
  }

  /** Of each table as many rows as it has of all blocks, under the numbers of the first one. */
  *#sampleAll(
    relation: ClassTuple,
    tables: readonly Oid[],
    wanted: number,
  ): Steps<{ rows: Rows; totalRows: number }> {
    const { catalog, access, store } = this.#host;
    const target = access.shapeOf(relation.oid);
    const parts: { row: ClassTuple; shape: TableShape; blocks: number }[] = [];
    for (const table of [...tables].sort((a, b) => a - b)) {
      if (table !== relation.oid) yield* this.#session.lock(table, "AccessShare");
      const row = catalog.find(pgClass, "key", [table]);
      if (!row || row.relkind === "p") continue;
      const shape = access.shapeOf(table);
      parts.push({ row, shape, blocks: blocksOf(store.rows.lastVersion(shape.storage)) });
    }
    const all = parts.reduce((sum, { blocks }) => sum + blocks, 0);
    const rows: (readonly Scalar[])[] = [];
    let totalRows = 0;
    for (const { row, shape, blocks } of parts) {
      const share = Math.min(Math.round((wanted * blocks) / all), wanted - rows.length);
      if (!(share > 0)) continue;
      const sample = yield* this.#sample(row, shape, share);
      totalRows += sample.totalRows;
      const from = target.columns.map(({ number, name }) => ({
        number,
        at: shape.columns.find((column) => column.name === name)?.number ?? 0,
      }));
      for (const own of sample.rows) {
        const whole: Scalar[] = new Array(target.width).fill(null);
        for (const { number, at } of from) whole[number - 1] = own[at - 1] ?? null;
        rows.push(whole);
      }
    }
    return { rows, totalRows };
  }

  /** Of indexes that not every row has an entry in, or that compute keys. */
  *#indexSamples(shape: TableShape, rows: Rows): Steps<ReadonlyMap<Oid, IndexSample>> {
    const { access } = this.#host;
    const indexes = shape.indexes.filter(({ derived }) => !derived);
    const keys = new Map(indexes.map(({ oid }) => [oid, [] as (readonly Scalar[])[]]));
    if (indexes.length > 0) {
      const rules = rulesOf({ ...shape, indexes, checks: [] }, (bound) => access.translate(bound));
      const writer = new TableWriter(rules, access);
      const turns = new Turns(access);
      for (const row of rows) {
        for (const { index, values } of writer.keysOf(row)) keys.get(index.oid)?.push(values);
        const pause = turns.pause();
        if (pause !== undefined) yield pause;
      }
    }
    const part = (found: Rows) => (rows.length === 0 ? 1 : found.length / rows.length);
    return new Map([...keys].map(([oid, found]) => [oid, { keys: found, part: part(found) }]));
  }

  /** relpages and reltuples, of a relation that is locked. */
  #setSize(oid: Oid, rows: number): void {
    const { catalog, store } = this.#host;
    const relation = catalog.find(pgClass, "key", [oid]);
    if (!relation) return;
    const { relkind, relam, relfilenode } = relation;
    const bytes = store.sizes.bytesOf(relfilenode);
    const empty = relkind === "i" ? (accessMethod(catalog, relam)?.pages ?? 0) : 0;
    const relpages = bytes > 0 ? Math.ceil(bytes / PAGE_BYTES) : empty;
    this.#setClass(relation, { relpages, reltuples: Math.fround(rows) });
  }

  #setClass(relation: ClassTuple, sizes: Pick<ClassTuple, "relpages" | "reltuples">): void {
    const { relpages, reltuples } = relation;
    if (relpages === sizes.relpages && reltuples === sizes.reltuples) return;
    this.#host.catalog.update(pgClass, relation, sizes);
  }
}

const rowsFor = (examined: readonly Examined[]): number => {
  const targets = examined.map(({ target }) => target * ROWS_PER_TARGET);
  return Math.min(Math.max(ROWS_MIN, ...targets), ROWS_MAX);
};
