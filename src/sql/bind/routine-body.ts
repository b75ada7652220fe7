/**
 * THE BODY OF A ROUTINE IN SQL: its statements bound over the parameters, and its last query fitted
 * to what the routine returns.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/executor/functions.c
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Tuple } from "../../catalog/relation.ts";
import type { pgProc } from "../../catalog/relations/pg-proc.ts";
import { baseType } from "./base-type.ts";
import { functionFacts } from "./builtin.ts";
import { coerceToTarget } from "./coerce.ts";
import { assignCollations } from "./collation.ts";
import type { BindContext, BodyStatement } from "./context.ts";
import { type Field, fieldsOfType, outputsOf, selectField } from "./field.ts";
import { plainSelect, plainTarget } from "./plain-select.ts";
import type { Scope } from "./scope.ts";
import type { Expression, Query, RangeTableEntry, SelectQuery, Target } from "./tree.ts";
import { INT4, RECORD, VOID } from "./type-oids.ts";
import { typeText } from "./type-text.ts";

export interface RoutineShape {
  readonly name: string;
  readonly args: readonly Oid[];
  /** "" of a parameter without a name. */
  readonly argNames: readonly string[];
  readonly result: Oid;
  /** Columns of a result that is a record; fewer than two: the result is no row of its own. */
  readonly outputs: readonly Field[];
  /** They come from a definition list: one makes a row, too. */
  readonly isDefined?: true;
}

/** `result`: the type of the call, of arguments with these types. */
export function shapeOf(
  scope: Scope,
  row: Tuple<(typeof pgProc)["columns"]>,
  call: { readonly args: readonly Expression[]; readonly type: Oid },
): RoutineShape {
  const facts = functionFacts(row);
  const { name, names, modes } = facts;
  const args = call.args.map(({ type }) => type);
  const argNames = (names ?? []).filter((_, at) => "ibv".includes(modes?.[at] ?? "i"));
  return { name, args, argNames, result: call.type, outputs: outputsOf(scope, facts, args) };
}

/** What the last statement gives, if it gives rows. */
export interface BoundBody {
  readonly query: Query | undefined;
  /** Columns that it gives; undefined: none. */
  readonly targets: readonly Target[] | undefined;
}

/** Binds the statements of a body; throws what one of them fails by. */
export type BindBody = (
  statements: readonly BodyStatement[],
  shape: RoutineShape,
  context: BindContext,
) => BoundBody;

/** Columns of a query's result. */
export const columnsOf = (query: Query): readonly Target[] =>
  query.targets.filter(({ junk }) => !junk);

/** 42P13 unless rows with these columns can be what the routine returns. */
export function checkReturned(
  targets: readonly Target[] | undefined,
  shape: RoutineShape,
  scope: Scope,
): void {
  if (shape.result !== VOID) fitColumns(targets, shape, scope);
}

/**
 * The columns as the routine returns them: one of its type, or those of its row type. A whole row
 * of that type is taken apart; `asValue`: unless it is a record, which stays as it is.
 */
export function fitColumns(
  targets: readonly Target[] | undefined,
  shape: RoutineShape,
  scope: Scope,
  asValue = false,
): readonly Expression[] {
  const { names } = scope;
  const { result, outputs } = shape;
  if (!targets) {
    throw mismatch(
      scope,
      shape,
      "Function's final statement must be SELECT or INSERT/UPDATE/DELETE RETURNING.",
    );
  }
  const given = targets.map(({ expression }) => expression);
  // A procedure returns a row even when it is of one column.
  const isOne = outputs.length === 1 && result === RECORD;
  const isProcedure = isOne && !shape.isDefined;
  const isRow = outputs.length > 1 || isOne;
  const all = isRow ? outputs : fieldsOfType(scope, result);
  const fields = isRow ? outputs : all?.filter(isThere);
  const [only, ...more] = given;
  if (!fields && result !== RECORD) {
    if (!only || more.length > 0) {
      throw mismatch(scope, shape, "Final statement must return exactly one column.");
    }
    const made = coerceToTarget(scope, only, result, -1, "assignment", "implicit");
    if (made) return [made];
    throw mismatch(scope, shape, `Actual return type is ${typeText(names, only.type)}.`);
  }
  if (!fields) return given;
  const whole = more.length === 0 && !isProcedure ? wholeRow(scope, only, result) : undefined;
  if (whole && asValue && result === RECORD) return [whole];
  if (whole) {
    const types = fields.map(({ type }) => type);
    const declared = result === RECORD ? { declared: types } : {};
    const selected = all?.map((field, at) => {
      return { field, node: { ...selectField(whole, field, at + 1), ...declared } };
    });
    return selected?.flatMap(({ field, node }) => (isRow || isThere(field) ? [node] : [])) ?? [];
  }
  const fitted = fields.map((field, at) => {
    const each = given[at];
    if (!each) throw mismatch(scope, shape, "Final statement returns too few columns.");
    const { type, typmod } = field;
    const made = coerceToTarget(scope, each, type, typmod, "assignment", "implicit");
    if (made) return made;
    const [is, wanted] = [each.type, type].map((oid) => typeText(names, oid));
    const detail = `Final statement returns ${is} instead of ${wanted} at column ${at + 1}.`;
    throw mismatch(scope, shape, detail);
  });
  if (given.length === fields.length) return fitted;
  throw mismatch(scope, shape, "Final statement returns too many columns.");
}

/** One column that is the row itself. */
function wholeRow(scope: Scope, only: Expression | undefined, result: Oid): Expression | undefined {
  if (!only) return undefined;
  const type = baseType(scope.names, only.type);
  if (type === baseType(scope.names, result)) return only;
  if (result === RECORD) return scope.names.type(type).relation === 0 ? undefined : only;
  if (only.kind !== "row") return undefined;
  return coerceToTarget(scope, only, result, -1, "assignment", "implicit");
}

const isThere = ({ name }: Field): boolean => name !== "";

function mismatch({ names }: Scope, { result }: RoutineShape, detail: string): SqlError {
  const message = `return type mismatch in function declared to return ${typeText(names, result)}`;
  return new SqlError("42P13", message, { detail });
}

/** The query with the columns that the routine returns, in their types. */
export function fittedQuery(
  query: Query,
  shape: RoutineShape,
  scope: Scope,
  asValue = false,
): Query {
  const targets = columnsOf(query);
  if (shape.result === VOID) {
    return { ...around(query), targets: [plainTarget(nullOf(VOID))] };
  }
  const fitted = fitColumns(targets, shape, scope, asValue);
  if (fitted.every((each, at) => each === targets[at]?.expression)) return query;
  // A row that is taken apart is computed once.
  const isOpened = fitted.some(isComputed);
  if (isPlain(query) && !isOpened) {
    for (const each of fitted) assignCollations(scope.names, each);
    const made = fitted.map((expression) => plainTarget(expression));
    return { ...query, targets: [...made, ...query.targets.filter(({ junk }) => junk)] };
  }
  // What is sorted, grouped or united as it was written is coerced around.
  const outside = around(query);
  const again = fitColumns(outside.targets, shape, scope, asValue);
  for (const each of again) assignCollations(scope.names, each);
  return { ...outside, targets: again.map((expression) => plainTarget(expression)) };
}

/** A field of what is more than a column, or a row that is no more than its fields. */
const isComputed = (node: Expression): boolean =>
  node.kind === "field" &&
  node.arg.kind !== "column" &&
  (node.arg.kind !== "row" || node.declared !== undefined);

/** Its columns in FROM: those that the type has lost are there, and NULL. */
export function withLost(query: SelectQuery, columns: readonly Field[]): SelectQuery {
  const found = query.targets.values();
  const targets = columns.map(({ name }) =>
    name === "" ? plainTarget(nullOf(INT4)) : (found.next().value as Target),
  );
  return { ...query, targets };
}

/** The query with its columns as one, a row of the type that the routine returns. */
export function asRow(query: Query, { result, outputs }: RoutineShape): Query {
  const whole = around(query);
  const args = whole.targets.map(({ expression }) => expression);
  const names = whole.targets.map(({ name }, at) => outputs[at]?.name ?? name);
  const row: Expression = {
    kind: "row",
    args,
    names,
    form: "implicit",
    type: result,
    typmod: -1,
    collation: INVALID_OID,
  };
  return { ...whole, targets: [plainTarget(row)] };
}

/** A query whose columns nothing else in it names. */
const isPlain = (query: Query): query is SelectQuery =>
  query.kind === "select" &&
  query.distinct === false &&
  query.orderBy.length === 0 &&
  query.groupBy.length === 0 &&
  !query.groupingSets;

/** SELECT * FROM (query). */
export function around(query: Query): SelectQuery {
  const columns = columnsOf(query).map(({ name, expression }) => ({ name, ...expression }));
  const entry: RangeTableEntry = {
    kind: "subquery",
    name: "*SELECT*",
    names: columns.map(({ name }) => name),
    types: columns.map(({ type }) => type),
    typmods: columns.map(({ typmod }) => typmod),
    collations: columns.map(({ collation }) => collation),
    lateral: false,
    query,
  };
  const targets = columns.map(({ name, type, typmod, collation }, at) =>
    plainTarget(
      { kind: "column", table: 1, attribute: at + 1, levelsUp: 0, type, typmod, collation },
      name,
    ),
  );
  return { ...plainSelect(targets), rangeTable: [entry], from: [{ kind: "table", table: 1 }] };
}

/** For results that no column is made of. */
export const nullOf = (type: Oid): Expression => ({
  kind: "constant",
  value: null,
  type,
  typmod: -1,
  collation: INVALID_OID,
});
