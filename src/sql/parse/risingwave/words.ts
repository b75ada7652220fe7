/**
 * WORDS THAT RISINGWAVE HAS in statements of PostgreSQL's: they are blanked, and what is left is
 * the grammar's.
 *
 *   CREATE TABLE t (…) APPEND ONLY
 *   CREATE DATABASE IF NOT EXISTS d
 *   GRANT … ON MATERIALIZED VIEW m, REVOKE … ON ALL SOURCES IN SCHEMA s
 */
import type { GrantedKind } from "../../../catalog/grant-statement.ts";
import { isMark, isWord, type Token } from "../tokens.ts";

export type Said = { readonly says: "appendOnly" | "ifNotExists" } | SaidKind;

export interface SaidKind {
  readonly says: "kind";
  readonly of: GrantedKind;
  /** ALL … IN SCHEMA: what is left is ON SCHEMA s. */
  readonly isAll: boolean;
}

/** What the words between two tokens say. */
interface Found {
  readonly said: Said;
  readonly first: Token;
  readonly last: Token;
}

export const saidIn = (tokens: readonly Token[]): Found | undefined =>
  appendOnly(tokens) ?? ifNotExists(tokens) ?? grantedKind(tokens);

function ifNotExists([create, database, ...words]: readonly Token[]): Found | undefined {
  const isThere = ["if", "not", "exists"].every((word, at) => isWord(words[at], word));
  const [first, , last] = words;
  if (!isWord(create, "create") || !isWord(database, "database") || !isThere) return undefined;
  return first && last && { said: { says: "ifNotExists" }, first, last };
}

const PERSISTENCE = /^(global|local|temp|temporary|unlogged)$/i;

/** APPEND ONLY behind the columns of CREATE TABLE, or its name. */
function appendOnly(tokens: readonly Token[]): Found | undefined {
  const head = tokens.findIndex((token) => isWord(token, "table"));
  const isTable = tokens.slice(1, head).every(({ text }) => PERSISTENCE.test(text));
  if (!isWord(tokens[0], "create") || head < 1 || !isTable) return undefined;
  let depth = 0;
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1];
    if (isMark(token, "(")) depth++;
    else if (isMark(token, ")")) depth--;
    else if (depth > 0) continue;
    else if (isWord(token, "as")) return undefined;
    else if (isWord(token, "append") && next && isWord(next, "only")) {
      return { said: { says: "appendOnly" }, first: token, last: next };
    }
  }
  return undefined;
}

const KINDS: readonly GrantedKind[] = ["materialized view", "view", "source", "sink"];

function grantedKind(tokens: readonly Token[]): Found | undefined {
  if (!isWord(tokens[0], "grant") && !isWord(tokens[0], "revoke")) return undefined;
  const on = tokens.findIndex((token) => isWord(token, "on"));
  const isAll = isWord(tokens[on + 1], "all");
  const from = on + (isAll ? 2 : 1);
  const behind = from + (isWord(tokens[from], "materialized") ? 2 : 1);
  const words = tokens.slice(from, behind).map(({ text }) => text.toLowerCase());
  const of = KINDS.find((kind) => words.join(" ") === (isAll ? `${kind}s` : kind));
  const isThere = isAll
    ? isWord(tokens[behind], "in") && isWord(tokens[behind + 1], "schema")
    : isName(tokens, behind);
  const [first, last] = [tokens[on + 1], tokens[isAll ? behind : behind - 1]];
  if (!of || !isThere || !first || !last) return undefined;
  return { said: { says: "kind", of, isAll }, first, last };
}

/** ON view TO r is about a table of that name. */
function isName(tokens: readonly Token[], at: number): boolean {
  const [name, next] = tokens.slice(at, at + 2);
  const isNamed = name?.kind === "word" || name?.kind === "quoted";
  const ends = isMark(next, ",") || isMark(next, ".") || isWord(next, "to") || isWord(next, "from");
  return isNamed && ends;
}
