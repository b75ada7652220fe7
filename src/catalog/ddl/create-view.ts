/**
 * CREATE VIEW. https://www.postgresql.org/docs/15/sql-createview.html
 *
 *   1. bind the query: each relation that it reads is locked AccessShare
 *   2. resolve and lock the schema and the name; OR REPLACE locks the view AccessExclusive
 *   3. stage the relation with its types and columns, or the columns that a replaced view gains
 *   4. stage the rule _RETURN, which holds the query, and what it depends on
 */

import type { Oid } from "../../base/ids.ts";
import { notice, SqlError } from "../../base/sql-error.ts";
import type { Persistence } from "../alter-action.ts";
import { NAMESPACE_CLASS, RELATION_CLASS, REWRITE_CLASS } from "../class-oids.ts";
import { addDependency, addOwner, referencesOf } from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import type { ClassTuple, NamespaceTuple } from "../names.ts";
import { checkOwner } from "../privileges.ts";
import type { NewRow } from "../relation.ts";
import { checkOptions, setOptions } from "../relation-options.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgCollation } from "../relations/pg-collation.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgRewrite } from "../relations/pg-rewrite.ts";
import type { CreateView } from "../statement.ts";
import type { DdlContext, StoredQuery } from "./context.ts";
import { newAcl } from "./default-privileges.ts";
import { freeTypeName } from "./generated-names.ts";
import {
  checkNotInSystem,
  lockRelation,
  lockRelationName,
  nounOf,
  placeForRelation,
  wrongKind,
} from "./lookup.ts";
import { insertRowType } from "./new-types.ts";
import { checkNoPseudoType } from "./pseudo-types.ts";
import { checkQueryColumns, insertQueryColumn, type QueryColumn } from "./query-columns.ts";
import { reshape } from "./reshape.ts";
import { NAMESPACES } from "./storage-actions.ts";
import { relationTablespace } from "./tablespaces.ts";
import { isTemporaryQuery } from "./temporary.ts";
import { RETURN_RULE, refuseCheckOption } from "./view-options.ts";

export function createView(context: DdlContext, statement: CreateView): void {
  const { catalog } = context;
  const { name } = statement.view;
  const query = context.expressions.bindView(statement.query, statement.columns);
  if (statement.options.some((option) => option.name === "check_option")) {
    refuseCheckOption(query.notUpdatable());
  }
  checkNames(statement, query);
  checkCollations(query.columns);
  const wanted = viewPersistence(context, statement, query);
  const { namespace, persistence } = placeForRelation(context, statement.view, wanted);
  lockRelationName(context, namespace.oid, name);
  const existing = catalog.find(pgClass, "relname_nsp", [name, namespace.oid]);
  if (existing && statement.replace) return replaceView(context, existing, statement, query);
  relationTablespace(context, { persistence });
  const reloptions = viewOptions(statement);
  checkQueryColumns(context, query.columns);
  if (existing) throw new SqlError("42P07", `relation "${name}" already exists`);
  freeTypeName(context, namespace.oid, name);
  checkNotInSystem(namespace, name);
  const view = insertView(context, namespace, name, {
    relpersistence: persistence,
    relnatts: query.columns.length,
    reloptions,
  });
  query.columns.forEach((column, at) => {
    insertQueryColumn(context, view, at + 1, column);
  });
  return insertRule(context, view, query);
}

/** A view of what is temporary is temporary itself. */
function viewPersistence(
  context: DdlContext,
  { view, persistence }: CreateView,
  query: StoredQuery,
): Persistence {
  if (persistence !== "p" || !isTemporaryQuery(context, query)) return persistence;
  context.notice(notice(`view "${view.name}" will be a temporary view`));
  return "t";
}

/** Those of a TOAST table may be named, and are nobody's. */
function viewOptions({ options }: CreateView): readonly string[] | null {
  const made = setOptions(null, options, { namespaces: NAMESPACES });
  checkOptions(made, "view");
  return made;
}

function checkNames({ columns, persistence }: CreateView, query: StoredQuery): void {
  if (columns.length > query.columns.length) {
    throw new SqlError("42601", "CREATE VIEW specifies more column names than columns");
  }
  if (persistence === "u") {
    throw new SqlError("42601", "views cannot be unlogged because they do not have storage");
  }
}

function checkCollations(columns: readonly QueryColumn[]): void {
  const open = columns.find(({ collatable, collation }) => collatable && collation === 0);
  if (!open) return;
  const message = `could not determine which collation to use for view column "${open.name}"`;
  const hint = "Use the COLLATE clause to set the collation explicitly.";
  throw new SqlError("42P22", message, { hint });
}

function insertView(
  context: DdlContext,
  namespace: NamespaceTuple,
  name: string,
  row: Pick<NewRow<(typeof pgClass)["columns"]>, "relpersistence" | "relnatts" | "reloptions">,
): Oid {
  const { catalog } = context;
  const view = context.allocateOid();
  lockRelation(context, view, "AccessExclusive");
  const self = addressOf(RELATION_CLASS, view);
  catalog.insert(pgClass, {
    oid: view,
    relname: name,
    relnamespace: namespace.oid,
    reltype: insertRowType(context, namespace.oid, name, view),
    relowner: context.user.oid,
    relkind: "v",
    relhasrules: true,
    relreplident: "n",
    relacl: newAcl(context, "r", context.user.oid, self, namespace.oid),
    ...row,
  });
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace.oid), "n");
  addOwner(catalog, self, context.user.oid);
  return view;
}

export function insertRule(context: DdlContext, view: Oid, query: StoredQuery): void {
  const { catalog } = context;
  const oid = context.allocateOid();
  catalog.insert(pgRewrite, {
    oid,
    rulename: RETURN_RULE,
    ev_class: view,
    ev_type: "1",
    is_instead: true,
    ev_qual: "<>",
    ev_action: query.tree,
  });
  dependOnQuery(context, oid, view, query);
}

/** A rule is part of its view, and needs it like whatever else its query names. */
function dependOnQuery(context: DdlContext, rule: Oid, view: Oid, query: StoredQuery): void {
  const { catalog } = context;
  const self = addressOf(REWRITE_CLASS, rule);
  const owner = addressOf(RELATION_CLASS, view);
  addDependency(catalog, self, owner, "i");
  const ownAgain = query.references.some(
    ({ classOid, oid }) => classOid === RELATION_CLASS && oid === view,
  );
  if (!ownAgain) addDependency(catalog, self, owner, "n");
  dependOnReferences(context, self, query);
}

export function dependOnReferences(
  { catalog }: DdlContext,
  self: ObjectAddress,
  { references }: StoredQuery,
): void {
  for (const { classOid, oid, subId } of references) {
    addDependency(catalog, self, addressOf(classOid, oid, subId), "n");
  }
}

/** The columns that there are stay as they are; others may follow. */
function replaceView(
  context: DdlContext,
  view: ClassTuple,
  statement: CreateView,
  query: StoredQuery,
): void {
  const { catalog, user } = context;
  checkOwner(catalog, user.oid, view.relowner, nounOf(view), view.relname);
  lockRelation(context, view.oid, "AccessExclusive");
  if (view.relkind !== "v") throw wrongKind(view, "view");
  const before = catalog
    .list(pgAttribute, "key", [view.oid])
    .toSorted((a, b) => a.attnum - b.attnum);
  checkSameColumns(context, before, query.columns);
  const added = query.columns.slice(before.length);
  if (added.length > 0) {
    reshape(context, [view.oid], () => addColumns(context, view, before, added));
  }
  const [rule] = catalog.list(pgRewrite, "rel_rulename", [view.oid, RETURN_RULE]);
  if (rule) replaceRule(context, rule, query);
  const now = catalog.find(pgClass, "key", [view.oid]) as ClassTuple;
  catalog.update(pgClass, now, { reloptions: viewOptions(statement) });
}

type AttributeRow = NonNullable<ReturnType<typeof pgAttribute.view>>;

function checkSameColumns(
  context: DdlContext,
  before: readonly AttributeRow[],
  columns: readonly QueryColumn[],
): void {
  if (columns.length < before.length) {
    throw new SqlError("42P16", "cannot drop columns from view");
  }
  before.forEach((old, at) => {
    const column = columns[at] as QueryColumn;
    if (column.name !== old.attname) {
      const message = `cannot change name of view column "${old.attname}" to "${column.name}"`;
      const hint = "Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.";
      throw new SqlError("42P16", message, { hint });
    }
    if (column.type !== old.atttypid || column.typmod !== old.atttypmod) {
      const { typeText } = context.expressions;
      const was = typeText.call(context.expressions, old.atttypid, old.atttypmod);
      const is = typeText.call(context.expressions, column.type, column.typmod);
      const message = `cannot change data type of view column "${old.attname}" from ${was} to ${is}`;
      throw new SqlError("42P16", message);
    }
    if (column.collation !== old.attcollation) {
      const [was, is] = [old.attcollation, column.collation].map(
        (oid) => context.catalog.find(pgCollation, "key", [oid])?.collname ?? "",
      );
      const message = `cannot change collation of view column "${old.attname}" from "${was}" to "${is}"`;
      throw new SqlError("42P16", message);
    }
  });
}

function addColumns(
  context: DdlContext,
  view: ClassTuple,
  before: readonly AttributeRow[],
  added: readonly QueryColumn[],
): void {
  const names = new Set(before.map(({ attname }) => attname));
  added.forEach((column, at) => {
    if (names.has(column.name)) {
      const message = `column "${column.name}" of relation "${view.relname}" already exists`;
      throw new SqlError("42701", message);
    }
    names.add(column.name);
    checkNoPseudoType(context, `column "${column.name}"`, column.type);
    insertQueryColumn(context, view.oid, before.length + at + 1, column);
  });
  context.catalog.update(pgClass, view, { relnatts: before.length + added.length });
}

function replaceRule(
  context: DdlContext,
  rule: NonNullable<ReturnType<typeof pgRewrite.view>>,
  query: StoredQuery,
): void {
  const { catalog } = context;
  for (const row of referencesOf(catalog, addressOf(REWRITE_CLASS, rule.oid))) {
    catalog.delete(pgDepend, row);
  }
  catalog.update(pgRewrite, rule, { ev_action: query.tree });
  dependOnQuery(context, rule.oid, rule.ev_class, query);
}
