/** Statements about foreign-data wrappers, servers, user mappings and foreign schemas. */
import type { QualifiedName, RoleSpec } from "./statement.ts";

/** One of OPTIONS (…). CREATE adds. */
export type OptionChange =
  | { readonly action: "add" | "set"; readonly name: string; readonly value: string }
  | { readonly action: "drop"; readonly name: string };
export type OptionChanges = readonly OptionChange[];

/** null: NO HANDLER, NO VALIDATOR; absent: not mentioned. */
export interface WrapperFunctions {
  readonly handler?: QualifiedName | null;
  readonly validator?: QualifiedName | null;
}

export interface CreateWrapper extends WrapperFunctions {
  readonly kind: "createWrapper";
  readonly name: string;
  readonly options: OptionChanges;
}
export interface AlterWrapper extends WrapperFunctions {
  readonly kind: "alterWrapper";
  readonly name: string;
  readonly options: OptionChanges;
}

export interface CreateServer {
  readonly kind: "createServer";
  readonly name: string;
  readonly type: string | null;
  readonly version: string | null;
  readonly wrapper: string;
  readonly options: OptionChanges;
  readonly ifNotExists: boolean;
}
export interface AlterServer {
  readonly kind: "alterServer";
  readonly name: string;
  /** Absent: it stays. */
  readonly version?: string | null;
  readonly options: OptionChanges;
}

interface Mapped {
  readonly user: RoleSpec;
  readonly server: string;
}
export interface CreateUserMapping extends Mapped {
  readonly kind: "createUserMapping";
  readonly options: OptionChanges;
  readonly ifNotExists: boolean;
}
export interface AlterUserMapping extends Mapped {
  readonly kind: "alterUserMapping";
  readonly options: OptionChanges;
}
export interface DropUserMapping extends Mapped {
  readonly kind: "dropUserMapping";
  readonly ifExists: boolean;
}

export interface ImportForeignSchema {
  readonly kind: "importForeignSchema";
  readonly server: string;
  readonly schema: string;
}

export type ForeignStatement =
  | CreateWrapper
  | AlterWrapper
  | CreateServer
  | AlterServer
  | CreateUserMapping
  | AlterUserMapping
  | DropUserMapping
  | ImportForeignSchema;
