/** WITH CHECK OPTION: a row that is written through a view must be one that the view shows. */
import { SqlError } from "../../base/sql-error.ts";
import type { CheckOption } from "../bind/modify.ts";
import type { Expression } from "../bind/tree.ts";
import type { Scalar } from "../types/scalar.ts";
import type { RowStep } from "./modify-plan.ts";
import { failingRow } from "./row-text.ts";
import { rowValue } from "./row-value.ts";
import type { TableShape } from "./table-shape.ts";
import type { RowEngine } from "./table-writer.ts";

/** The conditions of the views, in their order. */
export interface ViewChecks {
  readonly step: RowStep;
  readonly views: readonly string[];
}

/** `step`: makes expressions over the row ready to run. */
export function viewChecksOf(
  checks: readonly CheckOption[] = [],
  step: (expressions: readonly Expression[]) => RowStep,
): ViewChecks | undefined {
  const asked = checks.flatMap(({ view, condition }) => (condition ? [{ view, condition }] : []));
  if (asked.length === 0) return undefined;
  return {
    step: step(asked.map(({ condition }) => condition)),
    views: asked.map(({ view }) => view),
  };
}

/** 44000 for the first view that does not show the row; a condition that is NULL is not met. */
export function checkViews(
  { step, views }: ViewChecks,
  shape: TableShape,
  row: readonly Scalar[],
  engine: RowEngine,
): void {
  const values = step.rows.map(({ attribute }) => rowValue(shape, row, attribute));
  const failed = engine.evaluate(step, values).findIndex((value) => value !== 1n);
  if (failed < 0) return;
  const message = `new row violates check option for view "${views[failed]}"`;
  throw new SqlError("44000", message, failingRow(shape, row, engine.types));
}
