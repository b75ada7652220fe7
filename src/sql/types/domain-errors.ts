/** WHAT IS SAID OF VALUES that a domain does not take. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { TypeContext } from "./codec.ts";
import { formatType } from "./type-names.ts";

/** Where a domain is, as errors tell it. */
function placeOf({ catalog }: TypeContext, domain: Oid) {
  const row = catalog.find(pgType, "key", [domain]);
  const schema = row && catalog.find(pgNamespace, "key", [row.typnamespace])?.nspname;
  return { ...(schema === undefined ? {} : { schema }), dataType: row?.typname ?? "" };
}

export function refuseNull(context: TypeContext, domain: Oid): never {
  const message = `domain ${formatType(domain, -1, context)} does not allow null values`;
  throw new SqlError("23502", message, placeOf(context, domain));
}

export function refuseValue(context: TypeContext, domain: Oid, constraint: string): never {
  const shown = formatType(domain, -1, context);
  const message = `value for domain ${shown} violates check constraint "${constraint}"`;
  throw new SqlError("23514", message, { ...placeOf(context, domain), constraint });
}
