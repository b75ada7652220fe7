/**
 * WITH. SQLite's common tables are PostgreSQL's, but that a recursive arm must be a bare SELECT.
 */
import { notSupported } from "../../base/sql-error.ts";
import type { CommonTable, Query } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import { newScope, type Scope } from "./scope.ts";

const hints = { default: "", always: "MATERIALIZED ", never: "NOT MATERIALIZED " } as const;

/** `WITH … ` or nothing. */
export function emitCommonTables(
  emitter: Emitter,
  scope: Scope,
  tables: readonly CommonTable[],
): string {
  if (tables.length === 0) return "";
  const recursive = tables.some((table) => table.recursive);
  const texts = tables.map((table) => {
    const alias = emitter.alias("w");
    const source = { kind: "cte", name: table.name, alias: undefined, indexes: [] } as const;
    emitter.context.names?.set(alias, source);
    const width = table.query.targets.filter(({ junk }) => !junk).length;
    const columns = Array.from({ length: Math.max(width, 1) }, (_, at) => `c${at + 1}`);
    if (table.recursive) scope.commonTables.set(table.name, { alias });
    const rows = table.recursive
      ? recursiveRows(emitter, scope, table.query)
      : emitter.query(scope, table.query);
    scope.commonTables.set(table.name, { alias });
    return `${alias}(${columns.join(", ")}) AS ${hints[table.materialized]}(${rows})`;
  });
  return `WITH ${recursive ? "RECURSIVE " : ""}${texts.join(", ")} `;
}

function recursiveRows(emitter: Emitter, scope: Scope, query: Query): string {
  if (query.kind !== "set") return emitter.query(scope, query);
  if (query.orderBy.length > 0 || query.limit || query.offset || query.commonTables.length > 0) {
    throw notSupported("ORDER BY, LIMIT or WITH in a recursive query");
  }
  const level = newScope(scope, []);
  const start = emitter.query(level, query.left);
  const again = emitter.query(level, query.right, { bare: true });
  return `SELECT * FROM (${start}) UNION ${query.all ? "ALL " : ""}${again}`;
}
