/** CONSTRAINTS THAT AN INDEX CARRIES: keys and exclusions, made alike. */
import type { Oid } from "../../base/ids.ts";
import type { IndexConstraint, TableConstraint } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { createExclusion } from "./exclusions.ts";
import { createKey } from "./keys.ts";
import type { TableFacts } from "./table-facts.ts";

export const isIndexConstraint = (constraint: TableConstraint): constraint is IndexConstraint =>
  constraint.kind === "exclusion" ||
  constraint.kind === "primaryKey" ||
  constraint.kind === "unique";

/** Stages index and constraint. `indexNames`: of the index's columns, where they are given. */
export const createIndexConstraint = (
  context: DdlContext,
  table: TableFacts,
  constraint: IndexConstraint,
  indexNames?: readonly string[],
): { readonly index: Oid; readonly constraint: Oid } =>
  constraint.kind === "exclusion"
    ? createExclusion(context, table, constraint, indexNames)
    : createKey(context, table, constraint, indexNames);
