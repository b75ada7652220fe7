/**
 * READING INTERVALS: `1 year 2 mons 3 days 04:05:06.7 ago`, `1-2 3 4:05:06`, from right to left, so
 * that a unit is known before its number; else as ISO 8601 has them.
 * https://www.postgresql.org/docs/15/datatype-datetime.html#DATATYPE-INTERVAL-INPUT
 */
import { SqlError } from "../../base/sql-error.ts";
import { decodeTime } from "./datetime-decode.ts";
import { faultOf } from "./datetime-input.ts";
import {
  badFormat,
  DateTimeFault,
  type Field,
  fieldOverflow,
  fraction,
  leadingInt4,
  splitFields,
} from "./datetime-tokens.ts";
import { readIsoInterval } from "./interval-iso.ts";
import {
  DAYS_PER_MONTH,
  IntervalSum,
  MONTHS_PER_YEAR,
  USECS_PER_DAY,
  USECS_PER_HOUR,
  USECS_PER_MINUTE,
  USECS_PER_SECOND,
} from "./interval-sum.ts";

export interface IntervalParts {
  readonly months: number;
  readonly days: number;
  readonly micros: bigint;
}

export type IntervalUnit = "year" | "month" | "day" | "hour" | "minute" | "second";
type Unit =
  | IntervalUnit
  | "microsecond"
  | "millisecond"
  | "week"
  | "decade"
  | "century"
  | "millennium"
  | "other";

/** Words are told apart by this many first letters. */
const WORD_LETTERS = 10;

const units = new Map<string, Unit>();
for (const [unit, names] of [
  ["microsecond", "us usec usecs usecond useconds microsecon"],
  ["millisecond", "ms msec msecs msecond mseconds millisecon"],
  ["second", "s sec secs second seconds"],
  ["minute", "m min mins minute minutes"],
  ["hour", "h hr hrs hour hours"],
  ["day", "d day days"],
  ["week", "w week weeks"],
  ["month", "mon mons month months"],
  ["year", "y yr yrs year years"],
  ["decade", "dec decs decade decades"],
  ["century", "c cent century centuries"],
  ["millennium", "mil mils millennia millennium"],
  ["other", "qtr quarter timezone timezone_h timezone_m"],
] as const) {
  for (const name of names.split(" ")) units.set(name, unit);
}

/** What has been said already; a second time is refused. */
const MASK = {
  microsecond: 1,
  millisecond: 2,
  second: 4,
  minute: 8,
  hour: 16,
  day: 32,
  week: 64,
  month: 128,
  year: 256,
  decade: 512,
  century: 1024,
  millennium: 2048,
} as const;
const SECONDS_MASK = MASK.microsecond | MASK.millisecond | MASK.second;
const TIME_MASK = MASK.hour | MASK.minute | SECONDS_MASK;

export interface IntervalInput {
  /** What a number without unit at the end is. */
  readonly lastUnit: IntervalUnit;
  /** MINUTE TO SECOND: two parts with a colon are these. */
  readonly minutesFirst: boolean;
  /** IntervalStyle sql_standard: a leading sign alone is everything's. */
  readonly sqlStandard: boolean;
}

class Decoder {
  readonly #sum = new IntervalSum();
  readonly #fields: readonly Field[];
  readonly #input: IntervalInput;
  readonly #allNegative: boolean;
  /** Of the next number to the left. */
  #unit: Unit | undefined;
  #known = 0;
  #ago = false;

  constructor(fields: readonly Field[], input: IntervalInput) {
    this.#fields = fields;
    this.#input = input;
    const [first, ...rest] = fields;
    const signed = rest.some(({ text }) => /^[-+]/.test(text));
    this.#allNegative = input.sqlStandard && first?.text.startsWith("-") === true && !signed;
  }

  decode(): IntervalSum {
    for (const field of this.#fields.toReversed()) {
      const set = this.#field(field);
      if (set & this.#known) throw badFormat();
      this.#known |= set;
    }
    if (this.#known === 0) throw badFormat();
    if (this.#ago) this.#sum.negate();
    return this.#sum;
  }

  #field({ kind, text }: Field): number {
    switch (kind) {
      case "time":
        return this.#time(text, false);
      case "zone": {
        const set = text.includes(":", 1) ? this.#signedTime(text) : undefined;
        return set ?? this.#number(text);
      }
      case "date":
      case "number":
        return this.#number(text);
      default:
        return this.#word(text);
    }
  }

  #time(text: string, negative: boolean): number {
    const { hour, minute, second, micros } = decodeTime(text, this.#input.minutesFirst);
    const whole = BigInt(hour) * 3600n + BigInt(minute * 60 + second);
    const total = whole * 1_000_000n + BigInt(micros);
    this.#sum.micros = negative || this.#allNegative ? -total : total;
    this.#unit = "day";
    return TIME_MASK;
  }

  /** undefined: it is no time, so perhaps a number. */
  #signedTime(text: string): number | undefined {
    try {
      return this.#time(text.slice(1), text.startsWith("-"));
    } catch (error) {
      if (error instanceof DateTimeFault) return undefined;
      throw error;
    }
  }

  #word(text: string): number {
    if (text === "ago") {
      this.#ago = true;
      this.#unit = "other";
      return 0;
    }
    const unit = units.get(text.slice(0, WORD_LETTERS));
    if (unit === undefined) throw badFormat();
    this.#unit = unit;
    return 0;
  }

  #number(text: string): number {
    this.#unit ??= this.#input.lastUnit;
    const digits = /^[+-]?\d+/.exec(text)?.[0] ?? "";
    let count = BigInt(digits.replace(/^\+/, "") || "0");
    if (BigInt.asIntN(64, count) !== count) throw fieldOverflow();
    const rest = text.slice(digits.length);
    const negative = text.startsWith("-");
    let part = 0;
    if (rest.startsWith("-")) {
      count = yearsAndMonths(count, rest.slice(1), negative);
      this.#unit = "month";
    } else if (rest.startsWith(".")) {
      part = fraction(rest) * (negative ? -1 : 1);
    } else if (rest !== "") throw badFormat();
    if (this.#allNegative) {
      if (count > 0n) count = -count;
      if (part > 0) part = -part;
    }
    return this.#add(this.#unit, count, part);
  }

  #add(unit: Unit, count: bigint, part: number): number {
    const sum = this.#sum;
    switch (unit) {
      case "microsecond":
        sum.addMicros(count, part, 1n);
        break;
      case "millisecond":
        sum.addMicros(count, part, 1000n);
        break;
      case "second":
        sum.addMicros(count, part, USECS_PER_SECOND);
        return part === 0 ? MASK.second : SECONDS_MASK;
      case "minute":
        sum.addMicros(count, part, USECS_PER_MINUTE);
        break;
      case "hour":
        sum.addMicros(count, part, USECS_PER_HOUR);
        this.#unit = "day";
        break;
      case "day":
        sum.addDays(count, 1);
        sum.addPartOf(part, USECS_PER_DAY);
        break;
      case "week":
        sum.addDays(count, 7);
        sum.addPartOfDays(part, 7);
        break;
      case "month":
        sum.addMonths(count);
        sum.addPartOfDays(part, DAYS_PER_MONTH);
        break;
      case "other":
        throw badFormat();
      default: {
        const scale = { year: 1, decade: 10, century: 100, millennium: 1000 }[unit];
        sum.addYears(count, scale);
        sum.addPartOfYears(part, scale);
      }
    }
    return MASK[unit];
  }
}

/** `1-2` */
function yearsAndMonths(years: bigint, text: string, negative: boolean): bigint {
  const { value, rest } = leadingInt4(text);
  if (value < 0 || value >= MONTHS_PER_YEAR) throw fieldOverflow();
  if (rest !== "") throw badFormat();
  const months = years * BigInt(MONTHS_PER_YEAR) + BigInt(negative ? -value : value);
  if (BigInt.asIntN(64, months) !== months) throw fieldOverflow();
  return months;
}

const BYTES_MAX = 256;

function sumOf(text: string, input: IntervalInput): IntervalSum {
  try {
    return new Decoder(splitFields(text, BYTES_MAX), input).decode();
  } catch (error) {
    if (error instanceof DateTimeFault && error.kind === "format") return readIsoInterval(text);
    throw error;
  }
}

/** Throws 22007, 22015, 22008. */
export function readInterval(text: string, input: IntervalInput): IntervalParts {
  try {
    const sum = sumOf(text, input);
    const { days, micros, totalMonths: months } = sum;
    if (months === undefined) throw new SqlError("22008", "interval out of range");
    return { months, days, micros };
  } catch (error) {
    if (!(error instanceof DateTimeFault)) throw error;
    if (error.kind === "format") throw faultOf(error, "interval", text);
    throw new SqlError("22015", `interval field value out of range: "${text}"`);
  }
}
