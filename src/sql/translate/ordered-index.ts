/**
 * AN INDEX THAT HAS THE FIRST ROWS: where a query with ORDER BY and LIMIT asks for rows in the
 * order of an index, they are read in it, and reading ends with the last one that is wanted.
 */
import { isInherited } from "../../catalog/inheritance.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import type { Expression, FromItem, SelectQuery, SortKey } from "../bind/tree.ts";
import { isPlain } from "./backward-scan.ts";
import type { Emitter } from "./emitter.ts";
import { findIndex, type Reached, termsInOrder, type UserIndex } from "./index-choice.ts";
import { orderOf } from "./order-keys.ts";

type Column = Extract<Expression, { kind: "column" }>;

export interface OrderedIndex extends Reached {
  /** Of the range table. */
  readonly table: number;
  /** Numbers of the index's keys that the rows are ordered by, from 1. */
  readonly keys: readonly number[];
  readonly descending: boolean;
}

/** undefined: rows are sorted. `demands`: what holds of rows of tables that no join leaves out. */
export function orderedIndex(
  emitter: Emitter,
  query: SelectQuery,
  demands: readonly Expression[],
): OrderedIndex | undefined {
  const { limit, withTies, distinct, orderBy, locking } = query;
  if (!limit || withTies || distinct !== false || orderBy.length === 0) return undefined;
  if (locking.length > 0 || !isPlain(query)) return undefined;
  const columns = orderBy.map((key) => sortedColumn(emitter, query, key));
  const [first] = columns;
  if (!first || columns.some((column) => column?.table !== first.table)) return undefined;
  const { descending } = orderBy[0] as SortKey;
  if (orderBy.some((key) => key.descending !== descending)) return undefined;
  const { table } = first;
  const entry = query.rangeTable[table - 1];
  if (entry?.kind !== "relation" || entry.security || entry.versions || entry.sample) {
    return undefined;
  }
  const { context } = emitter;
  if (!query.from.some((item) => keeps(item, table))) return undefined;
  if (context.relation(entry.relation) || isInherited(context.catalog, entry)) return undefined;
  const indexes = context.userTable(entry.relation)?.indexes ?? [];
  const attributes = columns.map((column) => (column as Column).attribute);
  const reached = findIndex(emitter, indexes, table, demands, false);
  const tried = reached ? [reached.index] : indexes;
  for (const index of tried) {
    const terms = termsInOrder(emitter, index, table, demands);
    const keys = keysInOrder({ index, terms }, attributes);
    if (keys) return { table, index, terms, keys, descending };
  }
  return undefined;
}

/** The column by whose stored form rows are ordered, NULLs last as an index has them. */
function sortedColumn(
  emitter: Emitter,
  { targets, rangeTable }: SelectQuery,
  key: SortKey,
): Column | undefined {
  const target = key.target === undefined ? undefined : targets[key.target - 1];
  const column = target?.expression ?? key.expression;
  if (column.kind !== "column" || column.levelsUp > 0 || column.attribute <= 0) return undefined;
  if (orderOf(emitter, column) !== "ordered") return undefined;
  const entry = rangeTable[column.table - 1];
  if (entry?.kind !== "relation") return undefined;
  const { catalog, types } = emitter.context;
  const row = catalog.find(pgAttribute, "key", [entry.relation, column.attribute]);
  if (row?.attnotnull) return column;
  // The key of NULL is a number: behind whole numbers, before texts and bytes.
  const isLast = types.storage(column.type) === "integer";
  return isLast && key.nullsFirst === key.descending ? column : undefined;
}

/** No outer join leaves out its rows. */
function keeps(item: FromItem, table: number): boolean {
  if (item.kind === "table") return item.table === table;
  const { left, right, join } = item;
  if (join === "left") return keeps(left, table);
  if (join === "right") return keeps(right, table);
  return join !== "full" && (keeps(left, table) || keeps(right, table));
}

/** The keys behind those that have one value each; undefined: they are others. */
function keysInOrder(
  { index, terms }: { readonly index: UserIndex; readonly terms: Reached["terms"] },
  attributes: readonly number[],
): readonly number[] | undefined {
  const equal = terms.filter(({ kind }) => kind === "equal").length;
  const others = terms.slice(equal);
  if (others.length > 1 || others.some(({ kind }) => kind !== "within")) return undefined;
  const fits = attributes.every((attribute, at) => {
    const place = equal + at;
    return index.attributes[place] === attribute && index.keyTypes[place] === undefined;
  });
  return fits ? attributes.map((_, at) => equal + at + 1) : undefined;
}
