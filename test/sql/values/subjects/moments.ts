/** Moments, times of day and intervals. */
import { each, infix, type Subject } from "../subject.ts";
import * as texts from "../texts.ts";

const fields =
  "year month day hour minute second epoch dow doy week isoyear isodow quarter century";
const moment = (
  name: string,
  type: string,
  values: texts.Texts,
  more: readonly string[],
): Subject => ({
  name,
  type,
  texts: values,
  edges: [
    ...["infinity", "-infinity", "epoch", "2000-01-01", "1999-12-31 23:59:59.999999"],
    ...["4714-11-24 BC", "4714-11-23 BC", "294276-12-31 23:59:59.999999", "5874897-12-31"],
    ...["294277-01-01", "2024-02-29", "2023-02-29", "0000-01-01", "2000-01-01 24:00"],
    ...["2000-01-01 23:59:59.9999999", "20240102", "Jan 5 2001", "x", ""],
  ],
  order: "btree",
  extremes: true,
  expressions: [
    ...["$a - $b", "$a + $i", "$a - $i", "$a = $b", "$a < $b", "isfinite($a)", "$a::text"],
    ...each(fields).map((field) => `extract(${field} from $a)`),
    ...each("century year quarter month week").map((field) => `date_trunc('${field}', $a)`),
    ...["date_part('epoch', $a)", "to_char($a, 'YYYY-MM-DD HH24:MI:SS.US BC IYYY-IW Day')"],
    ...more,
  ],
});
const clock = (
  name: string,
  type: string,
  values: texts.Texts,
  more: readonly string[],
): Subject => ({
  name,
  type,
  texts: values,
  edges: [
    ...["00:00", "24:00:00", "24:00:01", "23:59:59.9999999", "12:34:56.5", "25:00", "allballs"],
    ...["11:00 PM", "12:00 AM", "13:00 AM", "10:00+02", "08:00-00", "x", ""],
  ],
  order: "btree",
  extremes: true,
  expressions: ["$a + $i", "$a - $i", "$a < $b", "extract(epoch from $a)", "$a::text", ...more],
});
export const moments: readonly Subject[] = [
  moment("date", "date", texts.dates, [
    ...["$a + $n", "$a - $n", "$a::timestamp", "$a::timestamptz", "$a + '12:34'::time"],
    ...["$a = $b::timestamp", "$a + 2147483647"],
  ]),
  moment("timestamp", "timestamp", texts.timestamps, [
    ...["$a::date", "$a::time", "$a::timestamptz", "$a::timestamp(2)", "$a = $b::date"],
    ...["age($a, $b)", "$a AT TIME ZONE 'Asia/Kolkata'", "date_bin('7 min', $a, 'epoch')"],
    ...["$a = $b::timestamptz"],
  ]),
  moment("timestamptz", "timestamptz", texts.zonedTimestamps, [
    ...["$a::date", "$a::time", "$a::timetz", "$a::timestamp", "$a::timestamptz(1)"],
    ...["age($a, $b)", "$a AT TIME ZONE 'Asia/Kolkata'", "$a = $b::timestamp"],
  ]),
  moment("timestamp-2", "timestamp(2)", texts.timestamps, []),
  clock("time", "time", texts.times, ["$a - $b", "$a::interval", "$a::timetz", "$a::time(1)"]),
  clock("timetz", "timetz", texts.zonedTimes, ["$a::time", "$a AT TIME ZONE 'UTC'", "$a = $b"]),
  {
    name: "interval",
    type: "interval",
    texts: texts.intervals,
    edges: [
      ...[
        "1 mon",
        "30 days",
        "720:00",
        "0",
        "-0",
        "178000000 years",
        "-178000000 years",
        "1 day ago",
      ],
      ...[
        "2147483647 days",
        "2147483648 days",
        "2147483647 mons",
        "P1Y2M3DT4H5M6.7S",
        "1-2 3 4:05",
      ],
      ...[
        "9223372036854 secs",
        "0.5 mons",
        "1.5 years",
        "x",
        "",
        "1 fortnight",
        "00:00:00.0000005",
      ],
    ],
    order: "btree",
    extremes: true,
    expressions: [
      ...infix("+ - = <"),
      ...["- $a", "$a * 1.5", "$a * 2147483648", "$a / 3", "$a / 0", "justify_days($a)"],
      ...["justify_hours($a)", "justify_interval($a)", "extract(epoch from $a)", "$a::time"],
      ...["extract(month from $a)", "extract(day from $a)", "extract(second from $a)"],
      ...["$a::interval(1)", "$a::interval day to hour", "$a::text", "date_trunc('hour', $a)"],
      ...["to_char($a, 'YYYY-MM-DD HH24:MI:SS.US')", "isfinite($a)"],
    ],
  },
];
