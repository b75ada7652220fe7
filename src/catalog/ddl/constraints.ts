/**
 * CONSTRAINTS THAT ARE THERE: dropped, validated, made deferrable, put off.
 * https://www.postgresql.org/docs/15/sql-altertable.html
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { type ClassTuple, checkOwnDatabase, getUsable } from "../names.ts";
import type { Tuple } from "../relation.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgTrigger } from "../relations/pg-trigger.ts";
import type { AlterTableAction, SetConstraints } from "../statement.ts";
import { dropWithChildren, validateChildren } from "./alter-children.ts";
import type { DdlContext } from "./context.ts";
import { DEFERRABLE_FUNCTIONS } from "./foreign-key-rows.ts";
import { lockRelation, searchPathOf } from "./lookup.ts";
import { partsOf } from "./partition-foreign-keys.ts";
import { queueWork } from "./row-work.ts";

type ConstraintTuple = Tuple<(typeof pgConstraint)["columns"]>;

const findConstraint = (context: DdlContext, table: ClassTuple, name: string) =>
  context.catalog.find(pgConstraint, "conrelid_contypid_conname", [table.oid, 0, name]);

const undefinedConstraint = (table: ClassTuple, name: string): string =>
  `constraint "${name}" of relation "${table.relname}" does not exist`;

function getConstraint(context: DdlContext, table: ClassTuple, name: string): ConstraintTuple {
  const found = findConstraint(context, table, name);
  if (!found) throw new SqlError("42704", undefinedConstraint(table, name));
  return found;
}

export function dropConstraint(
  context: DdlContext,
  table: ClassTuple,
  action: Extract<AlterTableAction, { kind: "dropConstraint" }>,
  only: boolean,
): void {
  const found = findConstraint(context, table, action.constraint);
  if (found) return dropWithChildren(context, table, found, { only, cascade: action.cascade });
  const message = undefinedConstraint(table, action.constraint);
  if (!action.ifExists) throw new SqlError("42704", message);
  context.notice(notice(`${message}, skipping`));
}

export function validateConstraint(
  context: DdlContext,
  table: ClassTuple,
  name: string,
  only: boolean,
): void {
  const found = getConstraint(context, table, name);
  if (found.contype !== "f" && found.contype !== "c") {
    throw wrongConstraint(table, name, "a foreign key or check constraint");
  }
  if (found.convalidated) return;
  if (found.contype === "c") validateChildren(context, table, found, only);
  context.catalog.update(pgConstraint, found, { convalidated: true });
  const { oid } = table;
  queueWork(
    context,
    found.contype === "f"
      ? { kind: "foreignKey", table: oid, constraint: found.oid }
      : { kind: "check", table: oid, name },
  );
}

export function alterConstraint(
  context: DdlContext,
  table: ClassTuple,
  action: Extract<AlterTableAction, { kind: "alterConstraint" }>,
): void {
  const { catalog } = context;
  const { constraint: name, deferrable, initiallyDeferred } = action;
  const found = getConstraint(context, table, name);
  if (found.contype !== "f") throw wrongConstraint(table, name, "a foreign key constraint");
  if (found.conparentid !== INVALID_OID) throw derivedConstraint(context, table, found);
  for (const each of withParts(context, [found])) {
    lockRelation(context, each.conrelid, "AccessExclusive");
    catalog.update(pgConstraint, each, {
      condeferrable: deferrable,
      condeferred: initiallyDeferred,
    });
    for (const trigger of catalog.list(pgTrigger, "tgconstraint", [each.oid])) {
      if (!DEFERRABLE_FUNCTIONS.has(trigger.tgfoid)) continue;
      const changed = { tgdeferrable: deferrable, tginitdeferred: initiallyDeferred };
      catalog.update(pgTrigger, trigger, changed);
    }
  }
}

/** The constraints, and all parts of them below. */
function withParts(context: DdlContext, wholes: readonly ConstraintTuple[]): ConstraintTuple[] {
  const found = [...wholes];
  for (const each of found) found.push(...partsOf(context, each));
  return found;
}

function derivedConstraint(
  { catalog }: DdlContext,
  { relname }: ClassTuple,
  constraint: ConstraintTuple,
): SqlError {
  let whole = constraint;
  for (let parent: typeof whole | undefined = whole; parent; ) {
    whole = parent;
    parent = catalog.find(pgConstraint, "key", [whole.conparentid]);
  }
  const { conname: name } = constraint;
  const of = catalog.find(pgClass, "key", [whole.conrelid])?.relname;
  return new SqlError("XX000", `cannot alter constraint "${name}" on relation "${relname}"`, {
    detail: `Constraint "${name}" is derived from constraint "${whole.conname}" of relation "${of}".`,
    hint: "You may alter the constraint it derives from, instead.",
  });
}

const wrongConstraint = (table: ClassTuple, name: string, wanted: string): SqlError =>
  new SqlError("42809", `constraint "${name}" of relation "${table.relname}" is not ${wanted}`);

/**
 * Finds the constraints that SET CONSTRAINTS names, in the first schema of the path that has any.
 * What they are not put off any more is checked now.
 * https://www.postgresql.org/docs/15/sql-set-constraints.html
 */
export function setConstraints(context: DdlContext, statement: SetConstraints): void {
  const { catalog, transaction } = context;
  const chosen: Oid[] = [];
  for (const constraint of statement.constraints) {
    checkOwnDatabase(catalog, constraint);
    const { schema, name } = constraint;
    const path =
      schema === undefined
        ? searchPathOf(context)
        : [getUsable(catalog, schema, context.user.oid).oid];
    const found = path
      .map((namespace) => catalog.list(pgConstraint, "conname_nsp", [name, namespace]))
      .find((rows) => rows.length > 0);
    if (!found) throw new SqlError("42704", `constraint "${name}" does not exist`);
    if (statement.deferred && found.some((row) => !row.condeferrable)) {
      throw new SqlError("42809", `constraint "${name}" is not deferrable`);
    }
    chosen.push(...withParts(context, found).map((row) => row.oid));
  }
  const isAll = statement.constraints.length === 0;
  transaction.deferred.set(isAll ? undefined : chosen, statement.deferred);
}
