/**
 * READING DATES AND TIMES: the fields of a text one after the other, as PostgreSQL's
 * DecodeDateTime and DecodeTimeOnly take them.
 * https://www.postgresql.org/docs/15/datetime-input-rules.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { civilOf, daysOf } from "./calendar.ts";
import {
  applyMeridian,
  DATE_MASK,
  type DateOrder,
  decodeDate,
  decodeNumber,
  decodeOffset,
  decodeRun,
  decodeTime,
  isBeyondDay,
  MASK,
  Moment,
  microsOf,
  SECONDS_MASK,
  TIME_MASK,
  validateDate,
} from "./datetime-decode.ts";
import {
  badFormat,
  DateTimeFault,
  type Field,
  fieldOverflow,
  fraction,
  leadingInt4,
  roundEven,
  splitFields,
  type Unit,
  type Word,
  wordNamed,
} from "./datetime-tokens.ts";
import { findZone, type TimeZone } from "./time-zones.ts";
import { zoneAbbreviations } from "./zone-abbreviations.ts";

export type SpecialDate = "infinity" | "-infinity" | "epoch" | "now";

/** What the text said. */
export interface DateTimeParts {
  readonly special?: SpecialDate;
  /** Days since 2000-01-01. */
  readonly days?: number;
  /** µs of the day; 24:00:00 is allowed. */
  readonly time: bigint;
  /** Seconds east of UTC, or a zone by name. */
  readonly offset?: number;
  readonly zone?: TimeZone;
}

export interface DateTimeInput {
  readonly order: DateOrder;
  /** As messages name it. */
  readonly type: string;
  /** Days since 2000-01-01 of the local day: what today is. */
  readonly today: () => number;
}

const invalidDateTime = (type: string, text: string): SqlError =>
  new SqlError("22007", `invalid input syntax for type ${type}: "${text}"`);

const MONTH_OR_DAY_HINT = 'Perhaps you need a different "datestyle" setting.';

/** A fault in the words of a type's input function. */
export function faultOf(fault: DateTimeFault, type: string, text: string): SqlError {
  switch (fault.kind) {
    case "format":
      return invalidDateTime(type, text);
    case "zone":
      return new SqlError("22009", `time zone displacement out of range: "${text}"`);
    default: {
      const hint = fault.kind === "month or day" ? { hint: MONTH_OR_DAY_HINT } : {};
      return new SqlError("22008", `date/time field value out of range: "${text}"`, hint);
    }
  }
}

const BYTES_MAX = 129;
const TIMESTAMP_BYTES_MAX = 153;

/** Throws 22007 naming the type, 22008, 22009, 22023. */
export function readDateTime(text: string, input: DateTimeInput): DateTimeParts {
  const { type } = input;
  try {
    const fields = splitFields(text, /stamp/.test(type) ? TIMESTAMP_BYTES_MAX : BYTES_MAX);
    const isTime = type === "time" || type === "time with time zone";
    return new Decoder(fields, input, isTime).decode();
  } catch (error) {
    if (error instanceof DateTimeFault) throw faultOf(error, type, text);
    throw error;
  }
}

class Decoder {
  readonly #fields: readonly Field[];
  readonly #input: DateTimeInput;
  /** A time of day is wanted: dates are taken only beside a time zone. */
  readonly #timeOnly: boolean;
  readonly #moment = new Moment();
  #known = 0;
  /** What the next number is, by the label before it. */
  #label: Unit | undefined;
  #textMonth = false;
  #offset: number | undefined;
  #zone: TimeZone | undefined;
  #byAbbreviation = false;
  #special: SpecialDate | undefined;

  constructor(fields: readonly Field[], input: DateTimeInput, timeOnly: boolean) {
    this.#fields = fields;
    this.#input = input;
    this.#timeOnly = timeOnly;
  }

  decode(): DateTimeParts {
    for (const [at, field] of this.#fields.entries()) {
      const set = this.#field(field, at);
      if (set === undefined) continue;
      if (set & this.#known) throw badFormat();
      this.#known |= set;
    }
    validateDate(this.#moment, this.#known);
    applyMeridian(this.#moment);
    this.#check();
    return this.#parts();
  }

  /** What the field has set; undefined: a word that says nothing. */
  #field(field: Field, at: number): number | undefined {
    switch (field.kind) {
      case "date":
        return this.#timeOnly ? this.#dateBesideTime(field.text, at) : this.#date(field.text);
      case "time":
        return this.#time(field.text);
      case "zone":
        this.#offset = decodeOffset(field.text);
        return MASK.zone;
      case "number":
        return this.#label === undefined
          ? this.#number(field.text, at)
          : this.#labelled(this.#label, field.text);
      default:
        return this.#word(field.text, at);
    }
  }

  #date(text: string): number {
    const known = this.#known;
    if (this.#label === "julian") return this.#julianWithZone(text);
    const monthAndDay = MASK.month | MASK.day;
    if (this.#label === undefined && (known & monthAndDay) !== monthAndDay) {
      return decodeDate(this.#moment, text, known, this.#input.order);
    }
    if (!/^\d/.test(text) && this.#label === undefined) return this.#zoneNamed(text);
    if (this.#label !== undefined && this.#label !== "time") throw badFormat();
    this.#label = undefined;
    if ((known & TIME_MASK) === TIME_MASK) throw badFormat();
    return this.#runWithZone(text, known);
  }

  /** hhmmss-zz */
  #runWithZone(text: string, known: number): number {
    const at = text.indexOf("-");
    if (at < 0) throw badFormat();
    this.#offset = decodeOffset(text.slice(at));
    return decodeRun(this.#moment, text.slice(0, at), known) | MASK.zone;
  }

  #julianWithZone(text: string): number {
    const { value, rest } = leadingInt4(text);
    if (value < 0) throw fieldOverflow();
    this.#moment.setJulian(value);
    this.#offset = decodeOffset(rest);
    this.#label = undefined;
    return DATE_MASK | TIME_MASK | MASK.zone;
  }

  #dateBesideTime(text: string, at: number): number {
    const fields = this.#fields;
    const last = fields.at(-1);
    if (at === 0 && fields.length >= 2 && (last?.kind === "date" || fields[1]?.kind === "time")) {
      return decodeDate(this.#moment, text, this.#known, this.#input.order);
    }
    if (!/^\d/.test(text)) return this.#zoneNamed(text);
    if ((this.#known & TIME_MASK) === TIME_MASK) throw badFormat();
    return this.#runWithZone(text, this.#known | DATE_MASK);
  }

  #zoneNamed(name: string): number {
    this.#zone = findZone(name);
    if (!this.#zone) throw new SqlError("22023", `time zone "${name}" not recognized`);
    return MASK.zone;
  }

  #time(text: string): number {
    if (!this.#timeOnly) {
      if (this.#label !== undefined && this.#label !== "time") throw badFormat();
      this.#label = undefined;
    }
    const time = decodeTime(text, false);
    Object.assign(this.#moment, time);
    if (!this.#timeOnly && isBeyondDay(time)) throw fieldOverflow();
    return TIME_MASK;
  }

  #number(text: string, at: number): number {
    const { order } = this.#input;
    const moment = this.#moment;
    const dot = text.indexOf(".");
    const known = this.#timeOnly ? this.#known | DATE_MASK : this.#known;
    if (dot >= 0 && this.#timeOnly) {
      const fields = this.#fields;
      if (at === 0 && fields.length >= 2 && fields.at(-1)?.kind === "date") {
        return decodeDate(moment, text, this.#known, order);
      }
      if (dot > 2) return decodeRun(moment, text, known);
      throw badFormat();
    }
    if (dot >= 0 && !(known & DATE_MASK)) return decodeDate(moment, text, known, order);
    // Five digits are a year. More are a date or a time, unless both are known.
    const run = this.#timeOnly
      ? text.length > 4
      : text.length >= 6 && !(known & DATE_MASK && known & TIME_MASK);
    if (dot > 2 || run) return decodeRun(moment, text, known);
    return decodeNumber(moment, text, this.#textMonth && !this.#timeOnly, known, order);
  }

  /** `y2001`, `h04`, `J2451187.5`, `T040506` */
  #labelled(label: Unit, text: string): number {
    const moment = this.#moment;
    const { value, rest } = leadingInt4(text);
    const takesFraction = label === "julian" || label === "time" || label === "second";
    if (rest !== "" && !(rest.startsWith(".") && takesFraction)) throw badFormat();
    this.#label = undefined;
    // Whatever word stood before, it is a date now.
    if (this.#special !== "now") this.#special = undefined;
    switch (label) {
      case "month":
        if (this.#known & MASK.month && this.#known & MASK.hour) {
          moment.minute = value;
          return MASK.minute;
        }
        moment.month = value;
        return MASK.month;
      case "year":
      case "day":
      case "hour":
      case "minute":
        moment[label] = value;
        return MASK[label];
      case "second":
        moment.second = value;
        if (rest === "") return MASK.second;
        moment.micros = microsOf(rest);
        return SECONDS_MASK;
      case "julian":
        return this.#julian(value, rest);
      case "time": {
        const set = decodeRun(moment, text, this.#known | DATE_MASK);
        if (set !== TIME_MASK) throw badFormat();
        return set;
      }
      default:
        throw badFormat();
    }
  }

  #julian(day: number, rest: string): number {
    if (day < 0) throw fieldOverflow();
    const moment = this.#moment;
    moment.setJulian(day);
    if (rest === "") return DATE_MASK;
    const micros = Math.trunc(fraction(rest) * 86_400_000_000);
    moment.hour = Math.floor(micros / 3_600_000_000);
    moment.minute = Math.floor(micros / 60_000_000) % 60;
    moment.second = Math.floor(micros / 1_000_000) % 60;
    moment.micros = roundEven(micros % 1_000_000);
    return DATE_MASK | TIME_MASK;
  }

  #word(text: string, at: number): number | undefined {
    const abbreviated = this.#abbreviation(text);
    if (abbreviated !== undefined) return abbreviated;
    const word = wordNamed(text);
    switch (word?.is) {
      case "ignored":
        return undefined;
      case "meridian":
        this.#moment.meridian = word.pm ? "pm" : "am";
        return MASK.meridian;
      case "era":
        this.#moment.bc = word.bc;
        return MASK.era;
      case "daylight":
        this.#offset = (this.#offset ?? 0) + 3600;
        return MASK.daylight;
      case "unit":
        this.#label = word.unit;
        return 0;
      case "isoTime": {
        const next = this.#fields[at + 1]?.kind;
        const isTime = next === "number" || next === "time" || next === "date";
        const dated = this.#timeOnly || (this.#known & DATE_MASK) === DATE_MASK;
        if (!isTime || !dated) throw badFormat();
        this.#label = "time";
        return 0;
      }
      case "reserved":
        return this.#reserved(word.word);
      case "month":
      case "weekday":
        return this.#calendarWord(word);
      default:
        this.#zone = findZone(text);
        if (!this.#zone) throw badFormat();
        return MASK.zone;
    }
  }

  #abbreviation(text: string): number | undefined {
    const found = zoneAbbreviations.get(text);
    if (!found) return undefined;
    if (typeof found.meaning === "string") {
      this.#zone = findZone(found.meaning);
      this.#byAbbreviation = true;
      return MASK.zone;
    }
    this.#offset = found.meaning;
    return MASK.zone | (found.daylight ? MASK.daylight : 0);
  }

  #calendarWord(word: Extract<Word, { is: "month" | "weekday" }>): number {
    if (this.#timeOnly) throw badFormat();
    if (word.is === "weekday") return MASK.weekday;
    const moment = this.#moment;
    const known = this.#known;
    let set: number = MASK.month;
    const isDay = known & MASK.month && !this.#textMonth && !(known & MASK.day);
    if (isDay && moment.month >= 1 && moment.month <= 31) {
      moment.day = moment.month;
      set = MASK.day;
    }
    this.#textMonth = true;
    moment.month = word.month;
    return set;
  }

  #reserved(word: Extract<Word, { is: "reserved" }>["word"]): number {
    switch (word) {
      case "now":
        this.#special = "now";
        if (this.#timeOnly) return TIME_MASK;
        this.#setDay(0);
        return DATE_MASK | TIME_MASK | MASK.zone;
      case "allballs":
        Object.assign(this.#moment, { hour: 0, minute: 0, second: 0 });
        this.#offset = 0;
        return TIME_MASK | MASK.zone;
      case "today":
      case "tomorrow":
      case "yesterday": {
        if (this.#timeOnly) throw badFormat();
        this.#setDay({ today: 0, tomorrow: 1, yesterday: -1 }[word]);
        return DATE_MASK;
      }
      default:
        if (this.#timeOnly) throw badFormat();
        this.#special = word;
        return MASK.reserved;
    }
  }

  /** The day so many days after today; a time that was given stays. */
  #setDay(shift: number): void {
    const { year, month, day } = civilOf(this.#input.today() + shift);
    Object.assign(this.#moment, { year, month, day, julian: true });
  }

  /** What must be there for the type, and go together. */
  #check(): void {
    const known = this.#known;
    const dated = (known & DATE_MASK) === DATE_MASK;
    if (this.#timeOnly) {
      const { minute, second } = this.#moment;
      const outside = minute < 0 || minute > 59 || second < 0 || second > 60;
      if (outside || this.#moment.hour < 0 || isBeyondDay(this.#moment)) throw fieldOverflow();
      if ((known & TIME_MASK) !== TIME_MASK) throw badFormat();
      const named = this.#zone !== undefined && !this.#byAbbreviation;
      const needsDate = named && this.#zone?.fixed === false;
      const halfDated = (known & DATE_MASK) !== 0 && (this.#byAbbreviation || !(known & MASK.zone));
      if ((needsDate || halfDated) && !dated) throw badFormat();
    } else if (!dated && (this.#special === undefined || this.#special === "now")) {
      throw badFormat();
    }
    if (this.#special !== undefined) return;
    const named = this.#zone !== undefined && !this.#byAbbreviation;
    const alone = known & MASK.daylight && (named || !(known & MASK.zone));
    if (alone) throw badFormat();
  }

  #parts(): DateTimeParts {
    const { year, month, day, hour, minute, second, micros } = this.#moment;
    const seconds = BigInt((hour * 60 + minute) * 60 + second);
    const dated = (this.#known & DATE_MASK) === DATE_MASK && this.#special !== "now";
    return {
      ...(this.#special === undefined ? {} : { special: this.#special }),
      ...(dated ? { days: daysOf(year, month, day) } : {}),
      time: seconds * 1_000_000n + BigInt(micros),
      ...(this.#offset === undefined ? {} : { offset: this.#offset }),
      ...(this.#zone === undefined ? {} : { zone: this.#zone }),
    };
  }
}
