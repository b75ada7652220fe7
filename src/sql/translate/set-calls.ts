/**
 * Set-returning functions: as table-valued functions of SQLite, in FROM and in target lists.
 *
 * SQLite passes arguments of a table-valued function as equalities with hidden columns, and no
 * equality with NULL holds. So NULL travels as a value of a storage class that the argument's type
 * never has: text for integers, an integer for the others.
 */
import type { Oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { Expression } from "../bind/tree.ts";
import type { OutputColumn } from "../functions/registry.ts";
import { callTypes } from "./calls.ts";
import { type Emitter, typeSuffix } from "./emitter.ts";
import { recordText, type Scope } from "./scope.ts";
import type { RowsCall } from "./translation.ts";
import { isSetCall, walk } from "./walk.ts";

type SetCall = Extract<Expression, { kind: "function" | "operator" }>;

/** A call as part of a table-valued function; undefined for an expression that is none. */
export function rowsCallOf(
  emitter: Emitter,
  call: Expression,
  columns: number,
  definitions?: readonly OutputColumn[],
): RowsCall | undefined {
  if (call.kind !== "function" && call.kind !== "operator") return undefined;
  if (!emitter.context.registry.set(call.function)) {
    if (call.returnsSet) throw emitter.missingFunction(call.function).at(call.position);
    return undefined;
  }
  const variadic = call.kind === "function" && call.variadic;
  return {
    function: call.function,
    types: {
      ...callTypes(call.args, call.type, variadic),
      ...(definitions && { columns: definitions }),
    },
    args: call.args.map((arg) => emitter.context.types.storage(arg.type)),
    columns,
  };
}

/** `r…(args)`: the functions in lock-step. Undefined when one of them returns no set. */
export function emitRowsFunction(
  emitter: Emitter,
  scope: Scope,
  functions: readonly {
    readonly call: Expression;
    readonly columns: number;
    readonly definitions?: readonly OutputColumn[];
  }[],
): string | undefined {
  const calls: RowsCall[] = [];
  const args: string[] = [];
  for (const { call, columns, definitions } of functions) {
    const found = rowsCallOf(emitter, call, columns, definitions);
    if (!found) return undefined;
    calls.push(found);
    for (const [at, arg] of (call as SetCall).args.entries()) {
      args.push(argumentText(emitter, scope, arg, found.args[at] === "integer"));
    }
  }
  const name = emitter.use({ name: rowsName(emitter, calls), kind: "rows", calls });
  return `${name}(${args.join(", ")})`;
}

function argumentText(emitter: Emitter, scope: Scope, arg: Expression, integer: boolean): string {
  const text = emitter.expression(scope, arg);
  if (arg.kind === "constant" && arg.value !== null) return text;
  return `ifnull(${text}, ${integer ? "''" : "0"})`;
}

function rowsName(emitter: Emitter, calls: readonly RowsCall[]): string {
  const parts = calls.map((call) => {
    const found = emitter.context.registry.set(call.function);
    if (found) emitter.note(found);
    const types = found?.polymorphic ? `_${typeSuffix(call.types)}` : "";
    return `r${call.function}${types}_${call.args.map((one) => one[0]).join("")}_${call.columns}`;
  });
  return parts.join("__");
}

/** A set-returning call of a target list, and the node whose value one of its columns is. */
export interface SetCallUnit {
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

/** The columns of a function that returns rows, by their type or by its output arguments. */
function outputsOf(emitter: Emitter, call: SetCall): readonly Output[] {
  const { catalog } = emitter.context;
  const relation = catalog.find(pgType, "key", [call.type])?.typrelid;
  if (relation) {
    return catalog
      .list(pgAttribute, "key", [relation])
      .filter(({ attnum, attisdropped }) => attnum > 0 && !attisdropped)
      .toSorted((a, b) => a.attnum - b.attnum)
      .map(({ attname, atttypid }) => ({ name: attname, type: atttypid }));
  }
  const row = catalog.find(pgProc, "key", [call.function]);
  const { proargmodes, proallargtypes, proargnames } = row ?? {};
  const outputs = (proallargtypes ?? []).flatMap((type, at) =>
    "obt".includes(proargmodes?.[at] ?? "i") ? [{ type, name: proargnames?.[at] ?? "" }] : [],
  );
  if (outputs.length > 0) return outputs;
  throw notSupported("a set of rows of this function in a target list", call.position);
}

export function setCallUnits(
  emitter: Emitter,
  expressions: readonly Expression[],
): readonly SetCallUnit[] {
  const units: SetCallUnit[] = [];
  walk(expressions, (node) => {
    const expression = node as unknown as Expression;
    if (expression.kind === "field" && isSetCall(expression.arg as never)) {
      const call = expression.arg as SetCall;
      units.push({ call, node: expression, column: expression.field, outputs: undefined });
      return false;
    }
    if (isSetCall(node)) {
      const call = expression as SetCall;
      const isRow = emitter.context.types.isComposite(expression.type);
      const outputs = isRow ? outputsOf(emitter, call) : undefined;
      units.push({ call, node: expression, column: 1, outputs });
      return false;
    }
    return node.kind !== "subLink";
  });
  return units;
}

/**
 * One table-valued function over all the calls, in lock-step; each unit's node becomes one of its
 * columns.
 */
export function emitSetCalls(
  emitter: Emitter,
  scope: Scope,
  units: readonly SetCallUnit[],
): string {
  const alias = emitter.alias("t");
  // `(f(x)).*` arrives as one call for each field.
  const groups = new Map<string, { call: SetCall; columns: number; units: SetCallUnit[] }>();
  for (const unit of units) {
    const { call } = unit;
    const plain = { ...call, position: undefined };
    const same = JSON.stringify(plain, (key, value) =>
      key === "position" ? undefined : typeof value === "bigint" ? `${value}n` : value,
    );
    const group = groups.get(same) ?? { call, columns: 0, units: [] };
    group.columns = Math.max(group.columns, unit.column, unit.outputs?.length ?? 0);
    group.units.push(unit);
    groups.set(same, group);
  }
  let first = 0;
  for (const group of groups.values()) {
    for (const { node, column, outputs } of group.units) {
      const from = first;
      const fields = outputs?.map((field, at) => ({
        ...field,
        text: `${alias}.c${from + at + 1}`,
      }));
      const value = fields ? recordText(emitter, fields) : `${alias}.c${first + column}`;
      emitter.replaced.set(node, value);
    }
    first += group.columns;
  }
  const rows = emitRowsFunction(emitter, scope, [...groups.values()]);
  if (rows === undefined) throw notSupported("this set-returning function");
  return `${rows} AS ${alias}`;
}
