/** THE VALIDATOR of options of foreign data that PostgreSQL brings with it. */
import { SqlError } from "../../base/sql-error.ts";
import { SERVER_CLASS, USER_MAPPING_CLASS } from "../../catalog/class-oids.ts";
import { checkPostgresqlOptions, splitOption } from "../../catalog/ddl/generic-options.ts";
import { decodeArray } from "../types/array-value.ts";
import { asOid, asText, define } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

const contexts = new Map([
  [SERVER_CLASS, "server"],
  [USER_MAPPING_CLASS, "user mapping"],
] as const);

export const foreignOptionFunctions: readonly FunctionDefinition[] = [
  define("postgresql_fdw_validator(_text, oid)", (_context, options, catalog) => {
    const { elements } = decodeArray(asText(options), "text");
    if (elements.includes(null)) {
      throw new SqlError("22004", "null array element not allowed in this context");
    }
    const names = elements.map((option) => splitOption(asText(option))[0]);
    checkPostgresqlOptions(names, contexts.get(asOid(catalog)));
    return 1n;
  }),
];
