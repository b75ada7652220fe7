/**
 * ROWS OF SEVERAL QUERIES SIDE BY SIDE, as ROWS FROM (f(…), g(…)) WITH ORDINALITY has them where
 * functions are read as their bodies: the rows of each are numbered, and equal numbers joined.
 * https://www.postgresql.org/docs/15/queries-table-expressions.html#QUERIES-TABLEFUNCTIONS
 */
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { plainSelect, plainTarget } from "./plain-select.ts";
import { around } from "./routine-body.ts";
import type { Expression, FromItem, Query, RangeTableEntry, SelectQuery } from "./tree.ts";
import { BOOL, INT8 } from "./type-oids.ts";

const ROW_NUMBER = oid(3100);
const [INT8_EQUAL, INT8_EQUAL_FUNCTION] = [oid(410), oid(467)];

const number = { type: INT8, typmod: -1, collation: INVALID_OID };

/** The query with the number of each row, from 1, as one more column. */
function numbered(query: Query): SelectQuery {
  const rows = around(query);
  const count: Expression = {
    ...{ kind: "window", function: ROW_NUMBER, args: [], star: false, isAggregate: false },
    ...{ window: 0, ...number },
  };
  const targets = [...rows.targets, plainTarget(count, "ordinality")];
  return { ...rows, targets, windows: [{ partitionBy: [], orderBy: [] }] };
}

const columnAt = (entry: RangeTableEntry, table: number, at: number): Expression => ({
  kind: "column",
  table,
  attribute: at + 1,
  levelsUp: 0,
  type: entry.types[at] as Oid,
  typmod: entry.typmods[at] as number,
  collation: entry.collations[at] as Oid,
});

const columnsOf = (entry: RangeTableEntry, table: number): readonly Expression[] =>
  entry.names.map((_, at) => columnAt(entry, table, at));

/** The query's rows in FROM, the number of each behind its columns. */
export function numberedEntry(query: Query): RangeTableEntry {
  const rows = numbered(query);
  const columns = rows.targets.map(({ expression, name }) => ({ ...expression, name }));
  return { kind: "subquery", name: "*SELECT*", lateral: false, query: rows, ...described(columns) };
}

const described = (columns: readonly (Expression & { readonly name?: string })[]) => ({
  names: columns.map(({ name }, at) => name ?? `column${at + 1}`),
  types: columns.map(({ type }) => type),
  typmods: columns.map(({ typmod }) => typmod),
  collations: columns.map(({ collation }) => collation),
});

/**
 * The rows of the entries side by side, NULLs where one has fewer, and last, for `ordinality`,
 * their number, which the last column of each entry is.
 */
export function lockstep(entries: readonly RangeTableEntry[], ordinality: boolean): SelectQuery {
  const rangeTable = [...entries];
  const numbers = entries.map((entry, at) => columnAt(entry, at + 1, entry.names.length - 1));
  let [joined, count] = [{ kind: "table", table: 1 } as FromItem, numbers[0] as Expression];
  let columns = entries[0] ? columnsOf(entries[0], 1) : [];
  for (const [at, entry] of entries.entries()) {
    if (at === 0) continue;
    const added = columnsOf(entry, at + 1);
    const on: Expression = {
      ...{ kind: "operator", operator: INT8_EQUAL, function: INT8_EQUAL_FUNCTION },
      ...{ args: [count, numbers[at] as Expression], returnsSet: false },
      ...{ type: BOOL, typmod: -1, collation: INVALID_OID },
    };
    const left = [...columns.map((_, place) => place + 1), ...added.map(() => 0)];
    const right = [...columns.map(() => 0), ...added.map((_, place) => place + 1)];
    columns = [...columns, ...added];
    rangeTable.push({
      ...{ kind: "join", join: "full", name: "unnamed_join", lateral: false, using: [] },
      ...{ left, right, columns, ...described(columns) },
    });
    const table = rangeTable.length;
    const [before, next] = [joined, { kind: "table", table: at + 1 } as const];
    joined = { kind: "join", join: "full", table, left: before, right: next, on, natural: false };
    count = { kind: "coalesce", args: numbers.slice(0, at + 1), ...number };
  }
  const shown = entries.flatMap((entry, at) => columnsOf(entry, at + 1).slice(0, -1));
  const targets = [...shown, ...(ordinality ? [count] : [])].map((each) => plainTarget(each));
  return { ...plainSelect(targets), rangeTable, from: [joined] };
}
