/**
 * Work on rows as a DDL statement queues it, gathered by table: however many actions an ALTER TABLE
 * has, rows are read once.
 */
import type { Epoch, Oid } from "../../base/ids.ts";
import type {
  ColumnValue,
  DomainWork,
  MissingValue,
  RowOrder,
  RowWork,
  TableWork,
} from "../../catalog/ddl/row-work.ts";
import { quoteIdentifier } from "../../catalog/quote.ts";
import { decodeTree } from "../bind/codec.ts";
import type { Expression } from "../bind/tree.ts";
import type { Scalar } from "../types/scalar.ts";

export interface TableJob {
  readonly table: Oid;
  missing: ReadonlyMap<number, Scalar> | undefined;
  rewrite: { readonly from: Oid; readonly order: RowOrder | undefined } | undefined;
  readonly values: ColumnValue[];
  notNull: boolean;
  /** Names of checks. */
  readonly checks: string[];
  readonly domains: DomainWork[];
  /** Rows must belong to the partition that the table is. */
  partition: "new" | "default" | undefined;
  readonly indexes: Oid[];
}

/** Rows must refer to what is there, or to nothing in a partition that leaves. */
export type ReferenceJob = Extract<TableWork, { kind: "foreignKey" | "unreferenced" }>;

/** The table is to hold the rows of a stored query. */
export interface FillJob {
  readonly table: Oid;
  readonly tree: string;
  /** Whether it is empty, or keeps the rows that are right. */
  readonly how: "all" | "difference";
  readonly secured?: true;
  readonly done?: (epoch: Epoch) => void;
}

/** Some entries of an index that is built bit by bit. */
export type EntriesJob = Extract<TableWork, { kind: "entries" }>;

/** A part of a view's rows. */
export type PortionJob = Extract<TableWork, { kind: "portion" }>;

/** What is known of storages. */
export interface StorageFacts {
  isStored(storage: Oid): boolean;
  estimate(storage: Oid): number;
  lastVersion(storage: Oid): number;
}

/** The rows of a materialized view follow its query from one epoch to a later one. */
export interface MaintainJob {
  readonly table: Oid;
  readonly tree: string;
  /** Undefined: which rows it has is not known. */
  readonly since: Epoch | undefined;
  readonly isLevel?: boolean;
  readonly done?: (epoch: Epoch) => void;
}

/** Rows come from another database. */
export type CopyJob = Extract<TableWork, { kind: "copy" }>;

/** A sink hands over what has changed. */
export type DeliverJob = Extract<TableWork, { kind: "deliver" }>;
/** A source takes rows in. */
export type IngestJob = Extract<TableWork, { kind: "ingest" }>;

/** What is done in one scan of the table. */
type ScanWork = Extract<
  TableWork,
  {
    kind: "notNull" | "check" | "domain" | "partition" | "index" | "before" | "rewrite" | "value";
  }
>;

type Target = { readonly type: Oid; readonly typmod: number };

interface Values {
  evaluate(tree: Expression, target: Target): string | null | undefined;
  /** Under the types as they are. */
  parse(missing: readonly MissingValue[]): ReadonlyMap<number, Scalar>;
}

export class WorkQueue implements RowWork {
  readonly tables = new Map<Oid, TableJob>();
  readonly shapes = new Map<Oid, readonly number[]>();
  readonly references: ReferenceJob[] = [];
  readonly fills: FillJob[] = [];
  readonly maintained: MaintainJob[] = [];
  readonly entries: EntriesJob[] = [];
  readonly portions: PortionJob[] = [];
  readonly deliveries: DeliverJob[] = [];
  readonly ingested: IngestJob[] = [];
  readonly copies: CopyJob[] = [];
  readonly #storages: StorageFacts;
  readonly #values: Values;

  constructor(storages: StorageFacts, values: Values) {
    this.#storages = storages;
    this.#values = values;
  }

  get isEmpty(): boolean {
    const others = [
      ...[this.references, this.fills, this.maintained],
      ...[this.entries, this.portions, this.deliveries, this.ingested, this.copies],
    ];
    return others.every(({ length }) => length === 0) && [...this.tables.values()].every(isIdle);
  }

  hasRows({ oid, relfilenode }: { readonly oid: Oid; readonly relfilenode: Oid }): boolean {
    return this.tables.get(oid)?.rewrite !== undefined || this.#storages.isStored(relfilenode);
  }

  estimate(storage: Oid): number {
    return this.#storages.estimate(storage);
  }
  lastVersion(storage: Oid): number {
    return this.#storages.lastVersion(storage);
  }

  missingValue(tree: string, target: Target): string | null | undefined {
    return this.#values.evaluate(decodeTree(tree), target);
  }

  queue(work: TableWork): void {
    switch (work.kind) {
      case "foreignKey":
      case "unreferenced":
        return void this.references.push(work);
      case "fill":
        return void this.fills.push(work);
      case "entries":
        return void this.entries.push(work);
      case "portion":
        return void this.portions.push(work);
      case "maintain":
        return void this.maintained.push(work);
      case "deliver":
        return void this.deliveries.push(work);
      case "ingest":
        return void this.ingested.push(work);
      case "copy":
        return void this.copies.push(work);
      case "shape":
        if (!this.shapes.has(work.table)) this.shapes.set(work.table, work.columns);
        return;
      default:
        return this.#queueOf(work);
    }
  }

  #queueOf(work: ScanWork): void {
    const job = this.#jobOf(work.table);
    switch (work.kind) {
      case "notNull":
        job.notNull = true;
        break;
      case "check":
        job.checks.push(work.name);
        break;
      case "domain":
        job.domains.push(work);
        break;
      case "partition":
        job.partition ??= work.isDefault ? "default" : "new";
        break;
      case "index":
        job.indexes.push(work.index);
        break;
      case "before":
        job.missing ??= this.#values.parse(work.missing);
        break;
      case "rewrite":
        job.rewrite ??= work;
        break;
      case "value":
        job.values.push(work.value);
        break;
    }
  }

  #jobOf(table: Oid): TableJob {
    let job = this.tables.get(table);
    if (!job) {
      const lists = { values: [], checks: [], domains: [], indexes: [] };
      const none = { missing: undefined, rewrite: undefined, partition: undefined };
      job = { table, ...none, notNull: false, ...lists };
      this.tables.set(table, job);
    }
    return job;
  }

  /** In words, for EXPLAIN. */
  describe(
    nameOf: (relation: Oid) => string,
    upkeepOf: (fill: FillJob) => string | undefined,
  ): string[] {
    const lines: string[] = [];
    for (const { table, rewrite, notNull, checks, domains, indexes } of this.tables.values()) {
      const name = nameOf(table);
      if (rewrite) lines.push(`write ${name} anew`);
      else for (const index of indexes) lines.push(`build ${nameOf(index)}`);
      if (notNull) lines.push(`look for null values in ${name}`);
      for (const check of checks) lines.push(`hold rows of ${name} against check "${check}"`);
      if (domains.length > 0) lines.push(`hold rows of ${name} against a domain`);
    }
    for (const { table, partition } of this.tables.values()) {
      if (partition) lines.push(`hold rows of ${nameOf(table)} against its bound`);
    }
    for (const { table } of this.references) {
      lines.push(`look up what rows of ${nameOf(table)} refer to`);
    }
    for (const fill of this.fills) {
      lines.push(`fill ${nameOf(fill.table)} by its query`);
      const upkeep = upkeepOf(fill);
      if (upkeep !== undefined) lines.push(`maintain ${nameOf(fill.table)} ${upkeep}`);
    }
    for (const { table } of this.maintained) {
      lines.push(`change rows of ${nameOf(table)} as its query's have changed`);
    }
    for (const { name } of this.copies) lines.push(`copy rows of ${quoteIdentifier(name)}`);
    return lines;
  }
}

const isIdle = ({ rewrite, notNull, checks, domains, partition, indexes }: TableJob): boolean =>
  !rewrite &&
  !notNull &&
  !partition &&
  [checks, domains, indexes].every(({ length }) => length === 0);
