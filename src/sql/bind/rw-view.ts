/** A view of rw_catalog, as data. */
import type { Oid } from "../../base/ids.ts";

export interface RwView {
  readonly name: string;
  readonly columns: Readonly<Record<string, Oid>>;
  readonly query: string;
}
