/**
 * FOREIGN KEYS: a constraint on the unique index of the referenced table, with the operators that
 * compare the columns and the triggers that will enforce it.
 * https://www.postgresql.org/docs/15/ddl-constraints.html#DDL-CONSTRAINTS-FK
 *
 *   1. resolve and lock the referenced table: nobody else changes it or its keys meanwhile
 *   2. columns on both sides, the index, the privilege, in PostgreSQL's order of checks
 *   3. operators: PK = FK, PK = PK, FK = FK, of the index's operator family
 *   4. stage the constraint, two action triggers on the referenced table, two check triggers on
 *      the referencing one
 */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { CONSTRAINT_CLASS, OPERATOR_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { type ClassTuple, findRelation, undefinedRelation } from "../names.ts";
import { checkTablePrivilege } from "../privileges.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import type { ForeignKeyConstraint, QualifiedName, ReferentialAction } from "../statement.ts";
import { isSystemColumn } from "../system-columns.ts";
import { temporaryOwner } from "../temporary-names.ts";
import type { DdlContext } from "./context.ts";
import type { AttributeTuple } from "./defaults.ts";
import { checkConstraintName, chooseConstraintName, joinColumns } from "./generated-names.ts";
import { type KeyOperators, keyOperators } from "./key-operators.ts";
import { checkNoSystemCatalog, lockRelation, searchPathOf } from "./lookup.ts";
import { primaryKeyOf, type ReferencedKey, uniqueKeyOver } from "./referenced-keys.ts";
import type { TableFacts } from "./table-facts.ts";
import {
  FOR_EACH_ROW,
  insertConstraintTrigger,
  ON_DELETE,
  ON_INSERT,
  ON_UPDATE,
} from "./triggers.ts";

/** https://www.postgresql.org/docs/15/limits.html */
const KEY_COLUMNS_MAX = 32;

/**
 * Answers the constraint. `valid`: the table is new or the column empty, so that NOT VALID says
 * nothing.
 */
export function createForeignKey(
  context: DdlContext,
  table: TableFacts,
  key: ForeignKeyConstraint,
  valid: boolean,
): Oid {
  if (key.name !== undefined) checkConstraintName(context, table, key.name);
  const name =
    key.name ??
    chooseConstraintName(context, table.namespace, table.name, joinColumns(key.columns), "fkey");
  const target = referencedTable(context, key);
  if (context.catalog.find(pgClass, "key", [table.oid])?.relkind === "p") {
    throw notSupported("a foreign key of a partitioned table");
  }
  checkPersistence(context, table, target);
  const columns = keyColumns(context, table.oid, key.columns);
  const deleteSets = deleteSetColumns(context, table.oid, key, columns);
  const referenced = referencedKey(context, target, key);
  const attnums = referenced.columns.map((column) => column.attnum);
  checkTablePrivilege(context.catalog, context.user.oid, target, REFERENCES, attnums);
  checkGenerated(key, columns);
  if (columns.length !== referenced.columns.length) {
    const message = "number of referencing and referenced columns for foreign key disagree";
    throw new SqlError("42830", message);
  }
  const operators = columns.map((column, at) =>
    operatorsFor(context, name, column, referenced, at),
  );
  const oid = context.allocateOid();
  const parts = { columns, deleteSets, referenced, operators, valid: valid || !key.notValid };
  insertConstraint(context, table, key, target, oid, name, parts);
  insertTriggers(context, table.oid, target.oid, key, oid, referenced.index);
  return oid;
}

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

function referencedTable(context: DdlContext, { table: name }: ForeignKeyConstraint): ClassTuple {
  const { catalog } = context;
  const found = findRelation(catalog, withoutPlace(name), searchPathOf(context), context.user.oid);
  if (!found) throw undefinedRelation(name);
  lockRelation(context, found.oid, "ShareRowExclusive");
  const closed = CLOSED_KINDS[found.relkind];
  if (closed) throw new SqlError("42809", `"${found.relname}" is ${closed}`);
  if (found.relkind !== "r" && found.relkind !== "p") {
    throw new SqlError("42809", `referenced relation "${found.relname}" is not a table`);
  }
  checkNoSystemCatalog(found);
  if (found.relkind === "p") throw notSupported("a foreign key to a partitioned table");
  return found;
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
    const column = catalog.find(pgAttribute, "relid_attnam", [relation, name]);
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

function insertConstraint(
  context: DdlContext,
  table: TableFacts,
  key: ForeignKeyConstraint,
  target: ClassTuple,
  oid: Oid,
  name: string,
  parts: {
    readonly columns: readonly AttributeTuple[];
    readonly deleteSets: readonly AttributeTuple[];
    readonly referenced: ReferencedKey;
    readonly operators: readonly KeyOperators[];
    readonly valid: boolean;
  },
): void {
  const { catalog } = context;
  const { columns, deleteSets, referenced, operators } = parts;
  const numbers = (list: readonly AttributeTuple[]) => list.map((column) => column.attnum);
  catalog.insert(pgConstraint, {
    oid,
    conname: name,
    connamespace: table.namespace,
    contype: "f",
    condeferrable: key.deferrable,
    condeferred: key.initiallyDeferred,
    convalidated: parts.valid,
    conrelid: table.oid,
    conindid: referenced.index,
    confrelid: target.oid,
    confupdtype: ACTION_LETTERS[key.onUpdate],
    confdeltype: ACTION_LETTERS[key.onDelete],
    confmatchtype: key.match === "full" ? "f" : "s",
    connoinherit: true,
    conkey: numbers(columns),
    confkey: numbers(referenced.columns),
    conpfeqop: operators.map((each) => each.primaryForeign),
    conppeqop: operators.map((each) => each.primaryPrimary),
    conffeqop: operators.map((each) => each.foreignForeign),
    confdelsetcols: deleteSets.length === 0 ? null : numbers(deleteSets),
  });
  const self = addressOf(CONSTRAINT_CLASS, oid);
  const needs = (relation: Oid, list: readonly AttributeTuple[], deptype: "a" | "n") => {
    for (const attnum of new Set(numbers(list))) {
      addDependency(catalog, self, addressOf(RELATION_CLASS, relation, attnum), deptype);
    }
  };
  needs(table.oid, columns, "a");
  needs(target.oid, referenced.columns, "n");
  addDependency(catalog, self, addressOf(RELATION_CLASS, referenced.index), "n");
  const used = operators.flatMap((each) => Object.values(each) as Oid[]);
  for (const operator of new Set(used)) {
    addDependency(catalog, self, addressOf(OPERATOR_CLASS, operator), "n");
  }
}

/** RI_FKey_…_del and …_upd. https://www.postgresql.org/docs/15/catalog-pg-proc.html */
const ON_DELETE_FUNCTIONS: Readonly<Record<ReferentialAction, number>> = {
  noAction: 1654,
  restrict: 1648,
  cascade: 1646,
  setNull: 1650,
  setDefault: 1652,
};
const ON_UPDATE_FUNCTIONS: Readonly<Record<ReferentialAction, number>> = {
  noAction: 1655,
  restrict: 1649,
  cascade: 1647,
  setNull: 1651,
  setDefault: 1653,
};
const CHECK_ON_INSERT = 1644;
const CHECK_ON_UPDATE = 1645;

/** Functions whose triggers may wait for the end of the transaction; other actions never do. */
export const DEFERRABLE_FUNCTIONS: ReadonlySet<number> = new Set([
  ON_DELETE_FUNCTIONS.noAction,
  ON_UPDATE_FUNCTIONS.noAction,
  CHECK_ON_INSERT,
  CHECK_ON_UPDATE,
]);

/** Names sort actions (a) before checks (c): in a table that references itself both fire. */
function insertTriggers(
  context: DdlContext,
  table: Oid,
  target: Oid,
  key: ForeignKeyConstraint,
  constraint: Oid,
  index: Oid,
): void {
  const insert = (side: "a" | "c", called: number, event: number) => {
    const [relation, otherRelation] = side === "a" ? [target, table] : [table, target];
    const defers = DEFERRABLE_FUNCTIONS.has(called);
    insertConstraintTrigger(context, {
      relation,
      otherRelation,
      constraint,
      index,
      namePrefix: `RI_ConstraintTrigger_${side}`,
      function: called as Oid,
      type: FOR_EACH_ROW | event,
      deferrable: defers && key.deferrable,
      initiallyDeferred: defers && key.initiallyDeferred,
    });
  };
  insert("a", ON_DELETE_FUNCTIONS[key.onDelete], ON_DELETE);
  insert("a", ON_UPDATE_FUNCTIONS[key.onUpdate], ON_UPDATE);
  insert("c", CHECK_ON_INSERT, ON_INSERT);
  insert("c", CHECK_ON_UPDATE, ON_UPDATE);
}
