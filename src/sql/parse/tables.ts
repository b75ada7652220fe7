/** CREATE TABLE and ALTER TABLE. What the catalog cannot keep is refused by name, never dropped. */
import type {
  AlterTableCmd,
  AlterTableStmt,
  ColumnDef,
  CreateForeignTableStmt,
  CreateStmt,
  Node,
  TableLikeClause,
} from "libpg-query";
import { assert } from "../../base/assert.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { OnCommit, Persistence, TableStorage } from "../../catalog/alter-action.ts";
import type {
  AlterTable,
  AlterTableAction,
  ColumnDefinition,
  CreateTable,
  LikeClause,
  LikeOptions,
  QualifiedName,
  RelationNoun,
  TableElement,
  TypeName,
} from "../../catalog/statement.ts";
import { storageAction } from "./alter-actions.ts";
import { actionNames } from "./command-names.ts";
import { columnConstraints, deferralOf, tableConstraint } from "./constraints.ts";
import { optionChanges } from "./foreign.ts";
import {
  bigintOption,
  persistenceOf,
  qualifiedName,
  relationName,
  roleSpec,
  stringsOf,
  typeName,
  type Writable,
} from "./names.ts";
import { relationOptions } from "./options.ts";
import { partitionAction, partitionBound, partitionBy } from "./partitions.ts";
import { locationOf, positionOf } from "./positions.ts";
import { sequenceOptions } from "./sequences.ts";
import type { StatementBody } from "./statement.ts";

export function createTable(tree: CreateStmt): CreateTable {
  return {
    kind: "createTable",
    table: relationName(tree.relation),
    elements: (tree.tableElts ?? []).map(tableElement),
    ...(tree.inhRelations ? { parents: tree.inhRelations.map(relationOf) } : {}),
    ...(tree.partbound ? { bound: partitionBound(tree.partbound) } : {}),
    ...(tree.ofTypename ? { ofType: typeName(tree.ofTypename) } : {}),
    ...(tree.partspec ? { partitionBy: partitionBy(tree.partspec) } : {}),
    ...tableStorage(tree),
    ifNotExists: tree.if_not_exists ?? false,
  };
}

export function createForeignTable(tree: CreateForeignTableStmt): CreateTable {
  const { base, servername: server = "", options } = tree;
  assert(base !== undefined, "a foreign table is a table");
  return { ...createTable(base), foreign: { server, options: optionChanges(options) } };
}

function relationOf(node: Node | undefined): QualifiedName {
  assert(node !== undefined && "RangeVar" in node, "a relation is named");
  return relationName(node.RangeVar);
}

function tableElement(node: Node): TableElement {
  if ("ColumnDef" in node) return { kind: "column", column: columnDefinition(node.ColumnDef) };
  if ("Constraint" in node) return tableConstraint(node.Constraint);
  assert("TableLikeClause" in node, "a table has columns, constraints and LIKE clauses");
  return likeClause(node.TableLikeClause);
}

/** Bits of TableLikeClause.options. */
const LIKE_BITS: Readonly<Record<keyof LikeOptions, number>> = {
  comments: 1,
  compression: 2,
  constraints: 4,
  defaults: 8,
  generated: 16,
  identity: 32,
  indexes: 64,
  statistics: 128,
  storage: 256,
};

function likeClause(tree: TableLikeClause): LikeClause {
  const has = (option: keyof LikeOptions) => ((tree.options ?? 0) & LIKE_BITS[option]) !== 0;
  return {
    kind: "like",
    table: relationName(tree.relation),
    options: {
      comments: has("comments"),
      compression: has("compression"),
      constraints: has("constraints"),
      defaults: has("defaults"),
      generated: has("generated"),
      identity: has("identity"),
      indexes: has("indexes"),
      statistics: has("statistics"),
      storage: has("storage"),
    },
  };
}

/** Nothing when nothing is said of it. */
function tableStorage(tree: CreateStmt): { readonly storage?: TableStorage } {
  const { relation, options, tablespacename, accessMethod, oncommit } = tree;
  const persistence = persistenceOf(relation);
  return storageOf({ persistence, options, tablespacename, accessMethod, oncommit });
}

export function storageOf({
  persistence,
  options,
  tablespacename,
  accessMethod,
  oncommit,
}: {
  readonly persistence: Persistence;
  readonly options: CreateStmt["options"] | undefined;
  readonly tablespacename: string | undefined;
  readonly accessMethod: string | undefined;
  readonly oncommit: CreateStmt["oncommit"];
}): { readonly storage?: TableStorage } {
  const onCommit = onCommits[oncommit ?? "ONCOMMIT_NOOP"];
  const isSaid = tablespacename !== undefined || accessMethod !== undefined || onCommit;
  if (persistence === "p" && !options && !isSaid) return {};
  return {
    storage: {
      persistence,
      options: relationOptions(options),
      ...(tablespacename === undefined ? {} : { tablespace: tablespacename }),
      ...(accessMethod === undefined ? {} : { method: accessMethod }),
      ...(onCommit === undefined ? {} : { onCommit }),
    },
  };
}

/** CREATE TABLE, if it is not refused, of a table whose rows stay as they were added. */
export function appendOnly(body: StatementBody): StatementBody {
  if (body.kind !== "createTable" && body.kind !== "createTableAs") return body;
  const { storage = { persistence: "p", options: NONE } as const } = body;
  const options = [...storage.options, { name: "append_only", value: "true" }];
  return { ...body, storage: { ...storage, options } };
}

const onCommits: { readonly [action: string]: OnCommit | undefined } = {
  ONCOMMIT_PRESERVE_ROWS: "preserve",
  ONCOMMIT_DELETE_ROWS: "delete",
  ONCOMMIT_DROP: "drop",
};

const NONE: readonly never[] = [];
/** A column of PARTITION OF has its parent's type, one of OF its type's. */
const AS_PARENT: TypeName = { name: "", modifiers: [], arrayDimensions: 0 };

export function columnDefinition(tree: ColumnDef): ColumnDefinition {
  assert(tree.colname !== undefined, "a column has a name");
  if (tree.storage_name !== undefined) throw notSupported("STORAGE", positionOf(tree.location));
  if (tree.typeName?.setof) {
    throw new SqlError("42P16", `column "${tree.colname}" cannot be declared SETOF`);
  }
  const collation = tree.collClause;
  const made: Writable<ColumnDefinition> = {
    name: tree.colname,
    type: tree.typeName ? typeName(tree.typeName) : AS_PARENT,
    constraints: NONE,
  };
  if (tree.constraints) {
    Object.assign(made, columnConstraints(tree.colname, tree.constraints));
  }
  if (collation !== undefined) {
    made.collation = qualifiedName(stringsOf(collation.collname), collation.location);
  }
  if (tree.compression !== undefined) made.compression = tree.compression;
  if (tree.fdwoptions) made.options = optionChanges(tree.fdwoptions);
  const position = positionOf(tree.location);
  if (position !== undefined) made.position = position;
  return made;
}

const alterableNouns: { readonly [objtype: string]: RelationNoun } = {
  OBJECT_TABLE: "table",
  OBJECT_SEQUENCE: "sequence",
  OBJECT_VIEW: "view",
  OBJECT_MATVIEW: "materialized view",
  OBJECT_INDEX: "index",
  OBJECT_FOREIGN_TABLE: "foreign table",
};
export const relationNoun = (objtype: string | undefined): RelationNoun | undefined =>
  alterableNouns[objtype ?? ""];

/** A composite type has no tables below it; the grammar says ONLY of it nevertheless. */
export function typeAsRelation(tree: AlterTableStmt["relation"]): QualifiedName {
  const { only: _, ...name } = relationName(tree);
  return name;
}

/** undefined = another kind of relation, which this server has not. */
export function alterTable(tree: AlterTableStmt): AlterTable | undefined {
  const noun = tree.objtype === "OBJECT_TYPE" ? "composite type" : relationNoun(tree.objtype);
  if (noun === undefined) return undefined;
  return {
    kind: "alterTable",
    noun,
    table: noun === "composite type" ? typeAsRelation(tree.relation) : relationName(tree.relation),
    ifExists: tree.missing_ok ?? false,
    actions: (tree.cmds ?? []).map((node) => {
      assert("AlterTableCmd" in node, "ALTER TABLE has commands");
      return alterAction(node.AlterTableCmd);
    }),
  };
}

function alterAction(tree: AlterTableCmd): AlterTableAction {
  const storage = storageAction(tree);
  if (storage) return storage;
  const column = tree.name ?? "";
  const cascade = tree.behavior === "DROP_CASCADE";
  switch (tree.subtype) {
    case "AT_AddColumn":
      assert(tree.def !== undefined && "ColumnDef" in tree.def, "ADD COLUMN has a column");
      return {
        kind: "addColumn",
        column: columnDefinition(tree.def.ColumnDef),
        ifNotExists: tree.missing_ok ?? false,
        cascade,
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
    case "AT_AddConstraint":
    case "AT_DropConstraint":
    case "AT_ValidateConstraint":
    case "AT_AlterConstraint":
      return constraintAction(tree, cascade);
    case "AT_AddIdentity":
    case "AT_SetIdentity":
    case "AT_DropIdentity":
    case "AT_DropExpression":
      return identityAction(tree, column);
    case "AT_AddInherit":
    case "AT_DropInherit": {
      const kind = tree.subtype === "AT_AddInherit" ? "inherit" : "noInherit";
      return { kind, parent: relationOf(tree.def) };
    }
    case "AT_AddOf":
      assert(tree.def !== undefined && "TypeName" in tree.def, "OF names a type");
      return { kind: "of", type: typeName(tree.def.TypeName) };
    case "AT_DropOf":
      return { kind: "notOf" };
    case "AT_AttachPartition":
    case "AT_DetachPartition":
    case "AT_DetachPartitionFinalize":
      assert(tree.def !== undefined && "PartitionCmd" in tree.def, "it names a partition");
      return partitionAction(tree.subtype, tree.def.PartitionCmd);
    case "AT_ChangeOwner":
      return { kind: "owner", owner: roleSpec(tree.newowner) };
    default:
      throw notSupported(
        `ALTER TABLE … ${actionNames[tree.subtype ?? ""] ?? tree.subtype}`,
        locationOf(tree.def),
      );
  }
}

function constraintAction(tree: AlterTableCmd, cascade: boolean): AlterTableAction {
  const name = tree.name ?? "";
  if (tree.subtype === "AT_DropConstraint") {
    const ifExists = tree.missing_ok ?? false;
    return { kind: "dropConstraint", constraint: name, ifExists, cascade };
  }
  if (tree.subtype === "AT_ValidateConstraint") {
    return { kind: "validateConstraint", constraint: name };
  }
  assert(tree.def !== undefined && "Constraint" in tree.def, "the action has a constraint");
  const constraint = tree.def.Constraint;
  if (tree.subtype === "AT_AddConstraint") {
    return { kind: "addConstraint", constraint: tableConstraint(constraint) };
  }
  const altered = constraint.conname ?? "";
  return { kind: "alterConstraint", constraint: altered, ...deferralOf(constraint) };
}

/** What ALTER COLUMN does with identities and generation expressions. */
function identityAction(tree: AlterTableCmd, column: string): AlterTableAction {
  const ifExists = tree.missing_ok ?? false;
  if (tree.subtype === "AT_DropIdentity") return { kind: "dropIdentity", column, ifExists };
  if (tree.subtype === "AT_DropExpression") return { kind: "dropExpression", column, ifExists };
  if (tree.subtype === "AT_AddIdentity") {
    assert(tree.def !== undefined && "Constraint" in tree.def, "an identity is a constraint");
    const { generated_when, options } = tree.def.Constraint;
    const always = generated_when === "a";
    return { kind: "addIdentity", column, always, options: sequenceOptions(options) };
  }
  assert(tree.def !== undefined && "List" in tree.def, "SET has a list of options");
  return { kind: "setIdentity", column, ...identityOptions(tree.def.List.items ?? []) };
}

/** GENERATED is the column's, everything else its sequence's. */
function identityOptions(nodes: readonly Node[]) {
  const isGenerated = (node: Node) => "DefElem" in node && node.DefElem.defname === "generated";
  const [generated, ...more] = nodes.filter(isGenerated);
  const options = sequenceOptions(nodes.filter((node) => !isGenerated(node)));
  if (more.length > 0) return { always: "repeated", options } as const;
  if (generated === undefined || !("DefElem" in generated)) return { options };
  return { always: bigintOption(generated.DefElem) === ALWAYS, options };
}
const ALWAYS = BigInt("a".charCodeAt(0));
