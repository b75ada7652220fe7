/** WHAT A ROUTINE RUNS UNDER, and what the query that calls it reads of its rows. */
import { SqlError } from "../../base/sql-error.ts";
import { VOID } from "../bind/type-oids.ts";
import type { Scalar } from "../types/scalar.ts";
import type { ResultRow } from "./engine.ts";
import type { PlannedRoutine, RoutineCode } from "./routine-code.ts";
import type { SessionState } from "./state.ts";

/** Each routine in a routine holds memory of the server until it ends. */
const DEPTH_MAX = 100;

/** SECURITY DEFINER and SET clauses hold until what is returned is called. Throws 54001. */
export function enterRoutine(
  state: SessionState,
  { definer, settings }: Pick<RoutineCode, "definer" | "settings">,
): () => void {
  if (state.routineDepth >= DEPTH_MAX) throw new SqlError("54001", "stack depth limit exceeded");
  state.routineDepth += 1;
  const before = settings.map(([name]) => [name, state.settings.kept(name)] as const);
  const leave = (): void => {
    state.routineDepth -= 1;
    if (definer !== undefined) state.roles.leave();
    // What the routine has SET for the session stays.
    for (const [name, value] of before) {
      if (state.settings.isLocal(name)) state.settings.assign(name, value, true);
    }
  };
  try {
    if (definer !== undefined) state.roles.enter(definer);
  } catch (error) {
    state.routineDepth -= 1;
    throw error;
  }
  try {
    for (const [name, value] of settings) state.setSetting(name, value, true);
    return leave;
  } catch (error) {
    leave();
    throw error;
  }
}

/** Whether it runs with these arguments. */
export const runsWith = ({ strict }: PlannedRoutine, values: readonly Scalar[]): boolean =>
  !strict || values.every((value) => value !== null);

/** What the query reads of its rows. */
export function rowsGiven(
  { code, gives }: PlannedRoutine,
  rows: readonly ResultRow[],
): readonly ResultRow[] {
  if (gives === "rows") return rows;
  // In SQL the last statement's rows are nobody's.
  const [first] = code.shape.result === VOID && !code.procedural ? [] : rows;
  if (gives === "value") return first ? [first] : [];
  return [first ?? new Array<Scalar>(gives.nulls).fill(null)];
}
