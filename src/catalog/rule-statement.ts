/** CREATE RULE and ALTER RULE as data. */
import type { QualifiedName, RawExpression } from "./statement.ts";

export type RuleEvent = "select" | "update" | "insert" | "delete";

/** When a rule is asked for, and what it does. */
export interface RuleDefinition {
  readonly event: RuleEvent;
  readonly instead: boolean;
  readonly where?: RawExpression;
  /** Statements; none = NOTHING. */
  readonly actions: readonly RawExpression[];
}

/** https://www.postgresql.org/docs/15/sql-createrule.html */
export interface CreateRule extends RuleDefinition {
  readonly kind: "createRule";
  readonly replace: boolean;
  readonly name: string;
  readonly table: QualifiedName;
}

/** ALTER RULE … RENAME TO */
export interface RenameRule {
  readonly kind: "renameRule";
  readonly table: QualifiedName;
  readonly name: string;
  readonly newName: string;
}

export type RuleStatement = CreateRule | RenameRule;
