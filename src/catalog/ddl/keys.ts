/**
 * PRIMARY KEY AND UNIQUE: a constraint, the index that carries it, and how they depend on each
 * other.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { btree } from "../access-methods.ts";
import { CONSTRAINT_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { addDependencies, addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { checkOptions, setOptions } from "../relation-options.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgIndex } from "../relations/pg-index.ts";
import type { KeyConstraint } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { checkConstraintName, chooseRelationName, joinColumns } from "./generated-names.ts";
import {
  type BoundElement,
  checkEquality,
  checkNoSystemColumns,
  checkNumberOfColumns,
  indexColumnNames,
  planIndexColumns,
} from "./index-columns.ts";
import { type IndexPlan, insertIndexRows, markIndexed, otherDependencies } from "./index-rows.ts";
import { lockRelationName } from "./lookup.ts";
import { checkUniqueKey } from "./partition-indexes.ts";
import type { TableFacts } from "./table-facts.ts";
import { indexTablespace } from "./tablespaces.ts";
import { insertRecheckTrigger } from "./triggers.ts";

/**
 * Stages index and constraint. The columns' NOT NULL of a primary key is the caller's. `indexNames`
 * are those of the index's columns where they are not the table's.
 */
export function createKey(
  context: DdlContext,
  table: TableFacts,
  key: KeyConstraint,
  indexNames: readonly string[] = [...key.columns, ...key.including],
): { readonly index: Oid; readonly constraint: Oid } {
  const { catalog } = context;
  const elements = elementsOf(key, indexNames);
  checkNumberOfColumns(elements);
  const tablespace = indexTablespace(context, table.oid, key.tablespace);
  const method = btree;
  const options = setOptions(null, key.options ?? []);
  checkOptions(options, method.options);
  const columns = planIndexColumns(context, table.oid, method, elements, true);
  checkSinglePrimaryKey(context, table, key);
  const attnums = columns.flatMap(({ source }) =>
    source.kind === "column" ? [source.attribute.attnum] : [],
  );
  const words = key.kind === "primaryKey" ? "PRIMARY KEY" : "UNIQUE";
  checkUniqueKey(context, table, words, attnums.slice(0, key.columns.length));
  checkNoSystemColumns(columns, undefined);
  checkEquality(context, columns);
  const plan: IndexPlan = {
    name: keyName(context, table, key, indexColumnNames(elements)),
    method,
    columns,
    unique: true,
    nullsNotDistinct: key.nullsNotDistinct ?? false,
    primary: key.kind === "primaryKey",
    immediate: !key.deferrable,
    predicate: undefined,
    options,
    tablespace,
  };
  const index = insertIndexRows(context, table, plan);
  const constraint = insertKeyConstraint(context, table, key, attnums, plan.name, index);
  const carrier = addressOf(RELATION_CLASS, index);
  addDependencies(catalog, carrier, otherDependencies(table.oid, plan));
  markIndexed(context, table.oid);
  return { index, constraint };
}

function elementsOf(key: KeyConstraint, indexNames: readonly string[]): BoundElement[] {
  return [...key.columns, ...key.including].map((column, at) => ({
    element: {
      name: indexNames[at] ?? column,
      column,
      opclassOptions: [],
      ordering: "default",
      nulls: "default",
    },
    included: at >= key.columns.length,
    expression: undefined,
  }));
}

export function checkSinglePrimaryKey(
  context: DdlContext,
  table: TableFacts,
  key: KeyConstraint,
): void {
  if (key.kind !== "primaryKey") return;
  const indexes = context.catalog.list(pgIndex, "indrelid", [table.oid]);
  if (indexes.some((index) => index.indisprimary)) throw severalPrimaryKeys(table.name);
}

export const severalPrimaryKeys = (table: string): SqlError =>
  new SqlError("42P16", `multiple primary keys for table "${table}" are not allowed`);

function keyName(
  context: DdlContext,
  table: TableFacts,
  key: KeyConstraint,
  columns: readonly string[],
): string {
  const { name, namespace } = table;
  if (key.name === undefined) {
    if (key.kind === "primaryKey") {
      return chooseRelationName(context, namespace, name, undefined, "pkey");
    }
    return chooseRelationName(context, namespace, name, joinColumns(columns), "key");
  }
  lockRelationName(context, namespace, key.name);
  if (context.catalog.find(pgClass, "relname_nsp", [key.name, namespace])) {
    throw new SqlError("42P07", `relation "${key.name}" already exists`);
  }
  checkConstraintName(context, table, key.name);
  return key.name;
}

/** Stages the constraint that an index carries; `attnums` are all columns of the index. */
export function insertKeyConstraint(
  context: DdlContext,
  table: TableFacts,
  key: KeyConstraint,
  attnums: readonly number[],
  name: string,
  index: Oid,
): Oid {
  const { catalog } = context;
  const oid = context.allocateOid();
  catalog.insert(pgConstraint, {
    oid,
    conname: name,
    connamespace: table.namespace,
    contype: key.kind === "primaryKey" ? "p" : "u",
    condeferrable: key.deferrable,
    condeferred: key.initiallyDeferred,
    conrelid: table.oid,
    conindid: index,
    connoinherit: true,
    conkey: attnums.slice(0, key.columns.length),
  });
  const self = addressOf(CONSTRAINT_CLASS, oid);
  for (const attnum of new Set(attnums)) {
    addDependency(catalog, self, addressOf(RELATION_CLASS, table.oid, attnum), "a");
  }
  addDependency(catalog, addressOf(RELATION_CLASS, index), self, "i");
  if (key.deferrable) insertRecheckTrigger(context, table.oid, key, oid, index);
  return oid;
}
