/** ROWS OF A STATEMENT for its triggers: REFERENCING OLD TABLE and NEW TABLE. */
import type { Scalar } from "../types/scalar.ts";
import { givenRows } from "./given-rows.ts";
import type { TableShape } from "./table-shape.ts";

type Row = readonly Scalar[];

/** Of one table, with a value for each attribute number. */
export interface TransitionRows {
  readonly old: Row[];
  readonly now: Row[];
  /** A trigger has seen them: what happens now is not among them. */
  isClosed: boolean;
}

const texts = new WeakMap<readonly Row[], string>();

/** As one value, which is made once. */
export function transitionText({ columns }: TableShape, rows: readonly Row[]): string {
  const known = texts.get(rows);
  if (known !== undefined) return known;
  const shown = rows.map((row) => columns.map(({ number }) => row[number - 1] ?? null));
  const text = givenRows(shown);
  texts.set(rows, text);
  return text;
}
