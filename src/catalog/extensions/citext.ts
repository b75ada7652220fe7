/**
 * CITEXT: text whose letters' cases do not count.
 * https://www.postgresql.org/docs/15/citext.html
 */
import { type Extension, inLibrary, internal, operator } from "./extension.ts";

const library = "$libdir/citext";
const c = inLibrary(library);

const TWO = "(citext, citext)";

const COMPARISONS = [
  { name: "<>", word: "ne", commutator: "<>", negator: "=", selectivity: "neq" },
  { name: "=", word: "eq", commutator: "=", negator: "<>", selectivity: "eq" },
  { name: ">", word: "gt", commutator: "<", negator: "<=", selectivity: "scalargt" },
  { name: ">=", word: "ge", commutator: "<=", negator: "<", selectivity: "scalarge" },
  { name: "<", word: "lt", commutator: ">", negator: ">=", selectivity: "scalarlt" },
  { name: "<=", word: "le", commutator: ">=", negator: ">", selectivity: "scalarle" },
];

const comparisons = COMPARISONS.map(({ word, ...given }) =>
  operator({
    ...given,
    ...{ function: `citext_${word}`, left: "citext" },
    ...(word === "eq" ? { more: "HASHES, MERGES" } : {}),
  }),
);

const byBytes = (name: string, word: string, commutator: string, negator: string): string =>
  operator({
    ...{ name, function: `citext_pattern_${word}`, left: "citext", commutator, negator },
    selectivity: word.startsWith("g") ? "scalargt" : "scalarlt",
  });

/** LIKE and regular expressions, with and without their own ways to fold cases: they all do. */
const MATCHES = [
  ["~", "!~", "texticregexeq", "texticregexne", "icregex"],
  ["~*", "!~*", "texticregexeq", "texticregexne", "icregex"],
  ["~~", "!~~", "texticlike", "texticnlike", "iclike"],
  ["~~*", "!~~*", "texticlike", "texticnlike", "iclike"],
] as const;

const SELECTIVITIES: Readonly<Record<string, string>> = {
  ...{ texticregexeq: "icregexeq", texticregexne: "icregexne" },
  ...{ texticlike: "iclike", texticnlike: "icnlike" },
};

const matches = (right: "citext" | "text"): string[] => [
  ...["texticlike", "texticnlike", "texticregexeq", "texticregexne"].map((name) =>
    internal(`${name}(citext, ${right})`, "boolean"),
  ),
  ...MATCHES.flatMap(([name, not, called, other]) => {
    const match = (own: string, of: string, negator: string) =>
      operator({
        ...{ name: own, function: of, left: "citext", right, negator },
        selectivity: SELECTIVITIES[of] as string,
      });
    return [match(name, called, not), match(not, other, name)];
  }),
];

/** `body`: of text, which `$1` and so on are here. */
const inSql = (signature: string, result: string, body: string): string =>
  `CREATE FUNCTION ${signature} RETURNS ${result} AS $sql$ SELECT ${body} $sql$ ` +
  "LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE;";

const [FIRST, SECOND] = ["$1::pg_catalog.text", "$2::pg_catalog.text"];
/** Flags with i among them, unless they say c. */
const folding = (flags: string): string =>
  `CASE WHEN pg_catalog.strpos(${flags}, 'c') = 0 THEN ${flags} || 'i' ELSE ${flags} END`;
/** A text as a pattern that matches it. */
const literal = `pg_catalog.regexp_replace(${SECOND}, '([^a-zA-Z_0-9])', E'\\\\\\\\\\\\1', 'g')`;

const searches = (name: string, result: string): string[] => [
  inSql(`${name}${TWO}`, result, `pg_catalog.${name}(${FIRST}, ${SECOND}, 'i')`),
  inSql(
    `${name}(citext, citext, text)`,
    result,
    `pg_catalog.${name}(${FIRST}, ${SECOND}, ${folding("$3")})`,
  ),
];

const functions = [
  ...searches("regexp_match", "text[]"),
  ...searches("regexp_matches", "SETOF text[]"),
  inSql(
    "regexp_replace(citext, citext, text)",
    "text",
    `pg_catalog.regexp_replace(${FIRST}, ${SECOND}, $3, 'i')`,
  ),
  inSql(
    "regexp_replace(citext, citext, text, text)",
    "text",
    `pg_catalog.regexp_replace(${FIRST}, ${SECOND}, $3, ${folding("$4")})`,
  ),
  ...searches("regexp_split_to_array", "text[]"),
  ...searches("regexp_split_to_table", "SETOF text"),
  inSql(
    `strpos${TWO}`,
    "integer",
    `pg_catalog.strpos(pg_catalog.lower(${FIRST}), pg_catalog.lower(${SECOND}))`,
  ),
  inSql(
    "replace(citext, citext, citext)",
    "text",
    `pg_catalog.regexp_replace(${FIRST}, ${literal}, $3::pg_catalog.text, 'gi')`,
  ),
  inSql(
    "split_part(citext, citext, int)",
    "text",
    `(pg_catalog.regexp_split_to_array(${FIRST}, ${literal}, 'i'))[$3]`,
  ),
  inSql(
    "translate(citext, citext, text)",
    "text",
    `pg_catalog.translate(pg_catalog.translate(${FIRST}, pg_catalog.lower(${SECOND}), $3),
      pg_catalog.upper(${SECOND}), $3)`,
  ),
];

const cast = (from: string, to: string, how: string): string =>
  `CREATE CAST (${from} AS ${to}) ${how};`;
const aggregate = (name: string, step: string, sorts: string): string =>
  `CREATE AGGREGATE ${name}(citext) (SFUNC = citext_${step}, STYPE = citext, SORTOP = ${sorts},
    PARALLEL = SAFE, COMBINEFUNC = citext_${step});`;

const type = [
  "CREATE TYPE citext;",
  internal("citextin(cstring)", "citext", { symbol: "textin" }),
  internal("citextout(citext)", "cstring", { symbol: "textout" }),
  internal("citextrecv(internal)", "citext", { symbol: "textrecv", volatility: "STABLE" }),
  internal("citextsend(citext)", "bytea", { symbol: "textsend", volatility: "STABLE" }),
  `CREATE TYPE citext (INPUT = citextin, OUTPUT = citextout, RECEIVE = citextrecv,
    SEND = citextsend, INTERNALLENGTH = VARIABLE, STORAGE = extended, CATEGORY = 'S',
    PREFERRED = false, COLLATABLE = true);`,
  internal("citext(bpchar)", "citext", { symbol: "rtrim1" }),
  internal("citext(boolean)", "citext", { symbol: "booltext" }),
  internal("citext(inet)", "citext", { symbol: "network_show" }),
  cast("citext", "text", "WITHOUT FUNCTION AS IMPLICIT"),
  cast("citext", "varchar", "WITHOUT FUNCTION AS IMPLICIT"),
  cast("citext", "bpchar", "WITHOUT FUNCTION AS ASSIGNMENT"),
  cast("text", "citext", "WITHOUT FUNCTION AS ASSIGNMENT"),
  cast("varchar", "citext", "WITHOUT FUNCTION AS ASSIGNMENT"),
  cast("bpchar", "citext", "WITH FUNCTION citext(bpchar) AS ASSIGNMENT"),
  cast("boolean", "citext", "WITH FUNCTION citext(boolean) AS ASSIGNMENT"),
  cast("inet", "citext", "WITH FUNCTION citext(inet) AS ASSIGNMENT"),
];

const script = [
  ...type,
  ...["eq", "ne", "lt", "le", "gt", "ge"].map((word) => c(`citext_${word}${TWO}`, "boolean")),
  ...comparisons,
  c(`citext_cmp${TWO}`, "integer"),
  c("citext_hash(citext)", "integer"),
  `CREATE OPERATOR CLASS citext_ops DEFAULT FOR TYPE citext USING btree AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
    FUNCTION 1 citext_cmp${TWO};`,
  `CREATE OPERATOR CLASS citext_ops DEFAULT FOR TYPE citext USING hash AS
    OPERATOR 1 =, FUNCTION 1 citext_hash(citext);`,
  c(`citext_smaller${TWO}`, "citext"),
  c(`citext_larger${TWO}`, "citext"),
  aggregate("min", "smaller", "<"),
  aggregate("max", "larger", ">"),
  ...matches("citext"),
  ...matches("text"),
  ...functions,
  ...["lt", "le", "gt", "ge"].map((word) => c(`citext_pattern_${word}${TWO}`, "boolean")),
  byBytes("~<~", "lt", "~>~", "~>=~"),
  byBytes("~<=~", "le", "~>=~", "~>~"),
  byBytes("~>=~", "ge", "~<=~", "~<~"),
  byBytes("~>~", "gt", "~<~", "~<=~"),
  c(`citext_pattern_cmp${TWO}`, "integer"),
  `CREATE OPERATOR CLASS citext_pattern_ops FOR TYPE citext USING btree AS
    OPERATOR 1 ~<~, OPERATOR 2 ~<=~, OPERATOR 3 =, OPERATOR 4 ~>=~, OPERATOR 5 ~>~,
    FUNCTION 1 citext_pattern_cmp${TWO};`,
  c("citext_hash_extended(citext, bigint)", "bigint"),
  `ALTER OPERATOR FAMILY citext_ops USING hash ADD
    FUNCTION 2 citext_hash_extended(citext, bigint);`,
].join("\n");

export const CITEXT: Extension = {
  ...{ name: "citext", version: "1.6", trusted: true, schema: null, library, script },
  comment: "data type for case-insensitive character strings",
};
