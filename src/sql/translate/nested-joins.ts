/**
 * JOINS ON THE NULL-ABLE SIDE: `a LEFT JOIN (b JOIN c ON p) ON q`. SQLite keeps the rows of what is
 * in parentheses, all of them, before it looks for one. Table after table, with the promise that
 * the tables behind will find something, the same is
 *
 *   a LEFT JOIN b ON q AND EXISTS (SELECT 1 FROM c WHERE p) LEFT JOIN c ON b is there AND p
 *
 * which finds its rows by indexes.
 */
import type { Expression, FromItem, SelectQuery } from "../bind/tree.ts";
import { addConjuncts } from "./cardinality.ts";
import { isKeyed } from "./keyed.ts";
import { tablesBelow, tablesOf } from "./outer-joins.ts";
import type { TranslateContext } from "./translation.ts";
import { isVolatile } from "./volatile.ts";

/** Twice as many tables are read; SQLite joins at most 64. */
const TABLES_MAX = 6;

/** A table, and the conditions that need it and no table behind it. */
export interface JoinStep {
  readonly table: number;
  readonly conjuncts: readonly Expression[];
}

/** The tables of `item` in an order to look for them. Undefined: it has to stay as it is. */
export function joinSteps(
  context: TranslateContext,
  query: SelectQuery,
  item: FromItem,
  on: Expression | undefined,
): readonly JoinStep[] | undefined {
  const conjuncts: Expression[] = [];
  if (on) addConjuncts(on, conjuncts);
  if (!collectInner(item, conjuncts)) return undefined;
  const left = new Set(tablesOf(item));
  if (left.size > TABLES_MAX || ![...left].every((table) => isStored(context, query, table))) {
    return undefined;
  }
  if (conjuncts.some((each) => isVolatile(context, each))) return undefined;
  const waiting = conjuncts.map((each) => ({ each, needs: tablesBelow(query, each) }));
  const steps: JoinStep[] = [];
  while (left.size > 0) {
    const candidates = [...left].map((table): JoinStep & { readonly keyed: boolean } => {
      const ready = waiting.filter(({ needs }) =>
        [...needs].every((other) => other === table || !left.has(other)),
      );
      const own = ready.map(({ each }) => each);
      return { table, conjuncts: own, keyed: isReachable(context, query, table, own) };
    });
    const next = candidates.find(({ keyed }) => keyed) ?? candidates[0];
    if (!next) break;
    steps.push({ table: next.table, conjuncts: next.conjuncts });
    left.delete(next.table);
    for (const each of next.conjuncts) {
      waiting.splice(
        waiting.findIndex((one) => one.each === each),
        1,
      );
    }
  }
  return steps;
}

function collectInner(item: FromItem, conjuncts: Expression[]): boolean {
  if (item.kind === "table") return true;
  if (item.join !== "inner" && item.join !== "cross") return false;
  if (item.on) addConjuncts(item.on, conjuncts);
  return collectInner(item.left, conjuncts) && collectInner(item.right, conjuncts);
}

function isStored(context: TranslateContext, query: SelectQuery, table: number): boolean {
  const entry = query.rangeTable[table - 1];
  if (entry?.kind !== "relation" || entry.sample) return false;
  return context.relation(entry.relation) !== undefined;
}

function isReachable(
  context: TranslateContext,
  query: SelectQuery,
  table: number,
  conjuncts: readonly Expression[],
): boolean {
  const entry = query.rangeTable[table - 1];
  return entry?.kind === "relation" && isKeyed(context, entry, table, conjuncts, true);
}
