/**
 * THE BUILT-IN ROWS BY NAME: types, functions, operators, casts, aggregates, collations and
 * relations of pg_catalog. They are pinned: no statement changes the columns kept here, so one
 * object serves every session and every epoch. Made once per engine.
 */
import { assert } from "../../base/assert.ts";
import { FIRST_USER_OID, INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import type { Row } from "../../base/value.ts";
import { loadBootstrap, type RelationRows } from "../../catalog/bootstrap.ts";
import type { Columns, Relation, Tuple } from "../../catalog/relation.ts";
import { pgAggregate } from "../../catalog/relations/pg-aggregate.ts";
import { pgAmop } from "../../catalog/relations/pg-amop.ts";
import { pgAmproc } from "../../catalog/relations/pg-amproc.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgCast } from "../../catalog/relations/pg-cast.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgCollation } from "../../catalog/relations/pg-collation.ts";
import { pgOpclass } from "../../catalog/relations/pg-opclass.ts";
import { pgOperator } from "../../catalog/relations/pg-operator.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgRange } from "../../catalog/relations/pg-range.ts";
import { pgRewrite } from "../../catalog/relations/pg-rewrite.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type {
  AggregateFacts,
  CastFacts,
  CollationFacts,
  ColumnFacts,
  FunctionFacts,
  OperatorFacts,
  RelationFacts,
  TypeFacts,
} from "./facts.ts";
import { PG_CATALOG } from "./facts.ts";
import { rwRelations } from "./rw-catalog.ts";

type RowOf<R> = R extends Relation<infer C extends Columns> ? Tuple<C> : never;

/** array_subscript_handler and raw_array_subscript_handler in pg_proc. */
const ARRAY_SUBSCRIPTS = oid(6179);
const RAW_ARRAY_SUBSCRIPTS = oid(6180);
const BTREE = oid(403);
const HASH = oid(405);

export const typeFacts = (row: RowOf<typeof pgType>): TypeFacts => ({
  oid: row.oid,
  name: row.typname,
  namespace: row.typnamespace,
  length: row.typlen,
  kind: row.typtype,
  category: row.typcategory,
  preferred: row.typispreferred,
  defined: row.typisdefined,
  relation: row.typrelid,
  element: row.typelem,
  isArray: row.typsubscript === ARRAY_SUBSCRIPTS && row.typelem !== 0,
  isRawArray: row.typsubscript === RAW_ARRAY_SUBSCRIPTS,
  array: row.typarray,
  baseType: row.typbasetype,
  baseTypmod: row.typtypmod,
  collation: row.typcollation,
  modifierInput: row.typmodin,
});

export const functionFacts = (row: RowOf<typeof pgProc>): FunctionFacts => ({
  oid: row.oid,
  name: row.proname,
  namespace: row.pronamespace,
  kind: row.prokind,
  returnsSet: row.proretset,
  result: row.prorettype,
  args: row.proargtypes,
  defaultCount: row.pronargdefaults,
  variadic: row.provariadic,
  allArgs: row.proallargtypes,
  modes: row.proargmodes,
  names: row.proargnames,
  strict: row.proisstrict,
  volatility: row.provolatile,
});

export const operatorFacts = (row: RowOf<typeof pgOperator>): OperatorFacts => ({
  oid: row.oid,
  name: row.oprname,
  namespace: row.oprnamespace,
  kind: row.oprkind,
  left: row.oprleft,
  right: row.oprright,
  result: row.oprresult,
  function: row.oprcode,
  commutator: row.oprcom,
  negator: row.oprnegate,
});

export const relationFacts = (row: RowOf<typeof pgClass>): RelationFacts => ({
  oid: row.oid,
  name: row.relname,
  namespace: row.relnamespace,
  relkind: row.relkind,
  rowType: row.reltype,
});

/** The columns of one relation, by attnum; system columns left out. */
export const columnFacts = (rows: readonly RowOf<typeof pgAttribute>[]): ColumnFacts[] =>
  rows
    .filter((row) => row.attnum > 0)
    .map((row) => ({
      number: row.attnum,
      name: row.attisdropped ? "" : row.attname,
      type: row.atttypid,
      typmod: row.atttypmod,
      collation: row.attcollation,
      dropped: row.attisdropped,
    }))
    .sort((a, b) => a.number - b.number);

/** Operators of a type's default B-tree or hash operator class. 0 = none. */
export interface SortOperators {
  readonly less: Oid;
  readonly equal: Oid;
  readonly greater: Oid;
  readonly family: Oid;
}
/** What an operator means in a B-tree: 1 <, 2 <=, 3 =, 4 >=, 5 >. */
export interface BtreeMeaning {
  readonly family: Oid;
  readonly strategy: number;
  readonly left: Oid;
  readonly right: Oid;
}

/** The function in_range of a B-tree operator family, and the type of offsets that it takes. */
export interface InRange {
  readonly offset: Oid;
  readonly function: Oid;
}

/** Its number among a B-tree's support functions. */
const IN_RANGE = 3;

export const collationFacts = (row: RowOf<typeof pgCollation>): CollationFacts => ({
  ...{ oid: row.oid, name: row.collname, namespace: row.collnamespace },
  ...(row.collprovider === "i" && { icu: { deterministic: row.collisdeterministic } }),
});

export class BuiltinCatalog {
  readonly types = new Map<Oid, TypeFacts>();
  readonly typesByName = new Map<string, TypeFacts>();
  readonly functions = new Map<Oid, FunctionFacts>();
  readonly functionsByName = new Map<string, FunctionFacts[]>();
  readonly operators = new Map<Oid, OperatorFacts>();
  readonly operatorsByName = new Map<string, OperatorFacts[]>();
  readonly aggregates = new Map<Oid, AggregateFacts>();
  readonly collations = new Map<Oid, CollationFacts>();
  readonly relations = new Map<Oid, RelationFacts>();
  readonly relationsByName = new Map<string, RelationFacts>();
  readonly columns = new Map<Oid, readonly ColumnFacts[]>();
  /** What rw_catalog has, which pg_class does not tell. */
  readonly rwRelationsByName = new Map<string, RelationFacts>();
  /** Queries of the system views, as SQL under a path of pg_catalog alone. */
  readonly viewQueries = new Map<Oid, string>();
  /** Range type to subtype, multirange type to range type, range type to multirange type. */
  readonly rangeSubtypes = new Map<Oid, Oid>();
  readonly multirangeRanges = new Map<Oid, Oid>();
  readonly rangeMultiranges = new Map<Oid, Oid>();
  readonly btreeMeanings = new Map<Oid, BtreeMeaning[]>();
  readonly #inRange = new Map<string, InRange[]>();
  readonly #casts = new Map<Oid, Map<Oid, CastFacts>>();
  readonly #sortOperators = new Map<Oid, SortOperators>();

  /** `pinned`: the built-in rows, by default those of the bootstrap file. */
  constructor(pinned: readonly RelationRows[] = loadBootstrap().pinned) {
    const reader = new PinnedRows(pinned);
    const isBuiltin = (row: { readonly oid: Oid }) => row.oid < FIRST_USER_OID;
    for (const row of reader.all(pgType)) if (isBuiltin(row)) this.#addType(typeFacts(row));
    for (const row of reader.all(pgProc)) if (isBuiltin(row)) this.#addFunction(functionFacts(row));
    for (const row of reader.all(pgOperator)) {
      if (isBuiltin(row)) this.#addOperator(operatorFacts(row));
    }
    for (const row of reader.all(pgCast)) if (isBuiltin(row)) this.#addCast(row);
    for (const row of reader.all(pgAggregate)) {
      this.aggregates.set(row.aggfnoid, { kind: row.aggkind, directArgs: row.aggnumdirectargs });
    }
    for (const row of reader.all(pgCollation)) {
      if (isBuiltin(row)) this.collations.set(row.oid, collationFacts(row));
    }
    for (const row of reader.all(pgRange)) {
      this.rangeSubtypes.set(row.rngtypid, row.rngsubtype);
      this.multirangeRanges.set(row.rngmultitypid, row.rngtypid);
      this.rangeMultiranges.set(row.rngtypid, row.rngmultitypid);
    }
    for (const row of reader.all(pgAmproc)) {
      if (row.amprocnum !== IN_RANGE) continue;
      const found = { offset: row.amprocrighttype, function: row.amproc };
      addTo(this.#inRange, `${row.amprocfamily} ${row.amproclefttype}`, found);
    }
    this.#addRelations(reader);
    for (const row of reader.all(pgRewrite)) {
      if (row.rulename === "_RETURN")
        this.viewQueries.set(row.ev_class, builtinText(row.ev_action));
    }
    for (const { facts, columns, query } of rwRelations) {
      this.relations.set(facts.oid, facts);
      this.rwRelationsByName.set(facts.name, facts);
      this.columns.set(facts.oid, columns);
      if (query !== undefined) this.viewQueries.set(facts.oid, query);
    }
    this.#addSortOperators(reader);
  }

  cast(source: Oid, target: Oid): CastFacts | undefined {
    return this.#casts.get(source)?.get(target);
  }

  /**
   * Of the default operator class for exactly this type; B-tree first, for `equal` alone hash too.
   */
  sortOperators(type: Oid): SortOperators | undefined {
    return this.#sortOperators.get(type);
  }

  /** What RANGE offsets may be for sort keys of an operator family and type. */
  inRange(family: Oid, type: Oid): readonly InRange[] {
    return this.#inRange.get(`${family} ${type}`) ?? [];
  }

  #addType(type: TypeFacts): void {
    this.types.set(type.oid, type);
    if (type.namespace === PG_CATALOG) this.typesByName.set(type.name, type);
  }

  #addFunction(facts: FunctionFacts): void {
    this.functions.set(facts.oid, facts);
    if (facts.namespace === PG_CATALOG) addTo(this.functionsByName, facts.name, facts);
  }

  #addOperator(facts: OperatorFacts): void {
    this.operators.set(facts.oid, facts);
    if (facts.namespace === PG_CATALOG) addTo(this.operatorsByName, facts.name, facts);
  }

  #addCast(row: RowOf<typeof pgCast>): void {
    const targets = this.#casts.get(row.castsource) ?? new Map<Oid, CastFacts>();
    this.#casts.set(row.castsource, targets);
    targets.set(row.casttarget, {
      source: row.castsource,
      target: row.casttarget,
      function: row.castfunc,
      context: row.castcontext,
      method: row.castmethod,
    });
  }

  #addRelations(reader: PinnedRows): void {
    for (const row of reader.all(pgClass)) {
      if (row.relnamespace !== PG_CATALOG || row.oid >= FIRST_USER_OID) continue;
      const facts = relationFacts(row);
      this.relations.set(facts.oid, facts);
      this.relationsByName.set(facts.name, facts);
    }
    const rows = new Map<Oid, RowOf<typeof pgAttribute>[]>();
    for (const row of reader.all(pgAttribute)) {
      if (this.relations.has(row.attrelid)) addTo(rows, row.attrelid, row);
    }
    for (const [relation, attributes] of rows) this.columns.set(relation, columnFacts(attributes));
  }

  #addSortOperators(reader: PinnedRows): void {
    const byFamily = new Map<string, Oid>();
    for (const row of reader.all(pgAmop)) {
      if (row.amoppurpose !== "s") continue;
      const { amopfamily: family, amoplefttype: left, amoprighttype: right } = row;
      byFamily.set(`${family} ${left} ${right} ${row.amopstrategy}`, row.amopopr);
      if (row.amopmethod !== BTREE) continue;
      addTo(this.btreeMeanings, row.amopopr, { family, strategy: row.amopstrategy, left, right });
    }
    for (const row of reader.all(pgOpclass)) {
      if (!row.opcdefault) continue;
      const type = row.opcintype;
      const at = (strategy: number) =>
        byFamily.get(`${row.opcfamily} ${type} ${type} ${strategy}`) ?? INVALID_OID;
      if (row.opcmethod === BTREE) {
        const found = { less: at(1), equal: at(3), greater: at(5), family: row.opcfamily };
        this.#sortOperators.set(type, found);
      } else if (row.opcmethod === HASH && !this.#sortOperators.has(type)) {
        const found = {
          less: INVALID_OID,
          equal: at(1),
          greater: INVALID_OID,
          family: INVALID_OID,
        };
        this.#sortOperators.set(type, found);
      }
    }
  }
}

/** The one text of a built-in row's tree; see catalog/bootstrap.ts. */
function builtinText(tree: string): string {
  const { sql } = JSON.parse(tree) as { readonly sql: readonly string[] };
  assert(sql.length === 1 && sql[0] !== undefined, "a rule has one text");
  return sql[0];
}

/** Rows by relation. */
class PinnedRows {
  readonly #rows: ReadonlyMap<string, readonly Row[]>;

  constructor(pinned: readonly RelationRows[]) {
    this.#rows = new Map(pinned.map(({ relation, rows }) => [relation.name, rows]));
  }

  all<C extends Columns>(relation: Relation<C>): Tuple<C>[] {
    return (this.#rows.get(relation.name) ?? []).map(relation.view);
  }
}

function addTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const found = map.get(key);
  if (found) found.push(value);
  else map.set(key, [value]);
}
