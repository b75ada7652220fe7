/**
 * What is asked of a type: values written to a table one by one, told apart, ordered, grouped,
 * indexed, kept unique, sent as bytes; and what is computed from them.
 */
import fc from "fast-check";
import type { Subject } from "./subject.ts";

const VALUES = 8;
const PER_EXPRESSION = 2;

/** Texts without lines, controls and backslashes as they are, others with escapes. */
export function literal(text: string): string {
  const quoted = text.replaceAll("'", "''");
  if (!/[\\\p{C}]/u.test(quoted)) return `'${quoted}'`;
  const escaped = quoted.replace(/[\\\p{C}]/gu, (one) => {
    if (one === "\\") return "\\\\";
    const code = one.codePointAt(0) ?? 0;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
  return `E'${escaped}'`;
}

const intervalTexts = [
  "1 mon",
  "-1 day",
  "25:00",
  "1 year 2 mons 3 days 04:05:06.789",
  "-290000 years",
];

/** The values of a round: the edges, and some by chance; a seed repeats them. */
export const valuesOf = ({ edges, texts }: Subject, seed: number): string[] => [
  ...edges,
  ...fc.sample(texts, { numRuns: VALUES, seed }),
];

const counted = (condition: string): string =>
  `(SELECT string_agg(n::text, ' ' ORDER BY i) FROM (SELECT a.i, count(b.i) AS n FROM t a LEFT JOIN t b ON ${condition} GROUP BY a.i) s)`;
const listed = (query: string): string => `(SELECT string_agg(i::text, ' ') FROM (${query}) s)`;
const first = "(SELECT v FROM t WHERE v IS NOT NULL ORDER BY i LIMIT 1)";

const compared = ["<", "<=", "<>", ">="]
  .map((operator) => `count(*) FILTER (WHERE a.v ${operator} b.v)`)
  .join(" || '/' || ");

/** About table t with columns i and v. */
export function aboutTable({ type, order, extremes }: Subject): string[] {
  const forms = [
    "\\binary SELECT v FROM t WHERE v IS NOT NULL ORDER BY i",
    `SELECT v, v::text, to_json(v), t, v::text::${type} FROM t WHERE v IS NOT NULL ORDER BY i`,
    // Elements of an array have no padding.
    `SELECT array_agg(${type.startsWith("char(") ? "v::text" : "v"} ORDER BY i) FROM t`,
  ];
  const equal = [
    counted("a.v = b.v"),
    "(SELECT string_agg(m || ':' || n, ' ' ORDER BY m) FROM (SELECT min(i) AS m, count(*) AS n FROM t GROUP BY v) s)",
    "(SELECT count(*) FROM (SELECT v FROM t WHERE i % 2 = 0 INTERSECT SELECT v FROM t WHERE i % 2 = 1) s)",
    listed("SELECT i FROM t WHERE v IN (SELECT v FROM t WHERE i % 3 = 0) ORDER BY i"),
  ];
  const ordered = [
    "(SELECT count(DISTINCT v) FROM t)",
    "(SELECT count(*) FROM (SELECT DISTINCT v FROM t) s)",
    `(SELECT string_agg(n, ' ' ORDER BY i) FROM (SELECT a.i, ${compared} AS n FROM t a, t b GROUP BY a.i) s)`,
    "(SELECT string_agg(i || ':' || n, ' ') FROM (SELECT i, rank() OVER (ORDER BY v) AS n FROM t ORDER BY v, i) s)",
    listed("SELECT i FROM t ORDER BY v DESC NULLS LAST, i"),
    ...(extremes
      ? [
          "(SELECT min(v)::text || max(v)::text FROM t)",
          listed("SELECT i FROM t WHERE v = (SELECT max(v) FROM t) ORDER BY i"),
          listed("SELECT i FROM t WHERE v = (SELECT min(v) FROM t) ORDER BY i"),
        ]
      : []),
  ];
  const indexed = [
    counted("a.v < b.v"),
    counted("a.v = b.v"),
    listed(`SELECT i FROM t WHERE v > ${first} ORDER BY i`),
    listed("SELECT i FROM u ORDER BY i"),
    listed("SELECT i FROM t WHERE EXISTS (SELECT FROM u WHERE u.v = t.v) ORDER BY i"),
  ];
  const all = (parts: readonly string[]) => `SELECT ${parts.join(", ")}`;
  if (order === "none") return [...forms, "SELECT DISTINCT v FROM t", "SELECT i FROM t ORDER BY v"];
  if (order === "hash") {
    return [...forms, all(equal), "SELECT i FROM t ORDER BY v", "SELECT count(DISTINCT v) FROM t"];
  }
  return [
    ...forms,
    all([...equal, ...ordered]),
    `CREATE INDEX ON t (v); CREATE TABLE u (i int4, v ${type} UNIQUE)`,
    "INSERT INTO u SELECT * FROM t ORDER BY i ON CONFLICT DO NOTHING",
    all(indexed),
    "INSERT INTO u SELECT * FROM t WHERE v IS NOT NULL ORDER BY i",
    `UPDATE u SET v = ${first}`,
    "DROP TABLE u",
  ];
}

/** What is computed from the values. */
export function expressionsOf(
  { expressions, type }: Subject,
  values: readonly string[],
  seed: number,
): string[] {
  const value = fc.constantFrom(...values).map((text) => `${literal(text)}::${type}`);
  const draw = fc.record({
    a: value,
    b: value,
    n: fc.constantFrom("0", "1", "2", "3", "-1", "7", "33"),
    i: fc.constantFrom(...intervalTexts).map((text) => `'${text}'::interval`),
  });
  const drawn = fc.sample(draw, { numRuns: expressions.length * PER_EXPRESSION, seed: seed + 1 });
  const texts = drawn.map((given, at) => {
    const template = expressions[Math.floor(at / PER_EXPRESSION)] ?? "";
    return template.replace(/\$([abni])\b/g, (_, name: keyof typeof given) => given[name]);
  });
  return [...new Set(texts)];
}

/** The bytes that a server sent, given to it as parameters. */
export function bindingOf(type: string, answer: readonly string[]): string | undefined {
  const hex = answer.flatMap((line) => /^0x([0-9a-f]*)$/.exec(line)?.[1] ?? []);
  if (hex.length === 0 || hex.length < answer.length) return undefined;
  return `\\bind ${type} ${hex.map((one) => one || "-").join(" ")}`;
}
