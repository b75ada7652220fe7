/** WHO MAY ALTER AN OBJECT, and how a refusal names it, for every kind. */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { ObjectAddress } from "../describe.ts";
import { hasRole, isSuperuser } from "../memberships.ts";
import { objectClassOf } from "../object-classes.ts";
import { checkOwner } from "../privileges.ts";
import type { DdlContext } from "./context.ts";
import { mayCreateRoles, type RoleTuple } from "./role-lookup.ts";

export type Ownership =
  /** `noun` and `name` as the refusal has them. */
  | { readonly by: "owner"; readonly owner: Oid; readonly noun: string; readonly name: string }
  /** A cast is its source's owner's, or its target's. */
  | { readonly by: "either"; readonly owners: readonly Oid[]; readonly what: string }
  | { readonly by: "superusers" }
  /** A role is everybody's who may create roles; a superuser is superusers'. */
  | { readonly by: "rolecreators"; readonly role: RoleTuple };

export interface FoundObject {
  readonly address: ObjectAddress;
  /** All databases have it. */
  readonly shared: boolean;
  readonly ownership: Ownership;
  /** The relation that it belongs to and is locked with. */
  readonly relation?: Oid;
  /** Throws when objects of its kind have no comments; asked for after the owner. */
  readonly checkCommentable?: () => void;
}

/** Throws 42501 unless the user may alter the object. */
export function checkOwnership(context: DdlContext, ownership: Ownership): void {
  const { catalog, user } = context;
  switch (ownership.by) {
    case "owner": {
      const { owner, noun, name } = ownership;
      return checkOwner(catalog, user.oid, owner, noun, name);
    }
    case "either":
      if (ownership.owners.some((owner) => hasRole(catalog, user.oid, owner))) return;
      throw new SqlError("42501", `must be owner of ${ownership.what}`);
    case "superusers":
      if (isSuperuser(catalog, user.oid)) return;
      throw new SqlError("42501", "must be superuser");
    case "rolecreators":
      if (isSuperuser(catalog, user.oid)) return;
      if (ownership.role.rolsuper) throw new SqlError("42501", "must be superuser");
      if (mayCreateRoles(catalog, user.oid)) return;
      throw new SqlError("42501", "must have CREATEROLE privilege");
  }
}

/** A database has rows of its own of what is not the system's, and of some that is. */
export function refuseBuiltIn({ catalog }: DdlContext, { classOid, oid }: ObjectAddress): void {
  const relation = objectClassOf(classOid)?.relation;
  if (!relation || relation.layout.shared || catalog.findLayers(relation, [oid]).own) return;
  throw notSupported("a change of the system's own objects");
}
