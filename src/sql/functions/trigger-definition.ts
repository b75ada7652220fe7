/**
 * Triggers as the DDL that would make them.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-CATALOG-TABLE
 */
import type { Oid } from "../../base/ids.ts";
import { quoteLiteral } from "../../catalog/quote.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgTrigger } from "../../catalog/relations/pg-trigger.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import type { Scalar } from "../types/scalar.ts";
import { formatText } from "../types/type-io.ts";
import type { Printers } from "./printers.ts";
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

export function triggerDefinition(
  id: Oid,
  pretty: boolean,
  printers: Printers,
  context: FunctionContext,
): Scalar {
  const row = context.catalog.find(pgTrigger, "key", [id]);
  if (!row) return null;
  const has = (bit: number) => (row.tgtype & bit) !== 0;
  const name = pretty ? relationName : qualifiedName;
  const of = row.tgattr.map((attribute) => columnName(row.tgrelid, attribute, context));
  const events = EVENTS.filter(([bit]) => has(bit)).map(([, event]) =>
    event === "UPDATE" && of.length > 0 ? `UPDATE OF ${of.join(", ")}` : event,
  );
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
  if (row.tgoldtable !== null || row.tgnewtable !== null) words.push("REFERENCING");
  if (row.tgoldtable !== null) words.push(`OLD TABLE AS ${quoteIdentifier(row.tgoldtable)}`);
  if (row.tgnewtable !== null) words.push(`NEW TABLE AS ${quoteIdentifier(row.tgnewtable)}`);
  words.push(has(ROW) ? "FOR EACH ROW" : "FOR EACH STATEMENT");
  if (row.tgqual !== null) {
    words.push(`WHEN (${printers.triggerCondition(row.tgqual, row.tgrelid, pretty, context)})`);
  }
  const args = Buffer.from(row.tgargs).toString("utf8").split("\0").slice(0, -1);
  const called = functionName(row.tgfoid, context);
  words.push(`EXECUTE FUNCTION ${called}(${args.map(quoteLiteral).join(", ")})`);
  return words.join(" ");
}

const columnName = (relation: Oid, attribute: number, { catalog }: FunctionContext): string =>
  quoteIdentifier(catalog.find(pgAttribute, "key", [relation, attribute])?.attname ?? "");

const REGPROCEDURE = 2202 as Oid;

/** With its schema, where that has to be said. */
function functionName(id: Oid, context: FunctionContext): string {
  return formatText(REGPROCEDURE, BigInt(id), context).replace(/\(\)$/, "");
}
