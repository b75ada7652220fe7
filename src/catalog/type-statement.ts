/** Statements about types of users': enums, domains, composite and base types, ranges. */
import type { SqlError } from "../base/sql-error.ts";
import type { DefinitionItem } from "./defined-statement.ts";
import type {
  CheckConstraint,
  ColumnDefinition,
  QualifiedName,
  RawExpression,
  TypeName,
} from "./statement.ts";

export interface CreateEnum {
  readonly kind: "createEnum";
  readonly type: QualifiedName;
  readonly labels: readonly string[];
}
export interface CreateComposite {
  readonly kind: "createComposite";
  readonly type: QualifiedName;
  readonly columns: readonly ColumnDefinition[];
}
/** A name for a type that is defined later. */
export interface CreateShell {
  readonly kind: "createShell";
  readonly type: QualifiedName;
}
export interface CreateBase {
  readonly kind: "createBase";
  readonly type: QualifiedName;
  readonly items: readonly DefinitionItem[];
}
/** ALTER TYPE … SET */
export interface SetBase {
  readonly kind: "setBase";
  readonly type: TypeName;
  readonly items: readonly DefinitionItem[];
}
export interface CreateRange {
  readonly kind: "createRange";
  readonly type: QualifiedName;
  readonly items: readonly DefinitionItem[];
}
export interface AddLabel {
  readonly kind: "addLabel";
  readonly type: TypeName;
  readonly label: string;
  /** Absent: at the end. */
  readonly beside?: { readonly label: string; readonly isAfter: boolean };
  readonly ifNotExists: boolean;
}
export interface RenameLabel {
  readonly kind: "renameLabel";
  readonly type: TypeName;
  readonly label: string;
  readonly newLabel: string;
}

/** What may stand behind CREATE DOMAIN, and ALTER DOMAIN's ADD; positions are not told. */
export type DomainConstraint =
  | { readonly kind: "notNull" | "null" }
  | { readonly kind: "default"; readonly expression: RawExpression }
  | CheckConstraint
  /** Of a kind that domains do not have: an error of execution. */
  | { readonly kind: "refused"; readonly error: SqlError };

export interface CreateDomain {
  readonly kind: "createDomain";
  readonly domain: QualifiedName;
  readonly base: TypeName;
  readonly collation?: QualifiedName;
  readonly constraints: readonly DomainConstraint[];
}

export type DomainAction =
  /** Absent: DROP DEFAULT. */
  | { readonly kind: "default"; readonly expression?: RawExpression }
  | { readonly kind: "setNotNull" | "dropNotNull" }
  | { readonly kind: "add"; readonly constraint: DomainConstraint }
  | {
      readonly kind: "drop";
      readonly name: string;
      readonly ifExists: boolean;
      readonly cascade: boolean;
    }
  | { readonly kind: "validate"; readonly name: string }
  | { readonly kind: "rename"; readonly name: string; readonly newName: string };

export interface AlterDomain {
  readonly kind: "alterDomain";
  readonly domain: TypeName;
  readonly action: DomainAction;
}

export type TypeStatement =
  | CreateEnum
  | CreateComposite
  | CreateRange
  | CreateShell
  | CreateBase
  | SetBase
  | CreateDomain
  | AlterDomain
  | AddLabel
  | RenameLabel;

const KINDS: Readonly<Record<TypeStatement["kind"], true>> = {
  createEnum: true,
  createComposite: true,
  createRange: true,
  createShell: true,
  createBase: true,
  setBase: true,
  createDomain: true,
  alterDomain: true,
  addLabel: true,
  renameLabel: true,
};

export const isTypeStatement = <Other extends { readonly kind: string }>(
  statement: Other | TypeStatement,
): statement is TypeStatement => Object.hasOwn(KINDS, statement.kind);
