/**
 * GRANT AND REVOKE ON KINDS OF RELATIONS: ON MATERIALIZED VIEW m, ON ALL SOURCES IN SCHEMA s. The
 * words for the kind are blanked, and what is left is the grammar's.
 * https://docs.risingwave.com/sql/commands/sql-grant
 */
import type { GrantedKind } from "../../../catalog/grant-statement.ts";
import { isMark, isWord, type Token } from "../tokens.ts";

export interface SaidKind {
  readonly of: GrantedKind;
  /** ALL … IN SCHEMA: what is left is ON SCHEMA s. */
  readonly isAll: boolean;
}

const KINDS: readonly GrantedKind[] = ["materialized view", "view", "source", "sink"];

/** The kind, and the first and the last token to blank. */
export function kindSaid(tokens: readonly Token[]): readonly [SaidKind, Token, Token] | undefined {
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
  return of && isThere && first && last ? [{ of, isAll }, first, last] : undefined;
}

/** ON view TO r is about a table of that name. */
function isName(tokens: readonly Token[], at: number): boolean {
  const [name, next] = tokens.slice(at, at + 2);
  const isNamed = name?.kind === "word" || name?.kind === "quoted";
  const ends = isMark(next, ",") || isMark(next, ".") || isWord(next, "to") || isWord(next, "from");
  return isNamed && ends;
}
