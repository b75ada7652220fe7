/** Bit strings, money, ranges, texts to be searched, shapes. */
import { calls, infix, type Subject } from "../subject.ts";
import * as texts from "../texts.ts";

const bitOperators = [
  ...infix("= < & | # ||"),
  ...["~ $a", "$a << $n", "$a >> $n", "length($a)", "bit_count($a)", "$a::int4", "$a::int8"],
  ...["$a::text", "$a::bit(4)", "$a::varbit(3)", "substring($a from 2 for 3)", "get_bit($a, $n)"],
  ...["position(B'1' in $a)", "set_bit($a, 0, 1)", "overlay($a placing B'11' from 1)"],
];
export const others: readonly Subject[] = [
  {
    name: "bit",
    type: "bit(5)",
    texts: texts.bits,
    edges: ["00000", "11111", "10101", "1", "101010", "x1", "2", ""],
    order: "btree",
    expressions: bitOperators,
  },
  {
    name: "varbit",
    type: "varbit(16)",
    texts: texts.bits,
    edges: ["", "0", "00", "1", "10", "100000000", "11111111", "xff", "b101", "2", "1".repeat(17)],
    order: "btree",
    expressions: bitOperators,
  },
  {
    name: "money",
    type: "money",
    texts: texts.amounts,
    edges: [
      "0",
      "-0.005",
      "0.005",
      "92233720368547758.08",
      "-92233720368547758.09",
      "x",
      "",
      "1e3",
    ],
    order: "btree",
    extremes: true,
    expressions: [
      ...infix("+ - / = <"),
      ...["$a * 1.5::float8", "$a * 3", "$a / 0", "$a / 3", "$a / 2.5::float8", "1.1::float4 * $a"],
      ...["$a::numeric", "$a::text", "cash_words($a)"],
    ],
  },
  ...(
    [
      [
        "int4range",
        texts.wholes(32),
        ["[1,3)", "[1,2]", "(0,3)", "[1,1)", "[3,1]", "[2147483647,]"],
      ],
      ["int8range", texts.wholes(64), ["[9223372036854775807,]", "[1,2]"]],
      [
        "numrange",
        texts.decimals,
        ["[1.0,2.0]", "[1,2]", "[1,1]", "(1,1]", "[NaN,]", "[,Infinity]"],
      ],
      [
        "daterange",
        texts.dates,
        ["[2000-01-01,infinity)", "[2000-01-01,infinity]", "[-infinity,]"],
      ],
      ["tsrange", texts.timestamps, ["[2000-01-01,2000-01-01]"]],
    ] as const
  ).map(
    ([type, bounds, edges]): Subject => ({
      name: type,
      type,
      texts: texts.ranges(bounds),
      edges: ["empty", "(,)", "", "[1", "[1,2,3]", ...edges],
      order: "btree",
      expressions: [
        ...infix("= < @> <@ && << >> -|- + - *"),
        ...calls("lower upper isempty lower_inc upper_inc lower_inf upper_inf"),
        ...["$a::text", `$a::${type.replace("range", "multirange")}`, "range_merge($a, $b)"],
      ],
    }),
  ),
  {
    name: "int4multirange",
    type: "int4multirange",
    texts: texts.ranges(texts.wholes(8)).map((range) => `{${range},[50,60)}`),
    edges: ["{}", "{[1,2),[2,3)}", "{[5,6),[1,2)}", "{empty}", "x", "{(,)}"],
    order: "btree",
    expressions: [...infix("= < @> <@ && << + - *"), ...calls("lower upper isempty range_merge")],
  },
  {
    name: "xml",
    type: "xml",
    texts: texts.markup,
    edges: ["<a/>", "<a", "", "x&y", "<a/><b/>", "<!DOCTYPE a><a/>"],
    order: "none",
    expressions: ["$a::text", "$a = $b"],
  },
  {
    name: "tsvector",
    type: "tsvector",
    texts: texts.lexemes,
    edges: ["", "b a", "a:1 a:2", "a:1A,1B", "'", "a:0", "A a", "aa b a"],
    order: "btree",
    expressions: ["$a = $b", "$a < $b", "$a::text"],
  },
  {
    name: "tsquery",
    type: "tsquery",
    texts: texts.lexemeQueries,
    edges: ["a", "!a", "a & b | c", "(a | b) & c", "a:*", "a:AB", "a <-> b", "a &", "( a"],
    order: "btree",
    expressions: ["$a = $b", "$a < $b", "$a::text"],
  },
  {
    name: "point",
    type: "point",
    texts: texts.points,
    edges: ["1,2", "(0,0)", "(NaN,1)", "(1e400,1)", "x", "(1,2,3)"],
    order: "none",
    expressions: ["$a = $b", "$a::text"],
  },
  {
    name: "box",
    type: "box",
    texts: texts.points.map((point) => `${point},(1,1)`),
    edges: ["(1,2),(3,4)", "(3,4),(1,2)", "1,2,3,4", "x"],
    order: "none",
    expressions: ["$a::text"],
  },
];
