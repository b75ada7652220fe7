/**
 * What GRANT and REVOKE do to one ACL, whatever it belongs to: who grants, what of it may be
 * granted, and the ACL that comes of it.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/catalog/aclchk.c
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError, warning } from "../../base/sql-error.ts";
import {
  type Acl,
  bitsOf,
  granted,
  heldBy,
  kinds,
  PUBLIC,
  privilegeNamed,
  privilegeWord,
  revoked,
} from "../acl.ts";
import type { Catalog } from "../catalog.ts";
import type { NamedPrivilege, PrivilegeChange, SecuredNoun } from "../grant-statement.ts";
import { isSuperuser, rolesOf } from "../memberships.ts";
import { hasPrivilege, type Securable } from "../privileges.ts";
import type { DdlContext } from "./context.ts";
import { getRoleRow } from "./role-lookup.ts";

/** A statement's change, its roles found and its privileges read. */
export interface AclChange
  extends Pick<PrivilegeChange, "revoke" | "noun" | "grantOption" | "cascade"> {
  readonly grantees: readonly Oid[];
  /** Whatever the object's kind has. */
  readonly all: boolean;
  readonly privileges: number;
  readonly columns: readonly NamedPrivilege[];
}

/** REVOKE ALL … CASCADE from one role. */
export const everythingOf = (role: Oid, noun: SecuredNoun): AclChange => ({
  revoke: true,
  noun,
  grantees: [role],
  grantOption: false,
  cascade: true,
  all: true,
  privileges: 0,
  columns: [],
});

const bits = (kind: { readonly all: string }): number => bitsOf(kind.all);

/** What may be named for each; of a table that may be a sequence what either has. */
const NAMEABLE: Readonly<Record<SecuredNoun, number>> = {
  table: bits(kinds.table) | bits(kinds.sequence),
  sequence: bits(kinds.sequence),
  database: bits(kinds.database),
  domain: bits(kinds.type),
  "foreign-data wrapper": bits(kinds.fdw),
  "foreign server": bits(kinds.server),
  function: bits(kinds.function),
  language: bits(kinds.language),
  "large object": bits(kinds.largeObject),
  parameter: bits(kinds.parameter),
  procedure: bits(kinds.function),
  routine: bits(kinds.function),
  schema: bits(kinds.schema),
  tablespace: bits(kinds.tablespace),
  type: bits(kinds.type),
};

/** Throws 42704, 42601, 0LP01. */
export function aclChangeOf(
  context: DdlContext,
  change: PrivilegeChange,
  nameable = NAMEABLE[change.noun],
  what: string = change.noun === "table" ? "relation" : change.noun,
): AclChange {
  const { revoke, noun, grantOption, cascade } = change;
  const grantees = change.grantees.map((spec) =>
    spec.kind === "public" ? PUBLIC : getRoleRow(context, spec).oid,
  );
  let privileges = 0;
  const columns: NamedPrivilege[] = [];
  for (const named of change.privileges) {
    if (named.columns && noun !== "table") {
      throw new SqlError("0LP01", "column privileges are only valid for relations");
    }
    if (named.columns) columns.push(named);
    else privileges |= readPrivilege(named.name, nameable, what);
  }
  const all = change.privileges.length === 0;
  return { revoke, noun, grantOption, cascade, grantees, all, privileges, columns };
}

/** A privilege that there is no more; it is read and means nothing. */
const OLD_RULE = "rule";

/** Without a name: all that there are. */
export function readPrivilege(name: string | undefined, nameable: number, what: string): number {
  if (name === undefined) return nameable;
  if (name === OLD_RULE) return 0;
  // A keyword is folded; an identifier in quotes is none.
  const privilege = name === name.toLowerCase() ? privilegeNamed(name) : undefined;
  if (privilege === undefined) {
    throw new SqlError("42601", `unrecognized privilege type "${name}"`);
  }
  if (privilege & nameable) return privilege;
  throw invalidPrivilege(privilege, what);
}

export const invalidPrivilege = (privilege: number, what: string): SqlError =>
  new SqlError("0LP01", `invalid privilege type ${privilegeWord(privilege)} for ${what}`);

export interface Grantor {
  readonly role: Oid;
  /** Those of the asked privileges that it may grant. */
  readonly options: number;
}

const count = (bitset: number): number => bitset.toString(2).replaceAll("0", "").length;

/** Whoever the user is a member of and may grant most: the owner if it can be. */
export function bestGrantor(
  catalog: Catalog,
  user: Oid,
  owner: Oid,
  acl: Acl,
  asked: number,
): Grantor {
  if (user === owner || isSuperuser(catalog, user)) return { role: owner, options: asked };
  let best: Grantor = { role: user, options: 0 };
  for (const role of rolesOf(catalog, user, true)) {
    const options = ownOptions(acl, role, owner) & asked;
    if (options === asked) return { role, options };
    if (count(options) > count(best.options)) best = { role, options };
  }
  return best;
}

/** Without what it has of others. */
const ownOptions = (acl: Acl, role: Oid, owner: Oid): number =>
  heldBy(acl, new Set([role]), owner).grantOptions;

/** What messages and checks say of the object, or the column, whose ACL changes. */
export interface Subject {
  /** "table t", "column a of relation t" as a refusal names it. */
  readonly refused: string;
  /** `"t"`, `column "a" of relation "t"` as a warning names it. */
  readonly shown: string;
  /** Of a column its relation, too. */
  readonly securables: readonly Securable[];
  /** What can be granted on it. */
  readonly whole: number;
}

/** Those of the privileges that the grantor may grant. Throws 42501 for whoever has none at all. */
export function grantable(
  context: DdlContext,
  subject: Subject,
  { revoke }: Pick<AclChange, "revoke">,
  asked: { readonly privileges: number; readonly all: boolean },
  grantor: Grantor,
): number {
  if (grantor.options === 0) checkHasSome(context, subject, grantor.role);
  const privileges = asked.privileges & grantor.options;
  const isSome = privileges !== 0;
  if (isSome && (asked.all || privileges === asked.privileges)) return privileges;
  const amount = isSome ? "not all" : "no";
  const what = revoke ? "could be revoked" : "were granted";
  const message = `${amount} privileges ${what} for ${subject.shown}`;
  context.notice(warning(revoke ? "01006" : "01007", message));
  return privileges;
}

function checkHasSome(context: DdlContext, { securables, whole, refused }: Subject, role: Oid) {
  const any = [true, false].map((withGrantOption) => ({ privilege: whole, withGrantOption }));
  const has = securables.some((object) => hasPrivilege(context.catalog, role, object, any));
  if (!has) throw new SqlError("42501", `permission denied for ${refused}`);
}

/** The ACL with the privileges granted to, or revoked from, each grantee. */
export function changedAcl(
  catalog: Catalog,
  acl: Acl,
  change: AclChange,
  privileges: number,
  grantor: Oid,
  owner: Oid,
): Acl {
  const { revoke, grantOption, cascade } = change;
  const of = (role: Oid) =>
    isSuperuser(catalog, role) ? new Set([role, owner]) : rolesOf(catalog, role, true);
  const rules = { owner, cascade, rolesOf: of };
  let changed = acl;
  for (const grantee of change.grantees) {
    if (!revoke && grantOption && grantee === PUBLIC) {
      throw new SqlError("0LP01", "grant options can only be granted to roles");
    }
    const item = {
      grantee,
      grantor,
      privileges: revoke && grantOption ? 0 : privileges,
      grantOptions: revoke || grantOption ? privileges : 0,
    };
    changed = (revoke ? revoked : granted)(changed, item, rules);
  }
  return changed;
}
