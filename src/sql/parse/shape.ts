/**
 * SHAPES: texts of one SELECT, INSERT, UPDATE or DELETE that differ in their literals alone. A
 * shape is the text with each literal replaced by a mark of its kind; statements of a known shape
 * need not be parsed, bound and translated again (see engine/shaped-plan.ts, which decides for
 * which shapes that is right).
 *
 * Only what is certain without the grammar is taken apart: plain strings and integers.
 * Anything that makes a token depend on its surroundings (comments, $, backslashes, prefixes such
 * as E'…', decimals, several statements) leaves the text without a shape.
 */

export interface Literal {
  readonly kind: "string" | "integer";
  /** The string's content, or the digits. */
  readonly text: string;
  /** 1-based position of its first character, in characters of the text. */
  readonly position: number;
}

export interface TextShape {
  readonly key: string;
  readonly literals: readonly Literal[];
}

const CHARACTERS_MAX = 4096;
/** What a larger integer literal is depends on more than its being one. */
const INT4_MAX = 2n ** 31n - 1n;
const INT8_MAX = 2n ** 63n - 1n;
const DIGITS_MAX = 19;

/** An int4 and an int8 are not told apart by anything else. */
function markOf(digits: string): string | undefined {
  if (digits.length > DIGITS_MAX) return undefined;
  const value = BigInt(digits);
  if (value <= INT4_MAX) return "?";
  return value <= INT8_MAX ? "?8" : undefined;
}

const token =
  /'((?:[^'\\]|'')*)'|([A-Za-z_][A-Za-z0-9_]*)|"(?:[^"]|"")*"|(\d+)|\s+|(--|\/\*|[$\\'"])|[\s\S]/gy;

const begins = /^\s*(?:select|insert|update|delete)\b/i;

/** undefined: not one plain statement of these. */
export function shapeOf(text: string): TextShape | undefined {
  if (text.length > CHARACTERS_MAX || !begins.test(text) || !isAscii(text)) return undefined;
  const literals: Literal[] = [];
  let key = "";
  let before = "";
  token.lastIndex = 0;
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [all, string, word, digits, unclear] = found;
    if (unclear !== undefined || (all === ";" && found.index < text.trimEnd().length - 1)) {
      return undefined;
    }
    if (string !== undefined) {
      const isPrefixed = /[A-Za-z0-9_&]/.test(text[found.index - 1] ?? "");
      // Strings that stand apart by a line break alone are one string to SQL.
      if (isPrefixed || before === "'") return undefined;
      literals.push({
        kind: "string",
        text: string.replaceAll("''", "'"),
        position: found.index + 1,
      });
      key += "'?'";
      before = "'";
      continue;
    }
    if (digits !== undefined) {
      const after = text[token.lastIndex] ?? "";
      const mark = markOf(digits);
      if (mark === undefined || before.endsWith(".") || /[.A-Za-z_]/.test(after)) return undefined;
      literals.push({ kind: "integer", text: digits, position: found.index + 1 });
      key += mark;
    } else key += all;
    if (word !== undefined || digits !== undefined || all.trim() !== "") before = all;
  }
  return literals.length === 0 ? undefined : { key, literals };
}

/** Positions count characters; here they are offsets. */
const isAscii = (text: string): boolean => /^[\s!-~]*$/.test(text);
