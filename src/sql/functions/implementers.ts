/**
 * WHAT COMPUTES A USER'S FUNCTION that has no body: in language internal a built-in function, in
 * language c one of a library. It takes the values as they are, so they must be those that it
 * knows: a base type of users' has the values of the built-in type that it is like.
 */
import { FIRST_USER_OID, type Oid, oid } from "../../base/ids.ts";
import { builtinOf, likeBuiltin } from "../../catalog/base-types.ts";
import { INTERNAL_LANGUAGE } from "../../catalog/class-oids.ts";
import { baseTypeRow, isBinaryCoercible } from "../../catalog/opclasses.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Tuple } from "../../catalog/relation.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { FIRST_IN_LIBRARY, numberInLibrary } from "./library.ts";

type ProcTuple = Tuple<(typeof pgProc)["columns"]>;

/** What makes values of ranges of users', by the name in prosrc: the same for any range. */
const CONSTRUCTORS: ReadonlyMap<string, Oid> = new Map([
  ["range_constructor2", oid(3840)],
  ["range_constructor3", oid(3841)],
  ["multirange_constructor0", oid(4280)],
  ["multirange_constructor1", oid(4281)],
  ["multirange_constructor2", oid(4282)],
]);

/** A function that is built in or of a library; one that has a body, or that nothing computes. */
export function implementerOf(catalog: CatalogReader, called: Oid): Oid {
  const row = isUsersFunction(called) ? catalog.find(pgProc, "key", [called]) : undefined;
  return (row && findImplementer(catalog, row)) ?? called;
}

/** It is a row of pg_proc that is not built in. */
export const isUsersFunction = (called: number): boolean =>
  called >= FIRST_USER_OID && called < FIRST_IN_LIBRARY;

/** By its oid or number; undefined: it has a body, or nothing computes it. */
export function findImplementer(catalog: CatalogReader, row: ProcTuple): Oid | undefined {
  if (row.probin !== null) {
    return row.proretset ? undefined : numberInLibrary(row.probin, row.prosrc);
  }
  const constructs = row.prolang === INTERNAL_LANGUAGE && CONSTRUCTORS.get(row.prosrc);
  if (constructs) return constructs;
  const builtin = builtinOf(catalog, row);
  if (!builtin || builtin.proretset !== row.proretset) return undefined;
  if (row.proisstrict && !builtin.proisstrict) return undefined;
  const given = [...row.proargtypes, row.prorettype];
  const known = [...builtin.proargtypes, builtin.prorettype];
  const fits = given.every((type, at) => hasValuesOf(catalog, type, known[at] as Oid));
  return fits ? builtin.oid : undefined;
}

const INTERNAL = 2281;

function hasValuesOf(catalog: CatalogReader, type: Oid, known: Oid): boolean {
  if (type === known) return type !== INTERNAL;
  const under = baseTypeRow(catalog, type);
  if (!under) return false;
  const like = (under.typtype === "b" ? likeBuiltin(catalog, under) : undefined) ?? under;
  if (isBinaryCoercible(catalog, like.oid, known)) return true;
  const parameter = catalog.find(pgType, "key", [known]);
  return parameter?.typtype === "p" && parameter.typname.startsWith("any");
}
