/** What a row type must not have among its columns, at whatever depth: itself. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgRange } from "../relations/pg-range.ts";
import { pgType } from "../relations/pg-type.ts";
import type { DdlContext } from "./context.ts";

/** Throws 42P16. `within`: the row types that a value of the type would be in. */
export function checkMember(context: DdlContext, type: Oid, within: readonly Oid[]): void {
  const { catalog } = context;
  const row = catalog.find(pgType, "key", [type]);
  if (!row) return;
  switch (row.typtype) {
    case "d":
      return checkMember(context, row.typbasetype, within);
    case "c": {
      if (within.includes(type)) {
        const shown = context.expressions.typeText(type);
        throw new SqlError("42P16", `composite type ${shown} cannot be made a member of itself`);
      }
      for (const { attnum, atttypid } of catalog.list(pgAttribute, "key", [row.typrelid])) {
        if (attnum > 0 && atttypid !== 0) checkMember(context, atttypid, [...within, type]);
      }
      return;
    }
    case "r": {
      const range = catalog.find(pgRange, "key", [type]);
      return range && checkMember(context, range.rngsubtype, within);
    }
    case "m": {
      const range = catalog.find(pgRange, "rngmultitypid", [type]);
      return range && checkMember(context, range.rngtypid, within);
    }
    default:
      if (row.typelem !== 0 && row.typlen === -1) checkMember(context, row.typelem, within);
  }
}
