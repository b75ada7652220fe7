/**
 * SIMILAR TO: SQL's regular expressions as PostgreSQL's.
 * https://www.postgresql.org/docs/15/functions-matching.html#FUNCTIONS-SIMILARTO-REGEXP
 */
import { SqlError } from "../../base/sql-error.ts";

/** Of the two escape-double-quotes the part between them is captured, as short before as can be. */
const separators = ["){1,1}?(", "){1,1}(?:"];

/** `escapeText` is one character, or none for an empty text. Throws 22025, 2200C. */
export function similarPattern(pattern: string, escapeText: string): string {
  if ([...escapeText].length > 1) {
    throw new SqlError("22025", "invalid escape string", {
      hint: "Escape string must be empty or one character.",
    });
  }
  let out = "";
  let quotes = 0;
  let escaped = false;
  let inClass = false;
  for (const char of pattern) {
    if (escaped) {
      if (char === '"' && !inClass) {
        const separator = separators[quotes++];
        if (separator === undefined) {
          throw new SqlError(
            "2200C",
            "SQL regular expression may not contain more than two escape-double-quote separators",
          );
        }
        out += separator;
      } else out += `\\${char}`;
      escaped = false;
    } else if (char === escapeText) {
      escaped = true;
    } else if (inClass) {
      out += char === "\\" ? "\\\\" : char;
      if (char === "]") inClass = false;
    } else {
      if (char === "[") inClass = true;
      out += translated(char);
    }
  }
  return `^(?:${out})$`;
}

function translated(char: string): string {
  switch (char) {
    case "%":
      return ".*";
    case "_":
      return ".";
    case "(":
      return "(?:";
    case "\\":
    case ".":
    case "^":
    case "$":
      return `\\${char}`;
    default:
      return char;
  }
}
