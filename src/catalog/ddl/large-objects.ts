/** Large objects, of which there are none until something can create one. */
import { SqlError } from "../../base/sql-error.ts";
import { addressOf } from "../describe.ts";
import { pgLargeobject } from "../relations/pg-largeobject.ts";
import { pgLargeobjectMetadata } from "../relations/pg-largeobject-metadata.ts";
import type { FindContext } from "./context.ts";
import type { FoundObject } from "./object-ownership.ts";

/** Its comment belongs to the class of its pages. */
export function findLargeObject({ catalog }: FindContext, oid: number): FoundObject {
  const row = catalog.find(pgLargeobjectMetadata, "key", [oid]);
  if (!row) throw new SqlError("42704", `large object ${oid} does not exist`);
  const ownership = {
    by: "owner",
    owner: row.lomowner,
    noun: "large object",
    name: String(oid),
  } as const;
  return { address: addressOf(pgLargeobject.oid, row.oid), shared: false, ownership };
}
