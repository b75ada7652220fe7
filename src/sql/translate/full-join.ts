/**
 * FULL JOIN. SQLite has one, but looks for the partners of a row through all of the other side. So
 * both sides are kept, and two left joins, which have an index made for them, find the partners of
 * either:
 *
 *   WITH l AS (…), r AS (…)
 *   SELECT l.…, r.… FROM l LEFT JOIN r ON …
 *   UNION ALL SELECT NULL …, r.… FROM r LEFT JOIN l ON … WHERE l.m IS NULL
 */
import type { Expression } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import { carryTables } from "./gathered.ts";
import type { Scope } from "./scope.ts";
import { Columns } from "./stages.ts";

export interface JoinSide {
  /** By range table numbers. */
  readonly tables: ReadonlySet<number>;
  readonly text: string;
}

/** A sub-select with its alias. Whoever names one of the tables from here on finds it there. */
export function emitFullJoin(
  emitter: Emitter,
  scope: Scope,
  left: JoinSide,
  right: JoinSide,
  on: Expression | undefined,
): string {
  const [l, r] = [emitter.alias("w"), emitter.alias("w")];
  const kept = [keep(emitter, scope, left, l), keep(emitter, scope, right, r)];
  const condition = on ? emitter.condition(scope, on) : "1";
  const alias = emitter.alias("t");
  const columns = new Columns(alias, "k");
  carryTables(emitter, scope, left.tables, alias, (text) => columns.add(text));
  const lefts = columns.list.length;
  carryTables(emitter, scope, right.tables, alias, (text) => columns.add(text));
  const all = columns.list.join(", ") || "1";
  const alone = [
    ...columns.list.slice(0, lefts).map((_, at) => `NULL AS k${at + 1}`),
    ...columns.list.slice(lefts),
  ];
  const matched = `SELECT ${all} FROM ${l} LEFT JOIN ${r} ON tick(${r}.m) AND ${condition}`;
  const others = `FROM ${r} LEFT JOIN ${l} ON tick(${l}.m) AND ${condition} WHERE ${l}.m IS NULL`;
  return `(WITH ${kept.join(", ")} ${matched} UNION ALL SELECT ${alone.join(", ") || "1"} ${others}) AS ${alias}`;
}

function keep(emitter: Emitter, scope: Scope, { tables, text }: JoinSide, alias: string): string {
  const columns = new Columns(alias, "k");
  carryTables(emitter, scope, tables, alias, (inside) => columns.add(inside));
  const list = ["1 AS m", ...columns.list].join(", ");
  return `${alias} AS MATERIALIZED (SELECT ${list} FROM ${text})`;
}
