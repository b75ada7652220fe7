/**
 * WHETHER A STORED QUERY STILL STANDS that nothing depends on, as that of a table which a job
 * fills: what it names may have gone since it was bound, and columns may have got other types.
 */
import { SqlError } from "../../base/sql-error.ts";
import { RELATION_CLASS } from "../../catalog/class-oids.ts";
import { relationsIn } from "./expand-views.ts";
import type { Names } from "./names.ts";
import { collectReferences } from "./references.ts";
import type { Query } from "./tree.ts";

/** Throws 42P01, 42703, 42704, 55000. */
export function checkStillStands(query: Query, names: Names): void {
  const references = collectReferences(query, names);
  for (const { classOid, oid, subId } of references) {
    if (!names.exists(classOid, oid)) {
      const isRelation = classOid === RELATION_CLASS;
      const message = `${isRelation ? "relation" : "object"} with OID ${oid} does not exist`;
      throw new SqlError(isRelation ? "42P01" : "42704", message);
    }
    if (subId > 0 && !names.columns(oid)[subId - 1]?.name) {
      const { name } = names.findRelation(oid) ?? {};
      throw new SqlError("42703", `column ${subId} of relation "${name}" does not exist`);
    }
  }
  const named = new Set(references.map(({ oid, subId }) => `${oid} ${subId}`));
  for (const { relation, attributes, types, typmods } of relationsIn(query)) {
    const columns = names.columns(relation);
    for (const [at, attribute] of attributes.entries()) {
      const now = columns[attribute - 1];
      if (!now || !named.has(`${relation} ${attribute}`)) continue;
      if (now.type === types[at] && now.typmod === typmods[at]) continue;
      const { name } = names.findRelation(relation) ?? {};
      const message = `column "${now.name}" of relation "${name}" has got another type`;
      throw new SqlError("55000", message);
    }
  }
}
