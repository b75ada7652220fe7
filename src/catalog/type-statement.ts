/** Statements about types of users': enums, domains, composite types, ranges. */
import type { QualifiedName, TypeName } from "./statement.ts";

export interface CreateEnum {
  readonly kind: "createEnum";
  readonly type: QualifiedName;
  readonly labels: readonly string[];
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

/** Of the kinds below a statement says ALTER DOMAIN, which types of no other kind are. */
interface OfType {
  readonly type: TypeName;
  readonly isDomain: boolean;
}
export interface RenameType extends OfType {
  readonly kind: "renameType";
  readonly newName: string;
}
export interface SetTypeSchema extends OfType {
  readonly kind: "setTypeSchema";
  readonly schema: string;
}
export interface DropTypes {
  readonly kind: "dropTypes";
  readonly types: readonly TypeName[];
  readonly isDomain: boolean;
  readonly ifExists: boolean;
  readonly cascade: boolean;
}

export type TypeStatement =
  | CreateEnum
  | AddLabel
  | RenameLabel
  | RenameType
  | SetTypeSchema
  | DropTypes;

const KINDS: Readonly<Record<TypeStatement["kind"], true>> = {
  createEnum: true,
  addLabel: true,
  renameLabel: true,
  renameType: true,
  setTypeSchema: true,
  dropTypes: true,
};

export const isTypeStatement = <Other extends { readonly kind: string }>(
  statement: Other | TypeStatement,
): statement is TypeStatement => Object.hasOwn(KINDS, statement.kind);
