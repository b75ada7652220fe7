/** COLUMNS THAT A QUERY GIVES: of views, and of relations that are filled by one. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgType } from "../relations/pg-type.ts";
import { addColumnDependencies, COLUMNS_MAX, checkNamedOnce } from "./columns.ts";
import type { DdlContext, StoredQuery } from "./context.ts";
import { checkNoPseudoType } from "./pseudo-types.ts";
import { checkMayUseType } from "./type-owner.ts";

export type QueryColumn = StoredQuery["columns"][number];

/** What PostgreSQL says of the columns when it makes the relation, in its order. */
export function checkQueryColumns(context: DdlContext, columns: readonly QueryColumn[]): void {
  if (columns.length > COLUMNS_MAX) {
    throw new SqlError("54011", `tables can have at most ${COLUMNS_MAX} columns`);
  }
  checkNamedOnce(columns);
  for (const { name, type } of columns) checkNoPseudoType(context, `column "${name}"`, type);
}

export function insertQueryColumn(
  context: DdlContext,
  relation: Oid,
  attnum: number,
  { name, type, typmod, collation }: QueryColumn,
): void {
  const { catalog } = context;
  const row = catalog.find(pgType, "key", [type]);
  if (!row) throw new SqlError("42704", `type with OID ${type} does not exist`);
  checkMayUseType(context, row);
  catalog.insert(pgAttribute, {
    attrelid: relation,
    attname: name,
    atttypid: type,
    attlen: row.typlen,
    attbyval: row.typbyval,
    attalign: row.typalign,
    attstorage: row.typstorage,
    attnum,
    attndims: 0,
    atttypmod: typmod,
    attcollation: collation,
  });
  addColumnDependencies(catalog, relation, attnum, type, collation);
}
