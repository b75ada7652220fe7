/**
 * TYPE NAMES TO TYPES: search path, arrays, and type modifiers by each type's own rules (its
 * typmodin). RisingWave's other names of types stand behind all types of the path.
 */
import type { Oid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import { PG_CATALOG } from "./class-oids.ts";
import {
  databaseNameOf,
  findTypeByName,
  findUsable,
  getNamespace,
  type TypeTuple,
} from "./names.ts";
import type { CatalogReader } from "./reader.ts";
import { pgType } from "./relations/pg-type.ts";
import type { TypeName } from "./statement.ts";

export interface ResolvedType {
  readonly row: TypeTuple;
  readonly typmod: number;
}

const VARHDRSZ = 4;

/**
 * As PostgreSQL's typenameType: 42704 with the name's position when there is none, or only a shell
 * that `orShell` does not allow.
 */
export function resolveTypeName(
  catalog: CatalogReader,
  name: TypeName,
  searchPath: readonly Oid[],
  role: Oid,
  orShell = false,
): ResolvedType {
  const element = findByPath(catalog, name, searchPath, role) ?? aliased(catalog, name);
  if (!element?.typisdefined && !(element && orShell)) {
    throw undefinedType(name, element !== undefined);
  }
  const row =
    name.arrayDimensions === 0 ? element : catalog.find(pgType, "key", [element.typarray]);
  if (!row) throw undefinedType(name, false);
  return { row, typmod: typmodOf(element, name) };
}

function findByPath(catalog: CatalogReader, name: TypeName, searchPath: readonly Oid[], role: Oid) {
  const { database } = name;
  if (database !== undefined && database !== databaseNameOf(catalog)) {
    const shown = `${database}.${name.schema}.${name.name}`;
    throw new SqlError("0A000", `cross-database references are not implemented: ${shown}`);
  }
  if (name.schema !== undefined) {
    const { schema, position } = name;
    const namespace =
      findUsable(catalog, schema, role, position) ?? getNamespace(catalog, schema, position);
    return findTypeByName(catalog, name.name, namespace.oid);
  }
  for (const namespace of searchPath) {
    const found = findTypeByName(catalog, name.name, namespace);
    if (found) return found;
  }
  return undefined;
}

/** What RisingWave calls types besides. https://docs.risingwave.com/sql/data-types/overview */
export const typeAliases: { readonly [name: string]: string } = {
  double: "float8",
  string: "varchar",
};

function aliased(catalog: CatalogReader, { name, schema, isExact }: TypeName) {
  if (isExact || schema !== undefined || !Object.hasOwn(typeAliases, name)) return undefined;
  return findTypeByName(catalog, typeAliases[name] as string, PG_CATALOG);
}

/** As the grammar has it: int4[] for INTEGER[]. */
export function typeNameText(name: TypeName): string {
  const parts = [name.database, name.schema, name.name];
  const text = parts.filter((part) => part !== undefined).join(".");
  return `${text}${"[]".repeat(name.arrayDimensions)}`;
}

function undefinedType(name: TypeName, isShell: boolean): SqlError {
  const parts = [name.database, name.schema, name.name].filter((part) => part !== undefined);
  const shown = `${parts.join(".")}${name.arrayDimensions > 0 ? "[]" : ""}`;
  const message = isShell ? `type "${shown}" is only a shell` : `type "${shown}" does not exist`;
  return new SqlError("42704", message).at(name.position);
}

/** The modifiers as one number, by the rules of the (element) type; -1 = none. */
export function typmodOf(type: TypeTuple, name: TypeName): number {
  if (name.modifiers.length === 0) return -1;
  const rule = TYPMOD_RULES[type.typname];
  // An alias has none.
  if (!rule || type.typmodin === 0 || type.typname !== name.name) {
    throw new SqlError("42601", `type modifier is not allowed for type "${name.name}"`).at(
      name.position,
    );
  }
  return rule(
    name.modifiers.map((modifier) => integerModifier(modifier, name)),
    name.position,
  );
}

/** typmodin of a type of the system's that has modifiers. Throws 22023. */
export const typmodOfNumbers = (typname: string, modifiers: readonly number[]): number =>
  TYPMOD_RULES[typname]?.(modifiers, undefined) ?? -1;

function integerModifier(modifier: number | string | undefined, name: TypeName): number {
  if (modifier === undefined) {
    const message = "type modifiers must be simple constants or identifiers";
    throw new SqlError("42601", message).at(name.position);
  }
  const value = typeof modifier === "number" ? modifier : Number(modifier);
  if (!Number.isInteger(value)) {
    throw new SqlError("22P02", `invalid input syntax for type integer: "${modifier}"`).at(
      name.position,
    );
  }
  return value;
}

type TypmodRule = (modifiers: readonly number[], position: number | undefined) => number;

const invalid = (message: string): SqlError => new SqlError("22023", message);

/** char(n), varchar(n): length plus the header, as PostgreSQL encodes it. */
const lengthRule =
  (typeName: string): TypmodRule =>
  ([length = 0, ...rest], position) => {
    if (rest.length > 0) throw invalid("invalid type modifier").at(position);
    if (length < 1) throw invalid(`length for type ${typeName} must be at least 1`).at(position);
    if (length > 10485760) {
      throw invalid(`length for type ${typeName} cannot exceed 10485760`).at(position);
    }
    return length + VARHDRSZ;
  };

const bitRule =
  (typeName: string): TypmodRule =>
  ([length = 0, ...rest], position) => {
    if (rest.length > 0) throw invalid("invalid type modifier").at(position);
    if (length < 1) throw invalid(`length for type ${typeName} must be at least 1`).at(position);
    if (length > 83886080) {
      throw invalid(`length for type ${typeName} cannot exceed 83886080`).at(position);
    }
    return length;
  };

const numericRule: TypmodRule = ([precision = 0, scale = 0, ...rest], position) => {
  if (rest.length > 0) throw invalid("invalid NUMERIC type modifier").at(position);
  if (precision < 1 || precision > 1000) {
    throw invalid(`NUMERIC precision ${precision} must be between 1 and 1000`).at(position);
  }
  if (scale < -1000 || scale > 1000) {
    throw invalid(`NUMERIC scale ${scale} must be between -1000 and 1000`).at(position);
  }
  return ((precision << 16) | (scale & 0x7ff)) + VARHDRSZ;
};

/** Fractional digits of a second; PostgreSQL reduces what exceeds 6 with a warning. */
const precisionRule =
  (typeName: string, zone = ""): TypmodRule =>
  ([precision = 0, ...rest], position) => {
    if (rest.length > 0) throw invalid("invalid type modifier").at(position);
    if (precision < 0) {
      throw invalid(`${typeName}(${precision})${zone} precision must not be negative`).at(position);
    }
    return Math.min(precision, PRECISION_MAX);
  };

/** What INTERVAL may be limited to, by the mask of the fields. */
export const INTERVAL_FIELDS: Readonly<Record<number, string>> = {
  4: " year",
  2: " month",
  8: " day",
  1024: " hour",
  2048: " minute",
  4096: " second",
  6: " year to month",
  1032: " day to hour",
  3080: " day to minute",
  7176: " day to second",
  3072: " hour to minute",
  7168: " hour to second",
  6144: " minute to second",
  32767: "",
};
const INTERVAL_FULL_RANGE = 0x7fff;
const INTERVAL_FULL_PRECISION = 0xffff;

/** The parser gives the mask of fields and, when written, the precision. */
const intervalRule: TypmodRule = ([range = INTERVAL_FULL_RANGE, precision, ...rest], position) => {
  if (rest.length > 0 || !(range in INTERVAL_FIELDS)) {
    throw invalid("invalid INTERVAL type modifier").at(position);
  }
  if (precision === undefined) {
    if (range === INTERVAL_FULL_RANGE) return -1;
    return (range << 16) | INTERVAL_FULL_PRECISION;
  }
  if (precision < 0) {
    throw invalid(`INTERVAL(${precision}) precision must not be negative`).at(position);
  }
  return (range << 16) | Math.min(precision, PRECISION_MAX);
};

/** What PostgreSQL warns of when a precision is reduced to 6, the most that is kept. */
export function reducedPrecision(name: Pick<TypeName, "name" | "modifiers">): string | undefined {
  const timed = PRECISION_NAMES[name.name];
  if (timed === undefined) return undefined;
  const [first, second] = name.modifiers;
  const precision = Number(name.name === "interval" ? second : first);
  if (!(precision > PRECISION_MAX)) return undefined;
  const zone = name.name.endsWith("tz") ? " WITH TIME ZONE" : "";
  return `${timed}(${precision})${zone} precision reduced to maximum allowed, ${PRECISION_MAX}`;
}

const PRECISION_MAX = 6;
const PRECISION_NAMES: Readonly<Record<string, string>> = {
  time: "TIME",
  timetz: "TIME",
  timestamp: "TIMESTAMP",
  timestamptz: "TIMESTAMP",
  interval: "INTERVAL",
};

const TYPMOD_RULES: Readonly<Record<string, TypmodRule>> = {
  varchar: lengthRule("varchar"),
  bpchar: lengthRule("char"),
  bit: bitRule("bit"),
  varbit: bitRule("varbit"),
  numeric: numericRule,
  time: precisionRule("TIME"),
  timetz: precisionRule("TIME", " WITH TIME ZONE"),
  timestamp: precisionRule("TIMESTAMP"),
  timestamptz: precisionRule("TIMESTAMP", " WITH TIME ZONE"),
  interval: intervalRule,
};
