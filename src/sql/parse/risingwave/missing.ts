/**
 * WHAT RISINGWAVE HAS AND NOTHING HERE IS BEHIND: statements known by their first words, and
 * clauses of others. They are refused by name, where the grammar stumbles over one of their words.
 */
import { notSupported, type SqlError } from "../../../base/sql-error.ts";
import { charactersBefore, isMark, type Token } from "../tokens.ts";

/**
 * How the statement begins, and which words stand somewhere behind that. A part is a word, a mark,
 * or one of several; * is a name.
 */
type Missing = readonly [head: string, clause?: string];

const of = (heads: readonly string[], ...clauses: readonly string[]): readonly Missing[] =>
  heads.flatMap((head) => clauses.map((clause) => [head, clause] as const));

const MISSING: readonly Missing[] = [
  ["create|alter|drop secret"],
  ["create subscription", "from"],
  ["alter subscription", "swap with"],
  ["declare * subscription cursor"],
  ["alter fragment"],
  ["alter compaction group"],
  ["describe|desc fragments|fragment *"],
  ["explain analyze materialized view *"],
  ["refresh table"],
  ["use *"],
  ["create aggregate", "language"],
  ["create function", "using link|base64"],
  ...of(
    ["create table|source|sink", "create materialized view"],
    "watermark for",
    "emit on window close",
    "as changelog from",
  ),
  ["create index", "distributed by"],
  ["create table", "on conflict"],
  ["create table", "with version column"],
  ["create table|source", "include key|timestamp|partition|offset|header|payload|database_name"],
  ["create table", "engine ="],
  ["create table", "format * encode"],
  ["create table", "row format"],
  ["create table", "connector ="],
  ["create table", "from * table"],
  ["create table", "struct <"],
  ["create table", "map <"],
  ...of(
    ["alter table|index|source|sink", "alter materialized view"],
    "set|reset config",
    "set parallelism|backfill_parallelism",
    "set|reset resource_group",
  ),
  ["alter table|source", "alter watermark"],
  ["alter table", "refresh schema"],
  ["alter table", "connect with"],
  ["alter materialized view * as"],
  ["alter materialized view * to table"],
  ["grant|revoke", "on subscription|connection|secret"],
  ["grant|revoke", "all subscriptions|connections|secrets"],
  ["alter default privileges", "on materialized views"],
  ["alter default privileges", "on sources|sinks|views|subscriptions|connections|secrets"],
];

const PATTERNS = MISSING.map(
  ([head, clause]) => [head.split(" "), clause?.split(" ") ?? []] as const,
);

/** The error of a statement that has, or is, one of them: 0A000. */
export function missingIn(text: string, tokens: readonly Token[]): SqlError | undefined {
  for (const [head, clause] of PATTERNS) {
    const behind = endOf(head, tokens, 0);
    if (behind === undefined) continue;
    const at = clause.length === 0 ? 0 : placeOf(clause, tokens, behind);
    const token = at === undefined ? undefined : tokens[at];
    if (at === undefined || token === undefined) continue;
    const begins = said(head, tokens.slice(0, behind));
    const follows = said(clause, tokens.slice(at, endOf(clause, tokens, at)));
    const what = follows === "" ? begins : `${begins} … ${follows}`;
    return notSupported(what, charactersBefore(text, token.start) + 1);
  }
  return undefined;
}

function placeOf(parts: readonly string[], tokens: readonly Token[], from: number) {
  for (let at = from; at < tokens.length; at++) {
    if (endOf(parts, tokens, at) !== undefined) return at;
  }
  return undefined;
}

/** Index of the token behind them where they stand there. */
function endOf(parts: readonly string[], tokens: readonly Token[], from: number) {
  let at = from;
  for (const part of parts) {
    const token = tokens[at];
    if (token === undefined) return undefined;
    if (part === "*") {
      if (token.kind !== "word" && token.kind !== "quoted") return undefined;
      while (isMark(tokens[at + 1], ".")) at += 2;
    } else {
      const isThere = token.kind === "word" || token.kind === "other";
      if (!isThere || !part.split("|").includes(token.text.toLowerCase())) return undefined;
    }
    at++;
  }
  return at;
}

/** The words of a pattern as they were said; names are left out. */
function said(parts: readonly string[], tokens: readonly Token[]): string {
  const known = new Set(parts.flatMap((part) => part.split("|")));
  const words = tokens.map(({ text }) => text.toLowerCase()).filter((word) => known.has(word));
  return words.join(" ").toUpperCase();
}
