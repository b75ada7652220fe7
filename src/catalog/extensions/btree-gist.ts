/**
 * BTREE_GIST: operator classes of scalar types for GiST, so that an exclusion constraint may have
 * them beside ranges. Keys are never made: an index is an ordered list here.
 * https://www.postgresql.org/docs/15/btree-gist.html
 */
import { type Extension, inLibrary, operator } from "./extension.ts";

const library = "$libdir/btree_gist";
const c = inLibrary(library);

interface Class {
  readonly name: string;
  readonly type: string;
  /** Whose functions it has; what else it has of others. */
  readonly of: string;
  readonly shares?: string;
  readonly key: string;
  /** The operator family by which distances are ordered. */
  readonly distance?: string;
  readonly fetch?: string;
  /** Its operators are another type's. */
  readonly operators?: string;
}

const INTEGERS = "integer_ops";
const INTERVALS = "interval_ops";
const VAR = { key: "gbtreekey_var", fetch: "gbt_var_fetch" };

const CLASSES: readonly Class[] = [
  { name: "oid", type: "oid", of: "oid", key: "gbtreekey8", distance: "oid_ops" },
  { name: "int2", type: "int2", of: "int2", key: "gbtreekey4", distance: INTEGERS },
  { name: "int4", type: "int4", of: "int4", key: "gbtreekey8", distance: INTEGERS },
  { name: "int8", type: "int8", of: "int8", key: "gbtreekey16", distance: INTEGERS },
  { name: "float4", type: "float4", of: "float4", key: "gbtreekey8", distance: "float_ops" },
  { name: "float8", type: "float8", of: "float8", key: "gbtreekey16", distance: "float_ops" },
  { name: "timestamp", type: "timestamp", of: "ts", key: "gbtreekey16", distance: INTERVALS },
  {
    ...{ name: "timestamptz", type: "timestamptz", of: "tstz", shares: "ts", key: "gbtreekey16" },
    distance: INTERVALS,
  },
  { name: "time", type: "time", of: "time", key: "gbtreekey16", distance: INTERVALS },
  {
    ...{ name: "timetz", type: "timetz", of: "timetz", shares: "time", key: "gbtreekey16" },
    fetch: "",
  },
  { name: "date", type: "date", of: "date", key: "gbtreekey8", distance: INTEGERS },
  { name: "interval", type: "interval", of: "intv", key: "gbtreekey32", distance: INTERVALS },
  { name: "cash", type: "money", of: "cash", key: "gbtreekey16", distance: "money_ops" },
  { name: "macaddr", type: "macaddr", of: "macad", key: "gbtreekey16" },
  { name: "text", type: "text", of: "text", ...VAR },
  { name: "bpchar", type: "bpchar", of: "bpchar", shares: "text", ...VAR },
  { name: "bytea", type: "bytea", of: "bytea", ...VAR },
  { name: "numeric", type: "numeric", of: "numeric", ...VAR },
  { name: "bit", type: "bit", of: "bit", ...VAR },
  { name: "vbit", type: "varbit", of: "bit", ...VAR },
  { name: "inet", type: "inet", of: "inet", key: "gbtreekey16", fetch: "" },
  { name: "cidr", type: "cidr", of: "inet", key: "gbtreekey16", fetch: "", operators: "inet" },
  { name: "uuid", type: "uuid", of: "uuid", key: "gbtreekey32" },
  { name: "macaddr8", type: "macaddr8", of: "macad8", key: "gbtreekey16" },
  { name: "enum", type: "anyenum", of: "enum", key: "gbtreekey8" },
  { name: "bool", type: "bool", of: "bool", key: "gbtreekey2" },
];

/** A second class of the same functions has none of its own. */
const isSecond = ({ name }: Class): boolean => name === "vbit" || name === "cidr";

const KEYS: Readonly<Record<string, string>> = {
  ...{ gbtreekey2: "2", gbtreekey4: "4", gbtreekey8: "8", gbtreekey16: "16", gbtreekey32: "32" },
  gbtreekey_var: "VARIABLE, STORAGE = extended",
};

const keyType = ([name, length]: [string, string]): string[] => [
  `CREATE TYPE ${name};`,
  c(`${name}_in(cstring)`, name, { symbol: "gbtreekey_in" }),
  c(`${name}_out(${name})`, "cstring", { symbol: "gbtreekey_out" }),
  `CREATE TYPE ${name} (INTERNALLENGTH = ${length}, INPUT = ${name}_in, OUTPUT = ${name}_out);`,
];

/** Types of which there are distances, the function of each and what it computes. */
const DISTANCES: readonly (readonly [type: string, symbol: string, result: string])[] = [
  ["money", "cash_dist", "money"],
  ["date", "date_dist", "int4"],
  ["float4", "float4_dist", "float4"],
  ["float8", "float8_dist", "float8"],
  ["int2", "int2_dist", "int2"],
  ["int4", "int4_dist", "int4"],
  ["int8", "int8_dist", "int8"],
  ["interval", "interval_dist", "interval"],
  ["oid", "oid_dist", "oid"],
  ["time", "time_dist", "interval"],
  ["timestamp", "ts_dist", "interval"],
  ["timestamptz", "tstz_dist", "interval"],
];

const distance = ([type, symbol, result]: (typeof DISTANCES)[number]): string[] => [
  c(`${symbol}(${type}, ${type})`, result),
  operator({ name: "<->", function: symbol, left: type, commutator: "<->" }),
];

function bodyOf([, symbol, result]: (typeof DISTANCES)[number]): string {
  if (result === "oid") {
    return "SELECT (pg_catalog.abs($1::pg_catalog.int8 - $2::pg_catalog.int8))::pg_catalog.oid";
  }
  if (result !== "money" && result !== "interval") return "SELECT pg_catalog.abs($1 - $2)";
  const less = symbol === "cash_dist" ? "$2 - $1" : "-($1 - $2)";
  return `SELECT CASE WHEN $1 < $2 THEN ${less} ELSE $1 - $2 END`;
}

const ofBool = (text: string): string => text.replace("PARALLEL SAFE", "PARALLEL UNSAFE");

function functionsOf(each: Class): string[] {
  const { type, of, key, shares, fetch, distance: family } = each;
  const call = (name: string, args: string, result: string) =>
    c(`gbt_${of}_${name}(${args})`, result);
  const made = [
    call("consistent", `internal, ${type}, smallint, oid, internal`, "bool"),
    ...(family ? [call("distance", `internal, ${type}, smallint, oid, internal`, "float8")] : []),
    call("compress", "internal", "internal"),
    ...(of === "intv" ? [call("decompress", "internal", "internal")] : []),
  ];
  if (shares !== undefined) return made;
  return [
    ...made,
    ...(fetch === undefined ? [call("fetch", "internal", "internal")] : []),
    call("penalty", "internal, internal, internal", "internal"),
    call("picksplit", "internal, internal", "internal"),
    call("union", "internal, internal", key),
    call("same", `${key}, ${key}, internal`, "internal"),
  ];
}

const COMPARISONS = ["<", "<=", "=", ">=", ">", "<>"];

function classOf(each: Class): string {
  const { name, type, of, key, shares = of, distance: family, operators = type } = each;
  const { fetch = `gbt_${shares}_fetch` } = each;
  const consistent = of === "bit" ? "bit" : of === "inet" ? "inet" : type;
  const expand =
    of === "intv"
      ? "gbt_intv_decompress"
      : key === VAR.key
        ? "gbt_var_decompress"
        : "gbt_decompress";
  const items = [
    ...COMPARISONS.map((sign, at) => `OPERATOR ${at + 1} ${sign} (${operators}, ${operators})`),
    `FUNCTION 1 gbt_${of}_consistent(internal, ${consistent}, smallint, oid, internal)`,
    `FUNCTION 2 gbt_${shares}_union(internal, internal)`,
    `FUNCTION 3 gbt_${of}_compress(internal)`,
    `FUNCTION 4 ${expand}(internal)`,
    `FUNCTION 5 gbt_${shares}_penalty(internal, internal, internal)`,
    `FUNCTION 6 gbt_${shares}_picksplit(internal, internal)`,
    `FUNCTION 7 gbt_${shares}_same(${key}, ${key}, internal)`,
    ...(family
      ? [
          `OPERATOR 15 <-> (${type}, ${type}) FOR ORDER BY pg_catalog.${family}`,
          `FUNCTION 8 gbt_${of}_distance(internal, ${type}, smallint, oid, internal)`,
        ]
      : []),
    ...(fetch === "" ? [] : [`FUNCTION 9 ${fetch}(internal)`]),
    `STORAGE ${key}`,
  ];
  return `CREATE OPERATOR CLASS gist_${name}_ops DEFAULT FOR TYPE ${type} USING gist AS
    ${items.join(", ")};`;
}

const script = [
  ...Object.entries(KEYS).flatMap(keyType),
  ...DISTANCES.flatMap(distance),
  c("gbt_decompress(internal)", "internal"),
  c("gbt_var_decompress(internal)", "internal"),
  c("gbt_var_fetch(internal)", "internal"),
  ...CLASSES.filter((each) => !isSecond(each)).flatMap((each) =>
    each.name === "bool" ? functionsOf(each).map(ofBool) : functionsOf(each),
  ),
  ...CLASSES.map(classOf),
].join("\n");

export const BTREE_GIST: Extension = {
  ...{ name: "btree_gist", version: "1.7", trusted: true, schema: null, library, script },
  comment: "support for indexing common datatypes in GiST",
  bodies: Object.fromEntries(DISTANCES.map((each) => [each[1], bodyOf(each)])),
};
