/**
 * WHAT CAN BE LOCKED: one lock table serves databases, relations, other catalog objects, names and
 * rows. A name is locked apart from what bears it, so that two CREATEs of one name meet before
 * either has an oid; names of relations and types of a schema share one space, as every table has a
 * type.
 */
import type { Oid } from "../base/ids.ts";

export type LockTag =
  | { readonly kind: "database"; readonly key: string; readonly db: Oid }
  | { readonly kind: "relation"; readonly key: string; readonly db: Oid; readonly oid: Oid }
  | {
      readonly kind: "object";
      readonly key: string;
      readonly db: Oid;
      readonly classOid: Oid;
      readonly oid: Oid;
    }
  | {
      /**
       * A name within `scope` of catalog `classOid`: a relation or type of a schema, a schema, a
       * database, a role.
       */
      readonly kind: "name";
      readonly key: string;
      readonly db: Oid;
      readonly classOid: Oid;
      readonly scope: Oid;
      readonly name: string;
    }
  | {
      /** What only applications give a meaning: `keys` are one of 64 bits or two of 32. */
      readonly kind: "advisory";
      readonly key: string;
      readonly db: Oid;
      readonly classId: number;
      readonly objectId: number;
      readonly keys: 1 | 2;
    };

export const databaseTag = (db: Oid): LockTag => ({ kind: "database", key: `d${db}`, db });
export const relationTag = (db: Oid, oid: Oid): LockTag => ({
  kind: "relation",
  key: `r${db}.${oid}`,
  db,
  oid,
});
export const objectTag = (db: Oid, classOid: Oid, oid: Oid): LockTag => ({
  kind: "object",
  key: `o${db}.${classOid}.${oid}`,
  db,
  classOid,
  oid,
});
export const nameTag = (db: Oid, classOid: Oid, scope: Oid, name: string): LockTag => ({
  kind: "name",
  key: `n${db}.${classOid}.${scope}.${name}`,
  db,
  classOid,
  scope,
  name,
});

export const advisoryTag = (db: Oid, classId: number, objectId: number, keys: 1 | 2): LockTag => ({
  kind: "advisory",
  key: `a${db}.${classId}.${objectId}.${keys}`,
  db,
  classId,
  objectId,
  keys,
});

/** As PostgreSQL's deadlock report names it. */
export function describeTag(tag: LockTag): string {
  switch (tag.kind) {
    case "database":
      return `object ${tag.db} of class 1262 of database 0`;
    case "relation":
      return `relation ${tag.oid} of database ${tag.db}`;
    case "object":
      return `object ${tag.oid} of class ${tag.classOid} of database ${tag.db}`;
    case "name":
      return `name "${tag.name}" of class ${tag.classOid} of database ${tag.db}`;
    case "advisory":
      return `advisory lock [${tag.db},${tag.classId},${tag.objectId},${tag.keys}]`;
  }
}
