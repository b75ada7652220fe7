/** ALTER COLUMN: defaults, NOT NULL, and the expression of a generated column. */

import { notice, SqlError, withoutPosition } from "../../base/sql-error.ts";
import { parentsOf } from "../inheritance.ts";
import type { ClassTuple } from "../names.ts";
import { findAttribute } from "../names.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgIndex } from "../relations/pg-index.ts";
import type { AlterTableAction } from "../statement.ts";
import { checkNoSystemColumn } from "./columns.ts";
import type { DdlContext } from "./context.ts";
import { type AttributeTuple, insertDefault, removeDefault } from "./defaults.ts";
import { queueWork } from "./row-work.ts";

export function getColumn(context: DdlContext, table: ClassTuple, name: string): AttributeTuple {
  checkNoSystemColumn(name, "alter");
  const column = findAttribute(context.catalog, table.oid, name);
  if (column) return column;
  throw new SqlError("42703", `column "${name}" of relation "${table.relname}" does not exist`);
}

export function changeDefault(
  context: DdlContext,
  table: ClassTuple,
  action: Extract<AlterTableAction, { kind: "setDefault" | "dropDefault" }>,
): void {
  const column = getColumn(context, table, action.column);
  const source =
    column.attidentity !== ""
      ? { is: "an identity column", drop: "DROP IDENTITY" }
      : column.attgenerated !== ""
        ? { is: "a generated column", drop: "DROP EXPRESSION" }
        : undefined;
  if (source) {
    const hint = `Use ALTER TABLE ... ALTER COLUMN ... ${source.drop} instead.`;
    throw new SqlError(
      "42601",
      `column "${column.attname}" of relation "${table.relname}" is ${source.is}`,
      action.kind === "dropDefault" ? { hint } : {},
    );
  }
  removeDefault(context, table.oid, column.attnum);
  if (action.kind === "dropDefault") return;
  const { attname: name, atttypid: type, atttypmod: typmod } = column;
  const bound = withoutPosition(() =>
    context.expressions.bindDefault(action.expression, { name, type, typmod }),
  );
  if (bound) insertDefault(context, table.oid, column.attnum, bound);
}

/** The column keeps its values and becomes a plain one. */
export function dropExpression(
  context: DdlContext,
  table: ClassTuple,
  action: Extract<AlterTableAction, { kind: "dropIdentity" | "dropExpression" }>,
): void {
  const column = getColumn(context, table, action.column);
  if (column.attgenerated === "") {
    const what = "is not a stored generated column";
    return skipOrRefuse(context, action.ifExists, table, column, what);
  }
  context.catalog.update(pgAttribute, column, { attgenerated: "" });
  removeDefault(context, table.oid, column.attnum);
}

/** 55000, or with IF EXISTS the notice that the action was skipped. */
export function skipOrRefuse(
  context: DdlContext,
  ifExists: boolean,
  table: ClassTuple,
  { attname }: AttributeTuple,
  what: string,
): void {
  const error = unfitColumn(table, attname, what);
  if (!ifExists) throw error;
  context.notice(notice(`${error.message}, skipping`));
}

export const unfitColumn = (table: ClassTuple, column: string, what: string): SqlError =>
  new SqlError("55000", `column "${column}" of relation "${table.relname}" ${what}`);

export function changeNotNull(
  context: DdlContext,
  table: ClassTuple,
  name: string,
  notNull: boolean,
): void {
  const { catalog } = context;
  const column = getColumn(context, table, name);
  if (!notNull) checkMayBeNull(context, table, column);
  if (column.attnotnull === notNull) return;
  catalog.update(pgAttribute, column, { attnotnull: notNull });
  if (notNull) queueWork(context, { kind: "notNull", table: table.oid });
}

function checkMayBeNull(context: DdlContext, table: ClassTuple, column: AttributeTuple): void {
  if (column.attidentity !== "") {
    throw new SqlError(
      "42601",
      `column "${column.attname}" of relation "${table.relname}" is an identity column`,
    );
  }
  const indexes = context.catalog.list(pgIndex, "indrelid", [table.oid]);
  const inKey = indexes.some(
    ({ indisprimary, indkey, indnkeyatts }) =>
      indisprimary && indkey.slice(0, indnkeyatts).includes(column.attnum),
  );
  const wrong = (why: string) => new SqlError("42P16", `column "${column.attname}" is ${why}`);
  if (inKey) throw wrong("in a primary key");
  const identifies = indexes.some(
    ({ indisreplident, indkey, indnkeyatts }) =>
      indisreplident && indkey.slice(0, indnkeyatts).includes(column.attnum),
  );
  if (identifies) throw wrong("in index used as replica identity");
  const [parent] = table.relispartition ? parentsOf(context.catalog, table.oid) : [];
  const above = parent && findAttribute(context.catalog, parent, column.attname);
  if (above?.attnotnull) throw wrong("marked NOT NULL in parent table");
}
