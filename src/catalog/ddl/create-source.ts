/**
 * CREATE SOURCE: a relation whose rows nobody adds but the server, which takes them in from what it
 * is connected to. A job makes the connection.
 * https://docs.risingwave.com/sql/commands/sql-create-source
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { readOptions } from "../connectors/options.ts";
import { checkNexmarkColumns, datagenFields, sourceSchemas } from "../connectors/sources.ts";
import type { CreateSource } from "../job-statement.ts";
import type { ColumnConstraint, TableElement } from "../statement.ts";
import { type ColumnPlan, insertColumn, planColumn } from "./columns.ts";
import { checkFile, insertConnector, placeOfNew } from "./connector-rows.ts";
import type { DdlContext } from "./context.ts";
import { checkColumns, insertTable } from "./create-table.ts";
import { freeTypeName } from "./generated-names.ts";
import { startJob } from "./job-rows.ts";
import { checkNotInSystem } from "./lookup.ts";

/** Throws 42601, 22023, 0A000, 42P07, 42701, 42703, 42804, 42501, 55000. */
export function createSource(context: DdlContext, statement: CreateSource): void {
  const { name } = statement.source;
  const options = readOptions("source", sourceSchemas, statement.options, statement.format);
  const namespace = placeOfNew(context, statement.source, statement.ifNotExists);
  if (!namespace) return;
  const columns = statement.elements.map((element) => planOf(context, element, name));
  if (columns.length === 0) {
    throw new SqlError("42601", `source "${name}" has no columns`);
  }
  checkColumns(context, columns);
  const facts = columns.map((column) => ({ name: column.name, type: column.type.row.typname }));
  if (options.connector === "datagen") datagenFields(facts, options.texts);
  if (options.connector === "nexmark") checkNexmarkColumns(facts, options.texts);
  checkFile(context, options, "read");
  freeTypeName(context, namespace.oid, name);
  checkNotInSystem(namespace, name);

  const relation = insertTable(context, namespace.oid, name, {
    relkind: "x",
    relnatts: columns.length,
    relispopulated: false,
  });
  columns.forEach((column, at) => {
    insertColumn(context, relation, at + 1, column);
  });
  insertConnector(context, relation, options);
  startJob(context, { relid: relation, kind: "SOURCE", phase: "connect" });
}

/** Nothing holds rows against them. */
const REFUSED: { readonly [kind in Exclude<ColumnConstraint["kind"], "null">]: string } = {
  check: "CHECK",
  default: "DEFAULT",
  exclusion: "EXCLUDE",
  foreignKey: "FOREIGN KEY",
  generated: "GENERATED ALWAYS AS",
  identity: "GENERATED AS IDENTITY",
  notNull: "NOT NULL",
  primaryKey: "PRIMARY KEY",
  unique: "UNIQUE",
};

function planOf(context: DdlContext, element: TableElement, source: string): ColumnPlan {
  if (element.kind === "like") throw notSupported("LIKE in a source");
  if (element.kind !== "column") throw refused(element.kind);
  const { column } = element;
  for (const { kind } of column.constraints) if (kind !== "null") throw refused(kind);
  const plan = planColumn(context, column, source);
  if (plan.serial) throw notSupported("a serial column of a source");
  return plan;
}

const refused = (kind: keyof typeof REFUSED): SqlError =>
  notSupported(`${REFUSED[kind]} in a source`);
