/**
 * FOREIGN KEYS: a constraint on the unique index of the referenced table, with the operators that
 * compare the columns and the triggers that will enforce it.
 * https://www.postgresql.org/docs/15/ddl-constraints.html#DDL-CONSTRAINTS-FK
 *
 *   1. resolve and lock the referenced table: nobody else changes it or its keys meanwhile
 *   2. columns on both sides, the index, the privilege, in PostgreSQL's order of checks
 *   3. operators: PK = FK, PK = PK, FK = FK, of the index's operator family
 *   4. stage the constraint, two action triggers on the referenced table, two check triggers on
 *      the referencing one, and the same for partitions on either side
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { type ClassTuple, findAttribute, findRelation, undefinedRelation } from "../names.ts";
import { checkTablePrivilege } from "../privileges.ts";
import type { ForeignKeyConstraint, QualifiedName, ReferentialAction } from "../statement.ts";
import { isSystemColumn } from "../system-columns.ts";
import { temporaryOwner } from "../temporary-names.ts";
import type { DdlContext } from "./context.ts";
import type { AttributeTuple } from "./defaults.ts";
import { insertForeignKey, type KeyTerms } from "./foreign-key-rows.ts";
import { checkConstraintName, chooseConstraintName, joinColumns } from "./generated-names.ts";
import { type KeyOperators, keyOperators } from "./key-operators.ts";
import { checkNoSystemCatalog, lockRelation, searchPathOf } from "./lookup.ts";
import { classOf } from "./merge-columns.ts";
import { followPartitions } from "./partition-foreign-keys.ts";
import { primaryKeyOf, type ReferencedKey, uniqueKeyOver } from "./referenced-keys.ts";
import type { TableFacts } from "./table-facts.ts";

/** https://www.postgresql.org/docs/15/limits.html */
const KEY_COLUMNS_MAX = 32;

/**
 * Stages the key, and has rows that are there looked at. `valid`: the table is new or the column
 * empty, so that NOT VALID says nothing. `only`: partitions are not to follow.
 */
export function createForeignKey(
  context: DdlContext,
  table: TableFacts,
  key: ForeignKeyConstraint,
  valid: boolean,
  only = false,
): void {
  if (key.name !== undefined) checkConstraintName(context, table, key.name);
  const name =
    key.name ??
    chooseConstraintName(context, table.namespace, table.name, joinColumns(key.columns), "fkey");
  const target = referencedTable(context, table.oid, key, only);
  checkPersistence(context, table, target);
  const terms = {
    ...termsOf(context, table, target, key, name),
    convalidated: valid || !key.notValid,
  };
  const made = insertForeignKey(context, terms, name);
  followPartitions(context, made, !valid && !key.notValid);
}

/** Throws what is wrong with the columns on either side. */
function termsOf(
  context: DdlContext,
  table: TableFacts,
  target: ClassTuple,
  key: ForeignKeyConstraint,
  name: string,
): Omit<KeyTerms, "convalidated"> {
  const columns = keyColumns(context, table.oid, key.columns);
  const deleteSets = deleteSetColumns(context, table.oid, key, columns);
  const referenced = referencedKey(context, target, key);
  const confkey = numbersOf(referenced.columns);
  checkTablePrivilege(context.catalog, context.user.oid, target, REFERENCES, confkey);
  checkGenerated(key, columns);
  if (columns.length !== referenced.columns.length) {
    const message = "number of referencing and referenced columns for foreign key disagree";
    throw new SqlError("42830", message);
  }
  const operators = columns.map((column, at) =>
    operatorsFor(context, name, column, referenced, at),
  );
  return {
    condeferrable: key.deferrable,
    condeferred: key.initiallyDeferred,
    conrelid: table.oid,
    conindid: referenced.index,
    confrelid: target.oid,
    confupdtype: ACTION_LETTERS[key.onUpdate],
    confdeltype: ACTION_LETTERS[key.onDelete],
    confmatchtype: key.match === "full" ? "f" : "s",
    conkey: numbersOf(columns),
    confkey,
    conpfeqop: operators.map((each) => each.primaryForeign),
    conppeqop: operators.map((each) => each.primaryPrimary),
    conffeqop: operators.map((each) => each.foreignForeign),
    confdelsetcols: deleteSets.length === 0 ? null : [...new Set(numbersOf(deleteSets))],
  };
}

const numbersOf = (list: readonly AttributeTuple[]): number[] => list.map(({ attnum }) => attnum);

const REFERENCES = "x";

/** Rows that stay longer than what they refer to would refer to nothing. Throws 42P16. */
function checkPersistence({ catalog }: DdlContext, table: TableFacts, target: ClassTuple): void {
  const refuse = (message: string) => new SqlError("42P16", `constraints on ${message}`);
  const referenced = target.relpersistence;
  switch (table.persistence) {
    case "p":
      if (referenced === "p") return;
      throw refuse("permanent tables may reference only permanent tables");
    case "u":
      if (referenced !== "t") return;
      throw refuse("unlogged tables may reference only permanent or unlogged tables");
    default: {
      if (referenced !== "t") throw refuse("temporary tables may reference only temporary tables");
      const isOwn = (namespace: Oid) => temporaryOwner(catalog, namespace) === "own";
      if (isOwn(table.namespace) && isOwn(target.relnamespace)) return;
      throw refuse("temporary tables must involve temporary tables of this session");
    }
  }
}

function referencedTable(
  context: DdlContext,
  table: Oid,
  key: ForeignKeyConstraint,
  only: boolean,
): ClassTuple {
  const { catalog } = context;
  const { table: name } = key;
  const found = findRelation(catalog, withoutPlace(name), searchPathOf(context), context.user.oid);
  if (!found) throw undefinedRelation(name);
  lockRelation(context, found.oid, "ShareRowExclusive");
  const closed = CLOSED_KINDS[found.relkind];
  if (closed) throw new SqlError("42809", `"${found.relname}" is ${closed}`);
  checkPartitioned(classOf(context, table), found, key, only);
  if (found.relkind !== "r" && found.relkind !== "p") {
    throw new SqlError("42809", `referenced relation "${found.relname}" is not a table`);
  }
  checkNoSystemCatalog(found);
  return found;
}

/** The key of a partitioned table is one of all partitions, and holds for all rows. */
function checkPartitioned(
  { relkind, relname }: ClassTuple,
  target: ClassTuple,
  { notValid }: ForeignKeyConstraint,
  only: boolean,
): void {
  if (relkind !== "p") return;
  const what = `foreign key on partitioned table "${relname}" referencing relation "${target.relname}"`;
  if (only) throw new SqlError("42809", `cannot use ONLY for ${what}`);
  if (!notValid) return;
  const detail = "This feature is not yet supported on partitioned tables.";
  throw new SqlError("42809", `cannot add NOT VALID ${what}`, { detail });
}

/** What cannot even be opened as a table. */
const CLOSED_KINDS: Readonly<Record<string, string>> = {
  i: "an index",
  I: "an index",
  c: "a composite type",
};

/** PostgreSQL resolves it when the statement's text is out of reach. */
function withoutPlace({ position: _, ...name }: QualifiedName): QualifiedName {
  return name;
}

function keyColumns(
  { catalog }: DdlContext,
  relation: Oid,
  names: readonly string[],
): readonly AttributeTuple[] {
  return names.map((name, at) => {
    const column = findAttribute(catalog, relation, name);
    if (!column && isSystemColumn(name)) {
      throw new SqlError("0A000", "system columns cannot be used in foreign keys");
    }
    if (!column) {
      const message = `column "${name}" referenced in foreign key constraint does not exist`;
      throw new SqlError("42703", message);
    }
    if (at >= KEY_COLUMNS_MAX) {
      const message = `cannot have more than ${KEY_COLUMNS_MAX} keys in a foreign key`;
      throw new SqlError("54011", message);
    }
    return column;
  });
}

function deleteSetColumns(
  context: DdlContext,
  relation: Oid,
  key: ForeignKeyConstraint,
  columns: readonly AttributeTuple[],
): readonly AttributeTuple[] {
  const sets = keyColumns(context, relation, key.deleteSets);
  for (const { attname, attnum } of sets) {
    if (columns.some((column) => column.attnum === attnum)) continue;
    const message = `column "${attname}" referenced in ON DELETE SET action must be part of foreign key`;
    throw new SqlError("42P10", message);
  }
  return sets;
}

function referencedKey(
  context: DdlContext,
  target: ClassTuple,
  { referenced }: ForeignKeyConstraint,
): ReferencedKey {
  if (referenced.length === 0) return primaryKeyOf(context, target);
  return uniqueKeyOver(context, target, keyColumns(context, target.oid, referenced));
}

/** What another table does must not change a column that is computed. */
function checkGenerated(key: ForeignKeyConstraint, columns: readonly AttributeTuple[]): void {
  if (columns.every((column) => column.attgenerated === "")) return;
  const changes: readonly ReferentialAction[] = ["setNull", "setDefault"];
  const fault = [...changes, "cascade"].includes(key.onUpdate)
    ? "ON UPDATE"
    : changes.includes(key.onDelete)
      ? "ON DELETE"
      : undefined;
  if (fault === undefined) return;
  const message = `invalid ${fault} action for foreign key constraint containing generated column`;
  throw new SqlError("42601", message);
}

function operatorsFor(
  context: DdlContext,
  constraint: string,
  column: AttributeTuple,
  referenced: ReferencedKey,
  at: number,
): KeyOperators {
  const target = referenced.columns[at] as AttributeTuple;
  const opclass = referenced.opclasses[at] as Oid;
  const found = keyOperators(context, opclass, target.atttypid, column.atttypid);
  if (found) return found;
  const types = [column, target].map(({ atttypid }) => context.expressions.typeText(atttypid));
  throw new SqlError("42804", `foreign key constraint "${constraint}" cannot be implemented`, {
    detail: `Key columns "${column.attname}" and "${target.attname}" are of incompatible types: ${types.join(" and ")}.`,
  });
}

const ACTION_LETTERS: Readonly<Record<ReferentialAction, string>> = {
  noAction: "a",
  restrict: "r",
  cascade: "c",
  setNull: "n",
  setDefault: "d",
};
