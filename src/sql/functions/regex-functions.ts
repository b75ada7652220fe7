/**
 * ~ and the regexp_… functions.
 * https://www.postgresql.org/docs/15/functions-matching.html#FUNCTIONS-POSIX-TABLE
 */
import { SqlError } from "../../base/sql-error.ts";
import { encodeList } from "../types/array-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { asNumber, asText, define, defineSet, truth } from "./define.ts";
import { checkBytes, checkElements } from "./limits.ts";
import { regexFor, regexMatches } from "./regex.ts";
import {
  invalidParameter,
  noGlobal,
  regexPartFunctions,
  unitsAt,
  unitsBefore,
} from "./regex-parts.ts";
import type { FunctionContext, FunctionDefinition, SetFunctionDefinition } from "./registry.ts";
import { similarPattern } from "./similar.ts";

const operators = [
  ["text", "text"],
  ["name", "name"],
  ["bpchar", "bpchar"],
].flatMap(([type, prefix]) => [
  define(`${prefix}regexeq(${type}, text)`, (context, text, pattern) =>
    truth(regexMatches(context, asText(text), asText(pattern), false)),
  ),
  define(`${prefix}regexne(${type}, text)`, (context, text, pattern) =>
    truth(!regexMatches(context, asText(text), asText(pattern), false)),
  ),
  define(`${prefix}icregexeq(${type}, text)`, (context, text, pattern) =>
    truth(regexMatches(context, asText(text), asText(pattern), true)),
  ),
  define(`${prefix}icregexne(${type}, text)`, (context, text, pattern) =>
    truth(!regexMatches(context, asText(text), asText(pattern), true)),
  ),
]);

/** Splits off g; other letters are checked by the compiler. */
function globalFlag(flags: string): { readonly global: boolean; readonly rest: string } {
  return { global: flags.includes("g"), rest: flags.replaceAll("g", "") };
}

/** The captures, or the whole match when there are none. */
function captures(match: RegExpExecArray): Scalar {
  const parts = match.length === 1 ? [match[0]] : match.slice(1);
  return encodeList(parts.map((part) => part ?? null));
}

function firstMatch(
  context: FunctionContext,
  text: string,
  pattern: string,
  flags: string,
): Scalar {
  if (flags.includes("g")) throw noGlobal("regexp_match");
  const match = regexFor(context, text, pattern, flags).exec(text);
  return match && captures(match);
}

function* allMatches(
  context: FunctionContext,
  text: string,
  pattern: string,
  flags: string,
): Iterable<readonly Scalar[]> {
  const { global, rest } = globalFlag(flags);
  for (const match of text.matchAll(regexFor(context, text, pattern, rest))) {
    yield [captures(match)];
    if (!global) return;
  }
}

/** `\1` … `\9`, `\&` and `\\` in a replacement. */
function expand(replacement: string, match: RegExpExecArray): string {
  return replacement.replace(/\\([0-9&\\])/g, (_whole, mark: string) => {
    if (mark === "\\") return "\\";
    return mark === "&" || mark === "0" ? match[0] : (match[Number(mark)] ?? "");
  });
}

/** Replaces the n-th match from `start` (in characters, from 1); n = 0: all. */
function replaceMatches(
  context: FunctionContext,
  text: string,
  pattern: string,
  replacement: string,
  flags: string,
  start: number,
  occurrence: number,
): string {
  if (start <= 0) throw invalidParameter("start", start);
  if (occurrence < 0) throw invalidParameter("n", occurrence);
  const regExp = regexFor(context, text, pattern, flags);
  regExp.lastIndex = unitsBefore(text, start);
  let out = "";
  let from = 0;
  for (let count = 1; ; count++) {
    const match = regExp.exec(text);
    if (!match) break;
    if (occurrence === 0 || count === occurrence) {
      out += text.slice(from, match.index) + expand(replacement, match);
      from = match.index + match[0].length;
      checkBytes(context, out.length);
    }
    if (match[0] === "") regExp.lastIndex += unitsAt(text, regExp.lastIndex);
    if (regExp.lastIndex > text.length || count === occurrence) break;
  }
  return out + text.slice(from);
}

function replaceWithFlags(
  context: FunctionContext,
  text: string,
  pattern: string,
  replacement: string,
  flags: string,
): string {
  if (/^[0-9]/.test(flags)) {
    throw new SqlError("22023", `invalid regular expression option: "${flags[0]}"`, {
      hint: "If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.",
    });
  }
  const { global, rest } = globalFlag(flags);
  return replaceMatches(context, text, pattern, replacement, rest, 1, global ? 0 : 1);
}

function split(
  context: FunctionContext,
  text: string,
  pattern: string,
  flags: string,
  name: string,
): string[] {
  if (flags.includes("g")) throw noGlobal(name);
  const parts: string[] = [];
  let from = 0;
  for (const match of text.matchAll(regexFor(context, text, pattern, flags))) {
    const end = match.index + match[0].length;
    // Empty matches split between characters, but neither at the ends nor where a match just ended.
    if (match.index >= text.length || end <= from) continue;
    parts.push(text.slice(from, match.index));
    from = end;
  }
  parts.push(text.slice(from));
  if (name.endsWith("array")) checkElements(context, parts.length);
  return parts;
}

/** substring(text from pattern): the first capture, or the whole match. */
function substringMatching(context: FunctionContext, text: string, pattern: string): Scalar {
  const match = regexFor(context, text, pattern, "").exec(text);
  if (!match) return null;
  return (match.length > 1 ? match[1] : match[0]) ?? null;
}

function countMatches(
  context: FunctionContext,
  text: string,
  pattern: string,
  start: number,
  flags: string,
): bigint {
  if (start <= 0) throw invalidParameter("start", start);
  if (flags.includes("g")) throw noGlobal("regexp_count");
  const rest = unitsBefore(text, start);
  const regExp = regexFor(context, text, pattern, flags);
  regExp.lastIndex = rest;
  return BigInt([...text.matchAll(regExp)].length);
}

function like(context: FunctionContext, text: string, pattern: string, flags: string): bigint {
  if (flags.includes("g")) throw noGlobal("regexp_like");
  return truth(regexFor(context, text, pattern, flags).test(text));
}

export const regexFunctions: readonly FunctionDefinition[] = [
  ...operators,
  define("substring(text, text)", (context, text, pattern) =>
    substringMatching(context, asText(text), asText(pattern)),
  ),
  define("substring(text, text, text)", (context, text, pattern, mark) =>
    substringMatching(context, asText(text), similarPattern(asText(pattern), asText(mark))),
  ),
  define("regexp_match(text, text)", (context, text, pattern) =>
    firstMatch(context, asText(text), asText(pattern), ""),
  ),
  define("regexp_match(text, text, text)", (context, text, pattern, flags) =>
    firstMatch(context, asText(text), asText(pattern), asText(flags)),
  ),
  define("regexp_replace(text, text, text)", (context, text, pattern, by) =>
    replaceMatches(context, asText(text), asText(pattern), asText(by), "", 1, 1),
  ),
  define("regexp_replace(text, text, text, text)", (context, text, pattern, by, flags) =>
    replaceWithFlags(context, asText(text), asText(pattern), asText(by), asText(flags)),
  ),
  define("regexp_replace(text, text, text, int4)", (context, text, pattern, by, start) =>
    replaceMatches(context, asText(text), asText(pattern), asText(by), "", asNumber(start), 1),
  ),
  define("regexp_replace(text, text, text, int4, int4)", (context, text, pattern, by, start, n) =>
    replaceMatches(
      context,
      asText(text),
      asText(pattern),
      asText(by),
      "",
      asNumber(start),
      asNumber(n),
    ),
  ),
  define(
    "regexp_replace(text, text, text, int4, int4, text)",
    (context, text, pattern, by, start, n, f) =>
      replaceMatches(
        context,
        asText(text),
        asText(pattern),
        asText(by),
        globalFlag(asText(f)).rest,
        asNumber(start),
        asNumber(n),
      ),
  ),
  define("regexp_split_to_array(text, text)", (context, text, pattern) =>
    encodeList(split(context, asText(text), asText(pattern), "", "regexp_split_to_array")),
  ),
  define("regexp_split_to_array(text, text, text)", (context, text, pattern, flags) =>
    encodeList(
      split(context, asText(text), asText(pattern), asText(flags), "regexp_split_to_array"),
    ),
  ),
  define("regexp_count(text, text)", (context, text, pattern) =>
    countMatches(context, asText(text), asText(pattern), 1, ""),
  ),
  define("regexp_count(text, text, int4)", (context, text, pattern, start) =>
    countMatches(context, asText(text), asText(pattern), asNumber(start), ""),
  ),
  define("regexp_count(text, text, int4, text)", (context, text, pattern, start, flags) =>
    countMatches(context, asText(text), asText(pattern), asNumber(start), asText(flags)),
  ),
  define("regexp_like(text, text)", (context, text, pattern) =>
    like(context, asText(text), asText(pattern), ""),
  ),
  define("regexp_like(text, text, text)", (context, text, pattern, flags) =>
    like(context, asText(text), asText(pattern), asText(flags)),
  ),
  ...regexPartFunctions,
];

export const regexSetFunctions: readonly SetFunctionDefinition[] = [
  defineSet("regexp_matches(text, text)", (context, text, pattern) =>
    allMatches(context, asText(text), asText(pattern), ""),
  ),
  defineSet("regexp_matches(text, text, text)", (context, text, pattern, flags) =>
    allMatches(context, asText(text), asText(pattern), asText(flags)),
  ),
  defineSet("regexp_split_to_table(text, text)", (context, text, pattern) =>
    split(context, asText(text), asText(pattern), "", "regexp_split_to_table").map((part) => [
      part,
    ]),
  ),
  defineSet("regexp_split_to_table(text, text, text)", (context, text, pattern, flags) =>
    split(context, asText(text), asText(pattern), asText(flags), "regexp_split_to_table").map(
      (p) => [p],
    ),
  ),
];
