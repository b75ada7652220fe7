/**
 * Plans of queries: kept by text and by whatever else binding depends on; see
 * translate/translation-cache.ts.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { BuiltinCatalog } from "../bind/builtin.ts";
import type { ReadLock } from "../bind/context.ts";
import type { Registry } from "../functions/registry.ts";
import type { PlanRequest, QueryPlan, RunOptions, StatementContext } from "../session/engine.ts";
import type { SourceName, Translation } from "../translate/translation.ts";
import type { LockingPlan } from "./row-locking.ts";
import type { Fit } from "./shaped-plan.ts";

/** A bound and translated query, as long as the look-ups that made it hold. */
export interface Plan extends QueryPlan {
  readonly translation: Translation;
  /** Relations to be locked before it runs. */
  readonly relations: readonly (readonly [relation: Oid, mode: ReadLock])[];
  readonly widths: Widths;
  /** Rows that are locked before they are answered. */
  readonly locking?: LockingPlan | undefined;
  /** Sub-selects that run before it; their rows are parameters behind the client's. */
  readonly steps: readonly StepPlan[];
  /** What the literals of the text became; see shaped-plan.ts. */
  readonly fit?: Fit | undefined;
}

export interface StepPlan {
  readonly translation: Translation;
  readonly locking?: LockingPlan | undefined;
}

/** What the aliases in a query stand for, by its SQL. */
export type AliasNames = Map<string, ReadonlyMap<string, SourceName>>;

/** How one query of a statement runs. `continues`: others of the same pass ran before it. */
export interface PartOptions extends RunOptions {
  readonly continues?: boolean;
}

/** Columns that the storages it reads had when it was made; undefined = they had no rows. */
export type Widths = ReadonlyMap<Oid, number | undefined>;

export function widthsHold(widths: Widths, widthOf: (storage: Oid) => number | undefined): boolean {
  for (const [storage, width] of widths) if (widthOf(storage) !== width) return false;
  return true;
}

/** Literals that mean another moment each time. */
export const namesAMoment = /'\s*(now|today|tomorrow|yesterday)/i;

/** What binding reads beside the catalog. */
export function planKey(request: Omit<PlanRequest, "query">, database: Oid, text: string): string {
  const { context, parameterTypes, inferParameters, place } = request;
  const types = inferParameters ? parameterTypes.join() : `=${parameterTypes.join()}`;
  const where = place ? `body ${JSON.stringify(place)}/` : "";
  return `${surroundings(context, database)}/${where}${types}/${text}`;
}

/** By search path, which is another array whenever anything of this has changed. */
const knownSurroundings = new WeakMap<readonly Oid[], string>();

function surroundings({ setting, user, searchPath }: StatementContext, database: Oid): string {
  const known = knownSurroundings.get(searchPath);
  if (known !== undefined) return known;
  const literals = `${setting("datestyle")}/${setting("intervalstyle")}/${setting("timezone")}`;
  const reader = `${user.oid}/${setting("row_security")}`;
  const all = `${database}/${reader}/${searchPath.join()}/${literals}`;
  knownSurroundings.set(searchPath, all);
  return all;
}

/**
 * Types that the client gives by oid. Throws XX000, as PostgreSQL does, for one that does not
 * exist.
 */
export function checkTypes(
  types: readonly Oid[],
  builtin: BuiltinCatalog,
  catalog: CatalogReader,
): void {
  for (const type of types) {
    if (type === 0 || builtin.types.has(type) || catalog.find(pgType, "key", [type])) continue;
    throw new SqlError("XX000", `cache lookup failed for type ${type}`);
  }
}

/** It reads no stored row, and every function it calls is one of its arguments alone. */
export const isImmutable = ({ flags, functions }: Translation, registry: Registry): boolean =>
  flags.constant &&
  functions.every((use) => {
    if (use.kind === "scalar") return registry.scalar(use.function)?.volatility === "i";
    return use.kind !== "rows" && use.kind !== "aggregate" && use.kind !== "routine";
  });
