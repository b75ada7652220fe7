/** PSEUDO-TYPES, of which no column is, nor an array or a domain of them. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { CatalogReader } from "../reader.ts";
import { pgType } from "../relations/pg-type.ts";
import type { DdlContext } from "./context.ts";

/** The one that values of the type are or hold. */
function pseudoTypeIn(catalog: CatalogReader, type: Oid): Oid | undefined {
  const row = catalog.find(pgType, "key", [type]);
  if (!row || row.typtype === "p") return row?.oid;
  if (row.typtype === "d") return pseudoTypeIn(catalog, row.typbasetype);
  if (row.typelem === 0 || row.typlen !== -1) return undefined;
  return pseudoTypeIn(catalog, row.typelem);
}

/** `what`: `column "a"`. Throws 42P16. */
export function checkNoPseudoType(
  { catalog, expressions }: Pick<DdlContext, "catalog" | "expressions">,
  what: string,
  type: Oid,
): void {
  const pseudo = pseudoTypeIn(catalog, type);
  if (pseudo === undefined) return;
  throw new SqlError("42P16", `${what} has pseudo-type ${expressions.typeText(pseudo)}`);
}
