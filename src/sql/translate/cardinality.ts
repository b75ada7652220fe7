/**
 * Whether a query can be seen to give at most one row, whatever the data: then nobody need count.
 */
import type { Oid } from "../../base/ids.ts";
import { isInherited } from "../../catalog/inheritance.ts";
import type { Expression, FromItem, Query, SelectQuery } from "../bind/tree.ts";
import { constantCount } from "./limits.ts";
import type { TranslateContext } from "./translation.ts";
import { containsSetCall, references } from "./walk.ts";

export function atMostOneRow(context: TranslateContext, query: Query): boolean {
  const { limit } = query;
  if (limit && (constantCount(limit) ?? 2n) <= 1n) return true;
  if (query.kind === "values") return query.rows.length === 1;
  if (query.kind === "set") return false;
  if (query.targets.some(({ expression }) => containsSetCall(expression))) return false;
  if (query.hasAggregates && query.groupBy.length === 0 && !query.groupingSets) return true;
  return fromIsUnique(context, query);
}

/**
 * Each relation in FROM is pinned when the conjuncts equate all columns of one of its unique keys
 * with values that are known before: constants, outer columns, columns of relations already pinned.
 */
function fromIsUnique(context: TranslateContext, query: SelectQuery): boolean {
  const tables: number[] = [];
  const conjuncts: Expression[] = [];
  if (query.where) addConjuncts(query.where, conjuncts);
  for (const item of query.from) if (!collect(item, tables, conjuncts)) return false;
  const pinned = new Set<number>();
  for (let progress = true; progress; ) {
    progress = false;
    for (const table of tables) {
      if (pinned.has(table) || !isPinned(context, query, table, conjuncts, pinned)) continue;
      pinned.add(table);
      progress = true;
    }
  }
  return pinned.size === tables.length;
}

/** False for a join whose condition does not restrict the whole. */
function collect(item: FromItem, tables: number[], conjuncts: Expression[]): boolean {
  if (item.kind === "table") {
    tables.push(item.table);
    return true;
  }
  if (item.join === "full" || item.join === "right") return false;
  if (item.on) addConjuncts(item.on, conjuncts);
  return collect(item.left, tables, conjuncts) && collect(item.right, tables, conjuncts);
}

export function addConjuncts(expression: Expression, conjuncts: Expression[]): void {
  if (expression.kind === "boolean" && expression.operator === "and") {
    for (const arg of expression.args) addConjuncts(arg, conjuncts);
  } else {
    conjuncts.push(expression);
  }
}

function isPinned(
  context: TranslateContext,
  query: SelectQuery,
  table: number,
  conjuncts: readonly Expression[],
  pinned: ReadonlySet<number>,
): boolean {
  const entry = query.rangeTable[table - 1];
  if (entry?.kind !== "relation") return false;
  const known = new Set<number>();
  for (const conjunct of conjuncts) {
    const attribute = equatedAttribute(context, conjunct, table, pinned);
    if (attribute !== undefined) known.add(attribute);
  }
  const relation = context.relation(entry.relation);
  if (!relation)
    return !isInherited(context.catalog, entry) && isUserRow(context, entry.relation, known);
  const unique = ["key", ...relation.unique].map((name) => relation.indexNumbers.get(name) ?? -1);
  return unique.some((index) => relation.layout.indexes[index]?.every((at) => known.has(at + 1)));
}

/** A user's relation without storage holds no rows. */
function isUserRow(context: TranslateContext, relation: Oid, known: ReadonlySet<number>): boolean {
  const table = context.userTable(relation);
  if (!table) return true;
  return table.indexes.some(
    ({ unique, attributes }) => unique && attributes.every((attribute) => known.has(attribute)),
  );
}

/** The attribute of `table` that a conjunct equates with something known before. */
function equatedAttribute(
  context: TranslateContext,
  conjunct: Expression,
  table: number,
  pinned: ReadonlySet<number>,
): number | undefined {
  if (conjunct.kind !== "operator" || conjunct.args.length !== 2) return undefined;
  if (conjunct.inputCollation !== undefined) return undefined;
  if (context.registry.scalar(conjunct.function as Oid)?.native !== "=") return undefined;
  const isKnown = (side: Expression): boolean =>
    references(side).every((column) => column.levelsUp > 0 || pinned.has(column.table));
  const [left, right] = conjunct.args.map(withoutRelabel) as [Expression, Expression];
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (side.kind !== "column" || side.levelsUp > 0 || side.table !== table) continue;
    if (isKnown(other)) return side.attribute;
  }
  return undefined;
}

export const withoutRelabel = (expression: Expression): Expression =>
  expression.kind === "relabel" ? withoutRelabel(expression.arg) : expression;

/** Conditions of joins that every row of FROM satisfies. */
export function joinDemands(item: FromItem): readonly Expression[] {
  if (item.kind === "table" || item.join === "full") return [];
  if (item.join === "left") return joinDemands(item.left);
  if (item.join === "right") return joinDemands(item.right);
  const own: Expression[] = [];
  if (item.on) addConjuncts(item.on, own);
  return [...own, ...joinDemands(item.left), ...joinDemands(item.right)];
}
