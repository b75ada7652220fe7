/**
 * PASSWORDS STAY OUT OF THE LOG: the text of a statement goes there with its commit, so the
 * literals behind PASSWORD are blanked.
 */

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

const BLANK = "'***'";
