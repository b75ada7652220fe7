/** Numbers. */
import { calls, casts, each, infix, type Subject } from "../subject.ts";
import * as texts from "../texts.ts";

const wholeOperators = [
  ...infix("+ - * / % & | #"),
  ...["$a << $n", "$a >> $n", "- $a", "+ $a", "@ $a", "~ $a", "$a + 1.5", "$a / 2::int8"],
  ...["$a = $b::numeric", "$a < $b::float8", "mod($a, $b)", "gcd($a, $b)", "lcm($a, $b)"],
];
const wholeNumbers = (name: string, bits: number, edges: string, casted: string): Subject => ({
  name,
  type: name,
  texts: texts.wholes(bits),
  edges: [...each(edges), " 7 ", "", "1.5", "1e3", "0x10", "1_0", "- 1", "x"],
  order: "btree",
  extremes: true,
  expressions: [...wholeOperators, ...casts(casted), ...calls("abs sign to_hex")],
});

const wholes: readonly Subject[] = [
  wholeNumbers("int2", 16, "32767 32768 -32768 -32769 0 -1", "int4 int8 numeric float4 text oid"),
  wholeNumbers(
    "int4",
    32,
    "2147483647 2147483648 -2147483648 0 -1 65536",
    'int2 int8 numeric float4 float8 bool oid money bit(8) text "char" regtype',
  ),
  wholeNumbers(
    "int8",
    64,
    "9223372036854775807 9223372036854775808 -9223372036854775808 0 -1 9007199254740993",
    "int2 int4 numeric float4 float8 oid money bit(70) text",
  ),
];

const decimalCalls = "abs sign ceil floor round trunc scale min_scale trim_scale numeric_inc";
const decimal: readonly Subject[] = [
  {
    name: "numeric",
    type: "numeric",
    texts: texts.decimals,
    edges: each(
      "0 0.00 -0 1 1.0 1.000 1e-20 NaN nan Infinity -inf 1e40 9.995 99999999999999999999",
    ),
    order: "btree",
    extremes: true,
    expressions: [
      ...infix("+ - * / % = < >="),
      ...casts("int2 int4 int8 float4 float8 money text numeric(10,2) numeric(3,-2) numeric(2,5)"),
      ...calls(decimalCalls),
      ...["round($a, $n)", "trunc($a, $n)", "div($a, $b)", "mod($a, $b)", "- $a", "@ $a"],
      ...[
        "sqrt(@ $a)",
        "gcd($a, $b)",
        "lcm($a, $b)",
        "$a = $b::float8",
        "width_bucket($a, 0, 10, 5)",
      ],
      ...["($a % 50) ^ 2", "exp($a % 20)", "ln(@ $a)", "log(2, @ $a)", "power(@ $a % 50, $n)"],
    ],
  },
  {
    name: "numeric-5-2",
    type: "numeric(5,2)",
    texts: texts.decimals,
    edges: each("999.99 999.995 -999.994 0.005 -0.005 NaN Infinity 1.5 1.50 1000"),
    order: "btree",
    extremes: true,
    expressions: ["$a + $b", "$a::numeric(3,1)"],
  },
];

const floatCasts = "int2 int4 int8 numeric text float4 float8";
const float = (name: string, values: texts.Texts, edges: string): Subject => ({
  name,
  type: name,
  texts: values,
  edges: [...each(edges), "", "1x", " 1 ", "infinit", "+nan"],
  order: "btree",
  extremes: true,
  expressions: [
    ...infix("+ - * / = < >="),
    ...casts(floatCasts),
    ...calls("abs sign ceil floor round trunc"),
    ...["- $a", "@ $a", "$a = $b::float4", "$a < $b::float8", "|/ (@ $a)", "$a::numeric(20,3)"],
  ],
});
const floats: readonly Subject[] = [
  float(
    "float4",
    texts.singles,
    "0 NaN Infinity -Infinity 3.4028235e38 3.5e38 1e-45 1e-46 1.17549435e-38 16777217 0.1 1e15",
  ),
  float(
    "float8",
    texts.doubles,
    "0 NaN Infinity -Infinity 1.7976931348623157e308 1e309 5e-324 1e-324 0.1 1e15 9007199254740993",
  ),
];

export const numbers: readonly Subject[] = [...wholes, ...decimal, ...floats];
