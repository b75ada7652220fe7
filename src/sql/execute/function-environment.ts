/**
 * What functions know of the running statement, in the two forms it takes: on the session's thread,
 * and on the way to another.
 */

import type { Oid } from "../../base/ids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { FunctionContext, SessionEffects, StorageBytes } from "../functions/registry.ts";
import { treeText } from "../print/node-tree.ts";
import type { FunctionUse } from "../translate/translation.ts";
import type { Scalar } from "../types/scalar.ts";
import type { Snapshot } from "./snapshot-reader.ts";

/** A FunctionContext before the runner has given it a catalog to read, and storages to measure. */
export interface FunctionEnvironment extends Omit<FunctionContext, "catalog" | "sizes"> {
  /** Every setting's effective value: what a reader thread is told. */
  readonly settings: () => ReadonlyMap<string, string>;
}

/** Cloneable: sent to a reader thread with each query. */
export interface RemoteQuery {
  readonly functions: readonly FunctionUse[];
  readonly epoch: Snapshot["epoch"];
  readonly database: Snapshot["database"];
  readonly session: Snapshot["session"];
  readonly context: Omit<
    FunctionContext,
    "catalog" | "sizes" | "setting" | "effects" | "mayLeave" | "treeText"
  >;
  readonly settings: ReadonlyMap<string, string>;
}

/** On the session's thread: what the statement says, when it is asked. */
class LocalContext implements FunctionContext {
  readonly catalog: CatalogReader;
  readonly mayLeave: boolean;
  readonly #of: FunctionEnvironment;
  readonly #sizes: () => StorageBytes;

  constructor(
    environment: FunctionEnvironment,
    catalog: CatalogReader,
    sizes: () => StorageBytes,
    mayLeave: boolean,
  ) {
    this.catalog = catalog;
    this.#sizes = sizes;
    this.mayLeave = mayLeave;
    this.#of = environment;
  }

  get sizes() {
    return this.#sizes();
  }
  get searchPath() {
    return this.#of.searchPath;
  }
  get explicitSearchPath() {
    return this.#of.explicitSearchPath;
  }
  get user() {
    return this.#of.user;
  }
  get triggerDepth() {
    return this.#of.triggerDepth ?? 0;
  }
  get sessionUser() {
    return this.#of.sessionUser;
  }
  get databaseName() {
    return this.#of.databaseName;
  }
  get processId() {
    return this.#of.processId;
  }
  get transactionTime() {
    return this.#of.transactionTime;
  }
  get statementTime() {
    return this.#of.statementTime;
  }
  get serverStartTime() {
    return this.#of.serverStartTime;
  }
  get setting() {
    return this.#of.setting;
  }
  get effects() {
    return this.#of.effects as SessionEffects;
  }
  readonly treeText = (stored: string) => treeText(stored, this);
  readonly checkDomain = (domain: Oid, value: Scalar): void =>
    this.effects.checkDomain(domain, value);
}

export const localContext = (
  environment: FunctionEnvironment,
  catalog: CatalogReader,
  sizes: () => StorageBytes,
  mayLeave: boolean,
): FunctionContext => new LocalContext(environment, catalog, sizes, mayLeave);

export function remoteQuery(
  environment: FunctionEnvironment,
  snapshot: Snapshot,
  functions: readonly FunctionUse[],
): RemoteQuery {
  const { epoch, database, session } = snapshot;
  const context = {
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
  return { functions, epoch, database, session, context, settings: environment.settings() };
}

export const remoteContext = (
  query: RemoteQuery,
  catalog: CatalogReader,
  sizes: StorageBytes,
): FunctionContext => {
  const context: FunctionContext = {
    ...query.context,
    catalog,
    sizes,
    setting: (name) => query.settings.get(name),
    treeText: (stored) => treeText(stored, context),
  };
  return context;
};
