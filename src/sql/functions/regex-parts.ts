/**
 * regexp_substr and regexp_instr: what the n-th match or one of its groups is, and where.
 * https://www.postgresql.org/docs/15/functions-matching.html#FUNCTIONS-POSIX-REGEXP
 */
import { SqlError } from "../../base/sql-error.ts";
import type { Scalar } from "../types/scalar.ts";
import { characterLength } from "../types/texts.ts";
import { asNumber, asText, define } from "./define.ts";
import { regexFor } from "./regex.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

export const noGlobal = (name: string) =>
  new SqlError("22023", `${name}() does not support the "global" option`, {
    ...(name === "regexp_match" ? { hint: "Use the regexp_matches function instead." } : {}),
  });

export const invalidParameter = (name: string, value: number) =>
  new SqlError("22023", `invalid value for parameter "${name}": ${value}`);

/** UTF-16 units of the character at `at`. */
export const unitsAt = (text: string, at: number): number =>
  (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
/** UTF-16 units before a character that is counted from 1. */
export const unitsBefore = (text: string, start: number): number =>
  [...text].slice(0, start - 1).join("").length;

interface Sought {
  readonly name: string;
  readonly start: number;
  readonly n: number;
  readonly flags: string;
  readonly group: number;
}

function checkSought({ name, start, n, flags, group }: Sought, endOption: number): void {
  if (start <= 0) throw invalidParameter("start", start);
  if (n <= 0) throw invalidParameter("n", n);
  if (endOption !== 0 && endOption !== 1) throw invalidParameter("endoption", endOption);
  if (group < 0) throw invalidParameter("subexpr", group);
  if (flags.includes("g")) throw noGlobal(name);
}

/** A match where it is, by UTF-16 units; undefined: there is none. */
type Span = readonly [from: number, to: number];

/** Of the n-th match the group, which is the whole where there are no groups. */
function spanOf(
  context: FunctionContext,
  text: string,
  pattern: string,
  sought: Sought,
): Span | undefined {
  const regExp = regexFor(context, text, pattern, sought.flags);
  const from = unitsBefore(text, sought.start);
  if (sought.start > characterLength(text) + 1) return undefined;
  regExp.lastIndex = from;
  let count = 0;
  for (const match of text.matchAll(regExp)) {
    count++;
    if (count < sought.n) continue;
    const groups = match.length - 1;
    if (sought.group > Math.max(groups, 1)) return undefined;
    if (sought.group === 0 || groups === 0) return [match.index, match.index + match[0].length];
    return groupSpan(regExp, match, text, sought.group);
  }
  return undefined;
}

/** Places of groups are told only to who asks for them. */
function groupSpan(
  regExp: RegExp,
  match: RegExpExecArray,
  text: string,
  group: number,
): Span | undefined {
  if (match.indices) return match.indices[group];
  const Kind = regExp.constructor as RegExpConstructor;
  const again = new Kind(regExp, `${regExp.flags}d`);
  again.lastIndex = match.index;
  return again.exec(text)?.indices?.[group];
}

const numberOr = (value: Scalar | undefined, otherwise: number): number =>
  value === undefined ? otherwise : asNumber(value);

const substring = (types: string): FunctionDefinition =>
  define(`regexp_substr(${types})`, (context, text, pattern, start, n, flags = "", group) => {
    const sought: Sought = {
      name: "regexp_substr",
      start: numberOr(start, 1),
      n: numberOr(n, 1),
      flags: asText(flags),
      group: numberOr(group, 0),
    };
    checkSought(sought, 0);
    const span = spanOf(context, asText(text), asText(pattern), sought);
    return span ? asText(text).slice(...span) : null;
  });

const position = (types: string): FunctionDefinition =>
  define(`regexp_instr(${types})`, (context, text, pattern, start, n, end, flags = "", group) => {
    const sought: Sought = {
      name: "regexp_instr",
      start: numberOr(start, 1),
      n: numberOr(n, 1),
      flags: asText(flags),
      group: numberOr(group, 0),
    };
    const endOption = numberOr(end, 0);
    checkSought(sought, endOption);
    const span = spanOf(context, asText(text), asText(pattern), sought);
    return BigInt(span ? characterLength(asText(text).slice(0, span[endOption])) + 1 : 0);
  });

/** Every signature is the next one's beginning. */
const signatures = (types: readonly string[]): string[] =>
  types.map((_, at) => types.slice(0, at + 1).join(", ")).slice(1);

export const regexPartFunctions: readonly FunctionDefinition[] = [
  ...signatures(["text", "text", "int4", "int4", "text", "int4"]).map(substring),
  ...signatures(["text", "text", "int4", "int4", "int4", "text", "int4"]).map(position),
];
