/** Expressions over a row as they are run: translated, with what their parameters stand for. */
import type { Oid } from "../../base/ids.ts";
import type { BoundQuery, CommonTable, Expression } from "../bind/tree.ts";
import type { Translation } from "../translate/translation.ts";
import { type RowParameter, rowQuery } from "./row-expressions.ts";

/**
 * Expressions over a row, ready to run: `rows` says what the parameters behind the given ones are.
 */
export interface RowStep {
  readonly translation: Translation;
  readonly rows: readonly RowParameter[];
}

/** Translates a query as the running transaction would. */
export type Translate = (bound: BoundQuery) => Translation;

export function stepOf(
  translate: Translate,
  expressions: readonly Expression[],
  given: readonly Oid[],
  names: readonly string[] = [],
  commonTables: readonly CommonTable[] = [],
): RowStep {
  const { bound, rows } = rowQuery(expressions, names, given, commonTables);
  return { translation: translate(bound), rows };
}
