/**
 * OPERATOR CLASSES: which one an access method uses for a type when none is named, and which types
 * a class accepts. https://www.postgresql.org/docs/15/indexes-opclass.html
 */
import type { Oid } from "../base/ids.ts";
import { HASH } from "./access-methods.ts";
import type { TypeTuple } from "./names.ts";
import type { CatalogReader } from "./reader.ts";
import type { Tuple } from "./relation.ts";
import { pgAttribute } from "./relations/pg-attribute.ts";
import { pgCast } from "./relations/pg-cast.ts";
import { pgOpclass } from "./relations/pg-opclass.ts";
import { pgRange } from "./relations/pg-range.ts";
import { pgType } from "./relations/pg-type.ts";

export type OpclassTuple = Tuple<(typeof pgOpclass)["columns"]>;

const [ANYARRAY, ANYELEMENT, ANY, ANYNONARRAY] = [2277, 2283, 2276, 2776];
const [ANYENUM, ANYRANGE, ANYMULTIRANGE] = [3500, 3831, 4537];
const [RECORD, RECORD_ARRAY] = [2249, 2287];
/** array_subscript_handler: what makes a type with elements a true array. */
const ARRAY_SUBSCRIPTS = 6179;

const findType = (catalog: CatalogReader, type: Oid): TypeTuple | undefined =>
  catalog.find(pgType, "key", [type]);

/** The type under a domain (of domains). */
export function baseTypeRow(catalog: CatalogReader, type: Oid): TypeTuple | undefined {
  let row = findType(catalog, type);
  while (row?.typtype === "d") row = findType(catalog, row.typbasetype);
  return row;
}

export const isTrueArray = (row: TypeTuple): boolean =>
  row.typsubscript === ARRAY_SUBSCRIPTS && row.typelem !== 0;

/** PostgreSQL's IsBinaryCoercible: values of the one type are values of the other as they are. */
export function isBinaryCoercible(catalog: CatalogReader, source: Oid, target: Oid): boolean {
  if (source === target || target === ANY || target === ANYELEMENT) return true;
  const row = baseTypeRow(catalog, source);
  if (!row) return false;
  if (row.oid === target || acceptsKind(catalog, row, target)) return true;
  const cast = catalog.find(pgCast, "source_target", [row.oid, target]);
  return cast?.castmethod === "b" && cast.castcontext === "i";
}

function acceptsKind(catalog: CatalogReader, row: TypeTuple, target: Oid): boolean {
  switch (target as number) {
    case ANYARRAY:
      return isTrueArray(row);
    case ANYNONARRAY:
      return !isTrueArray(row);
    case ANYENUM:
      return row.typtype === "e";
    case ANYRANGE:
      return row.typtype === "r";
    case ANYMULTIRANGE:
      return row.typtype === "m";
    case RECORD:
      return row.typtype === "c";
    case RECORD_ARRAY:
      return isTrueArray(row) && findType(catalog, row.typelem)?.typtype === "c";
    default:
      return false;
  }
}

/**
 * PostgreSQL's GetDefaultOpClass: the default class of exactly this type, else the one of a type
 * that it is coercible to, preferred types first; none when two are as good.
 */
export function findDefaultOpclass(
  catalog: CatalogReader,
  type: Oid,
  method: Oid,
): OpclassTuple | undefined {
  const row = baseTypeRow(catalog, type);
  if (!row) return undefined;
  const defaults = catalog
    .list(pgOpclass, "am_name_nsp", [method])
    .filter((opclass) => opclass.opcdefault);
  const exact = defaults.filter((opclass) => opclass.opcintype === row.oid);
  if (exact.length > 0) return exact[0];
  const accepting = defaults.filter(({ opcintype }) =>
    isBinaryCoercible(catalog, row.oid, opcintype),
  );
  const preferred = accepting.filter(({ opcintype }) => isPreferred(catalog, row, opcintype));
  const best = preferred.length > 0 ? preferred : accepting;
  return best.length === 1 ? best[0] : undefined;
}

function isPreferred(catalog: CatalogReader, { typcategory }: TypeTuple, type: Oid): boolean {
  const row = findType(catalog, type);
  return row?.typispreferred === true && row.typcategory === typcategory;
}

const BTREE = 403 as Oid;

/** Whether values of the type can be compared. */
export const canCompare = (catalog: CatalogReader, type: Oid): boolean =>
  isIndexed(catalog, type, BTREE);

/** Whether they can be hashed. */
export const canHash = (catalog: CatalogReader, type: Oid): boolean =>
  isIndexed(catalog, type, HASH);

/** There is a class for the type: of arrays and ranges for what they hold, of rows for columns. */
function isIndexed(catalog: CatalogReader, type: Oid, method: Oid): boolean {
  const row = baseTypeRow(catalog, type);
  if (!row || !findDefaultOpclass(catalog, row.oid, method)) return false;
  if (isTrueArray(row)) return isIndexed(catalog, row.typelem, method);
  const range = row.typtype === "r" ? catalog.find(pgRange, "key", [row.oid]) : undefined;
  if (range) return isIndexed(catalog, range.rngsubtype, method);
  if (row.typtype !== "c") return true;
  return catalog
    .list(pgAttribute, "key", [row.typrelid])
    .every(({ attisdropped, attnum, atttypid }) =>
      attisdropped || attnum < 0 ? true : isIndexed(catalog, atttypid, method),
    );
}
