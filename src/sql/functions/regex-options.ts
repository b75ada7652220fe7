/**
 * What the flags of a regular expression ask for.
 * https://www.postgresql.org/docs/15/functions-matching.html#POSIX-EMBEDDED-OPTIONS-TABLE
 */
import { SqlError } from "../../base/sql-error.ts";

/** What regex options (`i`, `g`, `n`, …) ask for. */
export interface RegexOptions {
  readonly ignoreCase: boolean;
  /** Match at line ends too, and keep . and [^…] from newlines. */
  readonly newline: "none" | "partial" | "weird" | "full";
  readonly expanded: boolean;
  readonly quoted: boolean;
}

export const plainOptions: RegexOptions = {
  ignoreCase: false,
  newline: "none",
  expanded: false,
  quoted: false,
};

/** Letters of the flags argument or of `(?…)`. `g` is the caller's. */
export function applyFlags(flags: string, from = plainOptions): RegexOptions {
  let options = from;
  for (const flag of flags) {
    if (flag === "i") options = { ...options, ignoreCase: true };
    else if (flag === "c") options = { ...options, ignoreCase: false };
    else if (flag === "n" || flag === "m") options = { ...options, newline: "full" };
    else if (flag === "p") options = { ...options, newline: "partial" };
    else if (flag === "w") options = { ...options, newline: "weird" };
    else if (flag === "s") options = { ...options, newline: "none" };
    else if (flag === "x") options = { ...options, expanded: true };
    else if (flag === "t") options = { ...options, expanded: false };
    else if (flag === "q") options = { ...options, quoted: true };
    else if (flag !== "e" && flag !== "b") {
      throw new SqlError("22023", `invalid regular expression option: "${flag}"`);
    }
  }
  return options;
}
