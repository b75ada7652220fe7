/** TABLESAMPLE as a condition. https://www.postgresql.org/docs/15/sql-select.html#SQL-FROM */
import type { Sample } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import type { Scope } from "./scope.ts";

/** Rows are chosen one by one, by a number made of their key and the seed; there are no blocks. */
export function sampleCondition(
  emitter: Emitter,
  scope: Scope,
  { percentage, repeatable }: Sample,
  key: readonly string[],
): string {
  const percent = emitter.expression(scope, percentage);
  const seed = repeatable
    ? `${emitter.internal("sample_seed")}(${emitter.expression(scope, repeatable)})`
    : "random()";
  return `${emitter.internal("is_sampled")}(${[percent, seed, ...key].join(", ")})`;
}
