/** Columns of a query as the fields of what a body takes of it. */
import type { Oid } from "../../base/ids.ts";
import type { Field } from "../bind/field.ts";
import type { ResultColumn } from "../session/api.ts";

export const fieldOf = ({ name, type, typmod }: ResultColumn): Field => ({
  ...{ name, type, typmod: typmod ?? -1 },
  collation: 0 as Oid,
});
