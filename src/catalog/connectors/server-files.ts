/**
 * FILES OF THE SERVER that sources and sinks use: relative paths lie in connector_directory and are
 * for everybody; any other file is for roles that PostgreSQL would let read or write it by COPY.
 */
import { isAbsolute, join, normalize, sep } from "node:path";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { hasRole, PG_READ_SERVER_FILES, PG_WRITE_SERVER_FILES } from "../memberships.ts";
import type { CatalogReader } from "../reader.ts";

const ROLES = {
  read: [PG_READ_SERVER_FILES, "pg_read_server_files"],
  write: [PG_WRITE_SERVER_FILES, "pg_write_server_files"],
} as const;

export type FileAccess = keyof typeof ROLES;

/** The whole path. Throws 42501, 55000, 22023. */
export function checkServerFile(
  catalog: CatalogReader,
  role: Oid,
  path: string,
  access: FileAccess,
  directory: string,
): string {
  if (isAbsolute(path)) {
    const [oid, name] = ROLES[access];
    if (hasRole(catalog, role, oid)) return normalize(path);
    const message = `must be superuser or have privileges of the ${name} role to ${access} a file by its absolute path`;
    const hint = "A relative path is one in connector_directory.";
    throw new SqlError("42501", message, { hint });
  }
  if (directory === "") {
    const hint = "A superuser sets it by ALTER SYSTEM.";
    throw new SqlError("55000", "connector_directory is not set", { hint });
  }
  const whole = join(directory, path);
  if (whole === normalize(directory) || whole.startsWith(normalize(directory) + sep)) return whole;
  throw new SqlError("22023", `path "${path}" leads out of connector_directory`);
}
