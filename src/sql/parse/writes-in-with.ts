/** INSERT, UPDATE, DELETE and MERGE, and queries whose own WITH holds one of them. */
import type { Node, SelectStmt } from "libpg-query";
import type { ModifyStatement } from "./statement.ts";

export const writesInWith = ({ withClause }: SelectStmt): boolean =>
  (withClause?.ctes ?? []).some((node) => {
    const body = "CommonTableExpr" in node ? node.CommonTableExpr.ctequery : undefined;
    return body !== undefined && !("SelectStmt" in body);
  });

/** A query that writes in its WITH is one that writes. */
export function modify(node: Node): ModifyStatement | undefined {
  if ("SelectStmt" in node && writesInWith(node.SelectStmt)) {
    return { kind: "modify", node, returns: true };
  }
  const tree =
    "InsertStmt" in node
      ? node.InsertStmt
      : "UpdateStmt" in node
        ? node.UpdateStmt
        : "DeleteStmt" in node
          ? node.DeleteStmt
          : "MergeStmt" in node
            ? node.MergeStmt
            : undefined;
  return tree && { kind: "modify", node, returns: (tree.returningList ?? []).length > 0 };
}
