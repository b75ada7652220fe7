/**
 * Queries that are wrong somewhere: one word of a right one is changed. What PostgreSQL says of it,
 * and where, is as much of an answer as rows are.
 */
import type { Random } from "../../support/random.ts";

type Change = (word: string, random: Random) => string | undefined;

const WORD = /'[^']*'|"[^"]*"|[A-Za-z_]\w*(?:\.\w+)?|\d+(?:\.\d+)?|\|\||<=|>=|<>|::|\S/g;

/** What a word may become; undefined: this change is for other words. */
const changes: readonly Change[] = [
  (word) => (/^\w+\.\w+$/.test(word) ? word.slice(0, -1) : undefined),
  (word) => (/^[a-z]\w*\.[a-z]\w+$/.test(word) ? `x${word}` : undefined),
  (word) => (/^[a-z]\w*\.[a-z]\w+$/.test(word) ? word.replace(/^\w+\./, "") : undefined),
  (word) => (/^pg_\w+$/.test(word) ? `${word}s` : undefined),
  (word) => (/^\d+$/.test(word) ? "'x'" : undefined),
  (word) => (/^'[^']*'$/.test(word) ? "7" : undefined),
  (word) =>
    /^(length|abs|upper|count|max|coalesce|rank|lag)$/.test(word) ? `no${word}` : undefined,
  (word) => (/^(length|abs|upper|replace|left|round)$/.test(word) ? "sum" : undefined),
  (word) => (/^(sum|max|min|count)$/.test(word) ? "abs" : undefined),
  (word) => (/^(int|text|numeric|boolean)$/.test(word) ? "nosuchtype" : undefined),
  (word) => (/^(int|text|numeric|boolean)$/.test(word) ? "date" : undefined),
  (word, random) => (/^(=|<|>|<>|<=|>=)$/.test(word) ? random.pick(["||", "+", "~~"]) : undefined),
  (word) => (word === "AND" ? "+" : undefined),
  (word) => (/^(UNION|INTERSECT|EXCEPT)$/.test(word) ? "," : undefined),
  (word) => (/^(FROM|WHERE|BY|ON|THEN|OVER|IN|AS|SELECT|ORDER)$/.test(word) ? "" : undefined),
  (word) => (/^[(),]$/.test(word) ? "" : undefined),
  (word) => (/^[(),]$/.test(word) ? `${word}${word}` : undefined),
  (word) => (/^(JOIN|LEFT|LATERAL|DISTINCT|PARTITION)$/.test(word) ? "" : undefined),
];

export function mutate(text: string, random: Random): string {
  const words = [...text.matchAll(WORD)];
  for (let attempt = 0; attempt < 100; attempt++) {
    const { 0: word, index = 0 } = random.pick(words);
    const changed = random.pick(changes)(word, random);
    if (changed === undefined) continue;
    return text.slice(0, index) + changed + text.slice(index + word.length);
  }
  return text;
}
