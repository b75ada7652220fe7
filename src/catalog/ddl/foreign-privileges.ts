/** Who may use wrappers and servers, and own them. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { kinds } from "../acl.ts";
import { isSuperuser } from "../memberships.ts";
import { may } from "../privileges.ts";
import type { Tuple } from "../relation.ts";
import { pgForeignDataWrapper } from "../relations/pg-foreign-data-wrapper.ts";
import { pgForeignServer } from "../relations/pg-foreign-server.ts";
import type { AlteredOtherwise } from "./altered-otherwise.ts";
import type { DdlContext } from "./context.ts";
import type { Wrapper } from "./generic-options.ts";

export type Server = Tuple<(typeof pgForeignServer)["columns"]>;

/** 42501 unless the role may make servers of the wrapper. */
export function checkMayUseWrapper({ catalog }: DdlContext, wrapper: Wrapper, role: Oid): void {
  const { fdwowner: owner, fdwacl: acl, fdwname } = wrapper;
  if (may(catalog, role, { kind: kinds.fdw, owner, acl }, "U")) return;
  throw new SqlError("42501", `permission denied for foreign-data wrapper ${fdwname}`);
}

/** 42501 unless the role may use the server. */
export function checkMayUseServer({ catalog }: DdlContext, server: Server, role: Oid): void {
  const { srvowner: owner, srvacl: acl, srvname } = server;
  if (may(catalog, role, { kind: kinds.server, owner, acl }, "U")) return;
  throw new SqlError("42501", `permission denied for foreign server ${srvname}`);
}

export const wrapperOf = ({ catalog }: DdlContext, { srvfdw }: Server): Wrapper =>
  catalog.find(pgForeignDataWrapper, "key", [srvfdw]) as Wrapper;

/** Wrappers are given by superusers to superusers. */
export const wrappersAltered: AlteredOtherwise = {
  checkMayGive({ catalog, user }, oid, owner) {
    const name = catalog.find(pgForeignDataWrapper, "key", [oid])?.fdwname;
    const refused = (hint: string) =>
      new SqlError("42501", `permission denied to change owner of foreign-data wrapper "${name}"`, {
        hint,
      });
    if (!isSuperuser(catalog, user.oid)) {
      throw refused("Must be superuser to change owner of a foreign-data wrapper.");
    }
    if (!isSuperuser(catalog, owner)) {
      throw refused("The owner of a foreign-data wrapper must be a superuser.");
    }
  },
};

/** Who becomes the owner of a server may make servers of its wrapper. */
export const serversAltered: AlteredOtherwise = {
  checkMayOwn(context, oid, owner) {
    const server = context.catalog.find(pgForeignServer, "key", [oid]) as Server;
    checkMayUseWrapper(context, wrapperOf(context, server), owner);
  },
};
