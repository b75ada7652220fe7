/** The relation and the columns that a COPY names, as PostgreSQL opens them. */
import { notSupported, SqlError, withoutPosition } from "../../base/sql-error.ts";
import { type ClassTuple, findRelation, undefinedRelation } from "../../catalog/names.ts";
import {
  isRowSecured,
  may,
  mayColumns,
  rowSecurityDenial,
  securableRelation,
} from "../../catalog/privileges.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import type { QualifiedName } from "../../catalog/statement.ts";
import type { CopyColumn } from "../copy/row-reader.ts";
import type { CopyStatement } from "../parse/statement.ts";
import type { SessionState } from "./state.ts";

export interface CopiedRelation {
  readonly row: ClassTuple;
  readonly schema: string;
  readonly all: readonly CopyColumn[];
  /** The columns that are copied, in the order in which they are named. */
  readonly columns: readonly CopyColumn[];
}

/** Kinds that are no relations to be opened, in words. */
const unopenable: Readonly<Record<string, string>> = {
  i: "an index",
  I: "an index",
  c: "a composite type",
  s: "a sink",
};

/** Throws 42P01, 3F000, 42809, 42703, 42701, 42P10, 42501. */
export function openCopied(
  state: SessionState,
  name: QualifiedName,
  columns: readonly string[],
  privilege: "SELECT" | "INSERT",
): CopiedRelation {
  const { catalog, searchPath, user } = state.context;
  const row = withoutPosition(() => findRelation(catalog, name, searchPath, user.oid));
  if (row === undefined) throw undefinedRelation(name);
  const what = unopenable[row.relkind];
  if (what !== undefined) {
    throw new SqlError("42809", `"${row.relname}" is ${what}`);
  }
  const schema = catalog.find(pgNamespace, "key", [row.relnamespace])?.nspname ?? "";
  const attributes = attributesOf(state, row);
  const chosen = chooseColumns(attributes, columns, row.relname);
  checkMay(state, row, chosen, privilege);
  return { row, schema, all: attributes, columns: chosen };
}

interface Attribute extends CopyColumn {
  readonly isGenerated: boolean;
  readonly attnum: number;
}

const attributesOf = (state: SessionState, { oid }: ClassTuple): Attribute[] =>
  state.context.catalog
    .list(pgAttribute, "key", [oid])
    .filter(({ attnum, attisdropped }) => attnum > 0 && !attisdropped)
    .sort((a, b) => a.attnum - b.attnum)
    .map((row) => ({
      name: row.attname,
      type: row.atttypid,
      typmod: row.atttypmod,
      isGenerated: row.attgenerated !== "",
      attnum: row.attnum,
    }));

/**
 * The columns of a list, or all but the generated ones. `relation` is undefined for the columns of
 * a query.
 */
function chooseColumns<Column extends { readonly name: string }>(
  all: readonly (Column & { readonly isGenerated?: boolean })[],
  names: readonly string[],
  relation: string | undefined,
): Column[] {
  if (names.length === 0) return all.filter(({ isGenerated }) => isGenerated !== true);
  const chosen = new Set<Column>();
  for (const name of names) {
    const found = all.find((column) => column.name === name);
    if (found === undefined) throw undefinedColumn(name, relation);
    if (found.isGenerated) {
      throw new SqlError("42P10", `column "${name}" is a generated column`, {
        detail: "Generated columns cannot be used in COPY.",
      });
    }
    if (chosen.has(found)) {
      throw new SqlError("42701", `column "${name}" specified more than once`);
    }
    chosen.add(found);
  }
  return [...chosen];
}

function undefinedColumn(name: string, relation: string | undefined): SqlError {
  const of = relation === undefined ? "" : ` of relation "${relation}"`;
  return new SqlError("42703", `column "${name}"${of} does not exist`);
}

function checkMay(
  state: SessionState,
  row: ClassTuple,
  columns: readonly CopyColumn[],
  privilege: "SELECT" | "INSERT",
): void {
  const { catalog, user } = state.context;
  const letter = privilege === "SELECT" ? "r" : "a";
  const used = new Set(columns.map((column) => (column as Attribute).attnum));
  const isGranted =
    may(catalog, user.oid, securableRelation(row), letter) ||
    (used.size > 0 && mayColumns(catalog, user.oid, row, letter, used));
  if (isGranted) {
    const error = isRowSecured(catalog, user.oid, row) && secured(state, row, privilege);
    if (error) throw error;
    return;
  }
  const what = { S: "sequence", v: "view", m: "materialized view", f: "foreign table" };
  const word = what[row.relkind as keyof typeof what] ?? "table";
  throw new SqlError("42501", `permission denied for ${word} ${row.relname}`);
}

/** Rows are copied as a query sees them, and into the table there is no way. */
function secured(
  state: SessionState,
  row: ClassTuple,
  privilege: "SELECT" | "INSERT",
): SqlError | undefined {
  if (state.context.setting("row_security") === "off") {
    return new SqlError("42501", rowSecurityDenial(row));
  }
  if (privilege === "SELECT") return undefined;
  const hint = "Use INSERT statements instead.";
  return new SqlError("0A000", "COPY FROM not supported with row-level security", { hint });
}

/**
 * The positions, among the copied columns, of those that an option names. Throws 42703, 42701,
 * 42P10.
 */
export function optionColumns<Column extends { readonly name: string }>(
  option: string,
  names: readonly string[],
  all: readonly Column[],
  copied: readonly Column[],
  relation: string | undefined,
): readonly boolean[] {
  if (names.length === 0) return copied.map(() => false);
  const named = chooseColumns(all, names, relation);
  const missing = named.find((column) => !copied.includes(column));
  if (missing !== undefined) {
    throw new SqlError("42P10", `${option} column "${missing.name}" not referenced by COPY`);
  }
  return copied.map((column) => named.includes(column));
}

/** No programs run here. */
export function refuseProgram({ isProgram, isFrom }: CopyStatement): void {
  if (isProgram) throw notSupported(`COPY ${isFrom ? "from" : "to"} a program`);
}
