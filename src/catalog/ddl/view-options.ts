/**
 * OPTIONS OF VIEWS: security_barrier, security_invoker, check_option, as pg_class.reloptions keeps
 * them: name=value, in the order in which they were given.
 * https://www.postgresql.org/docs/15/sql-createview.html
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { ClassTuple } from "../names.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgRewrite } from "../relations/pg-rewrite.ts";
import type { RelationOption } from "../statement.ts";
import type { DdlContext } from "./context.ts";

/** Namespaces of options that tables have beside their own; a view has none of theirs. */
const NAMESPACES = new Set(["toast"]);
const BOOLEANS = new Set(["security_barrier", "security_invoker"]);
const CHECKS = new Set(["local", "cascaded"]);

/** Options `before` with the given ones set, or without them. Throws 22023 on what is no option. */
export function changedOptions(
  before: readonly string[] | null,
  given: readonly RelationOption[],
  reset = false,
): string[] | null {
  for (const { namespace } of given) {
    if (namespace === undefined || NAMESPACES.has(namespace)) continue;
    throw invalid(`unrecognized parameter namespace "${namespace}"`);
  }
  const own = given.filter(({ namespace }) => namespace === undefined);
  const kept = (before ?? []).filter((text) => !own.some(({ name }) => name === nameOf(text)));
  const added = reset ? [] : own.map(({ name, value = "true" }) => `${name}=${value}`);
  const all = [...kept, ...added];
  checkOptions(all);
  return all.length === 0 ? null : all;
}

const nameOf = (text: string): string => text.slice(0, text.indexOf("="));

function checkOptions(options: readonly string[]): void {
  const seen = new Set<string>();
  for (const text of options) {
    const name = nameOf(text);
    const value = text.slice(name.length + 1);
    const known = BOOLEANS.has(name) || name === "check_option";
    if (!known) throw invalid(`unrecognized parameter "${name}"`);
    if (seen.has(name)) throw invalid(`parameter "${name}" specified more than once`);
    seen.add(name);
    if (name === "check_option") checkChoice(value);
    else if (!isBoolean(value))
      throw invalid(`invalid value for boolean option "${name}": ${value}`);
  }
}

function checkChoice(value: string): void {
  if (CHECKS.has(value.toLowerCase())) return;
  throw invalid(
    `invalid value for enum option "check_option": ${value}`,
    'Valid values are "local" and "cascaded".',
  );
}

const invalid = (message: string, detail?: string): SqlError =>
  new SqlError("22023", message, detail === undefined ? {} : { detail });

/** As PostgreSQL's parse_bool: 1, 0, and any beginning of a word that names one value. */
function isBoolean(text: string): boolean {
  const word = text.toLowerCase();
  if (word === "1" || word === "0" || word === "on") return true;
  if (word === "") return false;
  if (word.length >= 2 && "off".startsWith(word)) return true;
  return ["true", "false", "yes", "no"].some((full) => full.startsWith(word));
}

/** SET (…) and RESET (…). A table has options, too, but none that this server keeps. */
export function changeViewOptions(
  { catalog, expressions }: DdlContext,
  view: ClassTuple,
  given: readonly RelationOption[],
  reset: boolean,
): void {
  if (view.relkind !== "v") throw notSupported(`ALTER TABLE … ${reset ? "RESET" : "SET"} (…)`);
  const reloptions = changedOptions(view.reloptions, given, reset);
  if (hasCheckOption(reloptions)) {
    const [rule] = catalog.list(pgRewrite, "rel_rulename", [view.oid, RETURN_RULE]);
    if (rule) refuseCheckOption(expressions.whyNotUpdatable(rule.ev_action));
  }
  catalog.update(pgClass, view, { reloptions });
}

/** The rule that holds a view's query. */
export const RETURN_RULE = "_RETURN";

const hasCheckOption = (options: readonly string[] | null): boolean =>
  (options ?? []).some((text) => nameOf(text) === "check_option");

/** `hint`: why the view is not updatable; undefined = it is. */
export function refuseCheckOption(hint: string | undefined): void {
  if (hint === undefined) return;
  const message = "WITH CHECK OPTION is supported only on automatically updatable views";
  throw new SqlError("0A000", message, { hint });
}
