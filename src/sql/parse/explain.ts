/**
 * EXPLAIN. The grammar explains queries and the like; DDL is explained here, too: the words EXPLAIN
 * and its options are blanked out of the text, character by character, so that what is left is
 * parsed with all positions as they were.
 * https://www.postgresql.org/docs/15/sql-explain.html
 */
import type { ExplainStmt, RawStmt } from "libpg-query";
import type { StatementOption } from "../../catalog/statement-option.ts";
import { parseTrees } from "./grammar.ts";
import type { Statement } from "./statement.ts";
import { statementOptions } from "./statement-options.ts";

export const explained = (
  statement: Statement,
  options: readonly StatementOption[],
): Statement => ({
  ...statement,
  body: { kind: "explain", options, statement },
  tag: "EXPLAIN",
});

export const explainOptions = ({ options }: ExplainStmt): readonly StatementOption[] =>
  statementOptions(options);

/** A text without its EXPLAINs of DDL, and where they stood. */
export interface Uncovered {
  readonly text: string;
  readonly prefixes: readonly Prefix[];
}

interface Prefix {
  /** Byte of the uncovered text at which it began. */
  readonly byte: number;
  readonly options: readonly StatementOption[];
}

/** Statements that change the catalog, by their first word. */
const DDL = new Set(
  "alter cluster comment create drop grant import lock reassign reindex revoke security truncate".split(
    " ",
  ),
);

interface Token {
  readonly kind: "word" | "open" | "close" | "end" | "other";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Comments apart: those may be nested, so they are passed over by hand. */
const TOKEN =
  /\s+|--[^\n]*|(?<string>[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*')|"(?:[^"]|"")*"|\$(?<tag>[A-Za-z_]*)\$[\s\S]*?\$\k<tag>\$|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|[\s\S]/y;

function* tokensOf(text: string): Generator<Token> {
  for (let at = 0; at < text.length; ) {
    if (text.startsWith("/*", at)) {
      at = endOfComment(text, at);
      continue;
    }
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const found = match?.[0] ?? "";
    const end = at + found.length;
    if (!/^(\s|--)/.test(found)) {
      const kind = match?.groups?.["word"] === undefined ? kindOf(found) : "word";
      yield { kind, text: found, start: at, end };
    }
    at = end;
  }
}

function kindOf(text: string): Token["kind"] {
  if (text === "(") return "open";
  if (text === ")") return "close";
  return text === ";" ? "end" : "other";
}

function endOfComment(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    if (text.startsWith("/*", at)) depth++;
    else if (text.startsWith("*/", at)) depth--;
    else {
      at++;
      continue;
    }
    at += 2;
  } while (depth > 0 && at < text.length);
  return at;
}

/** undefined when nothing of the text is an EXPLAIN of DDL. Throws 42601 for bad options. */
export function uncoverDdl(text: string): Uncovered | undefined {
  if (!/\bexplain\b/i.test(text)) return undefined;
  const tokens = [...tokensOf(text)];
  const found: { readonly first: Token; readonly last: Token }[] = [];
  for (const [at, first] of tokens.entries()) {
    const begins = at === 0 || tokens[at - 1]?.kind === "end";
    if (!begins || !isWord(first, "explain")) continue;
    const next = endOfPrefix(tokens, at + 1);
    const word = tokens[next];
    const last = tokens[next - 1];
    if (last && word?.kind === "word" && DDL.has(word.text.toLowerCase()))
      found.push({ first, last });
  }
  if (found.length === 0) return undefined;
  let uncovered = text;
  const prefixes = found.map(({ first, last }) => {
    const options = optionsOf(text, first.start, last.end);
    for (const { start, end } of tokens) {
      if (start >= first.start && end <= last.end) uncovered = blanked(uncovered, start, end);
    }
    return { at: first.start, options };
  });
  return {
    text: uncovered,
    prefixes: prefixes.map(({ at, options }) => ({
      byte: Buffer.byteLength(uncovered.slice(0, at)),
      options,
    })),
  };
}

const isWord = ({ kind, text }: Token, word: string): boolean =>
  kind === "word" && text.toLowerCase() === word;

/** Index of the first token behind the options. */
function endOfPrefix(tokens: readonly Token[], from: number): number {
  if (tokens[from]?.kind !== "open") {
    let at = from;
    while (/^(analy[sz]e|verbose)$/i.test(tokens[at]?.text ?? "")) at++;
    return at;
  }
  let depth = 0;
  for (let at = from; at < tokens.length; at++) {
    const kind = tokens[at]?.kind;
    if (kind === "open") depth++;
    else if (kind === "close") depth--;
    if (depth === 0) return at + 1;
  }
  return tokens.length;
}

/** What the grammar makes of the prefix, at its place, with a query behind it. */
function optionsOf(text: string, start: number, end: number): readonly StatementOption[] {
  const before = " ".repeat([...text.slice(0, start)].length);
  const [raw] = parseTrees(`${before}${text.slice(start, end)} SELECT 1`);
  return raw?.stmt && "ExplainStmt" in raw.stmt ? explainOptions(raw.stmt.ExplainStmt) : [];
}

/** One blank for each character: positions count characters. */
const blanked = (text: string, start: number, end: number): string =>
  text.slice(0, start) + " ".repeat([...text.slice(start, end)].length) + text.slice(end);

/** The prefix that stood before a statement of an uncovered text. */
export const prefixOf = ({ prefixes }: Uncovered, raw: RawStmt): Prefix | undefined => {
  const start = raw.stmt_location ?? 0;
  const end = raw.stmt_len === undefined || raw.stmt_len === 0 ? Infinity : start + raw.stmt_len;
  return prefixes.find(({ byte }) => byte >= start && byte < end);
};
