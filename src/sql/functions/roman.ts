/** Roman numerals. */
const values: readonly (readonly [value: bigint, text: string])[] = [
  [1000n, "M"],
  [900n, "CM"],
  [500n, "D"],
  [400n, "CD"],
  [100n, "C"],
  [90n, "XC"],
  [50n, "L"],
  [40n, "XL"],
  [10n, "X"],
  [9n, "IX"],
  [5n, "V"],
  [4n, "IV"],
  [1n, "I"],
];

/** Those that there are have at most as many letters: 3888. */
export const ROMAN_NUMERALS = { width: 15, max: 3999n } as const;

/** Number signs for what has no numeral. */
export function romanNumeral(value: bigint): string {
  if (value < 1n || value > ROMAN_NUMERALS.max) return "#".repeat(ROMAN_NUMERALS.width);
  let rest = value;
  let text = "";
  for (const [step, letters] of values) {
    for (; rest >= step; rest -= step) text += letters;
  }
  return text;
}
