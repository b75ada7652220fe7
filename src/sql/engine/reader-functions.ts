/**
 * The functions on a reader thread: the module that the reader pool (pages/reader-pool.ts) is told
 * to import.
 */
import { epoch, oid } from "../../base/ids.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { RegisterFunctions } from "../../pages/reader-protocol.ts";
import { BuiltinCatalog } from "../bind/builtin.ts";
import { type RemoteQuery, remoteContext } from "../execute/function-environment.ts";
import { FunctionInstaller } from "../execute/register.ts";
import { SnapshotReader } from "../execute/snapshot-reader.ts";
import { buildRegistry } from "../functions/registrations.ts";
import { loadGrammar } from "../parse/grammar.ts";
import { allImplementations } from "./implementations.ts";

// Definitions of the system's views are read from their texts.
await loadGrammar();

export const register: RegisterFunctions = ({ queries, tuples, sizes }) => {
  // Built-in rows are those of epoch 0 that belong to every database.
  const builtIn = { epoch: epoch(0), database: oid(0), mutations: [] };
  const start = new SnapshotReader(tuples, builtIn);
  const registry = buildRegistry(
    start.all(pgProc),
    start.all(pgType),
    allImplementations(new BuiltinCatalog()),
  );
  const installer = new FunctionInstaller(queries, registry);
  return (context, mutations) => {
    const query = context as RemoteQuery;
    installer.install(query.functions);
    const catalog = new SnapshotReader(tuples, { ...query, mutations });
    installer.current = remoteContext(query, catalog, sizes);
  };
};
