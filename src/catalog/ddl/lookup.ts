/**
 * Names in DDL: resolve, lock, and resolve again after a wait (a wait runs the statement from its
 * start).
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { SqlError, withoutPosition } from "../../base/sql-error.ts";
import type { LockMode } from "../../txn/lock-mode.ts";
import { nameTag, objectTag, relationTag } from "../../txn/lock-tag.ts";
import type { Persistence } from "../alter-action.ts";
import { NAMESPACE_CLASS, PUBLIC_NAMESPACE, RELATION_CLASS } from "../class-oids.ts";
import { Describer, RELKIND_WORDS } from "../describe.ts";
import { MAKING_HINT } from "../jobs.ts";
import {
  type ClassTuple,
  checkOwnDatabase,
  effectiveSearchPath,
  explicitSearchPath,
  findRelation,
  findUsable,
  getNamespace,
  isOtherTemporary,
  type NamespaceTuple,
  undefinedRelation,
} from "../names.ts";
import { checkMayCreateIn, checkOwner } from "../privileges.ts";
import { quoteIdentifier } from "../quote.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import type { QualifiedName, RelationNoun } from "../statement.ts";
import { findOwnTemporary, TEMPORARY_ALIAS, temporaryOwner } from "../temporary-names.ts";
import type { DdlContext, FindContext } from "./context.ts";
import { ownTemporary } from "./temporary-schema.ts";

export const searchPathOf = (context: FindContext): Oid[] =>
  effectiveSearchPath(context.catalog, context.searchPath, context.user.oid);

export const describerOf = (context: DdlContext): Describer =>
  new Describer(context.catalog, searchPathOf(context), quoteIdentifier);

/**
 * The schema in which a statement creates: the named one, or the first of the path. Locked against
 * DROP.
 */
export function creationNamespace(context: DdlContext, name: QualifiedName): NamespaceTuple {
  const { catalog } = context;
  checkOwnDatabase(catalog, name, name.position);
  const namespace =
    name.schema === undefined
      ? firstOfPath(context, name.position)
      : targetNamespace(context, name.schema, name.position);
  lockNamespace(context, namespace.oid, "AccessShare");
  checkMayCreateIn(catalog, context.user.oid, namespace, name.position);
  return namespace;
}

/** The schema that something is to go into. Throws 3F000. */
export const targetNamespace = (
  context: DdlContext,
  schema: string,
  position?: number,
): NamespaceTuple =>
  schema === TEMPORARY_ALIAS
    ? ownTemporary(context)
    : getNamespace(context.catalog, schema, position);

export interface RelationPlace {
  readonly namespace: NamespaceTuple;
  readonly persistence: Persistence;
}

/**
 * Where a relation is created, and how it is kept there: a temporary schema has nothing else than
 * what is temporary. Throws 42P16.
 */
export function placeForRelation(
  context: DdlContext,
  name: QualifiedName,
  persistence: Persistence,
): RelationPlace {
  const isOwn = persistence === "t" && name.schema === undefined;
  const namespace = creationNamespace(context, isOwn ? { ...name, schema: TEMPORARY_ALIAS } : name);
  const owner = temporaryOwner(context.catalog, namespace.oid);
  const refuse = (message: string) => new SqlError("42P16", message).at(name.position);
  if (persistence === "u") {
    if (owner === "nobody") return { namespace, persistence };
    throw refuse("only temporary relations may be created in temporary schemas");
  }
  if (owner === "own") return { namespace, persistence: "t" };
  if (owner === "other") {
    throw refuse("cannot create relations in temporary schemas of other sessions");
  }
  if (persistence === "p") return { namespace, persistence };
  throw refuse("cannot create temporary relation in non-temporary schema");
}

/** Nobody creates in a system schema; PostgreSQL says so after all other checks. */
export function checkNotInSystem({ oid, nspname }: NamespaceTuple, name: string): void {
  if (!isSystemNamespace(oid)) return;
  throw new SqlError("42501", `permission denied to create "${nspname}.${name}"`, {
    detail: "System catalog modifications are currently disallowed.",
  });
}

function firstOfPath(context: DdlContext, position: number | undefined): NamespaceTuple {
  const isTemporaryFirst =
    context.searchPath[0] === TEMPORARY_ALIAS && !findOwnTemporary(context.catalog);
  if (isTemporaryFirst) return ownTemporary(context);
  const [oid] = explicitSearchPath(context.catalog, context.searchPath, context.user.oid);
  const found = oid === undefined ? undefined : context.catalog.find(pgNamespace, "key", [oid]);
  if (found) return found;
  throw new SqlError("3F000", "no schema has been selected to create in").at(position);
}

/**
 * pg_catalog, pg_toast, information_schema: built-in rows; only schema public is each database's
 * own.
 */
export const isSystemNamespace = (oid: Oid): boolean =>
  oid < FIRST_USER_OID && oid !== PUBLIC_NAMESPACE;

export function lockNamespace(context: DdlContext, oid: Oid, mode: LockMode): void {
  context.transaction.lock(objectTag(context.catalog.database, NAMESPACE_CLASS, oid), mode);
}
export function lockRelation(context: DdlContext, oid: Oid, mode: LockMode): void {
  context.transaction.lock(relationTag(context.catalog.database, oid), mode);
}

/**
 * Statements and cursors that run, checks that wait for the commit, and a job that fills it, are
 * about the table as it is: 55006.
 */
export function checkNotInUse(
  { transaction, isRead }: DdlContext,
  { oid, relname, relkind, relispopulated }: ClassTuple,
  action: string,
): void {
  if (relkind === "r" && !relispopulated && action !== "DROP TABLE") {
    const message = `cannot ${action} "${relname}" because it is still being created`;
    throw new SqlError("55006", message, { hint: MAKING_HINT });
  }
  if (transaction.inUse.has(oid) || isRead?.(oid)) {
    const why = "it is being used by active queries in this session";
    throw new SqlError("55006", `cannot ${action} "${relname}" because ${why}`);
  }
  if (!transaction.deferred.concerns(oid)) return;
  const message = `cannot ${action} "${relname}" because it has pending trigger events`;
  throw new SqlError("55006", message);
}

/** Throws 0A000. `action`: "truncate". */
export function refuseOtherTemporary(
  { catalog }: DdlContext,
  relation: ClassTuple,
  action: string,
): void {
  if (!isOtherTemporary(catalog, relation)) return;
  throw new SqlError("0A000", `cannot ${action} temporary tables of other sessions`);
}

/** A name of a relation or type within a schema: nobody else creates it until we end. */
export function lockRelationName(context: DdlContext, namespace: Oid, name: string): void {
  const tag = nameTag(context.catalog.database, RELATION_CLASS, namespace, name);
  context.transaction.lock(tag, "AccessExclusive");
}
export function lockNamespaceName(context: DdlContext, name: string): void {
  const tag = nameTag(context.catalog.database, NAMESPACE_CLASS, 0 as Oid, name);
  context.transaction.lock(tag, "AccessExclusive");
}
export function lockSharedName(context: DdlContext, classOid: Oid, name: string): void {
  context.transaction.lock(nameTag(0 as Oid, classOid, 0 as Oid, name), "AccessExclusive");
}

/** The relation of this name. 42P01 and 3F000 have no position, as in utility statements. */
export function getRelation(context: DdlContext, name: QualifiedName): ClassTuple {
  const { catalog } = context;
  const relation = withoutPosition(() =>
    findRelation(catalog, name, searchPathOf(context), context.user.oid),
  );
  if (relation) return relation;
  throw undefinedRelation(name);
}

export const nounOf = (relation: ClassTuple): string =>
  RELKIND_WORDS[relation.relkind] ?? "relation";

/**
 * What relkinds a noun of ALTER accepts: ALTER TABLE is good for every relation that has columns or
 * a name.
 */
const ACCEPTS: Readonly<Record<RelationNoun, string>> = {
  table: "rpSvmfciI",
  sequence: "S",
  view: "v",
  "materialized view": "m",
  index: "iI",
  "composite type": "c",
  "foreign table": "f",
  source: "x",
  sink: "s",
};

/**
 * The relation that an ALTER means, locked, ours and no system catalog. IF EXISTS covers its
 * schema, too.
 */
export function relationToAlter(
  context: DdlContext,
  name: QualifiedName,
  noun: RelationNoun,
  ifExists: boolean,
  mode: LockMode = "AccessExclusive",
): ClassTuple | undefined {
  const { catalog } = context;
  checkOwnDatabase(catalog, name);
  if (name.schema !== undefined && !findUsable(catalog, name.schema, context.user.oid)) {
    if (ifExists) return undefined;
    getNamespace(catalog, name.schema);
  }
  const relation = findRelation(catalog, name, searchPathOf(context), context.user.oid);
  if (!relation) return undefined;
  lockRelation(context, relation.oid, mode);
  checkAlterable(context, relation);
  if (!ACCEPTS[noun].includes(relation.relkind)) throw wrongKind(relation, noun);
  return relation;
}

/** Composite types are ALTER TYPE's. Throws 42809. */
export function refuseComposite({ relkind, relname }: ClassTuple): void {
  if (relkind !== "c") return;
  const hint = "Use ALTER TYPE instead.";
  throw new SqlError("42809", `"${relname}" is a composite type`, { hint });
}

export function checkAlterable({ catalog, user }: DdlContext, relation: ClassTuple): void {
  // To PostgreSQL the columns of a composite type are a table here.
  const noun = relation.relkind === "c" ? "table" : nounOf(relation);
  checkOwner(catalog, user.oid, relation.relowner, noun, relation.relname);
  checkNoSystemCatalog(relation);
}

export function checkNoSystemCatalog(relation: ClassTuple): void {
  if (relation.oid >= FIRST_USER_OID && !isSystemNamespace(relation.relnamespace)) return;
  throw new SqlError("42501", `permission denied: "${relation.relname}" is a system catalog`);
}

/** "a table", "an index" */
export const article = (noun: string): string =>
  /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;

export const wrongKind = (relation: ClassTuple, noun: string): SqlError =>
  new SqlError("42809", `"${relation.relname}" is not ${article(noun)}`);
