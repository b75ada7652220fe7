/** Texts of chance for the input functions of types: known ones, changed a little or much. */
import fc from "fast-check";
import { literalTexts } from "./literals.ts";

const alphabet = [
  "0",
  "1",
  "9",
  "-",
  "+",
  ".",
  ":",
  ",",
  "/",
  " ",
  "e",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
];
const more = [
  '"',
  "'",
  "\\",
  "<",
  ">",
  "a",
  "T",
  "Z",
  "x",
  "N",
  "é",
  "_",
  "\t",
  "=",
  "&",
  "|",
  "!",
  "*",
];
const pieces: Readonly<Record<string, readonly string[]>> = {
  time: ["am", "PM", "UTC", "+02", "-0530", "z", "T", "allballs", "h", "m", "s", "est", "dst"],
  timetz: [
    "Europe/Berlin",
    "MSK",
    "PST8PDT",
    "+16:00",
    "am",
    "EST",
    "utc",
    "-03:30:15",
    "2001-02-03",
  ],
  date: ["Jan", "feb", "BC", "J", "y", "m", "d", "Mon", "sept", "1999", "2/29", "jd", "doy", "."],
  timestamp: [
    "Jan",
    "BC",
    "T",
    "J2451187.5",
    "y2001",
    "m02d04",
    "h04mm05s06",
    "04:05",
    "PM",
    "Sat",
  ],
  timestamptz: [
    "CET",
    "america/new_york",
    "+05",
    "DST",
    "met dst",
    "UTC+3",
    "Jan",
    "BC",
    "24:00:00",
  ],
  interval: [
    "day",
    "mons",
    "ago",
    "P",
    "T",
    "1-2",
    "hours",
    "weeks",
    "decade",
    "@",
    "us",
    "1e10",
    "ms",
  ],
  jsonb: [
    "\\u00e9",
    "\\ud83d\\ude00",
    "\\ud83d",
    "null",
    "true",
    "{}",
    "[]",
    ":",
    '"a"',
    "1e400",
    "-0",
  ],
  jsonpath: [
    ...[
      "$",
      "@",
      ".a",
      '."b c"',
      "[*]",
      "[0]",
      "[1 to last]",
      "?(",
      ")",
      "(",
      "==",
      "<>",
      "!=",
      "<=",
    ],
    ...[
      "&&",
      "||",
      "!",
      " + ",
      "-",
      "*",
      "/",
      "%",
      ".*",
      ".**",
      "{2}",
      "{1 to last}",
      "last",
      "is",
    ],
    ...[
      " unknown",
      "exists (",
      "starts with ",
      '"x"',
      'like_regex "a"',
      ' flag "i"',
      "$v",
      '$"v w"',
    ],
    ...[
      ".size()",
      ".type()",
      ".datetime(",
      ".keyvalue()",
      ".double()",
      "1",
      "2.50",
      "1e3",
      "1e",
      "true",
    ],
    ...[
      "null",
      "strict ",
      "lax ",
      "to",
      ",",
      "]",
      "/* c */",
      "\\u0041",
      "\\x4",
      "\\n",
      "é",
      "\\ud83d",
      "/*",
    ],
    ...[" @.a == 1", "($.a > 2)", "!(1 == 1)", "(1 == $) is unknown", "[", "abs", "FALSE", "Null"],
  ],
  xml: [
    ...[
      "<a",
      "<a>",
      ">",
      "</a>",
      "<b x='1'",
      "/>",
      "&lt;",
      "&#10;",
      "&#x",
      ";",
      "&",
      "<!--",
      "-->",
    ],
    ...[
      "--",
      "<?",
      "?>",
      "xml ",
      "<![CDATA[",
      "]]>",
      "\n",
      "\r\n",
      "ä",
      "<!DOCTYPE a>",
      ' x="',
      '"',
    ],
    ...["a:b", '<?xml version="1.0"', " standalone='yes'", " encoding='UTF-8'", "xmlns", "\x01"],
    ...["<!DOCTYPE a SYSTEM ", "PUBLIC 'x'", "<ab ", "</ab", "1", "=", "</b>", "<b>", "words "],
  ],
  numeric: ["NaN", "inf", "Infinity", "e+1000", "0x1", "00"],
};

const edit = fc.tuple(
  fc.constantFrom("delete", "insert", "double", "swap", "case", "cut"),
  fc.nat(30),
  fc.constantFrom(...alphabet, ...more),
);

function apply(text: string, [kind, where, char]: readonly [string, number, string]): string {
  const at = text.length === 0 ? 0 : where % (text.length + 1);
  switch (kind) {
    case "delete":
      return text.slice(0, at) + text.slice(at + 1);
    case "insert":
      return text.slice(0, at) + char + text.slice(at);
    case "double":
      return text.slice(0, at + 1) + text.slice(at);
    case "swap":
      return text.slice(0, at) + (text[at + 1] ?? "") + (text[at] ?? "") + text.slice(at + 2);
    case "case":
      return at % 2 === 0 ? text.toUpperCase() : text.toLowerCase();
    default:
      return text.slice(0, at);
  }
}

/** A text that the input function of the type may or may not take. */
export function textOf(type: string): fc.Arbitrary<string> {
  const { good = ["x"], bad = [] } = literalTexts[type] ?? { good: ["x"] };
  const known = fc.constantFrom(...good, ...bad);
  const words = pieces[type] ?? [];
  const piece = words.length === 0 ? known : fc.oneof(known, fc.constantFrom(...words));
  const joined = fc
    .tuple(fc.array(piece, { minLength: 1, maxLength: 4 }), fc.constantFrom(" ", "", ","))
    .map(([parts, separator]) => parts.join(separator));
  return fc
    .tuple(fc.oneof(known, joined), fc.array(edit, { maxLength: 3 }))
    .map(([text, edits]) => edits.reduce(apply, text).replaceAll("\0", ""));
}
