/**
 * TRUNCATE. https://www.postgresql.org/docs/15/sql-truncate.html
 * Tables get a new storage; a table that others refer to goes only together with them.
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import { appendOnlyTable, isAppendOnly } from "../append-only.ts";
import { refuseForeign } from "../foreign-tables.ts";
import type { Truncate } from "../index-statement.ts";
import { withDescendants } from "../inheritance.ts";
import type { ClassTuple } from "../names.ts";
import { checkOwner, hasRelationPrivilege } from "../privileges.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgSequence } from "../relations/pg-sequence.ts";
import type { QualifiedName } from "../statement.ts";
import { partsOf } from "./alter-table.ts";
import type { DdlContext } from "./context.ts";
import { checkNotInUse, getRelation, lockRelation, refuseOtherTemporary } from "./lookup.ts";
import { classOf } from "./merge-columns.ts";
import { rewriteTable } from "./rewrite.ts";
import { restartAt } from "./sequences.ts";

export function truncate(context: DdlContext, statement: Truncate): void {
  const tables = new Map<Oid, ClassTuple>();
  for (const name of statement.tables) {
    const table = tableToTruncate(context, name);
    tables.set(table.oid, table);
    if (name.only && table.relkind === "p") throw onlyPartitioned();
    if (name.only) continue;
    for (const oid of withDescendants(context.catalog, table.oid).slice(1)) {
      lockRelation(context, oid, "AccessExclusive");
      const child = classOf(context, oid);
      if (isAppendOnly(child)) throw appendOnlyTable("TRUNCATE", child.relname);
      checkNotInUse(context, child, "TRUNCATE");
      tables.set(oid, child);
    }
  }
  if (statement.cascade) addReferring(context, tables);
  else checkNoneRefers(context, tables);
  const fired = [...tables.keys()];
  context.fireTruncate?.("before", fired);
  if (statement.restartIdentity) {
    for (const table of tables.values()) restartSequences(context, table);
  }
  for (const oid of fired) rewriteTable(context, oid);
  context.fireTruncate?.("after", fired);
}

function onlyPartitioned(): SqlError {
  const hint = "Do not specify the ONLY keyword, or use TRUNCATE ONLY on the partitions directly.";
  return new SqlError("42809", "cannot truncate only a partitioned table", { hint });
}

function tableToTruncate(context: DdlContext, name: QualifiedName): ClassTuple {
  const table = getRelation(context, name);
  refuseForeign(context.catalog, table);
  checkMayTruncate(context, table);
  lockRelation(context, table.oid, "AccessExclusive");
  refuseOtherTemporary(context, table, "truncate");
  checkNotInUse(context, table, "TRUNCATE");
  return table;
}

function checkMayTruncate({ catalog, user }: DdlContext, table: ClassTuple): void {
  if (table.relkind !== "r" && table.relkind !== "p")
    throw new SqlError("42809", `"${table.relname}" is not a table`);
  if (table.oid < FIRST_USER_OID) {
    throw new SqlError("42501", `permission denied: "${table.relname}" is a system catalog`);
  }
  if (!hasRelationPrivilege(catalog, user.oid, table, "D")) {
    throw new SqlError("42501", `permission denied for table ${table.relname}`);
  }
  if (isAppendOnly(table)) throw appendOnlyTable("TRUNCATE", table.relname);
}

/** Tables outside the set whose foreign keys refer to one of it, in the order of their oids. */
function referring({ catalog }: DdlContext, tables: Iterable<Oid>, set: ReadonlySet<Oid>): Oid[] {
  const found = new Set<Oid>();
  for (const table of tables) {
    for (const { contype, conrelid } of catalog.list(pgConstraint, "confrelid", [table])) {
      if (contype === "f" && !set.has(conrelid)) found.add(conrelid);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** CASCADE: until nobody is left who refers to one of them. */
function addReferring(context: DdlContext, tables: Map<Oid, ClassTuple>): void {
  for (;;) {
    const more = referring(context, tables.keys(), new Set(tables.keys()));
    if (more.length === 0) return;
    for (const oid of more) {
      lockRelation(context, oid, "AccessExclusive");
      const table = context.catalog.find(pgClass, "key", [oid]) as ClassTuple;
      context.notice(notice(`truncate cascades to table "${table.relname}"`));
      checkMayTruncate(context, table);
      checkNotInUse(context, table, "TRUNCATE");
      tables.set(oid, table);
    }
  }
}

function checkNoneRefers(context: DdlContext, tables: ReadonlyMap<Oid, ClassTuple>): void {
  const set = new Set(tables.keys());
  for (const table of tables.values()) {
    const [other] = referring(context, [table.oid], set);
    if (other === undefined) continue;
    const name = context.catalog.find(pgClass, "key", [other])?.relname;
    throw new SqlError("0A000", "cannot truncate a table referenced in a foreign key constraint", {
      detail: `Table "${name}" references "${table.relname}".`,
      hint: `Truncate table "${name}" at the same time, or use TRUNCATE ... CASCADE.`,
    });
  }
}

/** The sequences of its columns begin again. */
function restartSequences(context: DdlContext, table: ClassTuple): void {
  const { catalog, user } = context;
  for (const oid of partsOf(context, table).sequences) {
    lockRelation(context, oid, "AccessExclusive");
    const sequence = catalog.find(pgClass, "key", [oid]);
    const row = catalog.find(pgSequence, "key", [oid]);
    if (!sequence || !row) continue;
    checkOwner(catalog, user.oid, sequence.relowner, "sequence", sequence.relname);
    restartAt(context, sequence, row.seqstart);
  }
}
