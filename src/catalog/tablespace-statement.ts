/** Statements about tablespaces. Owners and comments are changed as those of other objects. */
import type { RelationOption } from "./index-statement.ts";
import type { RoleSpec } from "./statement.ts";

export interface CreateTablespace {
  readonly kind: "createTablespace";
  readonly name: string;
  readonly owner?: RoleSpec;
  readonly location: string;
  readonly options: readonly RelationOption[];
}
export interface DropTablespace {
  readonly kind: "dropTablespace";
  readonly name: string;
  readonly ifExists: boolean;
}
export interface RenameTablespace {
  readonly kind: "renameTablespace";
  readonly name: string;
  readonly newName: string;
}
export interface TablespaceOptions {
  readonly kind: "tablespaceOptions";
  readonly name: string;
  readonly reset: boolean;
  readonly options: readonly RelationOption[];
}

export type TablespaceStatement =
  | CreateTablespace
  | DropTablespace
  | RenameTablespace
  | TablespaceOptions;
