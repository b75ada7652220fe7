/** REFERENCING … TABLE AS: what rows of its statement a trigger can read, and which may not. */
import { SqlError } from "../../base/sql-error.ts";
import { parentsOf } from "../inheritance.ts";
import type { ClassTuple } from "../names.ts";
import { pgTrigger } from "../relations/pg-trigger.ts";
import { DELETE, INSERT, OTHER_TIMES, ROW, TRUNCATE, UPDATE } from "../trigger-bits.ts";
import type { CreateTrigger, Transition } from "../trigger-statement.ts";
import type { DdlContext } from "./context.ts";

export interface TransitionNames {
  readonly old: string | null;
  readonly new: string | null;
}

const invalid = (message: string): SqlError => new SqlError("42P17", message);
const refused = (message: string): SqlError => new SqlError("0A000", message);

/** Throws 0A000, 42809, 42P17. */
export function transitionNames(
  context: DdlContext,
  table: ClassTuple,
  statement: CreateTrigger,
): TransitionNames {
  let names: TransitionNames = { old: null, new: null };
  for (const transition of statement.transitions) {
    checkRelation(context, table, statement, transition);
    checkTrigger(statement);
    names = withName(names, statement, transition);
  }
  if (names.old !== null && names.old === names.new) {
    throw invalid("OLD TABLE name and NEW TABLE name cannot be the same");
  }
  return names;
}

function checkRelation(
  { catalog }: DdlContext,
  { oid, relkind, relname, relispartition }: ClassTuple,
  { type }: CreateTrigger,
  { isTable }: Transition,
): void {
  if (!isTable) {
    throw new SqlError("0A000", "ROW variable naming in the REFERENCING clause is not supported", {
      hint: "Use OLD TABLE or NEW TABLE for naming transition tables.",
    });
  }
  if (relkind === "f" || relkind === "v") {
    const noun = relkind === "f" ? "foreign table" : "view";
    throw new SqlError("42809", `"${relname}" is a ${noun}`, {
      detail: `Triggers on ${noun}s cannot have transition tables.`,
    });
  }
  if ((type & (ROW as number)) === 0 || parentsOf(catalog, oid).length === 0) return;
  const where = relispartition ? "partitions" : "inheritance children";
  throw refused(`ROW triggers with transition tables are not supported on ${where}`);
}

function checkTrigger({ type, columns }: CreateTrigger): void {
  if ((type & OTHER_TIMES) !== 0) {
    throw invalid("transition table name can only be specified for an AFTER trigger");
  }
  if ((type & (TRUNCATE as number)) !== 0) {
    throw refused("TRUNCATE triggers with transition tables are not supported");
  }
  const events = [INSERT, UPDATE, DELETE].filter((bit) => (type & (bit as number)) !== 0);
  if (events.length !== 1) {
    throw refused("transition tables cannot be specified for triggers with more than one event");
  }
  if (columns.length > 0) {
    throw refused("transition tables cannot be specified for triggers with column lists");
  }
}

function withName(
  names: TransitionNames,
  { type }: CreateTrigger,
  { name, row }: Transition,
): TransitionNames {
  const [word, other, events] =
    row === "new" ? ["NEW", INSERT, "an INSERT"] : ["OLD", DELETE, "a DELETE"];
  if ((type & ((other as number) | (UPDATE as number))) === 0) {
    throw invalid(`${word} TABLE can only be specified for ${events} or UPDATE trigger`);
  }
  if (names[row] !== null) throw invalid(`${word} TABLE cannot be specified multiple times`);
  return { ...names, [row]: name };
}

/** A row trigger with such tables cannot be one of a child. Throws 0A000. */
export function checkMayBeChild(
  { catalog }: DdlContext,
  { oid, relname }: ClassTuple,
  as: "a partition" | "an inheritance child",
): void {
  const found = catalog
    .list(pgTrigger, "tgrelid_tgname", [oid])
    .toSorted((a, b) => (a.tgname < b.tgname ? -1 : 1))
    .find(
      ({ tgtype, tgoldtable, tgnewtable }) =>
        (tgtype & (ROW as number)) !== 0 && (tgoldtable !== null || tgnewtable !== null),
    );
  if (!found) return;
  const where = as === "a partition" ? "on partitions" : "in inheritance hierarchies";
  const message = `trigger "${found.tgname}" prevents table "${relname}" from becoming ${as}`;
  throw new SqlError("0A000", message, {
    detail: `ROW triggers with transition tables are not supported ${where}.`,
  });
}
