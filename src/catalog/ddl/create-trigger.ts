/**
 * CREATE TRIGGER and ALTER TRIGGER … RENAME.
 * https://www.postgresql.org/docs/15/sql-createtrigger.html
 *
 *   1. lock the table; what the trigger asks for has to fit its kind
 *   2. bind WHEN over OLD and NEW, resolve the function and the columns
 *   3. stage its row, and those of its parts in the partitions of a partitioned table
 */

import { INVALID_OID, oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { kinds } from "../acl.ts";
import { parentsOf } from "../inheritance.ts";
import type { ClassTuple } from "../names.ts";
import { findAttribute } from "../names.ts";
import { checkTablePrivilege, may } from "../privileges.ts";
import { pgClass } from "../relations/pg-class.ts";
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
import { followTrigger, lockPartitions, renameWithParts } from "./partition-triggers.ts";
import { transitionNames } from "./transition-tables.ts";
import { checkFiredFunction } from "./trigger-functions.ts";
import { checkReplaced, storeTrigger } from "./trigger-rows.ts";

const TRIGGER_TYPE = oid(2279);

export function createTrigger(context: DdlContext, statement: CreateTrigger): void {
  const { catalog, user } = context;
  const table = getRelation(context, statement.table);
  lockRelation(context, table.oid, "ShareRowExclusive");
  checkKind(table, statement);
  checkNoSystemCatalog(table);
  checkTablePrivilege(catalog, user.oid, table, "t", []);
  const recurses = table.relkind === "p" && (statement.type & (ROW as number)) !== 0;
  if (recurses) lockPartitions(context, table.oid);
  const other = statement.from && getRelation(context, statement.from);
  checkClauses(statement);
  const transitions = transitionNames(context, table, statement);
  const when = statement.when && context.expressions.bindTriggerWhen(statement, table.oid);
  const routine = functionOf(context, statement);
  const before = catalog.find(pgTrigger, "tgrelid_tgname", [table.oid, statement.name]);
  if (before) checkReplaced(before, statement, table, false);
  const columns = columnsOf(context, table, statement);
  refuseWhatNothingFires(context, table, routine);
  const terms = {
    tgrelid: table.oid,
    tgparentid: INVALID_OID,
    tgname: statement.name,
    tgfoid: routine.oid,
    tgtype: statement.type,
    tgenabled: "O",
    tgconstrrelid: other?.oid ?? INVALID_OID,
    tgconstraint: INVALID_OID,
    tgdeferrable: statement.deferrable,
    tginitdeferred: statement.initiallyDeferred,
    tgnargs: statement.args.length,
    tgattr: columns,
    tgargs: Buffer.from(statement.args.map((arg) => `${arg}\0`).join(""), "utf8"),
    tgqual: when?.tree ?? null,
    tgoldtable: transitions.old,
    tgnewtable: transitions.new,
    isConstraint: statement.isConstraint,
  };
  const made = storeTrigger(context, table, terms, when?.references ?? [], before);
  if (recurses) followTrigger(context, made, statement.replace);
}

/** What triggers a relation may have. Throws 42809. */
function checkKind(table: ClassTuple, { type, isConstraint, transitions }: CreateTrigger) {
  const { relkind, relname } = table;
  const has = (bit: number) => (type & bit) !== 0;
  const refuse = (message: string, detail: string) => new SqlError("42809", message, { detail });
  if (relkind === "r" || relkind === "p") {
    if (has(INSTEAD as number)) {
      throw refuse(`"${relname}" is a table`, "Tables cannot have INSTEAD OF triggers.");
    }
    if (relkind === "p" && has(ROW as number) && transitions.length > 0) {
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
    if (has(TRUNCATE as number)) {
      const detail = "Foreign tables cannot have TRUNCATE triggers.";
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

function columnsOf(
  { catalog }: DdlContext,
  table: ClassTuple,
  { columns, type }: CreateTrigger,
): number[] {
  const numbers: number[] = [];
  if ((type & (UPDATE as number)) === 0) return numbers;
  for (const name of columns) {
    const row = findAttribute(catalog, table.oid, name);
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
  routine: ReturnType<typeof pgProc.view>,
): void {
  if (!"rpvf".includes(table.relkind)) throw notSupported(`a trigger on a ${nounOf(table)}`);
  checkFiredFunction(context, routine, "trigger");
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
  if (row.tgparentid !== INVALID_OID) {
    const [parent] = parentsOf(catalog, table.oid);
    const above = parent === undefined ? undefined : catalog.find(pgClass, "key", [parent]);
    throw new SqlError("XX000", `cannot rename trigger "${name}" on table "${table.relname}"`, {
      hint: `Rename the trigger on the partitioned table "${above?.relname}" instead.`,
    });
  }
  renameWithParts(context, row, name, newName);
}
