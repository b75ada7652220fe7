/**
 * WITH RECURSIVE. SQLite feeds its recursive arm one row at a time, and so the arm may be no more
 * than a plain SELECT over the table. That gives the same rows where each row of the arm comes of
 * one row of the table. Any other arm (DISTINCT, GROUP BY, windows, LIMIT, a sub-select around the
 * table) is evaluated over the whole working table, as PostgreSQL does, which is kept as JSON:
 *
 *   s(rows) AS (SELECT (rows of the first arm as JSON)
 *               UNION ALL SELECT (rows of the second arm over json_each(s.rows)) FROM s WHERE …)
 *   w(c1, …) AS (SELECT … FROM s, json_each(s.rows))
 *
 * https://www.postgresql.org/docs/15/queries-with.html#QUERIES-WITH-RECURSIVE
 */
import type { CommonTable, FromItem, Query, SelectQuery, SetQuery } from "../bind/tree.ts";
import { hexText } from "./arrays.ts";
import type { Emitter } from "./emitter.ts";
import { equalityKey, orderOf } from "./order-keys.ts";
import { type Scope, scopeAt } from "./scope.ts";
import { searched } from "./search-cycle.ts";
import { containsWindowCall, walk } from "./walk.ts";

/**
 * The common tables that make the one. `level`: the query's own, within that of the table. `taken`:
 * how many rows are asked of it at most, where that is known.
 */
export function recursiveRows(
  emitter: Emitter,
  level: Scope,
  table: CommonTable,
  written: SetQuery,
  alias: string,
  taken: bigint | undefined,
): string[] {
  const query = searched(table, written);
  const home = scopeAt(level, 1);
  const columns = query.targets.map((_, at) => `c${at + 1}`).join(", ") || "c1";
  if (isPlainArm(query.right) && (query.all || isComparable(emitter, query))) {
    home.commonTables.set(table.name, { alias });
    const start = emitter.query(level, query.left);
    const again = emitter.query(level, query.right);
    const union = query.all ? "UNION ALL" : "UNION";
    return [`${alias}(${columns}) AS (SELECT * FROM (${start}) ${union} ${again})`];
  }
  // One step's rows alone may be as many as are asked for, or without end: a recursion within.
  const most = query.all && !table.search && !table.cycle ? taken : undefined;
  return stateTables(emitter, level, table, query, alias, most);
}

const isComparable = (emitter: Emitter, query: Query): boolean =>
  query.targets.every(({ expression }) => orderOf(emitter, expression) !== "none");

/** Whether each row of the arm comes of one row of the table, which it joins plainly. */
function isPlainArm(query: Query): boolean {
  if (query.kind !== "select" || query.distinct !== false || query.groupBy.length > 0) return false;
  if (query.hasAggregates || query.having || query.groupingSets) return false;
  if (query.orderBy.length > 0 || query.limit || query.offset) return false;
  if (query.commonTables.length > 0) return false;
  if (query.targets.some(({ expression }) => containsWindowCall(expression))) return false;
  return selfReferences(query) === 1 && query.from.some((item) => joinsPlainly(query, item));
}

/** References to the table itself, those in sub-selects included. */
function selfReferences(query: Query): number {
  let count = 0;
  walk(query, (node) => {
    if (node.kind === "cte" && node["self"] === true) count++;
    return true;
  });
  return count;
}

function joinsPlainly(query: SelectQuery, item: FromItem): boolean {
  if (item.kind === "table") {
    const entry = query.rangeTable[item.table - 1];
    return entry?.kind === "cte" && entry.self;
  }
  const [left, right] = [item.left, item.right].map((side) => joinsPlainly(query, side));
  if (item.join === "full") return false;
  return (item.join !== "right" && left === true) || (item.join !== "left" && right === true);
}

function stateTables(
  emitter: Emitter,
  level: Scope,
  table: CommonTable,
  query: SetQuery,
  alias: string,
  most: bigint | undefined,
): string[] {
  const home = scopeAt(level, 1);
  const limited = (rows: string) =>
    most === undefined ? rows : `SELECT * FROM (${rows}) LIMIT ${emitter.constant(most)}`;
  const start = gathered(emitter, query, limited(emitter.query(level, query.left)));
  const state = emitter.alias("s");
  // PostgreSQL keeps what was found for UNION; each new row is looked up in it.
  const rows = query.all ? `${state}.state` : `${state}.state, '$.rows'`;
  home.commonTables.set(table.name, { alias, state: rows });
  const again = gathered(emitter, query, limited(emitter.query(level, query.right)));
  const step = (before: string, next: string) =>
    query.all ? `(${next})` : `${emitter.internal("recursion_union")}(${before}, (${next}))`;
  const columns = query.targets.map(({ expression }, at) => {
    const text = `json_extract(e.value, '$[${at}]')`;
    const blob = emitter.context.types.storage(expression.type) === "blob";
    return blob ? `unhex(${text})` : text;
  });
  const names = query.targets.map((_, at) => `c${at + 1}`).join(", ") || "c1";
  return [
    `${state}(state) AS (SELECT ${step("NULL", start)} ` +
      `UNION ALL SELECT ${step(`${state}.state`, again)} ` +
      `FROM ${state} WHERE json_array_length(${rows}) > 0)`,
    `${alias}(${names}) AS (SELECT ${columns.join(", ") || "1"} ` +
      `FROM ${state}, json_each(${rows}) AS e)`,
  ];
}

/**
 * The rows as a JSON array of texts, each a row as a JSON array; for UNION of pairs, the second one
 * the text by which equal rows are one.
 */
function gathered(emitter: Emitter, query: SetQuery, rows: string): string {
  const { types } = emitter.context;
  const shown = (text: string, blob: boolean) => (blob ? hexText(text) : text);
  const values = query.targets.map(({ expression }, at) =>
    shown(`c${at + 1}`, types.storage(expression.type) === "blob"),
  );
  const row = `CAST(json_array(${values.join(", ")}) AS TEXT)`;
  if (query.all) return `SELECT json_group_array(${row}) FROM (${rows})`;
  const keys = query.targets.map(({ expression }, at) => {
    const key = equalityKey(emitter, `c${at + 1}`, expression);
    return `quote(${key})`;
  });
  return `SELECT json_group_array(json_array(${row}, json_array(${keys.join(", ")}))) FROM (${rows})`;
}
