/** SELECT of expressions that read no relation. */
import type { Oid } from "../../base/ids.ts";
import type { Expression, SelectQuery, Target } from "./tree.ts";

export const plainTarget = (expression: Expression, name = "?column?"): Target => ({
  expression,
  name,
  junk: false,
  originTable: 0 as Oid,
  originColumn: 0,
});

export const plainSelect = (targets: readonly Target[]): SelectQuery => ({
  kind: "select",
  commonTables: [],
  rangeTable: [],
  from: [],
  targets,
  groupBy: [],
  windows: [],
  distinct: false,
  orderBy: [],
  hasAggregates: false,
  locking: [],
});
