/**
 * EXISTS AS IN. SQLite runs a correlated sub-select anew for each row around it, and makes no index
 * for that:
 *
 *   EXISTS (SELECT 1 FROM b WHERE b.x = a.x AND p)  →  (a.x IN (SELECT b.x FROM b WHERE p)) IS TRUE
 *
 * reads b once. That is worth it where none of our own indexes leads to the rows; for the catalog's
 * relations SQLite has its own.
 */
import { INVALID_OID } from "../../base/ids.ts";
import type { Expression, FromItem, SelectQuery, SubLink } from "../bind/tree.ts";
import { BOOL } from "../bind/type-oids.ts";
import { isPlain } from "./backward-scan.ts";
import { addConjuncts } from "./cardinality.ts";
import type { Emitter } from "./emitter.ts";
import { findIndex } from "./index-choice.ts";
import { indexesOf } from "./inherited.ts";
import { newScope, type Scope } from "./scope.ts";
import { isVolatile } from "./volatile.ts";
import { references } from "./walk.ts";

interface Pair {
  readonly outer: Expression;
  readonly inner: Expression;
}

/** The text, or undefined where EXISTS stays what it is. */
export function emitHashedExists(
  emitter: Emitter,
  scope: Scope,
  { query, eachTime }: SubLink,
): string | undefined {
  if (eachTime || query.kind !== "select" || !isAll(query)) return undefined;
  const { where } = query;
  if (!where || isVolatile(emitter.context, where) || refersOutside(query.rangeTable)) {
    return undefined;
  }
  const conjuncts: Expression[] = [];
  addConjuncts(where, conjuncts);
  const pairs: Pair[] = [];
  const rest = conjuncts.filter((conjunct) => {
    const pair = pairOf(emitter, conjunct);
    if (pair) pairs.push(pair);
    return !pair;
  });
  if (pairs.length === 0 || refersOutside(rest) || refersOutside(query.from)) return undefined;
  if (!query.from.every((item) => isScanned(emitter, query, item, conjuncts))) return undefined;
  return inText(emitter, scope, query, pairs, rest);
}

function inText(
  emitter: Emitter,
  scope: Scope,
  query: SelectQuery,
  pairs: readonly Pair[],
  rest: readonly Expression[],
): string {
  const origin = { junk: false, originTable: INVALID_OID, originColumn: 0 };
  const targets = pairs.map(({ inner }, at) => ({
    name: `c${at + 1}`,
    expression: inner,
    ...origin,
  }));
  const bool = { type: BOOL, typmod: -1, collation: INVALID_OID };
  const where: Expression = { kind: "boolean", operator: "and", args: rest, ...bool };
  const { where: _where, ...free } = { ...query, targets, orderBy: [], distinct: false };
  const rows = emitter.query(scope, rest.length > 0 ? { ...free, where } : free);
  // The outer sides see what they see from within.
  const within = newScope(scope, []);
  const values = pairs.map(({ outer }) => emitter.expression(within, outer)).join(", ");
  return `((${pairs.length === 1 ? values : `(${values})`} IN (${rows})) IS TRUE)`;
}

/** Whether each row of FROM that passes WHERE is a row of the sub-select. */
const isAll = (query: SelectQuery): boolean =>
  isPlain(query) &&
  query.commonTables.length === 0 &&
  query.limit === undefined &&
  query.offset === undefined &&
  query.locking.length === 0 &&
  query.lockedInPlace === undefined;

const refersOutside = (part: unknown): boolean =>
  references(part).some(({ levelsUp }) => levelsUp > 0);

/** An equality of something around the sub-select with something in it. */
function pairOf(emitter: Emitter, conjunct: Expression): Pair | undefined {
  if (conjunct.kind !== "operator" || conjunct.args.length !== 2) return undefined;
  if (emitter.context.registry.scalar(conjunct.function)?.native !== "=") return undefined;
  const [left, right] = conjunct.args as [Expression, Expression];
  if (isOuter(left) && isInner(right)) return { outer: left, inner: right };
  if (isOuter(right) && isInner(left)) return { outer: right, inner: left };
  return undefined;
}

const isOuter = (side: Expression): boolean => isOf(side, (levelsUp) => levelsUp > 0);
const isInner = (side: Expression): boolean => isOf(side, (levelsUp) => levelsUp === 0);

function isOf(side: Expression, test: (levelsUp: number) => boolean): boolean {
  const columns = references(side);
  return columns.length > 0 && columns.every(({ levelsUp }) => test(levelsUp));
}

/** Whether SQLite would have to go through all rows. */
function isScanned(
  emitter: Emitter,
  query: SelectQuery,
  item: FromItem,
  conjuncts: readonly Expression[],
): boolean {
  if (item.kind === "join") {
    const { left, right } = item;
    return [left, right].every((side) => isScanned(emitter, query, side, conjuncts));
  }
  const entry = query.rangeTable[item.table - 1];
  if (entry?.kind !== "relation") return true;
  if (emitter.context.relation(entry.relation)) return false;
  const indexes = indexesOf(emitter.context, entry);
  return !findIndex(emitter, indexes, item.table, conjuncts, true);
}
