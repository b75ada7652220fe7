/**
 * The patterns of dates and times.
 * https://www.postgresql.org/docs/15/functions-formatting.html#FUNCTIONS-FORMATTING-DATETIME-TABLE
 */
import { remember } from "./define.ts";
import { parseTemplate, type TemplatePart } from "./template.ts";

export interface DatePattern {
  /** As it was written. */
  readonly name: string;
  /** In upper case. */
  readonly key: string;
  /** What it reads is digits: the pattern before it must not take them. */
  readonly digits: boolean;
  /** What of a date it says: Gregorian and ISO week dates must not be mixed. */
  readonly calendar: "gregorian" | "iso" | undefined;
}

/** For each letter the longest ones first: the first that fits is meant. */
const keys = [
  ..."A.D. A.M. AD AM B.C. BC CC DAY DDD DD DY D FF1 FF2 FF3 FF4 FF5 FF6 FX HH24 HH12 HH".split(
    " ",
  ),
  ..."IDDD ID IW IYYY IYY IY I J MI MM MONTH MON MS OF P.M. PM Q RM SSSSS SSSS SS".split(" "),
  ..."TZH TZM TZ US WW W Y,YYY YYYY YYY YY Y".split(" "),
];
const capitalised = ["Day", "Dy", "Month", "Mon"];
/** Day comes after DY and before D, as Month after MS. */
const names = [
  ...keys.flatMap((key) =>
    key === "D" ? ["Day", "Dy", key] : key === "OF" ? ["Month", "Mon", key] : [key],
  ),
  ...keys.map((key) => key.toLowerCase()),
];

const digitless = new Set(
  "A.D. A.M. AD AM B.C. BC DAY DY FX MONTH MON OF P.M. PM RM TZH TZ".split(" "),
);
const iso = new Set("IDDD ID IW IYYY IYY IY I".split(" "));
const gregorian = new Set("DDD DD D MM MONTH MON RM WW W Y,YYY YYYY YYY YY Y".split(" "));

const patterns: readonly DatePattern[] = names.map((name) => {
  const key = name.toUpperCase();
  const calendar = iso.has(key) ? "iso" : gregorian.has(key) ? "gregorian" : undefined;
  return { name, key, digits: !digitless.has(key), calendar };
});
export const isCapitalised = (name: string): boolean => capitalised.includes(name);

export type DatePart = TemplatePart<DatePattern>;

export const dateTemplate = remember(200, (template): readonly DatePart[] =>
  parseTemplate(
    template,
    (rest) => {
      const pattern = patterns.find(({ name }) => rest.startsWith(name));
      return pattern && { pattern, length: pattern.name.length };
    },
    true,
  ),
);

export const MONTHS =
  "January February March April May June July August September October November December".split(
    " ",
  );
export const WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
export const ROMAN = "I II III IV V VI VII VIII IX X XI XII".split(" ");
