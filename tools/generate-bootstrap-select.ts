/** Which rows of a fresh PostgreSQL database become built-in rows, and of which kind. */
import { allRelations, relationByName } from "../src/catalog/all-relations.ts";
import type { Relation } from "../src/catalog/relation.ts";
import type { StoredRow, StoredValue } from "./generate-bootstrap-read.ts";

export type RowsByRelation = ReadonlyMap<string, readonly StoredRow[]>;

const FIRST_USER_OID = 16384;
const PUBLIC_NAMESPACE = 2200;
/** Of libc's; the others come from the operating system's locales: each machine has its own. */
const COLLATIONS = new Set<StoredValue>(["default", "C", "POSIX", "ucs_basic"]);

/** Where a row says which object it belongs to: columns of the object's catalog and of its oid. */
const owners: {
  readonly [relation: string]: readonly (readonly [classid: string, objid: string])[];
} = {
  pg_depend: [
    ["classid", "objid"],
    ["refclassid", "refobjid"],
  ],
  pg_shdepend: [
    ["classid", "objid"],
    ["refclassid", "refobjid"],
  ],
  pg_description: [["classoid", "objoid"]],
  pg_shdescription: [["classoid", "objoid"]],
  pg_init_privs: [["classoid", "objoid"]],
  pg_seclabel: [["classoid", "objoid"]],
  pg_shseclabel: [["classoid", "objoid"]],
};

/** Drops users' objects and the machine's collations, with the rows about them. */
export function pruneRows(all: RowsByRelation): RowsByRelation {
  const kept = new Map<string, readonly StoredRow[]>();
  for (const relation of allRelations) {
    const rows = all.get(relation.name) ?? [];
    kept.set(
      relation.name,
      rows.filter((row) => !isUsers(relation, row) && isWanted(relation, row)),
    );
  }
  const oids = oidsOf(kept);
  for (const relation of allRelations) {
    const rows = kept.get(relation.name) ?? [];
    kept.set(
      relation.name,
      rows.filter((row) => hasItsObjects(relation, row, oids)),
    );
  }
  return kept;
}

/** Shared relations also hold rows of the cluster's other databases and roles. */
function isUsers(relation: Relation, row: StoredRow): boolean {
  return relation.columnNames.some((name, at) => {
    const type = relation.columns[name]?.type;
    return (type === 26 || type === 24) && Number(row[at]) >= FIRST_USER_OID;
  });
}

function isWanted(relation: Relation, row: StoredRow): boolean {
  if (relation.name !== "pg_collation") return true;
  // Node's ICU does not tell the order of en-US-u-va-posix.
  if (value(relation, row, "collprovider") === "i") {
    return !String(value(relation, row, "colliculocale")).includes("posix");
  }
  return COLLATIONS.has(value(relation, row, "collname"));
}

function hasItsObjects(relation: Relation, row: StoredRow, oids: Oids): boolean {
  if (relation.name === "pg_attribute") {
    return oids.has("pg_class", value(relation, row, "attrelid"));
  }
  if (relation.name === "pg_index") {
    return oids.has("pg_class", value(relation, row, "indexrelid"));
  }
  return (owners[relation.name] ?? []).every(([classid, objid]) =>
    oids.hasObject(value(relation, row, classid), value(relation, row, objid)),
  );
}

/** Throws at the first value that refers to a row which is not there. */
export function checkReferences(kept: RowsByRelation): void {
  const oids = oidsOf(kept);
  for (const relation of allRelations) {
    relation.columnNames.forEach((name, at) => {
      const target = relation.columns[name]?.references;
      if (target === undefined) return;
      for (const row of kept.get(relation.name) ?? []) {
        for (const oid of [row[at] ?? 0].flat()) {
          if (oid !== 0 && !oids.has(target, oid)) {
            throw new Error(`${relation.name}.${name}: ${target} has no ${oid}: ${row}`);
          }
        }
      }
    });
  }
}

/** Schema public, the extensions and their members: what each database has a copy of. */
export function splitTemplate(
  kept: RowsByRelation,
): (relation: Relation, row: StoredRow) => boolean {
  const extension = relationNamed("pg_extension");
  const depend = relationNamed("pg_depend");
  const key = (classOid: StoredValue, oid: StoredValue) => `${classOid} ${oid}`;
  const objects = new Set([key(relationNamed("pg_namespace").oid, PUBLIC_NAMESPACE)]);
  for (const row of kept.get("pg_extension") ?? []) {
    objects.add(key(extension.oid, value(extension, row, "oid")));
  }
  for (const row of kept.get("pg_depend") ?? []) {
    if (value(depend, row, "refclassid") !== extension.oid) continue;
    if (value(depend, row, "deptype") !== "e") continue;
    objects.add(key(value(depend, row, "classid"), value(depend, row, "objid")));
  }
  return (relation, row) => {
    if (relation.layout.shared) return false;
    const [owner] = owners[relation.name] ?? [];
    if (owner)
      return objects.has(key(value(relation, row, owner[0]), value(relation, row, owner[1])));
    return objects.has(key(relation.oid, value(relation, row, "oid")));
  };
}

interface Oids {
  has(relation: string, oid: StoredValue): boolean;
  hasObject(classOid: StoredValue, oid: StoredValue): boolean;
}

/** The keys of every relation whose key is one oid. */
function oidsOf(kept: RowsByRelation): Oids {
  const byName = new Map<string, Set<StoredValue>>();
  const byOid = new Map<StoredValue, Set<StoredValue>>();
  for (const relation of allRelations) {
    const [at, ...more] = relation.layout.key;
    if (at === undefined || more.length > 0) continue;
    const oids = new Set((kept.get(relation.name) ?? []).map((row) => row[at] ?? null));
    byName.set(relation.name, oids);
    byOid.set(relation.oid, oids);
  }
  return {
    has: (relation, oid) => byName.get(relation)?.has(oid) ?? false,
    hasObject: (classOid, oid) => byOid.get(classOid)?.has(oid) ?? false,
  };
}

function value(relation: Relation, row: StoredRow, column: string): StoredValue {
  return row[relation.columnNames.indexOf(column)] ?? null;
}

function relationNamed(name: string): Relation {
  const relation = relationByName(name);
  if (!relation) throw new Error(`no relation ${name}`);
  return relation;
}
