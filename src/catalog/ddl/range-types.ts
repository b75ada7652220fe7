/**
 * RANGES OF USERS': a type of ranges over another type and one of lists of such ranges, with the
 * functions that make their values.
 * https://www.postgresql.org/docs/15/rangetypes.html#RANGETYPES-DEFINING
 */
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { btree } from "../access-methods.ts";
import { kinds } from "../acl.ts";
import {
  BOOTSTRAP_SUPERUSER,
  CAST_CLASS,
  COLLATION_CLASS,
  INTERNAL_LANGUAGE,
  NAMESPACE_CLASS,
  OPCLASS_CLASS,
  PROC_CLASS,
  TYPE_CLASS,
} from "../class-oids.ts";
import type { DefinitionItem } from "../defined-statement.ts";
import { addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { icuCollation } from "../icu.ts";
import type { TypeTuple } from "../names.ts";
import { may } from "../privileges.ts";
import type { NewRow } from "../relation.ts";
import { pgCast } from "../relations/pg-cast.ts";
import { pgProc } from "../relations/pg-proc.ts";
import { pgRange } from "../relations/pg-range.ts";
import type { QualifiedName } from "../statement.ts";
import { conflicting } from "../statement-option.ts";
import type { CreateRange } from "../type-statement.ts";
import { getCollation } from "./columns.ts";
import type { DdlContext } from "./context.ts";
import { refuseOwnOrder } from "./default-opclass.ts";
import { findRoutineOfTypes, typeOf } from "./find-routine.ts";
import { clip, IDENTIFIER_BYTES_MAX } from "./generated-names.ts";
import { opclassOf } from "./index-columns.ts";
import { insertArrayType, insertType, placeForType, type TypeOids } from "./new-types.ts";

const [TEXT, FLOAT8] = [oid(25), oid(701)];

const RANGE = {
  typlen: -1,
  typtype: "r",
  typcategory: "R",
  typinput: oid(3834), // range_in
  typoutput: oid(3835),
  typreceive: oid(3836),
  typsend: oid(3837),
  typanalyze: oid(3916), // range_typanalyze
  typstorage: "x",
};
const MULTIRANGE = {
  ...RANGE,
  typtype: "m",
  typinput: oid(4231), // multirange_in
  typoutput: oid(4232),
  typreceive: oid(4233),
  typsend: oid(4234),
  typanalyze: oid(4242), // multirange_typanalyze
};

const ITEMS = ["subtype", "subtype_opclass", "collation", "canonical", "subtype_diff"] as const;
type Items = ReadonlyMap<string, DefinitionItem>;

/** Throws 42601, 42704, 42710, 42804, 42809, 42883, 42P17. */
export function createRange(context: DdlContext, { type: named, items }: CreateRange): void {
  const namespace = placeForType(context, named);
  const given = itemsOf(items);
  const subtype = subtypeOf(context, given.get("subtype"));
  const opclass = withHint(() =>
    opclassOf(context, given.get("subtype_opclass")?.named, subtype.oid, btree),
  );
  refuseOwnOrder(context, opclass, "a range type over");
  const collation = collationOf(context, subtype, given.get("collation")?.named);
  if (icuCollation(context.catalog, collation)) {
    throw notSupported("a range type with a collation of ICU's");
  }
  const difference = differenceOf(context, subtype.oid, given.get("subtype_diff")?.named);
  const typalign = subtype.typalign === "d" ? "d" : "i";

  const { array, type, multirange } = allocateTypes(context);
  insertType(context, namespace.oid, named.name, { array, type }, { ...RANGE, typalign });
  const written = given.get("multirange_type_name")?.named;
  const other = written ?? multirangeName(named);
  const place = written
    ? placeForType(context, written).oid
    : placeOfMultirange(context, named, other);
  insertType(context, place, other.name, multirange, { ...MULTIRANGE, typalign });
  context.catalog.insert(pgRange, {
    rngtypid: type,
    rngsubtype: subtype.oid,
    rngmultitypid: multirange.type,
    rngcollation: collation,
    rngsubopc: opclass.oid,
    rngsubdiff: difference,
  });
  const depends = (on: Parameters<typeof addDependency>[2]) =>
    addDependency(context.catalog, addressOf(TYPE_CLASS, type), on, "n");
  depends(addressOf(TYPE_CLASS, subtype.oid));
  depends(addressOf(OPCLASS_CLASS, opclass.oid));
  if (collation !== INVALID_OID) depends(addressOf(COLLATION_CLASS, collation));
  if (difference !== INVALID_OID) depends(addressOf(PROC_CLASS, difference));
  addDependency(
    context.catalog,
    addressOf(TYPE_CLASS, multirange.type),
    addressOf(TYPE_CLASS, type),
    "i",
  );
  insertArrayType(context, namespace.oid, named.name, { array, type }, typalign);
  insertArrayType(context, place, other.name, multirange, typalign);
  insertConstructors(
    context,
    { namespace: namespace.oid, name: named.name, type, array },
    subtype.oid,
  );
  const cast = insertMultirangeConstructors(
    context,
    { namespace: place, name: other.name, type, array },
    multirange.type,
  );
  insertCast(context, type, multirange.type, cast);
}

/** The range's array, the multirange and its array, the range: PostgreSQL's order. */
function allocateTypes(context: DdlContext): TypeOids & { readonly multirange: TypeOids } {
  const array = context.allocateOid();
  const type = context.allocateOid();
  const multirange = { type, array: context.allocateOid() };
  return { array, multirange, type: context.allocateOid() };
}

function itemsOf(items: readonly DefinitionItem[]): Items {
  const known = new Map<string, DefinitionItem>();
  for (const item of items) {
    const isKnown =
      item.name === "multirange_type_name" || ITEMS.some((name) => name === item.name);
    if (!isKnown) throw new SqlError("42601", `type attribute "${item.name}" not recognized`);
    if (known.has(item.name)) throw conflicting(item);
    if (item.name === "canonical") {
      const message = "cannot specify a canonical function without a pre-created shell type";
      const hint =
        "Create the type as a shell type, then create its canonicalization function, then do a full CREATE TYPE.";
      throw new SqlError("42P17", message, { hint });
    }
    known.set(item.name, item);
  }
  return known;
}

function subtypeOf(context: DdlContext, item: DefinitionItem | undefined): TypeTuple {
  if (!item?.type) throw new SqlError("42601", 'type attribute "subtype" is required');
  const row = typeOf(context, item.type.name);
  if (row.typtype !== "p") return row;
  const shown = context.expressions.typeText(row.oid);
  throw new SqlError("42804", `range subtype cannot be ${shown}`);
}

function withHint<T>(find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof SqlError) || error.fields.hint === undefined) throw error;
    const hint =
      "You must specify an operator class for the range type or define a default operator class for the subtype.";
    throw new SqlError(error.code, error.message, { hint });
  }
}

function collationOf(
  context: DdlContext,
  subtype: TypeTuple,
  written: QualifiedName | undefined,
): Oid {
  if (!written) return subtype.typcollation;
  if (subtype.typcollation !== INVALID_OID) return getCollation(context, written);
  const message = "range collation specified but subtype does not support collation";
  throw new SqlError("42809", message);
}

/** Throws 42883, 42P17, 42501. */
function differenceOf(context: DdlContext, subtype: Oid, written?: QualifiedName): Oid {
  if (!written) return INVALID_OID;
  const row = findRoutineOfTypes(context, written, [subtype, subtype]);
  const shown = `${row.proname}(${[subtype, subtype].map((type) => context.expressions.typeText(type)).join(", ")})`;
  const refuse = (what: string) =>
    new SqlError("42P17", `range subtype diff function ${shown} must ${what}`);
  if (row.prorettype !== FLOAT8) throw refuse("return type double precision");
  if (row.provolatile !== "i") throw refuse("be immutable");
  const { proowner: owner, proacl: acl } = row;
  if (!may(context.catalog, context.user.oid, { kind: kinds.function, owner, acl }, "X")) {
    throw new SqlError("42501", `permission denied for function ${row.proname}`);
  }
  return row.oid;
}

function multirangeName(range: QualifiedName): QualifiedName {
  const name = range.name.includes("range")
    ? range.name.replace("range", "multirange")
    : `${range.name}_multirange`;
  return { ...range, name: clip(name, IDENTIFIER_BYTES_MAX) };
}

function placeOfMultirange(context: DdlContext, range: QualifiedName, name: QualifiedName): Oid {
  try {
    return placeForType(context, name).oid;
  } catch (error) {
    if (!(error instanceof SqlError) || error.code !== "42710") throw error;
    const detail = `Failed while creating a multirange type for type "${range.name}".`;
    const hint =
      'You can manually specify a multirange type name using the "multirange_type_name" attribute.';
    throw new SqlError("42710", error.message, { detail, hint });
  }
}

interface Constructed {
  readonly namespace: Oid;
  readonly name: string;
  readonly type: Oid;
  readonly array: Oid;
}

function insertConstructors(context: DdlContext, of: Constructed, subtype: Oid): void {
  const types = [subtype, subtype];
  insertConstructor(context, of, of.type, "range_constructor2", types);
  insertConstructor(context, of, of.type, "range_constructor3", [...types, TEXT]);
}

/** The one of a single range, which is the cast's. */
function insertMultirangeConstructors(context: DdlContext, of: Constructed, type: Oid): Oid {
  const strict = { proisstrict: true };
  insertConstructor(context, of, type, "multirange_constructor0", [], strict);
  const cast = insertConstructor(context, of, type, "multirange_constructor1", [of.type], strict);
  insertConstructor(context, of, type, "multirange_constructor2", [of.array], {
    ...strict,
    provariadic: of.type,
    proargmodes: ["v"],
    proallargtypes: [of.array],
  });
  return cast;
}

/** A function of the first superuser's, which goes with the type that it makes values of. */
function insertConstructor(
  context: DdlContext,
  { namespace, name }: Constructed,
  result: Oid,
  source: string,
  args: readonly Oid[],
  more: Partial<NewRow<(typeof pgProc)["columns"]>> = {},
): Oid {
  const { catalog } = context;
  const id = context.allocateOid();
  catalog.insert(pgProc, {
    oid: id,
    proname: name,
    pronamespace: namespace,
    proowner: BOOTSTRAP_SUPERUSER,
    prolang: INTERNAL_LANGUAGE,
    provolatile: "i",
    proparallel: "s",
    pronargs: args.length,
    prorettype: result,
    proargtypes: args,
    prosrc: source,
    ...more,
  });
  const self = addressOf(PROC_CLASS, id);
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace), "n");
  for (const type of new Set([result, ...args])) {
    addDependency(catalog, self, addressOf(TYPE_CLASS, type), "n");
  }
  addDependency(catalog, self, addressOf(TYPE_CLASS, result), "i");
  return id;
}

function insertCast(context: DdlContext, range: Oid, multirange: Oid, made: Oid): void {
  const { catalog } = context;
  const id = context.allocateOid();
  catalog.insert(pgCast, {
    oid: id,
    castsource: range,
    casttarget: multirange,
    castfunc: made,
    castcontext: "e",
    castmethod: "f",
  });
  const self = addressOf(CAST_CLASS, id);
  for (const type of [range, multirange]) {
    addDependency(catalog, self, addressOf(TYPE_CLASS, type), "i");
  }
  addDependency(catalog, self, addressOf(PROC_CLASS, made), "i");
}
