/** Rows of pg_statistic: written by ANALYZE, gone with what they tell of. */
import type { Oid } from "../../base/ids.ts";
import type { Catalog } from "../catalog.ts";
import type { NewRow } from "../relation.ts";
import { pgStatistic } from "../relations/pg-statistic.ts";

/**
 * A kind of statistics of a column; `values` is the text of an array, `numbers` are as
 * pg-statistic.ts says.
 */
export interface StatisticSlotRow {
  readonly kind: number;
  readonly operator: Oid;
  readonly collation: Oid;
  readonly numbers: readonly string[] | null;
  readonly values: string | null;
}

export interface StatisticRow {
  readonly relation: Oid;
  readonly attribute: number;
  /** Of the rows of tables below it, too. */
  readonly inherited: boolean;
  readonly nullFraction: number;
  readonly width: number;
  readonly distinct: number;
  readonly slots: readonly StatisticSlotRow[];
}

/** Writes a column's row, or writes it anew. */
export function storeStatistics(catalog: Catalog, row: StatisticRow): void {
  const { relation, attribute, inherited } = row;
  const known = catalog.find(pgStatistic, "key", [relation, attribute, inherited]);
  const values = {
    starelid: relation,
    staattnum: attribute,
    stainherit: inherited,
    stanullfrac: row.nullFraction,
    stawidth: row.width,
    stadistinct: row.distinct,
    ...slotColumns(row.slots),
  } as NewRow<(typeof pgStatistic)["columns"]>;
  if (known) catalog.delete(pgStatistic, known);
  catalog.insert(pgStatistic, values);
}

function slotColumns(slots: readonly StatisticSlotRow[]): Record<string, unknown> {
  const columns: Record<string, unknown> = {};
  for (const [at, { kind, operator, collation, numbers, values }] of slots.entries()) {
    columns[`stakind${at + 1}`] = kind;
    columns[`staop${at + 1}`] = operator;
    columns[`stacoll${at + 1}`] = collation;
    columns[`stanumbers${at + 1}`] = numbers;
    columns[`stavalues${at + 1}`] = values;
  }
  return columns;
}

/** Of a column, or of a whole relation. */
export function removeStatistics(catalog: Catalog, relation: Oid, attribute?: number): void {
  const key = attribute === undefined ? [relation] : [relation, attribute];
  for (const row of catalog.list(pgStatistic, "key", key)) catalog.delete(pgStatistic, row);
}
