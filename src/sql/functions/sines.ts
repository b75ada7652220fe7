/**
 * Sine and cosine of one turn, rounded from twice as many digits: the last digit of Math.sin
 * differs from the C library's.
 */

/** The sum of both, the second too small to show in the first. */
type Double = readonly [high: number, low: number];

function sum(a: number, b: number): Double {
  const high = a + b;
  const part = high - a;
  return [high, a - (high - part) + (b - part)];
}

const SPLIT = 2 ** 27 + 1;
function halves(value: number): Double {
  const high = value * SPLIT - (value * SPLIT - value);
  return [high, value - high];
}

function product(a: number, b: number): Double {
  const high = a * b;
  const [[a1, a2], [b1, b2]] = [halves(a), halves(b)];
  return [high, a1 * b1 - high + a1 * b2 + a2 * b1 + a2 * b2];
}

function add(a: Double, b: Double): Double {
  const [high, low] = sum(a[0], b[0]);
  return sum(high, low + a[1] + b[1]);
}

function multiply(a: Double, b: Double): Double {
  const [high, low] = product(a[0], b[0]);
  return sum(high, low + a[0] * b[1] + a[1] * b[0]);
}

function divide(a: Double, by: number): Double {
  const first = a[0] / by;
  const [high, low] = product(first, by);
  return sum(first, (a[0] - high - low + a[1]) / by);
}

const TERMS = 30;
/** 1 / n! */
const inverseFactorials: Double[] = [[1, 0]];
for (let n = 1; n <= TERMS; n++) {
  inverseFactorials.push(divide(inverseFactorials[n - 1] as Double, n));
}

/** The series of sine (`first` 1) or cosine (0). */
function series(x: Double, first: 0 | 1): number {
  const square = multiply(x, x);
  const minusSquare: Double = [-square[0], -square[1]];
  let total: Double = [0, 0];
  for (let n = TERMS - 2 + first; n >= 0; n -= 2) {
    total = add(multiply(total, minusSquare), inverseFactorials[n] as Double);
  }
  if (first === 1) total = multiply(total, x);
  return total[0];
}

const QUARTER: Double = [Math.PI / 2, 6.123233995736766e-17];
/** What is left of a quarter turn. */
const QUARTER_REST = -1.4973849048591833e-33;

function inQuarter(angle: number): { quarter: number; rest: Double } {
  const quarter = Math.round(angle / QUARTER[0]);
  const [high, low] = product(-quarter, QUARTER[0]);
  const part = add([angle, 0], [high, low]);
  const [midHigh, midLow] = product(-quarter, QUARTER[1]);
  const rest = add(part, [midHigh, midLow - quarter * QUARTER_REST]);
  return { quarter: ((quarter % 4) + 4) % 4, rest };
}

/** Of an angle within a few turns. */
export function sine(angle: number): number {
  const { quarter, rest } = inQuarter(angle);
  const value = series(rest, quarter % 2 === 0 ? 1 : 0);
  return quarter < 2 ? value : -value;
}

export function cosine(angle: number): number {
  const { quarter, rest } = inQuarter(angle);
  const value = series(rest, quarter % 2 === 0 ? 0 : 1);
  return quarter === 0 || quarter === 3 ? value : -value;
}
