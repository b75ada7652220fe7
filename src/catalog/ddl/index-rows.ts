/**
 * THE ROWS OF AN INDEX: pg_class, pg_attribute and pg_index, and what the index depends on. Whether
 * the index may be is decided before.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { objectTag } from "../../txn/lock-tag.ts";
import type { AccessMethod } from "../access-methods.ts";
import {
  COLLATION_CLASS,
  DEFAULT_COLLATION,
  OPCLASS_CLASS,
  RELATION_CLASS,
} from "../class-oids.ts";
import { addDependencies, changeTablespace, type Dependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { OpclassTuple } from "../opclasses.ts";
import { baseTypeRow } from "../opclasses.ts";
import type { Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgType } from "../relations/pg-type.ts";
import type { DdlContext, StoredExpression } from "./context.ts";
import type { AttributeTuple } from "./defaults.ts";
import { checkNoPseudoType } from "./pseudo-types.ts";
import type { BoundIndexExpression } from "./relation-binder.ts";
import type { TableFacts } from "./table-facts.ts";

export interface IndexColumn {
  /** In the index. */
  readonly name: string;
  readonly source:
    | { readonly kind: "column"; readonly attribute: AttributeTuple }
    | { readonly kind: "expression"; readonly expression: BoundIndexExpression };
  readonly collation: Oid;
  /** undefined = an included column, no part of the key. */
  readonly opclass: OpclassTuple | undefined;
  /** Bit 0 = DESC, bit 1 = NULLS FIRST. */
  readonly option: number;
  readonly opclassOptions: readonly string[] | null;
}

export interface IndexPlan {
  readonly name: string;
  readonly method: AccessMethod;
  /** Those of the key first. */
  readonly columns: readonly IndexColumn[];
  readonly unique: boolean;
  readonly nullsNotDistinct: boolean;
  readonly primary: boolean;
  /** Of an exclusion constraint: the operator of each key. */
  readonly exclusion?: readonly Oid[];
  readonly immediate: boolean;
  readonly predicate: StoredExpression | undefined;
  readonly options: readonly string[] | null;
  /** 0 = the database's own. */
  readonly tablespace: Oid;
}

const NONE = 0 as Oid;

/** Stages the index's rows under an oid of its own. */
export function insertIndexRows(context: DdlContext, table: TableFacts, plan: IndexPlan): Oid {
  const { catalog } = context;
  const { columns, method } = plan;
  const index = context.allocateOid();
  const isPartitioned = catalog.find(pgClass, "key", [table.oid])?.relkind === "p";
  catalog.insert(pgClass, {
    oid: index,
    relname: plan.name,
    relnamespace: table.namespace,
    relowner: table.owner,
    relam: method.oid,
    relfilenode: isPartitioned ? NONE : index,
    reltablespace: plan.tablespace,
    relpages: isPartitioned ? 0 : method.pages,
    reltuples: isPartitioned ? 0 : method.initialTuples,
    relpersistence: table.persistence,
    relkind: isPartitioned ? "I" : "i",
    relnatts: columns.length,
    relreplident: "n",
    reloptions: plan.options,
  });
  if (isPartitioned) changeTablespace(catalog, index, plan.tablespace);
  columns.forEach((column, at) => {
    insertIndexColumn(context, index, at + 1, column, method);
  });
  const keys = columns.filter((column) => column.opclass !== undefined);
  const expressions = expressionsOf(columns);
  const tree = expressions.length === 0 ? null : context.relations.listOf(expressions).tree;
  catalog.insert(pgIndex, {
    indexrelid: index,
    indrelid: table.oid,
    indnatts: columns.length,
    indnkeyatts: keys.length,
    indisunique: plan.unique,
    indnullsnotdistinct: plan.nullsNotDistinct,
    indisprimary: plan.primary,
    indisexclusion: plan.exclusion !== undefined,
    indimmediate: plan.immediate,
    indkey: columns.map(({ source }) => (source.kind === "column" ? source.attribute.attnum : 0)),
    indcollation: keys.map((column) => column.collation),
    indclass: keys.map((column) => column.opclass?.oid ?? NONE),
    indoption: keys.map((column) => column.option),
    indexprs: tree,
    indpred: plan.predicate?.tree ?? null,
  });
  return index;
}

const expressionsOf = (columns: readonly IndexColumn[]): BoundIndexExpression[] =>
  columns.flatMap(({ source }) => (source.kind === "expression" ? [source.expression] : []));

/** What an index column takes from the table's column is what its values look like. */
function insertIndexColumn(
  context: DdlContext,
  index: Oid,
  attnum: number,
  column: IndexColumn,
  method: AccessMethod,
): void {
  const { catalog } = context;
  const { source, name, opclass } = column;
  const given = source.kind === "column" ? source.attribute.atttypid : source.expression.type;
  const stored = storedType(context, given, opclass, method);
  const own = {
    attrelid: index,
    attname: name,
    attnum,
    attcollation: column.collation,
    attoptions: column.opclassOptions,
  };
  if (source.kind === "column" && stored === given) {
    const { attribute } = source;
    catalog.insert(pgAttribute, {
      ...own,
      atttypid: given,
      attlen: attribute.attlen,
      attndims: attribute.attndims,
      atttypmod: attribute.atttypmod,
      attbyval: attribute.attbyval,
      attalign: attribute.attalign,
      attstorage: attribute.attstorage,
      attcompression: attribute.attcompression,
    });
    return;
  }
  const type = catalog.find(pgType, "key", [stored]);
  if (!type) throw new SqlError("42704", `type with OID ${stored} does not exist`);
  if (source.kind === "expression") checkNoPseudoType(context, `column "${name}"`, given);
  catalog.insert(pgAttribute, {
    ...own,
    atttypid: stored,
    attlen: type.typlen,
    attndims: source.kind === "column" ? source.attribute.attndims : 0,
    atttypmod: source.kind === "expression" && stored === given ? source.expression.typmod : -1,
    attbyval: type.typbyval,
    attalign: type.typalign,
    attstorage: type.typstorage,
  });
}

const [ANYARRAY, ANYELEMENT] = [2277, 2283];

/** The method or the operator class may keep another type than the column's: name as cstring. */
export function storedType(
  context: DdlContext,
  given: Oid,
  opclass: OpclassTuple | undefined,
  method: AccessMethod,
): Oid {
  const wanted = opclass && opclass.opckeytype !== NONE ? opclass.opckeytype : method.keyType;
  if (wanted === ANYELEMENT && opclass?.opcintype === ANYARRAY) {
    return baseTypeRow(context.catalog, given)?.typelem ?? given;
  }
  return wanted === NONE ? given : wanted;
}

/** On the columns that it is over, or the table where it is over none by itself. */
function columnDependencies(table: Oid, columns: readonly IndexColumn[]): Dependency[] {
  const numbers = columns.flatMap(({ source }) =>
    source.kind === "column" ? [source.attribute.attnum] : [],
  );
  const referenced = numbers.length > 0 ? numbers : [0];
  return referenced.map((attnum) => ({
    referenced: addressOf(RELATION_CLASS, table, attnum),
    deptype: "a",
  }));
}

/** On collations and operator classes, and what expressions and predicate refer to. */
export function otherDependencies(table: Oid, plan: IndexPlan): Dependency[] {
  const found: Dependency[] = [];
  for (const { collation, opclass } of plan.columns) {
    if (!opclass) continue;
    if (collation !== NONE && collation !== DEFAULT_COLLATION) {
      found.push({ referenced: addressOf(COLLATION_CLASS, collation), deptype: "n" });
    }
    found.push({ referenced: addressOf(OPCLASS_CLASS, opclass.oid), deptype: "n" });
  }
  const trees: StoredExpression[] = expressionsOf(plan.columns);
  if (plan.predicate) trees.push(plan.predicate);
  for (const { references } of trees) {
    for (const { classOid, oid, subId } of references) {
      const own = classOid === RELATION_CLASS && oid === table;
      found.push({ referenced: addressOf(classOid, oid, subId), deptype: own ? "a" : "n" });
    }
  }
  return found;
}

/** Records what an index that carries no constraint depends on. */
export function addIndexDependencies(
  context: DdlContext,
  table: TableFacts,
  index: Oid,
  plan: IndexPlan,
): void {
  addDependencies(context.catalog, addressOf(RELATION_CLASS, index), [
    ...columnDependencies(table.oid, plan.columns),
    ...otherDependencies(table.oid, plan),
  ]);
}

/**
 * The table's row says that it has indexes. Two sessions may index one table at a time, so that
 * one change of the row has a lock of its own.
 */
export function markIndexed(context: DdlContext, table: Oid): void {
  const { catalog, transaction } = context;
  if (catalog.find(pgClass, "key", [table])?.relhasindex !== false) return;
  transaction.lock(objectTag(catalog.database, RELATION_CLASS, table), "AccessExclusive");
  const row = catalog.find(pgClass, "key", [table]);
  if (row && !row.relhasindex) catalog.update(pgClass, row, { relhasindex: true });
}

/** The key that an index carries, if any. */
export const constraintOver = (
  { catalog }: DdlContext,
  table: Oid,
  index: Oid,
): Tuple<(typeof pgConstraint)["columns"]> | undefined =>
  catalog
    .list(pgConstraint, "conrelid_contypid_conname", [table])
    .find(({ conindid, contype }) => conindid === index && "pux".includes(contype));
