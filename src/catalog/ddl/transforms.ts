/**
 * CREATE TRANSFORM. No language here makes use of one, so that transforms are rows.
 * https://www.postgresql.org/docs/15/sql-createtransform.html
 */
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { kinds } from "../acl.ts";
import { LANGUAGE_CLASS, PROC_CLASS, TRANSFORM_CLASS, TYPE_CLASS } from "../class-oids.ts";
import { addDependency, referencesOf } from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import type { CreateTransform } from "../handled-statement.ts";
import { securableLanguage } from "../languages.ts";
import { isTrueArray } from "../opclasses.ts";
import { checkOwner, may } from "../privileges.ts";
import type { CatalogReader } from "../reader.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgLanguage } from "../relations/pg-language.ts";
import { pgProc } from "../relations/pg-proc.ts";
import { pgTransform } from "../relations/pg-transform.ts";
import type { CreateRoutine } from "../routine-statement.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { findRoutine, typeOf } from "./find-routine.ts";
import { checkOwnership } from "./object-ownership.ts";
import { checkMayUseType } from "./type-owner.ts";

const INTERNAL = oid(2281);

const invalid = (message: string): SqlError => new SqlError("42P17", message);

/** Throws 42501, 42704, 42710, 42809, 42883, 42P17. */
export function createTransform(context: DdlContext, statement: CreateTransform): void {
  const { catalog, expressions } = context;
  const type = typeOf(context, statement.type);
  const shown = expressions.typeText(type.oid);
  if (type.typtype === "p") throw new SqlError("42809", `data type ${shown} is a pseudo-type`);
  if (type.typtype === "d") throw new SqlError("42809", `data type ${shown} is a domain`);
  checkOwner(catalog, context.user.oid, type.typowner, "type", shown);
  checkMayUseType(context, type);
  const language = languageFor(context, statement.language);
  const functions = {
    trffromsql: functionOf(context, statement.fromSql, "FROM SQL", INTERNAL),
    trftosql: functionOf(context, statement.toSql, "TO SQL", type.oid),
  };
  lockName(context, TRANSFORM_CLASS, type.oid, String(language));
  const before = catalog.find(pgTransform, "type_lang", [type.oid, language]);
  if (before && !statement.replace) {
    const what = `transform for type ${shown} language "${statement.language}"`;
    throw new SqlError("42710", `${what} already exists`);
  }
  const transform = before?.oid ?? context.allocateOid();
  const self = addressOf(TRANSFORM_CLASS, transform);
  if (before) {
    catalog.update(pgTransform, before, functions);
    for (const each of referencesOf(catalog, self)) catalog.delete(pgDepend, each);
  } else {
    catalog.insert(pgTransform, {
      ...{ oid: transform, trftype: type.oid, trflang: language, ...functions },
    });
  }
  addDependency(catalog, self, addressOf(LANGUAGE_CLASS, language), "n");
  addDependency(catalog, self, addressOf(TYPE_CLASS, type.oid), "n");
  for (const each of new Set(Object.values(functions))) {
    if (each !== INVALID_OID) addDependency(catalog, self, addressOf(PROC_CLASS, each), "n");
  }
}

function languageFor({ catalog, user }: DdlContext, name: string): Oid {
  const row = catalog.find(pgLanguage, "name", [name]);
  if (!row) throw new SqlError("42704", `language "${name}" does not exist`);
  if (may(catalog, user.oid, securableLanguage(row), "U")) return row.oid;
  throw new SqlError("42501", `permission denied for language ${name}`);
}

function functionOf(
  context: DdlContext,
  named: CreateTransform["fromSql"],
  which: "FROM SQL" | "TO SQL",
  result: Oid,
): Oid {
  if (!named) return INVALID_OID;
  const { catalog, user } = context;
  const found = findRoutine(context, named);
  checkOwnership(context, found.ownership);
  const row = catalog.find(pgProc, "key", [found.address.oid]);
  if (!row) throw new SqlError("XX000", `cache lookup failed for function ${found.address.oid}`);
  const secured = { kind: kinds.function, owner: row.proowner, acl: row.proacl };
  if (!may(catalog, user.oid, secured, "X")) {
    throw new SqlError("42501", `permission denied for function ${row.proname}`);
  }
  if (row.prorettype !== result) {
    const wanted = result === INTERNAL ? "internal" : "the transform data type";
    throw invalid(`return data type of ${which} function must be ${wanted}`);
  }
  if (row.provolatile === "v") throw invalid("transform function must not be volatile");
  if (row.prokind !== "f") throw invalid("transform function must be a normal function");
  if (row.proretset) throw invalid("transform function must not return a set");
  if (row.pronargs !== 1) throw invalid("transform function must take one argument");
  if (row.proargtypes[0] !== INTERNAL) {
    throw invalid("first argument of transform function must be type internal");
  }
  return row.oid;
}

/** Of TRANSFORM FOR TYPE. Throws 42704 where the language has no transform for a type. */
export function transformedTypes(
  context: DdlContext,
  { transforms }: CreateRoutine,
  language: Oid,
): readonly Oid[] | null {
  if (!transforms) return null;
  const { catalog } = context;
  return transforms.map((name) => {
    const row = typeOf(context, name);
    const type = isTrueArray(row) ? row.typelem : row.oid;
    if (transformsOf(catalog, [type], language).length > 0) return type;
    const shown = context.expressions.typeText(type);
    const of = catalog.find(pgLanguage, "key", [language])?.lanname;
    const what = `transform for type ${shown} language "${of}"`;
    throw new SqlError("42704", `${what} does not exist`);
  });
}

/** Those for the types of a routine, whether or not it asks for any. */
export const transformsOf = (
  catalog: CatalogReader,
  types: readonly Oid[],
  language: Oid,
): ObjectAddress[] =>
  types.flatMap((type) => {
    const row = catalog.find(pgTransform, "type_lang", [type, language]);
    return row ? [addressOf(TRANSFORM_CLASS, row.oid)] : [];
  });
