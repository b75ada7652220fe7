/**
 * RENAME TO and SET SCHEMA of what is no relation, schema, database or role.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/commands/alter.c
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { nameTag } from "../../txn/lock-tag.ts";
import { PG_CATALOG, PROC_CLASS } from "../class-oids.ts";
import type { ObjectAddress } from "../describe.ts";
import { isSuperuser } from "../memberships.ts";
import type { NamespaceTuple } from "../names.ts";
import type { ObjectSchema, RenameObject } from "../object-name.ts";
import { checkMayCreateIn } from "../privileges.ts";
import type { Tuple } from "../relation.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import { pgProc } from "../relations/pg-proc.ts";
import type { DdlContext } from "./context.ts";
import { findObject, lockFound } from "./find-object.ts";
import { lockNamespace, targetNamespace } from "./lookup.ts";
import { checkOwnership } from "./object-ownership.ts";
import { checkNotTemporary, moveDependency } from "./set-schema.ts";

type ProcTuple = Tuple<(typeof pgProc)["columns"]>;
const PG_TOAST = 99;

export function renameObject(context: DdlContext, { object, newName }: RenameObject): void {
  const { catalog, user } = context;
  const found = findObject(context, object);
  lockFound(context, found, "AccessExclusive");
  const row = routineRow(context, found.address);
  if (!isSuperuser(catalog, user.oid)) {
    checkOwnership(context, found.ownership);
    checkMayCreateIn(catalog, user.oid, namespaceOf(context, row.pronamespace));
  }
  lockRoutineName(context, row.pronamespace, newName);
  refuseTwin(context, row, newName, row.pronamespace);
  refuseBuiltIn(found.address);
  catalog.update(pgProc, row, { proname: newName });
}

export function setObjectSchema(context: DdlContext, { object, schema }: ObjectSchema): void {
  const { catalog, user } = context;
  const found = findObject(context, object);
  lockFound(context, found, "AccessExclusive");
  const row = routineRow(context, found.address);
  const target = targetNamespace(context, schema);
  checkNotTemporary(context, [row.pronamespace, target.oid]);
  if (target.oid === row.pronamespace) return;
  if (target.oid === PG_TOAST) {
    throw new SqlError("0A000", "cannot move objects into or out of TOAST schema");
  }
  if (!isSuperuser(catalog, user.oid)) {
    checkOwnership(context, found.ownership);
    checkMayCreateIn(catalog, user.oid, target);
  }
  lockNamespace(context, target.oid, "AccessShare");
  lockRoutineName(context, target.oid, row.proname);
  refuseTwin(context, row, row.proname, target.oid);
  if (target.oid === PG_CATALOG) throw notSupported("a routine of one's own in pg_catalog");
  refuseBuiltIn(found.address);
  catalog.update(pgProc, row, { pronamespace: target.oid });
  moveDependency(context, found.address, target.oid);
}

/** The system's own objects belong to every database, so that none of these can be changed. */
export function refuseBuiltIn({ oid }: ObjectAddress): void {
  if (oid < FIRST_USER_OID) throw notSupported("a change of the system's own routines");
}

function routineRow({ catalog }: DdlContext, { classOid, oid }: ObjectAddress): ProcTuple {
  const row = classOid === PROC_CLASS ? catalog.find(pgProc, "key", [oid]) : undefined;
  if (!row) throw new SqlError("XX000", `cache lookup failed for object ${oid}`);
  return row;
}

const namespaceOf = ({ catalog }: DdlContext, oid: Oid): NamespaceTuple =>
  catalog.find(pgNamespace, "key", [oid]) as NamespaceTuple;

/** A name of routines in a schema: nobody else makes one of that name until we end. */
export function lockRoutineName(context: DdlContext, namespace: Oid, name: string): void {
  const tag = nameTag(context.catalog.database, PROC_CLASS, namespace, name);
  context.transaction.lock(tag, "AccessExclusive");
}

function refuseTwin(context: DdlContext, row: ProcTuple, name: string, namespace: Oid): void {
  const key = [name, row.proargtypes, namespace];
  if (!context.catalog.find(pgProc, "proname_args_nsp", key)) return;
  const types = row.proargtypes.map((type) => context.expressions.typeText(type)).join(", ");
  const schema = namespaceOf(context, namespace).nspname;
  const message = `function ${name}(${types}) already exists in schema "${schema}"`;
  throw new SqlError("42723", message);
}
