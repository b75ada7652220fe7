/** What ALTER TABLE and its kin change of columns' types and of how a relation is stored. */
import type { OptionChanges } from "./foreign-statement.ts";
import type { RelationOption } from "./index-statement.ts";
import type { QualifiedName, RawExpression, TypeName } from "./statement.ts";

/** relpersistence: permanent, unlogged, temporary. */
export type Persistence = "p" | "u" | "t";

/** What the end of a transaction does with a temporary table. */
export type OnCommit = "preserve" | "delete" | "drop";

/** How CREATE TABLE wants its table stored. */
export interface TableStorage {
  readonly persistence: Persistence;
  readonly options: readonly RelationOption[];
  readonly tablespace?: string;
  /** USING method */
  readonly method?: string;
  /** Absent: nothing is said of it. */
  readonly onCommit?: OnCommit;
}

export interface AlterColumnType {
  readonly kind: "alterType";
  readonly column: string;
  readonly type: TypeName;
  readonly collation?: QualifiedName;
  readonly using?: RawExpression;
  /** Of a composite type: its tables follow. */
  readonly cascade: boolean;
  readonly position?: number;
}

/** When a trigger or rule fires: origin, always, replica, disabled. */
export type FiringState = "O" | "A" | "R" | "D";

/** https://www.postgresql.org/docs/15/sql-altertable.html */
export type StorageAction =
  | AlterColumnType
  | {
      readonly kind: "setStatistics";
      /** A column of a table by name, one of an index by number. */
      readonly column: string | number;
      readonly target: number;
    }
  | { readonly kind: "setStorage"; readonly column: string; readonly storage: string }
  | { readonly kind: "setCompression"; readonly column: string; readonly method: string }
  | { readonly kind: "foreignOptions"; readonly changes: OptionChanges }
  | {
      readonly kind: "foreignColumnOptions";
      readonly column: string;
      readonly changes: OptionChanges;
    }
  | {
      readonly kind: "setColumnOptions" | "resetColumnOptions";
      readonly column: string;
      readonly options: readonly RelationOption[];
    }
  | {
      readonly kind: "setOptions" | "resetOptions";
      readonly options: readonly RelationOption[];
    }
  | { readonly kind: "setTablespace"; readonly tablespace: string }
  | { readonly kind: "setLogged" | "setUnlogged" | "dropOids" | "dropCluster" }
  | { readonly kind: "setAccessMethod"; readonly method: string }
  | { readonly kind: "clusterOn"; readonly index: string }
  | {
      readonly kind: "replicaIdentity";
      /** default, full, nothing, or an index. */
      readonly identity: "d" | "f" | "n" | "i";
      readonly index: string;
    }
  | {
      readonly kind: "fireTriggers";
      readonly which: "all" | "user" | { readonly name: string };
      readonly state: FiringState;
    }
  | { readonly kind: "fireRule"; readonly rule: string; readonly state: FiringState }
  | { readonly kind: "rowSecurity"; readonly enabled: boolean }
  | { readonly kind: "forceRowSecurity"; readonly forced: boolean };
