/** What must agree of two servers' answers to an expression. */
import type { Answer } from "./answers.ts";
import type { Case } from "./cases.ts";

const FIRST_USER_OID = 16_384;

/**
 * Types that users made have other oids on each side; they are told by their names in the text.
 * Where a statement keeps no places, PostgreSQL gives the one within a type's name instead.
 */
export function comparable(answer: Answer): unknown {
  if ("error" in answer) {
    const { position, ...fields } = answer.error;
    return String(fields["where"]).startsWith("invalid type name") ? fields : answer.error;
  }
  const { typed, ...texts } = answer;
  if (!typed) return texts;
  return { ...texts, typed: typed.map((each) => (Number(each) < FIRST_USER_OID ? each : "user")) };
}

/** What CREATE VIEW holds against its column: no fault of the expression. */
export const isAboutColumn = ({ place }: Case, answer: Answer): boolean =>
  place === "view" &&
  "error" in answer &&
  ["42P16", "42P22"].includes(String(answer.error["code"]));
