/** What row security leaves of a relation in FROM. */
import type { Expression } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import type { Scope } from "./scope.ts";

/**
 * SQLite neither moves conditions into a sub-select with a LIMIT nor dissolves it: no expression of
 * the query sees a row that is hidden. `relation`: the FROM item; adds the conditions that belong
 * to it.
 */
export function emitSecured(
  emitter: Emitter,
  scope: Scope,
  alias: string,
  security: Expression,
  relation: (conditions: string[]) => string,
): string {
  const conditions: string[] = [];
  const text = relation(conditions);
  const all = [...conditions, emitter.condition(scope, security)].join(" AND ");
  return `(SELECT ${alias}.* FROM ${text} WHERE ${all} LIMIT -1) AS ${alias}`;
}
