/**
 * Oids of types that parse analysis treats by name.
 * https://www.postgresql.org/docs/15/datatype-pseudo.html
 */
import { type Oid, oid } from "../../base/ids.ts";

export const BOOL = oid(16);
export const CHAR = oid(18);
export const NAME = oid(19);
export const INT8 = oid(20);
export const INT2 = oid(21);
export const INT4 = oid(23);
export const REGPROC = oid(24);
export const TEXT = oid(25);
export const OID = oid(26);
export const XID = oid(28);
export const TID = oid(27);
export const CID = oid(29);
export const UNKNOWN = oid(705);
export const BPCHAR = oid(1042);
export const VARCHAR = oid(1043);
export const DATE = oid(1082);
export const TIME = oid(1083);
export const TIMESTAMP = oid(1114);
export const TIMESTAMPTZ = oid(1184);
export const INTERVAL = oid(1186);
export const TIMETZ = oid(1266);
export const BIT = oid(1560);
export const VARBIT = oid(1562);
export const NUMERIC = oid(1700);
export const FLOAT4 = oid(700);
export const FLOAT8 = oid(701);
export const INTERNAL = oid(2281);
export const REGCLASS = oid(2205);
export const RECORD = oid(2249);
export const RECORD_ARRAY = oid(2287);
export const CSTRING = oid(2275);
export const VOID = oid(2278);
export const TRIGGER = oid(2279);
export const INT2VECTOR = oid(22);
export const OIDVECTOR = oid(30);
export const ANY = oid(2276);
export const ANYARRAY = oid(2277);
export const ANYELEMENT = oid(2283);
export const ANYNONARRAY = oid(2776);
export const ANYENUM = oid(3500);
export const ANYRANGE = oid(3831);
export const ANYMULTIRANGE = oid(4537);
export const ANYCOMPATIBLE = oid(5077);
export const ANYCOMPATIBLEARRAY = oid(5078);
export const ANYCOMPATIBLENONARRAY = oid(5079);
export const ANYCOMPATIBLERANGE = oid(5080);
export const ANYCOMPATIBLEMULTIRANGE = oid(4538);

const simple: ReadonlySet<Oid> = new Set([
  ANYELEMENT,
  ANYARRAY,
  ANYNONARRAY,
  ANYENUM,
  ANYRANGE,
  ANYMULTIRANGE,
]);
const compatible: ReadonlySet<Oid> = new Set([
  ANYCOMPATIBLE,
  ANYCOMPATIBLEARRAY,
  ANYCOMPATIBLENONARRAY,
  ANYCOMPATIBLERANGE,
  ANYCOMPATIBLEMULTIRANGE,
]);
export const isSimplePolymorphic = (type: Oid): boolean => simple.has(type);
export const isCompatiblePolymorphic = (type: Oid): boolean => compatible.has(type);
export const isPolymorphic = (type: Oid): boolean => simple.has(type) || compatible.has(type);
