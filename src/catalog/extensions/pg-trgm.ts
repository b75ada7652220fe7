/**
 * PG_TRGM: how much texts are alike, by the groups of three letters that they share.
 * https://www.postgresql.org/docs/15/pgtrgm.html
 */
import { type Extension, inLibrary, operator } from "./extension.ts";

const library = "$libdir/pg_trgm";
const c = inLibrary(library);

const TWO = "(text, text)";
const stable = { volatility: "STABLE" } as const;
const matches = (name: string, called: string, commutator: string): string =>
  operator({
    ...{ name, function: called, left: "text", commutator, selectivity: "matching" },
  });
const distance = (name: string, called: string, commutator: string): string =>
  operator({ name, function: called, left: "text", commutator });

const script = [
  c("set_limit(real)", "real", { volatility: "VOLATILE" }).replace("SAFE", "UNSAFE"),
  c("show_limit()", "real", stable),
  c("show_trgm(text)", "text[]"),
  c(`similarity${TWO}`, "real"),
  c(`similarity_op${TWO}`, "bool", stable),
  matches("%", "similarity_op", "%"),
  c(`word_similarity${TWO}`, "real"),
  c(`word_similarity_op${TWO}`, "bool", stable),
  c(`word_similarity_commutator_op${TWO}`, "bool", stable),
  matches("<%", "word_similarity_op", "%>"),
  matches("%>", "word_similarity_commutator_op", "<%"),
  c(`similarity_dist${TWO}`, "real"),
  distance("<->", "similarity_dist", "<->"),
  c(`word_similarity_dist_op${TWO}`, "real"),
  c(`word_similarity_dist_commutator_op${TWO}`, "real"),
  distance("<<->", "word_similarity_dist_op", "<->>"),
  distance("<->>", "word_similarity_dist_commutator_op", "<<->"),
  "CREATE TYPE gtrgm;",
  c("gtrgm_in(cstring)", "gtrgm"),
  c("gtrgm_out(gtrgm)", "cstring"),
  "CREATE TYPE gtrgm (INTERNALLENGTH = -1, INPUT = gtrgm_in, OUTPUT = gtrgm_out);",
  c("gtrgm_consistent(internal, text, smallint, oid, internal)", "bool"),
  c("gtrgm_distance(internal, text, smallint, oid, internal)", "float8"),
  c("gtrgm_compress(internal)", "internal"),
  c("gtrgm_decompress(internal)", "internal"),
  c("gtrgm_penalty(internal, internal, internal)", "internal"),
  c("gtrgm_picksplit(internal, internal)", "internal"),
  c("gtrgm_union(internal, internal)", "gtrgm"),
  c("gtrgm_same(gtrgm, gtrgm, internal)", "internal"),
  c("gin_extract_value_trgm(text, internal)", "internal"),
  c(
    "gin_extract_query_trgm(text, internal, smallint, internal, internal, internal, internal)",
    "internal",
  ),
  c(
    "gin_trgm_consistent(internal, smallint, text, int, internal, internal, internal, internal)",
    "bool",
  ),
  c(
    "gin_trgm_triconsistent(internal, smallint, text, int, internal, internal, internal)",
    '"char"',
  ),
  c(`strict_word_similarity${TWO}`, "real"),
  c(`strict_word_similarity_op${TWO}`, "bool", stable),
  c(`strict_word_similarity_commutator_op${TWO}`, "bool", stable),
  matches("<<%", "strict_word_similarity_op", "%>>"),
  matches("%>>", "strict_word_similarity_commutator_op", "<<%"),
  c(`strict_word_similarity_dist_op${TWO}`, "real"),
  c(`strict_word_similarity_dist_commutator_op${TWO}`, "real"),
  distance("<<<->", "strict_word_similarity_dist_op", "<->>>"),
  distance("<->>>", "strict_word_similarity_dist_commutator_op", "<<<->"),
  c("gtrgm_options(internal)", "void", { strict: false }),
  `CREATE OPERATOR CLASS gist_trgm_ops FOR TYPE text USING gist AS
    OPERATOR 1 % (text, text), OPERATOR 2 <-> (text, text) FOR ORDER BY pg_catalog.float_ops,
    OPERATOR 3 pg_catalog.~~ (text, text), OPERATOR 4 pg_catalog.~~* (text, text),
    OPERATOR 5 pg_catalog.~ (text, text), OPERATOR 6 pg_catalog.~* (text, text),
    OPERATOR 7 %> (text, text), OPERATOR 8 <->> (text, text) FOR ORDER BY pg_catalog.float_ops,
    OPERATOR 9 %>> (text, text), OPERATOR 10 <->>> (text, text) FOR ORDER BY pg_catalog.float_ops,
    OPERATOR 11 pg_catalog.= (text, text),
    FUNCTION 1 gtrgm_consistent(internal, text, smallint, oid, internal),
    FUNCTION 2 gtrgm_union(internal, internal), FUNCTION 3 gtrgm_compress(internal),
    FUNCTION 4 gtrgm_decompress(internal), FUNCTION 5 gtrgm_penalty(internal, internal, internal),
    FUNCTION 6 gtrgm_picksplit(internal, internal), FUNCTION 7 gtrgm_same(gtrgm, gtrgm, internal),
    FUNCTION 8 gtrgm_distance(internal, text, smallint, oid, internal),
    FUNCTION 10 (text) gtrgm_options(internal), STORAGE gtrgm;`,
  `CREATE OPERATOR CLASS gin_trgm_ops FOR TYPE text USING gin AS
    OPERATOR 1 % (text, text), OPERATOR 3 pg_catalog.~~ (text, text),
    OPERATOR 4 pg_catalog.~~* (text, text), OPERATOR 5 pg_catalog.~ (text, text),
    OPERATOR 6 pg_catalog.~* (text, text), OPERATOR 7 %> (text, text),
    OPERATOR 9 %>> (text, text), OPERATOR 11 pg_catalog.= (text, text),
    FUNCTION 1 btint4cmp(int4, int4), FUNCTION 2 gin_extract_value_trgm(text, internal),
    FUNCTION 3 gin_extract_query_trgm(text, internal, smallint, internal, internal, internal,
      internal),
    FUNCTION 4 gin_trgm_consistent(internal, smallint, text, int, internal, internal, internal,
      internal),
    FUNCTION 6 gin_trgm_triconsistent(internal, smallint, text, int, internal, internal, internal),
    STORAGE int4;`,
].join("\n");

export const PG_TRGM: Extension = {
  ...{ name: "pg_trgm", version: "1.6", trusted: true, schema: null, library, script },
  comment: "text similarity measurement and index searching based on trigrams",
};
