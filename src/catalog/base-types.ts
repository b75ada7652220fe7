/**
 * BASE TYPES OF USERS': what their values are. A type whose functions of input and output are those
 * of a built-in type, under other names (LANGUAGE internal), has that type's values.
 * https://www.postgresql.org/docs/15/sql-createtype.html
 */
import { FIRST_USER_OID, type Oid } from "../base/ids.ts";
import { INTERNAL_LANGUAGE } from "./class-oids.ts";
import type { TypeTuple } from "./names.ts";
import { isTrueArray } from "./opclasses.ts";
import type { CatalogReader } from "./reader.ts";
import type { Tuple } from "./relation.ts";
import { pgCast } from "./relations/pg-cast.ts";
import { pgProc } from "./relations/pg-proc.ts";
import { pgType } from "./relations/pg-type.ts";

type ProcTuple = Tuple<(typeof pgProc)["columns"]>;

/** The built-in function that one in language internal is: by its types, or their number. */
export function builtinOf(catalog: CatalogReader, row: ProcTuple): ProcTuple | undefined {
  if (row.oid < FIRST_USER_OID) return row;
  if (row.prolang !== INTERNAL_LANGUAGE) return undefined;
  const named = builtinsNamed(catalog, row.prosrc).filter(
    ({ pronargs }) => pronargs === row.pronargs,
  );
  const types = row.proargtypes.join();
  return named.find(({ proargtypes }) => proargtypes.join() === types) ?? named[0];
}

/** All built-in functions of a name in prosrc. */
export function builtinsNamed(catalog: CatalogReader, source: string): readonly ProcTuple[] {
  bySource ??= readSources(catalog);
  return bySource.get(source) ?? [];
}

/** They never change. */
let bySource: ReadonlyMap<string, readonly ProcTuple[]> | undefined;

function readSources(catalog: CatalogReader): ReadonlyMap<string, readonly ProcTuple[]> {
  const found = new Map<string, ProcTuple[]>();
  for (const row of catalog.all(pgProc)) {
    if (row.oid >= FIRST_USER_OID || row.prolang !== INTERNAL_LANGUAGE) continue;
    const same = found.get(row.prosrc);
    if (same) same.push(row);
    else found.set(row.prosrc, [row]);
  }
  return found;
}

/** The built-in type whose values a base type of users' has; undefined: it has others. */
export function likeBuiltin(catalog: CatalogReader, type: BaseType): TypeTuple | undefined {
  const [input, output] = [type.typinput, type.typoutput].map((each) => {
    const row = catalog.find(pgProc, "key", [each]);
    return row && builtinOf(catalog, row);
  });
  const found = input && catalog.find(pgType, "key", [input.prorettype]);
  const isLike = found?.typtype === "b" && found.typinput === input?.oid;
  return isLike && found.typoutput === output?.oid ? found : undefined;
}

/** Values of it are a library's: nobody can read or write one. */
export const isOfLibrary = (catalog: CatalogReader, type: BaseType): boolean =>
  [type.typinput, type.typoutput].every(
    (each) => (catalog.find(pgProc, "key", [each])?.probin ?? null) !== null,
  );

/** What the values of a base type are, a built-in one's too. */
const valuesOf = (catalog: CatalogReader, type: TypeTuple): TypeTuple | undefined => {
  if (type.typtype !== "b") return undefined;
  return type.oid < FIRST_USER_OID ? type : likeBuiltin(catalog, type);
};

/** Whether values of one type are values of the other as they are stored. */
export function isStoredAlike(catalog: CatalogReader, from: TypeTuple, to: TypeTuple): boolean {
  const [own, other] = [valuesOf(catalog, from), valuesOf(catalog, to)];
  if (!own || !other) return false;
  if (own.oid === other.oid) return true;
  return catalog.find(pgCast, "source_target", [own.oid, other.oid])?.castmethod === "b";
}

export type BaseType = Pick<TypeTuple, "typinput" | "typoutput">;

/** A base type of users': its values are compared as its own class says, or not at all. */
export function isOwnBase(catalog: CatalogReader, type: Oid): boolean {
  const row = type < FIRST_USER_OID ? undefined : catalog.find(pgType, "key", [type]);
  return row?.typtype === "b" && !isTrueArray(row);
}
