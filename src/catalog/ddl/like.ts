/**
 * CREATE TABLE … (LIKE table …). Columns are taken over where the clause stands; what needs the new
 * table's column numbers (defaults, checks, indexes) follows when the table is there.
 * https://www.postgresql.org/docs/15/sql-createtable.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { CONSTRAINT_CLASS, RELATION_CLASS, STATISTICS_CLASS } from "../class-oids.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import {
  type ClassTuple,
  checkOwnDatabase,
  findAttribute,
  findRelation,
  type TypeTuple,
  undefinedRelation,
} from "../names.ts";
import { checkTablePrivilege } from "../privileges.ts";
import { pgAttrdef } from "../relations/pg-attrdef.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDescription } from "../relations/pg-description.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgSequence } from "../relations/pg-sequence.ts";
import { pgType } from "../relations/pg-type.ts";
import type { LikeClause, LikeOptions } from "../statement.ts";
import { createCheck, mergesCheck } from "./checks.ts";
import { identitySequence } from "./column-sequences.ts";
import type { ColumnPlan } from "./columns.ts";
import { compressionMethod } from "./compression.ts";
import type { DdlContext } from "./context.ts";
import { copyIndex } from "./copy-index.ts";
import { type AttributeTuple, insertDefault, removeDefault } from "./defaults.ts";
import { copyStatistics } from "./extended-statistics.ts";
import { lockRelation, searchPathOf } from "./lookup.ts";
import { classOf } from "./merge-columns.ts";
import type { TableFacts } from "./table-facts.ts";

export interface LikeSource {
  readonly table: ClassTuple;
  readonly options: LikeOptions;
  readonly columns: readonly ColumnPlan[];
}

/** Resolves and locks the table that LIKE names, and plans its columns. */
export function planLike(context: DdlContext, { table: name, options }: LikeClause): LikeSource {
  const { catalog } = context;
  checkOwnDatabase(catalog, name, name.position);
  const table = findRelation(catalog, name, searchPathOf(context), context.user.oid);
  if (!table) throw undefinedRelation(name).at(name.position);
  lockRelation(context, table.oid, "AccessShare");
  const refused = REFUSED_KINDS[table.relkind];
  if (refused) {
    const message = `relation "${table.relname}" is invalid in LIKE clause`;
    const detail = `This operation is not supported for ${refused}.`;
    throw new SqlError("42809", message, { detail }).at(name.position);
  }
  if (table.relkind !== "c") checkTablePrivilege(catalog, context.user.oid, table, SELECT, []);
  const columns = columnsOf(context, table).map((row) => planColumn(context, row, options));
  return { table, options, columns };
}

const SELECT = "r";
const REFUSED_KINDS: Readonly<Record<string, string>> = {
  S: "sequences",
  i: "indexes",
  I: "partitioned indexes",
  t: "TOAST tables",
};

const columnsOf = ({ catalog }: DdlContext, table: ClassTuple): readonly AttributeTuple[] =>
  catalog
    .list(pgAttribute, "key", [table.oid])
    .filter((row) => row.attnum > 0 && !row.attisdropped)
    .toSorted((a, b) => a.attnum - b.attnum);

function planColumn(context: DdlContext, row: AttributeTuple, options: LikeOptions): ColumnPlan {
  const type = context.catalog.find(pgType, "key", [row.atttypid]) as TypeTuple;
  return {
    name: row.attname,
    type: { row: type, typmod: row.atttypmod },
    collation: row.attcollation,
    notNull: row.attnotnull,
    serial: false,
    constraints: [],
    generated: options.generated && row.attgenerated !== "",
    ...(options.identity && row.attidentity !== "" ? identityOf(context, row) : {}),
    ...(options.storage ? { storage: row.attstorage } : {}),
    ...(options.compression ? compressionOf(row) : {}),
  };
}

function compressionOf({ attcompression }: AttributeTuple) {
  const compression = compressionMethod(attcompression);
  return compression === undefined ? {} : { compression };
}

/** The new sequence has the old one's options; of its type nothing is said, so it is bigint. */
function identityOf(context: DdlContext, row: AttributeTuple) {
  const sequence = identitySequence(context.catalog, row.attrelid, row.attnum);
  const old = sequence && context.catalog.find(pgSequence, "key", [sequence.oid]);
  if (!old) return {};
  const options = {
    cache: old.seqcache,
    cycle: old.seqcycle,
    increment: old.seqincrement,
    max: old.seqmax,
    min: old.seqmin,
    start: old.seqstart,
  };
  return { identity: { always: row.attidentity === "a", options }, sequenceType: INT8 };
}
const INT8 = 20 as Oid;

/** Defaults, checks, indexes and comments, once the new table's columns are staged. */
export function expandLike(context: DdlContext, to: TableFacts, source: LikeSource): void {
  const { catalog } = context;
  const { options } = source;
  const numbers = new Map<number, number>();
  for (const column of columnsOf(context, source.table)) {
    const own = findAttribute(catalog, to.oid, column.attname);
    if (own) numbers.set(column.attnum, own.attnum);
  }
  if (options.defaults || options.generated) copyDefaults(context, to, source, numbers);
  if (options.constraints) copyChecks(context, to, source, numbers);
  if (options.indexes) copyIndexes(context, to, source);
  const copies = options.statistics
    ? copyStatistics(context, source.table, classOf(context, to.oid), numbers)
    : [];
  if (!options.comments) return;
  for (const [from, copy] of copies) {
    copyComment(context, addressOf(STATISTICS_CLASS, from), addressOf(STATISTICS_CLASS, copy));
  }
  for (const [from, own] of numbers) {
    const column = addressOf(RELATION_CLASS, source.table.oid, from);
    copyComment(context, column, addressOf(RELATION_CLASS, to.oid, own));
  }
}

function copyDefaults(
  context: DdlContext,
  to: TableFacts,
  { table, options }: LikeSource,
  numbers: ReadonlyMap<number, number>,
): void {
  for (const column of columnsOf(context, table)) {
    const wanted = column.attgenerated === "" ? options.defaults : options.generated;
    const row = context.catalog.find(pgAttrdef, "adrelid_adnum", [table.oid, column.attnum]);
    const own = numbers.get(column.attnum);
    if (!wanted || !row || own === undefined) continue;
    const expression = context.expressions.copyFor(to.oid, row.adbin, numbers);
    if (!expression) {
      throw wholeRow(`Generation expression for column "${column.attname}"`, table);
    }
    removeDefault(context, to.oid, own);
    insertDefault(context, to.oid, own, expression);
  }
}

/** In the order of their names, as PostgreSQL lists the checks of a table. */
function copyChecks(
  context: DdlContext,
  to: TableFacts,
  { table, options }: LikeSource,
  numbers: ReadonlyMap<number, number>,
): void {
  const { catalog } = context;
  const rows = catalog.list(pgConstraint, "conrelid_contypid_conname", [table.oid]);
  const checks = rows.filter((row) => row.contype === "c");
  const copies = checks.toSorted(byName).map((row) => {
    const expression = context.expressions.copyFor(to.oid, row.conbin ?? "", numbers);
    if (!expression) throw wholeRow(`Constraint "${row.conname}"`, table);
    return { row, expression };
  });
  for (const { row, expression } of copies) {
    const { conname, connoinherit: noInherit } = row;
    if (!mergesCheck(context, to, { name: conname, noInherit }, expression)) {
      createCheck(context, to, expression, { name: conname, noInherit });
    }
    const key = [to.oid, 0, conname];
    const copy = catalog.find(pgConstraint, "conrelid_contypid_conname", key);
    if (!options.comments || !copy) continue;
    const from = addressOf(CONSTRAINT_CLASS, row.oid);
    copyComment(context, from, addressOf(CONSTRAINT_CLASS, copy.oid));
  }
}

const byName = (a: { readonly conname: string }, b: { readonly conname: string }): number =>
  Buffer.compare(Buffer.from(a.conname), Buffer.from(b.conname));

const WHOLE_ROW = "cannot convert whole-row table reference";
const wholeRow = (what: string, table: ClassTuple): SqlError =>
  new SqlError("0A000", WHOLE_ROW, {
    detail: `${what} contains a whole-row reference to table "${table.relname}".`,
  });

/** Under names of their own; the columns of an index keep the names that they have there. */
function copyIndexes(context: DdlContext, to: TableFacts, { table, options }: LikeSource): void {
  const { catalog } = context;
  const rows = catalog.list(pgIndex, "indrelid", [table.oid]);
  for (const row of rows.toSorted((a, b) => a.indexrelid - b.indexrelid)) {
    const index = copyIndex(context, to, row.indexrelid);
    if (!options.comments || index === undefined) continue;
    const from = addressOf(RELATION_CLASS, row.indexrelid);
    copyComment(context, from, addressOf(RELATION_CLASS, index));
  }
}

function copyComment({ catalog }: DdlContext, from: ObjectAddress, to: ObjectAddress): void {
  const row = catalog.find(pgDescription, "key", [from.oid, from.classOid, from.subId]);
  if (!row) return;
  catalog.insert(pgDescription, {
    objoid: to.oid,
    classoid: to.classOid,
    objsubid: to.subId,
    description: row.description,
  });
}
