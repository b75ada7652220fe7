/** What CREATE and ALTER say of how a routine behaves, as pg_proc keeps it. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { isSuperuser } from "../memberships.ts";
import { pgProc } from "../relations/pg-proc.ts";
import type { SettingChange } from "../role-statement.ts";
import type { RoutineOptions } from "../routine-statement.ts";
import type { QualifiedName } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { namespacesOf, nameText } from "./find-named.ts";
import { changed } from "./stored-settings.ts";

export interface StoredOptions {
  readonly provolatile?: string;
  readonly proisstrict?: boolean;
  readonly prosecdef?: boolean;
  readonly proleakproof?: boolean;
  readonly proparallel?: string;
  readonly procost?: number;
  readonly prorows?: number;
  readonly prosupport?: Oid;
}

/** Throws 42501, 42601, 22023, 42883. Absent: the statement does not say it. */
export function checkedOptions(context: DdlContext, options: RoutineOptions): StoredOptions {
  const { volatility, strict, securityDefiner, leakproof, cost, rows, support, parallel } = options;
  if (leakproof && !isSuperuser(context.catalog, context.user.oid)) {
    throw new SqlError("42501", "only superuser can define a leakproof function");
  }
  if (cost !== undefined && cost <= 0) throw new SqlError("22023", "COST must be positive");
  if (rows !== undefined && rows <= 0) throw new SqlError("22023", "ROWS must be positive");
  const made = {
    provolatile: volatility,
    proisstrict: strict,
    prosecdef: securityDefiner,
    proleakproof: leakproof,
    proparallel: parallel === undefined ? undefined : parallelOf(parallel),
    procost: cost,
    prorows: rows,
    prosupport: support && supportOf(context, support),
  };
  return Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined));
}

const parallels: Readonly<Record<string, string>> = { safe: "s", restricted: "r", unsafe: "u" };

function parallelOf(word: string): string {
  const found = parallels[word];
  if (found !== undefined) return found;
  throw new SqlError("42601", 'parameter "parallel" must be SAFE, RESTRICTED, or UNSAFE');
}

const INTERNAL = 2281;

/** A planner support function: of one internal argument and result. */
function supportOf(context: DdlContext, name: QualifiedName): Oid {
  const { catalog, user } = context;
  const namespaces: readonly Oid[] = namespacesOf(context, name);
  const found = catalog
    .list(pgProc, "proname_args_nsp", [name.name])
    .find(
      ({ proargtypes, pronamespace }) =>
        namespaces.includes(pronamespace) && proargtypes.join() === String(INTERNAL),
    );
  if (!found) throw new SqlError("42883", `function ${nameText(name)}(internal) does not exist`);
  if (found.prorettype !== INTERNAL) {
    const message = `support function ${nameText(name)} must return type internal`;
    throw new SqlError("42P17", message);
  }
  if (!isSuperuser(catalog, user.oid)) {
    throw new SqlError("42501", "must be superuser to specify a support function");
  }
  return found.oid;
}

/** pg_proc.proconfig after SET and RESET clauses. */
export function changedSettings(
  context: DdlContext,
  before: readonly string[] | null,
  changes: readonly SettingChange[],
): readonly string[] | null {
  const after = changes.reduce<readonly string[]>(
    (kept, change) => (change.kind === "resetAll" ? [] : changed(context, kept, change)),
    before ?? [],
  );
  return after.length === 0 ? null : after;
}
