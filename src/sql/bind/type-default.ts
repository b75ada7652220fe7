/** WHAT A COLUMN HOLDS THAT IS GIVEN NOTHING, by its type: domains and base types have defaults. */
import { FIRST_INITDB_OID, INVALID_OID, type Oid } from "../../base/ids.ts";
import { domainRules, typeUnder } from "../../catalog/domains.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { TypeContext } from "../types/codec.ts";
import { parseText } from "../types/type-io.ts";
import { decodeTree } from "./codec.ts";
import type { Expression } from "./tree.ts";

/** Of a domain, as a value of the type under it; undefined: the type says nothing. */
export function valueByType(
  context: TypeContext,
  type: Oid,
  collation: Oid,
): Expression | undefined {
  const { catalog } = context;
  const row = type < FIRST_INITDB_OID ? undefined : catalog.find(pgType, "key", [type]);
  if (row?.typdefaultbin) return decodeTree(row.typdefaultbin);
  const isDomain = row?.typtype === "d";
  const text = row?.typdefault ?? null;
  if (!isDomain && text === null) return undefined;
  const under = isDomain ? typeUnder(catalog, type) : { type, typmod: -1 };
  const value = text === null ? null : parseText(under.type, text, under.typmod, context);
  return { kind: "constant", value, ...under, collation };
}

/** Undefined for NULL, if a domain has nothing against it. */
export function defaultByType(context: TypeContext, type: Oid): Expression | undefined {
  const { catalog } = context;
  const arg = valueByType(context, type, INVALID_OID);
  if (!arg) return undefined;
  const isNull = arg.kind === "constant" && arg.value === null;
  if (isNull && !domainRules(catalog, type)) return undefined;
  const none = { typmod: -1, collation: INVALID_OID };
  if (arg.type === type) return arg;
  return { kind: "coerceToDomain", arg, form: "implicit", type, ...none };
}
