/**
 * Values of settings: from what a client writes to the form that is kept (numbers in base units)
 * and to what SHOW prints (numbers with the largest unit that divides them).
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { EnumDefinition, NumberDefinition, SettingDefinition } from "./definition.ts";

export const invalidValue = (
  name: string,
  value: string,
  fields: { readonly detail?: string; readonly hint?: string } = {},
): SqlError => new SqlError("22023", `invalid value for parameter "${name}": "${value}"`, fields);

/**
 * The form that is kept. `name` is the setting's as the client wrote it. Throws 22023, and 0A000
 * beyond `only`.
 */
export function parseSetting(definition: SettingDefinition, name: string, written: string): string {
  const value = parseByType(definition, name, written);
  if (definition.only !== undefined && !definition.only.includes(value)) {
    throw notSupported(`${definition.name} = ${value === "" ? "''" : value}`);
  }
  return value;
}

function parseByType(definition: SettingDefinition, name: string, written: string): string {
  switch (definition.type) {
    case "bool":
      return parseBool(name, written);
    case "enum":
      return parseChoice(definition, name, written);
    case "integer":
    case "real":
      return parseNumber(definition, name, written);
    case "string":
      return written;
  }
}

const boolWords: readonly (readonly [word: string, least: number, value: "on" | "off"])[] = [
  ["true", 1, "on"],
  ["false", 1, "off"],
  ["yes", 1, "on"],
  ["no", 1, "off"],
  ["on", 2, "on"],
  ["off", 2, "off"],
  ["1", 1, "on"],
  ["0", 1, "off"],
];

/** true, false, yes, no, on, off and their unique beginnings, 1, 0. */
export function findBool(written: string): "on" | "off" | undefined {
  const lower = written.toLowerCase();
  return boolWords.find(([word, least]) => lower.length >= least && word.startsWith(lower))?.[2];
}

function parseBool(name: string, written: string): string {
  const value = findBool(written);
  if (value === undefined)
    throw new SqlError("22023", `parameter "${name}" requires a Boolean value`);
  return value;
}

/** Words that PostgreSQL takes without listing them. */
const hiddenChoices: { readonly [name: string]: ReadonlyMap<string, string> } = {
  client_min_messages: new Map([
    ["debug", "debug2"],
    ["info", "info"],
  ]),
};

function parseChoice(definition: EnumDefinition, name: string, written: string): string {
  const lower = written.toLowerCase();
  const value = definition.values.find((choice) => choice.toLowerCase() === lower);
  if (value !== undefined) return value;
  const hidden = hiddenChoices[definition.name]?.get(lower);
  if (hidden !== undefined) return hidden;
  if (definition.values.includes("on") && /^(true|false|yes|no|1|0)$/.test(lower)) {
    return findBool(lower) ?? "on";
  }
  throw invalidValue(name, written, { hint: `Available values: ${definition.values.join(", ")}.` });
}

// Units: how many base units (bytes, microseconds) one is.
const memoryUnits: readonly (readonly [string, number])[] = [
  ["TB", 2 ** 40],
  ["GB", 2 ** 30],
  ["MB", 2 ** 20],
  ["kB", 1024],
  ["B", 1],
];
const timeUnits: readonly (readonly [string, number])[] = [
  ["d", 86_400_000_000],
  ["h", 3_600_000_000],
  ["min", 60_000_000],
  ["s", 1_000_000],
  ["ms", 1000],
  ["us", 1],
];
const memoryHint = 'Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".';
const timeHint = 'Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".';

function unitsOf(unit: string): { base: number; units: typeof timeUnits; hint: string } {
  const memory = /^(\d*)(kB|MB|B)$/.exec(unit);
  if (memory === null) {
    const base = timeUnits.find(([name]) => name === unit)?.[1] ?? 1;
    return { base, units: timeUnits, hint: timeHint };
  }
  const scale = memoryUnits.find(([name]) => name === memory[2])?.[1] ?? 1;
  return { base: Number(memory[1] || "1") * scale, units: memoryUnits, hint: memoryHint };
}

const INTEGER_MAX = 2 ** 31 - 1;

function parseNumber(definition: NumberDefinition, name: string, written: string): string {
  const { value, unitName } = readNumber(definition, name, written);
  let number = value;
  if (unitName !== undefined && definition.unit !== undefined) {
    const { base, units, hint } = unitsOf(definition.unit);
    const factor = units.find(([unit]) => unit === unitName)?.[1];
    if (factor === undefined) throw invalidValue(name, written, { hint });
    number = (number * factor) / base;
  } else if (unitName !== undefined) throw invalidValue(name, written);
  if (definition.type === "integer") {
    number = roundHalfEven(number);
    if (number > INTEGER_MAX || number < -INTEGER_MAX - 1) {
      throw invalidValue(name, written, { hint: "Value exceeds integer range." });
    }
  }
  if (number < definition.min || number > definition.max)
    throw outsideRange(definition, name, number);
  return String(number);
}

function readNumber(definition: NumberDefinition, name: string, written: string) {
  const hex = /^\s*([+-]?)(0x[0-9a-f]+|0[0-7]+)\s*([A-Za-z]*)\s*$/i.exec(written);
  if (hex !== null && definition.type === "integer") {
    const [, sign, digits = "0", unit = ""] = hex;
    const magnitude = /^0x/i.test(digits) ? Number(digits) : Number.parseInt(digits, 8);
    return {
      value: sign === "-" ? -magnitude : magnitude,
      unitName: unit === "" ? undefined : unit,
    };
  }
  const parts = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([A-Za-z]*)\s*$/i.exec(written);
  if (parts === null) throw invalidValue(name, written);
  const [, digits = "0", unit = ""] = parts;
  return { value: Number(digits), unitName: unit === "" ? undefined : unit };
}

/** As C's rint. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function outsideRange(definition: NumberDefinition, name: string, value: number): SqlError {
  const show = definition.type === "integer" ? String : formatReal;
  const unit = definition.unit === undefined ? "" : ` ${definition.unit}`;
  return new SqlError(
    "22023",
    `${show(value)}${unit} is outside the valid range for parameter "${name}" ` +
      `(${show(definition.min)} .. ${show(definition.max)})`,
  );
}

/** What SHOW prints for a value that is kept. */
export function formatSetting(definition: SettingDefinition, value: string): string {
  if (definition.type !== "integer" && definition.type !== "real") return value;
  const number = Number(value);
  const show = definition.type === "integer" ? String : formatReal;
  if (definition.unit === undefined || number <= 0) return show(number);
  const { base, units } = unitsOf(definition.unit);
  for (const [unit, factor] of units) {
    const inUnit = (number * base) / factor;
    if (Number.isInteger(inUnit)) return `${show(inUnit)}${unit}`;
  }
  return `${show(number)}${definition.unit}`;
}

/** As C's %g. */
function formatReal(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value);
  const [mantissa = "", exponent = "0"] = value.toExponential(5).split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(Number(value.toPrecision(6)));
  const digits = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  const size = String(Math.abs(power)).padStart(2, "0");
  return `${digits}e${power < 0 ? "-" : "+"}${size}`;
}
