/**
 * WHAT CAN BE LOCKED: one lock table serves databases, relations, other catalog objects, names and
 * rows. A name is locked apart from what bears it, so that two CREATEs of one name meet before
 * either has an oid; names of relations and types of a schema share one space, as every table has a
 * type.
 */
import type { Oid, Xid } from "../base/ids.ts";
import type { Value } from "../base/value.ts";

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
  /** A version of a user's row: whoever changes or keeps it. */
  | {
      readonly kind: "row";
      readonly key: string;
      readonly db: Oid;
      readonly table: Oid;
      readonly version: number;
    }
  /** A value of a unique index: whoever adds a row with it. */
  | {
      readonly kind: "key";
      readonly key: string;
      readonly db: Oid;
      readonly table: Oid;
      readonly index: Oid;
      readonly value: string;
      /** Of an exclusion constraint: what keys of others are held against. */
      readonly excludes?: readonly Value[];
    }
  /** A transaction's own: held while rows that it has handed to the pages are not committed. */
  | { readonly kind: "transaction"; readonly key: string; readonly db: Oid; readonly xid: Xid }
  | {
      /** What only applications give a meaning: `keys` are one of 64 bits or two of 32. */
      readonly kind: "advisory";
      readonly key: string;
      readonly db: Oid;
      readonly classId: number;
      readonly objectId: number;
      readonly keys: 1 | 2;
    };

export type ExclusionTag = LockTag & {
  readonly kind: "key";
  readonly excludes: readonly Value[];
};

export const isExclusion = (tag: LockTag): tag is ExclusionTag =>
  tag.kind === "key" && tag.excludes !== undefined;

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

export const rowTag = (db: Oid, table: Oid, storage: Oid, version: number): LockTag => ({
  kind: "row",
  key: `t${storage}.${version}`,
  db,
  table,
  version,
});
export const keyTag = (db: Oid, table: Oid, index: Oid, value: string): LockTag => ({
  kind: "key",
  key: `k${index}.${value}`,
  db,
  table,
  index,
  value,
});
/** Keys of one owner under an exclusion constraint, which alone holds the lock. */
export const exclusionTag = (
  db: Oid,
  table: Oid,
  index: Oid,
  value: string,
  excludes: readonly Value[],
): ExclusionTag => ({
  kind: "key",
  key: `k${index}.${value}`,
  ...{ db, table, index, value, excludes },
});
export const transactionTag = (db: Oid, xid: Xid): LockTag => ({
  kind: "transaction",
  key: `x${xid}`,
  db,
  xid,
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
    case "row":
      return `tuple (0,${tag.version}) of relation ${tag.table} of database ${tag.db}`;
    case "key":
      return `a key of index ${tag.index} of relation ${tag.table} of database ${tag.db}`;
    case "transaction":
      return `transaction ${tag.xid}`;
    case "advisory":
      return `advisory lock [${tag.db},${tag.classId},${tag.objectId},${tag.keys}]`;
  }
}
