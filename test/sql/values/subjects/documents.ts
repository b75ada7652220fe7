/** JSON and arrays. */
import { calls, infix, type Subject } from "../subject.ts";
import * as texts from "../texts.ts";

const json: readonly Subject[] = [
  {
    name: "json",
    type: "json",
    texts: texts.jsons,
    edges: [' { "a" : 1, "a":2 } ', "", "{", "01", "1.", "[1,]", "nul", "NaN"],
    order: "none",
    expressions: [
      ...["$a -> 'a'", "$a ->> 'a'", "$a -> 0", "$a -> -1", "$a #> '{a,0}'", "$a #>> '{a}'"],
      ...[
        "json_typeof($a)",
        "json_strip_nulls($a)",
        "$a::jsonb",
        "$a::text",
        "json_array_length($a)",
      ],
    ],
  },
  {
    name: "jsonb",
    type: "jsonb",
    texts: texts.jsons,
    edges: [
      '{"a":1,"a":2}',
      "[]",
      "{}",
      "null",
      "1",
      "1.0",
      "1e2",
      '"\\u0000"',
      "[1]",
      '"a"',
      "1e400",
    ],
    order: "btree",
    expressions: [
      ...[
        "$a -> 'a'",
        "$a ->> 'a'",
        "$a -> 0",
        "$a -> -1",
        "$a #> '{a,0}'",
        "$a ? 'a'",
        "$a || $b",
      ],
      ...["$a @> $b", "$a - 'a'", "$a - 0", "jsonb_typeof($a)", "jsonb_strip_nulls($a)", "$a = $b"],
      ...["jsonb_pretty($a)", "$a::json", "$a::text", "$a::numeric", "$a::bool", "$a::int4"],
      ...["jsonb_set($a, '{a}', '9')", "jsonb_array_length($a)", "$a['a']"],
    ],
  },
];

const arrayExpressions = [
  ...infix("|| = < @> <@ &&"),
  ...calls(
    "array_ndims array_dims cardinality array_length unnest".replace(/ array_length| unnest/g, ""),
  ),
  ...["$a[1]", "$a[1:2]", "array_length($a, 1)", "array_upper($a, 1)", "array_lower($a, 1)"],
  ...["array_to_string($a, ',', '*')", "$a::text", "$a::text[]", "array_append($a, NULL)"],
  ...["array_remove($a, NULL)", "to_json($a)", "array_position($a, NULL)"],
];
const array = (
  name: string,
  item: string,
  items: texts.Texts,
  edges: string[],
  quote = false,
): Subject => ({
  name,
  type: `${item}[]`,
  texts: texts.arrays(items, quote),
  edges: ["{}", "{NULL}", ...edges],
  order: "btree",
  extremes: true,
  expressions: arrayExpressions,
});
const arrays: readonly Subject[] = [
  array("int4-array", "int4", texts.wholes(32), [
    "{1}",
    "[0:0]={1}",
    "{{1}}",
    "{1,NULL}",
    "{ 1 , 2 }",
  ]),
  array(
    "text-array",
    "text",
    texts.words,
    ['{""}', '{"NULL"}', "{a b}", '{"a\\"b"}', "{😀,～}"],
    true,
  ),
  array("numeric-array", "numeric", texts.decimals, ["{1}", "{1.0}", "{NaN}", "{1.00,NULL}"]),
  array("float8-array", "float8", texts.doubles, ["{0}", "{NaN}"]),
  array("bytea-array", "bytea", texts.hexBytes, ['{"\\\\x00"}', "{abc}"], true),
  array("timestamptz-array", "timestamptz", texts.zonedTimestamps, ["{infinity}"], true),
];

export const documents: readonly Subject[] = [...json, ...arrays];
