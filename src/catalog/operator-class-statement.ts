/** Statements about operator classes and families. */
import type { ObjectName } from "./object-name.ts";
import type { QualifiedName, TypeName } from "./statement.ts";

type Routine = Extract<ObjectName, { readonly kind: "routine" }>;
type Operator = Extract<ObjectName, { readonly kind: "operator" }>;

/** An item of AS or ADD. */
export type FamilyItem =
  | {
      readonly kind: "operator";
      readonly number: number;
      readonly operator: Operator;
      /** Its operands were written. */
      readonly hasTypes: boolean;
      /** FOR ORDER BY */
      readonly orderFamily?: QualifiedName;
    }
  | {
      readonly kind: "function";
      readonly number: number;
      readonly function: Routine;
      /** The types for which it is; none: as it says itself. */
      readonly types: readonly TypeName[];
    }
  | { readonly kind: "storage"; readonly type: TypeName };

/** https://www.postgresql.org/docs/15/sql-createopclass.html */
export interface CreateOperatorClass {
  readonly kind: "createOperatorClass";
  readonly name: QualifiedName;
  readonly method: string;
  readonly type: TypeName;
  readonly isDefault: boolean;
  readonly family?: QualifiedName;
  readonly items: readonly FamilyItem[];
}

/** https://www.postgresql.org/docs/15/sql-createopfamily.html */
export interface CreateOperatorFamily {
  readonly kind: "createOperatorFamily";
  readonly name: QualifiedName;
  readonly method: string;
}

/** https://www.postgresql.org/docs/15/sql-alteropfamily.html */
export type AlterOperatorFamily = { readonly name: QualifiedName; readonly method: string } & (
  | { readonly kind: "addToFamily"; readonly items: readonly FamilyItem[] }
  | {
      readonly kind: "dropFromFamily";
      readonly items: readonly {
        readonly kind: "operator" | "function";
        readonly number: number;
        readonly types: readonly TypeName[];
      }[];
    }
);

export type OperatorClassStatement =
  | CreateOperatorClass
  | CreateOperatorFamily
  | AlterOperatorFamily;
