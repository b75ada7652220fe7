/** RANGE TABLE ENTRIES and the namespace items by which names reach them. */
import type { Alias as AliasNode } from "@pgsql/types";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { strings } from "./node.ts";
import type { EntryColumns, NamespaceColumn, NamespaceItem, TypedColumn } from "./scope.ts";
import type { Alias, Expression, Query, RangeTableEntry } from "./tree.ts";

export const columnsFrom = (columns: readonly TypedColumn[]): EntryColumns => ({
  names: columns.map((column) => column.name),
  types: columns.map((column) => column.type),
  typmods: columns.map((column) => column.typmod),
  collations: columns.map((column) => column.collation),
});

export const columnsOfQuery = (query: Query): EntryColumns =>
  columnsFrom(
    query.targets
      .filter((target) => !target.junk)
      .map(({ name, expression }) => withName(name, expression)),
  );

const withName = (name: string, { type, typmod, collation }: Expression): TypedColumn => ({
  name,
  type,
  typmod,
  collation,
});

export const aliasOf = (node: AliasNode | undefined): Alias | undefined =>
  node && { name: node.aliasname ?? "", columns: strings(node.colnames) };

/** The columns under the alias's names. Dropped columns take none. */
export function renamed(
  columns: EntryColumns,
  alias: Alias | undefined,
  name: string,
): EntryColumns {
  if (!alias || alias.columns.length === 0) return columns;
  const given = [...alias.columns];
  const names = columns.names.map((old) => (old === "" ? "" : (given.shift() ?? old)));
  if (given.length > 0) {
    const available = columns.names.filter((each) => each !== "").length;
    const message = `table "${name}" has ${available} columns available but ${alias.columns.length} columns specified`;
    throw new SqlError("42P10", message);
  }
  return { ...columns, names };
}

const namespaceColumns = (entry: EntryColumns, table: number): readonly NamespaceColumn[] =>
  entry.names.map((name, at) => ({
    name,
    table,
    attribute: at + 1,
    type: entry.types[at] as Oid,
    typmod: entry.typmods[at] ?? -1,
    collation: entry.collations[at] as Oid,
  }));

/** The item of an entry that is wholly visible. `hidden`: how many last columns a star omits. */
export const visibleItem = (
  entry: RangeTableEntry,
  table: number,
  qualified?: NamespaceItem["qualified"],
  hidden = 0,
): NamespaceItem => ({
  entry,
  table,
  name: entry.name,
  columns: namespaceColumns(entry, table).map((column, at) =>
    at < entry.names.length - hidden ? column : { ...column, hidden: true },
  ),
  columnsVisible: true,
  relationVisible: true,
  lateralOnly: false,
  lateralOk: true,
  ...(qualified ? { qualified } : {}),
});

/** 42712 when a name would stand for two entries. */
export function checkNames(
  before: readonly NamespaceItem[],
  added: readonly NamespaceItem[],
): void {
  for (const item of added) {
    if (!item.relationVisible) continue;
    for (const other of before) {
      if (!other.relationVisible || other.name !== item.name) continue;
      const { qualified } = item;
      const twoSchemas =
        qualified && other.qualified && qualified.relation !== other.qualified.relation;
      if (twoSchemas) continue;
      throw new SqlError("42712", `table name "${item.name}" specified more than once`);
    }
  }
}

export const asLateral = (items: readonly NamespaceItem[], ok: boolean): NamespaceItem[] =>
  items.map((item) => ({ ...item, lateralOnly: true, lateralOk: ok }));
export const notLateral = (items: readonly NamespaceItem[]): NamespaceItem[] =>
  items.map((item) => ({ ...item, lateralOnly: false, lateralOk: true }));
