/**
 * Triggers as the DDL that would make them. Those behind constraints have no arguments, columns or
 * conditions.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-CATALOG-TABLE
 */
import type { Oid } from "../../base/ids.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgTrigger } from "../../catalog/relations/pg-trigger.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import type { Scalar } from "../types/scalar.ts";
import type { FunctionContext } from "./registry.ts";
import { qualifiedName, relationName } from "./relation-names.ts";

/** Bits of tgtype. */
const [ROW, BEFORE, INSTEAD] = [1, 2, 64];
const EVENTS = [
  [4, "INSERT"],
  [8, "DELETE"],
  [16, "UPDATE"],
  [32, "TRUNCATE"],
] as const;

export function triggerDefinition(id: Oid, pretty: boolean, context: FunctionContext): Scalar {
  const row = context.catalog.find(pgTrigger, "key", [id]);
  if (!row) return null;
  const has = (bit: number) => (row.tgtype & bit) !== 0;
  const name = pretty ? relationName : qualifiedName;
  const events = EVENTS.filter(([bit]) => has(bit)).map(([, event]) => event);
  const words = [
    row.tgconstraint === 0 ? "CREATE TRIGGER" : "CREATE CONSTRAINT TRIGGER",
    quoteIdentifier(row.tgname),
    has(BEFORE) ? "BEFORE" : has(INSTEAD) ? "INSTEAD OF" : "AFTER",
    events.join(" OR "),
    `ON ${name(row.tgrelid, context)}`,
  ];
  if (row.tgconstraint !== 0) {
    if (row.tgconstrrelid !== 0) words.push(`FROM ${relationName(row.tgconstrrelid, context)}`);
    words.push(row.tgdeferrable ? "DEFERRABLE" : "NOT DEFERRABLE");
    words.push(row.tginitdeferred ? "INITIALLY DEFERRED" : "INITIALLY IMMEDIATE");
  }
  words.push(has(ROW) ? "FOR EACH ROW" : "FOR EACH STATEMENT");
  const called = context.catalog.find(pgProc, "key", [row.tgfoid])?.proname ?? "";
  words.push(`EXECUTE FUNCTION ${quoteIdentifier(called)}()`);
  return words.join(" ");
}
