/** A statement of a routine's body that is about to run: bound over the routine's parameters. */
import { notSupported } from "../../base/sql-error.ts";
import { assignCollations } from "./collation.ts";
import type { BindContext } from "./context.ts";
import type { BoundWriting } from "./modify.ts";
import { plainTarget } from "./plain-select.ts";
import { bindingOf, bindModify, bindQuery, type ModifyNode, returningOf } from "./query.ts";
import { fitColumns, fittedQuery, type RoutineShape } from "./routine-body.ts";
import type { BoundReading } from "./routine-calls.ts";
import { Parameters, Scope } from "./scope.ts";
import type { Target } from "./tree.ts";
import { VOID } from "./type-oids.ts";

export interface BodyPlace {
  readonly shape: RoutineShape;
  /** What it gives is what the routine returns. */
  readonly isLast: boolean;
}

export const inBody = (context: BindContext, { shape }: BodyPlace): BindContext => ({
  ...context,
  parameterTypes: shape.args,
  inferParameters: false,
  routine: { name: shape.name, parameters: shape.argNames },
});

const scopeOf = (context: BindContext): Scope =>
  new Scope(bindingOf(context, new Parameters([], false)), undefined);

const isReturned = ({ shape, isLast }: BodyPlace): boolean => isLast && shape.result !== VOID;

export function bindQueryIn(
  node: unknown,
  context: BindContext,
  place: BodyPlace | undefined,
): BoundReading {
  if (!place) return bindQuery(node, context);
  const bound = bindQuery(node, inBody(context, place));
  if (!isReturned(place)) return bound;
  return { ...bound, query: fittedQuery(bound.query, place.shape, scopeOf(context)) };
}

export function bindModifyIn(
  node: ModifyNode,
  context: BindContext,
  place: BodyPlace | undefined,
): BoundWriting {
  if (!place) return bindModify(node, context);
  const bound = bindModify(node, inBody(context, place));
  if (!isReturned(place)) return bound;
  const scope = scopeOf(context);
  const { main } = bound;
  if (main.kind === "select") {
    return { ...bound, main: { ...main, query: fittedQuery(main.query, place.shape, scope) } };
  }
  const made = fitColumns(returningOf(main)?.targets, place.shape, scope);
  const targets: Target[] = made.map((expression) => {
    assignCollations(scope.names, expression);
    return plainTarget(expression);
  });
  // MERGE returns nothing: it has been refused by then.
  if (main.kind === "merge") return bound;
  if (main.kind === "ruled") throw notSupported("RETURNING behind rules in a routine");
  return { ...bound, main: { ...main, returning: { ...main.returning, targets } } };
}
