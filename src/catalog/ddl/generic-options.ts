/**
 * GENERIC OPTIONS, `name=value`, of wrappers, servers, user mappings, foreign tables and their
 * columns: what they mean is the wrapper's business, whose validator is asked.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/foreign/foreign.c
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { OptionChanges } from "../foreign-statement.ts";
import type { Tuple } from "../relation.ts";
import type { pgForeignDataWrapper } from "../relations/pg-foreign-data-wrapper.ts";

export type Wrapper = Tuple<(typeof pgForeignDataWrapper)["columns"]>;
/** What the options are those of. */
type OptionsOf = "wrapper" | "server" | "user mapping" | "table" | "column";

/** postgresql_fdw_validator, the one validator that there is. */
export const POSTGRESQL_VALIDATOR = 2316;

const VALID: { readonly [of in OptionsOf]?: readonly string[] } = {
  server: [
    ...["authtype", "service", "connect_timeout", "dbname", "host", "hostaddr", "port", "tty"],
    ...["options", "requiressl", "sslmode", "gsslib"],
  ],
  "user mapping": ["user", "password"],
};

/**
 * The options changed; null when none is left. Without a change they are not checked anew. Throws
 * 42710 for a name that is there, 42704 for one that is not, 42601 for one that the validator does
 * not know.
 */
export function changedOptions(
  before: readonly string[] | null,
  changes: OptionChanges,
  wrapper: Pick<Wrapper, "fdwvalidator">,
  of: OptionsOf,
): readonly string[] | null {
  if (changes.length === 0) return before;
  const options = new Map((before ?? []).map((option) => splitOption(option)));
  for (const change of changes) {
    const { action, name } = change;
    if (action !== "add" && !options.has(name)) {
      throw new SqlError("42704", `option "${name}" not found`);
    }
    if (action === "add" && options.has(name)) {
      throw new SqlError("42710", `option "${name}" provided more than once`);
    }
    if (action === "drop") options.delete(name);
    else options.set(name, change.value);
  }
  validate([...options.keys()], wrapper, of);
  return options.size === 0 ? null : [...options].map(([name, value]) => `${name}=${value}`);
}

export function splitOption(option: string): [name: string, value: string] {
  const at = option.indexOf("=");
  if (at < 0) return [option, ""];
  return [option.slice(0, at), option.slice(at + 1)];
}

function validate(names: readonly string[], wrapper: Pick<Wrapper, "fdwvalidator">, of: OptionsOf) {
  const { fdwvalidator } = wrapper;
  if (fdwvalidator === 0) return;
  if (fdwvalidator !== POSTGRESQL_VALIDATOR) throw notSupported("a validator of users' own");
  checkPostgresqlOptions(names, of);
}

/** What postgresql_fdw_validator says. `of` undefined: of nothing that has options. */
export function checkPostgresqlOptions(names: readonly string[], of: OptionsOf | undefined): void {
  const valid = (of && VALID[of]) ?? [];
  const unknown = names.find((name) => !valid.includes(name));
  if (unknown === undefined) return;
  const hint =
    valid.length === 0
      ? "There are no valid options in this context."
      : `Valid options in this context are: ${valid.join(", ")}`;
  throw new SqlError("42601", `invalid option "${unknown}"`, { hint });
}
