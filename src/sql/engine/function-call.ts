/** The call of a function by its oid, as a query. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { checkMayUse } from "../../catalog/privileges.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import type { BindContext } from "../bind/context.ts";
import { Names } from "../bind/names.ts";
import { plainSelect, plainTarget } from "../bind/plain-select.ts";
import type { BoundQuery, Expression } from "../bind/tree.ts";
import type { QueryPlan, StatementContext } from "../session/engine.ts";
import type { Planner } from "./planner.ts";
import { whatIsDenied } from "./readable.ts";

/** Throws 42883, 42501 for its schema, and 0A000 for what is no plain function. */
export function planCall(planner: Planner, called: Oid, context: StatementContext): QueryPlan {
  const binding = planner.bindContext(context);
  const { oid } = context.user;
  const bound = boundCall(binding, called, oid);
  const denied = whatIsDenied(bound, binding.catalog, oid);
  return { ...planner.planOf(bound, context), denied };
}

/** SELECT f($1, …, $n) */
function boundCall(context: BindContext, called: Oid, role: Oid): BoundQuery {
  const { catalog } = context;
  const names = new Names(context.builtin, context.catalog, context.searchPath);
  const facts = names.findFunction(called);
  if (!facts) throw new SqlError("42883", `function with OID ${called} does not exist`);
  if (facts.kind !== "f" || facts.returnsSet) {
    const message = `cannot call function "${facts.name}" via fastpath interface`;
    throw new SqlError("0A000", message);
  }
  const namespace = catalog.find(pgProc, "key", [called])?.pronamespace;
  const schema = catalog.find(pgNamespace, "key", [namespace ?? 0]);
  if (schema) checkMayUse(catalog, role, schema);
  const typed = (type: Oid) => ({ type, typmod: -1, collation: names.type(type).collation });
  const call: Expression = {
    kind: "function",
    function: called,
    args: facts.args.map((type, at) => ({ kind: "parameter", number: at + 1, ...typed(type) })),
    returnsSet: false,
    variadic: facts.variadic !== 0,
    form: "call",
    ...typed(facts.result),
  };
  const query = plainSelect([plainTarget(call, facts.name)]);
  return { query, parameterTypes: facts.args };
}
