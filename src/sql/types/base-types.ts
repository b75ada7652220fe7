/**
 * BASE TYPES OF USERS': values of a built-in type, and the order that the type's own operator class
 * gives them. That is the built-in type's where the class compares by the built-in type's function,
 * or one that a library's function has a key for.
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { btree, HASH } from "../../catalog/access-methods.ts";
import { builtinOf, likeBuiltin } from "../../catalog/base-types.ts";
import type { TypeTuple } from "../../catalog/names.ts";
import { findDefaultOpclass, type OpclassTuple } from "../../catalog/opclasses.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Tuple } from "../../catalog/relation.ts";
import { pgAmop } from "../../catalog/relations/pg-amop.ts";
import { pgAmproc } from "../../catalog/relations/pg-amproc.ts";
import { pgOpclass } from "../../catalog/relations/pg-opclass.ts";
import { pgOperator } from "../../catalog/relations/pg-operator.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { unsupportedCodec } from "./builtin-types.ts";
import type { Stored, TypeCodec } from "./codec.ts";
import { lowerAscii } from "./texts.ts";

type ProcTuple = Tuple<(typeof pgProc)["columns"]>;
type CodecOf = (type: Oid, context: { readonly catalog: CatalogReader }) => TypeCodec;

/** What libraries' functions compare by: equal and ordered as the bytes of this. */
const keysOfLibraries: ReadonlyMap<string, (value: Stored) => Stored> = new Map([
  ["$libdir/citext citext_cmp", (value: Stored) => lowerAscii(String(value))],
]);

/** What functions of libraries say that read no values. */
const REFUSALS: Readonly<Record<string, string>> = {
  gbtreekey_in: "<datatype>key_in() not implemented",
  gtrgm_in: "not implemented",
};

/** There is no value but NULL. */
function ofLibrary({ typname, typinput }: TypeTuple, catalog: CatalogReader): TypeCodec {
  const symbol = catalog.find(pgProc, "key", [typinput])?.prosrc ?? "";
  const message = REFUSALS[symbol];
  if (message === undefined) return unsupportedCodec(typname);
  const refuse = (): never => {
    throw new SqlError("0A000", message);
  };
  return { ...unsupportedCodec(typname), parse: refuse, decode: refuse };
}

function undetermined(): never {
  throw new SqlError("42P22", "could not determine which collation to use for string comparison", {
    hint: "Use the COLLATE clause to set the collation explicitly.",
  });
}

export function baseCodec(
  codecOf: CodecOf,
  row: TypeTuple,
  context: { readonly catalog: CatalogReader },
): TypeCodec {
  const like = likeBuiltin(context.catalog, row);
  if (!like) return ofLibrary(row, context.catalog);
  const codec = codecOf(like.oid, context);
  const compares = comparisonOf(context.catalog, row.oid);
  if (!compares) return codec;
  const { catalog } = context;
  const builtin = builtinOf(catalog, compares)?.oid;
  const own = [comparisonOf(catalog, like.oid)?.oid, equalityOf(catalog, like.oid)];
  if (builtin !== undefined && own.includes(builtin)) {
    // Strings are compared by a collation, which a type that has none cannot say.
    const isOpen = like.typcollation !== INVALID_OID && row.typcollation === INVALID_OID;
    return isOpen ? { ...codec, severalForms: true, sortKey: undetermined } : codec;
  }
  const key = keysOfLibraries.get(`${compares.probin} ${compares.prosrc}`);
  if (key) return { ...codec, severalForms: true, sortKey: key };
  return {
    ...codec,
    severalForms: true,
    sortKey: () => {
      throw notSupported(`comparing values of type ${row.typname} by ${compares.proname}`);
    },
  };
}

/** Default operator classes that were found, by method, database and type. */
const classes = new Map<string, Oid>();

/** The default class of a type. Looking for one reads all, so it is kept in mind. */
function classOf(catalog: CatalogReader, type: Oid, method: Oid): OpclassTuple | undefined {
  const place = `${method} ${catalog.database} ${type}`;
  const known = classes.get(place);
  const kept = known === undefined ? undefined : catalog.find(pgOpclass, "key", [known]);
  if (kept?.opcdefault && kept.opcintype === type && kept.opcmethod === method) return kept;
  const found = findDefaultOpclass(catalog, type, method);
  if (found?.opcintype === type) classes.set(place, found.oid);
  return found;
}

/** The function by which values of a type compare, or are equal; undefined: by none. */
function comparisonOf(catalog: CatalogReader, type: Oid): ProcTuple | undefined {
  const ordered = classOf(catalog, type, btree.oid);
  const called = ordered ? orderOf(catalog, ordered) : equalityOf(catalog, type);
  return called === undefined ? undefined : catalog.find(pgProc, "key", [called]);
}

/** Number of the comparison among a B-tree's support functions, and of = in a hash. */
const FIRST = 1;

const orderOf = (catalog: CatalogReader, { opcfamily, opcintype }: OpclassTuple): Oid | undefined =>
  catalog.find(pgAmproc, "fam_proc", [opcfamily, opcintype, opcintype, FIRST])?.amproc;

function equalityOf(catalog: CatalogReader, type: Oid): Oid | undefined {
  const hashed = classOf(catalog, type, HASH);
  if (!hashed) return undefined;
  const { opcfamily, opcintype } = hashed;
  const member = catalog.find(pgAmop, "fam_strat", [opcfamily, opcintype, opcintype, FIRST]);
  return member && catalog.find(pgOperator, "key", [member.amopopr])?.oprcode;
}
