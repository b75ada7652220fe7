/**
 * WHAT A NEW COLUMN HOLDS in rows that are there. A default that is the same for all of them is
 * kept with the column (attmissingval), and no row is touched; otherwise the table is written anew.
 * https://www.postgresql.org/docs/15/sql-altertable.html#SQL-ALTERTABLE-NOTES
 */
import type { Oid } from "../../base/ids.ts";
import type { Catalog } from "../catalog.ts";
import { domainRules } from "../domains.ts";
import type { ClassTuple } from "../names.ts";
import { pgAttrdef } from "../relations/pg-attrdef.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import type { DdlContext } from "./context.ts";
import type { AttributeTuple } from "./defaults.ts";
import { rewriteRows } from "./rewrite.ts";
import { type ColumnValue, queueWork } from "./row-work.ts";
import { checkRowTypeUnused } from "./stored-values.ts";

/** The column and its default are staged. `sequence`: the one that feeds it. */
export function fillColumn(
  context: DdlContext,
  table: Oid,
  attnum: number,
  sequence: Oid | undefined,
): void {
  const { catalog, rows } = context;
  const relation = catalog.find(pgClass, "key", [table]) as ClassTuple;
  const column = catalog.find(pgAttribute, "key", [table, attnum]) as AttributeTuple;
  const value = columnValue(context, column, sequence);
  // Rows of the table in other tables do not get the value.
  if (value && relation.relkind === "r") checkRowTypeUnused(context, relation);
  // Counts when the table is written anew, for this column or another.
  if (value) queueWork(context, { kind: "value", table, value });
  const { atttypid: type, atttypmod: typmod } = column;
  if (value?.kind === "old row" && relation.relkind === "r" && !isChecked(catalog, type)) {
    const attmissingval = rows.missingValue(value.tree, { type, typmod });
    if (attmissingval !== undefined && attmissingval !== null) {
      catalog.update(pgAttribute, column, { atthasmissing: true, attmissingval });
    }
    if (attmissingval !== undefined) {
      if (column.attnotnull) queueWork(context, { kind: "notNull", table });
      return;
    }
  }
  if (value) rewriteRows(context, table);
  else if (column.attnotnull) queueWork(context, { kind: "notNull", table });
}

function columnValue(
  { catalog, expressions }: DdlContext,
  { attrelid, attnum, atttypid, attidentity, attgenerated }: AttributeTuple,
  sequence: Oid | undefined,
): ColumnValue | undefined {
  if (attidentity !== "" && sequence !== undefined) return { kind: "sequence", attnum, sequence };
  const own = catalog.find(pgAttrdef, "adrelid_adnum", [attrelid, attnum])?.adbin;
  const tree = own ?? expressions.defaultByType(atttypid);
  if (tree === undefined || tree === null) return undefined;
  return { kind: attgenerated === "" ? "old row" : "new row", attnum, tree };
}

/** A domain that demands something is asked for each row, and so not at all if there is none. */
function isChecked(catalog: Catalog, type: Oid): boolean {
  return domainRules(catalog, type) !== undefined;
}
