/**
 * BASE TYPES: a shell, which functions may name before there are values, and the type that it
 * becomes when the functions which read and write its values are there.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/commands/typecmds.c
 */
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { notSupported, SqlError, warning } from "../../base/sql-error.ts";
import { isOfLibrary, likeBuiltin } from "../base-types.ts";
import { NAMESPACE_CLASS, PROC_CLASS, TYPE_CLASS } from "../class-oids.ts";
import type { DefinitionItem } from "../defined-statement.ts";
import { addDependency, addOwner, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { isSuperuser } from "../memberships.ts";
import type { TypeTuple } from "../names.ts";
import { checkOwner } from "../privileges.ts";
import type { Tuple } from "../relation.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import type { pgProc } from "../relations/pg-proc.ts";
import { pgType } from "../relations/pg-type.ts";
import type { QualifiedName } from "../statement.ts";
import { booleanOf, conflicting, textOf } from "../statement-option.ts";
import type { CreateBase, CreateShell } from "../type-statement.ts";
import type { DdlContext } from "./context.ts";
import { newAcl } from "./default-privileges.ts";
import { findRoutineNamed, findRoutineOfTypes, typeOf } from "./find-routine.ts";
import { moveArrayType } from "./generated-names.ts";
import { checkNotInSystem, creationNamespace, lockRelationName } from "./lookup.ts";
import { insertArrayType } from "./new-types.ts";

type ProcTuple = Tuple<(typeof pgProc)["columns"]>;

const [CSTRING, INTERNAL, OID, INT4, BYTEA] = [2275, 2281, 26, 23, 17].map(oid) as [
  ...[Oid, Oid, Oid, Oid, Oid],
];
const [SHELL_IN, SHELL_OUT, DEFAULT_COLLATION] = [2398, 2399, 100].map(oid) as [Oid, Oid, Oid];

const invalid = (message: string, code = "42P17"): SqlError => new SqlError(code, message);

/** Throws 42710, 3F000, 42501. */
export function createShell(context: DdlContext, { type: name }: CreateShell): void {
  checkSuperuser(context, "create a base type");
  const namespace = creationNamespace(context, name);
  lockRelationName(context, namespace.oid, name.name);
  const found = context.catalog.find(pgType, "typname_nsp", [name.name, namespace.oid]);
  if (found && (!found.typisdefined || !moveArrayType(context, namespace.oid, name.name))) {
    throw invalid(`type "${name.name}" already exists`, "42710");
  }
  checkNotInSystem(namespace, name.name);
  insertShell(context, namespace.oid, name.name);
}

export function checkSuperuser({ catalog, user }: DdlContext, what: string): void {
  if (isSuperuser(catalog, user.oid)) return;
  throw new SqlError("42501", `must be superuser to ${what}`);
}

export function insertShell(context: DdlContext, namespace: Oid, name: string): TypeTuple {
  const { catalog, user } = context;
  const id = context.allocateOid();
  const self = addressOf(TYPE_CLASS, id);
  catalog.insert(pgType, {
    ...{ oid: id, typname: name, typnamespace: namespace, typowner: user.oid },
    ...{ typlen: 4, typbyval: true, typtype: "p", typcategory: "P", typisdefined: false },
    ...{ typinput: SHELL_IN, typoutput: SHELL_OUT, typalign: "i", typstorage: "p" },
  });
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace), "n");
  addOwner(catalog, self, user.oid);
  return catalog.find(pgType, "key", [id]) as TypeTuple;
}

/** Throws 42501, 42710, 42601, 42704, 42883, 42P17, 22023, 0A000. */
export function createBase(context: DdlContext, { type: name, items }: CreateBase): void {
  const { catalog, user } = context;
  checkSuperuser(context, "create a base type");
  const namespace = creationNamespace(context, name);
  lockRelationName(context, namespace.oid, name.name);
  const shell = shellOf(context, namespace.oid, name);
  const given = itemsOf(context, items);
  const stored = storedAs(context, given);
  const functions = functionsOf(context, given, shell);
  checkOwner(catalog, user.oid, shell.typowner, "type", name.name);
  checkPhysical(stored);
  const preferred = given.get("preferred");
  const collatable = given.get("collatable");
  const typdefault = given.get("default");
  const typcollation =
    collatable && booleanOf(collatable) ? DEFAULT_COLLATION : (INVALID_OID as Oid);
  const typdelim = delimiterOf(given.get("delimiter"));
  const array = context.allocateOid();
  const self = addressOf(TYPE_CLASS, shell.oid);
  for (const each of referencesOf(catalog, self)) {
    if (each.deptype !== "e") catalog.delete(pgDepend, each);
  }
  catalog.update(pgType, shell, {
    ...stored,
    ...{ typtype: "b", typisdefined: true, typarray: array, typcollation, typdelim },
    typcategory: categoryOf(given.get("category")),
    typispreferred: preferred ? booleanOf(preferred) : false,
    typdefault: typdefault ? textOf(typdefault) : null,
    ...functions,
    typacl: newAcl(context, "T", user.oid, self, namespace.oid),
  });
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace.oid), "n");
  addOwner(catalog, self, user.oid);
  dependOnFunctions(context, shell.oid, functions);
  const { typalign } = stored;
  const oids = { type: shell.oid, array };
  insertArrayType(context, namespace.oid, name.name, oids, typalign, typcollation, typdelim);
}

type Functions = Pick<TypeTuple, "typinput" | "typoutput" | "typreceive" | "typsend">;

export function dependOnFunctions(
  { catalog }: DdlContext,
  type: Oid,
  { typinput, typoutput, typreceive, typsend }: Functions,
): void {
  const self = addressOf(TYPE_CLASS, type);
  for (const each of new Set([typinput, typoutput, typreceive, typsend])) {
    if (each !== INVALID_OID) addDependency(catalog, self, addressOf(PROC_CLASS, each), "n");
  }
}

function shellOf({ catalog }: DdlContext, namespace: Oid, name: QualifiedName): TypeTuple {
  const found = catalog.find(pgType, "typname_nsp", [name.name, namespace]);
  if (found && !found.typisdefined) return found;
  if (found) throw invalid(`type "${name.name}" already exists`, "42710");
  throw new SqlError("42710", `type "${name.name}" does not exist`, {
    hint: "Create the type as a shell type, then create its I/O functions, then do a full CREATE TYPE.",
  });
}

type Items = ReadonlyMap<string, DefinitionItem>;

const ITEMS: ReadonlySet<string> = new Set([
  ...["like", "internallength", "input", "output", "receive", "send", "typmod_in", "typmod_out"],
  ...["analyze", "subscript", "category", "preferred", "delimiter", "element", "default"],
  ...["passedbyvalue", "alignment", "storage", "collatable"],
]);
/** CREATE TYPE takes it. */
export const isItem = (name: string): boolean => ITEMS.has(name);
/** What nothing here would do. */
export const MISSING = ["typmod_in", "typmod_out", "analyze", "subscript", "element"] as const;

function itemsOf(context: DdlContext, items: readonly DefinitionItem[]): Items {
  const known = new Map<string, DefinitionItem>();
  for (const item of items) {
    if (!ITEMS.has(item.name)) {
      const { name, position } = item;
      const at = position === undefined ? {} : { position };
      context.notice(warning("42601", `type attribute "${name}" not recognized`, at));
      continue;
    }
    if (known.has(item.name)) throw conflicting(item);
    known.set(item.name, item);
  }
  const missing = MISSING.find((name) => known.has(name));
  if (missing !== undefined) {
    throw notSupported(`a base type with ${missing.toUpperCase()}`);
  }
  return known;
}

type Stored = Pick<TypeTuple, "typlen" | "typbyval" | "typalign" | "typstorage">;

/** How PostgreSQL would lay values out: it decides which casts need no function. */
function storedAs(context: DdlContext, given: Items): Stored {
  const like = given.get("like");
  const { typlen, typbyval, typalign, typstorage }: Stored = like
    ? typeOf(context, typeNameOf(like))
    : { typlen: -1, typbyval: false, typalign: "i", typstorage: "p" };
  const [length, byValue] = ["internallength", "passedbyvalue"].map((name) => given.get(name));
  const [align, storage] = ["alignment", "storage"].map((name) => given.get(name));
  return {
    typlen: length ? lengthOf(length) : typlen,
    typbyval: byValue ? booleanOf(byValue) : typbyval,
    typalign: align ? wordOf(align, "alignment", ALIGNMENTS) : typalign,
    typstorage: storage ? storageOf(storage) : typstorage,
  };
}

function typeNameOf({ name, type }: DefinitionItem) {
  if (type) return type.name;
  throw new SqlError("42601", `argument of ${name} must be a type name`);
}

function lengthOf(item: DefinitionItem): number {
  if (item.value?.kind === "integer") return item.value.value;
  if (textOf(item).toLowerCase() === "variable") return -1;
  throw new SqlError("42601", `invalid argument for ${item.name}: "${textOf(item)}"`);
}

const ALIGNMENTS: Readonly<Record<string, string>> = {
  ...{ double: "d", float8: "d", "pg_catalog.float8": "d", int4: "i", "pg_catalog.int4": "i" },
  ...{ int2: "s", "pg_catalog.int2": "s", char: "c", "pg_catalog.bpchar": "c" },
};
const STORAGES: Readonly<Record<string, string>> = {
  ...{ plain: "p", external: "e", extended: "x", main: "m" },
};

function wordOf(item: DefinitionItem, what: string, words: Readonly<Record<string, string>>) {
  const text = textOf(item).toLowerCase();
  if (Object.hasOwn(words, text)) return words[text] as string;
  throw invalid(`${what} "${textOf(item)}" not recognized`, "22023");
}

export const storageOf = (item: DefinitionItem): string => wordOf(item, "storage", STORAGES);

function categoryOf(item: DefinitionItem | undefined): string {
  if (!item) return "U";
  const first = textOf(item).charAt(0);
  if (first >= " " && first <= "~") return first;
  throw invalid(`invalid type category "${textOf(item)}": must be simple ASCII`, "22023");
}

const delimiterOf = (item: DefinitionItem | undefined): string =>
  item ? textOf(item).charAt(0) : ",";

/** https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/catalog/pg_type.c */
function checkPhysical({ typlen, typbyval, typalign, typstorage }: Stored): void {
  const aligned = (what: string) => invalid(`alignment "${typalign}" is invalid for ${what}`);
  const variable = "variable-length type";
  if (!(typlen > 0 || typlen === -1 || typlen === -2)) {
    throw invalid(`invalid type internal size ${typlen}`);
  }
  if (typbyval) {
    const wanted = { 1: "c", 2: "s", 4: "i", 8: "d" }[typlen];
    if (wanted === undefined) {
      throw invalid(`internal size ${typlen} is invalid for passed-by-value type`);
    }
    if (typalign !== wanted) throw aligned(`passed-by-value type of size ${typlen}`);
  } else {
    if (typlen === -1 && !"id".includes(typalign)) throw aligned(variable);
    if (typlen === -2 && typalign !== "c") throw aligned(variable);
  }
  if (typstorage !== "p" && typlen !== -1) {
    throw invalid("fixed-size types must have storage PLAIN");
  }
}

/** The functions that read and write values. Throws 42P17, 42883. */
function functionsOf(context: DdlContext, given: Items, type: TypeTuple) {
  const [input, output] = [given.get("input"), given.get("output")];
  if (!input) throw invalid("type input function must be specified");
  if (!output) throw invalid("type output function must be specified");
  const made = {
    typinput: reader(context, input, type, "input"),
    typoutput: writer(context, output, type, "output"),
    typreceive: INVALID_OID as Oid,
    typsend: INVALID_OID as Oid,
  };
  const [receive, send] = [given.get("receive"), given.get("send")];
  if (receive) made.typreceive = reader(context, receive, type, "receive");
  if (send) made.typsend = writer(context, send, type, "send");
  const { catalog } = context;
  if (!likeBuiltin(catalog, made) && !isOfLibrary(catalog, made)) {
    throw notSupported("a base type whose functions are not those of one built-in type");
  }
  return made;
}

export function reader(
  context: DdlContext,
  item: DefinitionItem,
  type: TypeTuple,
  what: "input" | "receive",
): Oid {
  const from = what === "input" ? CSTRING : INTERNAL;
  const name = nameOf(item);
  const row =
    findRoutineNamed(context, name, [from, OID, INT4]) ?? findRoutineOfTypes(context, name, [from]);
  const shown = context.expressions.typeText(type.oid);
  return checked(context, row, type.oid, `type ${what} function`, shown);
}

export function writer(
  context: DdlContext,
  item: DefinitionItem,
  type: TypeTuple,
  what: "output" | "send",
): Oid {
  const to = what === "output" ? CSTRING : BYTEA;
  const row = findRoutineOfTypes(context, nameOf(item), [type.oid]);
  return checked(context, row, to, `type ${what} function`, to === BYTEA ? "bytea" : "cstring");
}

function nameOf({ name, named }: DefinitionItem): QualifiedName {
  if (named) return named;
  throw new SqlError("42601", `argument of ${name} must be a name`);
}

function checked(
  context: DdlContext,
  row: ProcTuple,
  result: Oid,
  what: string,
  type: string,
): Oid {
  if (row.prorettype !== result) {
    throw invalid(`${what} ${row.proname} must return type ${type}`);
  }
  if (row.provolatile === "v") {
    context.notice(warning("42P17", `${what} ${row.proname} should not be volatile`));
  }
  return row.oid;
}
