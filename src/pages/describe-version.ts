/** Tuple versions as text, for dumps and golden tests. */
import { EPOCH_MAX } from "../base/ids.ts";
import type { Value } from "../base/value.ts";
import type { TableLayout } from "./layout.ts";
import type { TupleVersion } from "./visibility.ts";

/** `pg_namespace 5 [3, ∞) oid=2200 nspname="public" nspacl=null` */
export function describeVersion(table: TableLayout, version: TupleVersion): string {
  const { db, xmin, xmax, row } = version;
  const values = table.columns.map(({ name }, at) => `${name}=${describeValue(row[at] ?? null)}`);
  const end = xmax === EPOCH_MAX ? "∞" : xmax;
  return `${table.name} ${db} [${xmin}, ${end}) ${values.join(" ")}`;
}

function describeValue(value: Value): string {
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  if (typeof value === "bigint") return `${value}n`;
  return JSON.stringify(value);
}
