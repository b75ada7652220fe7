/**
 * COPY's OPTIONS, checked in PostgreSQL's order.
 * https://www.postgresql.org/docs/15/sql-copy.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { encodingName, encodingNumber } from "../../catalog/encodings.ts";
import {
  booleanOf,
  conflicting,
  findBoolean,
  type StatementOption,
  textOf,
} from "../../catalog/statement-option.ts";

export interface CopyFormat {
  readonly kind: "text" | "csv" | "binary";
  /** One byte. */
  readonly delimiter: string;
  readonly nullText: string;
  readonly header: "none" | "line" | "match";
  /** One byte each; in CSV only. */
  readonly quote: string;
  readonly escapeCharacter: string;
  readonly forceQuote: readonly string[] | "all";
  readonly forceNotNull: readonly string[];
  readonly forceNull: readonly string[];
  /** Its name; undefined: the client's. */
  readonly encoding: string | undefined;
}

/** The options as they are given, each at most once. */
interface Given {
  kind?: CopyFormat["kind"];
  freeze?: boolean;
  delimiter?: string;
  null?: string;
  header?: CopyFormat["header"];
  quote?: string;
  escape?: string;
  forceQuote?: readonly string[] | "all";
  forceNotNull?: readonly string[];
  forceNull?: readonly string[];
  encoding?: string;
}

export function copyFormat(options: readonly StatementOption[], isFrom: boolean): CopyFormat {
  const given: Given = {};
  for (const option of options) readOption(given, option, isFrom);
  const kind = given.kind ?? "text";
  if (kind === "binary" && given.delimiter !== undefined) throw notInBinary("DELIMITER");
  if (kind === "binary" && given.null !== undefined) throw notInBinary("NULL");
  const isCsv = kind === "csv";
  const quote = given.quote ?? '"';
  const format: CopyFormat = {
    kind,
    delimiter: given.delimiter ?? (isCsv ? "," : "\t"),
    nullText: given.null ?? (isCsv ? "" : "\\N"),
    header: given.header ?? "none",
    quote,
    escapeCharacter: given.escape ?? quote,
    forceQuote: given.forceQuote ?? [],
    forceNotNull: given.forceNotNull ?? [],
    forceNull: given.forceNull ?? [],
    encoding: given.encoding,
  };
  checkCharacters(format, given);
  checkColumnOptions(given, isCsv, isFrom);
  checkNullText(format);
  return format;
}

function readOption(given: Given, option: StatementOption, isFrom: boolean): void {
  switch (option.name) {
    case "format":
      return set(given, "kind", option, formatKind);
    case "freeze":
      return set(given, "freeze", option, booleanOf);
    case "delimiter":
    case "null":
    case "quote":
    case "escape":
      return set(given, option.name, option, textOf);
    case "header":
      return set(given, "header", option, (each) => header(each, isFrom));
    case "force_quote":
      return set(given, "forceQuote", option, (each) =>
        each.value?.kind === "star" ? "all" : names(each),
      );
    case "force_not_null":
      return set(given, "forceNotNull", option, names);
    case "force_null":
      return set(given, "forceNull", option, names);
    case "encoding":
      return set(given, "encoding", option, encoding);
    default:
      throw new SqlError("42601", `option "${option.name}" not recognized`).at(option.position);
  }
}

function set<Name extends keyof Given>(
  given: Given,
  name: Name,
  option: StatementOption,
  read: (option: StatementOption) => Exclude<Given[Name], undefined>,
): void {
  if (given[name] !== undefined) throw conflicting(option);
  given[name] = read(option);
}

function formatKind(option: StatementOption): CopyFormat["kind"] {
  const kind = textOf(option);
  if (kind === "text" || kind === "csv" || kind === "binary") return kind;
  throw new SqlError("22023", `COPY format "${kind}" not recognized`).at(option.position);
}

function header(option: StatementOption, isFrom: boolean): CopyFormat["header"] {
  const found = findBoolean(option);
  if (found !== undefined) return found ? "line" : "none";
  const text = option.value?.kind === "integer" ? "" : textOf(option);
  if (text.toLowerCase() !== "match") {
    throw new SqlError("42601", `${option.name} requires a Boolean value or "match"`);
  }
  if (!isFrom) throw new SqlError("0A000", `cannot use "${text}" with HEADER in COPY TO`);
  return "match";
}

function names(option: StatementOption): readonly string[] {
  if (option.value?.kind === "names") return option.value.names;
  throw badArgument(option, "a list of column names");
}

function encoding(option: StatementOption): string {
  const name = encodingName(encodingNumber(textOf(option)));
  if (name !== "") return name;
  throw badArgument(option, "a valid encoding name");
}

const badArgument = ({ name, position }: StatementOption, what: string): SqlError =>
  new SqlError("22023", `argument to option "${name}" must be ${what}`).at(position);

const notInBinary = (what: string): SqlError =>
  new SqlError("42601", `cannot specify ${what} in BINARY mode`);
const missing = (message: string): SqlError => new SqlError("0A000", message);
const invalid = (message: string): SqlError => new SqlError("22023", message);

const isOneByte = (text: string): boolean => Buffer.byteLength(text) === 1;
const hasLineEnd = (text: string): boolean => /[\r\n]/.test(text);

function checkCharacters(
  { kind, delimiter, nullText, quote, escapeCharacter, header }: CopyFormat,
  given: Given,
) {
  if (!isOneByte(delimiter)) throw missing("COPY delimiter must be a single one-byte character");
  if (hasLineEnd(delimiter)) throw invalid("COPY delimiter cannot be newline or carriage return");
  if (hasLineEnd(nullText)) {
    throw invalid("COPY null representation cannot use newline or carriage return");
  }
  const isCsv = kind === "csv";
  if (!isCsv && /[\\.a-z0-9]/.test(delimiter)) {
    throw invalid(`COPY delimiter cannot be "${delimiter}"`);
  }
  if (kind === "binary" && header !== "none") {
    throw missing("cannot specify HEADER in BINARY mode");
  }
  if (!isCsv && given.quote !== undefined) throw missing("COPY quote available only in CSV mode");
  if (isCsv && !isOneByte(quote)) {
    throw missing("COPY quote must be a single one-byte character");
  }
  if (isCsv && delimiter === quote) throw invalid("COPY delimiter and quote must be different");
  if (!isCsv && given.escape !== undefined) throw missing("COPY escape available only in CSV mode");
  if (isCsv && !isOneByte(escapeCharacter)) {
    throw missing("COPY escape must be a single one-byte character");
  }
}

function checkColumnOptions(given: Given, isCsv: boolean, isFrom: boolean): void {
  const options = [
    ["force quote", given.forceQuote, "COPY TO", !isFrom],
    ["force not null", given.forceNotNull, "COPY FROM", isFrom],
    ["force null", given.forceNull, "COPY FROM", isFrom],
  ] as const;
  for (const [what, columns, where, isThere] of options) {
    if (columns === undefined) continue;
    if (!isCsv) throw missing(`COPY ${what} available only in CSV mode`);
    if (!isThere) throw missing(`COPY ${what} only available using ${where}`);
  }
}

function checkNullText({ kind, delimiter, nullText, quote }: CopyFormat): void {
  if (nullText.includes(delimiter)) {
    throw missing("COPY delimiter must not appear in the NULL specification");
  }
  if (kind === "csv" && nullText.includes(quote)) {
    throw missing("CSV quote character must not appear in the NULL specification");
  }
}
