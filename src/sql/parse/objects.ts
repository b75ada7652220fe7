/** Objects by name, for COMMENT, ALTER … OWNER TO, REASSIGN OWNED and DROP OWNED. */
import type {
  AlterObjectDependsStmt,
  AlterObjectSchemaStmt,
  AlterOwnerStmt,
  CommentStmt,
  DropOwnedStmt,
  DropStmt,
  Node,
  ObjectWithArgs,
  ReassignOwnedStmt,
  RenameStmt,
} from "libpg-query";
import { assert } from "../../base/assert.ts";
import { SqlError } from "../../base/sql-error.ts";
import type {
  Comment,
  DependOnExtension,
  DropObjects,
  DropOwned,
  NamedKind,
  ObjectName,
  ObjectOwner,
  ObjectSchema,
  QualifiedKind,
  ReassignOwned,
  RelationKind,
  RenameObject,
  RoutineKind,
} from "../../catalog/object-name.ts";
import type { QualifiedName, TypeName } from "../../catalog/statement.ts";
import { relationName, roleSpec, stringOf, stringsOf, typeName } from "./names.ts";
import { roleSpecs } from "./roles.ts";

const relationKinds: { readonly [objtype: string]: RelationKind } = {
  OBJECT_TABLE: "table",
  OBJECT_SEQUENCE: "sequence",
  OBJECT_VIEW: "view",
  OBJECT_MATVIEW: "materialized view",
  OBJECT_INDEX: "index",
  OBJECT_FOREIGN_TABLE: "foreign table",
};
const namedKinds: { readonly [objtype: string]: NamedKind } = {
  OBJECT_ACCESS_METHOD: "access method",
  OBJECT_DATABASE: "database",
  OBJECT_EVENT_TRIGGER: "event trigger",
  OBJECT_EXTENSION: "extension",
  OBJECT_FDW: "foreign-data wrapper",
  OBJECT_FOREIGN_SERVER: "server",
  OBJECT_LANGUAGE: "language",
  OBJECT_PUBLICATION: "publication",
  OBJECT_ROLE: "role",
  OBJECT_SCHEMA: "schema",
  OBJECT_SUBSCRIPTION: "subscription",
  OBJECT_TABLESPACE: "tablespace",
};
const qualifiedKinds: { readonly [objtype: string]: QualifiedKind } = {
  OBJECT_COLLATION: "collation",
  OBJECT_CONVERSION: "conversion",
  OBJECT_STATISTIC_EXT: "statistics object",
  OBJECT_TSCONFIGURATION: "text search configuration",
  OBJECT_TSDICTIONARY: "text search dictionary",
  OBJECT_TSPARSER: "text search parser",
  OBJECT_TSTEMPLATE: "text search template",
};
const routineKinds: { readonly [objtype: string]: RoutineKind } = {
  OBJECT_AGGREGATE: "aggregate",
  OBJECT_FUNCTION: "function",
  OBJECT_PROCEDURE: "procedure",
  OBJECT_ROUTINE: "routine",
};
const parts = {
  OBJECT_TABCONSTRAINT: "constraint",
  OBJECT_POLICY: "policy",
  OBJECT_RULE: "rule",
  OBJECT_TRIGGER: "trigger",
} as const;

/** undefined = a kind of object that no statement here can name. */
export function objectName(objtype: string, node: Node | undefined): ObjectName | undefined {
  assert(node !== undefined, "the statement names an object");
  const relkind = relationKinds[objtype];
  if (relkind !== undefined) return { kind: "relation", relkind, name: relationOf(listOf(node)) };
  const noun = namedKinds[objtype];
  if (noun !== undefined) return { kind: "named", noun, name: stringOf(node) };
  const qualified = qualifiedKinds[objtype];
  if (qualified !== undefined) {
    return { kind: "qualified", noun: qualified, name: anyName(stringsOf(listOf(node))) };
  }
  const routine = routineKinds[objtype];
  if (routine !== undefined && "ObjectWithArgs" in node) {
    return routineName(routine, node.ObjectWithArgs);
  }
  if (objtype in parts) return partName(parts[objtype as keyof typeof parts], listOf(node));
  return otherName(objtype, node);
}

function otherName(objtype: string, node: Node): ObjectName | undefined {
  switch (objtype) {
    case "OBJECT_COLUMN":
      return columnName(listOf(node));
    case "OBJECT_TYPE":
    case "OBJECT_DOMAIN":
      return { kind: "type", isDomain: objtype === "OBJECT_DOMAIN", type: typeIn(node) };
    case "OBJECT_DOMCONSTRAINT": {
      const [domain, name] = listOf(node);
      return { kind: "domainConstraint", domain: typeIn(domain), name: stringOf(name) };
    }
    case "OBJECT_OPERATOR":
      assert("ObjectWithArgs" in node, "an operator has arguments");
      return operatorName(node.ObjectWithArgs);
    case "OBJECT_CAST": {
      const [source, target] = listOf(node).map(typeIn);
      assert(source && target, "a cast has two types");
      return { kind: "cast", source, target };
    }
    case "OBJECT_OPCLASS":
    case "OBJECT_OPFAMILY": {
      const [method = "", ...name] = stringsOf(listOf(node));
      const kind = objtype === "OBJECT_OPCLASS" ? "operatorClass" : "operatorFamily";
      return { kind, method, name: anyName(name) };
    }
    case "OBJECT_TRANSFORM": {
      const [type, language] = listOf(node);
      return { kind: "transform", type: typeIn(type), language: stringOf(language) };
    }
    case "OBJECT_LARGEOBJECT":
      return { kind: "largeObject", oid: oidIn(node) };
    default:
      return undefined;
  }
}

function listOf(node: Node): readonly Node[] {
  assert("List" in node, "the name is a list");
  return node.List.items ?? [];
}

/** ALTER … OWNER gives a type by its names alone. */
export function typeIn(node: Node | undefined): TypeName {
  assert(node !== undefined, "a type is given");
  if ("TypeName" in node) return typeName(node.TypeName);
  return { ...anyName(stringsOf(listOf(node))), modifiers: [], arrayDimensions: 0 };
}

/** An oid; negative numbers wrap around. Throws 22003. */
function oidIn(node: Node): number {
  if ("Integer" in node) return (node.Integer.ival ?? 0) >>> 0;
  const text = "Float" in node ? (node.Float.fval ?? "") : "";
  const value = Number(text);
  if (value >= 0 && value <= 0xffffffff) return value;
  throw new SqlError("22003", `value "${text}" is out of range for type oid`);
}

const nameOf = (names: readonly string[]): QualifiedName => {
  const [name = "", schema, database] = names.toReversed();
  return {
    name,
    ...(schema === undefined ? {} : { schema }),
    ...(database === undefined ? {} : { database }),
  };
};

const tooManyDots = (what: string, names: readonly string[]): SqlError =>
  new SqlError("42601", `improper ${what} name (too many dotted names): ${names.join(".")}`);

function anyName(names: readonly string[]): QualifiedName {
  if (names.length > 3) throw tooManyDots("qualified", names);
  return nameOf(names);
}

function relationOf(nodes: readonly Node[]): QualifiedName {
  const names = stringsOf(nodes);
  if (names.length > 3) throw tooManyDots("relation", names);
  return nameOf(names);
}

function columnName(nodes: readonly Node[]): ObjectName {
  const table = nodes.slice(0, -1);
  const column = stringOf(nodes.at(-1));
  return table.length === 0
    ? { kind: "column", column }
    : { kind: "column", table: relationOf(table), column };
}

const partName = (
  part: (typeof parts)[keyof typeof parts],
  nodes: readonly Node[],
): ObjectName => ({
  kind: "part",
  part,
  table: relationOf(nodes.slice(0, -1)),
  name: stringOf(nodes.at(-1)),
});

function routineName(routine: RoutineKind, tree: ObjectWithArgs): ObjectName {
  const name = anyName(stringsOf(tree.objname));
  if (tree.args_unspecified) return { kind: "routine", routine, name };
  const args = (tree.objargs ?? []).map(typeIn);
  const all = routine === "procedure" || routine === "routine" ? tree.objfuncargs : undefined;
  if (!all?.every(hasNoMode)) return { kind: "routine", routine, name, args };
  return { kind: "routine", routine, name, args, allArgs: all.map(parameterType) };
}

const hasNoMode = (node: Node): boolean =>
  "FunctionParameter" in node && node.FunctionParameter.mode === "FUNC_PARAM_DEFAULT";

function parameterType(node: Node) {
  assert("FunctionParameter" in node, "an argument is a parameter");
  return typeName(node.FunctionParameter.argType);
}

/** NONE is an empty node. */
function operatorName(tree: ObjectWithArgs): ObjectName {
  const [left, right] = (tree.objargs ?? []).map((node) =>
    "TypeName" in node ? typeName(node.TypeName) : undefined,
  );
  return {
    kind: "operator",
    name: anyName(stringsOf(tree.objname)),
    ...(left === undefined ? {} : { left }),
    ...(right === undefined ? {} : { right }),
  };
}

export function comment(tree: CommentStmt): Comment | undefined {
  const object = objectName(tree.objtype ?? "", tree.object);
  return object && { kind: "comment", object, text: tree.comment ?? null };
}

export function objectOwner(tree: AlterOwnerStmt): ObjectOwner | undefined {
  const object = objectName(tree.objectType ?? "", tree.object);
  return object && { kind: "objectOwner", object, owner: roleSpec(tree.newowner) };
}

/** undefined = a kind of object that cannot be renamed so. */
export function renameObject(tree: RenameStmt): RenameObject | undefined {
  const object = tree.object && nameAlone(tree.renameType, tree.object);
  return object && { kind: "renameObject", object, newName: tree.newname ?? "" };
}

/** undefined = a kind of object that cannot be moved so. */
export function objectSchema(tree: AlterObjectSchemaStmt): ObjectSchema | undefined {
  const object = tree.object && nameAlone(tree.objectType, tree.object);
  return object && { kind: "objectSchema", object, schema: tree.newschema ?? "" };
}

export function dependOnExtension(tree: AlterObjectDependsStmt): DependOnExtension {
  return {
    kind: "dependOnExtension",
    object: dependentObject(tree),
    extension: tree.extname?.sval ?? "",
    remove: tree.remove ?? false,
  };
}

/** A relation is given as one, and so is that of a trigger. */
function dependentObject({ objectType, relation, object }: AlterObjectDependsStmt): ObjectName {
  if (relation === undefined) {
    const routine = objectName(objectType ?? "", object);
    assert(routine, "the statement names a routine");
    return routine;
  }
  const name = relationName(relation);
  if (object) {
    return { kind: "part", part: "trigger", table: name, name: stringOf(listOf(object)[0]) };
  }
  const relkind = relationKinds[objectType ?? ""];
  assert(relkind, "the statement names a relation");
  return { kind: "relation", relkind, name };
}

/** undefined = a kind of object that cannot be dropped here. */
export function dropObjects(tree: DropStmt): DropObjects | undefined {
  const objects: ObjectName[] = [];
  for (const node of tree.objects ?? []) {
    const object = objectName(tree.removeType ?? "", node);
    if (object === undefined || isPlpgsql(object)) return undefined;
    objects.push(object);
  }
  const ifExists = tree.missing_ok ?? false;
  return { kind: "dropObjects", objects, ifExists, cascade: tree.behavior === "DROP_CASCADE" };
}

/** It could not be created again. */
const isPlpgsql = (object: ObjectName): boolean =>
  object.kind === "named" && object.noun === "extension" && object.name === "plpgsql";

/** Where an extension is, its members are, too. */
function nameAlone(objtype: string | undefined, node: Node): ObjectName | undefined {
  return objtype === "OBJECT_EXTENSION" ? undefined : objectName(objtype ?? "", node);
}

export const reassignOwned = (tree: ReassignOwnedStmt): ReassignOwned => ({
  kind: "reassignOwned",
  roles: roleSpecs(tree.roles),
  owner: roleSpec(tree.newrole),
});

export const dropOwned = (tree: DropOwnedStmt): DropOwned => ({
  kind: "dropOwned",
  roles: roleSpecs(tree.roles),
  cascade: tree.behavior === "DROP_CASCADE",
});
