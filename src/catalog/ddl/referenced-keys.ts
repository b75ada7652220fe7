/** WHAT A FOREIGN KEY MAY REFERENCE: the columns of a unique index that checks at once. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { ClassTuple } from "../names.ts";
import type { Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgIndex } from "../relations/pg-index.ts";
import type { DdlContext } from "./context.ts";
import type { AttributeTuple } from "./defaults.ts";

type IndexTuple = Tuple<(typeof pgIndex)["columns"]>;

export interface ReferencedKey {
  readonly index: Oid;
  readonly columns: readonly AttributeTuple[];
  /** The index's operator class for each of the columns. */
  readonly opclasses: readonly Oid[];
}

/** PostgreSQL looks through a table's indexes in the order of their oids. */
const indexesOf = (context: DdlContext, table: ClassTuple): readonly IndexTuple[] =>
  context.catalog
    .list(pgIndex, "indrelid", [table.oid])
    .toSorted((a, b) => a.indexrelid - b.indexrelid);

export function primaryKeyOf(context: DdlContext, table: ClassTuple): ReferencedKey {
  const index = indexesOf(context, table).find((row) => row.indisprimary && row.indisvalid);
  if (!index) {
    const message = `there is no primary key for referenced table "${table.relname}"`;
    throw new SqlError("42704", message);
  }
  if (!index.indimmediate) {
    const message = `cannot use a deferrable primary key for referenced table "${table.relname}"`;
    throw new SqlError("55000", message);
  }
  const columns = index.indkey
    .slice(0, index.indnkeyatts)
    .map((attnum) => context.catalog.find(pgAttribute, "key", [table.oid, attnum]));
  return {
    index: index.indexrelid,
    columns: columns as readonly AttributeTuple[],
    opclasses: index.indclass,
  };
}

/** The first unique index over exactly these columns, in whatever order. */
export function uniqueKeyOver(
  context: DdlContext,
  table: ClassTuple,
  columns: readonly AttributeTuple[],
): ReferencedKey {
  const attnums = columns.map((column) => column.attnum);
  if (new Set(attnums).size < attnums.length) {
    const message = "foreign key referenced-columns list must not contain duplicates";
    throw new SqlError("42830", message);
  }
  const matching = indexesOf(context, table).filter((index) => isKeyOver(index, attnums));
  const index = matching.find((row) => row.indimmediate);
  if (!index) throw noKey(table, matching.length > 0);
  const opclasses = attnums.map((attnum) => index.indclass[index.indkey.indexOf(attnum)] as Oid);
  return { index: index.indexrelid, columns, opclasses };
}

function isKeyOver(index: IndexTuple, attnums: readonly number[]): boolean {
  const key = index.indkey.slice(0, index.indnkeyatts);
  const whole = index.indpred === null && index.indexprs === null;
  if (!index.indisunique || !index.indisvalid || !whole) return false;
  return key.length === attnums.length && attnums.every((attnum) => key.includes(attnum));
}

function noKey(table: ClassTuple, onlyDeferrable: boolean): SqlError {
  const of = `referenced table "${table.relname}"`;
  return onlyDeferrable
    ? new SqlError("55000", `cannot use a deferrable unique constraint for ${of}`)
    : new SqlError("42830", `there is no unique constraint matching given keys for ${of}`);
}
