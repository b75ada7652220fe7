/** Foreign tables as whoever reads rows meets them. */
import type { Oid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import type { CatalogReader } from "./reader.ts";
import { pgForeignDataWrapper } from "./relations/pg-foreign-data-wrapper.ts";
import { pgForeignServer } from "./relations/pg-foreign-server.ts";
import { pgForeignTable } from "./relations/pg-foreign-table.ts";

/** 55000 for a foreign table: no wrapper has a handler, for none can be loaded. */
export function refuseForeign(
  catalog: CatalogReader,
  { oid, relkind }: { readonly oid: Oid; readonly relkind: string },
): void {
  if (relkind !== "f") return;
  const table = catalog.find(pgForeignTable, "key", [oid]);
  const server = table && catalog.find(pgForeignServer, "key", [table.ftserver]);
  const wrapper = server && catalog.find(pgForeignDataWrapper, "key", [server.srvfdw]);
  throw new SqlError("55000", `foreign-data wrapper "${wrapper?.fdwname}" has no handler`);
}
