/** What an enum is made of. https://www.postgresql.org/docs/15/functions-enum.html */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgEnum } from "../../catalog/relations/pg-enum.ts";
import { encodeList } from "../types/array-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { usableLabel } from "../types/type-io.ts";
import { formatType } from "../types/type-names.ts";
import { defineFor } from "./define.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

/** The labels in their order. */
function labelsOf(type: Oid, { catalog }: FunctionContext) {
  const labels = [...catalog.list(pgEnum, "typid_label", [type])];
  return labels.sort((a, b) => a.enumsortorder - b.enumsortorder);
}

const endpoint = (name: string, at: 0 | -1): FunctionDefinition =>
  defineFor(`${name}(anyenum)`, ({ args }) => (context) => {
    const type = args[0] as Oid;
    const label = labelsOf(type, context).at(at);
    if (label) return usableLabel(label, context);
    throw new SqlError("55000", `enum ${formatType(type, -1, context)} contains no values`);
  });

/** Both ends included; NULL is the end itself. */
function range(type: Oid, context: FunctionContext, lower: Scalar, upper: Scalar): string {
  const values: bigint[] = [];
  let inside = lower === null;
  for (const label of labelsOf(type, context)) {
    inside ||= BigInt(label.oid) === lower;
    if (inside) values.push(usableLabel(label, context));
    if (BigInt(label.oid) === upper) break;
  }
  return encodeList(values);
}

export const enumFunctions: readonly FunctionDefinition[] = [
  endpoint("enum_first", 0),
  endpoint("enum_last", -1),
  defineFor(
    "enum_range(anyenum)",
    ({ args }) =>
      (context) =>
        range(args[0] as Oid, context, null, null),
  ),
  defineFor(
    "enum_range(anyenum, anyenum)",
    ({ args }) =>
      (context, lower = null, upper = null) =>
        range(args[0] as Oid, context, lower, upper),
  ),
];
