/**
 * A TABLE WITH CHILDREN in FROM: the rows of all tables below it, one after the other, as a
 * sub-select with the columns of the table that is named.
 *
 *   (SELECT v, xmin, <oid> AS o, c1, … FROM <storage of one> WHERE <visible> UNION ALL …) AS alias
 *
 * Which tables these are is asked when the query is translated, so a kept translation holds until
 * one more is below, or one less. Of a partitioned table only those partitions are read that the
 * query's conditions leave.
 */

import type { Oid } from "../../base/ids.ts";
import { isInherited, withDescendants } from "../../catalog/inheritance.ts";
import { findAttribute } from "../../catalog/names.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { Expression, RangeTableEntry } from "../bind/tree.ts";
import { PLACE_ATTRIBUTE } from "../bind/update.ts";
import type { Emitter } from "./emitter.ts";
import { type Scope, systemColumn } from "./scope.ts";
import type { TranslateContext } from "./translation.ts";
import { emitUserTable, type UserTable, userColumn, VERSION_COLUMNS } from "./user-table.ts";
import { references } from "./walk.ts";

type RelationEntry = RangeTableEntry & { readonly kind: "relation" };

/** SQLite takes 500. https://www.sqlite.org/limits.html */
const COMPOUND_MAX = 250;

const TABLEOID = -6;

export const inheritedColumn =
  (emitter: Emitter, alias: string, relation: Oid) =>
  (attribute: number): string => {
    if (attribute >= 0) return `${alias}.c${attribute}`;
    if (attribute === TABLEOID) return `${alias}.o`;
    if (VERSION_COLUMNS.has(attribute)) return `${alias}.v`;
    if (attribute === PLACE_ATTRIBUTE) return `${alias}.o || '/' || ${alias}.v`;
    const version = { present: `${alias}.v`, made: `${alias}.made` };
    return systemColumn(emitter, version, attribute, relation);
  };

/**
 * The FROM item. `conjuncts` say what each table is reached by, `restricting` which ones are read.
 * `sampled`: what a row must satisfy beside, given its version.
 */
export function emitInherited(
  emitter: Emitter,
  scope: Scope,
  place: { readonly entry: RelationEntry; readonly alias: string; readonly number: number },
  conjuncts: readonly Expression[],
  restricting: readonly Expression[],
  sampled: (version: string) => readonly string[],
): string {
  const { entry } = place;
  const known = conjuncts.filter((each) => isKnownBefore(each, place.number));
  const selects = tablesRead(emitter, place, restricting).flatMap((relation) => {
    const table = emitter.context.userTable(relation);
    if (!table) return [];
    return member(emitter, scope, { ...place, relation, table }, known, sampled);
  });
  if (selects.length === 0) selects.push(nothing(entry));
  return `(${compound(selects)}) AS ${place.alias}`;
}

function tablesRead(
  { context }: Emitter,
  { entry, number: table }: { readonly entry: RelationEntry; readonly number: number },
  conditions: readonly Expression[],
): readonly Oid[] {
  const { relation, relkind, only } = entry;
  if (only) return [relation];
  if (relkind !== "p") return withDescendants(context.catalog, relation);
  return context.partitionsRead({ relation, table, conditions });
}

function compound(selects: readonly string[]): string {
  if (selects.length <= COMPOUND_MAX) return selects.join(" UNION ALL ");
  const groups: string[] = [];
  for (let at = 0; at < selects.length; at += COMPOUND_MAX) {
    const group = selects.slice(at, at + COMPOUND_MAX).join(" UNION ALL ");
    groups.push(`SELECT * FROM (${group})`);
  }
  return compound(groups);
}

/** Inside the sub-select nothing else of FROM can be named. */
export function isKnownBefore(conjunct: Expression, number: number): boolean {
  return references(conjunct).every(({ levelsUp, table }) => levelsUp > 0 || table === number);
}

const nothing = ({ attributes }: RelationEntry): string => {
  const columns = attributes.map((attribute) => `NULL AS c${attribute}`);
  return `SELECT ${["NULL AS v", "NULL AS made", "NULL AS o", ...columns].join(", ")} WHERE 0`;
};

interface Member {
  readonly entry: RelationEntry;
  readonly number: number;
  readonly relation: Oid;
  readonly table: UserTable;
}

function member(
  emitter: Emitter,
  scope: Scope,
  { entry, number, relation, table }: Member,
  conjuncts: readonly Expression[],
  sampled: (version: string) => readonly string[],
): string {
  const alias = emitter.alias("t");
  const row = emitter.context.catalog.find(pgClass, "key", [relation]);
  const name = { kind: "relation" as const, name: row?.relname ?? "", alias: undefined };
  emitter.context.names?.set(alias, { ...name, indexes: [] });
  const numbers = memberNumbers(emitter.context, entry.relation, relation);
  const columns = entry.attributes.map((attribute) => {
    const own = numbers.get(attribute);
    return `${own === undefined ? "NULL" : userColumn(emitter, alias, table, own)} AS c${attribute}`;
  });
  const conditions: string[] = [...sampled(`${alias}.v`)];
  const own = { entry, alias, number };
  const inChild = { ...table, indexes: indexesByParent(table, numbers) };
  const { text: from } = emitUserTable(emitter, scope, inChild, own, conditions, {
    ...{ conjuncts, apart: false, joins: false, by: undefined },
  });
  const list = [`${alias}.v AS v`, `${alias}.xmin AS made`, `${relation} AS o`, ...columns];
  return `SELECT ${list.join(", ")} FROM ${from} WHERE ${conditions.join(" AND ")}`;
}

/** Indexes of what is read of a user's relation, as its own columns are numbered. */
export function indexesOf(context: TranslateContext, entry: RelationEntry): UserTable["indexes"] {
  const { relation } = entry;
  const members = isInherited(context.catalog, entry)
    ? withDescendants(context.catalog, relation)
    : [relation];
  return members.flatMap((member) => {
    const table = context.userTable(member);
    return table ? indexesByParent(table, memberNumbers(context, relation, member)) : [];
  });
}

/** Conjuncts name the columns as the parent numbers them. */
function indexesByParent(
  { indexes }: UserTable,
  numbers: ReadonlyMap<number, number>,
): UserTable["indexes"] {
  const parents = new Map([...numbers].map(([parent, child]) => [child, parent]));
  return indexes.map((index) => ({
    ...index,
    attributes: index.attributes.map((attribute) => parents.get(attribute) ?? NOWHERE),
  }));
}
const NOWHERE = Number.NaN;

/** Numbers of the parent's columns in a table below it, by name. */
function memberNumbers(
  { catalog }: TranslateContext,
  parent: Oid,
  child: Oid,
): ReadonlyMap<number, number> {
  const numbers = new Map<number, number>();
  for (const { attnum, attname, attisdropped } of catalog.list(pgAttribute, "key", [parent])) {
    if (attnum < 1 || attisdropped) continue;
    if (parent === child) numbers.set(attnum, attnum);
    else {
      const own = findAttribute(catalog, child, attname);
      if (own) numbers.set(attnum, own.attnum);
    }
  }
  return numbers;
}
