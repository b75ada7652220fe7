/** OBJECTS BY ADDRESS, as pg_depend, pg_shdepend and comments name them. */
import type { Oid } from "../../base/ids.ts";
import { relationByOid } from "../all-relations.ts";
import { RELATION_CLASS } from "../class-oids.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import type { DatabaseView } from "./view.ts";

/** `pg_class 16390`, and `column 2` of it. */
export function objectText(classOid: Oid, oid: Oid, subId: number): string {
  const object = `${relationByOid(classOid)?.name ?? `class ${classOid}`} ${oid}`;
  return subId === 0 ? object : `column ${subId} of ${object}`;
}

/** Whether there is such an object; of relations, columns that are not dropped are objects too. */
export function objectExists(view: DatabaseView, classOid: Oid, oid: Oid, subId: number): boolean {
  const relation = relationByOid(classOid);
  if (!relation || !view.find(relation, oid)) return false;
  if (subId === 0) return true;
  if (classOid !== RELATION_CLASS) return false;
  // Every table has system columns, and no row of pg_attribute says so.
  if (subId < 0) return true;
  return view.find(pgAttribute, oid, subId)?.attisdropped === false;
}
