/**
 * NODES THAT REACH BEYOND THEIR EXPRESSION: sub-selects and aggregates, and where an expression
 * stands.
 */
import { pgAggregate } from "../../catalog/relations/pg-aggregate.ts";
import type { Aggregate, Expression, Query, SortKey, SubLink, Typed } from "../bind/tree.ts";
import type { TypeContext } from "../types/codec.ts";
import { type Node, node, oids } from "./node-text.ts";

/** Where an expression stands. */
export interface Place {
  readonly context: TypeContext;
  /** One for each query that it is in, the innermost first. */
  readonly levels: readonly Level[];
  readonly queryNode: (query: Query, place: Place) => Node;
  /** The sort clauses of an aggregate, whose arguments are targets of their own. */
  readonly sortNode: (key: SortKey, ref: number, context: TypeContext) => Node;
  readonly groupNode: (of: Expression, ref: number, context: TypeContext) => Node;
}

export interface Level {
  /** Whether PostgreSQL counts it, too: branches of set operations may be part of one query. */
  readonly counted: boolean;
  /** The number of the target that the expression is, for what names it. */
  readonly refOf?: (expression: Expression) => number;
}

export type Inner = (each: Expression) => Node;

const HERE = -1;
const LINKS = ["exists", "all", "any", "rowCompare", "expression", "multiple", "array"];

/** What functions compare by: the first of the arguments' collations. */
export const inputCollation = (args: readonly (Expression | undefined)[]): number =>
  args.find((arg) => arg !== undefined && arg.collation !== 0)?.collation ?? 0;

export const levelsUp = (number: number, { levels }: Place): number =>
  levels.slice(0, number).filter(({ counted }) => counted).length;

export function parameterNode(
  kind: 0 | 2,
  number: number,
  { type, typmod, collation }: Typed,
): Node {
  return node("PARAM", {
    paramkind: kind,
    paramid: number,
    paramtype: type,
    paramtypmod: typmod,
    paramcollid: collation,
    location: HERE,
  });
}

export function subLinkNode(expression: SubLink, inner: Inner, place: Place): Node {
  const { link, test, query } = expression;
  const columns = query.targets.filter((target) => !target.junk);
  const compare = (left: Expression, at: number): Node => {
    const column = columns[at]?.expression as Expression;
    const type = test?.rightTypes[at] ?? column.type;
    const right = parameterNode(2, at + 1, { ...column, type });
    return node("OPEXPR", {
      opno: test?.operators[at] ?? 0,
      opfuncid: test?.functions[at] ?? 0,
      opresulttype: 16,
      opretset: false,
      opcollid: 0,
      inputcollid: inputCollation([left, column]),
      args: [inner(left), right],
      location: HERE,
    });
  };
  const [first, ...more] = test?.left.map(compare) ?? [];
  const testexpr =
    first && more.length > 0
      ? node("BOOLEXPR", { boolop: "and", args: [first, ...more], location: HERE })
      : first;
  return node("SUBLINK", {
    subLinkType: LINKS.indexOf(link),
    subLinkId: 0,
    testexpr,
    operName: test ? [test.operatorName] : undefined,
    subselect: place.queryNode(query, place),
    location: HERE,
  });
}

export function targetNode(expr: Node, resno: number, more: Partial<Node["fields"]> = {}): Node {
  const { resname, ressortgroupref = 0, resorigtbl = 0, resorigcol = 0, resjunk = false } = more;
  const origin = { resorigtbl, resorigcol, resjunk };
  return node("TARGETENTRY", { expr, resno, resname, ressortgroupref, ...origin });
}

/** Its sort clauses, and with DISTINCT one for each argument; and the number of each argument. */
function aggregateSorting({ args, orderBy, distinct }: Aggregate, place: Place) {
  const { context, sortNode, groupNode } = place;
  const order = orderBy.map((key, at) => sortNode(key, at + 1, context));
  const refs = args.map((_, at) => orderBy.findIndex((key) => key.target === at + 1) + 1);
  if (!distinct) return { order, refs };
  const distincts = [...order];
  for (const [at, arg] of args.entries()) {
    if (refs[at]) continue;
    refs[at] = distincts.length + 1;
    distincts.push(groupNode(arg, distincts.length + 1, context));
  }
  return { order, refs, distincts };
}

export function aggregateNode(expression: Aggregate & Typed, inner: Inner, place: Place): Node {
  const row = place.context.catalog.find(pgAggregate, "key", [expression.function]);
  const direct = expression.directArgs ?? [];
  const { order, refs, distincts } = aggregateSorting(expression, place);
  return node("AGGREF", {
    aggfnoid: expression.function,
    aggtype: expression.type,
    aggcollid: expression.collation,
    inputcollid: inputCollation([...direct, ...expression.args]),
    aggtranstype: 0,
    aggargtypes: oids([...direct, ...expression.args].map((arg) => arg.type)),
    aggdirectargs: direct.map(inner),
    args: expression.args.map((arg, at) =>
      targetNode(inner(arg), at + 1, { ressortgroupref: refs[at] }),
    ),
    aggorder: order,
    aggdistinct: distincts,
    aggfilter: expression.filter && inner(expression.filter),
    aggstar: expression.star,
    aggvariadic: expression.variadic,
    aggkind: row?.aggkind ?? "n",
    agglevelsup: levelsUp(expression.levelsUp, place),
    aggsplit: 0,
    aggno: -1,
    aggtransno: -1,
    location: HERE,
  });
}
