/** Kinds of relations as the details of refusals name them. */
import type { SqlErrorFields } from "../../base/sql-error.ts";

const PLURALS: Readonly<Record<string, string>> = {
  r: "tables",
  p: "partitioned tables",
  i: "indexes",
  I: "partitioned indexes",
  S: "sequences",
  t: "TOAST tables",
  v: "views",
  m: "materialized views",
  c: "composite types",
  f: "foreign tables",
  x: "sources",
  s: "sinks",
};

export const notSupportedFor = ({ relkind }: { readonly relkind: string }): SqlErrorFields => ({
  detail: `This operation is not supported for ${PLURALS[relkind] ?? "relations"}.`,
});
