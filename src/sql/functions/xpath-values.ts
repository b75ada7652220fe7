/** VALUES OF XPATH 1.0: what they are as strings, numbers and truth, and how they compare. */
import type { XmlNode } from "../types/xml-tree.ts";

export type XPathValue = readonly XmlNode[] | string | number | boolean;

/** What an expression looks at. */
export interface XPathContext {
  readonly node: XmlNode;
  /** Inside a predicate; 1-based. */
  readonly place?: { readonly position: number; readonly size: number };
  readonly document: readonly XmlNode[];
  /** What the expression's prefixes mean. */
  readonly namespaces: ReadonlyMap<string, string>;
}

export type XPathExpression = (context: XPathContext) => XPathValue;

/** Caught where it is known what failed: see xpath.ts. */
export class XPathFault extends Error {}

export const fault = (what: string): XPathFault => new XPathFault(what);

const DIGITS = 15;
const LARGE = 1e9;
const SMALL = 1e-5;
const INTEGER_LIMIT = 2 ** 31;

/** With as many digits as libxml gives it. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < INTEGER_LIMIT) return String(value + 0);
  const size = Math.abs(value);
  if (size > LARGE || size < SMALL) {
    const [digits = "", power = ""] = value.toExponential(DIGITS - 1).split("e");
    const [sign, places] = [power[0] ?? "", power.slice(1)];
    return `${withoutZeros(digits)}e${sign}${places.padStart(2, "0")}`;
  }
  const whole = Math.trunc(Math.log10(size));
  return withoutZeros(value.toFixed(whole > 0 ? DIGITS - whole - 1 : DIGITS - whole));
}

const withoutZeros = (digits: string): string =>
  digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;

export function nodeText(node: XmlNode): string {
  if (node.kind !== "element" && node.kind !== "document") return node.text;
  let text = "";
  for (const child of node.children) {
    if (child.kind !== "comment" && child.kind !== "instruction") text += nodeText(child);
  }
  return text;
}

export function toText(value: XPathValue): string {
  if (typeof value === "object") return value[0] ? nodeText(value[0]) : "";
  return typeof value === "number" ? numberText(value) : String(value);
}

const NUMBER = /^[ \t\n\r]*(-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[ \t\n\r]*$/;

export function toNumber(value: XPathValue): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  const found = NUMBER.exec(toText(value));
  return found ? Number(found[1]) : Number.NaN;
}

export function toTruth(value: XPathValue): boolean {
  if (typeof value === "object") return value.length > 0;
  return typeof value === "number" ? value !== 0 && !Number.isNaN(value) : Boolean(value);
}

export function toNodes(value: XPathValue): readonly XmlNode[] {
  if (typeof value !== "object") throw fault("Invalid type");
  return value;
}

/** Of two strings, or of two numbers where they are put in order. */
const tests = {
  "=": (a: unknown, b: unknown) => a === b,
  "!=": (a: unknown, b: unknown) => a !== b,
  "<": (a: number, b: number) => a < b,
  "<=": (a: number, b: number) => a <= b,
  ">": (a: number, b: number) => a > b,
  ">=": (a: number, b: number) => a >= b,
} as const;
export type Comparison = keyof typeof tests;

/** A set of nodes compares if one of it does. */
export function compare(operator: Comparison, a: XPathValue, b: XPathValue): boolean {
  if (typeof a === "object" && typeof b !== "boolean") {
    return [...new Set(a.map(nodeText))].some((text) => compare(operator, text, b));
  }
  if (typeof b === "object" && typeof a !== "boolean") {
    return [...new Set(b.map(nodeText))].some((text) => compare(operator, a, text));
  }
  if (operator !== "=" && operator !== "!=") {
    const truthOr = (value: XPathValue) =>
      toNumber(typeof value === "object" ? toTruth(value) : value);
    return tests[operator](truthOr(a), truthOr(b));
  }
  const test = tests[operator];
  if (typeof a === "boolean" || typeof b === "boolean") return test(toTruth(a), toTruth(b));
  if (typeof a === "number" || typeof b === "number") return test(toNumber(a), toNumber(b));
  return test(toText(a), toText(b));
}

export const inOrder = (nodes: Iterable<XmlNode>): readonly XmlNode[] =>
  [...nodes].sort((a, b) => a.order - b.order || a.place - b.place);
