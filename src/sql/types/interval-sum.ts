/** AN INTERVAL IN THE MAKING: amounts of any unit added up, each field within its range. */
import { fieldOverflow, roundEven } from "./datetime-tokens.ts";

export const USECS_PER_SECOND = 1_000_000n;
export const USECS_PER_MINUTE = 60_000_000n;
export const USECS_PER_HOUR = 3_600_000_000n;
export const USECS_PER_DAY = 86_400_000_000n;
export const MONTHS_PER_YEAR = 12;
export const DAYS_PER_MONTH = 30;

const INT4_MAX = 0x7fffffff;
const isInt4 = (value: number): boolean => value <= INT4_MAX && value >= -INT4_MAX - 1;

function int4(value: number): number {
  if (!isInt4(value)) throw fieldOverflow();
  return value;
}

function int8(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw fieldOverflow();
  return value;
}

/** Every method throws a field fault where a field leaves its range. */
export class IntervalSum {
  years = 0;
  months = 0;
  days = 0;
  micros = 0n;

  addMicros(count: bigint, part: number, scale: bigint): void {
    this.micros = int8(this.micros + int8(count * scale));
    this.addPartOf(part, scale);
  }

  /** A fraction of a unit of so many µs. */
  addPartOf(part: number, scale: bigint): void {
    if (part === 0) return;
    const exact = part * Number(scale);
    let whole = Math.trunc(exact);
    const rest = exact - whole;
    if (rest > 0.5) whole++;
    else if (rest < -0.5) whole--;
    this.micros = int8(this.micros + BigInt(whole));
  }

  addDays(count: bigint, scale: number): void {
    this.days = int4(this.days + int4(int4(Number(count)) * scale));
  }

  /** A fraction of a unit of so many days. */
  addPartOfDays(part: number, scale: number): void {
    if (part === 0) return;
    const exact = part * scale;
    const whole = Math.trunc(exact);
    this.days = int4(this.days + whole);
    this.addPartOf(exact - whole, USECS_PER_DAY);
  }

  addMonths(count: bigint): void {
    this.months = int4(this.months + int4(Number(count)));
  }

  addYears(count: bigint, scale: number): void {
    this.years = int4(this.years + int4(int4(Number(count)) * scale));
  }

  /** A fraction of a unit of so many years. */
  addPartOfYears(part: number, scale: number): void {
    this.months = int4(this.months + roundEven(part * scale * MONTHS_PER_YEAR));
  }

  negate(): void {
    // Zero has no sign.
    this.years = int4(-this.years || 0);
    this.months = int4(-this.months || 0);
    this.days = int4(-this.days || 0);
    this.micros = int8(-this.micros);
  }

  /** undefined where the months leave their range. */
  get totalMonths(): number | undefined {
    const total = this.years * MONTHS_PER_YEAR + this.months;
    return isInt4(total) ? total : undefined;
  }
}
