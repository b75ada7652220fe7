/**
 * COMPOSITE TYPES: a relation of columns without rows, which is a part of its type.
 * https://www.postgresql.org/docs/15/rowtypes.html
 */

import { SqlError } from "../../base/sql-error.ts";
import { RELATION_CLASS, TYPE_CLASS } from "../class-oids.ts";
import { addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { pgClass } from "../relations/pg-class.ts";
import type { CreateComposite } from "../type-statement.ts";
import {
  checkColumnType,
  checkNamedOnce,
  insertColumn,
  planAttribute,
  sayPrecisions,
} from "./columns.ts";
import type { DdlContext } from "./context.ts";
import { insertCompositeType, placeForType } from "./new-types.ts";
import { relationTablespace } from "./tablespaces.ts";

export function createComposite(
  context: DdlContext,
  { type: named, columns: written }: CreateComposite,
): void {
  const { catalog } = context;
  const { name } = named;
  const namespace = placeForType(context, named);
  relationTablespace(context, { persistence: "p" });
  const columns = written.map((column) => planAttribute(context, column));
  checkNamedOnce(columns);
  sayPrecisions(context, columns);
  for (const column of columns) checkColumnType(context, column);
  if (catalog.find(pgClass, "relname_nsp", [name, namespace.oid])) {
    throw new SqlError("42P07", `relation "${name}" already exists`);
  }
  const oid = context.allocateOid();
  const type = insertCompositeType(context, namespace.oid, name, oid);
  catalog.insert(pgClass, {
    oid,
    relname: name,
    relnamespace: namespace.oid,
    reltype: type,
    relowner: context.user.oid,
    relkind: "c",
    relnatts: columns.length,
    relreplident: "n",
  });
  columns.forEach((column, at) => {
    insertColumn(context, oid, at + 1, column);
  });
  addDependency(catalog, addressOf(RELATION_CLASS, oid), addressOf(TYPE_CLASS, type), "i");
}
