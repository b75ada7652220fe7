/**
 * Owners and privileges: an object whose owner could be dropped has one 'o' row in pg_shdepend, and
 * an 'a' row for each other role that its privileges name; nothing else has one. A partitioned
 * relation in a tablespace that could be dropped has one 't' row.
 * https://www.postgresql.org/docs/15/catalog-pg-shdepend.html
 */
import type { Oid } from "../../base/ids.ts";
import { membersOf, readAcl } from "../acl.ts";
import { loggedRelations } from "../all-relations.ts";
import {
  BOOTSTRAP_SUPERUSER,
  isPinned,
  LARGE_OBJECT_CLASS,
  ROLE_CLASS,
  TABLESPACE_CLASS,
} from "../class-oids.ts";
import type { Columns, NewRow, Relation, Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgLargeobjectMetadata } from "../relations/pg-largeobject-metadata.ts";
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
  for (const relation of loggedRelations.filter(hasOwner)) {
    if (relation.layout.shared) collect(first, relation, NO_DATABASE, first.all(relation), due);
    else for (const view of views) collect(view, relation, view.database, view.own(relation), due);
  }
  for (const view of views) collectColumns(view, due);
  for (const view of views) collectTablespaces(view, due);
  for (const row of first.all(pgShdepend)) {
    const { deptype, values } = row;
    const what = MISTAKES[deptype];
    if (what !== undefined && !due.delete(textOf(values))) {
      yield `${rowText(pgShdepend, row)}: the object ${what}`;
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

/** What a row says by mistake that nothing in the object asks for. */
const MISTAKES: Readonly<Record<string, string>> = {
  o: "has not this owner",
  a: "grants this role nothing",
  t: "is not in this tablespace",
};

const ownerColumn = (relation: Relation): string | undefined =>
  relation.columnNames.find(
    (name) => name === "datdba" || name === "defaclrole" || name.endsWith("owner"),
  );
const isAcl = (name: string): boolean => name.endsWith("acl");
/** What has privileges and no owner is the first superuser's. */
const hasOwner = (relation: Relation): boolean =>
  relation.columnNames.includes("oid") &&
  (ownerColumn(relation) !== undefined || relation.columnNames.some(isAcl));

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
  const aclAt = relation.columnNames.findIndex(isAcl);
  const where = database === NO_DATABASE ? "" : `${view.name}: `;
  const classid = relation.oid === pgLargeobjectMetadata.oid ? LARGE_OBJECT_CLASS : relation.oid;
  for (const row of rows) {
    const owner = (row.values[ownerAt] ?? BOOTSTRAP_SUPERUSER) as Oid;
    const object = { dbid: database, classid, objid: row.values[oidAt] as Oid };
    const expect = (role: Oid, deptype: string, what: string) =>
      expectRole(due, { ...object, deptype }, role, `${where}${rowText(relation, row)}`, what);
    const acl = row.values[aclAt] as readonly string[] | null | undefined;
    for (const role of grantees(acl, owner)) expect(role, "a", "has privileges on it");
    if (!isPart(view, relation, row)) expect(owner, "o", "owns it");
  }
}

/** The roles beside the owner that an ACL names. */
function grantees(acl: readonly string[] | null | undefined, owner: Oid): readonly Oid[] {
  return [...membersOf(readAcl(acl ?? []))].filter((role) => role !== owner);
}

function collectColumns(view: DatabaseView, due: Map<string, string>): void {
  for (const row of view.own(pgAttribute)) {
    const owner = view.find(pgClass, row.attrelid)?.relowner;
    if (owner === undefined) continue;
    const object = { dbid: view.database, classid: pgClass.oid, objid: row.attrelid };
    for (const role of grantees(row.attacl, owner)) {
      const expected = { ...object, objsubid: row.attnum, deptype: "a" };
      const text = `${view.name}: ${rowText(pgAttribute, row)}`;
      expectRole(due, expected, role, text, "has privileges on it");
    }
  }
}

function collectTablespaces(view: DatabaseView, due: Map<string, string>): void {
  for (const row of view.own(pgClass)) {
    const { oid, relkind, reltablespace } = row;
    if (!"pI".includes(relkind) || isPinned(TABLESPACE_CLASS, reltablespace)) continue;
    const expected = pgShdepend.row({
      ...{ dbid: view.database, classid: pgClass.oid, objid: oid, deptype: "t" },
      ...{ refclassid: TABLESPACE_CLASS, refobjid: reltablespace },
    });
    const text = `${view.name}: ${rowText(pgClass, row)}`;
    const missing = `pg_shdepend does not say that it is in tablespace ${reltablespace}`;
    due.set(textOf(expected), `${text}: ${missing}`);
  }
}

function expectRole(
  due: Map<string, string>,
  object: NewRow<(typeof pgShdepend)["columns"]>,
  role: Oid,
  dependent: string,
  what: string,
): void {
  if (isPinned(ROLE_CLASS, role)) return;
  const expected = pgShdepend.row({ ...object, refclassid: ROLE_CLASS, refobjid: role });
  due.set(textOf(expected), `${dependent}: pg_shdepend does not say that role ${role} ${what}`);
}

/** Indexes, row types and array types have the owner of what they belong to. */
function isPart(view: DatabaseView, relation: Relation, row: Tuple<Columns>): boolean {
  if (relation.name === pgClass.name) return "iItc".includes(pgClass.view(row.values).relkind);
  if (relation.name !== pgType.name) return false;
  const type = pgType.view(row.values);
  if (view.find(pgType, type.typelem)?.typarray === type.oid) return true;
  return type.typrelid !== 0 && view.find(pgClass, type.typrelid)?.relkind !== "c";
}
