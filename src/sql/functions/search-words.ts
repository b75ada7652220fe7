/**
 * THE WORDS OF A TEXT by a text search configuration: of each token the configuration's
 * dictionaries are asked one after the other until one knows it.
 * https://www.postgresql.org/docs/15/textsearch-configuration.html
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/tsearch/ts_parse.c
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgTsConfig } from "../../catalog/relations/pg-ts-config.ts";
import { pgTsConfigMap } from "../../catalog/relations/pg-ts-config-map.ts";
import type { Scalar } from "../types/scalar.ts";
import { codecOf } from "../types/type-io.ts";
import { T } from "../types/type-oids.ts";
import { asOid } from "./define.ts";
import type { FunctionContext } from "./registry.ts";
import { type Dictionary, dictionaryOf, type KnownLexeme } from "./search-dictionaries.ts";
import { type Token, tokensOf } from "./search-parser.ts";

const TOKEN_BYTES_MAX = 2046;

/** What is needed to find the words of a text. */
export type SearchContext = Pick<FunctionContext, "catalog" | "effects" | "setting">;

/** Dictionaries by type of token. */
type Configuration = readonly (readonly Dictionary[])[];

const configurations = new WeakMap<SearchContext, Map<Oid, Configuration>>();

/** Nobody changes the built-in ones. */
const builtin = new Map<Oid, Configuration>();

function configurationOf(context: SearchContext, oid: Oid): Configuration {
  if (oid < FIRST_USER_OID) {
    const kept = builtin.get(oid) ?? readConfiguration(context, oid);
    builtin.set(oid, kept);
    return kept;
  }
  let known = configurations.get(context);
  if (!known) {
    known = new Map();
    configurations.set(context, known);
  }
  let configuration = known.get(oid);
  if (!configuration) {
    configuration = readConfiguration(context, oid);
    known.set(oid, configuration);
  }
  return configuration;
}

function readConfiguration(context: SearchContext, oid: Oid): Configuration {
  const { catalog } = context;
  if (!catalog.find(pgTsConfig, "key", [oid])) {
    throw new SqlError("XX000", `cache lookup failed for text search configuration ${oid}`);
  }
  const byType: Dictionary[][] = [];
  const rows = catalog.list(pgTsConfigMap, "key", [oid]);
  for (const row of rows.toSorted((a, b) => a.mapseqno - b.mapseqno)) {
    byType[row.maptokentype] ??= [];
    byType[row.maptokentype]?.push(dictionaryOf(context, row.mapdict));
  }
  return byType;
}

/** By the setting's value, for a statement. */
const current = new WeakMap<FunctionContext, { readonly name: string; readonly oid: Scalar }>();

export function currentConfiguration(context: FunctionContext): Scalar {
  const name = context.setting("default_text_search_config") ?? "pg_catalog.simple";
  const known = current.get(context);
  if (known?.name === name) return known.oid;
  const found = codecOf(T.regconfig, context).parse(name, -1, context);
  current.set(context, { name, oid: found });
  return found;
}

interface KnownToken extends Token {
  /** Undefined: no dictionary knows it; none: it is a stop word. */
  readonly lexemes: readonly KnownLexeme[] | undefined;
}

function lexemesOf(dictionaries: readonly Dictionary[], word: string) {
  for (const dictionary of dictionaries) {
    const lexemes = dictionary(word);
    if (lexemes) return lexemes;
  }
  return undefined;
}

/** The text's tokens and what they become; those that are too long are left out. */
export function* knownTokens(
  context: SearchContext,
  configuration: Scalar | undefined,
  text: string,
): Generator<KnownToken> {
  const byType = configurationOf(context, asOid(configuration));
  for (const token of tokensOf(text)) {
    if (token.text.length * 3 > TOKEN_BYTES_MAX && isTooLong(context, token)) continue;
    yield { ...token, lexemes: lexemesOf(byType[token.type] ?? [], token.text) };
  }
}

function isTooLong({ effects }: SearchContext, { text }: Token): boolean {
  if (Buffer.byteLength(text) <= TOKEN_BYTES_MAX) return false;
  const detail = `Words longer than ${TOKEN_BYTES_MAX + 1} characters are ignored.`;
  effects?.notice("word is too long to be indexed", { detail }, "54000");
  return true;
}

export interface PlacedWord {
  readonly lexeme: string;
  readonly position: number;
  readonly isPrefix?: true;
}

/** `from`: the position before the first word. */
export function placedWords(
  context: SearchContext,
  configuration: Scalar | undefined,
  text: string,
  from = 0,
): { readonly words: readonly PlacedWord[]; readonly last: number } {
  const words: PlacedWord[] = [];
  let position = from;
  for (const { lexemes } of knownTokens(context, configuration, text)) {
    if (!lexemes) continue;
    position++;
    for (const { text: lexeme, ...more } of lexemes) words.push({ lexeme, position, ...more });
  }
  return { words, last: position };
}
