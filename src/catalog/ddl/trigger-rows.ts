/** What is stored of a user's trigger: its row, a constraint trigger's constraint, dependencies. */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { CONSTRAINT_CLASS, PROC_CLASS, RELATION_CLASS, TRIGGER_CLASS } from "../class-oids.ts";
import { addDependency, referencesOf } from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import type { ClassTuple } from "../names.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgTrigger } from "../relations/pg-trigger.ts";
import type { CreateTrigger } from "../trigger-statement.ts";
import type { DdlContext } from "./context.ts";

export type TriggerTuple = ReturnType<typeof pgTrigger.view>;

/** Of a row of pg_trigger what it is on its own. */
export type TriggerTerms = Omit<
  TriggerTuple,
  "oid" | "tgisinternal" | "tgconstrindid" | "values"
> & {
  readonly isConstraint: boolean;
};

/** `before`: the trigger that it replaces; `references`: of WHEN. */
export function storeTrigger(
  context: DdlContext,
  table: ClassTuple,
  { isConstraint, ...terms }: TriggerTerms,
  references: readonly ObjectAddress[],
  before: TriggerTuple | undefined,
): TriggerTuple {
  const { catalog } = context;
  const oid = before?.oid ?? context.allocateOid();
  const tgconstraint = isConstraint ? insertConstraint(context, table, terms) : INVALID_OID;
  const row = { ...terms, tgisinternal: false, tgconstraint };
  const self = addressOf(TRIGGER_CLASS, oid);
  if (before) {
    for (const each of referencesOf(catalog, self)) catalog.delete(pgDepend, each);
    catalog.update(pgTrigger, before, row);
  } else catalog.insert(pgTrigger, { oid, ...row });
  if (!table.relhastriggers) catalog.update(pgClass, table, { relhastriggers: true });
  const { tgconstrrelid: other, tgparentid: parent } = terms;
  for (const relation of other === INVALID_OID ? [table.oid] : [table.oid, other]) {
    addDependency(catalog, self, addressOf(RELATION_CLASS, relation), "a");
  }
  if (isConstraint) addDependency(catalog, addressOf(CONSTRAINT_CLASS, tgconstraint), self, "i");
  if (parent !== INVALID_OID) {
    addDependency(catalog, self, addressOf(TRIGGER_CLASS, parent), "P");
    addDependency(catalog, self, addressOf(RELATION_CLASS, table.oid), "S");
  }
  for (const each of neededBy(table.oid, terms, references)) {
    addDependency(catalog, self, each, "n");
  }
  return catalog.find(pgTrigger, "key", [oid]) as TriggerTuple;
}

/** Each once. */
function neededBy(
  table: Oid,
  { tgfoid, tgattr }: Pick<TriggerTuple, "tgfoid" | "tgattr">,
  references: readonly ObjectAddress[],
): readonly ObjectAddress[] {
  const needed = [
    addressOf(PROC_CLASS, tgfoid),
    ...tgattr.map((column) => addressOf(RELATION_CLASS, table, column)),
  ];
  for (const { classOid, oid, subId } of references) {
    const isKnown = needed.some(
      (each) => each.classOid === classOid && each.oid === oid && each.subId === subId,
    );
    if (!isKnown) needed.push(addressOf(classOid, oid, subId));
  }
  return needed;
}

/** A constraint trigger has a row of pg_constraint, which goes with it. */
function insertConstraint(
  context: DdlContext,
  table: ClassTuple,
  terms: Pick<TriggerTuple, "tgname" | "tgdeferrable" | "tginitdeferred">,
): Oid {
  const { catalog } = context;
  const constraint = context.allocateOid();
  catalog.insert(pgConstraint, {
    oid: constraint,
    conname: terms.tgname,
    connamespace: table.relnamespace,
    contype: "t",
    condeferrable: terms.tgdeferrable,
    condeferred: terms.tginitdeferred,
    convalidated: true,
    conrelid: table.oid,
    connoinherit: true,
  });
  const self = addressOf(CONSTRAINT_CLASS, constraint);
  addDependency(catalog, self, addressOf(RELATION_CLASS, table.oid), "a");
  return constraint;
}

/** Throws 42710. `isPart`: of a partition, where what goes before it was looked at before. */
export function checkReplaced(
  before: TriggerTuple,
  { replace, isConstraint }: Pick<CreateTrigger, "replace" | "isConstraint">,
  { relname }: ClassTuple,
  isPart: boolean,
): void {
  const what = `trigger "${before.tgname}" for relation "${relname}"`;
  if (!replace) throw new SqlError("42710", `${what} already exists`);
  if (!isPart && (before.tgisinternal || before.tgparentid !== INVALID_OID)) {
    throw new SqlError("42710", `${what} is an internal or a child trigger`);
  }
  if (isConstraint || before.tgconstraint !== INVALID_OID) {
    throw new SqlError("42710", `${what} is a constraint trigger`);
  }
}
