/** What the generator knows of the tables: a value, so that ROLLBACK goes back to an older one. */
import type { ColumnType } from "./types.ts";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly isGenerated?: boolean;
  readonly identity?: "always" | "by default";
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Columns of primary keys and unique constraints. */
  readonly keys: readonly (readonly string[])[];
  /** A statement that joins has changed several rows: who knows in which order they are stored? */
  readonly isShuffled?: boolean;
  /** Names of constraints. */
  readonly constraints: readonly string[];
}

export interface Model {
  readonly tables: readonly Table[];
  /** For new names. */
  readonly count: number;
}

export const noTables: Model = { tables: [], count: 0 };

export const withTable = (model: Model, table: Table): Model => {
  const isKnown = model.tables.some(({ name }) => name === table.name);
  const tables = isKnown
    ? model.tables.map((known) => (known.name === table.name ? table : known))
    : [...model.tables, table];
  return { tables, count: model.count + 1 };
};

export const withoutTable = (model: Model, name: string): Model => ({
  tables: model.tables.filter((table) => table.name !== name),
  count: model.count + 1,
});

/** Columns that a statement may give values to. */
export const writable = (table: Table): readonly Column[] =>
  table.columns.filter(({ isGenerated, identity }) => !isGenerated && identity !== "always");
