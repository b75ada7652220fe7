/** Expressions of chance, each as a column's DEFAULT or as the column of a view over x. */
import fc from "fast-check";
import { oid } from "../../../src/base/ids.ts";
import { builtin } from "../bind-support.ts";
import { type Case, defaultColumns } from "./answers.ts";
import { indexColumns } from "./columns.ts";
import { Grammar } from "./grammar.ts";
import { Vocabulary } from "./vocabulary.ts";

const DEPTH_MAX = 4;

export function expressionCases(): fc.Arbitrary<Case> {
  indexColumns(builtin);
  const vocabulary = new Vocabulary(builtin);
  const overX = new Grammar(vocabulary, true);
  const alone = new Grammar(vocabulary, false);
  const depth = fc.integer({ min: 1, max: DEPTH_MAX });
  const views = depth.chain((levels) => overX.any(levels)).map((text) => ({ text }));
  const columns = fc.constantFrom(...Object.keys(defaultColumns));
  const defaults = fc.tuple(columns, depth).chain(([column, levels]) => {
    const [type = 0] = defaultColumns[column] ?? [];
    return alone.operand(oid(type), levels).map((text) => ({ column, text }));
  });
  return fc.oneof(views, defaults);
}
