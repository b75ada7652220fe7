/** Which types have an owner of their own, and who may use one for a column. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { kinds } from "../acl.ts";
import type { TypeTuple } from "../names.ts";
import { may } from "../privileges.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgType } from "../relations/pg-type.ts";
import type { DdlContext } from "./context.ts";

/** Row types follow their table, arrays their element. Throws 42809. */
export function checkTypeOwnable({ catalog, expressions }: DdlContext, oid: Oid): void {
  const type = catalog.find(pgType, "key", [oid]);
  if (!type) return;
  const name = expressions.typeText(oid);
  const isRow = type.typtype === "c" && catalog.find(pgClass, "key", [type.typrelid]);
  if (isRow && isRow.relkind !== "c") {
    throw new SqlError("42809", `${name} is a table's row type`, {
      hint: "Use ALTER TABLE instead.",
    });
  }
  const element = catalog.find(pgType, "key", [type.typelem]);
  if (element?.typarray !== oid) return;
  const shown = expressions.typeText(element.oid);
  throw new SqlError("42809", `cannot alter array type ${name}`, {
    hint: `You can alter type ${shown}, which will alter the array type as well.`,
  });
}

/** USAGE on the type of a column, of an array on its elements' type. Throws 42501. */
export function checkMayUseType({ catalog, user, expressions }: DdlContext, type: TypeTuple): void {
  const isArray = type.typlen === -1 && type.typelem !== 0;
  const used = isArray ? catalog.find(pgType, "key", [type.typelem]) : type;
  if (!used?.typacl) return;
  const { typowner: owner, typacl: acl } = used;
  if (may(catalog, user.oid, { kind: kinds.type, owner, acl }, "U")) return;
  throw new SqlError("42501", `permission denied for type ${expressions.typeText(used.oid)}`);
}
