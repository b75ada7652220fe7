/** Strings, bytes and truth values. */
import { calls, each, infix, type Subject } from "../subject.ts";
import * as texts from "../texts.ts";

const textCalls =
  "length octet_length char_length upper lower initcap reverse md5 ascii btrim ltrim rtrim";
const textExpressions = [
  ...infix("|| = < LIKE ~~* <> ~<~"),
  ...calls(`${textCalls} quote_literal quote_ident quote_nullable bit_length`),
  ...["left($a, $n)", "right($a, $n)", "substr($a, 2, 3)", "substring($a from $n)"],
  ...["position($b in $a)", "strpos($a, 'a')", "repeat($a, 2)", "lpad($a, 6, 'xy')"],
  ...["rpad($a, 6)", "replace($a, 'a', $b)", "translate($a, 'ab', 'é')", "split_part($a, 'a', 2)"],
  ...["starts_with($a, 'a')", "overlay($a placing 'Q' from 2)", "concat($a, $b, 1)", "$a || 1"],
  ...["$a::varchar(3)", "$a::char(4)", "$a::name", '$a::"char"', "$a::bytea", "to_json($a)"],
  ...[
    "convert_to($a, 'UTF8')",
    "string_to_array($a, 'a')",
    "format('%I %L', $a, $b)",
    "$a::text || '.'",
  ],
];
const textEdges = [
  "",
  " ",
  "a",
  "a ",
  "A",
  "b",
  "é",
  "～",
  "😀",
  "\u{10ffff}",
  "abc",
  "ab  ",
  "a\tb",
];
const text: readonly Subject[] = [
  {
    name: "text",
    type: "text",
    texts: texts.words,
    edges: textEdges,
    order: "btree",
    extremes: true,
    expressions: textExpressions,
  },
  {
    name: "varchar",
    type: "varchar(5)",
    texts: texts.words,
    edges: [...textEdges, "abcde", "abcdef", "abcde   ", "😀😀😀😀😀"],
    order: "btree",
    extremes: true,
    expressions: textExpressions.slice(0, 20),
  },
  {
    name: "bpchar",
    type: "char(5)",
    texts: texts.words,
    edges: [...textEdges, "abcde", "abcdef", "abcde   "],
    order: "btree",
    extremes: true,
    expressions: [
      ...textExpressions,
      "$a = $b::text",
      "$a || '|'",
      "$a LIKE 'a____'",
      "$a::text = $b",
    ],
  },
  {
    name: "char",
    type: '"char"',
    texts: texts.words,
    edges: ["", "a", "ab", "\\101", "\\377", "é", "\\000"],
    order: "btree",
    expressions: ["$a::int4", "$a::text", "$a::varchar", "$a < $b", "$a || 'x'", "ascii($a)"],
  },
  {
    name: "name",
    type: "name",
    texts: texts.words,
    edges: ["", "a", `${"x".repeat(62)}é`, "x".repeat(64), `${"é".repeat(40)}`, "A b"],
    order: "btree",
    expressions: [
      "$a || $b",
      "$a = $b::text",
      "$a < $b",
      "length($a)",
      "$a::text",
      "$a::varchar(2)",
    ],
  },
  {
    name: "bytea",
    type: "bytea",
    texts: texts.hexBytes,
    edges: ["", "\\x", "\\x00", "\\xff", "\\x00ff", "\\x0", "\\xzz", "\\1", "\\400", "\\x80"],
    order: "btree",
    expressions: [
      ...infix("|| = < LIKE"),
      ...calls("length octet_length bit_length md5 sha256 bit_count"),
      ...["substr($a, 2, 2)", "get_byte($a, $n)", "get_bit($a, $n)", "set_byte($a, 0, $n)"],
      ...[
        "encode($a, 'hex')",
        "encode($a, 'base64')",
        "encode($a, 'escape')",
        "position($b in $a)",
      ],
      ...[
        "convert_from($a, 'UTF8')",
        "$a::text",
        "btrim($a, '\\x00')",
        "overlay($a placing $b from 1)",
      ],
    ],
  },
];

const bool: Subject = {
  name: "bool",
  type: "bool",
  texts: texts.words,
  edges: each("t f true false yes no on off of o 1 0 y n TRUE tRuE 2 tru x").concat([" t ", ""]),
  order: "btree",
  expressions: [
    ...infix("AND OR = < IS\u00a0DISTINCT\u00a0FROM").map((one) => one.replaceAll("\u00a0", " ")),
    ...["NOT $a", "$a::int4", "$a::text", "$a::varchar(3)", "$a::char(2)", "$a || ''"],
  ],
};

export const strings: readonly Subject[] = [...text, bool];
