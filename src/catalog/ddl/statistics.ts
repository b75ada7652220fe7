/**
 * EXTENDED STATISTICS: rows that say which columns belong together; nothing gathers them.
 * https://www.postgresql.org/docs/15/sql-createstatistics.html
 */
import type { Oid } from "../../base/ids.ts";
import { notice, SqlError, warning } from "../../base/sql-error.ts";
import { NAMESPACE_CLASS, RELATION_CLASS, STATISTICS_CLASS } from "../class-oids.ts";
import type { AlterStatistics, CreateStatistics } from "../defined-statement.ts";
import { addDependency, addOwner } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { ClassTuple } from "../names.ts";
import { findDefaultOpclass } from "../opclasses.ts";
import { checkOwner } from "../privileges.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgStatisticExt } from "../relations/pg-statistic-ext.ts";
import { systemColumnNumber } from "../system-columns.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { findQualified, nameText } from "./find-named.ts";
import { lockFound } from "./find-object.ts";
import {
  checkNoSystemCatalog,
  creationNamespace,
  getRelation,
  lockRelation,
  nounOf,
} from "./lookup.ts";
import { checkOwnership } from "./object-ownership.ts";
import { notSupportedFor } from "./relation-kinds.ts";

/** Letters of stxkind, in its order. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ["ndistinct", "d"],
  ["dependencies", "f"],
  ["mcv", "m"],
]);

const BTREE = 403 as Oid;
const COLUMNS_MAX = 8;
const TARGET_MAX = 10_000;

export function createStatistics(context: DdlContext, statement: CreateStatistics): void {
  const { catalog, user } = context;
  const { name } = statement.statistics;
  const table = getRelation(context, statement.table);
  lockRelation(context, table.oid, "ShareUpdateExclusive");
  if (!"rmfp".includes(table.relkind)) {
    const message = `cannot define statistics for relation "${table.relname}"`;
    throw new SqlError("42809", message, notSupportedFor(table));
  }
  checkOwner(catalog, user.oid, table.relowner, nounOf(table), table.relname);
  checkNoSystemCatalog(table);
  const namespace = creationNamespace(context, statement.statistics);
  lockName(context, STATISTICS_CLASS, namespace.oid, name);
  if (catalog.find(pgStatisticExt, "name", [name, namespace.oid])) {
    const message = `statistics object "${name}" already exists`;
    if (!statement.ifNotExists) throw new SqlError("42710", message);
    context.notice(notice(`${message}, skipping`, {}, "42710"));
    return;
  }
  if (statement.columns.length > COLUMNS_MAX) {
    const message = `cannot have more than ${COLUMNS_MAX} columns in statistics`;
    throw new SqlError("54011", message);
  }
  const columns = statement.columns.map((column) => numberOf(context, table, column));
  const kinds = kindsOf(statement.kinds);
  if (columns.length < 2) {
    throw new SqlError("42P17", "extended statistics require at least 2 columns");
  }
  if (new Set(columns).size < columns.length) {
    throw new SqlError("42701", "duplicate column name in statistics definition");
  }
  const keys = columns.toSorted((a, b) => a - b);
  insert(context, table, { name, namespace: namespace.oid, keys, kinds });
}

function insert(
  { catalog, user, allocateOid }: DdlContext,
  table: ClassTuple,
  made: {
    readonly name: string;
    readonly namespace: Oid;
    readonly keys: readonly number[];
    readonly kinds: readonly string[];
  },
): void {
  const oid = allocateOid();
  catalog.insert(pgStatisticExt, {
    ...{ oid, stxrelid: table.oid, stxname: made.name, stxnamespace: made.namespace },
    ...{ stxowner: user.oid, stxkeys: made.keys, stxkind: made.kinds, stxexprs: null },
  });
  const self = addressOf(STATISTICS_CLASS, oid);
  for (const attnum of made.keys) {
    addDependency(catalog, self, addressOf(RELATION_CLASS, table.oid, attnum), "a");
  }
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, made.namespace), "n");
  addOwner(catalog, self, user.oid);
}

function numberOf(context: DdlContext, table: ClassTuple, name: string): number {
  const { catalog, expressions } = context;
  if (systemColumnNumber(table, name) !== undefined) {
    throw new SqlError("0A000", "statistics creation on system columns is not supported");
  }
  const column = catalog.find(pgAttribute, "relid_attnam", [table.oid, name]);
  if (!column) throw new SqlError("42703", `column "${name}" does not exist`);
  if (!findDefaultOpclass(catalog, column.atttypid, BTREE)) {
    const type = expressions.typeText(column.atttypid);
    const why = `its type ${type} has no default btree operator class`;
    throw new SqlError("0A000", `column "${name}" cannot be used in statistics because ${why}`);
  }
  return column.attnum;
}

/** All, when none is named. */
function kindsOf(named: readonly string[]): readonly string[] {
  for (const kind of named) {
    if (!KINDS.has(kind)) throw new SqlError("42601", `unrecognized statistics kind "${kind}"`);
  }
  const kinds = [...KINDS].filter(([kind]) => named.length === 0 || named.includes(kind));
  return kinds.map(([, letter]) => letter);
}

export function alterStatistics(context: DdlContext, statement: AlterStatistics): void {
  const { catalog } = context;
  const { statistics, target, ifExists } = statement;
  if (target < -1) {
    throw new SqlError("22023", `statistics target ${target} is too low`);
  }
  if (target > TARGET_MAX) {
    context.notice(warning("22023", `lowering statistics target to ${TARGET_MAX}`));
  }
  let found: ReturnType<typeof findQualified>;
  try {
    found = findQualified(context, "statistics object", statistics);
  } catch (error) {
    if (!ifExists || !(error instanceof SqlError) || error.code !== "42704") throw error;
    const message = `statistics object "${nameText(statistics)}" does not exist, skipping`;
    context.notice(notice(message));
    return;
  }
  checkOwnership(context, found.ownership);
  lockFound(context, found, "AccessExclusive");
  const row = catalog.find(pgStatisticExt, "key", [found.address.oid]);
  if (row) catalog.update(pgStatisticExt, row, { stxstattarget: Math.min(target, TARGET_MAX) });
}
