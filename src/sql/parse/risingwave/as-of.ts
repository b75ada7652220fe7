/**
 * FOR SYSTEM_TIME AS OF behind the name of a relation: the time at which a query reads it. It is
 * blanked out of the text, and what is left is the grammar's. Relations that a query reads at other
 * times than that of all else are marked in the tree.
 * https://docs.risingwave.com/processing/time-travel-queries
 */
import type { Node, RawStmt } from "libpg-query";
import { assert } from "../../../base/assert.ts";
import { notSupported, SqlError } from "../../../base/sql-error.ts";
import { commandTag } from "../command-names.ts";
import { parseTrees } from "../grammar.ts";
import type { AsOf, StatementBody } from "../statement.ts";
import { charactersBefore, isMark, isWord, syntaxError, type Token } from "../tokens.ts";

export interface TimeClause {
  /** Of the relation's name, and of FOR: characters of the text. */
  readonly name: number;
  readonly at: number;
  /** The clause in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** The time as it stands there. */
  readonly written: string;
  /** Its tree; an error = there is no such time here. */
  readonly time: Node | SqlError;
}

const CLAUSE = "FOR SYSTEM_TIME AS OF";

/**
 * Those of a statement's tokens; one that is no clause, 42601, ends where it goes wrong.
 * `semicolon`: the one behind the statement.
 */
export function* timeClausesOf(
  text: string,
  tokens: readonly Token[],
  semicolon: Token | undefined,
): Generator<TimeClause> {
  for (const [i, token] of tokens.entries()) {
    if (!isWord(token, "for") || !/^system_(time|version)$/i.test(tokens[i + 1]?.text ?? "")) {
      continue;
    }
    const missing = ["as", "of"].findIndex((word, at) => !isWord(tokens[i + 2 + at], word));
    const length = missing < 0 ? lengthOfTime(tokens, i + 4) : 0;
    const time = tokens.slice(i + 4, i + 4 + length);
    const wrong = length > 0 ? undefined : tokens[i + 2 + (missing < 0 ? 2 : missing)];
    yield {
      name: charactersBefore(text, tokens[startOfName(tokens, i - 1)]?.start ?? 0),
      at: charactersBefore(text, token.start),
      start: token.start,
      end: wrong?.start ?? (time.at(-1) ?? tokens.at(-1))?.end ?? token.end,
      written: time.map(({ text: word }) => word.toLowerCase()).join(" "),
      time: length > 0 ? timeOf(text, tokens[i + 1], time) : syntaxError(text, wrong ?? semicolon),
    };
  }
}

/** Index of the first token of the name that ends there. */
function startOfName(tokens: readonly Token[], last: number): number {
  const end = isMark(tokens[last], "*") ? last - 1 : last;
  return isMark(tokens[end - 1], ".") ? startOfName(tokens, end - 2) : end;
}

/**
 * How many tokens a time has that begins there: seconds since 1970, a timestamp, PROCTIME(), or
 * NOW() less an interval. 0 = it is none.
 */
function lengthOfTime(tokens: readonly Token[], from: number): number {
  const [head, open, close, minus] = tokens.slice(from, from + 4);
  if (head?.kind === "string") return 1;
  if (head?.kind === "number") return /^\d+$/.test(head.text) ? 1 : 0;
  if (!isMark(open, "(") || !isMark(close, ")")) return 0;
  if (isWord(head, "proctime")) return 3;
  if (!isWord(head, "now")) return 0;
  if (!isMark(minus, "-")) return 3;
  const at = isWord(tokens[from + 4], "interval") ? 5 : 4;
  if (tokens[from + at]?.kind !== "string") return 0;
  return UNIT.test(tokens[from + at + 1]?.text ?? "") ? at + 2 : at + 1;
}

const UNIT = /^(second|minute|hour|day|month|year)$/i;

/** With its literal where it stands: so errors have the right position. */
function timeOf(text: string, word: Token | undefined, time: readonly Token[]): Node | SqlError {
  const [head] = time;
  const literal = time.findIndex(({ kind }) => kind === "string");
  if (isWord(word, "system_version")) return notSupported("FOR SYSTEM_VERSION AS OF");
  if (isWord(head, "proctime")) return notSupported(`${CLAUSE} PROCTIME()`);
  if (literal < 0 && isWord(head, "now")) return expression("SELECT now()");
  if (literal < 0) return expression(`SELECT to_timestamp(${head?.text})`);
  const prefix = literal === 0 ? "SELECT " : "SELECT now()-interval";
  const { start = 0 } = time[literal] ?? {};
  const before = charactersBefore(text, start) - prefix.length;
  assert(before >= 0, "a query stands in front of the time");
  return expression(" ".repeat(before) + prefix + text.slice(start, time.at(-1)?.end));
}

function expression(text: string): Node {
  const [raw] = parseTrees(text);
  const [target] =
    raw?.stmt && "SelectStmt" in raw.stmt ? (raw.stmt.SelectStmt.targetList ?? []) : [];
  assert(target && "ResTarget" in target && target.ResTarget.val, "an expression was parsed");
  return target.ResTarget.val;
}

/** What the statement is with the clauses that stood in it. Throws 42601. */
export function withTime(
  body: StatementBody,
  { stmt }: RawStmt,
  clauses: readonly TimeClause[],
  text: string,
): StatementBody {
  const [first] = clauses;
  if (first === undefined || stmt === undefined) return body;
  const { relations, queries } = relationsIn(stmt);
  const allPlaces = new Set(relations.map(({ location }) => location ?? 0));
  const misplaced = clauses.find(({ name }) => !allPlaces.has(name));
  if (misplaced) {
    const [word] = text.slice(misplaced.start).split(/\s/, 1);
    throw new SqlError("42601", `syntax error at or near "${word}"`, {
      position: misplaced.at + 1,
    });
  }
  const refuse = (what: string): StatementBody => ({ kind: "refused", error: notSupported(what) });
  const named = new Set(clauses.map(({ name }) => name));
  const isQuery = ({ relname = "", schemaname }: Named): boolean =>
    schemaname === undefined && queries.has(relname);
  const wrong = clauses.find(({ time }) => time instanceof SqlError)?.time;
  if (wrong instanceof SqlError) return { kind: "refused", error: wrong };
  if (relations.some((each) => isQuery(each) && named.has(each.location ?? 0))) {
    return refuse(`${CLAUSE} of a WITH query`);
  }
  const isBare = relations.some((each) => !isQuery(each) && !named.has(each.location ?? 0));
  const times = new Map(clauses.map(({ written, time }) => [written, time]));
  // The first is that of all else, unless that is now.
  const others = [...times.keys()].slice(isBare ? 0 : 1);
  const marks = new Map<number, number>();
  for (const { name, written } of clauses) {
    const at = others.indexOf(written);
    if (at >= 0) marks.set(name, at);
  }
  for (const each of relations) {
    const at = marks.get(each.location ?? 0);
    if (at !== undefined) each.since = at;
  }
  const asOf = { times: [...times.values()], isBesideNow: isBare, since: [...marks] };
  return reading(body, asOf) ?? refuse(`${CLAUSE} in ${commandTag(stmt)}`);
}

/** The statement with its query at that time; undefined = it has none of its own. */
function reading(body: StatementBody, asOf: AsOf): StatementBody | undefined {
  if (body.kind === "query") return { ...body, asOf };
  if (body.kind === "declareCursor") return { ...body, query: { ...body.query, asOf } };
  if (body.kind !== "explain" && body.kind !== "prepare") return undefined;
  const inner = reading(body.statement.body, asOf);
  return inner && { ...body, statement: { ...body.statement, body: inner } };
}

interface Named {
  readonly location?: number;
  readonly relname?: string;
  readonly schemaname?: string;
  /** For sql/bind: at which of the other epochs of the query it is read. */
  since?: number;
}

/** Relations that a statement names, and the names of its WITH queries. */
function relationsIn(statement: Node): { relations: Named[]; queries: Set<string> } {
  const relations: Named[] = [];
  const queries = new Set<string>();
  const nodes: object[] = [statement];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if ("RangeVar" in node) relations.push(node.RangeVar as Named);
    if ("CommonTableExpr" in node) {
      queries.add((node.CommonTableExpr as { ctename?: string }).ctename ?? "");
    }
    for (const value of Object.values(node)) {
      if (typeof value === "object" && value !== null) nodes.push(value);
    }
  }
  return { relations, queries };
}
