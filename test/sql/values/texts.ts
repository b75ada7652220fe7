/** Texts of values by chance, most of them good ones, for each family of types. */
import fc from "fast-check";

export type Texts = fc.Arbitrary<string>;

const digits = (max: number): Texts =>
  fc
    .array(fc.constantFrom(..."0123456789"), { minLength: 1, maxLength: max })
    .map((each) => each.join(""));
const sign = fc.constantFrom("", "", "-", "+");
const joined = (...parts: Texts[]): Texts => fc.tuple(...parts).map((each) => each.join(""));
const maybe = (part: Texts): Texts => fc.oneof(fc.constant(""), part);
const padded = (min: number, max: number, width = 2): Texts =>
  fc.integer({ min, max }).map((value) => String(value).padStart(width, "0"));

/** Whole numbers of up to `bits` bits, and a little beyond their ends. */
export function wholes(bits: number, unsigned = false): Texts {
  const top = 1n << BigInt(unsigned ? bits : bits - 1);
  const least = unsigned ? 0n : -top;
  return fc.oneof(
    fc.bigInt(-9n, 99n).map(String),
    fc.bigInt(least, top - 1n).map(String),
    fc.bigInt(least, least + 2n).map(String),
    fc.bigInt(top - 3n, top + 1n).map(String),
    joined(fc.constantFrom(" ", "+", "00"), digits(3), fc.constantFrom("", " ")),
  );
}

export const decimals: Texts = fc.oneof(
  joined(sign, digits(3), maybe(joined(fc.constant("."), digits(3)))),
  joined(sign, digits(25), maybe(joined(fc.constant("."), digits(25)))),
  joined(
    sign,
    digits(4),
    fc.constant("."),
    digits(2),
    fc.constant("e"),
    fc.integer({ min: -30, max: 40 }).map(String),
  ),
  fc.constantFrom("1", "1.0", "1.00", "100e-2", "10", "1e1", "0", "0.00", "-0.0"),
);

const notMinusZero = (text: string): boolean => Number(text) !== 0 || !text.startsWith("-");
export const doubles: Texts = fc.oneof(
  fc.double({ noNaN: true }).map((value) => String(value)),
  fc.integer({ min: -1000, max: 1000 }).map((value) => String(value / 8)),
  decimals.filter(notMinusZero),
);
export const singles: Texts = fc.oneof(
  fc.float({ noNaN: true }).map((value) => String(Math.fround(value))),
  fc.integer({ min: -1000, max: 1000 }).map((value) => String(value / 8)),
  decimals.filter(notMinusZero),
);

/** Letters whose order by code points is not that of UTF-16, nor of any language. */
const letters = fc.constantFrom(
  ..."abAB z0_%\\'\"",
  "  ",
  ...["é", "É", "ß", "e\u0301", "Ω", "я", "中", "\u{ff5e}", "\u{fffd}", "\u{1f600}", "\u{10ffff}"],
  ...["\t", "\n", "\u0001", "\u007f"],
);
export const words: Texts = fc
  .array(letters, { maxLength: 9 })
  .map((each) => each.join(""))
  .filter((text) => !text.includes("\0"));
export const hexBytes: Texts = fc.oneof(
  fc.uint8Array({ maxLength: 8 }).map((bytes) => `\\x${Buffer.from(bytes).toString("hex")}`),
  fc.constantFrom("", "abc", "a\\000", "\\\\", "\\377\\001z", "\\x 00 fF", "é"),
);

const year = fc.oneof(
  fc.integer({ min: 1, max: 9999 }),
  fc.integer({ min: 1970, max: 2040 }),
  fc.integer({ min: 10000, max: 290000 }),
);
const day = fc
  .tuple(year, padded(1, 12), padded(1, 28), fc.constantFrom("", "", "", " BC"))
  .map(([at, month, of, era]) => ({
    text: `${String(era ? at % 4713 || 1 : at).padStart(4, "0")}-${month}-${of}`,
    era,
  }));
const clock = joined(
  padded(0, 23),
  fc.constant(":"),
  padded(0, 59),
  maybe(joined(fc.constant(":"), padded(0, 59), maybe(joined(fc.constant("."), digits(7))))),
);
const offset = fc.oneof(
  fc.constantFrom("Z", "+00", "-08", "+05:30", "-15:59:59", "+15:59"),
  joined(fc.constantFrom("+", "-"), padded(0, 14), fc.constant(":"), padded(0, 59)),
);
export const dates: Texts = day.map(({ text, era }) => text + era);
export const times: Texts = clock;
export const zonedTimes: Texts = joined(clock, offset);
export const timestamps: Texts = fc
  .tuple(day, clock)
  .map(([{ text, era }, at]) => `${text} ${at}${era}`);
export const zonedTimestamps: Texts = fc
  .tuple(day, clock, offset)
  .map(([{ text, era }, at, zone]) => `${text} ${at}${zone}${era}`);

const amount = fc.oneof(
  fc.integer({ min: -40, max: 40 }).map(String),
  fc.integer({ min: -400, max: 400 }).map((value) => String(value / 16)),
);
const unit = fc.constantFrom(
  ...["year", "mons", "weeks", "days", "hours", "min", "secs", "ms", "us", "century"],
);
export const intervals: Texts = fc.oneof(
  fc
    .uniqueArray(unit, { minLength: 1, maxLength: 4 })
    .chain((units) => fc.tuple(...units.map((one) => amount.map((value) => `${value} ${one}`))))
    .map((parts) => parts.join(" ")),
  fc.constantFrom(
    "1 mon",
    "30 days",
    "720:00:00",
    "29 days 24:00",
    "1 day",
    "24:00",
    "-1 day 24:00",
  ),
  joined(sign, clock),
);

const json: fc.Arbitrary<string> = fc.letrec<{ value: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom("null", "true", "false", "1", "1.0", "1e2", "100", "-0", '""', "[]", "{}"),
    decimals.filter((text) => /^-?(0|[1-9]\d*)(\.\d+)?(e-?\d+)?$/.test(text)),
    words.map((text) => JSON.stringify(text)),
  ),
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("leaf"),
    fc.array(tie("value"), { maxLength: 3 }).map((items) => `[${items.join(" , ")}]`),
    fc
      .array(fc.tuple(fc.constantFrom("a", "b", "aa", "é", ""), tie("value")), { maxLength: 3 })
      .map((pairs) => `{${pairs.map(([key, value]) => `"${key}":${value}`).join(",\t")}}`),
  ),
})).value;
export const jsons: Texts = json;

const quotedItem = (text: string): string => `"${text.replace(/[\\"]/g, "\\$&")}"`;
/** Arrays of the items, empty ones, nested ones, ones with NULLs and with other bounds. */
export function arrays(items: Texts, quote = false): Texts {
  const item = fc.oneof(
    { weight: 5, arbitrary: quote ? items.map(quotedItem) : items },
    { weight: 1, arbitrary: fc.constant("NULL") },
  );
  const flat = fc.array(item, { maxLength: 3 }).map((each) => `{${each.join(",")}}`);
  return fc.oneof(
    { weight: 4, arbitrary: flat },
    { weight: 1, arbitrary: fc.tuple(item, item).map(([a, b]) => `{{${a}},{${b}}}`) },
    { weight: 1, arbitrary: fc.tuple(item, item).map(([a, b]) => `[0:1]={${a},${b}}`) },
    { weight: 1, arbitrary: fc.constantFrom("{}", "{{},{}}", "{{1},{2,3}}", "{1,", "[2:1]={}") },
  );
}

export function ranges(bounds: Texts): Texts {
  const bound = fc.oneof(bounds, bounds, fc.constant(""));
  return fc.oneof(
    fc
      .tuple(fc.constantFrom("[", "("), bound, bound, fc.constantFrom("]", ")"))
      .map(([open, low, high, close]) => `${open}${low},${high}${close}`),
    fc.constantFrom("empty", "(,)", "[,]"),
  );
}

const hex = (count: number): Texts =>
  fc
    .array(fc.constantFrom(..."0123456789abcdefABCDEF"), { minLength: count, maxLength: count })
    .map((each) => each.join(""));
export const uuids: Texts = fc.oneof(
  fc.uuid(),
  hex(32),
  joined(fc.constant("{"), hex(32), fc.constant("}")),
);
const four = fc.ipV4();
const six = fc.ipV6();
export const networks: Texts = fc.oneof(
  four,
  six,
  fc.tuple(four, fc.integer({ min: 0, max: 33 })).map(([at, mask]) => `${at}/${mask}`),
  fc.tuple(six, fc.integer({ min: 0, max: 129 })).map(([at, mask]) => `${at}/${mask}`),
  fc.constantFrom("10.1.0.0/16", "10.1.0.0/8", "10.1.0.0", "10/8", "10.1", "::", "::1/64"),
);
export const hardware = (bytes: number): Texts =>
  fc
    .tuple(fc.array(hex(2), { minLength: bytes, maxLength: bytes }), fc.constantFrom(":", "-", ""))
    .map(([parts, between]) => parts.join(between));
export const bits: Texts = fc.oneof(
  fc.array(fc.constantFrom("0", "1"), { maxLength: 20 }).map((each) => each.join("")),
  hex(2).map((text) => `x${text}`),
);
export const amounts: Texts = fc.oneof(
  joined(
    fc.constantFrom("", "-", "$", "-$"),
    digits(6),
    maybe(joined(fc.constant("."), digits(3))),
  ),
  fc.constantFrom("$1,234.50", "(2.5)", "92233720368547758.07", "-92233720368547758.08"),
);
export const positions: Texts = joined(hex(2), fc.constant("/"), hex(4));
export const tids: Texts = fc
  .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 65535 }))
  .map(([block, at]) => `(${block},${at})`);
const number = fc.integer({ min: -40, max: 40 }).map((value) => String(value / 4));
export const points: Texts = fc.tuple(number, number).map(([x, y]) => `(${x},${y})`);
const lexeme = fc.constantFrom("a", "b", "'it''s'", "cat", "'a b'", "É", "z:1", "b:2A,3", "cat:9C");
export const lexemes: Texts = fc.array(lexeme, { maxLength: 4 }).map((each) => each.join(" "));
export const lexemeQueries: Texts = fc
  .tuple(lexeme, fc.constantFrom("&", "|", "<->", "& !", "<2>"), lexeme)
  .map((each) => each.join(" ").replace(/:\d[\w,]*/g, ""));
export const markup: Texts = fc.constantFrom(
  ...[
    "<a/>",
    "<a>x</a>",
    "text",
    "<a",
    "<?xml version='1.0'?><b/>",
    "<a><!-- c --></a>",
    "",
    "&amp;",
  ],
);
