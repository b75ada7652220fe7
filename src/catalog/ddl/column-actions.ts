/** ALTER COLUMN SET STATISTICS, SET STORAGE, SET COMPRESSION, SET (…) and RESET (…). */
import { SqlError, warning } from "../../base/sql-error.ts";
import type { StorageAction } from "../alter-action.ts";
import type { ClassTuple } from "../names.ts";
import { checkOptions, resetOptions, setOptions } from "../relation-options.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { getColumn } from "./alter-column.ts";
import { compressionOf, isToastable } from "./compression.ts";
import type { DdlContext } from "./context.ts";
import type { AttributeTuple } from "./defaults.ts";

type Action<Kind extends StorageAction["kind"]> = Extract<StorageAction, { readonly kind: Kind }>;

const STATISTICS_MAX = 10000;

export function setStatistics(
  context: DdlContext,
  relation: ClassTuple,
  { column, target }: Action<"setStatistics">,
): void {
  const isIndex = relation.relkind === "i" || relation.relkind === "I";
  if (typeof column === "number" && !isIndex) {
    throw new SqlError("0A000", "cannot refer to non-index column by number");
  }
  if (target < -1) throw new SqlError("22023", `statistics target ${target} is too low`);
  if (target > STATISTICS_MAX) {
    const message = `lowering statistics target to ${STATISTICS_MAX}`;
    context.notice(warning("22023", message));
  }
  const attribute = columnOf(context, relation, column);
  if (isIndex) checkHasStatistics(context, relation, attribute);
  const attstattarget = Math.min(target, STATISTICS_MAX);
  context.catalog.update(pgAttribute, attribute, { attstattarget });
}

function columnOf(context: DdlContext, relation: ClassTuple, column: string | number) {
  const { catalog } = context;
  if (typeof column === "string") return getColumn(context, relation, column);
  const attribute = catalog.find(pgAttribute, "key", [relation.oid, column]);
  if (attribute) return attribute;
  const message = `column number ${column} of relation "${relation.relname}" does not exist`;
  throw new SqlError("42703", message);
}

/** An expression of an index has statistics of its own, a column has its table's. */
function checkHasStatistics(
  context: DdlContext,
  { oid, relname }: ClassTuple,
  { attnum, attname }: AttributeTuple,
): void {
  const index = context.catalog.find(pgIndex, "key", [oid]);
  if (!index) return;
  const which = `column "${attname}" of index "${relname}"`;
  if (attnum > index.indnkeyatts) {
    throw new SqlError("0A000", `cannot alter statistics on included ${which}`);
  }
  if (index.indkey[attnum - 1] === 0) return;
  throw new SqlError("0A000", `cannot alter statistics on non-expression ${which}`, {
    hint: "Alter statistics on table column instead.",
  });
}

const STORAGES: ReadonlyMap<string, string> = new Map([
  ["plain", "p"],
  ["external", "e"],
  ["extended", "x"],
  ["main", "m"],
]);

export function setStorage(
  context: DdlContext,
  table: ClassTuple,
  { column, storage }: Action<"setStorage">,
): void {
  const attstorage = STORAGES.get(storage.toLowerCase());
  if (attstorage === undefined) {
    throw new SqlError("22023", `invalid storage type "${storage}"`);
  }
  const attribute = getColumn(context, table, column);
  if (attstorage !== "p" && !isToastable(context, attribute.atttypid)) {
    const shown = context.expressions.typeText(attribute.atttypid);
    throw new SqlError("0A000", `column data type ${shown} can only have storage PLAIN`);
  }
  context.catalog.update(pgAttribute, attribute, { attstorage });
  updateIndexColumns(context, table, attribute, { attstorage });
}

export function setCompression(
  context: DdlContext,
  table: ClassTuple,
  { column, method }: Action<"setCompression">,
): void {
  const attribute = getColumn(context, table, column);
  const attcompression = compressionOf(context, attribute.atttypid, method);
  context.catalog.update(pgAttribute, attribute, { attcompression });
  updateIndexColumns(context, table, attribute, { attcompression });
}

/** The columns of indexes are stored as the table's are. */
function updateIndexColumns(
  context: DdlContext,
  table: ClassTuple,
  { attnum }: AttributeTuple,
  changes: { readonly attstorage?: string; readonly attcompression?: string },
): void {
  const { catalog } = context;
  for (const { indexrelid, indkey } of catalog.list(pgIndex, "indrelid", [table.oid])) {
    const at = indkey.indexOf(attnum);
    const row = at < 0 ? undefined : catalog.find(pgAttribute, "key", [indexrelid, at + 1]);
    if (row) catalog.update(pgAttribute, row, changes);
  }
}

export function changeColumnOptions(
  context: DdlContext,
  table: ClassTuple,
  { kind, column, options }: Action<"setColumnOptions" | "resetColumnOptions">,
): void {
  const attribute = getColumn(context, table, column);
  const change = kind === "setColumnOptions" ? setOptions : resetOptions;
  const attoptions = change(attribute.attoptions, options);
  checkOptions(attoptions, "attribute");
  context.catalog.update(pgAttribute, attribute, { attoptions });
}
