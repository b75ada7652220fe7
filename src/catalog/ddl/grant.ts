/** GRANT and REVOKE of privileges. https://www.postgresql.org/docs/15/sql-grant.html */

import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError, warning } from "../../base/sql-error.ts";
import {
  type Acl,
  aclOf,
  bitsOf,
  kinds,
  membersOf,
  type PrivilegeKind,
  readAcl,
  storedAcl,
} from "../acl.ts";
import { PARAMETER_ACL_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { changeMembers } from "../dependencies.ts";
import { addressOf, type ObjectAddress, SYSTEM_COLUMNS } from "../describe.ts";
import type { Grant, NamedPrivilege } from "../grant-statement.ts";
import type { ClassTuple } from "../names.ts";
import { findAttribute } from "../names.ts";
import { securableRelation } from "../privileges.ts";
import type { Columns, NewRow } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { systemColumnNumber } from "../system-columns.ts";
import {
  type AclChange,
  aclChangeOf,
  bestGrantor,
  changedAcl,
  everythingOf,
  grantable,
  invalidPrivilege,
  readPrivilege,
} from "./acl-change.ts";
import type { DdlContext } from "./context.ts";
import { grantTargets, securedAt } from "./grant-targets.ts";
import { getRoleRow } from "./role-lookup.ts";

export function grant(context: DdlContext, statement: Grant): void {
  checkGrantor(context, statement);
  const targets = grantTargets(context, statement);
  const { of } = statement;
  const only = of === undefined || of === "view" ? undefined : bitsOf("r");
  const change = aclChangeOf(context, statement, only, of);
  for (const target of targets) changePrivileges(context, target, change);
}

/** GRANTED BY is for those who write as the standard does: it must say what is the case. */
function checkGrantor(context: DdlContext, { grantor }: Grant): void {
  if (!grantor || getRoleRow(context, grantor).oid === context.user.oid) return;
  throw new SqlError("0A000", "grantor must be current user");
}

/** Everything that the role was granted on the object goes, and what it granted on. */
export function revokeAll(context: DdlContext, target: ObjectAddress, role: Oid): void {
  const noun = target.classOid === RELATION_CLASS ? "table" : "schema";
  changePrivileges(context, addressOf(target.classOid, target.oid), everythingOf(role, noun));
}

function changePrivileges(context: DdlContext, target: ObjectAddress, change: AclChange): void {
  if (target.classOid === RELATION_CLASS) changeRelation(context, target.oid, change);
  else changeObject(context, target, change);
}

function changeObject(context: DdlContext, address: ObjectAddress, change: AclChange): void {
  const { catalog, user } = context;
  const secured = securedAt(context, address, change.noun);
  const { relation, row, kind, owner, acl, aclColumn, noun, name } = secured;
  const shared = relation.layout.shared;
  const whole = bitsOf(kind.all);
  const privileges = change.all ? whole : change.privileges;
  const before = aclOf(acl, kind, owner);
  const grantor = bestGrantor(catalog, user.oid, owner, before, privileges);
  const subject = {
    refused: `${noun} ${name}`,
    shown: `"${name}"`,
    securables: [{ kind, owner, acl }],
    whole,
  };
  const asked = { privileges, all: change.all };
  const allowed = grantable(context, subject, change, asked, grantor);
  const after = changedAcl(catalog, before, change, allowed, grantor.role, owner);
  if (!shared && !catalog.findLayers(relation, [address.oid]).own) throw systemObject();
  if (address.classOid === PARAMETER_ACL_CLASS && isDefault(after, kind, owner)) {
    catalog.delete(relation, row);
    return changeMembers(catalog, address, new Set(), owner, shared);
  }
  catalog.update(relation, row, { [aclColumn]: storedAcl(after) } as NewRow<Columns>);
  changeMembers(catalog, address, membersOf(after), owner, shared);
}

/** Such a setting is as if nobody had been granted anything. */
const isDefault = (acl: Acl, kind: PrivilegeKind, owner: Oid): boolean =>
  String(storedAcl(acl)) === String(storedAcl(aclOf(null, kind, owner)));

const systemObject = () => notSupported("changing the privileges of a system object");

const COLUMN = bitsOf(kinds.column.all);

function changeRelation(context: DdlContext, oid: Oid, change: AclChange): void {
  const relation = context.catalog.find(pgClass, "key", [oid]) as ClassTuple;
  checkKind(relation, change);
  const privileges = relationPrivileges(context, relation, change);
  const columns = new Map<number, number>();
  const add = (attnum: number, bits: number) =>
    columns.set(attnum, (columns.get(attnum) ?? 0) | bits);
  // What is taken away from the whole is taken away from each column.
  if (change.revoke && privileges & COLUMN) {
    for (const attnum of columnNumbers(context, relation)) add(attnum, privileges & COLUMN);
  }
  if (privileges !== 0) changeWhole(context, relation, change, privileges);
  for (const named of change.columns) {
    const bits = columnPrivileges(context, relation, named);
    for (const name of named.columns ?? []) add(columnNumber(context, relation, name), bits);
  }
  for (const [attnum, bits] of [...columns].sort(([a], [b]) => a - b)) {
    if (bits !== 0) changeColumn(context, relation, attnum, change, bits);
  }
}

function checkKind({ relkind, relname }: ClassTuple, { noun }: AclChange): void {
  const refuse = (what: string) => new SqlError("42809", `"${relname}" is ${what}`);
  if (relkind === "i" || relkind === "I") throw refuse("an index");
  if (relkind === "c") throw refuse("a composite type");
  if (noun === "sequence" && relkind !== "S") throw refuse("not a sequence");
}

/** What was named for relations, as far as this one has it. */
function relationPrivileges(context: DdlContext, relation: ClassTuple, change: AclChange): number {
  const { kind } = securableRelation(relation);
  const whole = bitsOf(kind.all);
  if (change.all) return whole;
  const other = change.privileges & ~whole;
  if (other === 0 || change.noun !== "table") return change.privileges;
  if (kind !== kinds.sequence) throw invalidPrivilege(other, "table");
  const only = "only supports USAGE, SELECT, and UPDATE privileges";
  context.notice(warning("0LP01", `sequence "${relation.relname}" ${only}`));
  return change.privileges & whole;
}

function columnPrivileges(
  context: DdlContext,
  { relkind, relname }: ClassTuple,
  { name }: NamedPrivilege,
): number {
  const bits = readPrivilege(name, COLUMN, "column");
  const select = bitsOf("r");
  if (relkind !== "S" || (bits & ~select) === 0) return bits;
  const message = `sequence "${relname}" only supports SELECT column privileges`;
  context.notice(warning("0LP01", message));
  return bits & select;
}

function columnNumber({ catalog }: DdlContext, relation: ClassTuple, name: string): number {
  const known = findAttribute(catalog, relation.oid, name)?.attnum;
  const attnum = known ?? systemColumnNumber(relation, name);
  if (attnum !== undefined) return attnum;
  const message = `column "${name}" of relation "${relation.relname}" does not exist`;
  throw new SqlError("42703", message);
}

function columnNumbers({ catalog }: DdlContext, { oid, relkind }: ClassTuple): readonly number[] {
  const own = catalog
    .list(pgAttribute, "key", [oid])
    .filter(({ attisdropped }) => !attisdropped)
    .map(({ attnum }) => attnum);
  return relkind === "v" ? own : [...Object.keys(SYSTEM_COLUMNS).map(Number), ...own];
}

function changeWhole(
  context: DdlContext,
  relation: ClassTuple,
  change: AclChange,
  privileges: number,
): void {
  const { catalog, user } = context;
  const { oid, relname, relowner: owner } = relation;
  const securable = securableRelation(relation);
  const before = aclOf(securable.acl, securable.kind, owner);
  const grantor = bestGrantor(catalog, user.oid, owner, before, privileges);
  const subject = {
    refused: `${relation.relkind === "S" ? "sequence" : "table"} ${relname}`,
    shown: `"${relname}"`,
    securables: [securable],
    whole: bitsOf(securable.kind.all),
  };
  const asked = { privileges, all: change.all };
  const allowed = grantable(context, subject, change, asked, grantor);
  const after = changedAcl(catalog, before, change, allowed, grantor.role, owner);
  if (!catalog.findLayers(pgClass, [oid]).own) throw systemObject();
  catalog.update(pgClass, relation, { relacl: storedAcl(after) });
  changeMembers(catalog, addressOf(RELATION_CLASS, oid), membersOf(after), owner);
}

function changeColumn(
  context: DdlContext,
  relation: ClassTuple,
  attnum: number,
  change: AclChange,
  privileges: number,
): void {
  const { catalog, user } = context;
  const { oid, relname, relowner: owner } = relation;
  const row = catalog.find(pgAttribute, "key", [oid, attnum]);
  const name = row?.attname ?? SYSTEM_COLUMNS[attnum] ?? "";
  const before = row?.attacl ? readAcl(row.attacl) : [];
  const whole = securableRelation(relation);
  // Who may grant on the whole may grant on its columns.
  const both: Acl = [...aclOf(whole.acl, whole.kind, owner), ...before];
  const grantor = bestGrantor(catalog, user.oid, owner, both, privileges);
  const column = { kind: kinds.column, owner, acl: row?.attacl ?? null };
  const subject = {
    refused: `column "${name}" of relation "${relname}"`,
    shown: `column "${name}" of relation "${relname}"`,
    securables: [whole, column],
    whole: COLUMN,
  };
  const asked = { privileges, all: privileges === COLUMN };
  const allowed = grantable(context, subject, change, asked, grantor);
  const after = changedAcl(catalog, before, change, allowed, grantor.role, owner);
  if (after.length === 0 && before.length === 0) return;
  if (!row) throw notSupported("privileges of system columns");
  if (!catalog.findLayers(pgAttribute, [oid, attnum]).own) throw systemObject();
  catalog.update(pgAttribute, row, { attacl: after.length > 0 ? storedAcl(after) : null });
  changeMembers(catalog, addressOf(RELATION_CLASS, oid, attnum), membersOf(after), owner);
}
