/** OBJECTS BY ADDRESS, as pg_depend, pg_shdepend and comments name them. */
import type { Oid } from "../../base/ids.ts";
import { relationByOid } from "../all-relations.ts";
import { RELATION_CLASS } from "../class-oids.ts";
import type { ObjectLookup } from "../dependencies.ts";
import { objectClassOf } from "../object-classes.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgType } from "../relations/pg-type.ts";
import type { DatabaseView } from "./view.ts";

/** `pg_class 16390`, and `column 2` of it. */
export function objectText(classOid: Oid, oid: Oid, subId: number): string {
  const object = `${relationByOid(classOid)?.name ?? `class ${classOid}`} ${oid}`;
  return subId === 0 ? object : `column ${subId} of ${object}`;
}

/** tableoid */
const LEAST_SYSTEM_COLUMN = -6;

/** Whether there is such an object; of relations, columns that are not dropped are objects too. */
export function objectExists(view: DatabaseView, classOid: Oid, oid: Oid, subId: number): boolean {
  const relation = objectClassOf(classOid)?.relation ?? relationByOid(classOid);
  if (!relation || !view.find(relation, oid)) return false;
  if (subId === 0) return true;
  if (classOid !== RELATION_CLASS) return false;
  // System columns have numbers below 0 and, of user relations, no rows.
  if (subId < 0) return subId >= LEAST_SYSTEM_COLUMN;
  return view.find(pgAttribute, oid, subId)?.attisdropped === false;
}

export function lookupOf(view: DatabaseView): ObjectLookup {
  const rowRelation = (type: Oid): Oid => {
    const row = view.find(pgType, type);
    return row?.typtype === "d" ? rowRelation(row.typbasetype) : (row?.typrelid ?? (0 as Oid));
  };
  return {
    rowRelation,
    exists: (classOid, object) => objectExists(view, classOid, object, 0),
  };
}
