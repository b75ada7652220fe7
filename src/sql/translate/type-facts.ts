/**
 * What the translator asks of types, from their codecs and pg_type. Built-in types never change, so
 * theirs are kept.
 */
import { FIRST_USER_OID, INVALID_OID, type Oid } from "../../base/ids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { StorageClass } from "../types/scalar.ts";
import { codecOf, elementTypeOf } from "../types/type-io.ts";
import { T } from "../types/type-oids.ts";
import type { TypeFacts } from "./translation.ts";

interface Facts {
  readonly storage: StorageClass;
  readonly order: "ordered" | "equal" | "none";
  readonly length: number;
  readonly base: Oid;
  readonly baseTypmod: number;
  readonly element: Oid | undefined;
  readonly composite: boolean;
  readonly collatable: boolean;
}

const builtIn = new Map<Oid, Facts>();

const [NUMRANGE, NUMMULTIRANGE] = [3906 as Oid, 4532 as Oid];

/** Equal values of these types have several stored forms: 1.0 and 1.00, 24 hours and 1 day. */
const severalForms = new Set<Oid>([
  T.numeric,
  NUMRANGE,
  NUMMULTIRANGE,
  T.interval,
  T.timetz,
  T.jsonb,
  T.tsquery,
  T.record,
]);

export function typeFacts(catalog: CatalogReader): TypeFacts {
  const of = (type: Oid): Facts => {
    const known = builtIn.get(type);
    if (known) return known;
    const facts = read(catalog, type, of);
    if (type < FIRST_USER_OID) builtIn.set(type, facts);
    return facts;
  };
  return {
    storage: (type) => of(type).storage,
    order: (type) => of(type).order,
    length: (type) => of(type).length,
    base: (type) => of(type).base,
    baseTypmod: (type) => of(type).baseTypmod,
    element: (type) => of(type).element,
    isComposite: (type) => of(type).composite,
    isCollatable: (type) => of(type).collatable,
    fieldPlace: (type, attribute) => attribute - droppedBefore(catalog, of(type).base, attribute),
  };
}

function droppedBefore(catalog: CatalogReader, type: Oid, attribute: number): number {
  const relation = type < FIRST_USER_OID ? 0 : catalog.find(pgType, "key", [type])?.typrelid;
  if (!relation) return 0;
  return catalog
    .list(pgAttribute, "key", [relation])
    .filter(({ attnum, attisdropped }) => attisdropped && attnum > 0 && attnum < attribute).length;
}

function read(catalog: CatalogReader, type: Oid, of: (type: Oid) => Facts): Facts {
  const row = catalog.find(pgType, "key", [type]);
  if (row?.typtype === "d") {
    const base = of(row.typbasetype);
    const baseTypmod = row.typtypmod < 0 ? base.baseTypmod : row.typtypmod;
    return { ...base, length: row.typlen, baseTypmod };
  }
  const codec = codecOf(type, { catalog });
  const element = elementTypeOf(type, catalog);
  const composite = row?.typtype === "c" || type === T.record;
  const order = () => {
    if (composite || severalForms.has(type) || codec.severalForms) return "none";
    if (element !== undefined) return of(element).order === "none" ? "none" : "equal";
    return codec.sortKey ? "equal" : "ordered";
  };
  return {
    storage: codec.storage,
    order: order(),
    length: row?.typlen ?? -1,
    base: type,
    baseTypmod: -1,
    element,
    composite,
    collatable: row !== undefined && row.typcollation !== INVALID_OID,
  };
}
