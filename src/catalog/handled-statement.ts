/** Statements that make objects of functions that the server has. */
import type { ObjectName } from "./object-name.ts";
import type { QualifiedName, TypeName } from "./statement.ts";

export interface CreateConversion {
  readonly kind: "createConversion";
  readonly name: QualifiedName;
  /** Encodings by name. */
  readonly source: string;
  readonly target: string;
  readonly function: QualifiedName;
  readonly isDefault: boolean;
}

export interface CreateAccessMethod {
  readonly kind: "createAccessMethod";
  readonly name: string;
  readonly type: "table" | "index";
  readonly handler: QualifiedName;
}

export interface CreateLanguage {
  readonly kind: "createLanguage";
  readonly name: string;
  readonly replace: boolean;
  readonly trusted: boolean;
  readonly handler: QualifiedName;
  readonly inline?: QualifiedName;
  readonly validator?: QualifiedName;
}

type RoutineName = Extract<ObjectName, { readonly kind: "routine" }>;

export interface CreateTransform {
  readonly kind: "createTransform";
  readonly replace: boolean;
  readonly type: TypeName;
  readonly language: string;
  readonly fromSql?: RoutineName;
  readonly toSql?: RoutineName;
}

export type HandledStatement =
  | CreateConversion
  | CreateAccessMethod
  | CreateLanguage
  | CreateTransform;
