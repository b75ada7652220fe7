/**
 * FUNCTIONS THAT NO QUERY MAY CALL, though pg_proc has them: what fires triggers, what aggregates
 * use, and what PostgreSQL itself has not made.
 */
import { SqlError } from "../../base/sql-error.ts";
import { define } from "./define.ts";
import type { FunctionDefinition } from "./registry.ts";

const refused = (
  signature: string,
  code: string,
  message: string,
  hint?: string,
): FunctionDefinition =>
  define(signature, () => {
    throw new SqlError(code, message, hint === undefined ? {} : { hint });
  });

/** Of foreign keys: RI_FKey_check_ins and so on. */
const keyTriggers = ["check", "cascade", "restrict", "setnull", "setdefault", "noaction"].flatMap(
  (kind) => (kind === "check" ? ["ins", "upd"] : ["del", "upd"]).map((on) => `${kind}_${on}`),
);
const NO_TRIGGER = "was not called by trigger manager";

export const refusedFunctions: readonly FunctionDefinition[] = [
  ...[...keyTriggers.map((each) => `RI_FKey_${each}`), "unique_key_recheck"].map((name) =>
    refused(`${name}()`, "39P01", `function "${name}" ${NO_TRIGGER}`),
  ),
  refused(
    "suppress_redundant_updates_trigger()",
    "39P01",
    "suppress_redundant_updates_trigger: must be called as trigger",
  ),
  ...["tsvector_update_trigger()", "tsvector_update_trigger_column()"].map((signature) =>
    refused(signature, "XX000", "tsvector_update_trigger: not fired by trigger manager"),
  ),
  ...["range", "multirange"].map((type) => {
    const name = `${type}_intersect_agg_transfn`;
    const signature = `${name}(any${type}, any${type})`;
    return refused(signature, "XX000", `${name} called in non-aggregate context`);
  }),
  refused("xmlvalidate(xml, text)", "0A000", "xmlvalidate is not implemented"),
  refused(
    "pg_extension_config_dump(regclass, text)",
    "0A000",
    "pg_extension_config_dump() can only be called from an SQL script executed by CREATE EXTENSION",
  ),
  // It asks for the call's collation, which has none.
  refused(
    "btvarstrequalimage(oid)",
    "42P22",
    "could not determine which collation to use for string comparison",
    "Use the COLLATE clause to set the collation explicitly.",
  ),
];
