/**
 * Texts of literals: for each type some that its input function takes and some that it refuses.
 * None means a moment, a session or a random value, so that every server makes the same of it.
 */

interface Texts {
  readonly good: readonly string[];
  readonly bad?: readonly string[];
}

const integers = ["0", "1", "-1", "42", " 7 ", "+5", "32767"];
const floats = ["0", "1.5", "-2.25e3", "NaN", "Infinity", "-inf", ".5", "1e-7", "100000", "1e20"];
const moments = [
  "2024-02-29 12:34:56.789",
  "1999-12-31 23:59:59.9999999",
  "infinity",
  "-infinity",
  "epoch",
  "0044-03-15 01:02:03 BC",
  "20240102T030405",
  "Jan 5 2001 4:05 PM",
];

export const literalTexts: Readonly<Record<string, Texts>> = {
  bool: { good: ["true", "f", "yes", "off", " TRUE ", "1"], bad: ["maybe", "", "tr ue"] },
  int2: { good: integers, bad: ["32768", "1.5", "x", ""] },
  int4: { good: [...integers, "2147483647", "-2147483648"], bad: ["2147483648", "1e3", "0x10"] },
  int8: { good: [...integers, "9223372036854775807"], bad: ["9223372036854775808", "1 2"] },
  numeric: {
    good: [...floats, "12345678901234567890.1234567890", "0.00", "-0.0"],
    bad: ["1.2.3", "abc", "1e"],
  },
  float4: { good: floats, bad: ["1e39", "1.5x", ""] },
  float8: { good: [...floats, "0.1", "1e300"], bad: ["1e400", "--1"] },
  money: { good: ["1.50", "$1,234.56", "-$2", "(3.25)"], bad: ["1.2.3", "abc"] },
  text: { good: ["", "abc", "it's", "back\\slash", "ünïcode ☃", "a  b ", "%_", "{1,2}", "1"] },
  varchar: { good: ["", "abc", "it's", "longer than five", "ä"] },
  bpchar: { good: ["", "abc", "abc   ", "longer than five"] },
  name: { good: ["abc", "pg_class", "Mixed Case"] },
  char: { good: ["a", "", "abc", "\\101"] },
  bytea: { good: ["\\x00ff", "abc", "\\x", "a\\134b"], bad: ["\\xg1", "\\x1", "\\1"] },
  date: {
    good: [
      "2024-02-29",
      "infinity",
      "epoch",
      "0001-01-01 BC",
      "Jan 5, 2001",
      "20240131",
      "J2451187",
    ],
    bad: ["2023-02-29", "not a date", "2024-13-01"],
  },
  time: { good: ["12:34:56.789123", "24:00:00", "04:05 PM", "040506", "allballs"], bad: ["25:00"] },
  timetz: { good: ["12:34:56+02", "04:05:06.7-08:30", "00:00 UTC"], bad: ["12:00 Nowhere/Land"] },
  timestamp: { good: moments, bad: ["2024-02-30", "later", "2024-01-01 25:00"] },
  timestamptz: {
    good: [...moments, "2024-06-01 12:00 Europe/Berlin", "2024-01-01 00:00+05:30"],
    bad: ["2024-02-30", "2024-01-01 00:00 Nowhere/Land"],
  },
  interval: {
    good: [
      ...["1 day", "-1 year 2 mons", "1:02:03.456", "P1Y2M3DT4H5M6S", "1.5 weeks ago", "0"],
      ...["1-2", "3 4:05", "@ 1 minute", "10 years -1 sec", "5"],
    ],
    bad: ["1 fortnight", "x", "1 day 1 day 1"],
  },
  uuid: {
    good: ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "{A0EEBC999C0B4EF8BB6D6BB9BD380A11}"],
    bad: ["a0eebc99", "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
  },
  json: {
    good: ['{"a": [1, 2.50, null]}', "1", '"x"', " [ ] "],
    bad: ["{a:1}", "", "[1,]", '"\\z"'],
  },
  jsonb: {
    good: ['{"b": 1, "a": [true, 2.50, null]}', "1", '"x"', "[ ]", '{"a":1,"a":2}'],
    bad: ["{a:1}", "", '"\\u0000"', "tru"],
  },
  jsonpath: {
    good: ["$.a[*]", "$", "strict $.a[0 to last] ? (@.b > 1).size()", "lax -$.x * (2 + 3)"],
    bad: ["@", "", "$.a["],
  },
  inet: {
    good: ["10.1.2.3", "192.168.0.0/16", "::1", "fe80::1/64"],
    bad: ["300.1.1.1", "10.1/40"],
  },
  cidr: { good: ["10.0.0.0/8", "192.168", "::/0"], bad: ["10.1.2.3/8"] },
  macaddr: { good: ["08:00:2b:01:02:03", "08002b010203", "0800.2b01.0203"], bad: ["08:00", "zz"] },
  macaddr8: { good: ["08:00:2b:01:02:03:04:05", "08002b010203"], bad: ["08:00"] },
  bit: { good: ["1", "0", "101", "xF", "b01"], bad: ["12", "xg"] },
  varbit: { good: ["", "1011", "X1F"], bad: ["2"] },
  oid: { good: ["0", "1259", "4294967295", "-1"], bad: ["4294967296", "x"] },
  xid: { good: ["1", "4294967295"] },
  xid8: { good: ["1", "18446744073709551615"] },
  cid: { good: ["0", "7"] },
  tid: { good: ["(0,1)", "(4294967295,65535)"], bad: ["(1)", "(1,70000)", "x"] },
  pg_lsn: { good: ["0/0", "16/B374D848"], bad: ["G/0", "16/"] },
  regclass: {
    good: ["pg_class", "x", "1259", "-", '"x"', "pg_catalog.pg_type"],
    bad: ["nosuch", "a.b.c.d"],
  },
  regtype: {
    good: ["int4", "varchar(3)", "text[]", "23", "-", '"char"'],
    bad: ["nosuch", "int4("],
  },
  regproc: { good: ["now", "pg_catalog.now", "-", "1299"], bad: ["nosuch", "abs"] },
  regprocedure: { good: ["abs(int4)", "now()", "-"], bad: ["abs(", "nosuch()", "abs"] },
  regoper: { good: ["||/", "pg_catalog.||/", "0"], bad: ["+", "nosuch"] },
  regoperator: {
    good: ["+(int4,int4)", "-(none,int4)", "0"],
    bad: ["+(int4)", "nosuch(int4,int4)"],
  },
  regnamespace: { good: ["pg_catalog", "public", "-"], bad: ["nosuch", "a.b"] },
  regrole: { good: ["root", "-", "pg_monitor"], bad: ["nosuch"] },
  regcollation: { good: ['"C"', '"default"', '"POSIX"', "-"], bad: ["nosuch"] },
  regconfig: { good: ["simple", "english", "pg_catalog.german"], bad: ["nosuch"] },
  regdictionary: { good: ["simple", "english_stem"], bad: ["nosuch"] },
  aclitem: {
    good: ["root=r/root", "=UC/root", "root=r*w/root"],
    bad: ["root", "nosuch=r/root", "root=Q/root"],
  },
  refcursor: { good: ["cur"] },
  cstring: { good: ["abc", ""] },
  int2vector: { good: ["1 2 3", ""], bad: ["1 x"] },
  oidvector: { good: ["1 2 3", ""], bad: ["1 x"] },
  point: { good: ["(1,2)", "1.5 , -2", "(Infinity,NaN)"], bad: ["(1)", "1,2,3"] },
  lseg: { good: ["[(0,0),(1,1)]", "0,0,1,2"], bad: ["[(0,0)]"] },
  line: { good: ["{1,-1,0}", "[(0,0),(1,1)]"], bad: ["{0,0,1}", "{1}"] },
  box: { good: ["((1,2),(3,0))", "1,2,3,4"], bad: ["(1,2)"] },
  path: { good: ["((0,0),(1,1),(2,0))", "[(0,0),(1,1)]", "1,2,3,4"], bad: ["[(0,0)", ""] },
  polygon: { good: ["((0,0),(1,1),(2,0))", "(1,2)"], bad: ["[(0,0),(1,1)]", ""] },
  circle: { good: ["<(1,2),3>", "((0,0),1)", "1,2,3"], bad: ["<(1,2),-1>", "x"] },
  int4range: {
    good: ["[1,5)", "(1,5]", "empty", "(,)", "[3,3]"],
    bad: ["[5,1)", "[1,x)", "1,2", "[1,2147483647]"],
  },
  int8range: { good: ["[1,10)", "(,5]", "empty"], bad: ["[5,1)"] },
  numrange: { good: ["[1.5,2.50)", "(,)", "empty", '["1","2"]'], bad: ["[2,1]", "[1,2"] },
  daterange: {
    good: [
      "[2024-01-01,2024-02-01]",
      "empty",
      "(,infinity)",
      "[2024-01-01,infinity]",
      "(-infinity,infinity)",
    ],
    bad: ["[2024-02-01,2024-01-01]"],
  },
  tsrange: { good: ["[2024-01-01 00:00,2024-02-01 12:00)", "empty"], bad: ["[x,)"] },
  tstzrange: { good: ["[2024-01-01 00:00+00,)", "empty"] },
  int4multirange: { good: ["{}", "{[1,3),[2,8),(20,30]}"], bad: ["[1,3)", "{[3,1)}", "{[1,2)"] },
  int8multirange: { good: ["{}", "{[1,3)}"] },
  nummultirange: { good: ["{[1.5,2],[2,3)}", "{empty}"] },
  datemultirange: { good: ["{[2024-01-01,2024-01-05]}"] },
  tsmultirange: { good: ["{[2024-01-01,2024-01-05]}"] },
  tstzmultirange: { good: ["{}"] },
  tsvector: { good: ["a fat cat", "a:1A b:2,3B", "''", "'it''s':4"], bad: ["'", "a:x"] },
  tsquery: { good: ["fat & (rat | !cat)", "a:*B <-> b", "", "a <2> b"], bad: ["a &", "(a"] },
  txid_snapshot: { good: ["10:20:10,14,15", "1:1:"], bad: ["31:12:", "x"] },
  pg_snapshot: { good: ["10:20:10,14,15", "1:1:"], bad: ["1:0:", "x"] },
  xml: { good: ["<a/>", '<a b="1">x</a>', "text"], bad: ["<a>", "<a></b>"] },
};

/** A text as a string constant. */
export const inQuotes = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const bodies = ["abc", "", "a\\nb", "\\x41\\101", "\\u00e9", "it\\'s", "\\\\", "tab\\t"];
/** Other ways to write a string constant. */
export const otherStrings: readonly string[] = [
  ...bodies.map((body) => `E'${body}'`),
  ...["U&'d\\0061t\\+000061'", "U&'d!0061' UESCAPE '!'", "$$dollar$$", "$q$it's$q$", "'a' \n 'b'"],
];
export const bitStrings: readonly string[] = ["B'101'", "X'1F'", "b''", "x'a'"];
export const numbers: readonly string[] = [
  ...["0", "1", "42", "2147483647", "2147483648", "9223372036854775808", "1.5", ".5", "5."],
  ...[
    "1e10",
    "1.50e-3",
    "123456789012345678901234567890",
    "-1",
    "- 2147483648",
    "-9223372036854775808",
  ],
  ...["-0", "+ 3", "-1.5", "- 1"],
];
export const intervalLiterals: readonly string[] = [
  ...[
    "INTERVAL '1' DAY",
    "INTERVAL '1-2' YEAR TO MONTH",
    "INTERVAL '1 2:03:04.5678' DAY TO SECOND(2)",
  ],
  ...["INTERVAL(3) '1.23456 sec'", "INTERVAL '5' SECOND(1)", "INTERVAL '12:30' HOUR TO MINUTE"],
  ...[
    "INTERVAL '10' HOUR",
    "INTERVAL '7' MONTH",
    "INTERVAL '1 day'",
    "INTERVAL '90' MINUTE TO SECOND",
  ],
];
