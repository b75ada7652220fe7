/** What a connection says for the sink that names it. */
import type { CatalogReader } from "../reader.ts";
import type { Tuple } from "../relation.ts";
import { rwConnection } from "../relations/rw-connection.ts";
import type { rwConnector } from "../relations/rw-connector.ts";

type Connected = Pick<Tuple<(typeof rwConnector)["columns"]>, "options" | "connection">;

/** JSON: its own options, and those of its connection. */
export function wholeOptions(catalog: CatalogReader, { options, connection }: Connected): string {
  const row = catalog.find(rwConnection, "key", [connection]);
  return row ? JSON.stringify({ ...JSON.parse(row.options), ...JSON.parse(options) }) : options;
}
