/** Column references and fields of rows as SQL. */
import { AssertionError } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { SYSTEM_COLUMNS } from "../../catalog/describe.ts";
import type { Column, FieldSelect, Typed } from "../bind/tree.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import { typeName } from "./names.ts";
import { needsPrefix, type Writer } from "./writer.ts";

type ColumnNode = Column & Typed;

/**
 * Answers the name that it has as an output column without AS; none for a whole row. `alone`: it is
 * all there is in its place, where `t.*` would mean the columns of t.
 */
export function printColumn(writer: Writer, node: ColumnNode, alone = false): string | undefined {
  const level = writer.levels[node.levelsUp];
  if (!level) return printOwnColumn(writer, node, alone);
  const { table, attribute } = node.through ?? node;
  const entry = level.rangeTable[table - 1];
  if (!entry) throw new AssertionError(`no range table entry ${table}`);
  if (entry.kind === "join" && entry.alias === undefined) {
    const input = entry.columns[attribute - 1];
    if (input?.kind === "column") {
      return printColumn(writer, { ...input, levelsUp: node.levelsUp }, alone);
    }
  }
  const qualifier = level.names[table - 1];
  const name =
    attribute < 0
      ? systemColumn(attribute)
      : attribute === 0
        ? undefined
        : level.columns[table - 1]?.names[attribute - 1];
  if (attribute > 0 && name === undefined) {
    throw new AssertionError(`column ${attribute} of "${entry.name}" is dropped`);
  }
  if (qualifier !== undefined && (name === undefined || needsPrefix(writer))) {
    writer.put(`${quoteIdentifier(qualifier)}.`);
  }
  writer.put(name === undefined ? "*" : quoteIdentifier(name));
  if (name === undefined && alone) {
    writer.put(`::${typeName(writer.names, node.type, node.typmod)}`);
  }
  return name;
}

/** A column of the relation whose check, default or index expression this is. */
function printOwnColumn(writer: Writer, node: ColumnNode, alone: boolean): string | undefined {
  const { table, attribute, type, typmod } = node;
  const { relation } = writer;
  const whole = alone ? `*::${typeName(writer.names, type, typmod)}` : "*";
  if (relation === undefined) throw new AssertionError("a column without its relation");
  const row = writer.settings.rows?.[table - 1];
  if (row !== undefined) {
    writer.put(`${row}.`);
    if (attribute !== 0) return printOwnName(writer, relation, attribute);
    writer.put(whole);
    return undefined;
  }
  if (attribute === 0 || writer.levels.length > 0) {
    writer.put(`${quoteIdentifier(writer.names.findRelation(relation)?.name ?? "")}.`);
  }
  if (attribute === 0) {
    writer.put(whole);
    return undefined;
  }
  return printOwnName(writer, relation, attribute);
}

function printOwnName(writer: Writer, relation: Oid, attribute: number): string {
  const column = writer.names.columns(relation)[attribute - 1];
  const name = column?.name ?? systemColumn(attribute);
  writer.put(quoteIdentifier(name));
  return name;
}

function systemColumn(attribute: number): string {
  const name = SYSTEM_COLUMNS[attribute];
  if (name === undefined) throw new AssertionError(`no column has the number ${attribute}`);
  return name;
}

/** The name that a field has now. */
export function fieldName({ names, levels }: Writer, { arg, field, name }: FieldSelect): string {
  const relation = names.rowRelation(arg.type);
  if (relation !== 0) return names.columns(relation)[field - 1]?.name || name;
  if (arg.kind !== "column" || arg.attribute !== 0) return name;
  return levels[arg.levelsUp]?.columns[arg.table - 1]?.names[field - 1] ?? name;
}
