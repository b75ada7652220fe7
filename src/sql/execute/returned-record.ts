/** RECORDS that a function has made, held against what is declared of them. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { isBinaryCoercible } from "../../catalog/opclasses.ts";
import type { FunctionContext } from "../functions/registry.ts";
import { decodeRecord } from "../types/records.ts";
import type { Scalar } from "../types/scalar.ts";
import { codecOf } from "../types/type-io.ts";
import { typeLabel } from "../types/type-names.ts";

/** The fields of a record that is a row with these types; undefined: with any. Throws 42804. */
export function returnedFields(
  context: FunctionContext,
  value: string,
  declared: readonly Oid[] | undefined,
): readonly Scalar[] {
  const { types, values } = decodeRecord(value, codecOf, context);
  const fail = (detail: string) => {
    const message = "function return row and query-specified return row do not match";
    return new SqlError("42804", message, { detail });
  };
  if (!declared) return values;
  if (types.length !== declared.length) {
    const attributes = `${types.length} attribute${types.length === 1 ? "" : "s"}`;
    throw fail(`Returned row contains ${attributes}, but query expects ${declared.length}.`);
  }
  for (const [at, type] of declared.entries()) {
    const given = types[at];
    if (given === undefined || isBinaryCoercible(context.catalog, given, type)) continue;
    const label = (id: Oid) => typeLabel(id, context);
    throw fail(
      `Returned type ${label(given)} at ordinal position ${at + 1}, but query expects ${label(type)}.`,
    );
  }
  return values;
}

/** A field of a record; `type`: that it is declared to have. Throws 42804, XX000. */
export function recordField(
  context: FunctionContext,
  value: string,
  place: number,
  type: Oid | undefined,
): Scalar {
  const { types, values } = decodeRecord(value, codecOf, context);
  const given = types[place - 1];
  if (type === undefined || given === type) return values[place - 1] ?? null;
  if (given === undefined) {
    const message = `attribute number ${place} exceeds number of columns ${types.length}`;
    throw new SqlError("XX000", message);
  }
  const [is, wanted] = [given, type].map((id) => typeLabel(id, context));
  throw new SqlError("42804", `attribute ${place} has wrong type`, {
    detail: `Table has type ${is}, but query expects ${wanted}.`,
  });
}
