/** What WITH CHECK OPTION asks of a view. https://www.postgresql.org/docs/15/sql-createview.html */
import { SqlError } from "../../base/sql-error.ts";
import type { ClassTuple } from "../names.ts";
import { pgRewrite } from "../relations/pg-rewrite.ts";
import type { DdlContext } from "./context.ts";

/** The rule that holds a view's query. */
export const RETURN_RULE = "_RETURN";

/** 0A000 when the options ask for what the view's query cannot keep. */
export function checkViewOptions(
  { catalog, expressions }: DdlContext,
  view: ClassTuple,
  options: readonly string[] | null,
): void {
  if (!options?.some((text) => text.startsWith("check_option="))) return;
  const [rule] = catalog.list(pgRewrite, "rel_rulename", [view.oid, RETURN_RULE]);
  if (rule) refuseCheckOption(expressions.whyNotUpdatable(rule.ev_action));
}

/** `hint`: why the view is not updatable; undefined = it is. */
export function refuseCheckOption(hint: string | undefined): void {
  if (hint === undefined) return;
  const message = "WITH CHECK OPTION is supported only on automatically updatable views";
  throw new SqlError("0A000", message, { hint });
}
