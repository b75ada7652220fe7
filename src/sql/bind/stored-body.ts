/**
 * BODIES OF ROUTINES THAT ARE NO TEXT: RETURN … and BEGIN ATOMIC … END, bound when the routine is
 * made, over its parameters, and kept as trees.
 * https://www.postgresql.org/docs/15/sql-createfunction.html
 */
import type { Node } from "@pgsql/types";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { SqlBody } from "../../catalog/routine-statement.ts";
import { decodeBody } from "./codec.ts";
import type { BindContext } from "./context.ts";
import type { RuleAction, StoredStatement } from "./modify.ts";
import { bindingOf, bindModifying, parametersOf } from "./query.ts";
import { columnsOf, type RoutineShape } from "./routine-body.ts";
import { asStored, refuseForms } from "./rule.ts";
import { type Binding, Scope } from "./scope.ts";
import { isStoredQuery } from "./stored-statements.ts";
import type { Query, Target } from "./tree.ts";

/** Throws 0A000 for statements that do not run in one, and what parse analysis throws. */
export function bindSqlBody(
  { statements }: SqlBody,
  { name, args, argNames }: Pick<RoutineShape, "name" | "args" | "argNames">,
  context: BindContext,
): readonly StoredStatement[] {
  const routine = { name, parameters: argNames };
  const inside = { ...context, inferParameters: false, parameterTypes: args, routine };
  return statements.map(({ node, tag }) => bindStatement(node as Node, tag, inside));
}

/** Columns of what the last statement gives; undefined: none. */
export function targetsOf(body: string): readonly Target[] | undefined {
  const last = decodeBody(body).at(-1);
  if (!last) return undefined;
  return isStoredQuery(last) ? columnsOf(last.query) : last.returning?.targets;
}

const WHERE = "a body of SQL";

function bindStatement(node: Node, tag: string, context: BindContext): StoredStatement {
  const binding = bindingOf(context, parametersOf(context));
  if ("ReturnStmt" in node) return bindReturn(binding, node.ReturnStmt.returnval as Node);
  if ("SelectStmt" in node) {
    refuseForms(node, WHERE);
    return {
      kind: "query",
      query: binding.bindSubquery(new Scope(binding, undefined), node, true),
    };
  }
  if ("MergeStmt" in node) throw notSupported(`MERGE in ${WHERE}`);
  if (!("InsertStmt" in node || "UpdateStmt" in node || "DeleteStmt" in node)) {
    throw new SqlError("0A000", `${tag} is not yet supported in unquoted SQL function body`);
  }
  refuseForms(node, WHERE);
  const scope = new Scope({ ...binding, isStored: true }, undefined);
  return asStored(bindModifying(scope, node) as RuleAction);
}

/** SELECT of one value. */
function bindReturn(binding: Binding, value: Node): StoredStatement {
  const targetList = [{ ResTarget: { val: value } }];
  const node = { SelectStmt: { targetList, op: "SETOP_NONE" } } as unknown as Node;
  const query = binding.bindSubquery(new Scope(binding, undefined), node, true);
  const targets = query.targets.map((target) => ({ ...target, name: "?column?" }));
  return { kind: "return", query: { ...query, targets } as Query };
}
