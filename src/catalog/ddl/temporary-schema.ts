/**
 * THE TEMPORARY SCHEMA of a session is made when something is first to go into it, emptied by
 * DISCARD TEMP, and dropped when the session has ended.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/catalog/namespace.c
 */
import { oid } from "../../base/ids.ts";
import type { NamespaceTuple } from "../names.ts";
import { checkMayCreateTemporary } from "../privileges.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import { findOwnTemporary, temporaryName, temporaryToastName } from "../temporary-names.ts";
import type { DdlContext } from "./context.ts";

/** The superuser that every cluster begins with. */
const BOOTSTRAP_ROLE = oid(10);

/** The session's own. No other session makes one of this name. Throws 42501. */
export function ownTemporary(context: DdlContext): NamespaceTuple {
  const { catalog } = context;
  const found = findOwnTemporary(catalog);
  if (found) return found;
  checkMayCreateTemporary(catalog, context.user.oid);
  for (const nameOf of [temporaryName, temporaryToastName]) {
    catalog.insert(pgNamespace, {
      oid: context.allocateOid(),
      nspname: nameOf(catalog.session),
      nspowner: BOOTSTRAP_ROLE,
      nspacl: null,
    });
  }
  return findOwnTemporary(catalog) as NamespaceTuple;
}
