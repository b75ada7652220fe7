/** WHAT A COLUMN OF A DOMAIN HOLDS when it is given nothing. */
import { FIRST_USER_OID, INVALID_OID, type Oid } from "../../base/ids.ts";
import { domainRules, typeUnder } from "../../catalog/domains.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { decodeTree } from "./codec.ts";
import type { Expression } from "./tree.ts";

/** Undefined for NULL, if the domain has nothing against it. */
export function defaultOfDomain(catalog: CatalogReader, type: Oid): Expression | undefined {
  const row = type < FIRST_USER_OID ? undefined : catalog.find(pgType, "key", [type]);
  if (row?.typtype !== "d") return undefined;
  const { typdefaultbin } = row;
  if (typdefaultbin === null && !domainRules(catalog, type)) return undefined;
  const collation = INVALID_OID;
  const arg: Expression =
    typdefaultbin === null
      ? { kind: "constant", value: null, ...typeUnder(catalog, type), collation }
      : decodeTree(typdefaultbin);
  return { kind: "coerceToDomain", arg, form: "implicit", type, typmod: -1, collation };
}
