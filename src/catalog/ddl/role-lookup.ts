/** Roles as statements about them find and lock them. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { lockRole } from "../dependencies.ts";
import type { CatalogReader } from "../reader.ts";
import type { Tuple } from "../relation.ts";
import { pgAuthid } from "../relations/pg-authid.ts";
import type { RoleSpec } from "../statement.ts";
import type { DdlContext } from "./context.ts";

export type RoleTuple = Tuple<(typeof pgAuthid)["columns"]>;

/** The row of a role that a statement names. Throws 42704. */
export function getRoleRow(context: DdlContext, spec: RoleSpec): RoleTuple {
  const { catalog } = context;
  const row =
    spec.kind === "name"
      ? catalog.find(pgAuthid, "rolname", [spec.name])
      : spec.kind === "public"
        ? undefined
        : catalog.find(pgAuthid, "key", [roleOf(context, spec.kind)]);
  if (row) return row;
  const name = spec.kind === "name" ? spec.name : "public";
  throw new SqlError("42704", `role "${name}" does not exist`);
}

const roleOf = (context: DdlContext, kind: Exclude<RoleSpec["kind"], "name" | "public">): Oid =>
  kind === "session_user" ? context.sessionUser.oid : context.user.oid;

/** Names that begin with pg_ belong to the system. */
export function checkAlterableName(spec: RoleSpec): void {
  if (spec.kind !== "name" || !spec.name.startsWith("pg_")) return;
  throw new SqlError("42939", `role name "${spec.name}" is reserved`, {
    detail: "Cannot alter reserved roles.",
  });
}

/** Nobody else changes or drops it until we end; making it somebody's owner stays possible. */
export function lockedRole(context: DdlContext, oid: Oid): RoleTuple {
  lockRole(context.catalog, oid, "Exclusive");
  const row = context.catalog.find(pgAuthid, "key", [oid]);
  if (!row) throw new SqlError("42704", `role ${oid} was concurrently dropped`);
  return row;
}

export const mayCreateRoles = (catalog: CatalogReader, role: Oid): boolean => {
  const row = catalog.find(pgAuthid, "key", [role]);
  return row !== undefined && (row.rolsuper || row.rolcreaterole);
};
