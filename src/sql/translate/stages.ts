/**
 * STAGES OF A SELECT. PostgreSQL computes a query's parts in an order that one SELECT of SQLite's
 * cannot always follow: groups, then windows, then set-returning functions, then DISTINCT. Where a
 * later part needs the finished rows of an earlier one, those become a sub-select: every largest
 * part of an expression that can be computed below is a column of it.
 */
import type { Expression, SelectQuery } from "../bind/tree.ts";
import { visitChildren } from "../bind/walk.ts";
import type { Emitter } from "./emitter.ts";
import type { Scope } from "./scope.ts";

/** What the columns of a SELECT are computed over. */
export interface Source {
  /** Common tables that it names: `name AS (…)`. */
  readonly tables: readonly string[];
  /** Without the word FROM; empty when there is none. */
  readonly from: string;
  readonly conditions: readonly string[];
  /** ` GROUP BY … HAVING …`, or nothing. */
  readonly group: string;
  /** Sort keys that have its rows in the order of ORDER BY, as an index has them. */
  readonly ordered?: readonly string[] | undefined;
}

/** The clauses that follow the columns. */
export const tail = ({ from, conditions, group }: Source): string =>
  `${from === "" ? "" : ` FROM ${from}`}` +
  `${conditions.length > 0 ? ` WHERE ${conditions.join(" AND ")}` : ""}${group}`;

/** Columns of a sub-select, as they are found to be needed. */
export class Columns {
  readonly list: string[] = [];
  private readonly alias: string;
  private readonly prefix: string;

  constructor(alias: string, prefix: string) {
    this.alias = alias;
    this.prefix = prefix;
  }

  /** The name, as seen from around the sub-select, of a column with this text. */
  add(text: string): string {
    const name = `${this.prefix}${this.list.length + 1}`;
    this.list.push(`${text} AS ${name}`);
    return `${this.alias}.${name}`;
  }
}

/**
 * Makes the largest parts of the expressions that are not `above` columns, and replaces them by
 * those. `above` tells whether something in an expression has to wait for the finished rows.
 */
export function computeBelow(
  emitter: Emitter,
  scope: Scope,
  expressions: readonly Expression[],
  above: (expression: Expression) => boolean,
  columns: Columns,
): void {
  const isColumn = (each: Expression) => emitter.replacement(each) !== undefined;
  const names = largestParts(expressions, above, isColumn).map(
    (part) => [part, columns.add(emitter.expression(scope, part))] as const,
  );
  for (const [expression, name] of names) emitter.replace(expression, name);
}

/** The largest parts that are not `above`, constants apart; what is a column is a part. */
export function largestParts(
  expressions: readonly Expression[],
  above: (expression: Expression) => boolean,
  isColumn: (expression: Expression) => boolean = () => false,
): readonly Expression[] {
  const parts: Expression[] = [];
  const see = (expression: Expression): void => {
    if (expression.kind === "constant" || expression.kind === "parameter") return;
    if (!isColumn(expression) && (above(expression) || dependsOnCaseTest(expression))) {
      visitChildren(expression, { expression: see, query: () => undefined });
    } else parts.push(expression);
  };
  for (const expression of expressions) see(expression);
  return parts;
}

/** A placeholder stands in it for a value from around it: CASE x WHEN …, casts of elements. */
function dependsOnCaseTest(expression: Expression): boolean {
  if (expression.kind === "caseTest") return true;
  const own = new Set<Expression>();
  if (expression.kind === "arrayCoerce") own.add(expression.element);
  if (expression.kind === "case" && expression.arg) {
    for (const { when } of expression.whens) own.add(when);
  }
  let found = false;
  visitChildren(expression, {
    expression(child) {
      if (!found && !own.has(child)) found = dependsOnCaseTest(child);
    },
    query: () => undefined,
  });
  return found;
}

/** Every expression whose value the query's output depends on. */
export const outputs = (query: SelectQuery): readonly Expression[] => [
  ...query.targets.map(({ expression }) => expression),
  ...query.orderBy.filter(({ target }) => target === undefined).map((key) => key.expression),
  ...(typeof query.distinct === "boolean" ? [] : query.distinct),
];
