/** GRANT and REVOKE of privileges, ALTER DEFAULT PRIVILEGES. */
import type { AlterDefaultPrivilegesStmt, GrantStmt, Node } from "libpg-query";
import { assert } from "../../base/assert.ts";
import type {
  AlterDefaultPrivileges,
  Grant,
  GrantTarget,
  NamedPrivilege,
  PrivilegeChange,
  SecuredNoun,
} from "../../catalog/grant-statement.ts";
import type { ObjectName } from "../../catalog/object-name.ts";
import { relationName, roleSpec, stringsOf } from "./names.ts";
import { objectName } from "./objects.ts";
import { atLocation } from "./positions.ts";
import type { SaidKind } from "./risingwave/words.ts";
import { roleSpecs } from "./roles.ts";
import type { StatementBody } from "./statement.ts";

const nouns: { readonly [objtype: string]: SecuredNoun } = {
  OBJECT_TABLE: "table",
  OBJECT_SEQUENCE: "sequence",
  OBJECT_DATABASE: "database",
  OBJECT_DOMAIN: "domain",
  OBJECT_FDW: "foreign-data wrapper",
  OBJECT_FOREIGN_SERVER: "foreign server",
  OBJECT_FUNCTION: "function",
  OBJECT_LANGUAGE: "language",
  OBJECT_LARGEOBJECT: "large object",
  OBJECT_PARAMETER_ACL: "parameter",
  OBJECT_PROCEDURE: "procedure",
  OBJECT_ROUTINE: "routine",
  OBJECT_SCHEMA: "schema",
  OBJECT_TABLESPACE: "tablespace",
  OBJECT_TYPE: "type",
};

function changeOf(tree: GrantStmt): PrivilegeChange {
  const noun = nouns[tree.objtype ?? ""];
  assert(noun !== undefined, `GRANT on ${tree.objtype}`);
  return {
    revoke: !(tree.is_grant ?? false),
    noun,
    privileges: (tree.privileges ?? []).map(privilege),
    grantees: roleSpecs(tree.grantees),
    grantOption: tree.grant_option ?? false,
    cascade: tree.behavior === "DROP_CASCADE",
  };
}

function privilege(node: Node): NamedPrivilege {
  assert("AccessPriv" in node, "GRANT names privileges");
  const { priv_name: name, cols } = node.AccessPriv;
  return {
    ...(name === undefined ? {} : { name }),
    ...(cols === undefined ? {} : { columns: stringsOf(cols) }),
  };
}

export const grant = (tree: GrantStmt): Grant => ({
  kind: "grant",
  ...changeOf(tree),
  target: targetOf(tree),
  ...(tree.grantor === undefined ? {} : { grantor: roleSpec(tree.grantor) }),
});

/** The relations of one kind, of schemas that stand where the grammar was left them. */
export function onKind(body: StatementBody, { of, isAll }: SaidKind): StatementBody {
  if (body.kind !== "grant") return body;
  if (!isAll) return { ...body, of };
  const objects = body.target.in === "objects" ? body.target.objects : [];
  const schemas = objects.flatMap((object) => (object.kind === "named" ? [object.name] : []));
  return { ...body, noun: "table", of, target: { in: "schemas", schemas } };
}

function targetOf({ targtype, objtype = "OBJECT_TABLE", objects = [] }: GrantStmt): GrantTarget {
  if (targtype === "ACL_TARGET_ALL_IN_SCHEMA")
    return { in: "schemas", schemas: stringsOf(objects) };
  if (objtype === "OBJECT_PARAMETER_ACL") return { in: "parameters", names: stringsOf(objects) };
  if (objtype === "OBJECT_TABLE" || objtype === "OBJECT_SEQUENCE") {
    return { in: "relations", names: objects.map(relationIn) };
  }
  return { in: "objects", objects: objects.map((node) => objectIn(objtype, node)) };
}

function relationIn(node: Node) {
  assert("RangeVar" in node, "GRANT names relations");
  return relationName(node.RangeVar);
}

/** Whether a type is a domain is asked for later, and said in other words. */
function objectIn(objtype: string, node: Node): ObjectName {
  const object = objectName(objtype === "OBJECT_DOMAIN" ? "OBJECT_TYPE" : objtype, node);
  assert(object !== undefined, `GRANT on ${objtype}`);
  return object;
}

export function alterDefaultPrivileges(tree: AlterDefaultPrivilegesStmt): AlterDefaultPrivileges {
  const options = (tree.options ?? []).map((node) => {
    assert("DefElem" in node, "an option of ALTER DEFAULT PRIVILEGES");
    return node.DefElem;
  });
  const listOf = (name: string): readonly Node[] => {
    const arg = options.find(({ defname }) => defname === name)?.arg;
    return arg !== undefined && "List" in arg ? (arg.List.items ?? []) : [];
  };
  const repeated = options.find(
    ({ defname }, at) => options.findIndex((other) => other.defname === defname) < at,
  );
  assert(tree.action !== undefined, "ALTER DEFAULT PRIVILEGES grants or revokes");
  return {
    kind: "alterDefaultPrivileges",
    change: changeOf(tree.action),
    roles: roleSpecs(listOf("roles")),
    schemas: stringsOf(listOf("schemas")),
    ...(repeated === undefined ? {} : { repeated: atLocation(repeated.location) }),
  };
}
