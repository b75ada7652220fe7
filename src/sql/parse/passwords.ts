/**
 * PASSWORDS STAY OUT OF THE LOG: the text of a statement goes there with its commit, so the
 * literals behind PASSWORD are blanked.
 */

import { isSecretKey } from "../../catalog/connectors/options.ts";

/** Comments, quoted names, literals of every kind, words, single characters. */
const token = new RegExp(
  [
    String.raw`--[^\n]*|\/\*[\s\S]*?\*\/|\s+`,
    `"(?:[^"]|"")*"`,
    String.raw`[eE]'(?:[^'\\]|\\[\s\S]|'')*'`,
    `(?:[uU]&|[nN])?'(?:[^']|'')*'`,
    String.raw`\$([A-Za-z_\u0080-\uffff]*[\w\u0080-\uffff]*)\$[\s\S]*?\$\1\$`,
    String.raw`[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*`,
    String.raw`[\s\S]`,
  ].join("|"),
  "g",
);
const isSpace = (text: string): boolean => /^(?:\s|--|\/\*)/.test(text);
const isLiteral = (text: string): boolean => /^(?:[eEnN]?'|[uU]&'|\$[^$]*\$)/.test(text);

/** A statement about a role, with `'***'` for each password in it. */
export function withoutPasswords(text: string): string {
  let out = "";
  let isDue = false;
  for (const [part] of text.matchAll(token)) {
    if (isSpace(part)) out += part;
    else if (isDue && isLiteral(part)) {
      // A literal that goes on in the next line is several parts.
      if (!out.trimEnd().endsWith(BLANK)) out += BLANK;
    } else {
      out += part;
      isDue = part.toUpperCase() === "PASSWORD";
    }
  }
  return out;
}

/** With `'***'` for the values of options of WITH whose keys are secret. */
export function withoutSecrets(text: string): string {
  let out = "";
  let at: "equals" | "value" | undefined;
  for (const [part] of text.matchAll(token)) {
    const isEnd = part === "," || part === ")";
    if (at === "value" && !isSpace(part) && !isEnd) {
      if (!out.trimEnd().endsWith(BLANK)) out += BLANK;
      continue;
    }
    out += part;
    if (isSpace(part)) continue;
    if (part === "=" && at === "equals") at = "value";
    else at = isSecretKey(part) ? "equals" : undefined;
  }
  return out;
}

const BLANK = "'***'";
