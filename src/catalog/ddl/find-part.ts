/** Relations by kind, and what belongs to relations and types. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { CONSTRAINT_CLASS, RELATION_CLASS, TYPE_CLASS } from "../class-oids.ts";
import { addressOf } from "../describe.ts";
import { type ClassTuple, findAttribute, findRelation, undefinedRelation } from "../names.ts";
import type { ObjectName, RelationKind } from "../object-name.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgPolicy } from "../relations/pg-policy.ts";
import { pgRewrite } from "../relations/pg-rewrite.ts";
import { pgTrigger } from "../relations/pg-trigger.ts";
import { pgType } from "../relations/pg-type.ts";
import type { QualifiedName } from "../statement.ts";
import { systemColumnNumber } from "../system-columns.ts";
import { typeNameText } from "../type-name.ts";
import type { FindContext } from "./context.ts";
import { nameText } from "./find-named.ts";
import { typeItself } from "./find-routine.ts";
import { article, searchPathOf, wrongKind } from "./lookup.ts";
import type { FoundObject, Ownership } from "./object-ownership.ts";

type Named<K extends ObjectName["kind"]> = Extract<ObjectName, { kind: K }>;

/** Relkinds of the relation that each kind names. */
const RELKINDS: Readonly<Record<RelationKind, string>> = {
  table: "rp",
  sequence: "S",
  view: "v",
  "materialized view": "m",
  index: "iI",
  "foreign table": "f",
  source: "x",
  sink: "s",
};

function getRelation(context: FindContext, name: QualifiedName): ClassTuple {
  const relation = findRelation(context.catalog, name, searchPathOf(context), context.user.oid);
  if (!relation) throw undefinedRelation(name);
  return relation;
}

const ownedBy = (relation: ClassTuple, noun: string): Ownership => ({
  by: "owner",
  owner: relation.relowner,
  noun,
  name: relation.relname,
});

export function findRelationOf(
  context: FindContext,
  { relkind, name }: Named<"relation">,
): FoundObject {
  const relation = getRelation(context, name);
  if (!RELKINDS[relkind].includes(relation.relkind)) throw wrongKind(relation, relkind);
  const address = addressOf(RELATION_CLASS, relation.oid);
  return { address, shared: false, ownership: ownedBy(relation, relkind) };
}

/** Relations whose columns have comments of their own. */
const COMMENTED = "rvmcfpx";
const PLURALS: Readonly<Record<string, string>> = {
  i: "indexes",
  I: "partitioned indexes",
  S: "sequences",
  t: "TOAST tables",
  s: "sinks",
};

/** The owner is asked for before the relation's kind is. */
export function findColumn(context: FindContext, { table, column }: Named<"column">): FoundObject {
  if (!table) throw new SqlError("42601", "column name must be qualified");
  const relation = getRelation(context, table);
  const attribute = findAttribute(context.catalog, relation.oid, column);
  const attnum = attribute?.attnum ?? systemColumnNumber(relation, column);
  if (attnum === undefined) {
    const message = `column "${column}" of relation "${nameText(table)}" does not exist`;
    throw new SqlError("42703", message);
  }
  const checkCommentable = () => {
    if (COMMENTED.includes(relation.relkind)) return;
    const message = `cannot set comment on relation "${relation.relname}"`;
    const detail = `This operation is not supported for ${PLURALS[relation.relkind]}.`;
    throw new SqlError("42809", message, { detail });
  };
  const address = addressOf(RELATION_CLASS, relation.oid, attnum);
  return { address, shared: false, ownership: ownedBy(relation, "relation"), checkCommentable };
}

export function findPart(context: FindContext, { part, table, name }: Named<"part">): FoundObject {
  const relation = getRelation(context, table);
  if (relation.relkind === "i" || relation.relkind === "I" || relation.relkind === "c") {
    const what = relation.relkind === "c" ? "composite type" : "index";
    throw new SqlError("42809", `"${relation.relname}" is ${article(what)}`);
  }
  const address = addressOfPart(context, relation, part, name);
  if (!address) {
    const noun = part === "rule" ? "relation" : "table";
    const message = `${part} "${name}" for ${noun} "${relation.relname}" does not exist`;
    throw new SqlError("42704", message);
  }
  const ownership = ownedBy(relation, "relation");
  return { address, shared: false, ownership, relation: relation.oid };
}

function addressOfPart(
  { catalog }: FindContext,
  { oid }: ClassTuple,
  part: Named<"part">["part"],
  name: string,
) {
  switch (part) {
    case "constraint": {
      const key = [oid, 0, name];
      const row = catalog.find(pgConstraint, "conrelid_contypid_conname", key);
      return row && addressOf(pgConstraint.oid, row.oid);
    }
    case "policy": {
      const row = catalog.find(pgPolicy, "polrelid_polname", [oid, name]);
      return row && addressOf(pgPolicy.oid, row.oid);
    }
    case "rule": {
      const row = catalog.find(pgRewrite, "rel_rulename", [oid, name]);
      return row && addressOf(pgRewrite.oid, row.oid);
    }
    case "trigger": {
      const row = catalog.find(pgTrigger, "tgrelid_tgname", [oid, name]);
      return row && addressOf(pgTrigger.oid, row.oid);
    }
  }
}

export function findType(context: FindContext, object: Named<"type">): FoundObject {
  const type = typeItself(context, object.type, true);
  if (object.isDomain && type.typtype !== "d") {
    throw new SqlError("42809", `"${typeNameText(object.type)}" is not a domain`);
  }
  const address = addressOf(TYPE_CLASS, type.oid);
  return { address, shared: false, ownership: ownerOfType(context, type.oid) };
}

/** A refusal names the type, of an array the element's. */
function ownerOfType({ catalog, expressions }: FindContext, oid: Oid): Ownership {
  const type = catalog.find(pgType, "key", [oid]);
  const isArray = type !== undefined && type.typlen === -1 && type.typelem !== 0;
  const name = expressions.typeText(isArray ? type.typelem : oid);
  return { by: "owner", owner: type?.typowner ?? (0 as Oid), noun: "type", name };
}

export function findDomainConstraint(
  context: FindContext,
  { domain, name }: Named<"domainConstraint">,
): FoundObject {
  const type = typeItself(context, domain);
  if (type.typtype !== "d") {
    throw new SqlError("42809", `"${typeNameText(domain)}" is not a domain`);
  }
  const key = [0, type.oid, name];
  const row = context.catalog.find(pgConstraint, "conrelid_contypid_conname", key);
  if (!row) {
    const shown = context.expressions.typeText(type.oid);
    const message = `constraint "${name}" for domain ${shown} does not exist`;
    throw new SqlError("42704", message);
  }
  const address = addressOf(CONSTRAINT_CLASS, row.oid);
  return { address, shared: false, ownership: ownerOfType(context, type.oid) };
}
