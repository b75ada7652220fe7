/**
 * ACLS. What an object's owner and those whom it lets have granted to whom, as an algebra over
 * items: nothing here looks into the catalog but for who is whose member.
 * https://www.postgresql.org/docs/15/ddl-priv.html
 *
 * An item is stored as the text `grantee=privileges/grantor`: oids of roles, no grantee being
 * PUBLIC, a letter for each privilege and a * behind it for its grant option. So a role may be
 * renamed. Items stand in the order in which they were first granted; there is one for each
 * grantee and grantor.
 */
import { type Oid, oid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";

/** Letters in the order of their bits. */
export const ACL_LETTERS = "arwdDxtXUCTcsA";

/** Bits by position in ACL_LETTERS. Grantee 0 is PUBLIC. */
export interface AclItem {
  readonly grantee: Oid;
  readonly grantor: Oid;
  readonly privileges: number;
  readonly grantOptions: number;
}

export type Acl = readonly AclItem[];

export const PUBLIC = oid(0);

export const bitsOf = (letters: string): number =>
  [...letters].reduce((bits, letter) => bits | (1 << ACL_LETTERS.indexOf(letter)), 0);

/** The keyword of each privilege, in the order of the letters. */
export const PRIVILEGE_WORDS: readonly string[] = [
  "INSERT",
  "SELECT",
  "UPDATE",
  "DELETE",
  "TRUNCATE",
  "REFERENCES",
  "TRIGGER",
  "EXECUTE",
  "USAGE",
  "CREATE",
  "TEMPORARY",
  "CONNECT",
  "SET",
  "ALTER SYSTEM",
];

/**
 * The bit of a keyword in any case, TEMP being TEMPORARY; undefined = there is no such privilege.
 */
export function privilegeNamed(word: string): number | undefined {
  const upper = word.toUpperCase();
  const bit = PRIVILEGE_WORDS.indexOf(upper === "TEMP" ? "TEMPORARY" : upper);
  return bit < 0 ? undefined : 1 << bit;
}

/** The keyword of the lowest bit. */
export const privilegeWord = (bits: number): string =>
  PRIVILEGE_WORDS.find((_, at) => bits & (1 << at)) ?? "";

/**
 * Letters of everything that can be granted on a kind of object, and of what PUBLIC has by
 * default.
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

/**
 * What a NULL ACL means: PUBLIC's defaults, and everything for the owner. A column's NULL means
 * nothing.
 */
export function defaultAcl(kind: PrivilegeKind, owner: Oid): Acl {
  const items: AclItem[] = [];
  const item = (grantee: Oid, letters: string): AclItem => ({
    grantee,
    grantor: owner,
    privileges: bitsOf(letters),
    grantOptions: 0,
  });
  if (kind.toPublic !== "") items.push(item(PUBLIC, kind.toPublic));
  if (kind !== kinds.column) items.push(item(owner, kind.all));
  return items;
}

export function lettersOf({ privileges, grantOptions }: AclItem): string {
  let text = "";
  for (const [bit, letter] of [...ACL_LETTERS].entries()) {
    if (privileges & (1 << bit)) text += letter;
    if (grantOptions & (1 << bit)) text += "*";
  }
  return text;
}

/** An item as it is stored. */
export const storedItem = (item: AclItem): string =>
  `${item.grantee === PUBLIC ? "" : item.grantee}=${lettersOf(item)}/${item.grantor}`;

export function readItem(stored: string): AclItem {
  const [roles = "", grantor] = stored.split("/");
  const [grantee, letters = ""] = roles.split("=");
  let privileges = 0;
  let grantOptions = 0;
  let last = 0;
  for (const letter of letters) {
    if (letter === "*") grantOptions |= last;
    else privileges |= last = bitsOf(letter);
  }
  return { grantee: oid(Number(grantee)), grantor: oid(Number(grantor)), privileges, grantOptions };
}

export const readAcl = (stored: readonly string[]): Acl => stored.map(readItem);
export const storedAcl = (acl: Acl): readonly string[] => acl.map(storedItem);

/** The ACL of an object as stored, or what its absence means. */
export const aclOf = (stored: readonly string[] | null, kind: PrivilegeKind, owner: Oid): Acl =>
  stored === null ? defaultAcl(kind, owner) : readAcl(stored);

/** The roles that an ACL names. */
export const membersOf = (acl: Acl): ReadonlySet<Oid> =>
  new Set(acl.flatMap(({ grantee, grantor }) => (grantee ? [grantee, grantor] : [grantor])));

/** Whom a role has the rights of; itself included. */
export type RolesOf = (role: Oid) => ReadonlySet<Oid>;

export interface Held {
  readonly privileges: number;
  readonly grantOptions: number;
}

/**
 * What somebody with these roles may do, and may let others do. An owner has every grant option.
 */
export function heldBy(acl: Acl, roles: ReadonlySet<Oid>, owner: Oid): Held {
  let privileges = 0;
  let grantOptions = roles.has(owner) ? -1 : 0;
  for (const item of acl) {
    if (item.grantee !== PUBLIC && !roles.has(item.grantee)) continue;
    privileges |= item.privileges;
    if (item.grantee !== PUBLIC) grantOptions |= item.grantOptions;
  }
  return { privileges, grantOptions };
}

/** What a change of an ACL goes by. */
export interface AclRules {
  readonly owner: Oid;
  readonly rolesOf: RolesOf;
  /** What was granted on with a grant option that goes, goes too; else 2BP01. */
  readonly cascade: boolean;
}

const sameRoles = (one: AclItem, other: AclItem): boolean =>
  one.grantee === other.grantee && one.grantor === other.grantor;

/** Adds what the item grants. 0LP01 when grant options would come back to whom they come from. */
export function granted(acl: Acl, item: AclItem, rules: AclRules): Acl {
  if (item.grantOptions) checkNoCircle(acl, item, rules);
  return changed(acl, item, rules, (known) => ({
    ...known,
    privileges: known.privileges | item.privileges,
    grantOptions: known.grantOptions | item.grantOptions,
  }));
}

/** Takes away what the item says. 2BP01 without CASCADE when somebody has granted it on. */
export const revoked = (acl: Acl, item: AclItem, rules: AclRules): Acl =>
  changed(acl, item, rules, (known) => ({
    ...known,
    privileges: known.privileges & ~item.privileges,
    grantOptions: known.grantOptions & ~item.grantOptions,
  }));

function changed(
  acl: Acl,
  item: AclItem,
  rules: AclRules,
  change: (known: AclItem) => AclItem,
): Acl {
  const at = acl.findIndex((known) => sameRoles(known, item));
  const before = acl[at] ?? { ...item, privileges: 0, grantOptions: 0 };
  const after = change(before);
  const isEmpty = after.privileges === 0 && after.grantOptions === 0;
  const items = [...acl];
  items.splice(at < 0 ? items.length : at, at < 0 ? 0 : 1, ...(isEmpty ? [] : [after]));
  const gone = before.grantOptions & ~after.grantOptions;
  return gone === 0 ? items : withoutDependents(items, after.grantee, gone, rules);
}

/** What a grantee has granted with options that are gone. */
function withoutDependents(acl: Acl, grantee: Oid, options: number, rules: AclRules): Acl {
  const { owner, rolesOf, cascade } = rules;
  if (grantee === owner) return acl;
  const gone = options & ~heldBy(acl, rolesOf(grantee), owner).grantOptions;
  let left = acl;
  for (;;) {
    const dependent = left.find(
      ({ grantor, privileges }) => grantor === grantee && privileges & gone,
    );
    if (!dependent) return left;
    if (!cascade) {
      const hint = "Use CASCADE to revoke them too.";
      throw new SqlError("2BP01", "dependent privileges exist", { hint });
    }
    left = revoked(left, { ...dependent, privileges: gone, grantOptions: gone }, rules);
  }
}

/** Grant options must not come from whom they are given to. */
function checkNoCircle(acl: Acl, item: AclItem, rules: AclRules): void {
  const { grantee, grantor, grantOptions } = item;
  const { owner, rolesOf } = rules;
  if (grantor === owner) return;
  let without = acl;
  for (;;) {
    const known = without.find((other) => other.grantee === grantee && other.grantOptions);
    if (!known) break;
    const options = { ...known, privileges: 0 };
    without = revoked(without, options, { ...rules, cascade: true });
  }
  const own = heldBy(without, rolesOf(grantor), owner).grantOptions;
  if ((grantOptions & ~own) === 0) return;
  throw new SqlError("0LP01", "grant options cannot be granted back to your own grantor");
}

/** The ACL after its object changed hands: what was the old owner's is the new one's. */
export function withOwner(
  stored: readonly string[],
  oldOwner: Oid,
  newOwner: Oid,
): readonly string[] {
  const now = (role: Oid): Oid => (role === oldOwner ? newOwner : role);
  const items: AclItem[] = [];
  for (const item of readAcl(stored)) {
    const moved = { ...item, grantee: now(item.grantee), grantor: now(item.grantor) };
    const at = items.findIndex((known) => sameRoles(known, moved));
    const known = items[at];
    if (!known) items.push(moved);
    else {
      items[at] = {
        ...known,
        privileges: known.privileges | moved.privileges,
        grantOptions: known.grantOptions | moved.grantOptions,
      };
    }
  }
  return storedAcl(items);
}

/** By grantee, grantor and what is granted: the order in which ACLs are compared. */
export const sortedAcl = (acl: Acl): Acl =>
  acl.toSorted(
    (a, b) =>
      a.grantee - b.grantee ||
      a.grantor - b.grantor ||
      a.grantOptions - b.grantOptions ||
      a.privileges - b.privileges,
  );

/** Whether both grant the same, item by item. */
export const sameAcl = (one: Acl, other: Acl): boolean =>
  storedAcl(one).join() === storedAcl(other).join();
