/** What definitions of text search objects have in common. */
import { SqlError } from "../../base/sql-error.ts";
import type { DefinitionItem } from "../defined-statement.ts";
import type { QualifiedName } from "../statement.ts";
import { textOf } from "../statement-option.ts";

/** The object that an item names. Throws 42601. */
export function nameIn(item: DefinitionItem): QualifiedName {
  if (item.named) return item.named;
  textOf(item);
  throw new SqlError("42601", `argument of ${item.name} must be a name`);
}

/** PostgreSQL leaves it to the catalog's index to say that there is such a row. */
export function duplicateRow(
  table: string,
  constraint: string,
  key: Readonly<Record<string, string | number>>,
): SqlError {
  const message = `duplicate key value violates unique constraint "${constraint}"`;
  const shown = `(${Object.keys(key).join(", ")})=(${Object.values(key).join(", ")})`;
  const detail = `Key ${shown} already exists.`;
  return new SqlError("23505", message, { detail, schema: "pg_catalog", table, constraint });
}
