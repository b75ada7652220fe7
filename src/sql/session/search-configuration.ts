/** default_text_search_config: a configuration that is there, kept with its schema. */
import { oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { effectiveSearchPath } from "../../catalog/names.ts";
import { quoteIdentifier } from "../../catalog/quote.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { pgTsConfig } from "../../catalog/relations/pg-ts-config.ts";
import { invalidValue } from "../settings/value.ts";
import { regconfig } from "../types/reg-types.ts";
import type { SessionState } from "./state.ts";

const ABSENT: ReadonlySet<string> = new Set(["42704", "3F000"]);

/** Throws 22023, 42602. */
export function qualifiedConfiguration(name: string, state: SessionState): string {
  try {
    const { connection, block, context, user } = state;
    const catalog = connection.catalog(block.begun);
    const searchPath = effectiveSearchPath(catalog, context.searchPathNames, user.oid);
    const { setting, transactionTime } = context;
    const types = { catalog, user, searchPath, setting, transactionTime };
    const found = oid(Number(regconfig.parse(name, -1, types)));
    const row = catalog.find(pgTsConfig, "key", [found]);
    const schema = row && catalog.find(pgNamespace, "key", [row.cfgnamespace]);
    if (schema) return `${quoteIdentifier(schema.nspname)}.${quoteIdentifier(row.cfgname)}`;
  } catch (error) {
    if (!(error instanceof SqlError) || !ABSENT.has(error.code)) throw error;
  }
  throw invalidValue("default_text_search_config", name);
}
