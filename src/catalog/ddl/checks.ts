/**
 * CHECK CONSTRAINTS: the bound expression, what it uses, and the columns that it is about.
 * https://www.postgresql.org/docs/15/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { CONSTRAINT_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import type { CheckConstraint } from "../statement.ts";
import type { DdlContext, TableExpression } from "./context.ts";
import { checkConstraintName, chooseConstraintName } from "./generated-names.ts";
import type { TableFacts } from "./table-facts.ts";

export type ConstraintTuple = Tuple<(typeof pgConstraint)["columns"]>;

export const findConstraintOf = ({ catalog }: DdlContext, table: Oid, name: string) =>
  catalog.find(pgConstraint, "conrelid_contypid_conname", [table, INVALID_OID, name]);

/** The checks of a new table, in one go: nothing is in it, so all of them are valid. */
export function createChecks(
  context: DdlContext,
  table: TableFacts,
  checks: readonly CheckConstraint[],
): void {
  const names = new Set<string>();
  for (const check of checks) {
    const expression = context.expressions.bindCheck(check.expression, table.oid);
    if (check.name !== undefined && names.has(check.name)) {
      throw new SqlError("42710", `check constraint "${check.name}" already exists`);
    }
    const { noInherit } = check;
    if (mergesCheck(context, table, check, expression)) continue;
    names.add(createCheck(context, table, expression, { name: check.name, noInherit }));
  }
}

/** Stages one check and returns its name. The columns of the table are staged already. */
export function createCheck(
  context: DdlContext,
  table: TableFacts,
  expression: TableExpression,
  {
    name,
    noInherit,
    valid = true,
  }: { readonly name: string | undefined; readonly noInherit: boolean; readonly valid?: boolean },
): string {
  const { catalog } = context;
  if (noInherit && catalog.find(pgClass, "key", [table.oid])?.relkind === "p") {
    const message = `cannot add NO INHERIT constraint to partitioned table "${table.name}"`;
    throw new SqlError("42P16", message);
  }
  if (name !== undefined) checkConstraintName(context, table, name);
  const conname = name ?? chooseName(context, table, expression);
  const oid = context.allocateOid();
  const { columns } = expression;
  catalog.insert(pgConstraint, {
    oid,
    conname,
    connamespace: table.namespace,
    contype: "c",
    convalidated: valid,
    conrelid: table.oid,
    connoinherit: noInherit,
    conkey: columns.length === 0 ? null : columns,
    conbin: expression.tree,
  });
  const self = addressOf(CONSTRAINT_CLASS, oid);
  for (const attnum of columns.length === 0 ? [WHOLE_TABLE] : columns) {
    addDependency(catalog, self, addressOf(RELATION_CLASS, table.oid, attnum), "a");
  }
  for (const { classOid, oid: referenced, subId } of expression.references) {
    addDependency(catalog, self, addressOf(classOid, referenced, subId), "n");
  }
  countChecks(context, table.oid, 1);
  return conname;
}

const WHOLE_TABLE = 0;

/** A check of one column has its name, wherever it stood: PostgreSQL looks at the expression. */
function chooseName(context: DdlContext, table: TableFacts, { columns }: TableExpression): string {
  const [attnum, second] = columns;
  const column = second === undefined && attnum !== undefined ? attnum : WHOLE_TABLE;
  const name =
    column === TABLEOID
      ? "tableoid"
      : context.catalog.find(pgAttribute, "key", [table.oid, column])?.attname;
  return chooseConstraintName(context, table.namespace, table.name, name, "check");
}
const TABLEOID = -6;

/** pg_class says how many checks a table has. */
export function countChecks(context: DdlContext, relation: Oid, more: 1 | -1): void {
  const { catalog } = context;
  const row = catalog.find(pgClass, "key", [relation]);
  if (row) catalog.update(pgClass, row, { relchecks: row.relchecks + more });
}

/** The table says what it inherits: true when the check is there now. Throws 42710, 42P16. */
export function mergesCheck(
  context: DdlContext,
  table: TableFacts,
  { name, noInherit }: Pick<CheckConstraint, "name" | "noInherit">,
  expression: TableExpression,
): boolean {
  const there = name === undefined ? undefined : findConstraintOf(context, table.oid, name);
  if (!there || there.conislocal || there.conbin !== expression.tree) return false;
  if (noInherit) {
    const message = `constraint "${name}" conflicts with inherited constraint on relation "${table.name}"`;
    throw new SqlError("42P17", message);
  }
  const isPartition = context.catalog.find(pgClass, "key", [table.oid])?.relispartition;
  context.notice(notice(`merging constraint "${name}" with inherited definition`));
  context.catalog.update(pgConstraint, there, { conislocal: isPartition !== true });
  return true;
}

/** One that a child has already is its parent's, too; in a partition it is that alone. */
export const mergedInheritance = (
  isPartition: boolean,
  { coninhcount }: { readonly coninhcount: number },
): { readonly coninhcount: number; readonly conislocal?: false } =>
  isPartition ? { conislocal: false, coninhcount: 1 } : { coninhcount: coninhcount + 1 };
