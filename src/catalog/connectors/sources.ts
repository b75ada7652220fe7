/**
 * What each connector of a source takes, and what its columns must be.
 * https://docs.risingwave.com/sql/commands/sql-create-source
 */
import { z } from "zod";
import { SqlError } from "../../base/sql-error.ts";
import { type ConnectorSchema, parsedOptions, rate, whole, word } from "./options.ts";

const RATE_MAX = 1_000_000;

/** fields.<column>.<option> */
export const datagenSource = z
  .object({
    "datagen.rows.per.second": whole(1, RATE_MAX).default(10),
    /** There is one reader. */
    "datagen.split.num": whole(1, 1).default(1),
    source_rate_limit: rate.optional(),
  })
  .loose();

const nexmarkTables = ["Person", "Auction", "Bid"] as const;

export const nexmarkSource = z.strictObject({
  /** Without it, every event, with its type. */
  "nexmark.table.type": z
    .enum(nexmarkTables, { error: `it must be one of ${nexmarkTables.join(", ")}` })
    .optional(),
  /** Of all types; -1 = without end. */
  "nexmark.event.num": whole(-1, Number.MAX_SAFE_INTEGER).default(-1),
  /** Between two events, of whatever type; by the clock, too. */
  "nexmark.min.event.gap.in.ns": whole(1_000, 3_600_000_000_000).default(100_000),
  source_rate_limit: rate.optional(),
});

export const fileSource = z.strictObject({
  path: word,
  on_error: z.enum(["stop", "ignore"], { error: 'it must be "stop" or "ignore"' }).default("stop"),
  source_rate_limit: rate.optional(),
});

const FIELD = /^fields\.(.+)\.(kind|start|end|min|max|length|seed|max_past)$/;

export const sourceSchemas = {
  datagen: { shape: datagenSource, isKnown: (key) => FIELD.test(key) },
  file: { shape: fileSource },
  nexmark: { shape: nexmarkSource },
} as const satisfies { readonly [connector: string]: ConnectorSchema };

/** A column of a source, as far as connectors ask. */
export interface SourceColumn {
  readonly name: string;
  /** PostgreSQL's name of the type: int4, varchar. */
  readonly type: string;
}

const least = (bits: number) => -(2 ** (bits - 1));
/** Of whole numbers, the range of the type; of others, that of values without options. */
const RANGES: { readonly [type: string]: readonly [least: number, most: number] } = {
  int2: [least(16), -least(16) - 1],
  int4: [least(32), -least(32) - 1],
  int8: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  float4: [-1e6, 1e6],
  float8: [-1e9, 1e9],
  numeric: [-1e9, 1e9],
};
const TEXTS = new Set(["varchar", "text", "bpchar"]);
const TIMES = new Set(["timestamp", "timestamptz", "date"]);
const MONTH_S = 30 * 86_400;

export type DatagenField = { readonly seed: number } & (
  | {
      readonly kind: "sequence";
      readonly start: number;
      readonly end: number;
      readonly isWhole: boolean;
    }
  | {
      readonly kind: "number";
      readonly min: number;
      readonly max: number;
      readonly isWhole: boolean;
    }
  | { readonly kind: "text"; readonly length: number }
  /** Seconds into the past. */
  | { readonly kind: "time"; readonly maxPast: number; readonly isDate: boolean }
  | { readonly kind: "bool" }
);

/** What each column holds. Throws 22023, 0A000 for types that nothing is made up for. */
export function datagenFields(
  columns: readonly SourceColumn[],
  texts: { readonly [key: string]: string },
): DatagenField[] {
  const names = new Set(columns.map(({ name }) => name));
  for (const key of Object.keys(texts)) {
    const column = FIELD.exec(key)?.[1];
    if (column === undefined || names.has(column)) continue;
    throw new SqlError("42703", `column "${column}" of option "${key}" does not exist`);
  }
  return columns.map((column, at) => fieldOf(column, at, texts));
}

function fieldOf(
  { name, type }: SourceColumn,
  at: number,
  texts: { readonly [key: string]: string },
): DatagenField {
  const option = (word: string): string | undefined => texts[`fields.${name}.${word}`];
  const refuse = (word: string, why: string): SqlError =>
    new SqlError("22023", `invalid value for option "fields.${name}.${word}": "${option(word)}"`, {
      detail: `For connector "datagen", ${why}.`,
    });
  const kind = option("kind") ?? "random";
  if (kind !== "sequence" && kind !== "random") {
    throw refuse("kind", 'it must be "sequence" or "random"');
  }
  const taken = takenBy(type, kind);
  if (taken === undefined) {
    throw new SqlError("0A000", `connector "datagen" for columns of type ${type} is not supported`);
  }
  const odd = Object.keys(texts).find((key) => {
    const [, column, word = ""] = FIELD.exec(key) ?? [];
    return column === name && word !== "kind" && !taken.includes(word);
  });
  if (odd !== undefined) {
    throw new SqlError("22023", `option "${odd}" is not one of a ${kind} column of type ${type}`);
  }
  const numberOf = (word: string, initial: number): number => {
    const text = option(word);
    if (text === undefined) return initial;
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value)) throw refuse(word, "it must be a number");
    const isWhole = type.startsWith("int") || word === "seed" || word === "length";
    if (isWhole && !Number.isSafeInteger(value)) throw refuse(word, "it must be an integer");
    return value;
  };
  const seed = numberOf("seed", at);
  const isWhole = type.startsWith("int");
  const [min, max] = RANGES[type] ?? [0, 0];
  if (kind === "sequence") {
    const [start, end] = [numberOf("start", 0), numberOf("end", max)];
    if (end < start) throw refuse("end", "it must not be less than the start");
    if (start < min || end > max) throw refuse(start < min ? "start" : "end", "it is out of range");
    return { kind: "sequence", start, end, isWhole, seed };
  }
  if (type === "bool") return { kind: "bool", seed };
  if (TEXTS.has(type)) {
    const length = numberOf("length", 10);
    if (length < 1 || length > 10_000) throw refuse("length", "it must be from 1 to 10000");
    return { kind: "text", length, seed };
  }
  if (TIMES.has(type)) {
    const maxPast = numberOf("max_past", type === "date" ? MONTH_S : 86_400);
    if (maxPast < 0) throw refuse("max_past", "it must not be less than 0");
    return { kind: "time", maxPast, isDate: type === "date", seed };
  }
  const [from, to] = [numberOf("min", isWhole ? 0 : 0), numberOf("max", isWhole ? 1000 : 1000)];
  if (to < from) throw refuse("max", "it must not be less than the minimum");
  if (from < min || to > max) throw refuse(from < min ? "min" : "max", "it is out of range");
  return { kind: "number", min: from, max: to, isWhole, seed };
}

/** Options that a column of the type has; undefined: there is nothing for it. */
function takenBy(type: string, kind: string): readonly string[] | undefined {
  if (Object.hasOwn(RANGES, type)) {
    return kind === "sequence" ? ["start", "end"] : ["min", "max", "seed"];
  }
  if (kind === "sequence") return undefined;
  if (type === "bool") return ["seed"];
  if (TEXTS.has(type)) return ["length", "seed"];
  return TIMES.has(type) ? ["max_past", "seed"] : undefined;
}

type Columns = { readonly [name: string]: readonly string[] };
const INT8 = ["int8"];
const TEXT = ["varchar", "text"];
const TIME = ["timestamp", "timestamptz"];
const JSONS = ["jsonb", "json"];
/** Names of columns, and of which types they may be. */
const NEXMARK: { readonly [table: string]: Columns } = {
  Person: {
    ...{ id: INT8, name: TEXT, email_address: TEXT, credit_card: TEXT, city: TEXT, state: TEXT },
    ...{ date_time: TIME, extra: TEXT },
  },
  Auction: {
    ...{ id: INT8, item_name: TEXT, description: TEXT, initial_bid: INT8, reserve: INT8 },
    ...{ date_time: TIME, expires: TIME, seller: INT8, category: INT8, extra: TEXT },
  },
  Bid: {
    ...{ auction: INT8, bidder: INT8, price: INT8, channel: TEXT, url: TEXT },
    ...{ date_time: TIME, extra: TEXT },
  },
};
const EVENTS: Columns = { event_type: INT8, person: JSONS, auction: JSONS, bid: JSONS };

/** Any of the columns of the table, by their names. Throws 42703, 42804. */
export function checkNexmarkColumns(
  columns: readonly SourceColumn[],
  texts: { readonly [key: string]: string },
): void {
  const { "nexmark.table.type": table } = parsedOptions(nexmarkSource, JSON.stringify(texts));
  const known = table === undefined ? EVENTS : (NEXMARK[table] ?? EVENTS);
  const what = table === undefined ? "events" : `table ${table}`;
  for (const { name, type } of columns) {
    const types = Object.hasOwn(known, name) ? known[name] : undefined;
    if (types === undefined) {
      const hint = `It has: ${Object.keys(known).join(", ")}.`;
      throw new SqlError("42703", `column "${name}" is none of nexmark's ${what}`, { hint });
    }
    if (types.includes(type)) continue;
    const message = `column "${name}" is of type ${type}, and nexmark's is of type ${types.join(" or ")}`;
    throw new SqlError("42804", message);
  }
}
