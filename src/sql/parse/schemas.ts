/** CREATE SCHEMA, and renames, owners, moves and drops of whatever has a name. */
import type {
  AlterObjectSchemaStmt,
  AlterOwnerStmt,
  CreateSchemaStmt,
  DropStmt,
  Node,
  RenameStmt,
} from "libpg-query";
import { assert } from "../../base/assert.ts";
import { notSupported } from "../../base/sql-error.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import { commandTag } from "./command-names.ts";
import { renameDomainConstraint } from "./domains.ts";
import { grant } from "./grants.ts";
import { createIndex } from "./indexes.ts";
import { qualifiedName, relationName, roleSpec, stringOf, stringsOf } from "./names.ts";
import { dropObjects, objectOwner, objectSchema, renameObject } from "./objects.ts";
import { renameRule } from "./rules.ts";
import { createSequence } from "./sequences.ts";
import { createTable, relationNoun, typeAsRelation } from "./tables.ts";
import { createTrigger, renameTrigger } from "./triggers.ts";
import { createView } from "./views.ts";

export function createSchema(tree: CreateSchemaStmt): DdlStatement {
  return {
    kind: "createSchema",
    ...(tree.schemaname === undefined ? {} : { name: tree.schemaname }),
    ...(tree.authrole === undefined ? {} : { owner: roleSpec(tree.authrole) }),
    ifNotExists: tree.if_not_exists ?? false,
    elements: (tree.schemaElts ?? []).map(schemaElement),
  };
}

function schemaElement(node: Node): DdlStatement {
  if ("CreateStmt" in node) return createTable(node.CreateStmt);
  if ("CreateSeqStmt" in node) return createSequence(node.CreateSeqStmt);
  if ("IndexStmt" in node) return createIndex(node.IndexStmt);
  if ("ViewStmt" in node) return createView(node.ViewStmt);
  if ("GrantStmt" in node) return grant(node.GrantStmt);
  if ("CreateTrigStmt" in node) return createTrigger(node.CreateTrigStmt);
  throw notSupported(commandTag(node));
}

/** undefined = a kind of object that this server cannot rename. */
export function rename(tree: RenameStmt): DdlStatement | undefined {
  const newName = tree.newname ?? "";
  const ifExists = tree.missing_ok ?? false;
  const name = tree.subname ?? "";
  const cascade = tree.behavior === "DROP_CASCADE";
  if (tree.renameType === "OBJECT_SCHEMA") return { kind: "renameSchema", name, newName };
  if (tree.renameType === "OBJECT_DATABASE") return { kind: "renameDatabase", name, newName };
  if (tree.renameType === "OBJECT_TABLESPACE") return { kind: "renameTablespace", name, newName };
  if (tree.renameType === "OBJECT_ROLE") return { kind: "renameRole", name, newName };
  if (tree.renameType === "OBJECT_COLUMN") {
    const noun = relationNoun(tree.relationType);
    if (noun === undefined) return undefined;
    const table = relationName(tree.relation);
    return { kind: "renameColumn", noun, table, ifExists, column: name, newName, cascade };
  }
  if (tree.renameType === "OBJECT_ATTRIBUTE") {
    const table = typeAsRelation(tree.relation);
    const noun = "table";
    return { kind: "renameColumn", noun, table, ifExists, column: name, newName, cascade };
  }
  if (tree.renameType === "OBJECT_TABCONSTRAINT") {
    const table = relationName(tree.relation);
    return { kind: "renameConstraint", table, ifExists, constraint: name, newName };
  }
  if (tree.renameType === "OBJECT_POLICY") {
    return { kind: "renamePolicy", table: relationName(tree.relation), name, newName };
  }
  if (tree.renameType === "OBJECT_TRIGGER") return renameTrigger(tree);
  if (tree.renameType === "OBJECT_RULE") return renameRule(tree);
  if (tree.renameType === "OBJECT_DOMCONSTRAINT") return renameDomainConstraint(tree);
  const noun = relationNoun(tree.renameType);
  if (noun === undefined) return renameObject(tree);
  return { kind: "renameRelation", noun, relation: relationName(tree.relation), ifExists, newName };
}

export function setSchema(tree: AlterObjectSchemaStmt): DdlStatement | undefined {
  const noun = relationNoun(tree.objectType);
  if (noun === undefined) return objectSchema(tree);
  return {
    kind: "setSchema",
    noun,
    relation: relationName(tree.relation),
    ifExists: tree.missing_ok ?? false,
    schema: tree.newschema ?? "",
  };
}

export function alterOwner(tree: AlterOwnerStmt): DdlStatement | undefined {
  if (tree.objectType === "OBJECT_SCHEMA") {
    return { kind: "schemaOwner", name: stringOf(tree.object), owner: roleSpec(tree.newowner) };
  }
  if (tree.objectType === "OBJECT_DATABASE") {
    return { kind: "databaseOwner", name: stringOf(tree.object), owner: roleSpec(tree.newowner) };
  }
  return objectOwner(tree);
}

export function drop(tree: DropStmt): DdlStatement | undefined {
  const ifExists = tree.missing_ok ?? false;
  const cascade = tree.behavior === "DROP_CASCADE";
  if (tree.removeType === "OBJECT_SCHEMA") {
    return { kind: "dropSchemas", names: stringsOf(tree.objects), ifExists, cascade };
  }
  const noun = relationNoun(tree.removeType);
  if (noun === undefined) return dropObjects(tree);
  const names = (tree.objects ?? []).map((object) => {
    assert("List" in object, "DROP names relations by lists");
    return qualifiedName(stringsOf(object.List.items));
  });
  const concurrently = tree.concurrent ? { concurrently: true } : {};
  return { kind: "dropRelations", noun, names, ifExists, cascade, ...concurrently };
}
