/**
 * CREATE TRIGGER and ALTER TRIGGER … RENAME.
 * https://www.postgresql.org/docs/15/sql-createtrigger.html
 *
 *   1. lock the table; what the trigger asks for has to fit its kind
 *   2. bind WHEN over OLD and NEW, resolve the function and the columns
 *   3. stage the row of pg_trigger, of a constraint trigger that of pg_constraint too, and what
 *      they depend on
 */
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { kinds } from "../acl.ts";
import { CONSTRAINT_CLASS, PROC_CLASS, RELATION_CLASS, TRIGGER_CLASS } from "../class-oids.ts";
import { addDependency, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { ClassTuple } from "../names.ts";
import { checkTablePrivilege, may } from "../privileges.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgProc } from "../relations/pg-proc.ts";
import { pgTrigger } from "../relations/pg-trigger.ts";
import { INSTEAD, ROW, TRUNCATE, UPDATE } from "../trigger-bits.ts";
import type { CreateTrigger, RenameTrigger } from "../trigger-statement.ts";
import type { DdlContext } from "./context.ts";
import { findObject } from "./find-object.ts";
import {
  checkAlterable,
  checkNoSystemCatalog,
  getRelation,
  lockRelation,
  nounOf,
} from "./lookup.ts";
import { checkFiredFunction } from "./trigger-functions.ts";

const TRIGGER_TYPE = oid(2279);

export function createTrigger(context: DdlContext, statement: CreateTrigger): void {
  const { catalog, user } = context;
  const table = getRelation(context, statement.table);
  lockRelation(context, table.oid, "ShareRowExclusive");
  checkKind(table, statement);
  checkNoSystemCatalog(table);
  checkTablePrivilege(catalog, user.oid, table, "t", []);
  const other = statement.from && getRelation(context, statement.from);
  checkClauses(statement);
  const when = statement.when && context.expressions.bindTriggerWhen(statement, table.oid);
  const routine = functionOf(context, statement);
  const before = catalog.find(pgTrigger, "tgrelid_tgname", [table.oid, statement.name]);
  if (before) checkReplaced(before, statement, table);
  const columns = columnsOf(context, table, statement);
  refuseWhatNothingFires(context, table, statement, routine);
  const id = before?.oid ?? context.allocateOid();
  const constraint = statement.isConstraint
    ? insertConstraint(context, table, statement)
    : INVALID_OID;
  const row = {
    tgrelid: table.oid,
    tgname: statement.name,
    tgfoid: routine.oid,
    tgtype: statement.type,
    tgenabled: "O",
    tgisinternal: false,
    tgconstrrelid: other?.oid ?? INVALID_OID,
    tgconstraint: constraint,
    tgdeferrable: statement.deferrable,
    tginitdeferred: statement.initiallyDeferred,
    tgnargs: statement.args.length,
    tgattr: columns,
    tgargs: Buffer.from(statement.args.map((arg) => `${arg}\0`).join(""), "utf8"),
    tgqual: when?.tree ?? null,
  };
  const self = addressOf(TRIGGER_CLASS, id);
  if (before) {
    for (const each of referencesOf(catalog, self)) catalog.delete(pgDepend, each);
    catalog.update(pgTrigger, before, row);
  } else catalog.insert(pgTrigger, { oid: id, ...row });
  if (!table.relhastriggers) catalog.update(pgClass, table, { relhastriggers: true });
  const needed = [addressOf(PROC_CLASS, routine.oid)];
  for (const relation of other ? [table, other] : [table]) {
    addDependency(catalog, self, addressOf(RELATION_CLASS, relation.oid), "a");
  }
  if (constraint !== INVALID_OID) {
    addDependency(catalog, addressOf(CONSTRAINT_CLASS, constraint), self, "i");
  }
  for (const column of columns) {
    needed.push(addressOf(RELATION_CLASS, table.oid, column));
  }
  for (const { classOid, oid: referenced, subId } of when?.references ?? []) {
    const isKnown = needed.some(
      (each) => each.classOid === classOid && each.oid === referenced && each.subId === subId,
    );
    if (!isKnown) needed.push(addressOf(classOid, referenced, subId));
  }
  for (const each of needed) addDependency(catalog, self, each, "n");
}

/** What triggers a relation may have. Throws 42809. */
function checkKind(table: ClassTuple, { type, isConstraint, hasTransitionTables }: CreateTrigger) {
  const { relkind, relname } = table;
  const has = (bit: number) => (type & bit) !== 0;
  const refuse = (message: string, detail: string) => new SqlError("42809", message, { detail });
  if (relkind === "r" || relkind === "p") {
    if (has(INSTEAD as number)) {
      throw refuse(`"${relname}" is a table`, "Tables cannot have INSTEAD OF triggers.");
    }
    if (relkind === "p" && has(ROW as number) && hasTransitionTables) {
      const message = `"${relname}" is a partitioned table`;
      throw new SqlError("0A000", message, {
        detail: "ROW triggers with transition tables are not supported on partitioned tables.",
      });
    }
    return;
  }
  if (relkind === "v") {
    const isRow = has(ROW as number);
    if (!has(INSTEAD as number) && isRow) {
      const detail = "Views cannot have row-level BEFORE or AFTER triggers.";
      throw refuse(`"${relname}" is a view`, detail);
    }
    if (has(TRUNCATE as number)) {
      throw refuse(`"${relname}" is a view`, "Views cannot have TRUNCATE triggers.");
    }
    return;
  }
  if (relkind === "f") {
    if (has(INSTEAD as number)) {
      const detail = "Foreign tables cannot have INSTEAD OF triggers.";
      throw refuse(`"${relname}" is a foreign table`, detail);
    }
    if (isConstraint) {
      const detail = "Foreign tables cannot have constraint triggers.";
      throw refuse(`"${relname}" is a foreign table`, detail);
    }
    return;
  }
  const noun = `${nounOf(table)}${relkind === "i" ? "e" : ""}s`.replace("indexe", "indexe");
  throw refuse(
    `relation "${relname}" cannot have triggers`,
    `This operation is not supported for ${noun}.`,
  );
}

/** What does not go together. Throws 0A000. */
function checkClauses({ type, when, columns }: CreateTrigger): void {
  const has = (bit: number) => (type & bit) !== 0;
  const refuse = (message: string) => new SqlError("0A000", message);
  if (has(TRUNCATE as number) && has(ROW as number)) {
    throw refuse("TRUNCATE FOR EACH ROW triggers are not supported");
  }
  if (!has(INSTEAD as number)) return;
  if (!has(ROW as number)) throw refuse("INSTEAD OF triggers must be FOR EACH ROW");
  if (when) throw refuse("INSTEAD OF triggers cannot have WHEN conditions");
  if (columns.length > 0) throw refuse("INSTEAD OF triggers cannot have column lists");
}

function functionOf(context: DdlContext, { function: name }: CreateTrigger) {
  const { catalog, user } = context;
  const object = { kind: "routine", routine: "function", name, args: [] } as const;
  const { address } = findObject(context, object);
  const row = catalog.find(pgProc, "key", [address.oid]);
  if (!row) throw new SqlError("42883", `function ${name.name}() does not exist`);
  const securable = { kind: kinds.function, owner: row.proowner, acl: row.proacl };
  if (!may(catalog, user.oid, securable, "X")) {
    throw new SqlError("42501", `permission denied for function ${row.proname}`);
  }
  if (row.prorettype === TRIGGER_TYPE) return row;
  throw new SqlError("42P17", `function ${row.proname} must return type trigger`);
}

type TriggerTuple = ReturnType<typeof pgTrigger.view>;

function checkReplaced(
  before: TriggerTuple,
  { replace, isConstraint, name }: CreateTrigger,
  { relname }: ClassTuple,
): void {
  const what = `trigger "${name}" for relation "${relname}"`;
  if (!replace) throw new SqlError("42710", `${what} already exists`);
  if (before.tgisinternal) throw new SqlError("42P17", `${what} is an internal or a child trigger`);
  if (isConstraint || before.tgconstraint !== INVALID_OID) {
    throw new SqlError("42P17", `${what} is a constraint trigger`);
  }
}

function columnsOf(
  { catalog }: DdlContext,
  table: ClassTuple,
  { columns, type }: CreateTrigger,
): number[] {
  const numbers: number[] = [];
  if ((type & (UPDATE as number)) === 0) return numbers;
  for (const name of columns) {
    const row = catalog.find(pgAttribute, "relid_attnam", [table.oid, name]);
    if (!row || row.attnum < 1) {
      const message = `column "${name}" of relation "${table.relname}" does not exist`;
      throw new SqlError("42703", message);
    }
    if (numbers.includes(row.attnum)) {
      throw new SqlError("42701", `column "${name}" specified more than once`);
    }
    numbers.push(row.attnum);
  }
  return numbers;
}

function refuseWhatNothingFires(
  context: DdlContext,
  table: ClassTuple,
  { type, hasTransitionTables }: CreateTrigger,
  routine: ReturnType<typeof pgProc.view>,
): void {
  if (table.relkind === "p" && (type & (ROW as number)) !== 0) {
    throw notSupported("a trigger for each row of a partitioned table");
  }
  if (!"rpv".includes(table.relkind)) throw notSupported(`a trigger on a ${nounOf(table)}`);
  if (hasTransitionTables) throw notSupported("REFERENCING in CREATE TRIGGER");
  checkFiredFunction(context, routine, "trigger");
}

/** A constraint trigger has a row of pg_constraint, which goes with it. */
function insertConstraint(
  context: DdlContext,
  table: ClassTuple,
  { name, deferrable, initiallyDeferred }: CreateTrigger,
): Oid {
  const { catalog } = context;
  const constraint = context.allocateOid();
  catalog.insert(pgConstraint, {
    oid: constraint,
    conname: name,
    connamespace: table.relnamespace,
    contype: "t",
    condeferrable: deferrable,
    condeferred: initiallyDeferred,
    convalidated: true,
    conrelid: table.oid,
    connoinherit: true,
  });
  addDependency(
    catalog,
    addressOf(CONSTRAINT_CLASS, constraint),
    addressOf(RELATION_CLASS, table.oid),
    "a",
  );
  return constraint;
}

export function renameTrigger(context: DdlContext, statement: RenameTrigger): void {
  const { catalog } = context;
  const { name, newName } = statement;
  const table = getRelation(context, statement.table);
  lockRelation(context, table.oid, "AccessExclusive");
  checkAlterable(context, table);
  const row = catalog.find(pgTrigger, "tgrelid_tgname", [table.oid, name]);
  if (!row) {
    const message = `trigger "${name}" for table "${table.relname}" does not exist`;
    throw new SqlError("42704", message);
  }
  if (catalog.find(pgTrigger, "tgrelid_tgname", [table.oid, newName])) {
    const message = `trigger "${newName}" for relation "${table.relname}" already exists`;
    throw new SqlError("42710", message);
  }
  catalog.update(pgTrigger, row, { tgname: newName });
}
