/**
 * WORK ON ROWS that a DDL statement leads to: rows that must satisfy a new constraint, entries of
 * a new index, a table that is written anew. The statement stages the catalog and says what is to
 * be done; rows are a layer's above, which does it when the statement has staged everything. Of a
 * table without rows nothing is asked.
 *
 *   1. new indexes are built
 *   2. tables are written anew, or their rows looked at: NOT NULL, checks, domains
 *   3. foreign keys
 *   4. tables are filled by their queries
 *
 * as in PostgreSQL, so that of several faults the same one is told.
 */
import type { Epoch, Oid } from "../../base/ids.ts";
import type { SinkTarget, SourceRow } from "../connectors/ports.ts";
import type { ClassTuple } from "../names.ts";
import type { Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import type { DdlContext } from "./context.ts";

/** What a column holds in rows that are older than it; `text`: pg_attribute.attmissingval. */
export interface MissingValue {
  readonly attnum: number;
  readonly type: Oid;
  readonly typmod: number;
  readonly text: string;
}

/** Where the values of a column come from when its table is written anew. */
export type ColumnValue = { readonly attnum: number } & (
  | { readonly kind: "sequence"; readonly sequence: Oid }
  /** Stored trees over the row as it was, or as it has become (a generated column). */
  | { readonly kind: "old row" | "new row"; readonly tree: string }
);

/**
 * Numbers of the columns that values of composite types have, by the relations of these, where they
 * are not those that the types have by now.
 */
export type RowShapes = ReadonlyMap<Oid, readonly number[]>;

/** The order of an index: as pg_index.indoption says for each key. */
export interface RowOrder {
  readonly index: Oid;
  readonly options: readonly number[];
}

/** Values of a column are held against what its domain is to demand. */
export interface DomainWork {
  readonly kind: "domain";
  readonly attnum: number;
  /** A stored check over VALUE; undefined: NOT NULL. */
  readonly check: string | undefined;
}

/** notNull: no column that is NOT NULL holds NULL. */
export type TableWork = { readonly table: Oid } & (
  | { readonly kind: "notNull" }
  | { readonly kind: "check"; readonly name: string }
  | DomainWork
  /** Rows must belong to the partition; the default one may have had rows that another takes. */
  | { readonly kind: "partition"; readonly isDefault: boolean }
  | { readonly kind: "foreignKey"; readonly constraint: Oid }
  /** No row refers to one of the partition by a foreign key that has led there. */
  | { readonly kind: "unreferenced"; readonly key: Tuple<(typeof pgConstraint)["columns"]> }
  | { readonly kind: "index"; readonly index: Oid }
  /** What rows lack is as it was before the statement. */
  | { readonly kind: "before"; readonly missing: readonly MissingValue[] }
  /** The rows of storage `from` go into the table's new one. */
  | { readonly kind: "rewrite"; readonly from: Oid; readonly order: RowOrder | undefined }
  | { readonly kind: "value"; readonly value: ColumnValue }
  /**
   * The rows of a table of another database, storage `from`, go into `to`, with their entries in
   * indexes: `indexes` has the storages of these.
   */
  | {
      readonly kind: "copy";
      readonly name: string;
      readonly from: Oid;
      readonly to: Oid;
      readonly indexes: ReadonlyMap<Oid, Oid>;
    }
  /** Values of the table's row type have these columns, until what holds them is written anew. */
  | { readonly kind: "shape"; readonly columns: readonly number[] }
  /**
   * The table holds the rows of a stored query, behind everything else. `done` stages what follows
   * from that: the epoch is what the query saw, the count that of its rows. It may throw a Wait.
   */
  | {
      readonly kind: "fill";
      readonly tree: string;
      readonly how: "all" | "difference";
      /** Row security has its say in what the query reads. */
      readonly secured?: true;
      readonly done?: (epoch: Epoch) => void;
    }
  /** The table's rows are those of the query at an epoch, if one is given, and become today's. */
  | {
      readonly kind: "maintain";
      readonly tree: string;
      readonly since: Epoch | undefined;
      /** Only the time has changed since; where no row does with it, nothing is staged. */
      readonly isLevel?: boolean;
      readonly done?: (epoch: Epoch) => void;
    }
  /**
   * Some more of the rows of a view that nobody reads yet; `begun`: what there is of them. `done`:
   * as above; undefined: they cannot be had bit by bit, or no longer.
   */
  | {
      readonly kind: "portion";
      readonly tree: string;
      readonly begun: Portion | undefined;
      readonly done: (portion: Portion | undefined) => void;
    }
  /**
   * Entries for versions behind `after`, up to `last`, some of them. `done`: as above; it is told
   * the last version that has its entry now.
   */
  | {
      readonly kind: "entries";
      readonly index: Oid;
      readonly after: number;
      readonly last: number;
      readonly done: (version: number) => void;
    }
  /**
   * What the query has given and taken since the epoch goes to the target; or all that it gave
   * then. `done`: as above.
   */
  | {
      readonly kind: "deliver";
      readonly tree: string;
      readonly since: Epoch;
      readonly isWhole: boolean;
      readonly target: SinkTarget;
      readonly done: (epoch: Epoch, count: number, position: object) => void;
    }
  /** Rows come in, up to the first that is wrong: if that is the first, its error is thrown. */
  | {
      readonly kind: "ingest";
      readonly rows: readonly SourceRow[];
      readonly ignoresErrors: boolean;
      readonly done: (
        count: number,
        position: object | undefined,
        ignored: readonly string[],
      ) => void;
    }
);

/** What a view's table gave at `epoch`, in its versions up to `position`, of those to `last`. */
export interface Portion {
  readonly epoch: Epoch;
  readonly position: number;
  readonly last: number;
}

export interface RowWork {
  /** Whether the table may have rows, or had some when the statement began. */
  hasRows(table: Pick<ClassTuple, "oid" | "relfilenode">): boolean;
  /** About how many rows a storage has. */
  estimate(storage: Oid): number;
  /** The last version that a storage has given out. */
  lastVersion(storage: Oid): number;
  /** Only for tables that may have rows, or get some. */
  queue(work: TableWork): void;
  /**
   * The value of a stored default as attmissingval: a list of one; null = NULL; undefined = it
   * is not the same for every row. Throws what evaluating it throws.
   */
  missingValue(
    tree: string,
    column: { readonly type: Oid; readonly typmod: number },
  ): string | null | undefined;
}

/** Of a column that every row has. */
export const NOT_MISSING = { atthasmissing: false, attmissingval: null } as const;

/** Queues the work if the table may have rows. Without any, it throws what planning it throws. */
export function queueWork(context: DdlContext, work: TableWork): void {
  const table = context.catalog.find(pgClass, "key", [work.table]);
  if (!table || table.relkind === "p") return;
  const tree = plannedFor(context, work);
  if (tree !== undefined && tree !== null) context.relations.checkConstants(tree);
  if (context.rows.hasRows(table)) context.rows.queue(work);
}

/** The expression that is run for rows. */
function plannedFor({ catalog }: DdlContext, work: TableWork): string | null | undefined {
  if (work.kind === "value") return "tree" in work.value ? work.value.tree : undefined;
  if (work.kind !== "check") return undefined;
  const key = [work.table, 0, work.name] as const;
  return catalog.find(pgConstraint, "conrelid_contypid_conname", key)?.conbin;
}

/** To be called before a statement changes the columns of a table. */
export function noteMissing(context: DdlContext, table: ClassTuple): void {
  if (!context.rows.hasRows(table)) return;
  const missing: MissingValue[] = [];
  for (const row of context.catalog.list(pgAttribute, "key", [table.oid])) {
    if (!row.atthasmissing || row.attmissingval === null) continue;
    const { attnum, atttypid: type, atttypmod: typmod, attmissingval: text } = row;
    missing.push({ attnum, type, typmod, text });
  }
  context.rows.queue({ kind: "before", table: table.oid, missing });
}
