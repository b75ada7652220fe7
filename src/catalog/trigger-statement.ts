/** CREATE TRIGGER and ALTER TRIGGER as data. */
import type { EventTriggerStatement } from "./event-trigger-statement.ts";
import type { Deferral, QualifiedName, RawExpression } from "./statement.ts";

/** https://www.postgresql.org/docs/15/sql-createtrigger.html */
export interface CreateTrigger extends Deferral {
  readonly kind: "createTrigger";
  readonly replace: boolean;
  readonly isConstraint: boolean;
  readonly name: string;
  readonly table: QualifiedName;
  /** FROM: the other table of a constraint trigger. */
  readonly from?: QualifiedName;
  /** Bits of tgtype; see trigger-bits.ts. */
  readonly type: number;
  /** UPDATE OF */
  readonly columns: readonly string[];
  readonly when?: RawExpression;
  /** REFERENCING */
  readonly transitions: readonly Transition[];
  readonly function: QualifiedName;
  readonly args: readonly string[];
}

/** OLD or NEW, TABLE or ROW, AS name */
export interface Transition {
  readonly name: string;
  readonly row: "old" | "new";
  readonly isTable: boolean;
}

/** ALTER TRIGGER … RENAME TO */
export interface RenameTrigger {
  readonly kind: "renameTrigger";
  readonly table: QualifiedName;
  readonly name: string;
  readonly newName: string;
}

export type TriggerStatement = CreateTrigger | RenameTrigger | EventTriggerStatement;
