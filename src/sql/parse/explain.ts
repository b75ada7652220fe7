/** EXPLAIN. https://www.postgresql.org/docs/15/sql-explain.html */
import type { ExplainStmt } from "libpg-query";
import type { StatementOption } from "../../catalog/statement-option.ts";
import type { Statement } from "./statement.ts";
import { statementOptions } from "./statement-options.ts";

export const explained = (
  statement: Statement,
  options: readonly StatementOption[],
): Statement => ({
  ...statement,
  body: { kind: "explain", options, statement },
  tag: "EXPLAIN",
});

export const explainOptions = ({ options }: ExplainStmt): readonly StatementOption[] =>
  statementOptions(options);
