/**
 * WITH CHECK OPTION: a row that is written through a view must be one that the view shows. WITH
 * CHECK of policies: it must be one that row security lets be written.
 */
import { SqlError } from "../../base/sql-error.ts";
import type { CheckOption } from "../bind/modify.ts";
import type { Expression } from "../bind/tree.ts";
import type { Scalar } from "../types/scalar.ts";
import type { RowStep } from "./row-step.ts";
import { failingRow } from "./row-text.ts";
import { rowValue } from "./row-value.ts";
import type { TableShape } from "./table-shape.ts";
import type { RowEngine } from "./table-writer.ts";

/** The conditions of the views or policies, in their order. */
export interface RowChecks {
  readonly step: RowStep;
  readonly of: readonly CheckOption[];
}

/** `step`: makes expressions over the row ready to run. */
export function rowChecksOf(
  checks: readonly CheckOption[],
  step: (expressions: readonly Expression[]) => RowStep,
): RowChecks | undefined {
  const asked = checks.filter(({ condition }) => condition !== undefined);
  if (asked.length === 0) return undefined;
  return { step: step(asked.flatMap(({ condition }) => condition ?? [])), of: asked };
}

/**
 * 44000 for the first view that does not show the row, 42501 for the first policy that does not let
 * it be; a condition that is NULL is not met.
 */
export function checkRow(
  { step, of }: RowChecks,
  shape: TableShape,
  row: readonly Scalar[],
  engine: RowEngine,
  given: readonly number[] = [],
): void {
  const values = step.rows.map(({ attribute }) => rowValue(shape, row, attribute));
  const failed = of[engine.evaluate(step, values).findIndex((value) => value !== 1n)];
  if (!failed) return;
  if ("policy" in failed) {
    const { table, name, using, isTarget } = failed.policy;
    const policy = name === undefined ? "policy" : `policy "${name}"`;
    const which = using ? `${policy} (USING expression)` : policy;
    const what = isTarget ? "target row" : "new row";
    const message = `${what} violates row-level security ${which} for table "${table}"`;
    throw new SqlError("42501", message);
  }
  const message = `new row violates check option for view "${failed.view}"`;
  throw new SqlError("44000", message, failingRow(shape, row, given, engine.types));
}
