/** LIKE and ILIKE. Case is folded for ASCII letters alone, as databases of collation C do. */
import { SqlError } from "../../base/sql-error.ts";
import { asText, define, remember, truth } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

type Matcher = (text: string) => boolean;

const escapeRegExp = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/** `\` escapes. Throws 22025 for a pattern that ends with it. */
function compileLike(pattern: string): Matcher {
  if (!/[%_\\]/.test(pattern)) return (text) => text === pattern;
  const start = /^([^%_\\]*)%$/.exec(pattern);
  if (start) return (text) => text.startsWith(start[1] as string);
  let source = "";
  const chars = [...pattern];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] as string;
    if (char === "%") source += "[^]*";
    else if (char === "_") source += "[^]";
    else if (char !== "\\") source += escapeRegExp(char);
    else if (at + 1 < chars.length) source += escapeRegExp(chars[++at] as string);
    else throw new SqlError("22025", "LIKE pattern must not end with escape character");
  }
  const regExp = new RegExp(`^${source}$`, "u");
  return (text) => regExp.test(text);
}

export const lowerAscii = (text: string): string =>
  text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
export const upperAscii = (text: string): string =>
  text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

const like = remember(500, compileLike);
const ilike = remember(500, (pattern) => {
  const matches = compileLike(lowerAscii(pattern));
  return (text: string) => matches(lowerAscii(text));
});

/** A pattern with another escape character, rewritten to use `\`. */
function likeEscape(pattern: string, escapeText: string): string {
  const [char, more] = [...escapeText];
  if (more !== undefined) {
    throw new SqlError("22025", "invalid escape string", {
      hint: "Escape string must be empty or one character.",
    });
  }
  if (char === "\\") return pattern;
  if (char === undefined) return pattern.replaceAll("\\", "\\\\");
  let rewritten = "";
  let escaped = false;
  for (const one of pattern) {
    if (one === char && !escaped) {
      rewritten += "\\";
      escaped = true;
      continue;
    }
    rewritten += one === "\\" && !escaped ? "\\\\" : one;
    escaped = false;
  }
  return rewritten;
}

const pair = (
  names: readonly [positive: string, negative: string],
  types: string,
  match: (pattern: string) => Matcher,
): FunctionDefinition[] => [
  define(`${names[0]}(${types})`, (_c, text, pattern) =>
    truth(match(asText(pattern))(asText(text))),
  ),
  define(`${names[1]}(${types})`, (_c, text, pattern) =>
    truth(!match(asText(pattern))(asText(text))),
  ),
];

export const likeFunctions: readonly FunctionDefinition[] = [
  ...["text", "name", "bpchar"].flatMap((type) => [
    ...pair([`${type}like`, `${type}nlike`], `${type}, text`, like),
    ...pair([`${type}iclike`, `${type}icnlike`], `${type}, text`, ilike),
  ]),
  ...["text", "name"].flatMap((type) => pair(["like", "notlike"], `${type}, text`, like)),
  define("like_escape(text, text)", (_c, pattern, escapeText) =>
    likeEscape(asText(pattern), asText(escapeText)),
  ),
  define("starts_with(text, text)", (_c, text, prefix) =>
    truth(asText(text).startsWith(asText(prefix))),
  ),
];
