/** CLUSTER ON, SET WITHOUT CLUSTER and REPLICA IDENTITY: what an index is to its table. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { StorageAction } from "../alter-action.ts";
import type { ClassTuple } from "../names.ts";
import type { Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgIndex } from "../relations/pg-index.ts";
import type { DdlContext } from "./context.ts";
import { methodOfIndex } from "./create-index.ts";
import { lockRelation } from "./lookup.ts";

type IndexTuple = Tuple<(typeof pgIndex)["columns"]>;
interface NamedIndex {
  readonly relation: ClassTuple;
  readonly index: IndexTuple;
}

/** An index of the table by name, in its table's schema. Throws 42704 and 42809. */
function getIndexOf(context: DdlContext, table: ClassTuple, name: string): NamedIndex {
  const { catalog } = context;
  const relation = catalog.find(pgClass, "relname_nsp", [name, table.relnamespace]);
  if (!relation) {
    const message = `index "${name}" for table "${table.relname}" does not exist`;
    throw new SqlError("42704", message);
  }
  lockRelation(context, relation.oid, "AccessShare");
  const index = catalog.find(pgIndex, "key", [relation.oid]);
  if (!index && relation.relkind !== "i") throw new SqlError("42809", `"${name}" is not an index`);
  if (index?.indrelid === table.oid) return { relation, index };
  throw new SqlError("42809", `"${name}" is not an index for table "${table.relname}"`);
}

/** The index by which the table may be clustered. */
export function getClusterableIndex(context: DdlContext, table: ClassTuple, name: string): Oid {
  const { relation, index } = getIndexOf(context, table, name);
  if (!methodOfIndex(context, relation).canCluster) {
    const message = `cannot cluster on index "${name}" because access method does not support clustering`;
    throw new SqlError("0A000", message);
  }
  if (index.indpred !== null) {
    throw new SqlError("0A000", `cannot cluster on partial index "${name}"`);
  }
  if (!index.indisvalid) {
    throw new SqlError("0A000", `cannot cluster on invalid index "${name}"`);
  }
  return relation.oid;
}

/** The one index of the table that it is clustered by; undefined = by none. */
export function markClustered(context: DdlContext, table: Oid, chosen: Oid | undefined): void {
  const { catalog } = context;
  for (const index of catalog.list(pgIndex, "indrelid", [table])) {
    const indisclustered = index.indexrelid === chosen;
    if (index.indisclustered !== indisclustered) catalog.update(pgIndex, index, { indisclustered });
  }
}

/** https://www.postgresql.org/docs/15/sql-altertable.html#SQL-ALTERTABLE-REPLICA-IDENTITY */
export function setReplicaIdentity(
  context: DdlContext,
  table: ClassTuple,
  { identity, index: name }: Extract<StorageAction, { readonly kind: "replicaIdentity" }>,
): void {
  const chosen = identity === "i" ? getIdentityIndex(context, table, name) : undefined;
  markReplicaIdentity(context, table, identity, chosen);
}

export function markReplicaIdentity(
  context: DdlContext,
  table: ClassTuple,
  relreplident: string,
  chosen: Oid | undefined,
): void {
  const { catalog } = context;
  if (table.relreplident !== relreplident) catalog.update(pgClass, table, { relreplident });
  for (const index of catalog.list(pgIndex, "indrelid", [table.oid])) {
    const indisreplident = index.indexrelid === chosen;
    if (index.indisreplident !== indisreplident) catalog.update(pgIndex, index, { indisreplident });
  }
}

/** It must tell every row from every other: unique at once, over columns that are never null. */
function getIdentityIndex(context: DdlContext, table: ClassTuple, name: string): Oid {
  const { relation, index } = getIndexOf(context, table, name);
  const refuse = (code: string, what: string) =>
    new SqlError(code, `cannot use ${what} index "${name}" as replica identity`);
  if (!index.indisunique) throw refuse("42809", "non-unique");
  if (!index.indimmediate) throw refuse("0A000", "non-immediate");
  if (index.indexprs !== null) throw refuse("0A000", "expression");
  if (index.indpred !== null) throw refuse("0A000", "partial");
  for (const attnum of index.indkey.slice(0, index.indnkeyatts)) {
    const column = context.catalog.find(pgAttribute, "key", [table.oid, attnum]);
    if (column?.attnotnull) continue;
    const message = `index "${name}" cannot be used as replica identity because column "${column?.attname}" is nullable`;
    throw new SqlError("42809", message);
  }
  return relation.oid;
}
