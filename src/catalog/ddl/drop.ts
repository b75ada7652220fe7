/**
 * DROP. The closure of what goes is computed and locked before anything is deleted; a lock that
 * must be waited for runs the statement again, so the closure that is deleted is one that was
 * wholly locked.
 * https://www.postgresql.org/docs/15/ddl-depend.html
 */

import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { notice, notSupported, SqlError } from "../../base/sql-error.ts";
import { relationByOid } from "../all-relations.ts";
import type { Catalog } from "../catalog.ts";
import {
  ATTRDEF_CLASS,
  CONSTRAINT_CLASS,
  isPinned,
  LARGE_OBJECT_CLASS,
  NAMESPACE_CLASS,
  OPERATOR_CLASS,
  POLICY_CLASS,
  PROC_CLASS,
  RELATION_CLASS,
  TRIGGER_CLASS,
  TS_CONFIG_CLASS,
  TYPE_CLASS,
} from "../class-oids.ts";
import {
  collectDependents,
  referencesOf,
  removeShared,
  reportDependents,
  type Target,
  tagOf,
} from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import { checkOwnDatabase, findNamespace, findRelation, findUsable } from "../names.ts";
import { checkOwner } from "../privileges.ts";
import type { Relation } from "../relation.ts";
import { pgAggregate } from "../relations/pg-aggregate.ts";
import { pgAttrdef } from "../relations/pg-attrdef.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgEnum } from "../relations/pg-enum.ts";
import { pgForeignTable } from "../relations/pg-foreign-table.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgInherits } from "../relations/pg-inherits.ts";
import { pgInitPrivs } from "../relations/pg-init-privs.ts";
import { pgPartitionedTable } from "../relations/pg-partitioned-table.ts";
import { pgPolicy } from "../relations/pg-policy.ts";
import { pgRange } from "../relations/pg-range.ts";
import { pgSequence } from "../relations/pg-sequence.ts";
import { pgTrigger } from "../relations/pg-trigger.ts";
import { pgTsConfigMap } from "../relations/pg-ts-config-map.ts";
import { pgType } from "../relations/pg-type.ts";
import type { DropRelations, DropSchemas, QualifiedName, RelationNoun } from "../statement.ts";
import { countChecks } from "./checks.ts";
import { dropComments } from "./comment-rows.ts";
import type { DdlContext } from "./context.ts";
import { endJobsOf } from "./job-rows.ts";
import { deleteLargeObject } from "./large-objects.ts";
import {
  article,
  checkAlterable,
  checkNotInUse,
  describerOf,
  isSystemNamespace,
  lockNamespace,
  lockRelation,
  nounOf,
  searchPathOf,
} from "./lookup.ts";
import { unlinkOperator } from "./operator-links.ts";
import { forgetDefault } from "./partition-default.ts";
import { reshape } from "./reshape.ts";
import { NOT_MISSING } from "./row-work.ts";
import { removeStatistics } from "./statistic-rows.ts";

/** DROP TABLE takes r and p; the others their own kind. */
const RELKINDS: Readonly<Record<RelationNoun, string>> = {
  table: "rp",
  sequence: "S",
  view: "v",
  "materialized view": "m",
  index: "iI",
  "composite type": "c",
  "foreign table": "f",
  source: "x",
  sink: "s",
};

/** Of which PostgreSQL says that an object, not a table, is undefined. */
const UNDEFINED_OBJECTS: ReadonlySet<RelationNoun> = new Set<RelationNoun>([
  ...(["index", "foreign table"] as const),
]);

export function dropRelations(context: DdlContext, statement: DropRelations): void {
  if (statement.concurrently) checkConcurrently(statement);
  const originals: ObjectAddress[] = [];
  for (const name of statement.names) {
    const found = relationToDrop(context, name, statement);
    if (found) originals.push(found);
  }
  dropObjects(context, originals, statement.cascade);
}

function checkConcurrently({ names, cascade }: DropRelations): void {
  const refuse = (what: string) =>
    new SqlError("0A000", `DROP INDEX CONCURRENTLY does not support ${what}`);
  if (names.length > 1) throw refuse("dropping multiple objects");
  if (cascade) throw refuse("CASCADE");
}

function relationToDrop(
  context: DdlContext,
  name: QualifiedName,
  statement: DropRelations,
): ObjectAddress | undefined {
  const { noun, ifExists } = statement;
  const { catalog } = context;
  checkOwnDatabase(catalog, name);
  if (name.schema !== undefined && !findUsable(catalog, name.schema, context.user.oid)) {
    if (!ifExists) throw new SqlError("3F000", `schema "${name.schema}" does not exist`);
    context.notice(notice(`schema "${name.schema}" does not exist, skipping`));
    return undefined;
  }
  const relation = findRelation(catalog, name, searchPathOf(context), context.user.oid);
  if (!relation) {
    // PostgreSQL names it without its schema here.
    const missing = `${noun} "${name.name}" does not exist`;
    if (!ifExists) throw new SqlError(UNDEFINED_OBJECTS.has(noun) ? "42704" : "42P01", missing);
    context.notice(notice(`${missing}, skipping`));
    return undefined;
  }
  if (!RELKINDS[noun].includes(relation.relkind)) {
    throw wrongNoun(relation.relname, noun, nounOf(relation));
  }
  checkAlterable(context, relation);
  // Who reads the table uses its indexes.
  const index = noun === "index" ? catalog.find(pgIndex, "key", [relation.oid]) : undefined;
  const { relkind, relname, relpersistence } = relation;
  if (statement.concurrently && relkind === "I" && relpersistence !== "t") {
    throw new SqlError("0A000", `cannot drop partitioned index "${relname}" concurrently`);
  }
  const mode = statement.concurrently ? "ShareUpdateExclusive" : "AccessExclusive";
  if (index) lockRelation(context, index.indrelid, mode);
  lockRelation(context, relation.oid, "AccessExclusive");
  return addressOf(RELATION_CLASS, relation.oid);
}

function wrongNoun(name: string, noun: string, is: string): SqlError {
  const hint = removal(is);
  return new SqlError("42809", `"${name}" is not ${article(noun)}`, hint ? { hint } : {});
}

/** How it is removed, where a statement does. */
function removal(is: string): string | undefined {
  if (is === "toast table") return undefined;
  if (is === "composite type") return "Use DROP TYPE to remove a type.";
  return `Use DROP ${is.toUpperCase()} to remove ${article(is)}.`;
}

export function dropSchemas(context: DdlContext, statement: DropSchemas): void {
  const { catalog } = context;
  const originals: ObjectAddress[] = [];
  let pinned: string | undefined;
  for (const name of statement.names) {
    const namespace = findNamespace(catalog, name);
    if (!namespace) {
      const missing = `schema "${name}" does not exist`;
      if (!statement.ifExists) throw new SqlError("3F000", missing);
      context.notice(notice(`${missing}, skipping`));
      continue;
    }
    lockNamespace(context, namespace.oid, "AccessExclusive");
    checkOwner(catalog, context.user.oid, namespace.nspowner, "schema", name);
    const address = addressOf(NAMESPACE_CLASS, namespace.oid);
    originals.push(address);
    if (isSystemNamespace(namespace.oid)) pinned ??= name;
  }
  if (pinned !== undefined) throw requiredBySystem(`schema ${pinned}`);
  dropObjects(context, originals, statement.cascade);
}

const requiredBySystem = (what: string): SqlError =>
  new SqlError("2BP01", `cannot drop ${what} because it is required by the database system`);

/** Locks and deletes the objects and what depends on them; says or refuses the rest. */
export function dropObjects(
  context: DdlContext,
  originals: readonly ObjectAddress[],
  cascade: boolean,
): void {
  if (originals.length === 0) return;
  const describer = describerOf(context);
  const describe = (object: ObjectAddress): string =>
    describer.describe(object) ?? `object ${object.oid} of class ${object.classOid}`;
  const pinned = originals.find(({ classOid, oid }) => isPinned(classOid, oid));
  if (pinned) throw requiredBySystem(describe(pinned));
  const targets = collectDependents(context.catalog, originals, describe);
  lockTargets(context, targets);
  const said = reportDependents(targets, originals, cascade, describe);
  if (said) context.notice(said);
  if (context.onDrop) {
    for (const { object, reached, covered } of targets.toReversed()) {
      if (!covered) context.onDrop(object, reached);
    }
  }
  deleteObjects(context, targets);
}

/** As dropObjects, with all that is in the schemas; says nothing, and asks nobody. */
export function dropContents(
  context: DdlContext,
  namespaces: readonly Oid[],
  keepsSchemas: boolean,
): void {
  const schemas = namespaces.map((oid) => addressOf(NAMESPACE_CLASS, oid));
  const isKept = ({ classOid, oid }: ObjectAddress) =>
    keepsSchemas && classOid === NAMESPACE_CLASS && namespaces.includes(oid);
  const collected = collectDependents(context.catalog, schemas, () => "");
  const targets = collected.filter(({ object }) => !isKept(object));
  lockTargets(context, targets);
  deleteObjects(context, targets);
}

function deleteObjects(context: DdlContext, targets: readonly Target[]): void {
  const remove = () => {
    for (const { object } of targets) deleteObject(context, object);
  };
  const columns = targets.filter(
    ({ object }) => object.classOid === RELATION_CLASS && object.subId,
  );
  if (columns.length === 0) return remove();
  reshape(context, [...new Set(columns.map(({ object }) => object.oid))], remove);
}

/**
 * In order of class and oid, so that two drops that overlap do not wait for each other crosswise.
 * A default or a constraint is locked with its table, which need not be a target itself: a sequence
 * takes defaults of other tables along.
 */
function lockTargets(context: DdlContext, targets: readonly Target[]): void {
  const { catalog } = context;
  const objects = targets.map(({ object }) => tableOf(catalog, object) ?? object);
  objects.sort((a, b) => a.classOid - b.classOid || a.oid - b.oid);
  for (const object of objects) {
    context.transaction.lock(tagOf(catalog.database, object), "AccessExclusive");
  }
}

/** The table of a default, a constraint, a trigger or a policy. */
function tableOf(catalog: Catalog, { classOid, oid }: ObjectAddress): ObjectAddress | undefined {
  const table =
    classOid === ATTRDEF_CLASS
      ? catalog.find(pgAttrdef, "key", [oid])?.adrelid
      : classOid === CONSTRAINT_CLASS
        ? catalog.find(pgConstraint, "key", [oid])?.conrelid
        : classOid === TRIGGER_CLASS
          ? catalog.find(pgTrigger, "key", [oid])?.tgrelid
          : classOid === POLICY_CLASS
            ? catalog.find(pgPolicy, "key", [oid])?.polrelid
            : undefined;
  return table && addressOf(RELATION_CLASS, table);
}

function deleteObject(context: DdlContext, object: ObjectAddress): void {
  const { catalog } = context;
  switch (object.classOid) {
    case RELATION_CLASS:
      if (object.subId === 0) deleteRelation(context, object.oid);
      else deleteColumn(context, object.oid, object.subId);
      break;
    case TYPE_CLASS:
      deleteType(context, object.oid);
      break;
    case ATTRDEF_CLASS:
      deleteDefault(context, object.oid);
      break;
    case CONSTRAINT_CLASS:
      deleteConstraint(context, object.oid);
      break;
    case PROC_CLASS: {
      const aggregate = catalog.find(pgAggregate, "key", [object.oid]);
      if (aggregate) catalog.delete(pgAggregate, aggregate);
      deleteRow(context, object);
      break;
    }
    case TS_CONFIG_CLASS:
      for (const row of catalog.list(pgTsConfigMap, "key", [object.oid])) {
        catalog.delete(pgTsConfigMap, row);
      }
      deleteRow(context, object);
      break;
    case LARGE_OBJECT_CLASS:
      deleteLargeObject(catalog, object.oid);
      break;
    case OPERATOR_CLASS:
      unlinkOperator(context, object.oid);
      deleteRow(context, object);
      break;
    default:
      deleteRow(context, object);
  }
  for (const row of referencesOf(catalog, object)) catalog.delete(pgDepend, row);
  removeShared(catalog, object);
  dropComments(catalog, object);
  for (const row of catalog.list(pgInitPrivs, "key", [object.oid, object.classOid])) {
    if (object.subId === 0 || row.objsubid === object.subId) catalog.delete(pgInitPrivs, row);
  }
}

/** What is nothing but a row. */
function deleteRow(context: DdlContext, { classOid, oid }: ObjectAddress): void {
  const relation = relationByOid(classOid);
  assert(relation, `objects of class ${classOid} are stored`);
  deleteByKey(context, relation, oid);
}

/** What every database has is nobody's to drop. */
function deleteByKey(context: DdlContext, relation: Relation, oid: Oid): void {
  if (!context.catalog.findLayers(relation, [oid]).own) {
    throw notSupported("dropping a part of the system");
  }
  context.transaction.delete(relation.layout, context.catalog.database, [oid]);
}

function deleteType(context: DdlContext, oid: Oid): void {
  const { catalog } = context;
  for (const row of catalog.list(pgEnum, "typid_label", [oid])) catalog.delete(pgEnum, row);
  const range = catalog.find(pgRange, "key", [oid]);
  if (range) catalog.delete(pgRange, range);
  deleteByKey(context, pgType, oid);
}

function deleteRelation(context: DdlContext, oid: Oid): void {
  const { catalog } = context;
  const relation = catalog.find(pgClass, "key", [oid]);
  if (!relation) return;
  checkNotInUse(context, relation, "DROP TABLE");
  for (const row of catalog.list(pgAttribute, "key", [oid])) catalog.delete(pgAttribute, row);
  if (relation.relkind === "i" || relation.relkind === "I") {
    const index = catalog.find(pgIndex, "key", [oid]);
    if (index) catalog.delete(pgIndex, index); // relhasindex stays, as in PostgreSQL: it says "may have"
  }
  if (relation.relkind === "S") {
    const sequence = catalog.find(pgSequence, "key", [oid]);
    if (sequence) catalog.delete(pgSequence, sequence);
  }
  for (const row of catalog.list(pgInherits, "key", [oid])) {
    forgetDefault(context, row.inhparent, oid);
    catalog.delete(pgInherits, row);
  }
  const partitioned = catalog.find(pgPartitionedTable, "key", [oid]);
  if (partitioned) catalog.delete(pgPartitionedTable, partitioned);
  removeStatistics(catalog, oid);
  const foreign = catalog.find(pgForeignTable, "key", [oid]);
  if (foreign) catalog.delete(pgForeignTable, foreign);
  endJobsOf(context, oid);
  catalog.delete(pgClass, relation);
}

/** A dropped column keeps its number: attnums are never used again. */
function deleteColumn(context: DdlContext, relation: Oid, attnum: number): void {
  const { catalog } = context;
  const row = catalog.find(pgAttribute, "key", [relation, attnum]);
  if (!row) return;
  removeStatistics(catalog, relation, attnum);
  catalog.update(pgAttribute, row, {
    attname: `........pg.dropped.${attnum}........`,
    atttypid: 0 as Oid,
    attnotnull: false,
    attstattarget: 0,
    attgenerated: "",
    atthasdef: false,
    ...NOT_MISSING,
    attisdropped: true,
  });
}

function deleteConstraint(context: DdlContext, oid: Oid): void {
  const { catalog } = context;
  const row = catalog.find(pgConstraint, "key", [oid]);
  if (!row) return;
  if (row.contype === "c" && row.conrelid !== 0) countChecks(context, row.conrelid, -1);
  catalog.delete(pgConstraint, row);
}

function deleteDefault(context: DdlContext, oid: Oid): void {
  const { catalog } = context;
  const row = catalog.find(pgAttrdef, "key", [oid]);
  if (!row) return;
  catalog.delete(pgAttrdef, row);
  const attribute = catalog.find(pgAttribute, "key", [row.adrelid, row.adnum]);
  if (attribute?.atthasdef) catalog.update(pgAttribute, attribute, { atthasdef: false });
}
