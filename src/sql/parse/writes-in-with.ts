/** Queries whose own WITH holds INSERT, UPDATE or DELETE. */
import type { SelectStmt } from "libpg-query";

export const writesInWith = ({ withClause }: SelectStmt): boolean =>
  (withClause?.ctes ?? []).some((node) => {
    const body = "CommonTableExpr" in node ? node.CommonTableExpr.ctequery : undefined;
    return body !== undefined && !("SelectStmt" in body);
  });
