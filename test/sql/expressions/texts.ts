/** How texts of chance are put together. */
import fc from "fast-check";

export type Text = fc.Arbitrary<string>;
export type Production = readonly [weight: number, make: () => Text];

/** Operands of what binds loosely are put in parentheses, mostly. */
export const closed = (text: Text): Text =>
  fc.tuple(text, fc.integer({ min: 0, max: 19 })).map(([inner, chance]) => {
    const isAtom = /^(\w+|'[^'\\]*'|\(\w+\))$/.test(inner);
    return isAtom || chance === 19 ? inner : `(${inner})`;
  });

export const words = (...parts: readonly (string | Text)[]): Text =>
  fc
    .tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part)))
    .map((texts) => texts.join(""));

export const oneOf = (...texts: readonly string[]): Text => fc.constantFrom(...texts);

/** The productions are made when chosen. Shrinks towards the first. */
export function choose(productions: readonly Production[]): Text {
  const total = productions.reduce((sum, [weight]) => sum + weight, 0);
  return fc.nat(total - 1).chain((at) => {
    let rest = at;
    for (const [weight, make] of productions) {
      if (rest < weight) return make();
      rest -= weight;
    }
    throw new RangeError("weights do not add up");
  });
}

export const commas = (parts: readonly Text[]): Text =>
  parts.length === 0 ? fc.constant("") : fc.tuple(...parts).map((texts) => texts.join(", "));
