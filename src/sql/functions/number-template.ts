/**
 * The patterns of numbers.
 * https://www.postgresql.org/docs/15/functions-formatting.html#FUNCTIONS-FORMATTING-NUMERIC-TABLE
 */
import { SqlError } from "../../base/sql-error.ts";
import { remember } from "./define.ts";
import { parseTemplate, type TemplatePart } from "./template.ts";

export type NumberPattern =
  | ","
  | "."
  | "0"
  | "9"
  | "B"
  | "C"
  | "D"
  | "EEEE"
  | "FM"
  | "G"
  | "L"
  | "MI"
  | "PL"
  | "PR"
  | "RN"
  | "rn"
  | "SG"
  | "SP"
  | "S"
  | "TH"
  | "th"
  | "V";

const upper = ", . 0 9 B C D EEEE FM G L MI PL PR RN SG SP S TH V".split(" ") as NumberPattern[];
/** Letters of either case mean the same, but for RN and TH. */
const patterns: readonly (readonly [text: string, pattern: NumberPattern])[] = [
  ...upper.map((pattern) => [pattern, pattern] as const),
  ...upper.map(
    (pattern) =>
      [pattern.toLowerCase(), pattern === "RN" ? "rn" : pattern === "TH" ? "th" : pattern] as const,
  ),
];

export type NumberPart = TemplatePart<NumberPattern>;

/** What the whole template says. */
export interface NumberFormat {
  readonly parts: readonly NumberPart[];
  /** Digits before the point, behind it, and behind V. */
  pre: number;
  post: number;
  multi: number;
  /** Digits before the first 0, from 1; 0 = there is no 0. */
  zeroStart: number;
  zeroEnd: number;
  /** S: before the first digit, behind the last. */
  sign: "none" | "before" | "behind";
  /** Digits before S. */
  signAfter: number;
  readonly flags: Set<Flag>;
}

type Flag =
  | "decimal"
  | "zero"
  | "blank"
  | "fill"
  | "bracket"
  | "minus"
  | "plus"
  | "roman"
  | "multi"
  | "exponent";

const syntax = (message: string, detail?: string) =>
  new SqlError("42601", message, detail === undefined ? {} : { detail });
const together = (one: string, other: string) =>
  syntax(`cannot use "${one}" and "${other}" together`);

/** Throws 42601 for patterns that do not go together. */
export const numberTemplate = remember(200, (template): NumberFormat => {
  const parts = parseTemplate(
    template,
    (rest) => {
      const found = patterns.find(([text]) => rest.startsWith(text));
      return found && { pattern: found[1], length: found[0].length };
    },
    false,
  );
  const format: NumberFormat = {
    parts,
    pre: 0,
    post: 0,
    multi: 0,
    zeroStart: 0,
    zeroEnd: 0,
    sign: "none",
    signAfter: 0,
    flags: new Set(),
  };
  for (const part of parts) if (part.kind === "pattern") note(format, part.pattern);
  return format;
});

function note(format: NumberFormat, pattern: NumberPattern): void {
  const { flags } = format;
  if (flags.has("exponent") && pattern !== "EEEE") {
    throw syntax('"EEEE" must be the last pattern used');
  }
  switch (pattern) {
    case "9":
    case "0":
      return noteDigit(format, pattern);
    case "B":
      if (format.pre === 0 && format.post === 0 && !flags.has("zero")) flags.add("blank");
      return;
    case "D":
    case ".":
      if (flags.has("decimal")) throw syntax("multiple decimal points");
      if (flags.has("multi")) throw syntax('cannot use "V" and decimal point together');
      flags.add("decimal");
      return;
    case "V":
      if (flags.has("decimal")) throw syntax('cannot use "V" and decimal point together');
      flags.add("multi");
      return;
    case "FM":
      flags.add("fill");
      return;
    case "RN":
    case "rn":
      flags.add("roman");
      return;
    case "EEEE":
      return noteExponent(format);
    default:
      return noteSign(format, pattern);
  }
}

function noteDigit(format: NumberFormat, pattern: "9" | "0"): void {
  const { flags } = format;
  if (flags.has("bracket")) throw syntax(`"${pattern}" must be ahead of "PR"`);
  if (pattern === "9" && flags.has("multi")) {
    format.multi++;
    return;
  }
  const behind = flags.has("decimal");
  if (pattern === "0" && !behind && !flags.has("zero")) {
    flags.add("zero");
    format.zeroStart = format.pre + 1;
  }
  if (behind) format.post++;
  else format.pre++;
  if (pattern === "0") format.zeroEnd = format.pre + format.post;
}

function noteSign(format: NumberFormat, pattern: NumberPattern): void {
  const { flags } = format;
  const anchored = format.sign !== "none";
  switch (pattern) {
    case "S":
      if (anchored) throw syntax('cannot use "S" twice');
      if (flags.has("plus") || flags.has("minus") || flags.has("bracket")) {
        throw together("S", 'PL"/"MI"/"SG"/"PR');
      }
      format.sign = flags.has("decimal") ? "behind" : "before";
      if (format.sign === "before") format.signAfter = format.pre;
      return;
    case "MI":
    case "PL":
    case "SG":
      if (anchored) throw together("S", pattern);
      if (pattern !== "PL") flags.add("minus");
      if (pattern !== "MI") flags.add("plus");
      return;
    case "PR":
      if (anchored || flags.has("plus") || flags.has("minus")) {
        throw together("PR", 'S"/"PL"/"MI"/"SG');
      }
      flags.add("bracket");
      return;
    default:
      return;
  }
}

function noteExponent({ flags, sign }: NumberFormat): void {
  if (flags.has("exponent")) throw syntax('cannot use "EEEE" twice');
  const others = ["blank", "fill", "bracket", "minus", "plus", "roman", "multi"] as const;
  if (sign !== "none" || others.some((flag) => flags.has(flag))) {
    throw syntax(
      '"EEEE" is incompatible with other formats',
      '"EEEE" may only be used together with digit and decimal point patterns.',
    );
  }
  flags.add("exponent");
}
