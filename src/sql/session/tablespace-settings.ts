/** default_tablespace and temp_tablespaces name what is there, and where the user may create. */
import { type Notice, notice, SqlError } from "../../base/sql-error.ts";
import { may, securableTablespace } from "../../catalog/privileges.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgTablespace } from "../../catalog/relations/pg-tablespace.ts";
import { ownTablespace } from "../../catalog/tablespaces.ts";
import { splitIdentifiers } from "../settings/lists.ts";
import { invalidValue } from "../settings/value.ts";
import type { SessionState } from "./state.ts";

const findNamed = (catalog: CatalogReader, name: string) =>
  catalog.find(pgTablespace, "spcname", [name]);

/** Throws 22023. */
export function checkDefaultTablespace(name: string, { connection, block }: SessionState): void {
  if (name === "" || findNamed(connection.catalog(block.begun), name)) return;
  const detail = `Tablespace "${name}" does not exist.`;
  throw invalidValue("default_tablespace", name, { detail });
}

/** Throws 42704, 42501. */
export function checkTemporaryTablespaces(list: string, state: SessionState): void {
  const { connection, block, user } = state;
  const catalog = connection.catalog(block.begun);
  for (const name of splitIdentifiers(list) ?? []) {
    const row = findNamed(catalog, name);
    if (name === "" || row?.oid === ownTablespace(catalog)) continue;
    if (!row) throw new SqlError("42704", `tablespace "${name}" does not exist`);
    if (may(catalog, user.oid, securableTablespace(row), "C")) continue;
    throw new SqlError("42501", `permission denied for tablespace ${name}`);
  }
}

/** What sessions that begin with such a value will lack. */
export function foreseenTablespaces(
  setting: string,
  value: string,
  catalog: CatalogReader,
): readonly Notice[] {
  const names =
    setting === "default_tablespace"
      ? [value]
      : setting === "temp_tablespaces"
        ? (splitIdentifiers(value) ?? [])
        : [];
  return names
    .filter((name) => name !== "" && !findNamed(catalog, name))
    .map((name) => notice(`tablespace "${name}" does not exist`, {}, "42704"));
}
