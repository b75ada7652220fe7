/**
 * CREATE RULE and ALTER RULE … RENAME. https://www.postgresql.org/docs/15/sql-createrule.html
 *
 *   1. lock the relation, bind the condition and the statements over OLD and NEW
 *   2. the rule has to fit its relation
 *   3. stage the row of pg_rewrite and what it depends on
 */
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { RELATION_CLASS, REWRITE_CLASS } from "../class-oids.ts";
import { addDependencies, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { ClassTuple } from "../names.ts";
import { checkOwner } from "../privileges.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgRewrite } from "../relations/pg-rewrite.ts";
import type { CreateRule, RenameRule } from "../rule-statement.ts";
import type { DdlContext, StoredRule } from "./context.ts";
import { article, checkNoSystemCatalog, getRelation, lockRelation, nounOf } from "./lookup.ts";
import { notSupportedFor } from "./relation-kinds.ts";
import { RETURN_RULE } from "./view-options.ts";

/** As pg_rewrite.ev_type has them. */
const EVENT_LETTERS = { select: "1", update: "2", insert: "3", delete: "4" } as const;
/** Tables, views, partitioned tables; nobody but the system makes rules of materialized views. */
const WITH_RULES = "rvp";

/** Throws 42P01, 42809, 42501, 0A000, 42P17, 42710, and what parse analysis throws. */
export function createRule(context: DdlContext, statement: CreateRule): void {
  const { catalog, user } = context;
  const relation = getRelation(context, statement.table);
  const { relname, relkind } = relation;
  if ("iIc".includes(relkind)) throw isNone(relation);
  lockRelation(context, relation.oid, "AccessExclusive");
  if (relkind === "m") {
    throw new SqlError("0A000", "rules on materialized views are not supported");
  }
  const stored = context.expressions.bindRule(statement, relation.oid);
  if (!WITH_RULES.includes(relkind)) throw cannotHaveRules(relation);
  checkNoSystemCatalog(relation);
  checkOwner(catalog, user.oid, relation.relowner, nounOf(relation), relname);
  if (statement.event === "select") refuseSelect(statement);
  checkReturning(context, relation, statement, stored);
  if (statement.name === RETURN_RULE) {
    const message = `non-view rule for "${relname}" must not be named "${RETURN_RULE}"`;
    throw new SqlError("42P17", message);
  }
  stageRule(context, relation, statement, stored);
}

function isNone({ relname, relkind }: ClassTuple): SqlError {
  const what = relkind === "c" ? "composite type" : "index";
  return new SqlError("42809", `"${relname}" is ${article(what)}`);
}

const cannotHaveRules = (relation: ClassTuple): SqlError =>
  new SqlError(
    "42809",
    `relation "${relation.relname}" cannot have rules`,
    notSupportedFor(relation),
  );

/** What is left of rules on SELECT makes a table a view, or a view another one. Throws 0A000. */
function refuseSelect({ actions, instead, where }: CreateRule): never {
  const [action, ...more] = actions;
  if (more.length > 0) {
    throw new SqlError("0A000", "multiple actions for rules on SELECT are not implemented");
  }
  if (!instead || !action || !("SelectStmt" in (action.node as object))) {
    throw new SqlError("0A000", "rules on SELECT must have action INSTEAD SELECT");
  }
  if (where) {
    const message = "event qualifications are not implemented for rules on SELECT";
    throw new SqlError("0A000", message);
  }
  throw notSupported("CREATE RULE … ON SELECT");
}

function checkReturning(
  context: DdlContext,
  relation: ClassTuple,
  { where, instead }: CreateRule,
  { returning: [list, ...more] }: StoredRule,
): void {
  if (!list) return;
  const refuse = (message: string) => new SqlError("0A000", message);
  if (where) throw refuse("RETURNING lists are not supported in conditional rules");
  if (!instead) throw refuse("RETURNING lists are not supported in non-INSTEAD rules");
  checkReturningColumns(context, relation, list);
  if (more.length > 0) throw refuse("cannot have multiple RETURNING lists in a rule");
}

/** It gives what the relation's rows have. Throws 42P17, 0A000. */
function checkReturningColumns(
  { catalog, expressions }: DdlContext,
  { oid }: ClassTuple,
  list: StoredRule["returning"][number],
): void {
  const columns = catalog.list(pgAttribute, "key", [oid]).filter(({ attnum }) => attnum > 0);
  columns.sort((a, b) => a.attnum - b.attnum);
  for (const [at, { type, typmod }] of list.entries()) {
    const column = columns[at];
    if (!column) throw new SqlError("42P17", "RETURNING list has too many entries");
    if (column.attisdropped) {
      const what = "a RETURNING list for a relation containing dropped columns";
      throw new SqlError("0A000", `cannot create ${what}`);
    }
    const { attname, atttypid, atttypmod } = column;
    const isOther = atttypid !== type;
    if (!isOther && (atttypmod === typmod || atttypmod === -1 || typmod === -1)) continue;
    const [is, due] = isOther
      ? [expressions.typeText(type), expressions.typeText(atttypid)]
      : [expressions.typeText(type, typmod), expressions.typeText(atttypid, atttypmod)];
    const difference = `different ${isOther ? "type" : "size"} from column "${attname}"`;
    throw new SqlError("42P17", `RETURNING list's entry ${at + 1} has ${difference}`, {
      detail: `RETURNING list entry has type ${is}, but column has type ${due}.`,
    });
  }
  if (list.length < columns.length) {
    throw new SqlError("42P17", "RETURNING list has too few entries");
  }
}

function stageRule(
  context: DdlContext,
  relation: ClassTuple,
  { name, replace, event, instead }: CreateRule,
  stored: StoredRule,
): void {
  const { catalog } = context;
  const before = catalog.find(pgRewrite, "rel_rulename", [relation.oid, name]);
  if (before && !replace) throw alreadyExists(relation, name);
  const oid = before?.oid ?? context.allocateOid();
  const row = {
    rulename: name,
    ev_class: relation.oid,
    ev_type: EVENT_LETTERS[event],
    is_instead: instead,
    ev_qual: stored.condition ?? "<>",
    ev_action: stored.tree,
  };
  const self = addressOf(REWRITE_CLASS, oid);
  if (before) {
    for (const each of referencesOf(catalog, self)) catalog.delete(pgDepend, each);
    catalog.update(pgRewrite, before, row);
  } else catalog.insert(pgRewrite, { oid, ...row });
  addDependencies(catalog, self, [
    { referenced: addressOf(RELATION_CLASS, relation.oid), deptype: "a" },
    ...stored.references.map((each) => ({
      referenced: addressOf(each.classOid, each.oid, each.subId),
      deptype: "n" as const,
    })),
  ]);
  if (!relation.relhasrules) catalog.update(pgClass, relation, { relhasrules: true });
}

const alreadyExists = ({ relname }: ClassTuple, rule: string): SqlError =>
  new SqlError("42710", `rule "${rule}" for relation "${relname}" already exists`);

/** Throws 42P01, 42809, 42501, 42704, 42710, 42P17. */
export function renameRule(context: DdlContext, { table, name, newName }: RenameRule): void {
  const { catalog, user } = context;
  const relation = getRelation(context, table);
  const { oid, relname } = relation;
  lockRelation(context, oid, "AccessExclusive");
  if (!WITH_RULES.includes(relation.relkind)) throw cannotHaveRules(relation);
  checkNoSystemCatalog(relation);
  checkOwner(catalog, user.oid, relation.relowner, nounOf(relation), relname);
  const rule = catalog.find(pgRewrite, "rel_rulename", [oid, name]);
  if (!rule) {
    const message = `rule "${name}" for relation "${relname}" does not exist`;
    throw new SqlError("42704", message);
  }
  if (catalog.find(pgRewrite, "rel_rulename", [oid, newName])) {
    throw alreadyExists(relation, newName);
  }
  if (rule.ev_type === EVENT_LETTERS.select) {
    throw new SqlError("42P17", "renaming an ON SELECT rule is not allowed");
  }
  catalog.update(pgRewrite, rule, { rulename: newName });
}
