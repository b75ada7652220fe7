/** Functions behind aggregates, found as AggregateCreate finds them. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { kinds } from "../../catalog/acl.ts";
import { may } from "../../catalog/privileges.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import type { QualifiedName } from "../../catalog/statement.ts";
import type { BindContext } from "../bind/context.ts";
import { resolveFunction } from "../bind/function-lookup.ts";
import type { Names } from "../bind/names.ts";
import { findPathway } from "../bind/pathway.ts";
import { resolvePolymorphic } from "../bind/polymorphic.ts";
import { isPolymorphic } from "../bind/type-oids.ts";
import { typeText } from "../bind/type-text.ts";

export const isSameStored = (names: Names, from: Oid, to: Oid): boolean =>
  from === to || findPathway(names, to, from, "implicit")?.kind === "relabel";

/** Throws 42883 where there is none, 42804 where it cannot be called as it is, 42501. */
export function supportFunction(
  { schema, name }: QualifiedName,
  types: readonly Oid[],
  names: Names,
  { catalog, types: { user } }: BindContext,
) {
  const called = schema === undefined ? { name } : { schema, name };
  const found = resolveFunction(names, called, { types, argNames: [], variadic: false });
  const shown = (args: readonly Oid[]) =>
    `function ${schema === undefined ? "" : `${schema}.`}${name}(${args
      .map((type) => typeText(names, type))
      .join(", ")})`;
  if (found.kind !== "found" || found.candidate.facts.kind !== "f") {
    throw new SqlError("42883", `${shown(types)} does not exist`);
  }
  const { facts, args: declared } = found.candidate;
  if (facts.returnsSet) throw new SqlError("42804", `${shown(types)} returns a set`);
  // Types that follow from the call are not known yet: they have to be declared alike.
  const isOpen = types.some(isPolymorphic);
  const { args, result } = isOpen
    ? { args: declared, result: facts.result }
    : resolvePolymorphic(names, types, declared, facts.result);
  if (
    !args.every((type, at) => isPolymorphic(type) || isSameStored(names, types[at] as Oid, type))
  ) {
    throw new SqlError("42804", `${shown(args)} requires run-time type coercion`);
  }
  const row = catalog.find(pgProc, "key", [facts.oid]);
  const secured = row && { kind: kinds.function, owner: row.proowner, acl: row.proacl };
  if (secured && !may(catalog, user.oid, secured, "X")) {
    throw new SqlError("42501", `permission denied for function ${facts.name}`);
  }
  return { oid: facts.oid, result, strict: facts.strict };
}
