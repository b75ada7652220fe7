/** What EXPLAIN is told of a plan, and of what a DDL statement would do. */
import type { Notice } from "../../base/sql-error.ts";

/** One step of a plan. */
export interface PlanNode {
  readonly kind: string;
  /** The kind with what it works on. */
  readonly title: string;
  /** Names of details that the title holds already. */
  readonly titled: readonly string[];
  /** In units of SQLite's planner, as far as it says. */
  readonly cost: number | undefined;
  readonly details: readonly (readonly [name: string, value: string | number])[];
  readonly children: readonly PlanNode[];
  /** Sub-selects of expressions. */
  readonly subplans: readonly { readonly name: string; readonly plan: PlanNode }[];
}

export interface ExplainedPlan<Plan> {
  readonly plan: Plan;
  readonly tree: PlanNode;
  /** The text that SQLite runs. */
  readonly sql: string;
}

export interface DdlExplanation {
  /** In the order in which they are asked for. */
  readonly locks: readonly ExplainedLock[];
  readonly changes: readonly ExplainedChange[];
  readonly notices: readonly Notice[];
  /** What it would do with the rows of tables, which is not tried. */
  readonly rows: readonly string[];
}
export interface ExplainedLock {
  readonly mode: string;
  readonly object: string;
  /** The transaction held it before. */
  readonly isHeld: boolean;
}
/** A row of a catalog that is added, changed or removed; values as texts. */
export interface ExplainedChange {
  readonly relation: string;
  /** The oid of another database than the session's, or the number that stands for a new one. */
  readonly database: string | undefined;
  readonly kind: "insert" | "update" | "delete";
  readonly key: readonly (readonly [column: string, value: string])[];
  /** What the row calls what it describes. */
  readonly name: string | undefined;
  readonly values: readonly (readonly [column: string, value: string])[];
}
