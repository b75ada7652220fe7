/** Names, roles, type names and option values of the grammar's trees in our own words. */
import type {
  DefElem,
  Node,
  RangeVar,
  RoleSpec as RoleTree,
  TypeName as TypeTree,
} from "libpg-query";
import { assert } from "../../base/assert.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { Persistence } from "../../catalog/alter-action.ts";
import type { QualifiedName, RoleSpec, TypeName } from "../../catalog/statement.ts";
import { atLocation, positionOf } from "./positions.ts";
import type { QuotedType } from "./quoted-types.ts";

export const persistenceOf = (relation: RangeVar | undefined): Persistence =>
  relation?.relpersistence === "t" || relation?.relpersistence === "u"
    ? relation.relpersistence
    : "p";

export function relationName(relation: RangeVar | undefined): QualifiedName {
  assert(relation?.relname !== undefined, "a relation has a name");
  const { catalogname, schemaname, relname, location, inh } = relation;
  const name = named(schemaname, relname, location);
  if (inh !== true) name.only = true;
  return catalogname === undefined ? name : { ...name, database: catalogname };
}

function named(
  schema: string | undefined,
  name: string,
  location: number | undefined,
): Writable<QualifiedName> {
  const made: Writable<QualifiedName> = { name };
  if (schema !== undefined) made.schema = schema;
  const position = positionOf(location);
  if (position !== undefined) made.position = position;
  return made;
}

export function stringOf(node: Node | undefined): string {
  assert(node !== undefined && "String" in node, "a String node");
  return node.String.sval ?? "";
}

export const stringsOf = (nodes: readonly Node[] | undefined): string[] =>
  (nodes ?? []).map(stringOf);

/** A list of name parts: a, s.a, d.s.a. */
export function qualifiedName(parts: readonly string[], location?: number): QualifiedName {
  const [first, second, ...more] = parts;
  assert(first !== undefined, "a name has parts");
  if (second === undefined) return named(undefined, first, location);
  const [third, ...rest] = more;
  if (third === undefined) return named(first, second, location);
  if (rest.length === 0) return { ...named(second, third, location), database: first };
  throw new SqlError(
    "42601",
    `improper relation name (too many dotted names): ${parts.join(".")}`,
    atLocation(location),
  );
}

export function roleSpec(role: RoleTree | undefined): RoleSpec {
  assert(role !== undefined, "a role is given");
  switch (role.roletype) {
    case "ROLESPEC_CURRENT_USER":
      return { kind: "current_user" };
    case "ROLESPEC_SESSION_USER":
      return { kind: "session_user" };
    case "ROLESPEC_CURRENT_ROLE":
      return { kind: "current_role" };
    case "ROLESPEC_PUBLIC":
      return { kind: "public" };
    default:
      return { kind: "name", name: role.rolename ?? "", ...atLocation(role.location) };
  }
}

export function typeName(type: (TypeTree & QuotedType) | undefined): TypeName {
  assert(type !== undefined, "a type is given");
  if (type.pct_type) throw notSupported("%TYPE", positionOf(type.location));
  const { database, schema, name } = typeNameParts(stringsOf(type.names));
  // Without spreads, which take microseconds: every column of every CREATE TABLE comes through
  // here.
  const made: Writable<TypeName> = {
    name,
    modifiers: type.typmods ? type.typmods.map((modifier) => typeModifier(modifier)) : [],
    arrayDimensions: type.arrayBounds?.length ?? 0,
  };
  if (schema !== undefined) made.schema = schema;
  if (database !== undefined) made.database = database;
  const position = positionOf(type.location);
  if (position !== undefined) made.position = position;
  if (type.isQuoted) made.isExact = true;
  return made;
}

/** Of a type that is qualified wrongly PostgreSQL does not say where it stands. */
function typeNameParts(parts: readonly string[]): Pick<TypeName, "database" | "schema" | "name"> {
  const [first = "", second, third] = parts;
  if (second === undefined) return { name: first };
  if (third === undefined) return { schema: first, name: second };
  if (parts.length === 3) return { database: first, schema: second, name: third };
  const text = parts.join(".");
  throw new SqlError("42601", `improper qualified name (too many dotted names): ${text}`);
}

/** While it is being built. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Undefined: it is not simple, which is an error of the types that have modifiers. */
function typeModifier(modifier: Node): number | string | undefined {
  if ("A_Const" in modifier) {
    const { ival, fval, sval } = modifier.A_Const;
    if (ival !== undefined) return ival.ival ?? 0;
    if (fval !== undefined) return fval.fval ?? "";
    if (sval !== undefined) return sval.sval ?? "";
  }
  if ("ColumnRef" in modifier) {
    const [field, ...more] = modifier.ColumnRef.fields ?? [];
    if (field !== undefined && "String" in field && more.length === 0) return stringOf(field);
  }
  return undefined;
}

/** An option list by name. Throws 42601 on a name given twice. */
export function optionsByName(options: readonly Node[] | undefined): Map<string, DefElem> {
  const byName = new Map<string, DefElem>();
  for (const node of options ?? []) {
    assert("DefElem" in node && node.DefElem.defname !== undefined, "an option has a name");
    const option = node.DefElem;
    if (byName.has(node.DefElem.defname)) {
      throw new SqlError("42601", "conflicting or redundant options", atLocation(option.location));
    }
    byName.set(node.DefElem.defname, option);
  }
  return byName;
}

/**
 * Integer option values arrive as Integer, or as Float when they exceed 32 bits. Throws 22P02 and
 * 22003.
 */
export function bigintOption(option: DefElem): bigint {
  const arg = option.arg;
  if (arg !== undefined && "Integer" in arg) return BigInt(arg.Integer.ival ?? 0);
  const text = arg !== undefined && "Float" in arg ? (arg.Float.fval ?? "") : undefined;
  if (text === undefined) throw new SqlError("42601", `${option.defname} requires a numeric value`);
  if (!/^[+-]?\d+$/.test(text)) {
    throw new SqlError("22P02", `invalid input syntax for type bigint: "${text}"`);
  }
  const value = BigInt(text);
  if (BigInt.asIntN(64, value) !== value) {
    throw new SqlError("22003", `value "${text}" is out of range for type bigint`);
  }
  return value;
}

export function integerOption(option: DefElem): number {
  const arg = option.arg;
  if (arg !== undefined && "Integer" in arg) return arg.Integer.ival ?? 0;
  throw new SqlError("42601", `${option.defname} requires an integer value`);
}

export function booleanOption(option: DefElem): boolean {
  const arg = option.arg;
  if (arg === undefined) return true;
  if ("Boolean" in arg) return arg.Boolean.boolval ?? false;
  if ("Integer" in arg && (arg.Integer.ival ?? 0) <= 1) return (arg.Integer.ival ?? 0) === 1;
  const word = "String" in arg ? (arg.String.sval ?? "").toLowerCase() : "";
  if (word === "true" || word === "on") return true;
  if (word === "false" || word === "off") return false;
  throw new SqlError("42601", `${option.defname} requires a Boolean value`);
}

/** undefined = DEFAULT. */
export function textOption(option: DefElem): string | undefined {
  const arg = option.arg;
  if (arg === undefined) return undefined;
  if ("String" in arg) return arg.String.sval ?? "";
  if ("Integer" in arg) return String(arg.Integer.ival ?? 0);
  if ("Float" in arg) return arg.Float.fval ?? "";
  if ("TypeName" in arg) return stringsOf(arg.TypeName.names).join(".");
  if ("List" in arg) return stringsOf(arg.List.items).join(".");
  throw new SqlError("42601", `${option.defname} requires a parameter`);
}
