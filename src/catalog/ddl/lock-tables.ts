/**
 * LOCK TABLE. https://www.postgresql.org/docs/15/sql-lock.html
 * A view takes the tables along that it reads.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { LockMode } from "../../txn/lock-mode.ts";
import { relationTag } from "../../txn/lock-tag.ts";
import { RELATION_CLASS, REWRITE_CLASS } from "../class-oids.ts";
import { referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { LockTables } from "../index-statement.ts";
import { withDescendants } from "../inheritance.ts";
import { type ClassTuple, displayName } from "../names.ts";
import { hasRelationPrivilege } from "../privileges.ts";
import { isOptionOn } from "../relation-options.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgRewrite } from "../relations/pg-rewrite.ts";
import type { QualifiedName } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { getRelation, lockRelation, nounOf } from "./lookup.ts";
import { notSupportedFor } from "./relation-kinds.ts";

export function lockTables(context: DdlContext, statement: LockTables): void {
  const { mode, nowait } = statement;
  for (const name of statement.relations) {
    const relation = getRelation(context, name);
    if (!"rpv".includes(relation.relkind)) {
      const message = `cannot lock relation "${relation.relname}"`;
      throw new SqlError("42809", message, notSupportedFor(relation));
    }
    checkMayLock(context, context.user.oid, relation, mode);
    if (nowait) lockAtOnce(context, relation.oid, name, mode);
    else lockRelation(context, relation.oid, mode);
    if (relation.relkind === "v") lockTablesOf(context, relation, name, statement, []);
    else if (!name.only) lockBelow(context, relation, statement);
  }
}

/** Who may lock a table may lock those below it. */
function lockBelow(context: DdlContext, { oid }: ClassTuple, { mode, nowait }: LockTables): void {
  for (const each of withDescendants(context.catalog, oid).slice(1)) {
    const name = context.catalog.find(pgClass, "key", [each])?.relname ?? "";
    if (nowait) lockAtOnce(context, each, { name }, mode);
    else lockRelation(context, each, mode);
  }
}

/** What must be granted to lock in a mode: letters of an ACL, one of which is enough. */
function privilegesFor(mode: LockMode): string {
  if (mode === "AccessShare") return "r";
  return mode === "RowExclusive" ? "awdD" : "wdD";
}

function checkMayLock(
  { catalog }: DdlContext,
  role: Oid,
  relation: ClassTuple,
  mode: LockMode,
): void {
  if (hasRelationPrivilege(catalog, role, relation, privilegesFor(mode))) return;
  const message = `permission denied for ${nounOf(relation)} ${relation.relname}`;
  throw new SqlError("42501", message);
}

function lockAtOnce(
  { transaction, catalog }: DdlContext,
  relation: Oid,
  name: QualifiedName,
  mode: LockMode,
): void {
  if (transaction.tryLock(relationTag(catalog.database, relation), mode)) return;
  const message = `could not obtain lock on relation "${displayName(name)}"`;
  throw new SqlError("55P03", message);
}

function lockTablesOf(
  context: DdlContext,
  view: ClassTuple,
  name: QualifiedName,
  statement: LockTables,
  above: readonly Oid[],
): void {
  const { catalog } = context;
  const rule = catalog.find(pgRewrite, "rel_rulename", [view.oid, "_RETURN"]);
  if (!rule || above.includes(view.oid)) return;
  const references = referencesOf(catalog, addressOf(REWRITE_CLASS, rule.oid));
  const read = new Set(
    references.flatMap((row) => (row.refclassid === RELATION_CLASS ? [row.refobjid] : [])),
  );
  read.delete(view.oid);
  // A view's owner answers for what it reads, unless whoever asks does.
  const asks = isOptionOn(view.reloptions, "security_invoker");
  const role = asks ? context.user.oid : view.relowner;
  for (const oid of [...read].sort((a, b) => a - b)) {
    const relation = catalog.find(pgClass, "key", [oid]);
    if (!relation || !"rpv".includes(relation.relkind)) continue;
    checkMayLock(context, role, relation, statement.mode);
    const inner = { name: relation.relname };
    if (statement.nowait) lockAtOnce(context, oid, inner, statement.mode);
    else lockRelation(context, oid, statement.mode);
    if (relation.relkind === "v") {
      lockTablesOf(context, relation, name, statement, [...above, view.oid]);
    }
  }
}
