/**
 * WHAT THE GRAMMAR REFUSES AND WE DO NOT: RisingWave's statements, and EXPLAIN of DDL. A text that
 * the grammar has refused is carved: RisingWave's statements are read by ourselves and blanked out
 * of it, the words EXPLAIN and its options are blanked where DDL follows. Blanks stand for what was
 * there character by character, so what is left is parsed with all positions as they were.
 */
import type { Node, RawStmt } from "libpg-query";
import { SqlError } from "../../base/sql-error.ts";
import type { StatementOption } from "../../catalog/statement-option.ts";
import { explained, explainOptions } from "./explain.ts";
import { parseTrees } from "./grammar.ts";
import { inspectTree } from "./older-grammar.ts";
import { withoutSecrets } from "./passwords.ts";
import { type TimeClause, timeClausesOf } from "./risingwave/as-of.ts";
import { type Form, formOf } from "./risingwave/forms.ts";
import { missingIn } from "./risingwave/missing.ts";
import { StatementReader } from "./risingwave/reader.ts";
import { type Said, saidIn } from "./risingwave/words.ts";
import type { Statement, StatementBody } from "./statement.ts";
import { charactersBefore, isMark, isWord, type Token, tokensOf } from "./tokens.ts";

/** A text without what the grammar cannot read, and what that was. */
export interface Carved {
  readonly text: string;
  readonly prefixes: readonly Prefix[];
  readonly statements: readonly Placed[];
  readonly times: readonly PlacedTime[];
  readonly words: readonly Words[];
  /** Of the first of our statements that is wrong; what is behind it was left alone. */
  readonly error: SqlError | undefined;
}

/** A statement, and at which byte of the carved text it began. */
export interface Placed {
  readonly byte: number;
  readonly statement: Statement;
}

interface PlacedTime extends TimeClause {
  /** Byte of the carved text at which it began. */
  readonly byte: number;
}

interface Prefix {
  /** Byte of the carved text at which it began. */
  readonly byte: number;
  readonly options: readonly StatementOption[];
}

/** Words of a statement that the grammar reads without them. */
interface Words {
  /** Byte of the carved text at which they began. */
  readonly byte: number;
  readonly said: Said;
  /** The statement with them. */
  readonly written: string;
}

/** A statement as it stands between semicolons. */
interface Segment {
  readonly tokens: readonly Token[];
  readonly start: number;
  readonly end: number;
  readonly semicolon: Token | undefined;
}

/** undefined when the grammar is right to refuse. Throws 42601 for bad options of EXPLAIN. */
export function carve(text: string): Carved | undefined {
  const rest = new Rest(text);
  const prefixes: Prefix[] = [];
  const statements: Placed[] = [];
  const times: PlacedTime[] = [];
  const words: Words[] = [];
  let failure: SqlError | undefined;
  for (const segment of segmentsOf(text)) {
    const [first] = segment.tokens;
    const last = segment.tokens.at(-1);
    if (first === undefined || last === undefined) continue;
    const behind = endOfExplain(segment.tokens);
    const tokens = segment.tokens.slice(behind);
    const options = behind === 0 ? undefined : optionsOf(text, segment.tokens.slice(0, behind));
    const form = formOf(tokens);
    const missing = refusalOf(text, segment, tokens, form);
    try {
      if (missing !== undefined) {
        const byte = rest.blank(first.start, last.end);
        statements.push({ byte, statement: options ? explained(missing, options) : missing });
        continue;
      }
      if (form === undefined) {
        if (options !== undefined) {
          const byte = rest.blank(first.start, segment.tokens[behind - 1]?.end ?? 0);
          prefixes.push({ byte, options });
        }
        const found = saidIn(tokens);
        if (found) {
          const written = text.slice(segment.start, segment.end).trim();
          const byte = rest.blank(found.first.start, found.last.end);
          words.push({ byte, said: found.said, written });
        } else takeTimes(text, segment, rest, times);
        continue;
      }
      const byte = rest.blank(first.start, last.end);
      const statement = readForm(text, { ...segment, tokens }, form);
      statements.push({ byte, statement: options ? explained(statement, options) : statement });
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      failure = error;
      break;
    }
  }
  const parts = { prefixes, statements, times, words };
  const isEmpty = Object.values(parts).every(({ length }) => length === 0);
  return isEmpty && !failure ? undefined : { text: rest.toString(), ...parts, error: failure };
}

/** What it says that is not there, if that is what keeps it from being read. */
function refusalOf(
  text: string,
  segment: Segment,
  tokens: readonly Token[],
  form: Form | undefined,
): Statement | undefined {
  const error = missingIn(text, tokens);
  const own = text.slice(segment.start, segment.end);
  if (error === undefined || isRead(text, { ...segment, tokens }, form)) return undefined;
  const tag = tokens[0]?.text.toUpperCase() ?? "";
  return { body: { kind: "refused", error }, tag, text: own, source: text, parameterCount: 0 };
}

function isRead(text: string, segment: Segment, form: Form | undefined): boolean {
  const { tokens } = segment;
  const words = saidIn(tokens);
  const start = tokens[0]?.start ?? 0;
  try {
    if (form !== undefined) readForm(text, segment, form);
    else if (words === undefined) parseTrees(text.slice(start, segment.end));
    else parseTrees(text.slice(start, words.first.start) + text.slice(words.last.end, segment.end));
    return true;
  } catch (error) {
    if (error instanceof SqlError) return false;
    throw error;
  }
}

/** Throws 42601. */
function takeTimes(text: string, segment: Segment, rest: Rest, into: PlacedTime[]): void {
  for (const clause of timeClausesOf(text, segment.tokens, segment.semicolon)) {
    const byte = rest.blank(clause.start, clause.end);
    const { time } = clause;
    if (time instanceof SqlError && time.code === "42601") throw time;
    into.push({ ...clause, byte });
  }
}

function readForm(text: string, { tokens, start, end, semicolon }: Segment, form: Form): Statement {
  const own = text.slice(start, end);
  const body = readBody(new StatementReader(text, tokens, semicolon), form);
  const parameterCount =
    body.kind === "query" ? inspectTree(body.node as Node, own, text).parameterCount : 0;
  const statement = { body, tag: form.tag, text: own, source: text, parameterCount };
  return MAY_TELL.has(body.kind) ? { ...statement, loggedText: withoutSecrets(own) } : statement;
}

/** Their options may be passwords. */
const MAY_TELL: ReadonlySet<StatementBody["kind"]> = new Set([
  ...(["createConnection", "createSink", "createSource"] as const),
]);

/** What is more than a syntax error is an error of execution. */
function readBody(reader: StatementReader, form: Form): StatementBody {
  try {
    return form.read(reader);
  } catch (error) {
    if (error instanceof SqlError && error.code !== "42601") return { kind: "refused", error };
    throw error;
  }
}

/**
 * The statement from `start` to `end`, in UTF-16 units, where it is RisingWave's though the grammar
 * reads it: to it, SHOW TABLES shows a setting.
 */
export function readOverGrammar(text: string, start: number, end: number): Statement | undefined {
  const tokens = [...tokensOf(text, start, end)];
  const form = formOf(tokens);
  if (form === undefined) return undefined;
  const semicolon: Token = { kind: "other", text: ";", start: end, end: end + 1 };
  const segment = { tokens, start, end, semicolon: text[end] === ";" ? semicolon : undefined };
  return readForm(text, segment, form);
}

/** Semicolons in parentheses end nothing. */
function* segmentsOf(text: string): Generator<Segment> {
  let tokens: Token[] = [];
  let start = 0;
  let depth = 0;
  for (const token of tokensOf(text)) {
    if (isMark(token, "(")) depth++;
    else if (isMark(token, ")")) depth--;
    if (depth > 0 || !isMark(token, ";")) {
      tokens.push(token);
      continue;
    }
    yield { tokens, start, end: token.start, semicolon: token };
    [tokens, start, depth] = [[], token.end, 0];
  }
  yield { tokens, start, end: text.length, semicolon: undefined };
}

/** A text with parts of it blanked, in the order of the text. */
class Rest {
  readonly #source: string;
  #text = "";
  #bytes = 0;
  #from = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** The byte of the result at which the blanks begin: one for each character. */
  blank(start: number, end: number): number {
    const kept = this.#source.slice(this.#from, start);
    const blanks = charactersBefore(this.#source.slice(start, end), end - start);
    const byte = this.#bytes + Buffer.byteLength(kept);
    this.#text += kept + " ".repeat(blanks);
    this.#bytes = byte + blanks;
    this.#from = end;
    return byte;
  }

  toString(): string {
    return this.#text + this.#source.slice(this.#from);
  }
}

/** Statements that change the catalog, by their first word. */
const DDL = new Set(
  "alter cluster comment create drop grant import lock reassign reindex revoke security truncate".split(
    " ",
  ),
);

/** Index of the first token behind an EXPLAIN of DDL and its options; 0 where there is none. */
function endOfExplain(tokens: readonly Token[]): number {
  if (!isWord(tokens[0], "explain")) return 0;
  const behind = endOfOptions(tokens, 1);
  const word = tokens[behind];
  return word?.kind === "word" && DDL.has(word.text.toLowerCase()) ? behind : 0;
}

function endOfOptions(tokens: readonly Token[], from: number): number {
  if (!isMark(tokens[from], "(")) {
    let at = from;
    while (/^(analy[sz]e|verbose)$/i.test(tokens[at]?.text ?? "")) at++;
    return at;
  }
  let depth = 0;
  for (let at = from; at < tokens.length; at++) {
    if (isMark(tokens[at], "(")) depth++;
    else if (isMark(tokens[at], ")")) depth--;
    if (depth === 0) return at + 1;
  }
  return tokens.length;
}

/** What the grammar makes of the prefix, at its place, with a query behind it. */
function optionsOf(text: string, prefix: readonly Token[]): readonly StatementOption[] {
  const start = prefix[0]?.start ?? 0;
  const before = " ".repeat(charactersBefore(text, start));
  const [raw] = parseTrees(`${before}${text.slice(start, prefix.at(-1)?.end)} SELECT 1`);
  return raw?.stmt && "ExplainStmt" in raw.stmt ? explainOptions(raw.stmt.ExplainStmt) : [];
}

/** What was carved out of the bytes of a statement. */
export const carvedFrom = <T extends { readonly byte: number }>(
  parts: readonly T[],
  raw: RawStmt,
): readonly T[] => {
  const start = raw.stmt_location ?? 0;
  const end = raw.stmt_len === undefined || raw.stmt_len === 0 ? Infinity : start + raw.stmt_len;
  return parts.filter(({ byte }) => byte >= start && byte < end);
};
