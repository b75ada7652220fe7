/**
 * SEQUENCES OF COLUMNS: those behind serial and identity columns, and what ALTER COLUMN does with
 * identities.
 * https://www.postgresql.org/docs/15/sql-altertable.html
 */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { RELATION_CLASS } from "../class-oids.ts";
import { addDependency, dependentsOf, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import {
  type ClassTuple,
  findAttribute,
  type NamespaceTuple,
  undefinedRelation,
} from "../names.ts";
import type { CatalogReader } from "../reader.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import type { AlterTableAction, SequenceOptions } from "../statement.ts";
import { isSystemColumn } from "../system-columns.ts";
import { skipOrRefuse, unfitColumn } from "./alter-column.ts";
import { type ColumnPlan, checkNoSystemColumn } from "./columns.ts";
import type { DdlContext } from "./context.ts";
import type { AttributeTuple } from "./defaults.ts";
import { dropObjects } from "./drop.ts";
import { chooseRelationName } from "./generated-names.ts";
import { creationNamespace, lockRelation } from "./lookup.ts";
import { changeSequence, insertSequence, planNewSequence, repeatedOption } from "./sequences.ts";
import { factsOf } from "./table-facts.ts";

interface SequenceHolder {
  readonly name: string;
  readonly owner: Oid;
  /** relpersistence */
  readonly persistence: string;
}

/** The sequence of a serial or identity column, made before the table as in PostgreSQL. */
export function columnSequence(
  context: DdlContext,
  namespace: NamespaceTuple,
  table: SequenceHolder,
  column: ColumnPlan,
): ClassTuple | undefined {
  if (!column.serial && !column.identity) return undefined;
  const identity = column.identity !== undefined;
  const type = column.sequenceType ?? column.type.row.oid;
  const options = column.identity?.options ?? {};
  return createSequenceFor(context, namespace, table, column.name, options, { type, identity });
}

function createSequenceFor(
  context: DdlContext,
  namespace: NamespaceTuple,
  table: SequenceHolder,
  column: string,
  options: SequenceOptions,
  of: { readonly type: Oid; readonly identity: boolean },
): ClassTuple {
  const { name: given } = options;
  const name = given?.name ?? chooseRelationName(context, namespace.oid, table.name, column, "seq");
  const plan = planNewSequence(context, options, of);
  if (given?.schema === undefined || given.schema === namespace.nspname) {
    return insertSequence(context, namespace, name, options, plan, table);
  }
  // The column that owns it is looked for in the schema of the sequence.
  const { schema } = given;
  const elsewhere = creationNamespace(context, { schema, name });
  insertSequence(context, elsewhere, name, options, plan, table);
  throw undefinedRelation({ schema, name: table.name });
}

/** The sequence behind a column goes with it: automatically, or as a part of an identity. */
export function linkSequence(
  context: DdlContext,
  relation: Oid,
  attnum: number,
  sequence: ClassTuple | undefined,
  identity: boolean,
): void {
  if (!sequence) return;
  const owned = addressOf(RELATION_CLASS, sequence.oid);
  const owner = addressOf(RELATION_CLASS, relation, attnum);
  addDependency(context.catalog, owned, owner, identity ? "i" : "a");
}

export function addIdentity(
  context: DdlContext,
  table: ClassTuple,
  action: Extract<AlterTableAction, { kind: "addIdentity" }>,
): void {
  const { catalog } = context;
  const column = findColumn(context, table, action.column);
  const namespace = catalog.find(pgNamespace, "key", [table.relnamespace]) as NamespaceTuple;
  const holder = factsOf(table);
  const of = { type: column?.atttypid ?? NO_INTEGER, identity: true };
  const { options } = action;
  const sequence = createSequenceFor(context, namespace, holder, action.column, options, of);
  const { attname, attnum, attnotnull, attidentity, atthasdef } = identifiable(column, action);
  const of55000 = (what: string) => unfitColumn(table, attname, what);
  if (!attnotnull) throw of55000("must be declared NOT NULL before identity can be added");
  if (attidentity !== "") throw of55000("is already an identity column");
  if (atthasdef) throw of55000("already has a default value");
  linkSequence(context, table.oid, attnum, sequence, true);
  const row = catalog.find(pgAttribute, "key", [table.oid, attnum]) as AttributeTuple;
  catalog.update(pgAttribute, row, { attidentity: action.always ? "a" : "d" });
}

/** System columns have types that no sequence has. */
const NO_INTEGER = 27 as Oid;

export function setIdentity(
  context: DdlContext,
  table: ClassTuple,
  action: Extract<AlterTableAction, { kind: "setIdentity" }>,
): void {
  const { always, options } = action;
  const found = findColumn(context, table, action.column);
  const sequence = found && identitySequence(context.catalog, table.oid, found.attnum);
  if (sequence) {
    lockRelation(context, sequence.oid, "AccessExclusive");
    changeSequence(context, sequence, options, true);
  }
  if (always === "repeated") throw repeatedOption();
  const column = identifiable(found, action);
  if (column.attidentity === "") {
    throw unfitColumn(table, column.attname, "is not an identity column");
  }
  if (always === undefined) return;
  context.catalog.update(pgAttribute, column, { attidentity: always ? "a" : "d" });
}

export function dropIdentity(
  context: DdlContext,
  table: ClassTuple,
  action: Extract<AlterTableAction, { kind: "dropIdentity" | "dropExpression" }>,
): void {
  const { catalog } = context;
  const column = identifiable(findColumn(context, table, action.column), action);
  if (column.attidentity === "") {
    return skipOrRefuse(context, action.ifExists, table, column, "is not an identity column");
  }
  const sequence = identitySequence(context.catalog, table.oid, column.attnum);
  assert(sequence, "an identity column has a sequence");
  lockRelation(context, sequence.oid, "AccessExclusive");
  catalog.update(pgAttribute, column, { attidentity: "" });
  const self = addressOf(RELATION_CLASS, sequence.oid);
  for (const row of referencesOf(catalog, self)) {
    if (row.deptype === "i") catalog.delete(pgDepend, row);
  }
  dropObjects(context, [self], false);
}

/** undefined for a system column. */
function findColumn(
  context: DdlContext,
  table: ClassTuple,
  name: string,
): AttributeTuple | undefined {
  const column = findAttribute(context.catalog, table.oid, name);
  if (column || isSystemColumn(name)) return column;
  throw new SqlError("42703", `column "${name}" of relation "${table.relname}" does not exist`);
}

function identifiable(
  column: AttributeTuple | undefined,
  { column: name }: { readonly column: string },
): AttributeTuple {
  checkNoSystemColumn(name, "alter");
  assert(column, "whatever is no system column was found");
  return column;
}

/** The sequence of an identity column. */
export function identitySequence(
  catalog: CatalogReader,
  table: Oid,
  attnum: number,
): ClassTuple | undefined {
  for (const row of dependentsOf(catalog, addressOf(RELATION_CLASS, table, attnum))) {
    if (row.deptype !== "i" || row.classid !== RELATION_CLASS) continue;
    const relation = catalog.find(pgClass, "key", [row.objid]);
    if (relation?.relkind === "S") return relation;
  }
  return undefined;
}
