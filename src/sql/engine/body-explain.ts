/** EXPLAIN IN BODIES: of queries and of what changes rows, as one row a line. */
import { notSupported } from "../../base/sql-error.ts";
import type { ExplainStatement } from "../parse/statement.ts";
import type { ModifyQueryPlan, ModifyRequest, PlanRequest, QueryPlan } from "../session/engine.ts";
import { explainAtOnce, explainColumns, explainedQuery } from "../session/explain-commands.ts";
import type { ExplainedPlan } from "../session/explained.ts";
import { fieldOf } from "./body-fields.ts";
import { NOTHING } from "./body-others.ts";

export interface ExplainHost {
  explain(request: PlanRequest): ExplainedPlan<QueryPlan>;
  explainModify(request: ModifyRequest): ExplainedPlan<ModifyQueryPlan>;
}

/** `run`: for ANALYZE; answers how many rows there are. Throws 0A000 for other statements. */
export function explained(
  host: ExplainHost,
  whole: ExplainStatement,
  request: Omit<PlanRequest, "query">,
  run: (plan: QueryPlan | ModifyQueryPlan) => number,
) {
  const { statement, options } = whole;
  const { body, tag } = statement;
  const query = explainedQuery(whole);
  if (body.kind === "refused") throw body.error;
  let lines: readonly string[];
  if (query) lines = explainAtOnce(options, () => host.explain({ ...request, query }), run);
  else if (body.kind === "modify") {
    const explain = () => host.explainModify({ ...request, modify: body });
    lines = explainAtOnce(options, explain, run);
  } else throw notSupported(`EXPLAIN ${tag} in PL/pgSQL`);
  const columns = explainColumns(whole).map(fieldOf);
  return { ...NOTHING, columns, rows: lines.map((line) => [line]), count: lines.length };
}
