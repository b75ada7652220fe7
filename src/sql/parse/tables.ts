/** CREATE TABLE and ALTER TABLE. What the catalog cannot keep is refused by name, never dropped. */
import type {
  AlterTableCmd,
  AlterTableStmt,
  ColumnDef,
  Constraint,
  CreateStmt,
  Node,
} from "libpg-query";
import { assert } from "../../base/assert.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type {
  AlterTable,
  AlterTableAction,
  ColumnConstraint,
  ColumnDefinition,
  CreateTable,
  RelationNoun,
  TableKey,
} from "../../catalog/statement.ts";
import { actionNames } from "./command-names.ts";
import {
  qualifiedName,
  relationName,
  roleSpec,
  stringsOf,
  typeName,
  type Writable,
} from "./names.ts";
import { atLocation, positionOf } from "./positions.ts";
import { refusePersistence, sequenceOptions } from "./sequences.ts";
import { changeOptions } from "./views.ts";

export function createTable(tree: CreateStmt): CreateTable {
  refuseTableClauses(tree);
  const columns: ColumnDefinition[] = [];
  const keys: TableKey[] = [];
  for (const element of tree.tableElts ?? []) {
    if ("ColumnDef" in element) columns.push(columnDefinition(element.ColumnDef));
    else if ("Constraint" in element) keys.push(tableKey(element.Constraint));
    else throw notSupported("LIKE in CREATE TABLE", likePosition(element));
  }
  return {
    kind: "createTable",
    table: relationName(tree.relation),
    columns,
    keys,
    ifNotExists: tree.if_not_exists ?? false,
  };
}

function likePosition(element: Node): number | undefined {
  return "TableLikeClause" in element
    ? positionOf(element.TableLikeClause.relation?.location)
    : undefined;
}

function refuseTableClauses(tree: CreateStmt): void {
  if (tree.oncommit !== undefined && tree.oncommit !== "ONCOMMIT_NOOP") {
    if (tree.relation?.relpersistence !== "t") {
      throw new SqlError("42P16", "ON COMMIT can only be used on temporary tables");
    }
  }
  refusePersistence(tree.relation?.relpersistence, "TABLE");
  if (tree.partbound) throw notSupported("PARTITION OF", positionOf(tree.partbound.location));
  if (tree.inhRelations) throw notSupported("INHERITS", locationOf(tree.inhRelations[0]));
  if (tree.partspec) throw notSupported("PARTITION BY", positionOf(tree.partspec.location));
  if (tree.ofTypename) throw notSupported("CREATE TABLE OF", positionOf(tree.ofTypename.location));
  if (tree.options) throw notSupported("WITH in CREATE TABLE", locationOf(tree.options[0]));
  if (tree.tablespacename !== undefined) throw notSupported("TABLESPACE");
  if (tree.accessMethod !== undefined) throw notSupported("USING in CREATE TABLE");
}

function locationOf(node: Node | undefined): number | undefined {
  const [fields] = Object.values(node ?? {}) as { readonly location?: number }[];
  return positionOf(fields?.location);
}

function columnDefinition(tree: ColumnDef): ColumnDefinition {
  assert(tree.colname !== undefined, "a column has a name");
  if (tree.compression !== undefined) throw notSupported("COMPRESSION", positionOf(tree.location));
  if (tree.storage_name !== undefined) throw notSupported("STORAGE", positionOf(tree.location));
  if (tree.fdwoptions) throw notSupported("OPTIONS of a column", locationOf(tree.fdwoptions[0]));
  if (tree.typeName?.setof) {
    throw new SqlError("42P16", `column "${tree.colname}" cannot be declared SETOF`);
  }
  const collation = tree.collClause;
  const constraints: ColumnConstraint[] = [];
  for (const node of tree.constraints ?? []) {
    assert("Constraint" in node, "a column has constraints only");
    const constraint = columnConstraint(node.Constraint, constraints.at(-1));
    if (constraint !== undefined) constraints.push(constraint);
  }
  const made: Writable<ColumnDefinition> = {
    name: tree.colname,
    type: typeName(tree.typeName),
    constraints,
  };
  if (collation !== undefined) {
    made.collation = qualifiedName(stringsOf(collation.collname), collation.location);
  }
  const position = positionOf(tree.location);
  if (position !== undefined) made.position = position;
  return made;
}

/** undefined = a clause that states the default of the constraint before it (NOT DEFERRABLE). */
function columnConstraint(
  tree: Constraint,
  before: ColumnConstraint | undefined,
): ColumnConstraint | undefined {
  switch (tree.contype) {
    case "CONSTR_NOTNULL":
      return { kind: "notNull", ...atLocation(tree.location) };
    case "CONSTR_NULL":
      return { kind: "null", ...atLocation(tree.location) };
    case "CONSTR_DEFAULT":
      return {
        kind: "default",
        expression: { node: tree.raw_expr },
        ...atLocation(tree.location),
      };
    case "CONSTR_PRIMARY":
    case "CONSTR_UNIQUE":
      refuseIndexClauses(tree);
      return {
        kind: tree.contype === "CONSTR_PRIMARY" ? "primaryKey" : "unique",
        ...(tree.conname === undefined ? {} : { name: tree.conname }),
        ...(tree.nulls_not_distinct ? { nullsNotDistinct: true } : {}),
        ...atLocation(tree.location),
      };
    case "CONSTR_IDENTITY":
      return {
        kind: "identity",
        always: tree.generated_when === "a",
        options: sequenceOptions(tree.options),
        ...atLocation(tree.location),
      };
    case "CONSTR_ATTR_NOT_DEFERRABLE":
    case "CONSTR_ATTR_IMMEDIATE":
      if (before?.kind === "primaryKey" || before?.kind === "unique") return undefined;
      throw misplaced(tree);
    default:
      throw notSupported(
        constraintNames[tree.contype ?? ""] ?? "this constraint",
        positionOf(tree.location),
      );
  }
}

function misplaced(tree: Constraint): SqlError {
  const clause =
    tree.contype === "CONSTR_ATTR_IMMEDIATE" ? "INITIALLY IMMEDIATE" : "NOT DEFERRABLE";
  return new SqlError("42601", `misplaced ${clause} clause`, atLocation(tree.location));
}

const constraintNames: { readonly [contype: string]: string } = {
  CONSTR_CHECK: "CHECK",
  CONSTR_FOREIGN: "FOREIGN KEY",
  CONSTR_GENERATED: "GENERATED ALWAYS AS (expression) STORED",
  CONSTR_EXCLUSION: "EXCLUDE",
  CONSTR_ATTR_DEFERRABLE: "DEFERRABLE",
  CONSTR_ATTR_DEFERRED: "INITIALLY DEFERRED",
};

function tableKey(tree: Constraint): TableKey {
  if (tree.contype !== "CONSTR_PRIMARY" && tree.contype !== "CONSTR_UNIQUE") {
    throw notSupported(
      constraintNames[tree.contype ?? ""] ?? "this constraint",
      positionOf(tree.location),
    );
  }
  refuseIndexClauses(tree);
  return {
    kind: tree.contype === "CONSTR_PRIMARY" ? "primaryKey" : "unique",
    ...(tree.conname === undefined ? {} : { name: tree.conname }),
    columns: stringsOf(tree.keys),
    ...(tree.nulls_not_distinct ? { nullsNotDistinct: true } : {}),
    ...atLocation(tree.location),
  };
}

function refuseIndexClauses(tree: Constraint): void {
  const at = positionOf(tree.location);
  if (tree.deferrable || tree.initdeferred) throw notSupported("DEFERRABLE", at);
  if (tree.including) throw notSupported("INCLUDE", at);
  if (tree.options) throw notSupported("WITH of an index", locationOf(tree.options[0]));
  if (tree.indexspace !== undefined) throw notSupported("USING INDEX TABLESPACE", at);
  if (tree.indexname !== undefined) throw notSupported("USING INDEX", at);
}

const alterableNouns: { readonly [objtype: string]: RelationNoun } = {
  OBJECT_TABLE: "table",
  OBJECT_SEQUENCE: "sequence",
  OBJECT_VIEW: "view",
  OBJECT_INDEX: "index",
};
export const relationNoun = (objtype: string | undefined): RelationNoun | undefined =>
  alterableNouns[objtype ?? ""];

/** undefined = another kind of relation, which this server has not. */
export function alterTable(tree: AlterTableStmt): AlterTable | undefined {
  const noun = relationNoun(tree.objtype);
  if (noun === undefined) return undefined;
  return {
    kind: "alterTable",
    noun,
    table: relationName(tree.relation),
    ifExists: tree.missing_ok ?? false,
    actions: (tree.cmds ?? []).map((node) => {
      assert("AlterTableCmd" in node, "ALTER TABLE has commands");
      return alterAction(node.AlterTableCmd);
    }),
  };
}

function alterAction(tree: AlterTableCmd): AlterTableAction {
  const column = tree.name ?? "";
  const cascade = tree.behavior === "DROP_CASCADE";
  switch (tree.subtype) {
    case "AT_AddColumn":
      assert(tree.def !== undefined && "ColumnDef" in tree.def, "ADD COLUMN has a column");
      return {
        kind: "addColumn",
        column: columnDefinition(tree.def.ColumnDef),
        ifNotExists: tree.missing_ok ?? false,
      };
    case "AT_DropColumn":
      return { kind: "dropColumn", column, ifExists: tree.missing_ok ?? false, cascade };
    case "AT_ColumnDefault":
      return tree.def === undefined
        ? { kind: "dropDefault", column }
        : { kind: "setDefault", column, expression: { node: tree.def } };
    case "AT_SetNotNull":
      return { kind: "setNotNull", column };
    case "AT_DropNotNull":
      return { kind: "dropNotNull", column };
    case "AT_ChangeOwner":
      return { kind: "owner", owner: roleSpec(tree.newowner) };
    case "AT_SetRelOptions":
    case "AT_ResetRelOptions":
      return changeOptions(tree);
    default:
      throw notSupported(
        `ALTER TABLE … ${actionNames[tree.subtype ?? ""] ?? tree.subtype}`,
        locationOf(tree.def),
      );
  }
}
