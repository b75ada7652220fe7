/** Statements about row security policies, and the renames of what belongs to a relation. */
import type { QualifiedName, RawExpression, RoleSpec } from "./statement.ts";

/** What rows a policy lets be seen, and what rows it lets be written; absent: not said. */
interface PolicyConditions {
  readonly using?: RawExpression;
  readonly check?: RawExpression;
}

export interface CreatePolicy extends PolicyConditions {
  readonly kind: "createPolicy";
  readonly name: string;
  readonly table: QualifiedName;
  /** As pg_policy.polcmd has it. */
  readonly command: "*" | "r" | "a" | "w" | "d";
  readonly permissive: boolean;
  readonly roles: readonly RoleSpec[];
}
export interface AlterPolicy extends PolicyConditions {
  readonly kind: "alterPolicy";
  readonly name: string;
  readonly table: QualifiedName;
  /** Absent: they stay. */
  readonly roles?: readonly RoleSpec[];
}
export interface RenamePolicy {
  readonly kind: "renamePolicy";
  readonly name: string;
  readonly table: QualifiedName;
  readonly newName: string;
}

export type PolicyStatement = CreatePolicy | AlterPolicy | RenamePolicy;
