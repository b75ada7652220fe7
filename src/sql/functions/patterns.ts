/** LIKE and ILIKE. Case is folded for ASCII letters alone, as databases of collation C do. */

import { SqlError } from "../../base/sql-error.ts";
import { lowerAscii } from "../types/texts.ts";
import { asText, define, remember, truth } from "./define.ts";
import { compileLike, type LikeMatcher } from "./like.ts";
import type { FunctionDefinition } from "./registry.ts";

export const upperAscii = (text: string): string =>
  text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

const like = remember(500, compileLike);
const ilike = remember(500, (pattern) => {
  const matches = compileLike(lowerAscii(pattern));
  return (text: string) => matches(lowerAscii(text));
});

/** A pattern with another escape character, rewritten to use `\`. */
export function likeEscape(pattern: string, escapeText: string): string {
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
  match: (pattern: string) => LikeMatcher,
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
