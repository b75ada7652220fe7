/** x[1] := …, x.y := …: the whole that a variable holds when a part of it is assigned. */
import type { Node, SelectStmt } from "@pgsql/types";
import { SqlError } from "../../base/sql-error.ts";
import { assignElement } from "./assignment.ts";
import { assignCollations } from "./collation.ts";
import { bindVariable } from "./column-ref.ts";
import { isExpression } from "./expand-routines.ts";
import { strings } from "./node.ts";
import { plainTarget } from "./plain-select.ts";
import { around, columnsOf } from "./routine-body.ts";
import { type Binding, Scope } from "./scope.ts";
import type { TargetColumn } from "./target-table.ts";
import type { Expression, Query } from "./tree.ts";
import { UNKNOWN } from "./type-oids.ts";

export interface AssignedPart {
  /** The parser's SelectStmt of the target alone. */
  readonly target: unknown;
  readonly variable: readonly string[];
}

/** `query`: gives the part, in one column. */
export function assignedPart(binding: Binding, query: Query, part: AssignedPart): Query {
  const { variable } = part;
  const { length } = columnsOf(query);
  const [given] = columnsOf(query);
  if (!given || length !== 1) {
    throw new SqlError("42601", `assignment source returned ${length} columns`);
  }
  const isAlone = query.kind === "select" && isExpression(query);
  const outside = isAlone ? query : around(query);
  const scope = new Scope(binding, undefined);
  for (const entry of outside.rangeTable) scope.addEntry(entry);
  const held = bindVariable(scope, variable, undefined) as Expression;
  const { kind, type } = given.expression;
  const isOpen = type === UNKNOWN && (kind === "constant" || kind === "parameter");
  const [target] = isOpen ? [given] : columnsOf(outside);
  const value = (target ?? given).expression;
  const name = variable.at(-1) ?? "";
  const column = { ...held, name } as unknown as TargetColumn;
  const indirection = stepsOf(targetOf(part.target as SelectStmt), variable.length);
  const made = assignElement(scope, column, held, { name, indirection }, value, "UPDATE");
  assignCollations(scope.names, made);
  return { ...outside, targets: [plainTarget(made)] };
}

function targetOf({ targetList = [] }: SelectStmt): Node {
  const [only] = targetList;
  return only && "ResTarget" in only && only.ResTarget.val ? only.ResTarget.val : { A_Star: {} };
}

/** What stands behind the first names. */
function stepsOf(target: Node, names: number): Node[] {
  const isPath = "ColumnRef" in target;
  const around = "A_Indirection" in target ? target.A_Indirection : { arg: target };
  const { arg, indirection = [] } = isPath ? { arg: target } : around;
  const fields = arg && "ColumnRef" in arg ? strings(arg.ColumnRef.fields ?? []) : [];
  const rest: Node[] = fields.slice(names).map((sval) => ({ String: { sval } }));
  return [...rest, ...indirection];
}
