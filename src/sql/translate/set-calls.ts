/**
 * Set-returning functions: as table-valued functions of SQLite, in FROM and in target lists.
 *
 * SQLite passes arguments of a table-valued function as equalities with hidden columns, and no
 * equality with NULL holds. So NULL travels as a value of a storage class that the argument's type
 * never has: text for integers, an integer for the others.
 */
import type { Oid } from "../../base/ids.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import type { Expression } from "../bind/tree.ts";
import { visitChildren } from "../bind/walk.ts";
import type { OutputColumn } from "../functions/registry.ts";
import { callTypes } from "./calls.ts";
import { type Emitter, typeSuffix } from "./emitter.ts";
import { outputType } from "./output-types.ts";
import { recordText, type Scope } from "./scope.ts";
import type { RowsCall } from "./translation.ts";
import { isSetCall } from "./walk.ts";

const RECORD = 2249;

type SetCall = Extract<Expression, { kind: "function" | "operator" }>;

/** A function of FROM: what it yields, and the columns that it is defined to have. */
export interface RowsFunction {
  readonly call: Expression;
  readonly columns: number;
  readonly definitions?: readonly OutputColumn[] | undefined;
  /** It stands in FROM, where a row is its fields, though it may be of one. */
  readonly isOpened?: boolean;
}

const isCall = (call: Expression): call is SetCall & Expression =>
  call.kind === "function" || call.kind === "operator";

/** The call as part of a table-valued function. A value that is no set is a row of its own. */
function rowsCallOf(
  emitter: Emitter,
  { call, columns, definitions, isOpened }: RowsFunction,
): RowsCall {
  const { types } = emitter.context;
  const isRow =
    types.isComposite(call.type) && (columns > 1 || isOpened === true || definitions !== undefined);
  const defined = definitions ? { columns: definitions } : {};
  const lost = isRow ? lostColumns(emitter, call.type, columns) : [];
  const isRoutine =
    isCall(call) && call.returnsSet && emitter.findRoutine(call.function) !== undefined;
  if (isCall(call) && (isRoutine || emitter.context.registry.set(call.function))) {
    const variadic = call.kind === "function" && call.variadic;
    return {
      function: call.function,
      types: { ...callTypes(call.args, call.type, variadic), ...defined },
      args: call.args.map((arg) => types.storage(arg.type)),
      // Functions of an element type, unnest among them, give a row as one value.
      opened: isRow && outputsOf(emitter, call).length === 0 && !isUntypedRow(emitter, call),
      ...{ lost, columns, isRoutine },
    };
  }
  if (isCall(call) && call.returnsSet)
    throw emitter.missingFunction(call.function).at(call.position);
  const value = { args: [call.type], result: call.type, variadic: false, ...defined };
  const args = [types.storage(call.type)];
  const given = { function: 0 as Oid, types: value, args };
  return { ...given, opened: isRow, lost, columns, isRoutine: false };
}

function lostColumns({ context }: Emitter, type: Oid, columns: number): readonly number[] {
  const place = (attribute: number) => context.types.fieldPlace(type, attribute);
  return Array.from({ length: columns }, (_, at) => at).filter(
    (at) => place(at + 2) === place(at + 1),
  );
}

/** `r…(args)`: the functions in lock-step. */
export function emitRowsFunction(
  emitter: Emitter,
  scope: Scope,
  functions: readonly RowsFunction[],
): string {
  const calls: RowsCall[] = [];
  const args: string[] = [];
  for (const one of functions) {
    const found = rowsCallOf(emitter, one);
    calls.push(found);
    const values = found.function === 0 || !isCall(one.call) ? [one.call] : one.call.args;
    for (const [at, arg] of values.entries()) {
      args.push(argumentText(emitter, scope, arg, found.args[at] === "integer"));
    }
  }
  const name = emitter.use({ name: rowsName(emitter, calls), kind: "rows", calls });
  return `${name}(${args.join(", ")})`;
}

/** Beside others SQLite may go through rows again and again: these are made once. */
export function keptRows(emitter: Emitter, rows: string, alias: string): string {
  const kept = emitter.alias("w");
  return `(WITH ${kept} AS MATERIALIZED (${rows}) SELECT * FROM ${kept}) AS ${alias}`;
}

export function argumentText(
  emitter: Emitter,
  scope: Scope,
  arg: Expression,
  integer: boolean,
): string {
  const text = emitter.expression(scope, arg);
  if (arg.kind === "constant" && arg.value !== null) return text;
  return `ifnull(${text}, ${integer ? "''" : "0"})`;
}

function rowsName(emitter: Emitter, calls: readonly RowsCall[]): string {
  const parts = calls.map((call) => {
    const found = emitter.context.registry.set(call.function);
    if (found) emitter.note(found, call.types);
    const typed =
      found?.polymorphic || call.isRoutine || call.opened || call.types.columns !== undefined;
    const types = typed ? `_${typeSuffix(call.types)}` : "";
    const args = call.args.map((one) => one[0]).join("");
    return `r${call.function}${types}_${args}_${call.columns}${call.opened ? `o${call.lost.join("l")}` : ""}`;
  });
  return parts.join("__");
}

/** A set-returning call of a target list, and the node whose value one of its columns is. */
interface SetCallUnit {
  readonly call: SetCall;
  /** The call itself, or the field selected from it. */
  readonly node: Expression;
  /** 1-based */
  readonly column: number;
  /** Present: the value is the whole row. */
  readonly outputs: readonly Output[] | undefined;
}

interface Output {
  readonly name: string;
  readonly type: Oid;
}

/** The columns of a function that returns rows, by its output arguments; empty without any. */
function outputsOf(emitter: Emitter, call: SetCall): readonly Output[] {
  const { catalog } = emitter.context;
  const row = catalog.find(pgProc, "key", [call.function]);
  const { proargmodes, proallargtypes, proargnames, proargtypes = [] } = row ?? {};
  const args = call.args.map(({ type }) => type);
  return (proallargtypes ?? []).flatMap((declared, at) => {
    if (!"obt".includes(proargmodes?.[at] ?? "i")) return [];
    const type = outputType(catalog, declared, proargtypes, args);
    return [{ type, name: proargnames?.[at] ?? "" }];
  });
}

/** Declared to return record, so that its rows are columns by a definition list. */
const isUntypedRow = (emitter: Emitter, call: SetCall): boolean =>
  emitter.context.catalog.find(pgProc, "key", [call.function])?.prorettype === RECORD;

/**
 * The calls in the expressions, by how deep set-returning calls are nested in their arguments:
 * those of one depth run in lock-step, for each row of the depth before.
 * https://www.postgresql.org/docs/15/xfunc-sql.html#XFUNC-SQL-FUNCTIONS-RETURNING-SET
 */
function setCallLevels(
  emitter: Emitter,
  expressions: readonly Expression[],
): readonly (readonly SetCallUnit[])[] {
  const levels: SetCallUnit[][] = [];
  /** The greatest depth of a call in the expression; 0 = there is none. */
  const see = (expression: Expression): number => {
    if (emitter.replacement(expression) !== undefined) return 0;
    const field = expression.kind === "field" && isSetCallNode(expression.arg);
    const call = field ? expression.arg : expression;
    let depth = 0;
    visitChildren(call, {
      expression: (child) => {
        depth = Math.max(depth, see(child));
      },
      query: () => undefined,
    });
    if (!isSetCallNode(call)) return depth;
    const isRow = !field && emitter.context.types.isComposite(expression.type);
    const known = isRow ? outputsOf(emitter, call as SetCall) : [];
    const outputs = known.length > 0 ? known : undefined;
    const column = field ? expression.field : 1;
    levels[depth] = [
      ...(levels[depth] ?? []),
      { call: call as SetCall, node: expression, column, outputs },
    ];
    return depth + 1;
  };
  for (const expression of expressions) see(expression);
  return levels;
}

const isSetCallNode = (expression: Expression): boolean => isSetCall(expression as never);

/**
 * Table-valued functions over all the calls in the expressions; each becomes one of their columns.
 * Nothing when there are none.
 */
export function emitSetCalls(
  emitter: Emitter,
  scope: Scope,
  expressions: readonly Expression[],
): readonly string[] {
  return setCallLevels(emitter, expressions).map((units) => emitLevel(emitter, scope, units));
}

function emitLevel(emitter: Emitter, scope: Scope, units: readonly SetCallUnit[]): string {
  const alias = emitter.alias("t");
  // `(f(x)).*` arrives as one call for each field.
  const groups = new Map<string, RowsFunction & { columns: number; units: SetCallUnit[] }>();
  for (const unit of units) {
    const isOpened = unit.node !== unit.call;
    const same = `${isOpened}${sameText(unit.call)}`;
    const call: Expression = unit.call;
    const group = groups.get(same) ?? { call, columns: 0, units: [], isOpened };
    group.columns = Math.max(group.columns, unit.column, unit.outputs?.length ?? 0);
    group.units.push(unit);
    groups.set(same, group);
  }
  const rows = emitRowsFunction(emitter, scope, [...groups.values()]);
  let first = 0;
  for (const group of groups.values()) {
    for (const { node, column, outputs } of group.units) {
      const from = first;
      const fields = outputs?.map((field, at) => ({
        ...field,
        text: `${alias}.c${from + at + 1}`,
      }));
      const value = fields ? recordText(emitter, fields) : `${alias}.c${first + column}`;
      emitter.replace(node, value);
    }
    first += group.columns;
  }
  return `${rows} AS ${alias}`;
}

const sameText = (call: SetCall): string =>
  JSON.stringify(call, (key, value) =>
    key === "position" ? undefined : typeof value === "bigint" ? `${value}n` : value,
  );
