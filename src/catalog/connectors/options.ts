/**
 * OPTIONS OF SOURCES AND SINKS: `WITH (connector = …, key = 'value')`, and of connections, whose
 * `type` is a connector. Each connector says by a schema which it takes; any other key is refused,
 * with the nearest one that is known.
 */
import { z } from "zod";
import { levenshtein } from "../../base/levenshtein.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { ConnectorFormat, ConnectorOption } from "../job-statement.ts";

/** Values whose keys are like this are never shown. */
const SECRET = /passw|secret|token|credential|private|access_?key/i;
/** SQL's pattern for the same. */
export const SECRET_PATTERN = SECRET.source;
export const isSecretKey = (key: string): boolean => SECRET.test(key);

const DISTANCE_MAX = 3;
const nearest = (key: string, known: readonly string[]): string | undefined => {
  const distances = known.map((each) => [levenshtein(key, each, DISTANCE_MAX), each] as const);
  const [best] = distances.sort(([a], [b]) => a - b);
  return best && best[0] <= DISTANCE_MAX ? best[1] : undefined;
};

const hintOf = (key: string, known: readonly string[]) => {
  const near = nearest(key, known);
  return near === undefined ? {} : { hint: `Perhaps you meant "${near}".` };
};

// Values of options, all of which are texts.

export const word = z.string().min(1, "it must not be empty");
export const yes = z
  .enum(["true", "false"], { error: 'it must be "true" or "false"' })
  .transform((text) => text === "true");
export const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^-?\d+$/, "it must be an integer")
    .transform(Number)
    .refine((value) => value >= least && value <= most, `it must be from ${least} to ${most}`);
/** Of every source and sink. */
export const rate = whole(0, 2 ** 32 - 1);

/** What a connector takes. */
export interface ConnectorSchema {
  readonly shape: z.ZodObject;
  /** Keys whose names the columns decide; they are read by `shape` as they are. */
  readonly isKnown?: (key: string) => boolean;
}

type Schemas = { readonly [connector: string]: ConnectorSchema };

export interface ReadOptions {
  readonly connector: string;
  /** As they were written, without the connector. */
  readonly texts: { readonly [key: string]: string };
}

/** Which option says whose the others are. */
const CHOICE = { source: "connector", sink: "connector", connection: "type" } as const;
type Optioned = keyof typeof CHOICE;

/** Throws 42601, 22023, 0A000. */
export function readOptions(
  noun: Optioned,
  schemas: Schemas,
  options: readonly ConnectorOption[],
  format: ConnectorFormat | undefined,
): ReadOptions {
  const texts: { [key: string]: string } = {};
  for (const { key, value, position } of options) {
    if (Object.hasOwn(texts, key)) {
      throw new SqlError("42601", `conflicting or redundant options: "${key}"`).at(position);
    }
    texts[key] = value;
  }
  const choice = CHOICE[noun];
  const { [choice]: connector, ...rest } = texts;
  const known = Object.keys(schemas);
  const hint = `${choice === "type" ? "Types" : "Connectors"} of a ${noun} are: ${known.join(", ")}.`;
  if (connector === undefined) {
    throw new SqlError("22023", `option "${choice}" of a ${noun} is missing`, { hint });
  }
  const schema = Object.hasOwn(schemas, connector) ? schemas[connector] : undefined;
  if (schema === undefined) {
    const position = options.find(({ key }) => key === choice)?.valuePosition;
    const message = `${choice} "${connector}" of a ${noun} is not supported`;
    throw new SqlError("0A000", message, { hint }).at(position);
  }
  checkFormat(connector, format);
  const chosen = `${choice} "${connector}"`;
  for (const { key, position } of options) {
    const isKnown = key === choice || Object.hasOwn(schema.shape.shape, key);
    if (isKnown || schema.isKnown?.(key)) continue;
    const message = `unrecognized option "${key}" of ${chosen}`;
    throw new SqlError("22023", message, hintOf(key, Object.keys(schema.shape.shape))).at(position);
  }
  const parsed = schema.shape.safeParse(rest);
  if (!parsed.success) throw invalid(chosen, options, parsed.error);
  return { connector, texts: rest };
}

function invalid(
  chosen: string,
  options: readonly ConnectorOption[],
  { issues: [issue] }: z.ZodError,
): SqlError {
  const key = String(issue?.path[0] ?? "");
  const option = options.find((each) => each.key === key);
  if (option === undefined) {
    const what = key === "" ? issue?.message : `option "${key}" is missing`;
    return new SqlError("22023", `${chosen}: ${what}`);
  }
  const shown = isSecretKey(key) ? "***" : option.value;
  const message = `invalid value for option "${key}": "${shown}"`;
  const detail = `For ${chosen}, ${issue?.message}.`;
  return new SqlError("22023", message, { detail }).at(option.valuePosition);
}

/** Rows are JSON wherever they are a text. */
function checkFormat(connector: string, format: ConnectorFormat | undefined): void {
  if (!format) return;
  const { encode, options, position } = format;
  const isPlain = format.format.toLowerCase() === "plain" && encode.toLowerCase() === "json";
  const words = `FORMAT ${format.format.toUpperCase()} ENCODE ${encode.toUpperCase()}`;
  if (!isPlain) throw notSupported(`${words} of connector "${connector}"`).at(position);
  const [option] = options;
  if (option) throw notSupported(`option "${option.key}" of ${words}`).at(option.position);
}

/** Of options that were read once: what their schema makes of them. */
export function parsedOptions<S extends z.ZodObject>(shape: S, texts: string): z.output<S> {
  return shape.parse(JSON.parse(texts));
}
