/** Whether two servers said the same of an expression. */
import type { Answer } from "./answers.ts";

const FIRST_USER_OID = 16_384;

/**
 * What both are compared by. Types that users made have other oids on each side; those that
 * tables bring are told by their names in the text.
 */
export function comparable(answer: Answer): unknown {
  if ("error" in answer) return answer;
  const { typed, ...texts } = answer;
  if (!typed) return texts;
  return { ...texts, typed: typed.map((each) => (Number(each) < FIRST_USER_OID ? each : "user")) };
}

/** What CREATE VIEW holds against its column: no fault of the expression. */
export const isAboutColumn = (answer: Answer): boolean =>
  "error" in answer && ["42P16", "42P22"].includes(String(answer.error["code"]));
