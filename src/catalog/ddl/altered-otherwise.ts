/** Where a kind of object is altered otherwise than others are. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { LockMode } from "../../txn/lock-mode.ts";
import type { NamespaceTuple } from "../names.ts";
import type { ObjectName } from "../object-name.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import type { DdlContext } from "./context.ts";

export interface AlteredOtherwise {
  /** How the object is locked, where others use it that do not mind. */
  readonly lock?: LockMode;
  /** Throws when what the statement says does not fit the object. */
  check?(context: DdlContext, oid: Oid, object: ObjectName): void;
  lockName?(context: DdlContext, namespace: Oid, name: string): void;
  /** Throws when the schema has another object of the name. */
  refuseTwin?(context: DdlContext, oid: Oid, name: string, namespace: Oid): void;
  /** All of it, when a name is more than its column. */
  rename?(context: DdlContext, oid: Oid, newName: string): void;
  /** What goes along. */
  moved?(context: DdlContext, oid: Oid, namespace: Oid): void;
  /** Whether the session may give it to a role, where that is a question of its own. */
  checkMayGive?(context: DdlContext, oid: Oid, owner: Oid): void;
  /** What the role has to have to become the owner, unless a superuser gives it. */
  checkMayOwn?(context: DdlContext, oid: Oid, owner: Oid): void;
  given?(context: DdlContext, oid: Oid, owner: Oid): void;
}

export const namespaceOf = ({ catalog }: DdlContext, oid: Oid): NamespaceTuple =>
  catalog.find(pgNamespace, "key", [oid]) as NamespaceTuple;

export function alreadyExists(
  context: DdlContext,
  noun: string,
  name: string,
  namespace: Oid | undefined,
): SqlError {
  const where =
    namespace === undefined ? "" : ` in schema "${namespaceOf(context, namespace).nspname}"`;
  return new SqlError("42710", `${noun} "${name}" already exists${where}`);
}
