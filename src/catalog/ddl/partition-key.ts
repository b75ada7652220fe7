/**
 * PARTITION BY: the row of pg_partitioned_table, and what the key depends on. Its columns are part
 * of the table: none can be dropped alone.
 * https://www.postgresql.org/docs/15/ddl-partitioning.html
 */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError, withoutPosition } from "../../base/sql-error.ts";
import { type AccessMethod, accessMethodNamed } from "../access-methods.ts";
import {
  COLLATION_CLASS,
  DEFAULT_COLLATION,
  OPCLASS_CLASS,
  RELATION_CLASS,
} from "../class-oids.ts";
import { addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { icuCollation } from "../icu.ts";
import { displayName, findAttribute } from "../names.ts";
import { isBinaryCoercible, type OpclassTuple } from "../opclasses.ts";
import type { PartitionBy, PartitionElement } from "../partition-statement.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgOpclass } from "../relations/pg-opclass.ts";
import { pgPartitionedTable } from "../relations/pg-partitioned-table.ts";
import { pgType } from "../relations/pg-type.ts";
import type { RawExpression } from "../statement.ts";
import { isSystemColumn } from "../system-columns.ts";
import { getCollation } from "./columns.ts";
import type { DdlContext } from "./context.ts";
import { getDefaultOpclass, refuseOwnOrder } from "./default-opclass.ts";
import { namespacesOf } from "./find-named.ts";
import { checkNoPseudoType } from "./pseudo-types.ts";
import type { BoundIndexExpression } from "./relation-binder.ts";

const KEYS_MAX = 32;
const NONE = 0 as Oid;

interface Key {
  /** 0 = an expression. */
  readonly attnum: number;
  readonly expression: BoundIndexExpression | undefined;
  readonly opclass: OpclassTuple;
  readonly collation: Oid;
}

/** Stages how a new table is partitioned. Its columns are there. */
export function insertPartitionKey(
  context: DdlContext,
  relation: Oid,
  { strategy, elements }: PartitionBy,
): void {
  const { catalog } = context;
  if (strategy === "list" && elements.length > 1) {
    const message = 'cannot use "list" partition strategy with more than one column';
    throw new SqlError("42P17", message);
  }
  if (elements.length > KEYS_MAX) {
    throw new SqlError("54011", `cannot partition using more than ${KEYS_MAX} columns`);
  }
  const method = accessMethodNamed(catalog, strategy === "hash" ? "hash" : "btree") as AccessMethod;
  const keys = elements.map((element, at) => keyOf(context, relation, element, at + 1, method));
  for (const { collation } of keys) {
    const icu = icuCollation(catalog, collation);
    if (!icu || (icu.deterministic && strategy !== "range")) continue;
    const kind = icu.deterministic ? "a collation of ICU's" : "a nondeterministic collation";
    throw notSupported(`partitioning by ${strategy} with ${kind}`);
  }
  const expressions = keys.flatMap(({ expression }) => expression ?? []);
  catalog.insert(pgPartitionedTable, {
    partrelid: relation,
    partstrat: strategy.charAt(0),
    partnatts: keys.length,
    partattrs: keys.map(({ attnum }) => attnum),
    partclass: keys.map(({ opclass }) => opclass.oid),
    partcollation: keys.map(({ collation }) => collation),
    partexprs: expressions.length === 0 ? null : context.relations.listOf(expressions).tree,
  });
  addDependencies(context, relation, keys);
}

function addDependencies({ catalog }: DdlContext, relation: Oid, keys: readonly Key[]): void {
  const self = addressOf(RELATION_CLASS, relation);
  const columns = new Set<number>();
  for (const { attnum, opclass, collation, expression } of keys) {
    addDependency(catalog, self, addressOf(OPCLASS_CLASS, opclass.oid), "n");
    if (collation !== NONE && collation !== DEFAULT_COLLATION) {
      addDependency(catalog, self, addressOf(COLLATION_CLASS, collation), "n");
    }
    if (attnum > 0) columns.add(attnum);
    for (const { classOid, oid, subId } of expression?.references ?? []) {
      if (classOid === RELATION_CLASS && oid === relation) columns.add(subId);
      else addDependency(catalog, self, addressOf(classOid, oid, subId), "n");
    }
  }
  for (const attnum of columns) {
    addDependency(catalog, addressOf(RELATION_CLASS, relation, attnum), self, "i");
  }
}

function keyOf(
  context: DdlContext,
  relation: Oid,
  element: PartitionElement,
  number: number,
  method: AccessMethod,
): Key {
  const source =
    "column" in element
      ? columnSource(context, relation, element.column, element.position)
      : expressionSource(context, relation, element, number);
  const { type, ...rest } = source;
  const collation = element.collation ? getCollation(context, element.collation) : rest.collation;
  const collatable = context.catalog.find(pgType, "key", [type])?.typcollation !== NONE;
  if (collatable && collation === NONE) {
    const message = "could not determine which collation to use for partition expression";
    const hint = "Use the COLLATE clause to set the collation explicitly.";
    throw new SqlError("42P22", message, { hint });
  }
  if (!collatable && collation !== NONE) {
    const shown = context.expressions.typeText(type);
    throw new SqlError("42804", `collations are not supported by type ${shown}`);
  }
  const opclass = opclassOf(context, element, type, method);
  refuseOwnOrder(context, opclass, "partitioning by");
  return { ...rest, collation, opclass };
}

interface Source extends Omit<Key, "opclass"> {
  readonly type: Oid;
}

function columnSource(
  { catalog }: DdlContext,
  relation: Oid,
  name: string,
  position: number | undefined,
): Source {
  const column = findAttribute(catalog, relation, name);
  if (isSystemColumn(name)) {
    const message = `cannot use system column "${name}" in partition key`;
    throw new SqlError("42P17", message).at(position);
  }
  if (!column) {
    const message = `column "${name}" named in partition key does not exist`;
    throw new SqlError("42703", message).at(position);
  }
  if (column.attgenerated !== "") throw generatedInKey(name).at(position);
  const { attnum, atttypid: type, attcollation: collation } = column;
  return { attnum, type, collation, expression: undefined };
}

const generatedInKey = (column: string): SqlError =>
  new SqlError("42P17", "cannot use generated column in partition key", {
    detail: `Column "${column}" is a generated column.`,
  });

function expressionSource(
  context: DdlContext,
  relation: Oid,
  { expression: raw, position }: PartitionElement & { readonly expression: RawExpression },
  number: number,
): Source {
  const expression = withoutPosition(() => context.relations.partitionKey(raw, relation));
  const { type, collation, column } = expression;
  const wrong = (message: string) => new SqlError("42P17", message);
  checkNoPseudoType(context, `partition key column ${number}`, type);
  if (expression.usesSystemColumn) {
    throw wrong("partition key expressions cannot contain system column references");
  }
  if (column > 0) {
    const name = context.catalog.find(pgAttribute, "key", [relation, column])?.attname ?? "";
    return { ...columnSource(context, relation, name, position), collation };
  }
  for (const { classOid, oid, subId } of expression.references) {
    if (classOid !== RELATION_CLASS || oid !== relation) continue;
    const row = context.catalog.find(pgAttribute, "key", [relation, subId]);
    if (row && row.attgenerated !== "") throw generatedInKey(row.attname).at(position);
  }
  if (expression.mutable) {
    throw wrong("functions in partition key expression must be marked IMMUTABLE");
  }
  if (expression.constant) throw wrong("cannot use constant expression as partition key");
  return { attnum: 0, type, collation, expression };
}

function opclassOf(
  context: DdlContext,
  { opclass: written }: PartitionElement,
  type: Oid,
  method: AccessMethod,
): OpclassTuple {
  if (!written) {
    try {
      return getDefaultOpclass(context, type, method);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      const hint = `You must specify a ${method.name} operator class or define a default ${method.name} operator class for the data type.`;
      throw new SqlError(error.code, error.message, { hint });
    }
  }
  const { catalog } = context;
  const shown = displayName(written);
  const found = namespacesOf(context, written)
    .map((namespace) =>
      catalog.find(pgOpclass, "am_name_nsp", [method.oid, written.name, namespace]),
    )
    .find((row) => row !== undefined);
  if (!found) {
    const message = `operator class "${shown}" does not exist for access method "${method.name}"`;
    throw new SqlError("42704", message);
  }
  if (isBinaryCoercible(catalog, type, found.opcintype)) return found;
  const of = context.expressions.typeText(type);
  throw new SqlError("42804", `operator class "${shown}" does not accept data type ${of}`);
}
