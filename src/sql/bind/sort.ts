/** Ordering and equality operators of types, and sort keys. */
import type { SortBy } from "@pgsql/types";
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { baseType } from "./base-type.ts";
import type { SortOperators } from "./builtin.ts";
import type { Names } from "./names.ts";
import { findOperator, operatorName } from "./operator.ts";
import { btreeMeanings, sortOperatorsFor } from "./operator-classes.ts";
import { positionOf } from "./position.ts";
import type { Scope } from "./scope.ts";
import type { Expression, SortKey } from "./tree.ts";
import * as t from "./type-oids.ts";
import { typeText } from "./type-text.ts";

/**
 * Of the default operator class that takes the type: exactly, by relabelling, or through a
 * polymorphic one.
 */
export function sortOperatorsOf(names: Names, type: Oid): SortOperators | undefined {
  const base = baseType(names, type);
  const exact = sortOperatorsFor(names, base);
  if (exact) return exact;
  const facts = names.type(base);
  if (facts.isArray) {
    const element = sortOperatorsOf(names, facts.element);
    const array = names.builtin.sortOperators(t.ANYARRAY);
    if (!element || !array) return undefined;
    return element.less === INVALID_OID
      ? { ...array, less: INVALID_OID, greater: INVALID_OID }
      : array;
  }
  if (facts.kind === "c") return sortRows(names, facts.relation);
  const generic = genericClass.get(facts.kind);
  if (generic !== undefined) return names.builtin.sortOperators(generic);
  if (base === t.RECORD) return names.builtin.sortOperators(t.RECORD);
  for (const target of relabelTargets) {
    const cast = names.builtin.cast(base, target);
    if (cast?.method === "b" && cast.context === "i") return names.builtin.sortOperators(target);
  }
  return undefined;
}

/** Rows compare as far as all their columns do. */
function sortRows(names: Names, relation: Oid): SortOperators | undefined {
  const rows = names.builtin.sortOperators(t.RECORD);
  const columns = names.columns(relation).filter(({ dropped }) => !dropped);
  const operators = columns.map(({ type }) => sortOperatorsOf(names, type));
  if (!rows || operators.some((each) => !each?.equal)) return undefined;
  if (operators.every((each) => each?.less)) return rows;
  return { ...rows, less: INVALID_OID, greater: INVALID_OID };
}

const genericClass: ReadonlyMap<string, Oid> = new Map([
  ["e", t.ANYENUM],
  ["r", t.ANYRANGE],
  ["m", t.ANYMULTIRANGE],
]);
/** Preferred types come first. */
const relabelTargets: readonly Oid[] = [t.TEXT, t.OID, t.VARBIT, 869 as Oid, t.INT4];

export function equalityOperator(names: Names, type: Oid, position: number | undefined): Oid {
  const found = sortOperatorsOf(names, type);
  if (found && found.equal !== 0) return found.equal;
  const message = `could not identify an equality operator for type ${typeText(names, type)}`;
  throw new SqlError("42883", message).at(position);
}

/** Whether its values can be compared by a default operator class. */
export const isOrdered = (names: Names, type: Oid): boolean =>
  (sortOperatorsOf(names, type)?.less ?? 0) !== 0;

/** 42883 where values of the type can be told apart but not sorted. */
export function checkSortable(names: Names, type: Oid, position: number | undefined): void {
  equalityOperator(names, type, position);
  if (isOrdered(names, type)) return;
  const message = `could not identify an ordering operator for type ${typeText(names, type)}`;
  const detail = "Aggregates with DISTINCT must be able to sort their inputs.";
  throw new SqlError("42883", message, { detail }).at(position);
}

function orderingOperators(names: Names, type: Oid, position: number | undefined): SortOperators {
  const found = sortOperatorsOf(names, type);
  if (found && found.less !== 0) return found;
  const message = `could not identify an ordering operator for type ${typeText(names, type)}`;
  const hint = "Use an explicit ordering operator or modify the query.";
  throw new SqlError("42883", message, { hint }).at(position);
}

/** The sort key of an expression that is bound already. */
export function makeSortKey(
  scope: Scope,
  sort: SortBy,
  {
    expression,
    target,
    position: place,
  }: {
    readonly expression: Expression;
    readonly target?: number | undefined;
    readonly position?: number | undefined;
  },
): SortKey {
  const { names } = scope;
  const at = sort.location === undefined || sort.location < 0 ? undefined : scope.at(sort.location);
  const position = at ?? place ?? positionOf(expression);
  let descending = sort.sortby_dir === "SORTBY_DESC";
  let operator: Oid;
  if (sort.sortby_dir === "SORTBY_USING") {
    const name = operatorName(sort.useOp);
    const { type } = expression;
    operator = findOperator(names, name, type, type, position).oid;
    const meaning = btreeMeanings(names, operator).find(
      (each) => each.strategy === 1 || each.strategy === 5,
    );
    if (!meaning) {
      const hint = 'Ordering operators must be "<" or ">" members of btree operator families.';
      const message = `operator ${name.name} is not a valid ordering operator`;
      throw new SqlError("42809", message, { hint }).at(position);
    }
    descending = meaning.strategy === 5;
  } else {
    const found = orderingOperators(names, expression.type, position);
    operator = descending ? found.greater : found.less;
  }
  const nullsFirst =
    sort.sortby_nulls === "SORTBY_NULLS_FIRST" ||
    (sort.sortby_nulls !== "SORTBY_NULLS_LAST" && descending);
  return { expression, descending, nullsFirst, operator, ...(target ? { target } : {}) };
}
