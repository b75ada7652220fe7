/** WHICH DDL RUNS WHERE: outside transaction blocks only, in read-only transactions too. */
import type { Reindex } from "../../catalog/index-statement.ts";
import type { AlterTable, DdlStatement } from "../../catalog/statement.ts";
import { findBoolean } from "../../catalog/statement-option.ts";

/** What a statement is called that must not run in a transaction block; undefined = it may. */
export function nameIfAlone(statement: DdlStatement, tag: string): string | undefined {
  switch (statement.kind) {
    case "createDatabase":
    case "dropDatabase":
    case "alterSystem":
    case "createTablespace":
    case "dropTablespace":
      return tag;
    case "databaseTablespace":
      return "ALTER DATABASE SET TABLESPACE";
    case "createIndex":
    case "dropRelations":
      return statement.concurrently ? `${tag} CONCURRENTLY` : undefined;
    case "alterTable":
      return detachesConcurrently(statement) ? "ALTER TABLE ... DETACH CONCURRENTLY" : undefined;
    case "cluster":
      return statement.table ? undefined : tag;
    case "reindex":
      return nameOfReindex(statement);
    default:
      return undefined;
  }
}

const detachesConcurrently = ({ actions }: AlterTable): boolean =>
  actions.some((action) => action.kind === "detachPartition" && action.concurrently);

function nameOfReindex({ target, options }: Reindex): string | undefined {
  const concurrently = options.findLast((option) => option.name === "concurrently");
  if (concurrently && findBoolean(concurrently) !== false) return "REINDEX CONCURRENTLY";
  if (target.kind === "index" || target.kind === "table") return undefined;
  return `REINDEX ${target.kind.toUpperCase()}`;
}

/** What changes neither definitions nor rows is done in read-only transactions as well. */
export const leavesDataAlone = ({ kind }: DdlStatement): boolean => harmless.has(kind);

const harmless: ReadonlySet<DdlStatement["kind"]> = new Set([
  "reindex",
  "cluster",
  "lockTables",
  "setConstraints",
  "alterSystem",
  "dropTemporary",
]);
