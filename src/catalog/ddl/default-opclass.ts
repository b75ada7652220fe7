/** The operator class that a statement takes for a type without naming one. */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { type AccessMethod, BTREE } from "../access-methods.ts";
import { isOwnBase } from "../base-types.ts";
import { findDefaultOpclass, type OpclassTuple } from "../opclasses.ts";
import type { DdlContext } from "./context.ts";

/**
 * 0A000: values are compared as their types do, whatever a class of users' says that is not the
 * type's own.
 */
export function refuseOwnOrder(
  { catalog }: DdlContext,
  { oid, opcname, opcdefault, opcintype, opcmethod }: OpclassTuple,
  what: string,
): void {
  if (oid < FIRST_USER_OID) return;
  const isOwn = opcdefault && opcmethod === BTREE && isOwnBase(catalog, opcintype);
  if (!isOwn) throw notSupported(`${what} operator class "${opcname}"`);
}

/** What is found is remembered: types and operator classes of the system never change. */
export function getDefaultOpclass(
  context: DdlContext,
  type: Oid,
  method: AccessMethod,
): OpclassTuple {
  const { opclasses } = context.system;
  const key = `${method.oid} ${type}`;
  const found = opclasses.get(key) ?? findDefaultOpclass(context.catalog, type, method.oid);
  if (!found) {
    const shown = context.expressions.typeText(type);
    throw new SqlError(
      "42704",
      `data type ${shown} has no default operator class for access method "${method.name}"`,
      {
        hint: "You must specify an operator class for the index or define a default operator class for the data type.",
      },
    );
  }
  if (type < FIRST_USER_OID && found.oid < FIRST_USER_OID) opclasses.set(key, found);
  return found;
}
