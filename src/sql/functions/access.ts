/**
 * WHO MAY: privileges of a role on an object, from its owner, its ACL and the roles it is a member
 * of.
 * https://www.postgresql.org/docs/15/ddl-priv.html
 */
import { type Oid, oid } from "../../base/ids.ts";
import { PG_READ_ALL_DATA, PG_WRITE_ALL_DATA, rolesOf } from "../../catalog/memberships.ts";
import { isSuperuser } from "../../catalog/names.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { ACL_LETTERS, type AclItem, parseAclItem } from "../types/aclitems.ts";

/**
 * Letters of everything that can be granted on a kind of object, and of what PUBLIC has by default.
 */
export interface PrivilegeKind {
  readonly all: string;
  readonly toPublic: string;
}

export const kinds = {
  table: { all: "arwdDxt", toPublic: "" },
  sequence: { all: "rwU", toPublic: "" },
  column: { all: "arwx", toPublic: "" },
  database: { all: "CTc", toPublic: "Tc" },
  schema: { all: "UC", toPublic: "" },
  function: { all: "X", toPublic: "X" },
  language: { all: "U", toPublic: "U" },
  type: { all: "U", toPublic: "U" },
  tablespace: { all: "C", toPublic: "" },
  fdw: { all: "U", toPublic: "" },
  server: { all: "U", toPublic: "" },
  largeObject: { all: "rw", toPublic: "" },
  parameter: { all: "sA", toPublic: "" },
} as const satisfies Record<string, PrivilegeKind>;

export const bitsOf = (letters: string): number =>
  [...letters].reduce((bits, letter) => bits | (1 << ACL_LETTERS.indexOf(letter)), 0);

/**
 * What a NULL ACL means: PUBLIC's defaults, and everything for the owner. A column's NULL means
 * nothing.
 */
export function defaultAcl(kind: PrivilegeKind, owner: Oid): AclItem[] {
  const items: AclItem[] = [];
  const item = (grantee: Oid, letters: string): AclItem => ({
    grantee,
    grantor: owner,
    privileges: bitsOf(letters),
    grantOptions: 0,
  });
  if (kind.toPublic !== "") items.push(item(oid(0), kind.toPublic));
  if (kind !== kinds.column) items.push(item(owner, kind.all));
  return items;
}

const readAcl = (acl: readonly string[], catalog: CatalogReader): AclItem[] =>
  acl.map((text) => parseAclItem(text, catalog));

/** An object as far as privileges go. */
export interface Securable {
  readonly kind: PrivilegeKind;
  readonly owner: Oid;
  readonly acl: readonly string[] | null;
}

export interface Wanted {
  readonly privilege: number;
  readonly withGrantOption: boolean;
}

/** What the roles that stand for a right may do with every object of a kind. */
function predefined(kind: PrivilegeKind, roles: ReadonlySet<Oid>): number {
  const [reads, writes] = [roles.has(PG_READ_ALL_DATA), roles.has(PG_WRITE_ALL_DATA)];
  if (kind === kinds.schema) return reads || writes ? bitsOf("U") : 0;
  if (kind !== kinds.table && kind !== kinds.sequence) return 0;
  return (reads ? bitsOf("r") : 0) | (writes ? bitsOf("awd") : 0);
}

/** Whether the role has any of the wanted privileges. */
export function hasPrivilege(
  catalog: CatalogReader,
  role: Oid,
  object: Securable,
  wanted: readonly Wanted[],
): boolean {
  if (isSuperuser(catalog, role)) return true;
  const roles = rolesOf(catalog, role, true);
  const items =
    object.acl === null ? defaultAcl(object.kind, object.owner) : readAcl(object.acl, catalog);
  const owns = roles.has(object.owner);
  let privileges = 0;
  let grantOptions = owns ? bitsOf(object.kind.all) : 0;
  for (const item of items) {
    if (item.grantee !== 0 && !roles.has(item.grantee)) continue;
    privileges |= item.privileges;
    if (item.grantee !== 0) grantOptions |= item.grantOptions;
  }
  privileges |= predefined(object.kind, roles);
  return wanted.some(({ privilege, withGrantOption }) =>
    Boolean((withGrantOption ? grantOptions : privileges) & privilege),
  );
}
