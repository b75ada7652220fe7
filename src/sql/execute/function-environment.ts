/** What functions know of the running statement, in the two forms it takes: on the session's thread, and on the way to another. */
import type { CatalogReader } from "../../catalog/reader.ts";
import type { FunctionContext } from "../functions/registry.ts";
import type { FunctionUse } from "../translate/translation.ts";
import type { Snapshot } from "./snapshot-reader.ts";

/** A FunctionContext before the runner has given it a catalog to read. */
export interface FunctionEnvironment extends Omit<FunctionContext, "catalog"> {
  /** Every setting's effective value: what a reader thread is told. */
  readonly settings: () => ReadonlyMap<string, string>;
}

/** Cloneable: sent to a reader thread with each query. */
export interface RemoteQuery {
  readonly functions: readonly FunctionUse[];
  readonly epoch: Snapshot["epoch"];
  readonly database: Snapshot["database"];
  readonly context: Omit<FunctionContext, "catalog" | "setting" | "effects">;
  readonly settings: ReadonlyMap<string, string>;
}

export const localContext = (
  environment: FunctionEnvironment,
  catalog: CatalogReader,
): FunctionContext => {
  const { settings: _, ...context } = environment;
  return { ...context, catalog };
};

/** Whatever else the environment holds for the session's own functions stays on its thread. */
export function remoteQuery(
  environment: FunctionEnvironment,
  snapshot: Snapshot,
  functions: readonly FunctionUse[],
): RemoteQuery {
  const { epoch, database } = snapshot;
  const context: RemoteQuery["context"] = {
    searchPath: environment.searchPath,
    explicitSearchPath: environment.explicitSearchPath,
    user: environment.user,
    sessionUser: environment.sessionUser,
    databaseName: environment.databaseName,
    processId: environment.processId,
    transactionTime: environment.transactionTime,
    statementTime: environment.statementTime,
    serverStartTime: environment.serverStartTime,
  };
  return { functions, epoch, database, context, settings: environment.settings() };
}

export const remoteContext = (query: RemoteQuery, catalog: CatalogReader): FunctionContext => ({
  ...query.context,
  catalog,
  setting: (name) => query.settings.get(name),
});
