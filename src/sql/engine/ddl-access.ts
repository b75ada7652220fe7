/** What DDL is given of the session, the transaction and the server. */
import { statSync } from "node:fs";
import type { Oid } from "../../base/ids.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import type { DdlContext, FireTruncate } from "../../catalog/ddl/context.ts";
import type { RowWork } from "../../catalog/ddl/row-work.ts";
import { effectiveSearchPath, type Role } from "../../catalog/names.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import type { BindContext } from "../bind/context.ts";
import { makeDictionary } from "../functions/search-dictionaries.ts";
import type { StatementContext } from "../session/engine.ts";
import { timestamptz } from "../types/datetimes.ts";
import { ExpressionStore } from "./expression-store.ts";
import type { EngineParts } from "./parts.ts";
import { RelationExpressions } from "./relation-expressions.ts";

/** `catalog` is the transaction's. */
export function ddlContextOf(
  { storage, system, sessions, registry }: EngineParts,
  transaction: CatalogTransaction,
  catalog: Catalog,
  context: StatementContext,
  rows: RowWork,
  bindContext: () => BindContext,
  fireTruncate?: FireTruncate,
): DdlContext {
  const computes = (id: Oid) => registry.scalar(id)?.session === false;
  const ddl: DdlContext = {
    transaction,
    catalog,
    user: context.user,
    sessionUser: context.sessionUser,
    databaseName: context.databaseName,
    searchPath: context.searchPathNames,
    allocateOid: storage.allocator.oid,
    notice: (notice) => context.notice(notice),
    expressions: new ExpressionStore(bindContext),
    relations: new RelationExpressions(bindContext, context, computes),
    rows,
    fireTruncate,
    isRead: (relation) => context.effects.cursors.read(relation),
    onCommit: context.onCommit,
    system,
    sequences: storage.sequences,
    settings: context.storedSettings,
    request: context.request,
    meter: context.meter,
    now: context.now,
    values: {
      timestamp: (text) => timestamptz.parse(text, -1, context),
      checkDictionary: (template, options) => void makeDictionary(context, template, options),
    },
    pathKind: (path) => {
      const found = statSync(path, { throwIfNoEntry: false });
      return found && (found.isDirectory() ? "directory" : "other");
    },
    sessions: {
      count: (database) => sessions.sessionsIn(database),
      terminate: (database) => {
        for (const processId of sessions.processesIn(database)) {
          context.effects.terminateBackend(processId, 0);
        }
      },
    },
    within: (searchPath, owner) => {
      const bindInside = () => {
        const path = effectiveSearchPath(catalog, searchPath, owner.oid);
        return insideOf(bindContext(), path, owner);
      };
      const expressions = new ExpressionStore(bindInside);
      const relations = new RelationExpressions(bindInside, context, computes);
      return { ...ddl, user: owner, searchPath, expressions, relations };
    },
  };
  return ddl;
}

function insideOf(context: BindContext, searchPath: readonly Oid[], user: Role): BindContext {
  const { catalog, types } = context;
  const { setting, transactionTime, checkDomain } = types;
  const inside = { catalog, user, searchPath, setting, transactionTime };
  return { ...context, searchPath, types: checkDomain ? { ...inside, checkDomain } : inside };
}
