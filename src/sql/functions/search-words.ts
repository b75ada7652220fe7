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
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { codecOf } from "../types/type-io.ts";
import { T } from "../types/type-oids.ts";
import { asOid } from "./define.ts";
import type { FunctionContext } from "./registry.ts";
import { type Dictionary, dictionaryOf, type KnownLexeme } from "./search-dictionaries.ts";
import { type Token, tokensOf } from "./search-parser.ts";

const TOKEN_BYTES_MAX = 2046;

/** What is needed to find the words of a text. */
export type SearchContext = TypeContext & Pick<FunctionContext, "effects">;

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

interface KnownTokens {
  /** One, or those that a dictionary takes together. */
  readonly tokens: readonly Token[];
  /** Undefined: no dictionary knows them; none: it is a stop word. */
  readonly lexemes: readonly KnownLexeme[] | undefined;
}

/** The first dictionary that knows the token, or a phrase that begins with it. */
function knownAt(all: readonly Token[], at: number, configuration: Configuration): KnownTokens {
  const [first] = all.slice(at, at + 1);
  const dictionaries = (first && configuration[first.type]) ?? [];
  for (const dictionary of dictionaries) {
    const phrase = dictionary.phrases && phraseAt(all, at, dictionary, configuration);
    if (phrase) return phrase;
    if (dictionary.phrases || !first) continue;
    const lexemes = dictionary(first.text);
    if (lexemes) return { tokens: [first], lexemes };
  }
  return { tokens: first ? [first] : [], lexemes: undefined };
}

/**
 * The longest phrase that it knows. Tokens that no dictionary is asked of do not matter; one that
 * others are asked of ends all attempts.
 */
function phraseAt(
  all: readonly Token[],
  start: number,
  dictionary: Dictionary,
  configuration: Configuration,
): KnownTokens | undefined {
  const read = dictionary.phrases?.();
  let found: KnownTokens | undefined;
  for (let at = start; read && at < all.length; at++) {
    const { type, text } = all[at] as Token;
    const asked = configuration[type] ?? [];
    if (asked.length === 0) continue;
    if (!asked.includes(dictionary)) return undefined;
    const { lexemes, more } = read(text);
    if (lexemes) found = { tokens: all.slice(start, at + 1), lexemes };
    if (!more) return found;
  }
  return found;
}

/** The text's tokens and what they become; those that are too long are left out. */
export function* knownTokens(
  context: SearchContext,
  configuration: Scalar | undefined,
  text: string,
): Generator<KnownTokens> {
  const byType = configurationOf(context, asOid(configuration));
  const all = [...tokensOf(text)].filter(
    (token) => token.text.length * 3 <= TOKEN_BYTES_MAX || !isTooLong(context, token),
  );
  for (let at = 0; at < all.length; ) {
    const known = knownAt(all, at, byType);
    yield known;
    at += known.tokens.length;
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
    for (const { text: lexeme, isNext, ...more } of lexemes) {
      if (isNext) position++;
      words.push({ lexeme, position, ...more });
    }
  }
  return { words, last: position };
}
