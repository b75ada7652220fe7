/**
 * EXTENDED STATISTICS: rows that say which columns and expressions belong together; nothing
 * gathers them.
 * https://www.postgresql.org/docs/15/sql-createstatistics.html
 */

import type { Oid } from "../../base/ids.ts";
import { notice, SqlError, warning } from "../../base/sql-error.ts";
import { STATISTICS_CLASS } from "../class-oids.ts";
import type { AlterStatistics, CreateStatistics } from "../defined-statement.ts";
import type { ClassTuple } from "../names.ts";
import { findAttribute } from "../names.ts";
import { findDefaultOpclass } from "../opclasses.ts";
import { checkOwner } from "../privileges.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgStatisticExt } from "../relations/pg-statistic-ext.ts";
import { systemColumnNumber } from "../system-columns.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext, StoredExpression } from "./context.ts";
import type { AttributeTuple } from "./defaults.ts";
import { type Elements, insertStatistics } from "./extended-statistics.ts";
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
import type { BoundIndexExpression } from "./relation-binder.ts";
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
  const elements = statement.elements.map((each) =>
    typeof each === "string" ? each : context.relations.statisticsExpression(each, table.oid),
  );
  const made = planElements(context, table, elements);
  const kinds = kindsOf(statement.kinds, made);
  insertStatistics(context, table, { name, namespace: namespace.oid, ...made, kinds });
}

function planElements(
  context: DdlContext,
  table: ClassTuple,
  elements: readonly (string | BoundIndexExpression)[],
): Elements {
  if (elements.length > COLUMNS_MAX) {
    const message = `cannot have more than ${COLUMNS_MAX} columns in statistics`;
    throw new SqlError("54011", message);
  }
  const keys: number[] = [];
  const expressions: StoredExpression[] = [];
  for (const element of elements) {
    if (typeof element === "string") keys.push(numberOf(context, table, element));
    else if (element.usesSystemColumn) throw systemColumn();
    else if (element.column > 0) {
      const key = [table.oid, element.column];
      keys.push(checkColumn(context, context.catalog.find(pgAttribute, "key", key)));
    } else {
      if (elements.length > 1) checkSorts(context, "expression", element.type, "multivariate ");
      expressions.push(element);
    }
  }
  return { keys: keys.sort((a, b) => a - b), expressions };
}

function checkDistinct({ keys, expressions }: Elements): void {
  if (keys.length < 2 && expressions.length !== 1 && keys.length + expressions.length < 2) {
    throw new SqlError("42P17", "extended statistics require at least 2 columns");
  }
  if (new Set(keys).size < keys.length) {
    throw new SqlError("42701", "duplicate column name in statistics definition");
  }
  if (new Set(expressions.map(({ tree }) => tree)).size < expressions.length) {
    throw new SqlError("42701", "duplicate expression in statistics definition");
  }
}

const systemColumn = () =>
  new SqlError("0A000", "statistics creation on system columns is not supported");

function numberOf(context: DdlContext, table: ClassTuple, name: string): number {
  const { catalog } = context;
  if (systemColumnNumber(table, name) !== undefined) throw systemColumn();
  const column = findAttribute(catalog, table.oid, name);
  if (!column) throw new SqlError("42703", `column "${name}" does not exist`);
  return checkColumn(context, column);
}

function checkColumn(context: DdlContext, column: AttributeTuple | undefined): number {
  if (!column) return 0;
  checkSorts(context, `column "${column.attname}"`, column.atttypid);
  return column.attnum;
}

function checkSorts(
  { catalog, expressions }: DdlContext,
  what: string,
  type: Oid,
  which = "",
): void {
  if (findDefaultOpclass(catalog, type, BTREE)) return;
  const why = `its type ${expressions.typeText(type)} has no default btree operator class`;
  throw new SqlError("0A000", `${what} cannot be used in ${which}statistics because ${why}`);
}

/** All that there are of several columns, when none is named. */
function kindsOf(named: readonly string[], made: Elements): readonly string[] {
  const { keys, expressions } = made;
  const isSingle = keys.length === 0 && expressions.length === 1;
  if (isSingle && named.length > 0) {
    const message =
      "when building statistics on a single expression, statistics kinds may not be specified";
    throw new SqlError("0A000", message);
  }
  for (const kind of named) {
    if (!KINDS.has(kind)) throw new SqlError("42601", `unrecognized statistics kind "${kind}"`);
  }
  checkDistinct(made);
  const kinds = [...KINDS].filter(([kind]) => named.length === 0 || named.includes(kind));
  const letters = isSingle ? [] : kinds.map(([, letter]) => letter);
  return expressions.length > 0 ? [...letters, "e"] : letters;
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
