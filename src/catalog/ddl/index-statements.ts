/** Statements about indexes, and about how relations are stored, kept in order and locked. */
import type { IndexStatement } from "../index-statement.ts";
import { cluster } from "./cluster.ts";
import type { DdlContext } from "./context.ts";
import { createIndex } from "./copy-index.ts";
import { lockTables } from "./lock-tables.ts";
import { moveAllRelations } from "./move-relations.ts";
import { reindex } from "./reindex.ts";
import { truncate } from "./truncate.ts";

export function executeIndexStatement(context: DdlContext, statement: IndexStatement): void {
  switch (statement.kind) {
    case "createIndex":
      return createIndex(context, statement);
    case "reindex":
      return reindex(context, statement);
    case "cluster":
      return cluster(context, statement);
    case "truncate":
      return truncate(context, statement);
    case "lockTables":
      return lockTables(context, statement);
    case "moveAllRelations":
      return moveAllRelations(context, statement);
  }
}
