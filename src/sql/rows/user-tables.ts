/** Users' tables as queries of a transaction read them. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { refuseForeign } from "../../catalog/foreign-tables.ts";
import { type ClassTuple, isOtherTemporary } from "../../catalog/names.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import type { UserIndex } from "../translate/index-choice.ts";
import type { TypeFacts } from "../translate/translation.ts";
import type { UserTable } from "../translate/user-table.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { parseMissing } from "./missing.ts";
import { isBySortKey } from "./table-shape.ts";

/** Kinds of relations that have rows of their own. */
const WITH_ROWS = "rmx";

/** What another session has made for itself is only its own to read and write. Throws 0A000. */
export function checkNotOtherTemporary(catalog: CatalogReader, row: ClassTuple): void {
  if (!isOtherTemporary(catalog, row)) return;
  throw new SqlError("0A000", "cannot access temporary tables of other sessions");
}

/** How many columns a storage's SQLite table has; undefined = it has none. */
export type WidthOf = (storage: Oid) => number | undefined;

export function findUserTable(
  catalog: CatalogReader,
  facts: TypeFacts,
  types: TypeContext,
  widthOf: WidthOf,
  relation: Oid,
): UserTable | undefined {
  const row = catalog.find(pgClass, "key", [relation]);
  if (row) refuseForeign(catalog, row);
  if (!row || !WITH_ROWS.includes(row.relkind)) return undefined;
  const storage = row.relfilenode;
  const width = widthOf(storage);
  if (width === undefined) return undefined;
  checkNotOtherTemporary(catalog, row);
  return {
    storage,
    width,
    missing: missingValues(catalog, types, relation),
    indexes: plainIndexes(catalog, facts, widthOf, relation),
  };
}

function missingValues(
  catalog: CatalogReader,
  types: TypeContext,
  relation: Oid,
): ReadonlyMap<number, Scalar> {
  const missing = new Map<number, Scalar>();
  for (const row of catalog.list(pgAttribute, "key", [relation])) {
    if (!row.atthasmissing || row.attmissingval === null) continue;
    const { attnum, atttypid: type, atttypmod: typmod, attmissingval: text } = row;
    missing.set(attnum, parseMissing({ type, typmod, text }, types));
  }
  return missing;
}

function plainIndexes(
  catalog: CatalogReader,
  facts: TypeFacts,
  widthOf: WidthOf,
  relation: Oid,
): UserIndex[] {
  const columns = new Map(
    catalog.list(pgAttribute, "key", [relation]).map((row) => [row.attnum, row.atttypid]),
  );
  const found: UserIndex[] = [];
  for (const index of catalog.list(pgIndex, "indrelid", [relation])) {
    const attributes = index.indkey.slice(0, index.indnkeyatts);
    const types = attributes.map((attribute) => columns.get(attribute));
    const isUsed = types.every((type) => type !== undefined && !facts.isComposite(type));
    if (!isUsed || index.indisexclusion || index.indpred !== null || !index.indisvalid) continue;
    const storage = catalog.find(pgClass, "key", [index.indexrelid])?.relfilenode;
    if (storage === undefined || widthOf(storage) === undefined) continue;
    found.push({
      relation: index.indexrelid,
      storage,
      attributes,
      keyTypes: types.map((type) => (type && isBySortKey(facts, type, index) ? type : undefined)),
      unique: index.indisunique && index.indimmediate,
    });
  }
  // Unique ones first: they find one row.
  return found.sort((a, b) => Number(b.unique) - Number(a.unique));
}
