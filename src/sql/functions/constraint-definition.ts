/**
 * CONSTRAINTS as the clauses that would make them.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-CATALOG-TABLE
 */
import type { Oid } from "../../base/ids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Tuple } from "../../catalog/relation.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgConstraint } from "../../catalog/relations/pg-constraint.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import { exclusionDefinition } from "./index-definition.ts";
import { formatOptions } from "./options.ts";
import type { DefinitionStyle, Printers } from "./printers.ts";
import type { FunctionContext } from "./registry.ts";
import { relationName, tablespaceName } from "./relation-names.ts";

type ConstraintTuple = Tuple<(typeof pgConstraint)["columns"]>;

const columnName = (catalog: CatalogReader, relation: Oid, attnum: number): string =>
  quoteIdentifier(catalog.find(pgAttribute, "key", [relation, attnum])?.attname ?? "");

const columnList = (catalog: CatalogReader, relation: Oid, columns: readonly number[] | null) =>
  (columns ?? []).map((attnum) => columnName(catalog, relation, attnum)).join(", ");

const actions: Readonly<Record<string, string>> = {
  r: "RESTRICT",
  c: "CASCADE",
  n: "SET NULL",
  d: "SET DEFAULT",
};

function foreignKey(row: ConstraintTuple, context: FunctionContext): string {
  const { catalog } = context;
  let text = `FOREIGN KEY (${columnList(catalog, row.conrelid, row.conkey)})`;
  text += ` REFERENCES ${relationName(row.confrelid, context)}`;
  text += `(${columnList(catalog, row.confrelid, row.confkey)})`;
  if (row.confmatchtype === "f") text += " MATCH FULL";
  if (actions[row.confupdtype]) text += ` ON UPDATE ${actions[row.confupdtype]}`;
  if (actions[row.confdeltype]) text += ` ON DELETE ${actions[row.confdeltype]}`;
  if (row.confdelsetcols) text += ` (${columnList(catalog, row.conrelid, row.confdelsetcols)})`;
  return text;
}

function keyConstraint(row: ConstraintTuple, complete: boolean, context: FunctionContext): string {
  const { catalog } = context;
  const index = catalog.find(pgIndex, "key", [row.conindid]);
  const included = index ? index.indkey.slice(index.indnkeyatts) : [];
  const distinct = index?.indnullsnotdistinct ? "NULLS NOT DISTINCT " : "";
  let text = row.contype === "p" ? "PRIMARY KEY " : `UNIQUE ${distinct}`;
  text += `(${columnList(catalog, row.conrelid, row.conkey)})`;
  if (included.length > 0) text += ` INCLUDE (${columnList(catalog, row.conrelid, included)})`;
  return complete ? text + storageOf(row.conindid, context) : text;
}

function storageOf(index: Oid, context: FunctionContext): string {
  const relation = context.catalog.find(pgClass, "key", [index]);
  if (!relation) return "";
  const { reloptions, reltablespace } = relation;
  const options = reloptions ? ` WITH (${formatOptions(reloptions)})` : "";
  const tablespace = tablespaceName(reltablespace, context);
  return tablespace === undefined ? options : `${options} USING INDEX TABLESPACE ${tablespace}`;
}

/** A check of a table prints its expression in parentheses of its own. */
function check(
  row: ConstraintTuple,
  pretty: boolean,
  printers: Printers,
  context: FunctionContext,
) {
  const expression = printers.expression(row.conbin ?? "", row.conrelid, pretty, context);
  return `CHECK (${expression})${row.connoinherit ? " NO INHERIT" : ""}`;
}

/** NULL when there is no such constraint. */
export function constraintDefinition(
  id: Oid,
  style: DefinitionStyle,
  printers: Printers,
  context: FunctionContext,
): string | null {
  const { pretty, complete = false } = style;
  const row = context.catalog.find(pgConstraint, "key", [id]);
  if (!row) return null;
  let text: string;
  if (row.contype === "f") text = foreignKey(row, context);
  else if (row.contype === "p" || row.contype === "u") text = keyConstraint(row, complete, context);
  else if (row.contype === "c") text = check(row, pretty, printers, context);
  else if (row.contype === "t") text = "TRIGGER";
  else text = exclusionDefinition(row.conindid, row.conexclop ?? [], style, printers, context);
  if (row.condeferrable) text += " DEFERRABLE";
  if (row.condeferred) text += " INITIALLY DEFERRED";
  return row.convalidated ? text : `${text} NOT VALID`;
}
