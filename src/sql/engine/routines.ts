/** Routines in SQL as they run, and calls of them that run before their query. */

import { plainSelect, plainTarget } from "../bind/plain-select.ts";
import type { RoutineShape } from "../bind/routine-body.ts";
import type { BoundReading } from "../bind/routine-calls.ts";
import type { ProcTuple } from "../bind/routine-facts.ts";
import { statementsIn } from "../bind/stored-statements.ts";
import type { BoundQuery } from "../bind/tree.ts";
import { RECORD, TEXT, VOID } from "../bind/type-oids.ts";
import { parse } from "../parse/parse.ts";
import type { Statement } from "../parse/statement.ts";
import type { Rows } from "../plpgsql/port.ts";
import type { QueryPlan } from "../session/engine.ts";
import type { PlannedRoutine, RoutineCode } from "../session/routine-code.ts";
import { recordOf } from "../types/records.ts";
import { proceduralOf } from "./procedural.ts";

/** What runs before a query that was bound with it. */
export const planRoutines = (
  { routines = [], parameterTypes }: BoundReading,
  plan: (query: BoundQuery) => QueryPlan,
): readonly PlannedRoutine[] =>
  routines.map(({ row, shape, args, gives, isProcedural }, at) => {
    const query = plainSelect(args.map((arg) => plainTarget(arg)));
    // They may read what the routines before it gave.
    const given = Array.from({ length: at }, () => TEXT);
    return {
      arguments: plan({ query, parameterTypes: [...parameterTypes, ...given] }),
      code: codeOf(row, shape, isProcedural),
      strict: row.proisstrict,
      gives,
    };
  });

/** `isProcedural`: it is in PL/pgSQL. */
export function codeOf(row: ProcTuple, shape: RoutineShape, isProcedural: boolean): RoutineCode {
  return {
    shape,
    source: row.prosrc,
    statements: isProcedural ? [] : statementsOf(row),
    ...(isProcedural ? { procedural: proceduralOf(row, shape) } : {}),
    readOnly: row.provolatile !== "v",
    definer: row.prosecdef ? row.proowner : undefined,
    settings: settingsOf(row),
  };
}

/** What the rows of the last statement of one in SQL are to whoever has called it. */
export function resultOf(
  { shape, asRecord }: RoutineCode,
  { columns, rows }: Pick<Rows, "columns" | "rows">,
): Rows["rows"] {
  if (shape.result === VOID) return rows.map(() => [null]);
  const [only, ...more] = columns ?? [];
  const isRecord = more.length === 0 && only?.type === RECORD;
  return asRecord && columns && !isRecord ? rows.map((row) => [recordOf(columns, row)]) : rows;
}

/** Its SET clauses. */
export const settingsOf = ({ proconfig }: ProcTuple): RoutineCode["settings"] =>
  (proconfig ?? []).map((setting) => {
    const at = setting.indexOf("=");
    return [setting.slice(0, at), setting.slice(at + 1)];
  });

function statementsOf({ oid, prosrc, prosqlbody }: ProcTuple): readonly Statement[] {
  if (prosqlbody === null) return parse(prosrc);
  return statementsIn(prosqlbody).map(({ kind, node }, at) => {
    const { stored } = node;
    const returns = "returning" in stored && stored.returning !== undefined;
    return {
      body: kind === "query" ? { kind, node } : { kind, node, returns },
      tag: kind === "query" ? "SELECT" : stored.kind.toUpperCase(),
      // Plans are kept by it.
      text: `${oid}/${at} ${prosqlbody}`,
      source: "",
      parameterCount: 0,
    };
  });
}
