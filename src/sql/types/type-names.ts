/**
 * TYPE NAMES both ways: format_type's printing, and the reading of `timestamp(3) with time zone`,
 * `s."T"[]`, … in strings.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-CATALOG
 */
import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { findTypeByName, getNamespace, type TypeTuple } from "../../catalog/names.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { quoteQualified } from "./keywords.ts";
import { T } from "./type-oids.ts";
import { findType, isVisible, type NameScope, namespaceName } from "./visibility.ts";

const INTERVAL_FIELDS: Readonly<Record<number, string>> = {
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

/** typmodout of interval: fields in the upper half, precision (65535 = all) in the lower. */
function intervalModifier(typmod: number): string {
  const fields = INTERVAL_FIELDS[(typmod >> 16) & 0x7fff];
  if (fields === undefined) {
    throw new SqlError("XX000", `invalid INTERVAL typmod: 0x${typmod.toString(16)}`);
  }
  const precision = typmod & 0xffff;
  return precision === 0xffff ? fields : `${fields}(${precision})`;
}

const numericModifier = (typmod: number): string =>
  `(${((typmod - 4) >> 16) & 0xffff},${(((typmod - 4) & 0x7ff) ^ 1024) - 1024})`;

/** typmodout, for types that have one. */
function formatTypmod(type: Oid, typmod: number): string {
  if (typmod < 0) return "";
  switch (type) {
    case T.varchar:
    case T.bpchar:
      return typmod >= 4 ? `(${typmod - 4})` : "";
    case T.numeric:
      return typmod >= 4 ? numericModifier(typmod) : "";
    case T.interval:
      return intervalModifier(typmod);
    case T.timetz:
    case T.timestamptz:
      return `(${typmod}) with time zone`;
    case T.time:
    case T.timestamp:
      return `(${typmod}) without time zone`;
    default:
      return `(${typmod})`;
  }
}

/** Names that SQL spells otherwise than pg_type; the typmod goes behind the given part. */
const sqlNames: ReadonlyMap<number, readonly [name: string, rest: string]> = new Map([
  [T.bool, ["boolean", ""]],
  [T.float4, ["real", ""]],
  [T.float8, ["double precision", ""]],
  [T.int2, ["smallint", ""]],
  [T.int4, ["integer", ""]],
  [T.int8, ["bigint", ""]],
  [T.numeric, ["numeric", ""]],
  [T.interval, ["interval", ""]],
  [T.time, ["time", " without time zone"]],
  [T.timetz, ["time", " with time zone"]],
  [T.timestamp, ["timestamp", " without time zone"]],
  [T.timestamptz, ["timestamp", " with time zone"]],
  [T.varbit, ["bit varying", ""]],
  [T.varchar, ["character varying", ""]],
]);

/**
 * format_type(type, typmod). `typmod` undefined = not given, which makes bpchar print as
 * `character`. `qualify` schema-qualifies every type that SQL has no own word for.
 */
export function formatType(
  type: Oid,
  typmod: number | undefined,
  scope: NameScope,
  qualify = false,
): string {
  if (type === 0) return "-";
  const modifier = typmod ?? -1;
  const known = sqlNames.get(type);
  if (known) return modifier < 0 ? known[0] + known[1] : known[0] + formatTypmod(type, modifier);
  if (type === T.bpchar && (modifier >= 4 || typmod === undefined)) {
    return `character${formatTypmod(type, modifier)}`;
  }
  if (type === T.bit && (modifier >= 0 || typmod === undefined)) {
    return `bit${formatTypmod(type, modifier)}`;
  }
  const row = scope.catalog.find(pgType, "key", [type]);
  if (!row) return "???";
  if (isTrueArray(row)) return `${formatType(row.typelem, typmod, scope, qualify)}[]`;
  return formatNamed(row, modifier, scope, qualify);
}

function formatNamed(row: TypeTuple, typmod: number, scope: NameScope, qualify: boolean): string {
  const named = findType(scope, row.oid);
  const bare = !qualify && named !== undefined && isVisible(named, scope);
  const schema = bare ? undefined : namespaceName(scope.catalog, row.typnamespace);
  return quoteQualified(schema, row.typname) + formatTypmod(row.oid, typmod);
}

const ARRAY_SUBSCRIPTS = oid(6179);

/** A varlena array with elements, of records too; int2vector, name and point are not. */
const isTrueArray = (row: TypeTuple): boolean =>
  row.typelem !== 0 &&
  row.typsubscript === ARRAY_SUBSCRIPTS &&
  row.typname !== "oidvector" &&
  row.typname !== "int2vector";

/** Words of SQL that mean a type of pg_catalog. */
const aliases: Readonly<Record<string, string>> = {
  bigint: "int8",
  bit: "bit",
  "bit varying": "varbit",
  boolean: "bool",
  char: "bpchar",
  "char varying": "varchar",
  character: "bpchar",
  "character varying": "varchar",
  dec: "numeric",
  decimal: "numeric",
  "double precision": "float8",
  float: "float8",
  int: "int4",
  integer: "int4",
  interval: "interval",
  "national char": "bpchar",
  "national character": "bpchar",
  "national char varying": "varchar",
  "national character varying": "varchar",
  nchar: "bpchar",
  "nchar varying": "varchar",
  numeric: "numeric",
  real: "float4",
  smallint: "int2",
  time: "time",
  "time with time zone": "timetz",
  "time without time zone": "time",
  timestamp: "timestamp",
  "timestamp with time zone": "timestamptz",
  "timestamp without time zone": "timestamp",
  varchar: "varchar",
};

export interface ParsedTypeName {
  readonly type: Oid;
  readonly typmod: number;
}

const token =
  /\s*(?:("(?:[^"]|"")+")|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(\d+)|([.,()[\]-]))/y;

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  let end = 0;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    end = token.lastIndex;
    const [, quoted, word] = match;
    tokens.push(word === undefined ? (quoted ?? match[0].trim()) : word.toLowerCase());
  }
  if (text.slice(end).trim() !== "") throw syntaxError(text);
  return tokens;
}

const syntaxError = (text: string) => new SqlError("42601", `invalid type name "${text}"`);
const isWord = (part: string | undefined): part is string =>
  part !== undefined && /^["A-Za-z_\u0080-\uffff]/.test(part);
const unquote = (part: string): string =>
  part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part;

interface NameParts {
  readonly names: readonly string[];
  readonly quoted: boolean;
  readonly modifiers: readonly number[];
  readonly dimensions: number;
}

function readParts(text: string): NameParts {
  const tokens = tokenize(text);
  let at = 0;
  const names: string[] = [];
  if (!isWord(tokens[at])) throw syntaxError(text);
  let quoted = (tokens[at] as string).startsWith('"');
  names.push(unquote(tokens[at++] as string));
  while (tokens[at] === ".") {
    const part = tokens[at + 1];
    if (!isWord(part)) throw syntaxError(text);
    quoted = true;
    names.push(unquote(part));
    at += 2;
  }
  const words: string[] = [];
  const modifiers: number[] = [];
  for (; isWord(tokens[at]) || tokens[at] === "("; ) {
    if (tokens[at] !== "(") {
      words.push(tokens[at++] as string);
      continue;
    }
    const close = tokens.indexOf(")", at);
    if (close < 0) throw syntaxError(text);
    modifiers.push(...readModifiers(tokens.slice(at + 1, close), text));
    at = close + 1;
  }
  let dimensions = words.at(-1) === "array" ? 1 : 0;
  if (dimensions === 1) words.pop();
  const brackets = tokens.slice(at).join("");
  if (!/^(\[\d*\])*$/.test(brackets)) throw syntaxError(text);
  dimensions += (brackets.match(/\[/g) ?? []).length;
  if (words.length > 0) names[0] = [names[0], ...words].join(" ");
  return { names, quoted, modifiers, dimensions };
}

function readModifiers(tokens: readonly string[], text: string): number[] {
  const joined = tokens.join("");
  if (!/^-?\d+(,-?\d+)*$/.test(joined)) throw syntaxError(text);
  return joined.split(",").map(Number);
}

function packTypmod(name: string, modifiers: readonly number[]): number {
  const [first, second = 0] = modifiers;
  if (first === undefined) return -1;
  if (name === "varchar" || name === "bpchar") return first + 4;
  if (name === "numeric") return ((first << 16) | (second & 0x7ff)) + 4;
  return name === "interval" ? (0x7fff << 16) | first : first;
}

/** What a string like `character varying(10)[]` means. Throws 42704, 42601, 3F000. */
export function parseTypeName(text: string, scope: NameScope): ParsedTypeName {
  const { names, quoted, modifiers, dimensions } = readParts(text);
  const alias = quoted ? undefined : aliases[names[0] as string];
  const row = alias
    ? findTypeByName(scope.catalog, alias, oid(11))
    : findNamed(names, quoted, scope);
  if (!row) {
    const shown = names.join(".") + "[]".repeat(dimensions);
    throw new SqlError("42704", `type "${shown}" does not exist`);
  }
  const implied = row.typname === "bpchar" && alias && modifiers.length === 0 ? 5 : -1;
  const typmod = modifiers.length > 0 ? packTypmod(row.typname, modifiers) : implied;
  if (dimensions === 0) return { type: row.oid, typmod };
  const array = row.typarray === 0 ? row.oid : row.typarray;
  return { type: array, typmod };
}

function findNamed(names: readonly string[], quoted: boolean, scope: NameScope) {
  const { catalog, searchPath } = scope;
  if (names.length > 1) {
    const namespace = getNamespace(catalog, names.at(-2) as string);
    return findTypeByName(catalog, names.at(-1) as string, namespace.oid);
  }
  const name = names[0] as string;
  if (!quoted && /\s/.test(name)) throw syntaxError(name);
  for (const namespace of searchPath) {
    const found = findTypeByName(catalog, name, namespace);
    if (found) return found;
  }
  return undefined;
}

/** How messages name a type: format_type without typmod. */
export const typeLabel = (type: Oid, scope: NameScope): string =>
  formatType(type, undefined, scope);
