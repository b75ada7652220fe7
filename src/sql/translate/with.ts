/** WITH. SQLite's common tables are PostgreSQL's, recursive ones apart (recursion.ts). */
import { SqlError } from "../../base/sql-error.ts";
import { canHash } from "../../catalog/opclasses.ts";
import type { CommonTable, GivenRows, SelectQuery, SetQuery } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import { elementText, isBlob } from "./gathered.ts";
import { readsOf, rowsTaken } from "./limits.ts";
import { recursiveRows } from "./recursion.ts";
import { newScope, type Scope } from "./scope.ts";
import type { SourceName } from "./translation.ts";

const hints = { default: "", always: "MATERIALIZED ", never: "NOT MATERIALIZED " } as const;

/** Each as `name(columns) AS (rows)`. `reader`: the SELECT whose tables they are. */
export function emitCommonTables(
  emitter: Emitter,
  scope: Scope,
  tables: readonly CommonTable[],
  reader?: SelectQuery,
): string[] {
  return tables.flatMap((table) => {
    const alias = emitter.alias("w");
    const source = { kind: "cte", name: table.name, alias: undefined, indexes: [] } as const;
    emitter.context.names?.set(alias, source);
    const width =
      table.given?.types.length ?? table.query.targets.filter(({ junk }) => !junk).length;
    const columns = Array.from({ length: Math.max(width, 1) }, (_, at) => `c${at + 1}`);
    if (table.recursive && table.query.kind === "set") {
      const level = newScope(scope, []);
      const inner = emitCommonTables(emitter, level, table.query.commonTables);
      if (!reader || readsOf(reader, table.name) > 0) checkUnion(emitter, table.query);
      const taken = reader && rowsTaken(reader, table.name);
      const made = recursiveRows(emitter, level, table, table.query, alias, taken);
      scope.commonTables.set(table.name, { alias });
      return [...inner, ...made];
    }
    const { given } = table;
    const before = emitter.volatile;
    emitter.volatile = false;
    const rows = given ? givenRows(emitter, given, source) : emitter.query(scope, table.query);
    // What is computed anew each time is computed once for all that read it.
    const hint =
      emitter.volatile && table.materialized === "default" ? "always" : table.materialized;
    emitter.volatile ||= before;
    scope.commonTables.set(table.name, { alias });
    return [`${alias}(${columns.join(", ")}) AS ${hints[hint]}(${rows})`];
  });
}

/** PostgreSQL finds rows that it has had by their hashes. */
function checkUnion({ context }: Emitter, { all, targets }: SetQuery): void {
  const columns = targets.filter(({ junk }) => !junk);
  if (all || columns.every(({ expression }) => canHash(context.catalog, expression.type))) return;
  const detail = "All column datatypes must be hashable.";
  throw new SqlError("0A000", "could not implement recursive UNION", { detail });
}

/** Of a JSON array of rows, each an array: rows/given-rows.ts. */
function givenRows(emitter: Emitter, { parameter, types }: GivenRows, source: SourceName): string {
  const alias = emitter.alias("r");
  emitter.context.names?.set(alias, source);
  const columns = types.map((type, at) => elementText(alias, at, isBlob(emitter, type)));
  const rows = `json_each(${emitter.bind({ kind: "parameter", number: parameter })}) AS ${alias}`;
  return `SELECT ${columns.join(", ") || "NULL"} FROM ${rows} ORDER BY ${alias}.key`;
}

/** SQLite needs the word RECURSIVE for nothing but to be told. */
export const withTables = (tables: readonly string[]): string =>
  tables.length === 0 ? "" : `WITH RECURSIVE ${tables.join(", ")} `;
