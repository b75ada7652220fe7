/** What a view's changes need of the transaction that maintains it. */
import type { StatementContext } from "../session/engine.ts";
import { equalityOf } from "./equality.ts";
import type { ViewChangesHost } from "./view-changes.ts";
import type { WritingHost } from "./writing-host.ts";

export function viewChangesHost(host: WritingHost, context: StatementContext): ViewChangesHost {
  const { transaction, catalog, store, catalogEpoch } = host;
  return {
    ...{ transaction, catalog, store, catalogEpoch },
    takeSnapshot: () => host.takeSnapshot(),
    bindContext: (reader) => host.planner.bindContext(context, reader),
    prepare: (query, snapshot, reader = catalog) => {
      const translation = host.planner.translateWhole(query, context, reader);
      const meter = reader === catalog ? undefined : context.meter;
      return (parameters) => host.run(translation, parameters, context, { snapshot, meter });
    },
    equality: (type) => equalityOf(host.planner.bindContext(context, catalog), type),
  };
}
