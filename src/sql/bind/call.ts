/**
 * CALL: the procedure is found, its arguments are bound.
 * https://www.postgresql.org/docs/15/sql-call.html
 */
import type { FuncCall } from "@pgsql/types";
import { SqlError } from "../../base/sql-error.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { functionFacts } from "./builtin.ts";
import { assignCollations, refuseRoutine } from "./collation.ts";
import { bindProcedureCall } from "./function.ts";
import { strings } from "./node.ts";
import { finishParameters } from "./parameter.ts";
import { plainSelect, plainTarget } from "./plain-select.ts";
import { type RoutineShape, shapeOf } from "./routine-body.ts";
import { type Binding, Scope } from "./scope.ts";
import type { BoundQuery } from "./tree.ts";

export interface BoundProcedureCall {
  /** One row: what the parameters that take something are given. */
  readonly arguments: BoundQuery;
  readonly procedure: Exclude<ReturnType<typeof procedureOf>, undefined>;
  readonly shape: RoutineShape;
}

/** `node`: the parser's FuncCall. Throws 42883, 42725, 42809, and what binding an argument does. */
export function bindCall(binding: Binding, node: unknown): BoundProcedureCall {
  const scope = new Scope(binding, undefined);
  scope.kind = "CALL";
  const { candidate, args } = bindProcedureCall(scope, node as FuncCall);
  const procedure = procedureOf(binding, candidate.facts.oid);
  if (!procedure) throw new SqlError("XX000", `cache lookup failed for ${candidate.facts.oid}`);
  const facts = functionFacts(procedure);
  // What stands for an OUT parameter is not computed.
  const inputs = facts.modes ? args.filter((_, at) => facts.modes?.[at] !== "o") : args;
  for (const arg of inputs) {
    assignCollations(scope.names, arg);
    refuseRoutine(scope.names, facts.oid, arg.collation, arg.position);
  }
  const query = plainSelect(inputs.map((arg) => plainTarget(arg)));
  return {
    arguments: { query, parameterTypes: finishParameters(binding, query) },
    procedure,
    shape: shapeOf(scope, procedure, { args: inputs, type: facts.result }),
  };
}

/** What stands for a parameter that gives something back. */
export interface OutputPlace {
  readonly parameter: string;
  /** The name there; undefined: something else stands there, or nothing. */
  readonly path: readonly string[] | undefined;
}

/** In the order of the row that CALL answers. */
export function outputPlaces(
  node: unknown,
  { procedure }: BoundProcedureCall,
): readonly OutputPlace[] {
  const { names, modes } = functionFacts(procedure);
  const { args = [] } = node as FuncCall;
  return (modes ?? []).flatMap((mode, at): OutputPlace[] => {
    if (mode !== "o" && mode !== "b") return [];
    const parameter = names?.[at] ?? "";
    const named = args.flatMap((arg) => ("NamedArgExpr" in arg ? arg.NamedArgExpr : []));
    const positional = args[at];
    const given =
      named.find(({ name }) => name === parameter)?.arg ??
      (positional && !("NamedArgExpr" in positional) ? positional : undefined);
    const path = given && "ColumnRef" in given ? strings(given.ColumnRef.fields ?? []) : undefined;
    return [{ parameter: parameter || `$${at + 1}`, path }];
  });
}

const procedureOf = ({ context }: Binding, oid: number) =>
  context.catalog.find(pgProc, "key", [oid]);

/** Of a call in the body of a routine. */
export function checkNoOutputs({ shape }: BoundProcedureCall): void {
  if (shape.outputs.length === 0) return;
  const message = "calling procedures with output arguments is not supported in SQL functions";
  throw new SqlError("0A000", message);
}
