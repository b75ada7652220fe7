/**
 * INTERVALS OF ISO 8601: `P1Y2M3DT4H5M6.7S`, and the alternative format `P0001-02-03T04:05:06`.
 * https://www.postgresql.org/docs/15/datatype-datetime.html#DATATYPE-INTERVAL-INPUT
 */
import { badFormat, fieldOverflow } from "./datetime-tokens.ts";
import {
  DAYS_PER_MONTH,
  IntervalSum,
  USECS_PER_DAY,
  USECS_PER_HOUR,
  USECS_PER_MINUTE,
  USECS_PER_SECOND,
} from "./interval-sum.ts";

/** Beyond, the fraction of a double is not exact. */
const NUMBER_MAX = 1e15;

interface Amount {
  readonly whole: bigint;
  readonly part: number;
  /** Digits before the fraction. */
  readonly width: number;
}

class Reader {
  readonly sum = new IntervalSum();
  readonly #text: string;
  #at = 1;

  constructor(text: string) {
    if (text.length < 2 || !text.startsWith("P")) throw badFormat();
    this.#text = text;
  }

  get #next(): string {
    return this.#text[this.#at] ?? "";
  }

  #amount(): Amount {
    const number = /-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/iy;
    number.lastIndex = this.#at;
    const digits = number.exec(this.#text)?.[0];
    if (digits === undefined) throw badFormat();
    this.#at += digits.length;
    const value = Number(digits);
    if (Math.abs(value) > NUMBER_MAX) throw fieldOverflow();
    const whole = Math.trunc(value);
    const width = /^-?(\d*)/.exec(digits)?.[1]?.length ?? 0;
    return { whole: BigInt(whole), part: value - whole, width };
  }

  read(): IntervalSum {
    let inDate = true;
    let hasField = false;
    while (this.#next !== "") {
      if (this.#next === "T") {
        inDate = false;
        hasField = false;
        this.#at++;
        continue;
      }
      const amount = this.#amount();
      const unit = this.#next;
      this.#at++;
      const designated = inDate ? this.#dateUnit(unit, amount) : this.#timeUnit(unit, amount);
      if (designated) {
        hasField = true;
        continue;
      }
      const ended = inDate
        ? this.#alternativeDate(unit, amount, hasField)
        : this.#alternativeTime(unit, amount, hasField);
      if (ended) return this.sum;
      inDate = false;
      hasField = false;
    }
    return this.sum;
  }

  #dateUnit(unit: string, { whole, part }: Amount): boolean {
    const { sum } = this;
    switch (unit) {
      case "Y":
        sum.addYears(whole, 1);
        sum.addPartOfYears(part, 1);
        return true;
      case "M":
        sum.addMonths(whole);
        sum.addPartOfDays(part, DAYS_PER_MONTH);
        return true;
      case "W":
        sum.addDays(whole, 7);
        sum.addPartOfDays(part, 7);
        return true;
      case "D":
        sum.addDays(whole, 1);
        sum.addPartOf(part, USECS_PER_DAY);
        return true;
      default:
        return false;
    }
  }

  #timeUnit(unit: string, { whole, part }: Amount): boolean {
    const scale = { H: USECS_PER_HOUR, M: USECS_PER_MINUTE, S: USECS_PER_SECOND }[unit];
    if (scale === undefined) return false;
    this.sum.addMicros(whole, part, scale);
    return true;
  }

  /** yyyymmdd, or yyyy-mm-dd. Returns whether the text has ended; else a time follows. */
  #alternativeDate(unit: string, amount: Amount, hasField: boolean): boolean {
    const { sum } = this;
    const { whole, part, width } = amount;
    if (unit !== "" && unit !== "T" && unit !== "-") throw badFormat();
    if (unit !== "-" && width === 8 && !hasField) {
      sum.addYears(whole / 10000n, 1);
      sum.addMonths((whole / 100n) % 100n);
      sum.addDays(whole % 100n, 1);
      sum.addPartOf(part, USECS_PER_DAY);
      return unit === "";
    }
    if (hasField) throw badFormat();
    sum.addYears(whole, 1);
    sum.addPartOfYears(part, 1);
    if (unit !== "-") return unit === "";
    const months = this.#amount();
    sum.addMonths(months.whole);
    sum.addPartOfDays(months.part, DAYS_PER_MONTH);
    if (this.#next === "") return true;
    if (this.#takes("T")) return false;
    if (!this.#takes("-")) throw badFormat();
    const days = this.#amount();
    sum.addDays(days.whole, 1);
    sum.addPartOf(days.part, USECS_PER_DAY);
    if (this.#next === "") return true;
    if (this.#takes("T")) return false;
    throw badFormat();
  }

  /** hhmmss, or hh:mm:ss. It ends the text. */
  #alternativeTime(unit: string, amount: Amount, hasField: boolean): boolean {
    const { sum } = this;
    const { whole, part, width } = amount;
    if (unit !== "" && unit !== ":") throw badFormat();
    if (unit === "" && width === 6 && !hasField) {
      sum.addMicros(whole / 10000n, 0, USECS_PER_HOUR);
      sum.addMicros((whole / 100n) % 100n, 0, USECS_PER_MINUTE);
      sum.addMicros(whole % 100n, 0, USECS_PER_SECOND);
      sum.addPartOf(part, 1n);
      return true;
    }
    if (hasField) throw badFormat();
    sum.addMicros(whole, part, USECS_PER_HOUR);
    if (unit === "") return true;
    const minutes = this.#amount();
    sum.addMicros(minutes.whole, minutes.part, USECS_PER_MINUTE);
    if (this.#next === "") return true;
    if (!this.#takes(":")) throw badFormat();
    const seconds = this.#amount();
    sum.addMicros(seconds.whole, seconds.part, USECS_PER_SECOND);
    if (this.#next !== "") throw badFormat();
    return true;
  }

  #takes(char: string): boolean {
    if (this.#next !== char) return false;
    this.#at++;
    return true;
  }
}

/** Throws faults; a text of another form is a format fault. */
export const readIsoInterval = (text: string): IntervalSum => new Reader(text).read();
