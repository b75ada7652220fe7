/**
 * Functions, operators, types and collations by name, qualified where the bare name would mean
 * another.
 */

import { AssertionError } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { resolveFunction } from "../bind/function-lookup.ts";
import type { Names } from "../bind/names.ts";
import { findOperator, findPrefix } from "../bind/operator.ts";
import type { Expression } from "../bind/tree.ts";
import { quoteIdentifier, quoteQualified } from "../types/keywords.ts";
import { formatType } from "../types/type-names.ts";

export const typeName = (names: Names, type: Oid, typmod: number): string =>
  formatType(type, typmod, names);

/** `variadic`: the last argument is printed as VARIADIC array. */
export function functionName(
  names: Names,
  id: Oid,
  args: readonly Pick<Expression, "type">[],
  variadic: boolean,
  argNames: readonly string[] = [],
): string {
  const facts = names.findFunction(id);
  if (!facts) throw new AssertionError(`function ${id} is not in pg_proc`);
  const types = args.map((arg) => arg.type);
  const found = resolveFunction(names, { name: facts.name }, { types, argNames, variadic });
  const same = found.kind === "found" && found.candidate.facts.oid === id;
  return quoteQualified(same ? undefined : names.printedNamespace(facts.namespace), facts.name);
}

export function operatorName(names: Names, id: Oid, left: Oid | undefined, right: Oid): string {
  const facts = names.operator(id);
  return finds(names, facts.name, left, right) === id
    ? facts.name
    : `OPERATOR(${quoteIdentifier(names.printedNamespace(facts.namespace))}.${facts.name})`;
}

function finds(names: Names, name: string, left: Oid | undefined, right: Oid): Oid | undefined {
  try {
    return left === undefined
      ? findPrefix(names, { name }, right).oid
      : findOperator(names, { name }, left, right).oid;
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}

export function collationName(names: Names, id: Oid): string {
  const facts = names.collation(id);
  if (!facts) throw new AssertionError(`collation ${id} is not in pg_collation`);
  const visible = names.findCollation(undefined, facts.name)?.oid === id;
  return quoteQualified(visible ? undefined : names.printedNamespace(facts.namespace), facts.name);
}
