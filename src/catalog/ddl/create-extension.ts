/** CREATE EXTENSION: dumps say it of `plpgsql`, which every database has. */
import { notice, notSupported, SqlError } from "../../base/sql-error.ts";
import type { CreateExtension } from "../defined-statement.ts";
import { pgExtension } from "../relations/pg-extension.ts";
import type { DdlContext } from "./context.ts";

/**
 * Throws 42710 for one that is there, without IF NOT EXISTS; 0A000 for any other.
 * https://www.postgresql.org/docs/15/sql-createextension.html
 */
export function createExtension(context: DdlContext, statement: CreateExtension): void {
  const { name, ifNotExists } = statement;
  if (!context.catalog.find(pgExtension, "name", [name])) throw notSupported("CREATE EXTENSION");
  const message = `extension "${name}" already exists`;
  if (!ifNotExists) throw new SqlError("42710", message);
  context.notice(notice(`${message}, skipping`, {}, "42710"));
}
