/** SET SCHEMA: a relation moves with its types, indexes, constraints and owned sequences. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { NAMESPACE_CLASS, PG_CATALOG, RELATION_CLASS } from "../class-oids.ts";
import { referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { ClassTuple } from "../names.ts";
import { checkMayCreateIn } from "../privileges.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import { pgType } from "../relations/pg-type.ts";
import type { SetSchema } from "../statement.ts";
import { temporaryOwner } from "../temporary-names.ts";
import { missing, partsOf, refuseLinkedSequence, typesOf } from "./alter-table.ts";
import type { DdlContext } from "./context.ts";
import {
  lockNamespace,
  lockRelation,
  lockRelationName,
  refuseComposite,
  relationToAlter,
  targetNamespace,
} from "./lookup.ts";

const PG_TOAST = 99;

export function setSchema(context: DdlContext, statement: SetSchema): void {
  const { catalog } = context;
  const { noun, ifExists } = statement;
  const relation = relationToAlter(context, statement.relation, noun, ifExists);
  if (!relation) return missing(context, statement.relation, ifExists);
  refuseComposite(relation);
  if (relation.relkind === "S") refuseLinkedSequence(context, relation, "schema");
  if (relation.relkind === "i" || relation.relkind === "I") {
    const message = `cannot change schema of index "${relation.relname}"`;
    const hint = "Change the schema of the table instead.";
    throw new SqlError("42809", message, { hint });
  }
  const target = targetNamespace(context, statement.schema);
  checkNotTemporary(context, [relation.relnamespace, target.oid]);
  if (target.oid === relation.relnamespace) return undefined;
  lockNamespace(context, target.oid, "AccessShare");
  checkMayCreateIn(catalog, context.user.oid, target);
  checkMovable(target.oid);
  move(context, relation, target.oid);
  const { indexes, sequences } = partsOf(context, relation);
  for (const part of [...indexes, ...sequences]) {
    const row = catalog.find(pgClass, "key", [part]);
    if (row) move(context, row, target.oid);
  }
  for (const constraint of catalog.list(pgConstraint, "conrelid_contypid_conname", [
    relation.oid,
  ])) {
    catalog.update(pgConstraint, constraint, { connamespace: target.oid });
  }
  return undefined;
}

/** What is temporary stays where it is, and nothing becomes temporary. Throws 0A000. */
export function checkNotTemporary({ catalog }: DdlContext, namespaces: readonly Oid[]): void {
  if (namespaces.every((each) => temporaryOwner(catalog, each) === "nobody")) return;
  throw new SqlError("0A000", "cannot move objects into or out of temporary schemas");
}

/** Throws 0A000 of a schema that nothing moves into. */
export function checkMovable(target: Oid): void {
  if (target === PG_TOAST) {
    throw new SqlError("0A000", "cannot move objects into or out of TOAST schema");
  }
  if (target === PG_CATALOG) {
    throw new SqlError("0A000", "cannot move objects into or out of system schemas");
  }
}

function move(context: DdlContext, relation: ClassTuple, namespace: Oid): void {
  const { catalog } = context;
  lockRelation(context, relation.oid, "AccessExclusive");
  lockRelationName(context, relation.relnamespace, relation.relname);
  lockRelationName(context, namespace, relation.relname);
  if (catalog.find(pgClass, "relname_nsp", [relation.relname, namespace])) {
    const schema = catalog.find(pgNamespace, "key", [namespace])?.nspname;
    throw new SqlError(
      "42P07",
      `relation "${relation.relname}" already exists in schema "${schema}"`,
    );
  }
  for (const type of typesOf(context, relation)) {
    lockRelationName(context, namespace, type.typname);
    catalog.update(pgType, type, { typnamespace: namespace });
  }
  moveDependency(context, addressOf(RELATION_CLASS, relation.oid), namespace);
  catalog.update(pgClass, relation, { relnamespace: namespace });
}

/** What an object depends on its schema by. */
export function moveDependency(
  context: DdlContext,
  object: ReturnType<typeof addressOf>,
  namespace: Oid,
): void {
  const { catalog } = context;
  for (const row of referencesOf(catalog, object)) {
    if (row.refclassid !== NAMESPACE_CLASS) continue;
    catalog.delete(pgDepend, row);
    catalog.insert(pgDepend, {
      classid: row.classid,
      objid: row.objid,
      objsubid: row.objsubid,
      refclassid: row.refclassid,
      refobjid: namespace,
      refobjsubid: row.refobjsubid,
      deptype: row.deptype,
    });
  }
}
