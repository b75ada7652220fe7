/** ADD CONSTRAINT, and the constraints that come with a new column. */
import type { Oid } from "../../base/ids.ts";
import { SqlError, withoutPosition } from "../../base/sql-error.ts";
import type { ClassTuple } from "../names.ts";
import { pgClass } from "../relations/pg-class.ts";
import type { KeyConstraint, TableConstraint } from "../statement.ts";
import { addCheckToChildren, checkChildrenNotNull, descendantsToAlter } from "./alter-children.ts";
import { changeNotNull } from "./alter-column.ts";
import { PASS, type Passes } from "./alter-passes.ts";
import { createCheck, mergesCheck } from "./checks.ts";
import type { DdlContext } from "./context.ts";
import { copierFor } from "./copy-index.ts";
import { refuseExclusion } from "./exclusions.ts";
import { createForeignKey } from "./foreign-keys.ts";
import { checkForeignConstraint } from "./foreign-tables.ts";
import { createIndexConstraint, isIndexConstraint } from "./index-constraints.ts";
import { indexPartitions, markIncomplete } from "./partition-indexes.ts";
import { queueWork } from "./row-work.ts";
import { factsOf } from "./table-facts.ts";
import { checkNotTwice, planKeys, sortConstraints } from "./table-plan.ts";
import { columnsOfIndex, createKeyOverIndex } from "./using-index.ts";

export function addConstraint(
  context: DdlContext,
  table: ClassTuple,
  constraint: TableConstraint,
  passes: Passes,
  only: boolean,
): void {
  checkForeignConstraint(table, constraint);
  const { oid } = table;
  if (constraint.kind === "exclusion" && table.relkind === "p") refuseExclusion(constraint);
  if (constraint.kind !== "primaryKey" && constraint.kind !== "unique") {
    return queue(context, oid, constraint, false, passes, only);
  }
  const overIndex = constraint.usingIndex !== undefined;
  const key = overIndex ? columnsOfIndex(context, classOf(context, oid), constraint) : constraint;
  checkNotTwice(key);
  if (key.kind === "primaryKey") queueNotNull(context, oid, key, passes, only);
  if (!overIndex) return queue(context, oid, key, false, passes, only);
  if (table.relkind === "p") {
    const form = "ALTER TABLE / ADD CONSTRAINT USING INDEX";
    throw new SqlError("0A000", `${form} is not supported on partitioned tables`);
  }
  passes.add(PASS.indexConstraints, () => {
    createKeyOverIndex(context, factsOf(classOf(context, oid)), key);
  });
}

/** Those of a column that is being added; `valid`: nothing is in it, so a foreign key is. */
export function queueConstraints(
  context: DdlContext,
  { oid, relname }: ClassTuple,
  constraints: readonly TableConstraint[],
  valid: boolean,
  passes: Passes,
): void {
  if (constraints.length === 0) return;
  const { checks, keys, foreignKeys } = sortConstraints(constraints);
  const planned = planKeys(keys, relname, (key) => checkNotTwice(key));
  for (const key of planned) queue(context, oid, key, valid, passes);
  for (const check of checks) queue(context, oid, check, false, passes);
  for (const key of foreignKeys) queue(context, oid, key, valid, passes);
}

function queueNotNull(
  context: DdlContext,
  oid: Oid,
  key: KeyConstraint,
  passes: Passes,
  only: boolean,
): void {
  const table = classOf(context, oid);
  const below = only ? [] : descendantsToAlter(context, table);
  for (const column of key.columns) {
    if (only) {
      passes.add(PASS.columnAttributes, () => checkChildrenNotNull(context, table, column));
    }
    for (const each of [table, ...below]) {
      passes.add(PASS.columnAttributes, () => {
        changeNotNull(context, classOf(context, each.oid), column, true);
      });
    }
  }
}

function queue(
  context: DdlContext,
  oid: Oid,
  constraint: TableConstraint,
  valid: boolean,
  passes: Passes,
  only = false,
): void {
  const pass = isIndexConstraint(constraint) ? PASS.indexes : PASS.otherConstraints;
  passes.add(pass, () => createConstraint(context, oid, constraint, valid, only));
}

/**
 * Stages a constraint of a table that is there, and has its rows looked at. `valid`: a foreign key
 * is valid even though it says NOT VALID.
 */
export function createConstraint(
  context: DdlContext,
  oid: Oid,
  constraint: TableConstraint,
  valid: boolean,
  only = false,
): void {
  const table = factsOf(classOf(context, oid));
  switch (constraint.kind) {
    case "check": {
      const { name, noInherit, notValid } = constraint;
      const expression = withoutPosition(() =>
        context.expressions.bindCheck(constraint.expression, oid),
      );
      const { relispartition } = classOf(context, oid);
      if (!relispartition && mergesCheck(context, table, constraint, expression)) return;
      const made = createCheck(context, table, expression, { name, noInherit, valid: !notValid });
      if (!notValid) queueWork(context, { kind: "check", table: oid, name: made });
      addCheckToChildren(context, classOf(context, oid), { name: made, notValid, only });
      return;
    }
    case "foreignKey":
      return createForeignKey(context, table, constraint, valid, only);
    default: {
      const { index } = createIndexConstraint(context, table, constraint);
      queueWork(context, { kind: "index", table: oid, index });
      const relation = classOf(context, oid);
      if (relation.relkind !== "p") return;
      if (only) return markIncomplete(context, oid, index);
      return indexPartitions(context, relation, index, copierFor(context));
    }
  }
}

const classOf = (context: DdlContext, oid: Oid): ClassTuple =>
  context.catalog.find(pgClass, "key", [oid]) as ClassTuple;
