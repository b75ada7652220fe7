/**
 * PostgreSQL's advanced regular expressions as JavaScript's.
 * https://www.postgresql.org/docs/15/functions-matching.html#FUNCTIONS-POSIX-REGEXP
 *
 * Classes and \w, \d, \s know ASCII alone, as in collation C. JavaScript takes the first
 * alternative that matches where PostgreSQL takes the longest match (regex-longest.ts); with back
 * references JavaScript's is taken. Whether anything matches is the same. What has no counterpart
 * (collating elements, equivalence classes of several characters) is 0A000.
 */
import { notSupported } from "../../base/sql-error.ts";
import { remember } from "./define.ts";
import { bothCases } from "./regex-case.ts";
import {
  characterOf,
  escapedCharacter,
  invalid,
  matchOf,
  quoteChar,
  quoteMember,
} from "./regex-characters.ts";
import { mayTakeLong, type RegexCost, regexCost } from "./regex-cost.ts";
import { LongestRegExp } from "./regex-longest.ts";
import { applyFlags, plainOptions, type RegexOptions } from "./regex-options.ts";
import { treeWithChoices } from "./regex-tree.ts";
import { checkMatching, WatchedRegExp } from "./regex-watch.ts";
import type { FunctionContext } from "./registry.ts";

const classes: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  blank: " \\t",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t-\\r ",
  upper: "A-Z",
  word: "0-9A-Z_a-z",
  xdigit: "0-9A-Fa-f",
};

/** A brace that no digit follows is a character like any other. */
const QUANTIFIER = /[*+?]|\{(?=\d)/y;

/** Translates one pattern. */
class Translator {
  readonly #source: string;
  readonly #options: RegexOptions;
  #at: number;
  #groups = 0;
  #depth = 0;
  /** The depth at which a condition on what is around begins: nothing is captured in it. */
  #condition = Number.POSITIVE_INFINITY;

  constructor(source: string, from: number, options: RegexOptions) {
    this.#source = source;
    this.#at = from;
    this.#options = options;
  }

  translate(): string {
    let out = "";
    let quantifiable = false;
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at] as string;
      QUANTIFIER.lastIndex = this.#at;
      const quantifies = QUANTIFIER.test(this.#source);
      if (quantifies && !quantifiable) throw invalid("quantifier operand invalid");
      const quantifier = quantifies ? this.#quantifier() : undefined;
      if (quantifier !== undefined) {
        out += quantifier;
        quantifiable = false;
        continue;
      }
      const piece = this.#atom(char);
      out += piece;
      quantifiable = !/^(?:\((?:\?[:=!]|\?<[=!])?|\|)$/.test(piece) && piece !== "";
      if (piece === "^" || piece === "(?<![^])") quantifiable = false;
    }
    if (this.#depth > 0) throw invalid("parentheses () not balanced");
    return out;
  }

  #quantifier(): string {
    const rest = this.#source.slice(this.#at);
    const match = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})(\??)/.exec(rest);
    const isOpen = !match && /^\{\d+(?:,\d*)?$/.test(rest);
    if (!match) throw invalid(isOpen ? "braces {} not balanced" : "invalid repetition count(s)");
    const least = Number(match[1] ?? 0);
    const most = match[3] ? Number(match[3]) : least;
    if (least > 255 || most > 255 || most < least) throw invalid("invalid repetition count(s)");
    this.#at += match[0].length;
    if (/^[*+?]/.test(this.#source.slice(this.#at))) throw invalid("quantifier operand invalid");
    return match[0];
  }

  #atom(char: string): string {
    switch (char) {
      case "\\":
        return this.#escape();
      case "[":
        return this.#bracket();
      case "(":
        return this.#open();
      case ")":
        if (this.#depth === 0) throw invalid("parentheses () not balanced");
        this.#depth--;
        if (this.#depth < this.#condition) this.#condition = Number.POSITIVE_INFINITY;
        this.#at++;
        return ")";
      case ".": {
        this.#at++;
        const lines = this.#options.newline;
        return lines === "full" || lines === "partial" ? "[^\\n]" : "[^]";
      }
      case "^":
        this.#at++;
        return this.#lineAnchors() ? "(?<![^\\n])" : "(?<![^])";
      case "$":
        this.#at++;
        return this.#lineAnchors() ? "(?![^\\n])" : "(?![^])";
      case "|":
        this.#at++;
        return "|";
      default:
        return this.#literal();
    }
  }

  #lineAnchors(): boolean {
    return this.#options.newline === "full" || this.#options.newline === "weird";
  }

  #literal(): string {
    const char = String.fromCodePoint(this.#source.codePointAt(this.#at) as number);
    this.#at += char.length;
    if (this.#options.expanded) {
      if (/\s/.test(char)) return "";
      if (char === "#") {
        const end = this.#source.indexOf("\n", this.#at);
        this.#at = end < 0 ? this.#source.length : end;
        return "";
      }
    }
    return quoteChar(char);
  }

  #open(): string {
    const match = /^\((?:\?(?:[:=!]|<[=!]|#[^)]*\)))?/.exec(
      this.#source.slice(this.#at),
    ) as RegExpExecArray;
    this.#at += match[0].length;
    if (match[0].startsWith("(?#")) return "";
    this.#depth++;
    if (match[0] === "(") {
      if (this.#condition <= this.#depth) return "(?:";
      this.#groups++;
    } else if (match[0] !== "(?:" && this.#condition > this.#depth) this.#condition = this.#depth;
    return match[0];
  }

  #escape(): string {
    const match =
      /^\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]+)|c([\s\S])|(\d+)|([\s\S]))/u.exec(
        this.#source.slice(this.#at),
      );
    if (!match) throw invalid("invalid escape \\ sequence");
    this.#at += match[0].length;
    const [, unicode, longUnicode, hex, control, digits, other] = match;
    const code = unicode ?? longUnicode ?? hex;
    if (code !== undefined) return matchOf(code);
    if (control !== undefined) return quoteChar(String.fromCharCode(control.charCodeAt(0) & 31));
    if (digits !== undefined) return this.#number(digits);
    return this.#letter(other as string);
  }

  #number(digits: string): string {
    const number = Number(digits);
    if (!digits.startsWith("0") && (digits.length === 1 || number <= this.#groups)) {
      if (number > this.#groups) throw invalid("invalid backreference number");
      return `(?:\\${number})`;
    }
    const octal = /^[0-7]{1,3}/.exec(digits)?.[0] ?? "";
    if (octal === "") throw invalid("invalid backreference number");
    this.#at -= digits.length - octal.length;
    return quoteChar(String.fromCharCode(Number.parseInt(octal, 8)));
  }

  #letter(letter: string): string {
    const negated =
      this.#options.newline === "full" || this.#options.newline === "partial" ? "\\n" : "";
    switch (letter) {
      case "d":
        return "[0-9]";
      case "s":
        return "[\\t-\\r ]";
      case "w":
        return "[0-9A-Z_a-z]";
      case "D":
        return `[^0-9${negated}]`;
      case "S":
        return "[^\\t-\\r ]";
      case "W":
        return `[^0-9A-Z_a-z${negated}]`;
      case "A":
        return "(?<![^])";
      case "Z":
        return "(?![^])";
      case "m":
        return "(?<![0-9A-Z_a-z])(?=[0-9A-Z_a-z])";
      case "M":
        return "(?<=[0-9A-Z_a-z])(?![0-9A-Z_a-z])";
      case "y":
        return "(?:(?<![0-9A-Z_a-z])(?=[0-9A-Z_a-z])|(?<=[0-9A-Z_a-z])(?![0-9A-Z_a-z]))";
      case "Y":
        return "(?:(?<![0-9A-Z_a-z])(?![0-9A-Z_a-z])|(?<=[0-9A-Z_a-z])(?=[0-9A-Z_a-z]))";
      default:
        return quoteChar(escapedCharacter(letter));
    }
  }

  /** `[a-z[:digit:]]`, `[^]x]`, and the word boundaries `[[:<:]]`, `[[:>:]]`. */
  #bracket(): string {
    const source = this.#source;
    const boundary = /^\[\[:([<>]):\]\]/.exec(source.slice(this.#at));
    if (boundary) {
      this.#at += boundary[0].length;
      return this.#letter(boundary[1] === "<" ? "m" : "M");
    }
    this.#at++;
    const negative = source[this.#at] === "^";
    if (negative) this.#at++;
    let out = "";
    for (let first = true; ; first = false) {
      if (this.#at >= source.length) throw invalid("brackets [] not balanced");
      if (source[this.#at] === "]" && !first) break;
      out += this.#bracketItem();
    }
    this.#at++;
    const lines = this.#options.newline;
    if (negative && (lines === "full" || lines === "partial")) out += "\\n";
    return `[${negative ? "^" : ""}${out}]`;
  }

  #bracketItem(): string {
    const named = /^\[([:=.])([\s\S]*?)\1\]/.exec(this.#source.slice(this.#at));
    if (named?.[1] === ":") {
      this.#at += named[0].length;
      const members = classes[named[2] as string];
      if (members === undefined) throw invalid("invalid character class");
      return members;
    }
    const shorthand = /^\\([dsw])/.exec(this.#source.slice(this.#at));
    if (shorthand) {
      this.#at += 2;
      const word = { d: "digit", s: "space", w: "word" }[shorthand[1] as "d" | "s" | "w"];
      return classes[word] as string;
    }
    const from = this.#bracketChar();
    if (this.#source[this.#at] !== "-" || this.#source[this.#at + 1] === "]")
      return quoteMember(from);
    this.#at++;
    const to = this.#bracketChar();
    if ((from.codePointAt(0) as number) > (to.codePointAt(0) as number)) {
      throw invalid("invalid character range");
    }
    return `${quoteMember(from)}-${quoteMember(to)}`;
  }

  #bracketChar(): string {
    const rest = this.#source.slice(this.#at);
    const collating = /^\[([=.])([\s\S]*?)\1\]/u.exec(rest);
    if (collating) {
      if ([...(collating[2] as string)].length !== 1) {
        throw notSupported("a collating element in a regular expression");
      }
      this.#at += collating[0].length;
      return collating[2] as string;
    }
    const escaped = /^\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]+)|([\s\S]))/u.exec(rest);
    if (escaped) {
      this.#at += escaped[0].length;
      const code = escaped[1] ?? escaped[2];
      return code ? characterOf(code) : escapedCharacter(escaped[3] as string);
    }
    const point = this.#source.codePointAt(this.#at);
    if (point === undefined) throw invalid("brackets [] not balanced");
    const char = String.fromCodePoint(point);
    this.#at += char.length;
    return char;
  }
}

function parsePattern(
  pattern: string,
  given: RegexOptions,
): { source: string; options: RegexOptions } {
  let options = given;
  let from = 0;
  const director = /^\*\*\*([:=])/.exec(pattern);
  if (director) {
    from = director[0].length;
    if (director[1] === "=") options = { ...options, quoted: true };
  } else if (pattern.startsWith("***")) {
    throw invalid("quantifier operand invalid");
  }
  const embedded = /^\(\?([a-z]+)\)/.exec(pattern.slice(from));
  if (embedded && !options.quoted) {
    options = applyFlags(embedded[1] as string, options);
    from += embedded[0].length;
  }
  if (options.quoted) return { source: [...pattern.slice(from)].map(quoteChar).join(""), options };
  return { source: new Translator(pattern, from, options).translate(), options };
}

interface Compiled {
  readonly regExp: RegExp;
  readonly cost: RegexCost;
  /** Takes the match that PostgreSQL takes, where that may be another one. */
  readonly longest: LongestRegExp | undefined;
  watched?: WatchedRegExp;
}

/** Finds a match where there is one. */
function finderOf(compiled: Compiled, context: FunctionContext, text: string): RegExp {
  const { regExp, cost } = compiled;
  regExp.lastIndex = 0;
  if (!mayTakeLong(context, cost, text)) return regExp;
  compiled.watched ??= new WatchedRegExp(regExp.source, regExp.flags);
  return compiled.watched.begin(context);
}

function ready(compiled: Compiled, context: FunctionContext, text: string): RegExp {
  const finder = finderOf(compiled, context, text);
  return compiled.longest?.begin(finder, () => checkMatching(context)) ?? finder;
}

/** Flags: g, u; case is folded in the source. */
function compileRegex(pattern: string, options: RegexOptions): Compiled {
  const { source, options: effective } = parsePattern(pattern, options);
  try {
    const folded = effective.ignoreCase ? bothCases(source) : source;
    const regExp = new RegExp(folded, "gu");
    const tree = treeWithChoices(folded);
    const longest = tree && new LongestRegExp(regExp, tree);
    return { regExp, cost: regexCost(source), longest };
  } catch {
    throw invalid("invalid regular expression");
  }
}

const sensitive = remember(500, (pattern) => compileRegex(pattern, plainOptions));
const insensitive = remember(500, (pattern) =>
  compileRegex(pattern, { ...plainOptions, ignoreCase: true }),
);

/** Throws what matching it would: 2201B. */
export const checkRegex = (pattern: string): unknown => sensitive(pattern);

/** ~ and ~*. Throws BudgetExceeded; see regex-watch.ts. */
export function regexMatches(
  context: FunctionContext,
  text: string,
  pattern: string,
  ignoreCase: boolean,
): boolean {
  const compiled = ignoreCase ? insensitive(pattern) : sensitive(pattern);
  return finderOf(compiled, context, text).test(text);
}

const withFlags = remember(200, (key) => {
  const split = key.indexOf("\u0000");
  return compileRegex(key.slice(split + 1), applyFlags(key.slice(0, split)));
});

/**
 * A regular expression for the text, with the global flag and lastIndex 0. `flags` without g.
 * Matching throws BudgetExceeded; see regex-watch.ts.
 */
export function regexFor(
  context: FunctionContext,
  text: string,
  pattern: string,
  flags: string,
): RegExp {
  return ready(withFlags(`${flags}\u0000${pattern}`), context, text);
}
