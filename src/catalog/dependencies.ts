/**
 * DEPENDENCIES ARE ROWS. pg_depend says what cannot live without what; dropping walks it.
 * https://www.postgresql.org/docs/15/catalog-pg-depend.html
 *
 *   n normal    the dependent is somebody's own object: RESTRICT refuses, CASCADE drops it and says
 *   so
 *   a auto      the dependent goes along in silence (a serial's sequence, a column's default)
 *   i internal  the dependent is part of the referenced object: dropping it alone is refused
 *   e extension the same of what an extension has brought
 *   x extension the dependent goes along with an extension, without being one of its members
 *   P, S partition  the dependent is a part of an index of a partitioned table, and the partition's
 *
 * `collectDependents` is the closure of one DROP in the order in which PostgreSQL deletes: whatever
 * depends on an object stands before it, and among its dependents the younger one (higher oid) goes
 * first.
 */
import type { Oid } from "../base/ids.ts";
import { notice, SqlError } from "../base/sql-error.ts";
import type { LockMode } from "../txn/lock-mode.ts";
import { type LockTag, objectTag, relationTag } from "../txn/lock-tag.ts";
import type { Catalog } from "./catalog.ts";
import { isPinned, RELATION_CLASS, ROLE_CLASS, TABLESPACE_CLASS } from "./class-oids.ts";
import { addressOf, type ObjectAddress } from "./describe.ts";
import type { CatalogReader } from "./reader.ts";
import { pgAuthid } from "./relations/pg-authid.ts";
import { pgDepend } from "./relations/pg-depend.ts";
import { pgShdepend } from "./relations/pg-shdepend.ts";

/** What those must be told of the catalog who look for what a stored expression refers to. */
export interface ObjectLookup {
  /** The relation whose rows a type, or the one under a domain, is; 0 = it is no row type. */
  rowRelation(type: Oid): Oid;
  /** Whether there is such an object: constants of the reg* types may name what is not there. */
  exists(classOid: Oid, object: Oid): boolean;
}

export type DependencyType = "n" | "a" | "i" | "e" | "x" | "P" | "S";

/**
 * Records that `dependent` needs `referenced`, which is locked against being dropped meanwhile;
 * nothing is recorded for what cannot be dropped anyway.
 */
export function addDependency(
  catalog: Catalog,
  dependent: ObjectAddress,
  referenced: ObjectAddress,
  deptype: DependencyType,
): void {
  if (isPinned(referenced.classOid, referenced.oid)) return;
  lockReferenced(catalog, referenced);
  catalog.insert(pgDepend, {
    classid: dependent.classOid,
    objid: dependent.oid,
    objsubid: dependent.subId,
    refclassid: referenced.classOid,
    refobjid: referenced.oid,
    refobjsubid: referenced.subId,
    deptype,
  });
}

export interface Dependency {
  readonly referenced: ObjectAddress;
  readonly deptype: DependencyType;
}

/** Records several dependencies of one object, each once. */
export function addDependencies(
  catalog: Catalog,
  dependent: ObjectAddress,
  dependencies: Iterable<Dependency>,
): void {
  const seen = new Set<string>();
  for (const { referenced, deptype } of dependencies) {
    const key = `${referenced.classOid} ${referenced.oid} ${referenced.subId} ${deptype}`;
    if (!seen.has(key)) addDependency(catalog, dependent, referenced, deptype);
    seen.add(key);
  }
}

function lockReferenced(catalog: Catalog, object: ObjectAddress): void {
  catalog.transaction.lock(tagOf(catalog.database, object), "AccessShare");
}

/** The lock that stands for an object; a column's is its relation's. */
export const tagOf = (db: Oid, object: ObjectAddress): LockTag =>
  object.classOid === RELATION_CLASS
    ? relationTag(db, object.oid)
    : objectTag(db, object.classOid, object.oid);

/** Records the owner of an object; the bootstrap superuser is pinned. */
export const addOwner = (
  catalog: Catalog,
  object: ObjectAddress,
  owner: Oid,
  shared = false,
): void => addRole(catalog, object, owner, "o", shared);

/**
 * Records a role that owns the object, is named in its privileges, or is whom a policy is for; what
 * is pinned needs no record.
 */
export function addRole(
  catalog: Catalog,
  object: ObjectAddress,
  role: Oid,
  deptype: "o" | "a" | "r",
  shared = false,
): void {
  if (isPinned(ROLE_CLASS, role)) return;
  lockRole(catalog, role, "AccessShare");
  if (!catalog.find(pgAuthid, "key", [role])) {
    throw new SqlError("42704", `role ${role} was concurrently dropped`);
  }
  catalog.insert(pgShdepend, {
    dbid: shared ? (0 as Oid) : catalog.database,
    classid: object.classOid,
    objid: object.oid,
    objsubid: object.subId,
    refclassid: ROLE_CLASS,
    refobjid: role,
    deptype,
  });
}

/** Records where a relation that stores nothing has what is made for it; 0 = nowhere by name. */
export function changeTablespace(catalog: Catalog, relation: Oid, tablespace: Oid): void {
  const self = addressOf(RELATION_CLASS, relation);
  for (const row of sharedOf(catalog, self, false)) {
    if (row.deptype === "t") catalog.delete(pgShdepend, row);
  }
  if (isPinned(TABLESPACE_CLASS, tablespace)) return;
  catalog.insert(pgShdepend, {
    dbid: catalog.database,
    classid: RELATION_CLASS,
    objid: relation,
    objsubid: 0,
    refclassid: TABLESPACE_CLASS,
    refobjid: tablespace,
    deptype: "t",
  });
}

/** Shared while an object is made somebody's, exclusive to drop the role. */
export function lockRole(catalog: Catalog, role: Oid, mode: LockMode): void {
  catalog.transaction.lock(objectTag(0 as Oid, ROLE_CLASS, role), mode);
}

/** Forgets whom the object belongs to, and everything else shared that it depends on. */
export function removeShared(catalog: Catalog, object: ObjectAddress, shared = false): void {
  for (const row of sharedOf(catalog, object, shared)) {
    if (object.subId === 0 || row.objsubid === object.subId) catalog.delete(pgShdepend, row);
  }
}

const sharedOf = (catalog: Catalog, { classOid, oid }: ObjectAddress, shared: boolean) =>
  catalog.list(pgShdepend, "key", [shared ? (0 as Oid) : catalog.database, classOid, oid]);

/** The new owner has its privileges by that, and needs no other record. */
export function changeOwner(catalog: Catalog, object: ObjectAddress, owner: Oid, shared = false) {
  for (const row of sharedOf(catalog, object, shared)) {
    const isGone = row.deptype === "o" || (row.deptype === "a" && row.refobjid === owner);
    if (isGone) catalog.delete(pgShdepend, row);
  }
  addOwner(catalog, object, owner, shared);
}

/** Records whom an object's privileges name, beside its owner. */
export function changeMembers(
  catalog: Catalog,
  object: ObjectAddress,
  members: ReadonlySet<Oid>,
  owner: Oid,
  shared = false,
): void {
  const known = new Set<Oid>();
  for (const row of sharedOf(catalog, object, shared)) {
    if (row.deptype !== "a" || row.objsubid !== object.subId) continue;
    known.add(row.refobjid);
    if (!members.has(row.refobjid)) catalog.delete(pgShdepend, row);
  }
  for (const role of members) {
    if (role !== owner && !known.has(role)) addRole(catalog, object, role, "a", shared);
  }
}

/**
 * What an object needs: pg_depend rows in which it is the dependent. A whole object includes its
 * columns.
 */
export function referencesOf(catalog: Catalog, object: ObjectAddress) {
  const rows = catalog.list(pgDepend, "key", [object.classOid, object.oid]);
  return object.subId === 0 ? rows : rows.filter((row) => row.objsubid === object.subId);
}

/** What needs an object: a whole object's dependents include those of its columns. */
export function dependentsOf(catalog: CatalogReader, object: ObjectAddress) {
  const prefix = [object.classOid, object.oid];
  const rows = catalog.list(pgDepend, "reference", prefix);
  return object.subId === 0 ? rows : rows.filter((row) => row.refobjsubid === object.subId);
}

export interface Target {
  readonly object: ObjectAddress;
  /** Asked for by name, or how it was reached: internal and auto targets go in silence. */
  reached: { original: boolean; normal: boolean; auto: boolean; internal: boolean };
  /** A column whose whole relation turned out to go, too: nothing to tell of. */
  covered: boolean;
  /** The object whose drop reached it first. */
  readonly because: ObjectAddress | undefined;
}

const same = (a: ObjectAddress, b: ObjectAddress): boolean =>
  a.classOid === b.classOid && a.oid === b.oid && a.subId === b.subId;
const covers = (whole: ObjectAddress, part: ObjectAddress): boolean =>
  whole.classOid === part.classOid &&
  whole.oid === part.oid &&
  (whole.subId === 0 || whole.subId === part.subId);

/**
 * The closure of what goes with `originals`, in the order of deletion. `describe` words the
 * refusal.
 */
export function collectDependents(
  catalog: Catalog,
  originals: readonly ObjectAddress[],
  describe: (object: ObjectAddress) => string,
): Target[] {
  const walk = new Walk(catalog, originals, describe);
  for (const original of originals) walk.visit(original, "original", []);
  return walk.targets;
}

type Reached = keyof Target["reached"];

const REACHED: Readonly<Record<string, Reached>> = {
  n: "normal",
  a: "auto",
  x: "auto",
  P: "auto",
  S: "auto",
};

class Walk {
  readonly targets: Target[] = [];
  readonly #known = new Map<string, Target[]>();
  readonly #catalog: Catalog;
  readonly #originals: readonly ObjectAddress[];
  readonly #describe: (object: ObjectAddress) => string;

  constructor(
    catalog: Catalog,
    originals: readonly ObjectAddress[],
    describe: (object: ObjectAddress) => string,
  ) {
    this.#catalog = catalog;
    this.#originals = originals;
    this.#describe = describe;
  }

  visit(object: ObjectAddress, reached: Reached, path: readonly ObjectAddress[]): void {
    if (path.some((above) => covers(above, object))) return;
    if (this.#isKnown(object, reached)) return;
    if (this.#visitOwner(object, reached, path)) return;
    const inner = [...path, object];
    for (const dependent of this.#dependents(object)) {
      this.visit(dependent.object, dependent.reached, inner);
    }
    if (this.#isKnown(object, reached)) return;
    this.#add(object, reached, path.at(-1));
  }

  /**
   * An internal part goes only with its owner: asked for alone it is refused, reached by the walk
   * it takes the owner along. True when the owner's visit has taken care of the object.
   */
  #visitOwner(object: ObjectAddress, reached: Reached, path: readonly ObjectAddress[]): boolean {
    const references = referencesOf(this.#catalog, object);
    const whole = references.find(({ deptype }) => deptype === "P");
    if (whole && path.length === 0) this.#checkPart(object, references, whole);
    for (const row of references) {
      if (row.deptype !== "i" && row.deptype !== "e") continue;
      // Columns of a partition key are part of their table.
      const isOwnColumn = row.refclassid === object.classOid && row.refobjid === object.oid;
      if (isOwnColumn && object.subId === 0) continue;
      const owner = addressOf(row.refclassid, row.refobjid, row.refobjsubid);
      if (path.some((above) => covers(above, owner))) return false;
      if (path.length === 0) {
        if (this.#originals.some((original) => same(original, owner))) return true;
        throw requiredBy(this.#describe(object), this.#describe(owner));
      }
      this.visit(owner, "normal", path);
      this.#isKnown(object, reached);
      return true;
    }
    return false;
  }

  /** A part of a partitioned index goes with the whole, or with its table. */
  #checkPart(
    object: ObjectAddress,
    references: ReturnType<typeof referencesOf>,
    whole: ReturnType<typeof referencesOf>[number],
  ): void {
    const owners = references.flatMap(({ deptype, refclassid, refobjid, refobjsubid }) =>
      deptype === "P" || deptype === "S" ? [addressOf(refclassid, refobjid, refobjsubid)] : [],
    );
    if (owners.some((owner) => this.#originals.some((original) => same(original, owner)))) return;
    const owner = addressOf(whole.refclassid, whole.refobjid, whole.refobjsubid);
    throw requiredBy(this.#describe(object), this.#describe(owner));
  }

  #dependents(object: ObjectAddress): { object: ObjectAddress; reached: Reached }[] {
    const found: { object: ObjectAddress; reached: Reached }[] = [];
    for (const row of dependentsOf(this.#catalog, object)) {
      const dependent = addressOf(row.classid, row.objid, row.objsubid);
      if (covers(object, dependent)) continue;
      const reached = REACHED[row.deptype] ?? "internal";
      found.push({ object: dependent, reached });
    }
    return found.sort((a, b) => byAge(a.object, b.object));
  }

  /** Whether the object goes already, itself or with its relation; notes how it was reached now. */
  #isKnown(object: ObjectAddress, reached: Reached): boolean {
    const targets = this.#known.get(`${object.classOid}.${object.oid}`);
    const known = targets?.find((target) => covers(target.object, object));
    if (known && same(known.object, object)) known.reached[reached] = true;
    return known !== undefined;
  }

  #add(object: ObjectAddress, reached: Reached, because: ObjectAddress | undefined): void {
    const flags = { original: false, normal: false, auto: false, internal: false };
    flags[reached] = true;
    const target: Target = { object, reached: flags, covered: false, because };
    this.targets.push(target);
    const key = `${object.classOid}.${object.oid}`;
    const known = this.#known.get(key);
    if (known) {
      if (object.subId === 0) for (const column of known) column.covered = true;
      known.push(target);
    } else this.#known.set(key, [target]);
  }
}

/** Younger first; a whole object before its columns. */
function byAge(a: ObjectAddress, b: ObjectAddress): number {
  if (a.oid !== b.oid) return b.oid - a.oid;
  if (a.classOid !== b.classOid) return a.classOid - b.classOid;
  return a.subId - b.subId;
}

const requiredBy = (object: string, owner: string): SqlError =>
  new SqlError("2BP01", `cannot drop ${object} because ${owner} requires it`, {
    hint: `You can drop ${owner} instead.`,
  });

/** A client sees at most this many lines of a cascade, as in PostgreSQL. */
const REPORTED_MAX = 100;

/** RESTRICT: refuses with the list of dependents. CASCADE: the notice that says what goes along. */
export function reportDependents(
  targets: readonly Target[],
  originals: readonly ObjectAddress[],
  cascade: boolean,
  describe: (object: ObjectAddress) => string,
) {
  const lines: string[] = [];
  for (const { object, reached, covered, because } of targets.toReversed()) {
    if (covered || reached.original || reached.auto || reached.internal) continue;
    if (cascade) lines.push(`drop cascades to ${describe(object)}`);
    else if (because) lines.push(`${describe(object)} depends on ${describe(because)}`);
  }
  if (lines.length === 0) return undefined;
  const more = lines.length - REPORTED_MAX;
  const shown = lines.slice(0, REPORTED_MAX);
  if (more > 0) {
    shown.push(`and ${more} other object${more === 1 ? "" : "s"} (see server log for list)`);
  }
  const detail = shown.join("\n");
  if (!cascade) throw dependentObjects(originals, detail, describe);
  if (lines.length === 1) return notice(lines[0] as string);
  return notice(`drop cascades to ${lines.length} other objects`, { detail });
}

function dependentObjects(
  originals: readonly ObjectAddress[],
  detail: string,
  describe: (object: ObjectAddress) => string,
): SqlError {
  const [only] = originals;
  const what =
    only && originals.length === 1
      ? `cannot drop ${describe(only)} because other objects depend on it`
      : "cannot drop desired object(s) because other objects depend on them";
  const hint = "Use DROP ... CASCADE to drop the dependent objects too.";
  return new SqlError("2BP01", what, { detail, hint });
}
