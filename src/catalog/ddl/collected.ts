/**
 * WHAT A STATEMENT MADE AND ALTERED, as event triggers are told: told from the statement, for what
 * was there before, and from the rows that it added. PostgreSQL tells it command by command.
 * https://www.postgresql.org/docs/15/functions-event-triggers.html
 */

import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Change } from "../../txn/overlay.ts";
import {
  AM_CLASS,
  CAST_CLASS,
  COLLATION_CLASS,
  CONVERSION_CLASS,
  EXTENSION_CLASS,
  LANGUAGE_CLASS,
  NAMESPACE_CLASS,
  OPCLASS_CLASS,
  OPERATOR_CLASS,
  OPFAMILY_CLASS,
  POLICY_CLASS,
  PROC_CLASS,
  PUBLICATION_CLASS,
  RELATION_CLASS,
  SERVER_CLASS,
  STATISTICS_CLASS,
  TRANSFORM_CLASS,
  TRIGGER_CLASS,
  TS_PARSER_CLASS,
  TS_TEMPLATE_CLASS,
  TYPE_CLASS,
  USER_MAPPING_CLASS,
  WRAPPER_CLASS,
} from "../class-oids.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import { findAttribute } from "../names.ts";
import type { ObjectName } from "../object-name.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgOpfamily } from "../relations/pg-opfamily.ts";
import { pgTrigger } from "../relations/pg-trigger.ts";
import { pgType } from "../relations/pg-type.ts";
import type { DdlStatement, QualifiedName, TypeName } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { findObject } from "./find-object.ts";
import { getRelation } from "./lookup.ts";

export interface Collected {
  readonly tag: string;
  /** Undefined: only what kind of objects it is about is told. */
  readonly object?: ObjectAddress;
  readonly type?: string;
}

/** What a statement alters or comments on, before it does. Undefined: it does neither. */
export function subjectOf(context: DdlContext, statement: DdlStatement): ObjectAddress | undefined {
  try {
    const column = statement.kind === "renameColumn" ? statement.column : undefined;
    const relation = relationIn(statement);
    if (relation) {
      const { oid } = getRelation(context, relation);
      if (column === undefined) return addressOf(RELATION_CLASS, oid);
      const row = findAttribute(context.catalog, oid, column);
      return row && addressOf(RELATION_CLASS, oid, row.attnum);
    }
    const object = objectIn(statement);
    return object && findObject(context, object).address;
  } catch (error) {
    // What is wrong with it, the statement says.
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}

function relationIn(statement: DdlStatement): QualifiedName | undefined {
  switch (statement.kind) {
    case "alterTable":
    case "renameColumn":
      return statement.table;
    case "renameRelation":
    case "setSchema":
      return statement.relation;
    case "refreshMaterializedView":
      return statement.view;
    case "alterSequence":
      return statement.sequence;
    default:
      return undefined;
  }
}

const typeObject = (type: TypeName, isDomain = false): ObjectName => ({
  ...{ kind: "type", isDomain, type },
});

function objectIn(statement: DdlStatement): ObjectName | undefined {
  switch (statement.kind) {
    case "comment":
    case "objectOwner":
    case "renameObject":
    case "objectSchema":
    case "alterRoutine":
    case "alterOperator":
    case "dependOnExtension":
      return statement.object;
    case "renameConstraint":
      return {
        kind: "part",
        part: "constraint",
        table: statement.table,
        name: statement.constraint,
      };
    case "renameTrigger":
      return { kind: "part", part: "trigger", table: statement.table, name: statement.name };
    case "alterPolicy":
    case "renamePolicy":
      return { kind: "part", part: "policy", table: statement.table, name: statement.name };
    case "addLabel":
    case "setBase":
    case "renameLabel":
      return typeObject(statement.type);
    case "alterDomain":
      return typeObject(statement.domain, true);
    case "renameSchema":
    case "schemaOwner":
      return { kind: "named", noun: "schema", name: statement.name };
    case "alterPublication":
      return { kind: "named", noun: "publication", name: statement.name };
    case "alterStatistics":
      return { kind: "qualified", noun: "statistics object", name: statement.statistics };
    case "addToFamily":
    case "dropFromFamily":
      return { kind: "operatorFamily", method: statement.method, name: statement.name };
    case "refreshCollation":
      return { kind: "qualified", noun: "collation", name: statement.collation };
    case "alterServer":
      return { kind: "named", noun: "server", name: statement.name };
    case "alterWrapper":
      return { kind: "named", noun: "foreign-data wrapper", name: statement.name };
    default:
      return undefined;
  }
}

/** Classes of what a statement makes, where that is no relation. */
const MADE: Readonly<Record<string, Oid>> = {
  createAccessMethod: AM_CLASS,
  createAggregate: PROC_CLASS,
  createBase: TYPE_CLASS,
  createCast: CAST_CLASS,
  createCollation: COLLATION_CLASS,
  createComposite: TYPE_CLASS,
  createConversion: CONVERSION_CLASS,
  createDomain: TYPE_CLASS,
  createEnum: TYPE_CLASS,
  createExtension: EXTENSION_CLASS,
  createLanguage: LANGUAGE_CLASS,
  createOperator: OPERATOR_CLASS,
  createOperatorFamily: OPFAMILY_CLASS,
  createParser: TS_PARSER_CLASS,
  createPolicy: POLICY_CLASS,
  createPublication: PUBLICATION_CLASS,
  createRange: TYPE_CLASS,
  createRoutine: PROC_CLASS,
  createServer: SERVER_CLASS,
  createShell: TYPE_CLASS,
  createStatistics: STATISTICS_CLASS,
  createTemplate: TS_TEMPLATE_CLASS,
  createTransform: TRANSFORM_CLASS,
  createTrigger: TRIGGER_CLASS,
  createUserMapping: USER_MAPPING_CLASS,
  createWrapper: WRAPPER_CLASS,
};

/** After it. `changes`: to the rows of the catalogs. */
export function collectedOf(
  statement: DdlStatement,
  tag: string,
  subject: ObjectAddress | undefined,
  changes: readonly Change[],
): readonly Collected[] {
  const { kind } = statement;
  const made = MADE[kind];
  if (kind === "createOperatorClass") {
    // It may have come with a family of its own.
    const family = rowsOf(pgOpfamily, changes).filter(isNew);
    const families = madeOf(OPFAMILY_CLASS, "CREATE OPERATOR FAMILY", family);
    return [...families, ...madeOf(OPCLASS_CLASS, tag, changes)];
  }
  if (made !== undefined) return madeOf(made, tag, changes);
  if (kind === "createSchema") {
    const relations = relationsMade(changes);
    const schema = madeOf(NAMESPACE_CLASS, tag, changes);
    return [...schema, ...relations.map(({ oid, relkind }) => one(CREATES[relkind], oid))];
  }
  if (kind === "grant") {
    const type = statement.noun.toUpperCase();
    return [{ tag, type }];
  }
  if (kind === "alterDefaultPrivileges") {
    return [{ tag, type: `${statement.change.noun.toUpperCase()}S` }];
  }
  return relationCommands(statement, tag, subject, changes);
}

const one = (tag: string | undefined, oid: Oid): Collected => ({
  tag: tag ?? "",
  object: addressOf(RELATION_CLASS, oid),
});

/** A relation's statement of its own, by relkind. */
const CREATES: Readonly<Record<string, string>> = {
  ...{ r: "CREATE TABLE", p: "CREATE TABLE", v: "CREATE VIEW", S: "CREATE SEQUENCE" },
  ...{ i: "CREATE INDEX", I: "CREATE INDEX", f: "CREATE FOREIGN TABLE" },
  m: "CREATE MATERIALIZED VIEW",
};

type Class = ReturnType<typeof pgClass.view>;

const isNew = ({ stored, before, after }: Change): boolean => !stored && !before && after !== null;

const rowsOf = (relation: { readonly oid: Oid }, changes: readonly Change[]) =>
  changes.filter(({ table, after }) => table.rel === relation.oid && after !== null);

/** Those that a user sees, in the order of their making. */
const relationsMade = (changes: readonly Change[]): Class[] =>
  rowsOf(pgClass, changes)
    .filter(isNew)
    .map(({ after }) => pgClass.view(after as never))
    .filter(({ relkind, relname }) => relkind in CREATES && !/^pg_toast_\d+/.test(relname));

/** The object itself, without what comes with it; one that was replaced, too. */
function madeOf(classOid: Oid, tag: string, changes: readonly Change[]): Collected[] {
  const rows = rowsOf({ oid: classOid }, changes).filter((change) => isOwn(classOid, change));
  const change = rows.find(isNew) ?? rows[0];
  return change ? [{ tag, object: addressOf(classOid, change.key[0] as Oid) }] : [];
}

/** Arrays and multiranges come with a type, triggers with a constraint. */
function isOwn(classOid: Oid, { after }: Change): boolean {
  if (classOid === TYPE_CLASS) {
    const { typtype, typcategory } = pgType.view(after as never);
    return typcategory !== "A" && typtype !== "m";
  }
  return classOid !== TRIGGER_CLASS || !pgTrigger.view(after as never).tgisinternal;
}

/** All that a statement made which is no relation, with what it made beside it. */
export function objectsMade(
  { kind }: DdlStatement,
  changes: readonly Change[],
): readonly ObjectAddress[] {
  const one = MADE[kind];
  const classes = kind === "createOperatorClass" ? [OPFAMILY_CLASS, OPCLASS_CLASS] : [one];
  return classes.flatMap((classOid) =>
    rowsOf({ oid: classOid ?? (0 as Oid) }, changes)
      .filter((change) => isNew(change) && isOwn(classOid as Oid, change))
      .map(({ key }) => addressOf(classOid as Oid, key[0] as Oid)),
  );
}

function relationCommands(
  statement: DdlStatement,
  tag: string,
  subject: ObjectAddress | undefined,
  changes: readonly Change[],
): readonly Collected[] {
  const made = relationsMade(changes);
  const of = (kinds: string) => made.filter(({ relkind }) => kinds.includes(relkind));
  switch (statement.kind) {
    case "createTable":
    case "alterTable": {
      const [table] = of("rpf");
      const object = subject ?? (table && addressOf(RELATION_CLASS, table.oid));
      if (!object) return [];
      const sequences = of("S");
      const isPart = statement.kind === "alterTable" || statement.bound !== undefined;
      const keys = rowsOf(pgConstraint, changes).filter(isNew);
      const refers = keys.some(({ after }) => pgConstraint.view(after as never).contype === "f");
      return [
        ...sequences.map(({ oid }) => one("CREATE SEQUENCE", oid)),
        { tag, object },
        ...(isPart ? [] : of("iI").map(({ oid }) => one("CREATE INDEX", oid))),
        ...(refers && !isPart ? [{ tag: "ALTER TABLE", object }] : []),
        ...sequences.map(({ oid }) => one("ALTER SEQUENCE", oid)),
      ];
    }
    case "createView": {
      const [view] = rowsOf(pgClass, changes).filter(({ after }) => after);
      if (!view) return [];
      const command = one(tag, view.key[0] as Oid);
      // What a view is replaced with PostgreSQL gives it by ALTER TABLE, which it tells of as well.
      return isNew(view) ? [command] : [command, command];
    }
    case "moveAllRelations":
      return rowsOf(pgClass, changes)
        .map(({ after }) => pgClass.view(after as never))
        .filter(({ relname }) => !/^pg_toast_\d+/.test(relname))
        .map(({ oid }) => one(tag, oid));
    case "createTableAs":
    case "createSequence":
    case "createIndex":
      return made.slice(0, 1).map(({ oid }) => one(tag, oid));
    default:
      return subject ? [{ tag, object: subject }] : [];
  }
}
