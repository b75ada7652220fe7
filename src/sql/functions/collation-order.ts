/**
 * THE ORDER OF ICU's COLLATIONS. SQLite sorts by keys, and Intl gives none: so while a query runs,
 * the strings that it has seen are kept in their order, and each has a label between its
 * neighbours', which stays. A label is a fraction's bytes, as many as it takes.
 */
import { icuLocale } from "../../catalog/icu.ts";
import { compareTexts } from "./comparisons.ts";
import type { FunctionContext } from "./registry.ts";

/** `deterministic`: only the same string is equal. */
export function compareBy(locale: string, deterministic: boolean, a: string, b: string): number {
  if (a === b) return 0;
  const order = icuLocale(locale).compare(a, b);
  return order === 0 && deterministic ? compareTexts(a, b) : order;
}

const orders = new WeakMap<FunctionContext, Map<string, SeenStrings>>();

/** Bytes that compare as the strings do, while the query runs. */
export function collationKey(
  context: FunctionContext,
  locale: string,
  deterministic: boolean,
  text: string,
): Uint8Array {
  let ofQuery = orders.get(context);
  if (!ofQuery) {
    ofQuery = new Map();
    orders.set(context, ofQuery);
  }
  const name = `${deterministic ? 1 : 0}${locale}`;
  let seen = ofQuery.get(name);
  if (!seen) {
    seen = new SeenStrings((a, b) => compareBy(locale, deterministic, a, b));
    ofQuery.set(name, seen);
  }
  return seen.labelOf(text);
}

interface Labelled {
  readonly text: string;
  readonly label: Uint8Array;
  /** How many have come one behind the other, or one before the other, up to this one. */
  rising: number;
  falling: number;
}

const PART_MAX = 512;

class SeenStrings {
  readonly #compare: (a: string, b: string) => number;
  readonly #labels = new Map<string, Uint8Array>();
  /** In order; none is empty. */
  readonly #parts: Labelled[][] = [];

  constructor(compare: (a: string, b: string) => number) {
    this.#compare = compare;
  }

  labelOf(text: string): Uint8Array {
    const known = this.#labels.get(text);
    if (known) return known;
    const label = this.#find(text);
    this.#labels.set(text, label);
    return label;
  }

  #find(text: string): Uint8Array {
    const after = firstAt(this.#parts, ([first]) => this.#isBehind(first as Labelled, text));
    const at = Math.max(after - 1, 0);
    const part = this.#parts[at] ?? [];
    const place = firstAt(part, (each) => this.#isBehind(each, text));
    const before = part[place - 1];
    if (before && this.#compare(before.text, text) === 0) return before.label;
    const made = between(text, before, part[place] ?? this.#parts[at + 1]?.[0]);
    part.splice(place, 0, made);
    if (this.#parts.length === 0) this.#parts.push(part);
    if (part.length > PART_MAX) this.#parts.splice(at + 1, 0, part.splice(PART_MAX / 2));
    return made.label;
  }

  #isBehind(each: Labelled, text: string): boolean {
    return this.#compare(each.text, text) > 0;
  }
}

/** The first place where it holds, as it does from there on. */
function firstAt<T>(list: readonly T[], holds: (item: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(list[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const STEP_BYTES = 6;
const NARROW = 1n << 20n;
const RUN_MAX = 10;

/** Strings that come in order find room: a label stays near to the one that it follows. */
function between(
  text: string,
  before: Labelled | undefined,
  behind: Labelled | undefined,
): Labelled {
  let bytes = Math.max(before?.label.length ?? 0, behind?.label.length ?? 0, STEP_BYTES);
  let low = fraction(before?.label, bytes);
  let gap = (behind ? fraction(behind.label, bytes) : 1n << BigInt(8 * bytes)) - low;
  if (gap < NARROW) {
    bytes += STEP_BYTES;
    low <<= BigInt(8 * STEP_BYTES);
    gap <<= BigInt(8 * STEP_BYTES);
  }
  const rising = (before?.rising ?? 0) + 1;
  const falling = (behind?.falling ?? 0) + 1;
  if (before) before.rising = 0;
  if (behind) behind.falling = 0;
  const isBetweenRuns = rising > 2 && falling > 2;
  const run = isBetweenRuns ? 1 : Math.min(Math.max(rising, falling), RUN_MAX);
  const step = gap >> BigInt(run);
  const value = rising >= falling ? low + step : low + gap - step;
  return { text, label: label(value, bytes), rising, falling };
}

const fraction = (made: Uint8Array | undefined, bytes: number): bigint =>
  made ? BigInt(`0x${Buffer.from(made).toString("hex")}`) << BigInt(8 * (bytes - made.length)) : 0n;

/** Without the zeros at its end, which tell nothing. */
function label(value: bigint, bytes: number): Uint8Array {
  const made = Buffer.from(value.toString(16).padStart(2 * bytes, "0"), "hex");
  let length = made.length;
  while (made[length - 1] === 0) length--;
  return made.subarray(0, length);
}
