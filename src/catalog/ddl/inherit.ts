/**
 * WHAT A TABLE TAKES OVER FROM ITS PARENTS beside columns: checks and defaults; and the rows that
 * say whose child it is.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { RELATION_CLASS } from "../class-oids.ts";
import { addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { ClassTuple } from "../names.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgInherits } from "../relations/pg-inherits.ts";
import {
  type ConstraintTuple,
  createCheck,
  findConstraintOf,
  mergedInheritance,
} from "./checks.ts";
import type { ColumnPlan } from "./columns.ts";
import type { DdlContext, TableExpression } from "./context.ts";
import { insertDefault } from "./defaults.ts";
import { classOf, columnNumbers } from "./merge-columns.ts";
import type { TableFacts } from "./table-facts.ts";

/** The `at`th parent of the child, counted from 1. */
export function linkParent(context: DdlContext, child: Oid, parent: Oid, at: number): void {
  const { catalog } = context;
  catalog.insert(pgInherits, { inhrelid: child, inhparent: parent, inhseqno: at });
  const isPartition = classOf(context, parent).relkind === "p";
  const [self, other] = [child, parent].map((oid) => addressOf(RELATION_CLASS, oid));
  if (self && other) addDependency(catalog, self, other, isPartition ? "a" : "n");
  const row = classOf(context, parent);
  if (!row.relhassubclass) catalog.update(pgClass, row, { relhassubclass: true });
}

/** Defaults that the columns take over, where they have none of their own. */
export function inheritDefaults(
  context: DdlContext,
  table: Oid,
  columns: readonly ColumnPlan[],
): void {
  columns.forEach((column, at) => {
    const inherited = column.inherited?.default;
    if (!inherited || column.default || column.serial || column.identity) return;
    const numbers = columnNumbers(context, inherited.parent, table);
    const expression = context.expressions.copyFor(table, inherited.tree, numbers);
    if (!expression)
      throw wholeRow(
        `Generation expression for column "${column.name}"`,
        context,
        inherited.parent,
      );
    insertDefault(context, table, at + 1, expression);
  });
}

function wholeRow(what: string, context: DdlContext, table: Oid): SqlError {
  const detail = `${what} contains a whole-row reference to table "${classOf(context, table).relname}".`;
  return new SqlError("0A000", "cannot convert whole-row table reference", { detail });
}

export const checksOf = ({ catalog }: DdlContext, table: Oid): readonly ConstraintTuple[] =>
  catalog
    .list(pgConstraint, "conrelid_contypid_conname", [table])
    .filter(({ contype }) => contype === "c")
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.conname), Buffer.from(b.conname)));

/** A check as its child would have it. */
export function checkFor(context: DdlContext, child: Oid, check: ConstraintTuple): TableExpression {
  const numbers = columnNumbers(context, check.conrelid, child);
  const expression = context.expressions.copyFor(child, check.conbin ?? "", numbers);
  if (!expression) throw wholeRow(`Constraint "${check.conname}"`, context, check.conrelid);
  return expression;
}

/** The checks of the parents, each once. Throws 42710 when two of a name differ. */
export function inheritChecks(
  context: DdlContext,
  table: TableFacts,
  parents: readonly ClassTuple[],
): void {
  const { catalog } = context;
  for (const { oid, relkind } of parents) {
    for (const check of checksOf(context, oid)) {
      if (check.connoinherit) continue;
      const { conname: name } = check;
      const expression = checkFor(context, table.oid, check);
      const there = findConstraintOf(context, table.oid, name);
      if (there && there.conbin !== expression.tree) {
        const message = `check constraint name "${name}" appears multiple times but with different expressions`;
        throw new SqlError("42710", message);
      }
      if (there) {
        catalog.update(pgConstraint, there, mergedInheritance(relkind === "p", there));
        continue;
      }
      createCheck(context, table, expression, { name, noInherit: false });
      const made = findConstraintOf(context, table.oid, name);
      if (made) catalog.update(pgConstraint, made, { conislocal: false, coninhcount: 1 });
    }
  }
}
