/** WHAT IS KNOWN OF USERS' FUNCTIONS that are called: their languages, rights and bodies. */
import type { Oid } from "../../base/ids.ts";
import { SqlError, withoutPosition } from "../../base/sql-error.ts";
import { kinds } from "../../catalog/acl.ts";
import { withDescendants } from "../../catalog/inheritance.ts";
import { languageOf } from "../../catalog/languages.ts";
import { may } from "../../catalog/privileges.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Tuple } from "../../catalog/relation.ts";
import type { pgProc } from "../../catalog/relations/pg-proc.ts";
import { isUsersFunction } from "../functions/implementers.ts";
import { someNode } from "./map-tree.ts";
import type { Binding } from "./scope.ts";
import { statementsIn } from "./stored-statements.ts";
import type { FunctionCall, Query, RangeTableEntry, Typed } from "./tree.ts";

export type RoutineCallExpression = FunctionCall & Typed;

export type ProcTuple = Tuple<(typeof pgProc)["columns"]>;

export const isUsersCall = (
  node: { readonly kind?: unknown } | undefined,
): node is RoutineCallExpression =>
  node?.kind === "function" &&
  "function" in node &&
  isUsersFunction((node as RoutineCallExpression).function);

/** Of a function in SQL: there is more to it than one query. */
export function isMoreThanQuery({ context }: Binding, row: ProcTuple): boolean {
  if (row.prosecdef || row.proconfig) return true;
  const statements =
    row.prosqlbody === null
      ? during(row.proname, "inlining", () => context.parseBody(row.prosrc))
      : statementsIn(row.prosqlbody);
  return statements.length > 1 || (statements[0]?.kind ?? "query") !== "query";
}

/** Throws 42501. */
export function checkMayCall({ context }: Binding, row: ProcTuple): void {
  const secured = { kind: kinds.function, owner: row.proowner, acl: row.proacl };
  if (may(context.catalog, context.types.user.oid, secured, "X")) return;
  throw new SqlError("42501", `permission denied for function ${row.proname}`);
}

/** It is in a language whose functions can run. */
export const isRoutine = (catalog: CatalogReader, { prolang }: ProcTuple): boolean =>
  ["plpgsql", "sql"].includes(languageOf(catalog, prolang) ?? "");

/** It is in PL/pgSQL. */
export const isProcedural = (catalog: CatalogReader, { prolang }: ProcTuple): boolean =>
  languageOf(catalog, prolang) === "plpgsql";

/** Whether it reads one of the tables; a view may read anything. */
export function readsAny(catalog: CatalogReader, tables: readonly Oid[], query: Query): boolean {
  if (tables.length === 0) return false;
  return someNode(query, (node) => {
    const { kind, relation, relkind } = node as Partial<RangeTableEntry & { kind: "relation" }>;
    if (kind !== "relation" || relation === undefined) return false;
    return (
      relkind === "v" || withDescendants(catalog, relation).some((each) => tables.includes(each))
    );
  });
}

/** Where an error comes up: what PostgreSQL does not inline it starts up, when it is called. */
export function during<T>(name: string, what: "inlining" | "startup", step: () => T): T {
  try {
    return withoutPosition(step);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw error.within(`SQL function "${name}" during ${what}`);
  }
}
