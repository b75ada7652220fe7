/**
 * STORAGE PARAMETERS: what WITH, SET and RESET may say of tables, indexes, views and columns, and
 * of the columns of indexes by their operator class. Kept as PostgreSQL keeps them, texts
 * "name=value" in the order in which they were given.
 * https://www.postgresql.org/docs/15/sql-createtable.html#SQL-CREATETABLE-STORAGE-PARAMETERS
 */
import { SqlError } from "../base/sql-error.ts";
import { LOCK_MODES, type LockMode } from "../txn/lock-mode.ts";
import type { RelationOption } from "./index-statement.ts";
import {
  type OptionKind,
  type OptionSet,
  opclassOptionSets,
  optionNamed,
  relationOptionSets,
} from "./option-definitions.ts";

const invalid = (message: string, detail?: string): SqlError =>
  new SqlError("22023", message, detail === undefined ? {} : { detail });

export interface OptionRules {
  /** Which of the given ones are meant: those of this namespace. Absent: those without one. */
  readonly namespace?: string;
  /** Namespaces that may be written. */
  readonly namespaces?: readonly string[];
  /** WITH (oids = false) says what is so anyway. */
  readonly acceptsOids?: boolean;
}

/** SET and WITH: the old options with the given ones in place of those of the same name. */
export function setOptions(
  old: readonly string[] | null,
  given: readonly RelationOption[],
  rules: OptionRules = {},
): readonly string[] | null {
  const set = keptOptions(old, given, rules);
  for (const option of given) {
    const { namespace, name, value = "true" } = option;
    if (namespace !== undefined && !rules.namespaces?.includes(namespace)) {
      throw invalid(`unrecognized parameter namespace "${namespace}"`);
    }
    if (namespace !== rules.namespace) continue;
    if (name.includes("=")) {
      throw invalid(`invalid option name "${name}": must not contain "="`);
    }
    if (rules.acceptsOids && namespace === undefined && name === "oids") refuseOids(value);
    else set.push(`${name}=${value}`);
  }
  return set.length === 0 ? null : set;
}

/** RESET: the old options without the given ones. 42601 when a value was written. */
export function resetOptions(
  old: readonly string[] | null,
  given: readonly RelationOption[],
  rules: OptionRules = {},
): readonly string[] | null {
  const kept = keptOptions(old, given, rules);
  if (given.some((option) => option.value !== undefined)) {
    throw new SqlError("42601", "RESET must not include values for parameters");
  }
  return kept.length === 0 ? null : kept;
}

function keptOptions(
  old: readonly string[] | null,
  given: readonly RelationOption[],
  { namespace }: OptionRules,
): string[] {
  const names = new Set(given.flatMap((each) => (each.namespace === namespace ? each.name : [])));
  return (old ?? []).filter((option) => !names.has(optionName(option)));
}

const optionName = (option: string): string => option.slice(0, option.indexOf("="));
const optionValue = (option: string): string => option.slice(option.indexOf("=") + 1);

/** The value of an option as it was written; undefined = it is not set. */
export function optionValueOf(options: readonly string[] | null, name: string): string | undefined {
  const option = options?.find((each) => optionName(each) === name);
  return option === undefined ? undefined : optionValue(option);
}

export const isOptionOn = (options: readonly string[] | null, name: string): boolean =>
  parseBoolean(optionValueOf(options, name) ?? "false") === true;

function refuseOids(value: string): void {
  const wanted = parseBoolean(value);
  if (wanted === undefined) throw new SqlError("42601", "oids requires a Boolean value");
  if (wanted) throw new SqlError("0A000", "tables declared WITH OIDS are not supported");
}

/** 22023 unless every option is one of its kind and has a value that it takes. */
export function checkOptions(options: readonly string[] | null, kind: OptionKind): void {
  checkAgainst(options, relationOptionSets[kind]);
}

/**
 * The same for the options of an operator class. `optionsFunction`: the name of its support
 * function that says which there are; undefined = it has none.
 */
export function checkOpclassOptions(
  options: readonly string[],
  opclass: string,
  optionsFunction: string | undefined,
): void {
  const known = optionsFunction === undefined ? undefined : opclassOptionSets[optionsFunction];
  if (!known) throw invalid(`operator class ${opclass} has no options`);
  checkAgainst(options, known);
}

function checkAgainst(options: readonly string[] | null, known: OptionSet): void {
  const seen = new Set<string>();
  for (const option of options ?? []) {
    const name = optionName(option);
    const definition = known.find((each) => each.name === name);
    if (!definition) throw invalid(`unrecognized parameter "${name}"`);
    if (seen.has(name)) throw invalid(`parameter "${name}" specified more than once`);
    seen.add(name);
    checkValue(name, optionValue(option), definition.value);
  }
}

function checkValue(name: string, text: string, value: OptionSet[number]["value"]): void {
  switch (value.type) {
    case "boolean":
      if (parseBoolean(text) !== undefined) return;
      throw invalid(`invalid value for boolean option "${name}": ${text}`);
    case "enum":
      if (value.values.includes(text.toLowerCase())) return;
      throw invalid(`invalid value for enum option "${name}": ${text}`, value.detail);
    case "integer":
      return checkNumber(name, text, parseInteger(text), value, "integer", String);
    case "real":
      return checkNumber(name, text, parseReal(text), value, "floating point", withSixDigits);
  }
}

function checkNumber(
  name: string,
  text: string,
  number: number | undefined,
  { min, max }: { readonly min: number; readonly max: number },
  type: string,
  show: (limit: number) => string,
): void {
  if (number === undefined) throw invalid(`invalid value for ${type} option "${name}": ${text}`);
  if (number >= min && number <= max) return;
  const detail = `Valid values are between "${show(min)}" and "${show(max)}".`;
  throw invalid(`value ${text} out of bounds for option "${name}"`, detail);
}

/** C's %f. */
const withSixDigits = (value: number): string =>
  Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;

/** Any beginning of true, false, yes and no; on, off; 1, 0. */
function parseBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (word === "") return undefined;
  if ("true".startsWith(word) || "yes".startsWith(word)) return true;
  if ("false".startsWith(word) || "no".startsWith(word)) return false;
  if (word === "on" || word === "1") return true;
  if (word === "off" || word === "of" || word === "0") return false;
  return undefined;
}

/** Decimal, 0x hexadecimal and 0 octal numbers; fractions are rounded. */
function parseInteger(text: string): number | undefined {
  const match = /^\s*([+-]?)(0x[0-9a-f]+|0[0-7]+|\d+)\s*$/i.exec(text);
  const [, sign = "", digits = ""] = match ?? [];
  const octal = /^0[0-7]+$/.test(digits);
  const number = match
    ? Number(octal ? `0o${digits.slice(1)}` : digits) * (sign === "-" ? -1 : 1)
    : parseReal(text);
  if (number === undefined) return undefined;
  const rounded = roundHalfEven(number);
  return Math.abs(rounded) <= 2 ** 31 && rounded < 2 ** 31 ? rounded : undefined;
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

function parseReal(text: string): number | undefined {
  const infinite = /^\s*([+-]?)inf(?:inity)?\s*$/i.exec(text);
  if (infinite) return infinite[1] === "-" ? -Infinity : Infinity;
  const match = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*$/i.exec(text);
  const value = match ? Number(match[1]) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** The lock that SET and RESET of these take: the strongest that one of them needs. */
export function lockModeOf(options: readonly RelationOption[]): LockMode {
  let strongest = 0;
  for (const { name } of options) {
    const mode = optionNamed(name)?.lock ?? "AccessExclusive";
    strongest = Math.max(strongest, LOCK_MODES.indexOf(mode));
  }
  return LOCK_MODES[strongest] ?? "AccessExclusive";
}
