/** CREATE DOMAIN and ALTER DOMAIN. */
import type { AlterDomainStmt, Constraint, CreateDomainStmt, Node, RenameStmt } from "libpg-query";
import { assert } from "../../base/assert.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { AlterDomain, CreateDomain, DomainConstraint } from "../../catalog/type-statement.ts";
import { tableConstraint } from "./constraints.ts";
import { qualifiedName, stringsOf, typeName } from "./names.ts";
import { typeIn } from "./objects.ts";
import { typeNamed } from "./types.ts";

export function createDomain(tree: CreateDomainStmt): CreateDomain {
  const { collClause } = tree;
  return {
    kind: "createDomain",
    domain: qualifiedName(stringsOf(tree.domainname)),
    base: typeName(tree.typeName),
    ...(collClause
      ? { collation: qualifiedName(stringsOf(collClause.collname), collClause.location) }
      : {}),
    constraints: (tree.constraints ?? []).map(constraintIn),
  };
}

function constraintIn(node: Node): DomainConstraint {
  assert("Constraint" in node, "a domain has constraints only");
  return domainConstraint(node.Constraint);
}

/** What domains do not have, as PostgreSQL calls it. */
const refusals: { readonly [contype: string]: string } = {
  CONSTR_UNIQUE: "unique constraints",
  CONSTR_PRIMARY: "primary key constraints",
  CONSTR_EXCLUSION: "exclusion constraints",
  CONSTR_FOREIGN: "foreign key constraints",
};

function domainConstraint(tree: Constraint): DomainConstraint {
  switch (tree.contype) {
    case "CONSTR_NOTNULL":
      return { kind: "notNull" };
    case "CONSTR_NULL":
      return { kind: "null" };
    case "CONSTR_DEFAULT":
      return { kind: "default", expression: { node: tree.raw_expr } };
    case "CONSTR_CHECK": {
      const check = tableConstraint(tree);
      assert(check.kind === "check", "a check is one");
      return check;
    }
    default:
      return { kind: "refused", error: refusalOf(tree.contype ?? "") };
  }
}

function refusalOf(contype: string): SqlError {
  const what = refusals[contype];
  if (what !== undefined) return new SqlError("42601", `${what} not possible for domains`);
  return new SqlError("0A000", "specifying constraint deferrability not supported for domains");
}

export function alterDomain(tree: AlterDomainStmt): AlterDomain {
  return { kind: "alterDomain", domain: typeNamed(tree.typeName), action: actionOf(tree) };
}

function actionOf(tree: AlterDomainStmt): AlterDomain["action"] {
  const { def, name = "" } = tree;
  switch (tree.subtype) {
    case "T":
      return { kind: "default", ...(def ? { expression: { node: def } } : {}) };
    case "N":
      return { kind: "dropNotNull" };
    case "O":
      return { kind: "setNotNull" };
    case "C":
      assert(def !== undefined, "a constraint is added");
      return { kind: "add", constraint: constraintIn(def) };
    case "V":
      return { kind: "validate", name };
    default: {
      const cascade = tree.behavior === "DROP_CASCADE";
      return { kind: "drop", name, ifExists: tree.missing_ok ?? false, cascade };
    }
  }
}

export function renameDomainConstraint(tree: RenameStmt): AlterDomain {
  const { subname: name = "", newname: newName = "" } = tree;
  const action = { kind: "rename" as const, name, newName };
  return { kind: "alterDomain", domain: typeIn(tree.object), action };
}
