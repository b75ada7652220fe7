/** WHAT A COLUMN OF A DOMAIN HOLDS when it is given nothing. */
import { FIRST_INITDB_OID, INVALID_OID, type Oid } from "../../base/ids.ts";
import { domainRules, typeUnder } from "../../catalog/domains.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { decodeTree } from "./codec.ts";
import type { Expression } from "./tree.ts";

/** As a value of the type under it; undefined: it is no domain. */
export function valueUnderDomain(
  catalog: CatalogReader,
  type: Oid,
  collation: Oid,
): Expression | undefined {
  const row = type < FIRST_INITDB_OID ? undefined : catalog.find(pgType, "key", [type]);
  if (row?.typtype !== "d") return undefined;
  if (row.typdefaultbin !== null) return decodeTree(row.typdefaultbin);
  return { kind: "constant", value: null, ...typeUnder(catalog, type), collation };
}

/** Undefined for NULL, if the domain has nothing against it. */
export function defaultOfDomain(catalog: CatalogReader, type: Oid): Expression | undefined {
  const arg = valueUnderDomain(catalog, type, INVALID_OID);
  if (!arg) return undefined;
  const isNull = arg.kind === "constant" && arg.value === null;
  if (isNull && !domainRules(catalog, type)) return undefined;
  const none = { typmod: -1, collation: INVALID_OID };
  return { kind: "coerceToDomain", arg, form: "implicit", type, ...none };
}
