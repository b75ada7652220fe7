/** The functions of a reader thread, for the translator's tests. */
import { epoch, oid } from "../../src/base/ids.ts";
import type { CatalogReader } from "../../src/catalog/reader.ts";
import { pgProc } from "../../src/catalog/relations/pg-proc.ts";
import { pgType } from "../../src/catalog/relations/pg-type.ts";
import type { RegisterFunctions } from "../../src/pages/reader-protocol.ts";
import { type RemoteQuery, remoteContext } from "../../src/sql/execute/function-environment.ts";
import { FunctionInstaller } from "../../src/sql/execute/register.ts";
import { SnapshotReader } from "../../src/sql/execute/snapshot-reader.ts";
import type { Printers } from "../../src/sql/functions/printers.ts";
import { buildRegistry, implementations } from "../../src/sql/functions/registrations.ts";

/** No query of these tests prints a stored tree. */
const printers: Printers = {
  expression: (tree) => tree,
  indexExpressions: () => [],
  statisticsExpressions: () => [],
  expressions: () => [],
  triggerCondition: () => "",
  operator: () => "",
  view: () => undefined,
  rule: () => undefined,
  partitionBy: () => undefined,
  partitionConstraint: () => undefined,
  updatable: () => 0,
  argumentDefaults: () => [],
  sqlBody: () => "",
  describeObject: () => undefined,
};

export const testRegistry = (catalog: CatalogReader) =>
  buildRegistry(catalog.all(pgProc), catalog.all(pgType), implementations(printers));

export const register: RegisterFunctions = ({ queries, tuples, sizes }) => {
  const builtIn = { epoch: epoch(0), database: oid(0), mutations: [] };
  const registry = testRegistry(new SnapshotReader(tuples, builtIn));
  const installer = new FunctionInstaller(queries, registry);
  return (context, mutations) => {
    const query = context as RemoteQuery;
    installer.install(query.functions);
    const catalog = new SnapshotReader(tuples, { ...query, mutations });
    installer.current = remoteContext(query, catalog, sizes);
  };
};
