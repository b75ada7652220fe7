/**
 * WHAT WRITING TO A TABLE MUST KNOW OF IT, read from the catalog once for each plan: columns, what
 * must hold for a row, indexes to be kept, foreign keys in both directions.
 */
import { assert } from "../../base/assert.ts";
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { BTREE } from "../../catalog/access-methods.ts";
import { isAppendOnly } from "../../catalog/append-only.ts";
import type { MissingValue } from "../../catalog/ddl/row-work.ts";
import { refuseForeign } from "../../catalog/foreign-tables.ts";
import { parentsOf } from "../../catalog/inheritance.ts";
import { findDefaultOpclass } from "../../catalog/opclasses.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAmop } from "../../catalog/relations/pg-amop.ts";
import { pgAttrdef } from "../../catalog/relations/pg-attrdef.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgConstraint } from "../../catalog/relations/pg-constraint.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { pgOperator } from "../../catalog/relations/pg-operator.ts";
import { decodeTree, decodeTrees } from "../bind/codec.ts";
import type { Expression } from "../bind/tree.ts";
import type { TypeFacts } from "../translate/translation.ts";

export interface ColumnShape {
  readonly number: number;
  readonly name: string;
  readonly type: Oid;
  readonly typmod: number;
  readonly collation: Oid;
  readonly notNull: boolean;
  readonly generated: Expression | undefined;
}

export interface CheckShape {
  readonly name: string;
  readonly expression: Expression;
}

/** A key of an index: a column, or an expression over the row. */
export interface IndexKey {
  readonly attribute: number;
  readonly expression: Expression;
  readonly type: Oid;
  /**
   * Stored values of the type are not equal exactly when PostgreSQL's are, or an exclusion
   * constraint wants their order: their sort key is kept.
   */
  readonly bySortKey: boolean;
}

/** What must not hold between the keys of two rows. */
export interface Exclusion {
  /** One for each key, with its function. */
  readonly operators: readonly {
    readonly operator: Oid;
    readonly function: Oid;
    /** Of the key, under domains. */
    readonly type: Oid;
  }[];
  /** All of them say that stored keys are equal. */
  readonly isEquality: boolean;
  /** The last one says that ranges overlap, the others that stored keys are equal. */
  readonly isOverlap: boolean;
}

export interface IndexShape {
  readonly oid: Oid;
  readonly name: string;
  readonly storage: Oid;
  readonly keys: readonly IndexKey[];
  readonly predicate: Expression | undefined;
  readonly unique: boolean;
  /** Of an exclusion constraint. */
  readonly exclusion: Exclusion | undefined;
  readonly nullsNotDistinct: boolean;
  /** False: a deferrable constraint's, checked behind the statement or the transaction. */
  readonly immediate: boolean;
  readonly deferred: boolean;
  /** Its entries follow from the rows' columns, so nobody logs them. */
  readonly derived: boolean;
  readonly constraint: Oid | undefined;
  /** Indexes of partitioned tables that it is a part of. */
  readonly partOf: readonly Oid[];
}

/** A foreign key, from either side. */
export interface ForeignKeyShape {
  readonly constraint: Oid;
  readonly name: string;
  readonly child: Oid;
  readonly childAttributes: readonly number[];
  readonly parent: Oid;
  readonly parentAttributes: readonly number[];
  /** The parent's unique index. */
  readonly index: Oid;
  /** f full, s simple */
  readonly match: string;
  /** a no action, r restrict, c cascade, n set null, d set default */
  readonly onUpdate: string;
  readonly onDelete: string;
  /** Columns that SET NULL and SET DEFAULT on delete change; none = all. */
  readonly setOnDelete: readonly number[];
  readonly deferrable: boolean;
  readonly deferred: boolean;
  /** It is about a partition of a table that has, or is referenced by, the whole key. */
  readonly isPart: boolean;
}

export interface TableShape {
  readonly oid: Oid;
  readonly name: string;
  readonly schema: string;
  readonly storage: Oid;
  readonly isAppendOnly: boolean;
  /** The table that it is a partition of. */
  readonly partitionOf: Oid | undefined;
  /** The highest attribute number: rows have so many values, dropped columns hold NULL. */
  readonly width: number;
  readonly columns: readonly ColumnShape[];
  /** What columns hold in rows that are older. */
  readonly missing: readonly MissingValue[];
  /** In the order of their names, which is that in which they are checked. */
  readonly checks: readonly CheckShape[];
  readonly indexes: readonly IndexShape[];
  /** Its own foreign keys, and those of tables that refer to it, as they were made. */
  readonly foreignKeys: readonly ForeignKeyShape[];
  readonly referencedBy: readonly ForeignKeyShape[];
}

export function readTableShape(
  catalog: CatalogReader,
  types: TypeFacts,
  relation: Oid,
): TableShape {
  const row = catalog.find(pgClass, "key", [relation]);
  assert(row, `relation ${relation} is not there`);
  refuseForeign(catalog, row);
  const attributes = catalog
    .list(pgAttribute, "key", [relation])
    .filter(({ attnum }) => attnum > 0)
    .sort((a, b) => a.attnum - b.attnum);
  const columns = attributes
    .filter(({ attisdropped }) => !attisdropped)
    .map((attribute): ColumnShape => {
      const { attnum, attgenerated } = attribute;
      const stored =
        attgenerated === "s"
          ? catalog.find(pgAttrdef, "adrelid_adnum", [relation, attnum])
          : undefined;
      return {
        number: attnum,
        name: attribute.attname,
        type: attribute.atttypid,
        typmod: attribute.atttypmod,
        collation: attribute.attcollation,
        notNull: attribute.attnotnull,
        generated: stored && decodeTree(stored.adbin),
      };
    });
  return {
    oid: relation,
    name: row.relname,
    schema: catalog.find(pgNamespace, "key", [row.relnamespace])?.nspname ?? "",
    storage: row.relfilenode,
    isAppendOnly: isAppendOnly(row),
    partitionOf: row.relispartition ? parentsOf(catalog, relation)[0] : undefined,
    width: attributes.at(-1)?.attnum ?? 0,
    columns,
    missing: missingOf(attributes),
    checks: readChecks(catalog, relation),
    indexes: readIndexes(catalog, types, relation, columns),
    foreignKeys: foreignKeysOf(
      catalog.list(pgConstraint, "conrelid_contypid_conname", [relation]),
      (row) => wholeOf(catalog, row)?.conrelid !== row.conrelid,
    ),
    // An action of the whole reaches the rows of all partitions.
    referencedBy: foreignKeysOf(
      catalog.list(pgConstraint, "confrelid", [relation]),
      (row) => !row.conparentid || wholeOf(catalog, row)?.conrelid === row.conrelid,
    ),
  };
}

type AttributeRow = ReturnType<typeof pgAttribute.view>;

function missingOf(attributes: readonly AttributeRow[]): MissingValue[] {
  const missing: MissingValue[] = [];
  for (const row of attributes) {
    if (!row.atthasmissing || row.attmissingval === null) continue;
    const { attnum, atttypid: type, atttypmod: typmod, attmissingval: text } = row;
    missing.push({ attnum, type, typmod, text });
  }
  return missing;
}

type ConstraintRow = ReturnType<typeof pgConstraint.view>;

/** The constraint that one is a part of. */
const wholeOf = (catalog: CatalogReader, { conparentid }: ConstraintRow) =>
  conparentid ? catalog.find(pgConstraint, "key", [conparentid]) : undefined;

const foreignKeysOf = (
  rows: readonly ConstraintRow[],
  isEnforced: (row: ConstraintRow) => boolean,
): ForeignKeyShape[] =>
  rows
    .filter((row) => row.contype === "f" && isEnforced(row))
    .sort((a, b) => a.oid - b.oid)
    .map((row) => foreignKeyShape(row));

export const foreignKeyShape = (row: ConstraintRow): ForeignKeyShape => ({
  constraint: row.oid,
  name: row.conname,
  child: row.conrelid,
  childAttributes: row.conkey ?? [],
  parent: row.confrelid,
  parentAttributes: row.confkey ?? [],
  index: row.conindid,
  match: row.confmatchtype,
  onUpdate: row.confupdtype,
  onDelete: row.confdeltype,
  setOnDelete: row.confdelsetcols ?? [],
  deferrable: row.condeferrable,
  deferred: row.condeferred,
  isPart: row.conparentid !== 0,
});

function readChecks(catalog: CatalogReader, relation: Oid): CheckShape[] {
  const checks: CheckShape[] = [];
  for (const row of catalog.list(pgConstraint, "conrelid_contypid_conname", [relation])) {
    if (row.contype !== "c" || row.conbin === null) continue;
    checks.push({ name: row.conname, expression: decodeTree(row.conbin) });
  }
  return checks.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readIndexes(
  catalog: CatalogReader,
  types: TypeFacts,
  relation: Oid,
  columns: readonly ColumnShape[],
): IndexShape[] {
  const rows = catalog
    .list(pgIndex, "indrelid", [relation])
    .filter((row) => row.indislive)
    .sort((a, b) => a.indexrelid - b.indexrelid);
  const constraints = catalog.list(pgConstraint, "conrelid_contypid_conname", [relation]);
  return rows.map((row): IndexShape => {
    const index = catalog.find(pgClass, "key", [row.indexrelid]);
    assert(index, `index ${row.indexrelid} is not there`);
    const keys = keysOf(types, columns, row);
    const constraint = constraints.find(
      ({ conindid, contype }) => conindid === row.indexrelid && "pux".includes(contype),
    );
    return {
      oid: row.indexrelid,
      name: index.relname,
      storage: index.relfilenode,
      keys,
      predicate: row.indpred === null ? undefined : decodeTree(row.indpred),
      unique: row.indisunique,
      exclusion: exclusionOf(catalog, types, keys, constraint?.conexclop),
      nullsNotDistinct: row.indnullsnotdistinct,
      immediate: row.indimmediate,
      deferred: constraint?.condeferred ?? false,
      derived: row.indpred === null && keys.every(isPlain),
      constraint: constraint?.oid,
      partOf: ancestorsOf(catalog, index),
    };
  });
}

function exclusionOf(
  catalog: CatalogReader,
  types: TypeFacts,
  keys: readonly IndexKey[],
  operators: readonly Oid[] | null | undefined,
): Exclusion | undefined {
  if (!operators) return undefined;
  const isEquality = (operator: Oid, at: number): boolean => {
    const opclass = findDefaultOpclass(catalog, keys[at]?.type as Oid, BTREE);
    if (!opclass || opclass.oid >= FIRST_USER_OID) return false;
    const { opcfamily, opcintype } = opclass;
    const member = catalog.find(pgAmop, "fam_strat", [opcfamily, opcintype, opcintype, EQUAL]);
    return member?.amopopr === operator;
  };
  return {
    operators: operators.map((operator, at) => {
      const row = catalog.find(pgOperator, "key", [operator]);
      assert(row, `operator ${operator} is not there`);
      return { operator, function: row.oprcode, type: types.base(keys[at]?.type as Oid) };
    }),
    isEquality: operators.every(isEquality),
    isOverlap: operators.at(-1) === RANGES_OVERLAP && operators.slice(0, -1).every(isEquality),
  };
}

/** && of two ranges. */
export const RANGES_OVERLAP = 3888 as Oid;

/** The strategy of = in a b-tree. */
const EQUAL = 3;

/** Those of an index that is part of no other are not looked for. */
function ancestorsOf(catalog: CatalogReader, index: ReturnType<typeof pgClass.view>): Oid[] {
  const found: Oid[] = [];
  for (let isPart = index.relispartition, at = index.oid; isPart; ) {
    const [parent] = parentsOf(catalog, at);
    if (parent === undefined) break;
    found.push(parent);
    at = parent;
    isPart = catalog.find(pgClass, "key", [at])?.relispartition ?? false;
  }
  return found;
}

const isPlain = (key: IndexKey): boolean => key.attribute !== 0 && !key.bySortKey;

/** Where ranges overlap is found in the order of their keys. */
export const isBySortKey = (
  types: TypeFacts,
  type: Oid,
  { indisexclusion }: { readonly indisexclusion: boolean },
): boolean => (indisexclusion ? types.order(type) !== "ordered" : types.order(type) === "none");

interface IndexRow {
  readonly indisexclusion: boolean;
  readonly indkey: readonly number[];
  readonly indnkeyatts: number;
  readonly indexprs: string | null;
}

function keysOf(types: TypeFacts, columns: readonly ColumnShape[], row: IndexRow): IndexKey[] {
  const expressions = row.indexprs === null ? [] : decodeTrees(row.indexprs);
  let used = 0;
  return row.indkey.slice(0, row.indnkeyatts).map((attribute): IndexKey => {
    const expression = attribute === 0 ? expressions[used++] : columnOf(columns, attribute);
    assert(expression, "an index key is a column or an expression");
    const { type } = expression;
    return { attribute, expression, type, bySortKey: isBySortKey(types, type, row) };
  });
}

export function columnOf(
  columns: readonly ColumnShape[],
  attribute: number,
): Expression | undefined {
  const column = columns.find(({ number }) => number === attribute);
  if (!column) return undefined;
  const { type, typmod, collation } = column;
  return { kind: "column", table: 1, attribute, levelsUp: 0, type, typmod, collation };
}
