/**
 * Owners: an object whose owner could be dropped has one 'o' row in pg_shdepend, and nothing else
 * has one.
 * https://www.postgresql.org/docs/15/catalog-pg-shdepend.html
 */
import type { Oid } from "../../base/ids.ts";
import { allRelations } from "../all-relations.ts";
import { isPinned, ROLE_CLASS } from "../class-oids.ts";
import type { Columns, Relation, Tuple } from "../relation.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgShdepend } from "../relations/pg-shdepend.ts";
import { pgType } from "../relations/pg-type.ts";
import { objectExists, objectText } from "./objects.ts";
import { rowText } from "./values.ts";
import { type DatabaseView, type Faults, textOf } from "./view.ts";

const NO_DATABASE = 0 as Oid;

/** Over all databases at once, for pg_shdepend is shared. */
export function* checkOwners(views: readonly DatabaseView[]): Faults {
  const [first] = views;
  if (!first) return;
  const due = new Map<string, string>();
  for (const relation of allRelations.filter(hasOwner)) {
    if (relation.layout.shared) collect(first, relation, NO_DATABASE, first.all(relation), due);
    else for (const view of views) collect(view, relation, view.database, view.own(relation), due);
  }
  for (const row of first.all(pgShdepend)) {
    const { deptype, values } = row;
    if (deptype === "o" && !due.delete(textOf(values))) {
      yield `${rowText(pgShdepend, row)}: the object has not this owner`;
    }
    const view = row.dbid === 0 ? first : views.find(({ database }) => database === row.dbid);
    const exists = view && objectExists(view, row.classid, row.objid, row.objsubid);
    const [dependent, referenced] = [
      objectText(row.classid, row.objid, row.objsubid),
      objectText(row.refclassid, row.refobjid, 0),
    ];
    if (!exists) yield `${rowText(pgShdepend, row)}: there is no ${dependent}`;
    if (!objectExists(first, row.refclassid, row.refobjid, 0)) {
      yield `${rowText(pgShdepend, row)}: there is no ${referenced}`;
    }
  }
  for (const text of due.values()) yield text;
}

const ownerColumn = (relation: Relation): string | undefined =>
  relation.columnNames.find((name) => name === "datdba" || name.endsWith("owner"));
const hasOwner = (relation: Relation): boolean =>
  ownerColumn(relation) !== undefined && relation.columnNames.includes("oid");

/** Puts the rows that must be in pg_shdepend into `due`, with what to say where one is missing. */
function collect(
  view: DatabaseView,
  relation: Relation,
  database: Oid,
  rows: readonly Tuple<Columns>[],
  due: Map<string, string>,
): void {
  const ownerAt = relation.columnNames.indexOf(ownerColumn(relation) ?? "");
  const oidAt = relation.columnNames.indexOf("oid");
  for (const row of rows) {
    const owner = row.values[ownerAt] as Oid;
    if (isPinned(ROLE_CLASS, owner) || isPart(view, relation, row)) continue;
    const oid = row.values[oidAt] as Oid;
    const expected = pgShdepend.row({
      dbid: database,
      classid: relation.oid,
      objid: oid,
      refclassid: ROLE_CLASS,
      refobjid: owner,
      deptype: "o",
    });
    const fault = `${rowText(relation, row)}: pg_shdepend does not say that role ${owner} owns it`;
    due.set(textOf(expected), database === NO_DATABASE ? fault : `${view.name}: ${fault}`);
  }
}

/** Indexes, row types and array types have the owner of what they belong to. */
function isPart(view: DatabaseView, relation: Relation, row: Tuple<Columns>): boolean {
  if (relation.name === pgClass.name) return "iItc".includes(pgClass.view(row.values).relkind);
  if (relation.name !== pgType.name) return false;
  const type = pgType.view(row.values);
  if (view.find(pgType, type.typelem)?.typarray === type.oid) return true;
  return type.typrelid !== 0 && view.find(pgClass, type.typrelid)?.relkind !== "c";
}
