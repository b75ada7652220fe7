/** Types whose values may hold one of a domain with constraints. */
import { FIRST_INITDB_OID, type Oid } from "../../base/ids.ts";
import { domainRules, typeUnder } from "../../catalog/domains.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { elementTypeOf } from "./type-io.ts";

export function mayHoldDomains(type: Oid, catalog: CatalogReader): boolean {
  if (type < FIRST_INITDB_OID) return false;
  if (domainRules(catalog, type)) return true;
  const element = elementTypeOf(type, catalog);
  if (element !== undefined) return mayHoldDomains(element, catalog);
  const under = typeUnder(catalog, type).type;
  if (under !== type) return mayHoldDomains(under, catalog);
  const relation = catalog.find(pgType, "key", [type])?.typrelid ?? 0;
  if (relation === 0) return false;
  return catalog
    .list(pgAttribute, "key", [relation])
    .some(({ attnum, atttypid }) => attnum > 0 && mayHoldDomains(atttypid, catalog));
}
