/**
 * WHAT A TREE REFERS TO, for pg_depend: functions, operators, types, collations, relations and
 * their columns, and what constants of the reg* types name. Pinned objects are left out: nobody can
 * drop them.
 * https://www.postgresql.org/docs/15/catalog-pg-depend.html
 */
import type { Oid } from "../../base/ids.ts";
import { INVALID_OID, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { DEFAULT_COLLATION, isPinned } from "../../catalog/class-oids.ts";
import type { ObjectLookup } from "../../catalog/dependencies.ts";
import type { BoundRule, OnConflict, RuleAction, StoredStatement } from "./modify.ts";
import { queryOfAction } from "./rule-action.ts";
import { isStoredQuery } from "./stored-statements.ts";
import type { Expression, Query, RangeTableEntry, SelectQuery } from "./tree.ts";
import { type Visitor, visitChildren, visitQuery } from "./walk.ts";

export interface Reference {
  readonly classOid: Oid;
  readonly oid: Oid;
  /** attnum, or 0 for the whole object */
  readonly subId: number;
}

const CLASS = {
  relation: oid(1259),
  type: oid(1247),
  function: oid(1255),
  operator: oid(2617),
  collation: oid(3456),
  constraint: oid(2606),
  namespace: oid(2615),
  configuration: oid(3602),
  dictionary: oid(3600),
} as const;

/** Constants of these types refer to a row of this relation. */
const regTypes: ReadonlyMap<number, Oid> = new Map([
  [24, CLASS.function],
  [2202, CLASS.function],
  [2203, CLASS.operator],
  [2204, CLASS.operator],
  [2205, CLASS.relation],
  [2206, CLASS.type],
  [3734, CLASS.configuration],
  [3769, CLASS.dictionary],
  [4089, CLASS.namespace],
  [4191, CLASS.collation],
]);
const REGROLE = 4096;

/**
 * Each object once; a whole relation only where none of its columns is named. `relation`: whose
 * columns the expression's own columns (table 1) are, for checks and generated columns.
 */
export function collectReferences(
  tree: Expression | Query,
  names: ObjectLookup,
  relation?: Oid,
): readonly Reference[] {
  return asRecorded(collectObjects(tree, names, relation));
}

/** Each object once; a whole relation only where none of its columns is named. */
function asRecorded(objects: readonly Reference[]): readonly Reference[] {
  const found = objects.filter(({ classOid, oid: object }) => !isPinned(classOid, object));
  const inParts = new Set(found.flatMap(({ oid, subId }) => (subId === 0 ? [] : oid)));
  return found.filter(
    ({ classOid, oid, subId }) => subId !== 0 || classOid !== CLASS.relation || !inParts.has(oid),
  );
}

/**
 * Of a rule of the relation: what its statements name, and what its condition does; whatever they
 * name, pinned objects too, with what must be in pg_depend.
 */
export function collectOfRule(
  { actions, condition }: BoundRule,
  names: ObjectLookup,
  relation: Oid,
): { readonly objects: readonly Reference[]; readonly references: readonly Reference[] } {
  const row = { kind: "relation", relation } as RangeTableEntry;
  const around = [[row, row]];
  const ofActions = new Collector(names, undefined);
  ofActions.relationNamed(relation);
  for (const action of actions) {
    if (action.kind !== "notify") ofActions.action(action, around);
  }
  const ofCondition = new Collector(names, undefined);
  if (condition) ofCondition.expression(condition, around);
  const found = [ofActions, ofCondition].map((each) => [...each.found.values()]);
  return { objects: found.flat(), references: found.flatMap(asRecorded) };
}

/** Of the statements of a routine's body. */
export function collectOfBody(
  statements: readonly StoredStatement[],
  names: ObjectLookup,
): readonly Reference[] {
  const collector = new Collector(names, undefined);
  for (const statement of statements) {
    if (isStoredQuery(statement)) collector.query(statement.query, []);
    else collector.action(statement, []);
  }
  return asRecorded([...collector.found.values()]);
}

/** Whatever the tree names, pinned objects too. */
export function collectObjects(
  tree: Expression | Query,
  names: ObjectLookup,
  relation?: Oid,
): readonly Reference[] {
  const collector = new Collector(names, relation);
  if ("targets" in tree) collector.query(tree, []);
  else collector.expression(tree, []);
  return [...collector.found.values()];
}

/** Range tables of the levels around, innermost first. */
type Levels = readonly (readonly RangeTableEntry[])[];
type Node<K extends Expression["kind"]> = Expression & { readonly kind: K };

class Collector {
  readonly found = new Map<string, Reference>();
  readonly #names: ObjectLookup;
  readonly #relation: Oid | undefined;

  constructor(names: ObjectLookup, relation: Oid | undefined) {
    this.#names = names;
    this.#relation = relation;
  }

  query(query: Query, levels: Levels): void {
    const rangeTable = query.kind === "select" ? query.rangeTable : [];
    const inside = [rangeTable, ...levels];
    for (const entry of rangeTable) this.#entry(entry, inside);
    for (const key of query.orderBy) this.#add(CLASS.operator, key.operator);
    for (const { cycle } of query.commonTables) {
      if (cycle) this.#add(CLASS.operator, cycle.unequal.operator);
    }
    if (query.kind === "select") this.#clauses(query);
    const visit: Visitor = {
      expression: (node) => this.expression(node, inside),
      query: (inner) => this.query(inner, inside),
    };
    visitQuery(asStored(query), visit);
  }

  relationNamed(relation: Oid): void {
    this.#add(CLASS.relation, relation);
  }

  action(action: RuleAction, around: Levels): void {
    const { relation } = action.table;
    this.relationNamed(relation);
    const columns = action.kind === "insert" ? action.named : [];
    const set = action.kind === "update" ? action.columns : [];
    for (const column of [...columns, ...set]) this.#add(CLASS.relation, relation, column);
    this.query(queryOfAction(action), around);
    const own =
      action.kind === "insert"
        ? [{ kind: "relation", relation } as RangeTableEntry]
        : action.query.rangeTable;
    for (const { expression } of action.returning?.targets ?? []) {
      this.expression(expression, [own, ...around]);
    }
    if (action.kind === "insert" && action.onConflict) {
      this.#conflict(action.onConflict, [[...own, ...own], ...around], relation);
    }
  }

  #conflict({ action, inference, constraint }: OnConflict, levels: Levels, relation: Oid): void {
    if (constraint !== undefined) this.#add(CLASS.constraint, constraint);
    for (const { expression, collation } of inference?.elements ?? []) {
      this.expression(expression, levels);
      if (collation !== INVALID_OID) this.#add(CLASS.collation, collation);
    }
    for (const condition of inference?.conditions ?? []) this.expression(condition, levels);
    if (action.kind === "nothing") return;
    for (const column of action.columns) this.#add(CLASS.relation, relation, column);
    for (const value of action.values) this.expression(value, levels);
    if (action.where) this.expression(action.where, levels);
  }

  #clauses({ keys = [], windows }: SelectQuery): void {
    for (const key of keys) this.#add(CLASS.constraint, key);
    for (const { frame } of windows) {
      for (const bound of frame ? [frame.start, frame.end] : []) {
        if ("offset" in bound && bound.inRange !== undefined) {
          this.#add(CLASS.function, bound.inRange);
        }
      }
    }
  }

  expression(node: Expression, levels: Levels): void {
    this.#own(node, levels);
    visitChildren(node, {
      expression: (child) => this.expression(child, levels),
      query: (query) => this.query(query, levels),
    });
  }

  #add(classOid: Oid, object: Oid, subId = 0): void {
    if (object !== INVALID_OID)
      this.found.set(`${classOid} ${object} ${subId}`, { classOid, oid: object, subId });
  }

  #addType(type: Oid, collation: Oid): void {
    this.#add(CLASS.type, type);
    // The default collation is nobody's wish.
    if (collation !== DEFAULT_COLLATION) this.#add(CLASS.collation, collation);
  }

  #entry(entry: RangeTableEntry, levels: Levels): void {
    if (entry.kind === "relation") {
      this.#add(CLASS.relation, entry.relation);
      if (entry.sample) this.#add(CLASS.function, entry.sample.method);
    } else if (entry.kind === "function") {
      for (const { definitions } of entry.functions) {
        for (const { type, collation } of definitions ?? []) this.#addType(type, collation);
      }
    } else if (entry.kind === "join") {
      // Of the other columns only those count that somebody names.
      for (const merged of entry.columns.slice(0, entry.using.length)) {
        if (merged.kind !== "column") this.expression(merged, levels);
      }
    }
  }

  #own(node: Expression, levels: Levels): void {
    switch (node.kind) {
      case "column":
        return this.#column(node, levels);
      case "constant":
        this.#addType(node.type, node.collation);
        return this.#named(node);
      case "function":
      case "aggregate":
      case "window":
        this.#add(CLASS.function, node.function);
        return this.#sorted(node);
      case "operator":
      case "distinctFrom":
      case "nullIf":
      case "arrayOperator":
        return this.#add(CLASS.operator, node.operator);
      case "rowCompare":
        for (const operator of node.operators) this.#add(CLASS.operator, operator);
        return;
      case "subLink":
        return this.#subLink(node);
      case "collate":
        return this.#add(CLASS.collation, node.collationOid);
      case "field":
        return this.#field(node);
      case "relabel":
      case "coerceViaIo":
      case "arrayCoerce":
      case "parameter":
        return this.#addType(node.type, node.collation);
      case "coerceToDomain":
      case "row":
        return this.#add(CLASS.type, node.type);
      default:
        return;
    }
  }

  #sorted(node: Expression): void {
    if (node.kind !== "aggregate") return;
    for (const key of node.orderBy) this.#add(CLASS.operator, key.operator);
  }

  /** What it compares with are the columns of the sub-select. */
  #subLink({ test, query }: Node<"subLink">): void {
    if (!test) return;
    for (const operator of test.operators) this.#add(CLASS.operator, operator);
    for (const { expression, junk } of query.targets) {
      if (!junk) this.#addType(expression.type, expression.collation);
    }
  }

  #field({ arg, field, type, collation }: Node<"field">): void {
    const relation = this.#names.rowRelation(arg.type);
    if (relation === 0) this.#add(CLASS.type, type);
    else this.#add(CLASS.relation, relation, field);
    this.#add(CLASS.collation, collation);
  }

  #named(node: Node<"constant">): void {
    if (typeof node.value !== "bigint") return;
    if (node.type === REGROLE) {
      throw new SqlError("0A000", "constant of the type regrole cannot be used here");
    }
    const classOid = regTypes.get(node.type);
    const named = oid(Number(node.value));
    if (classOid === undefined || !this.#names.exists(classOid, named)) return;
    this.#add(classOid, named);
  }

  /** A whole row names no column: its relation is named already, or has the expression itself. */
  #column(node: Node<"column">, levels: Levels): void {
    if (node.attribute === 0) return;
    const level = levels[node.levelsUp];
    if (!level) {
      if (this.#relation !== undefined) this.#add(CLASS.relation, this.#relation, node.attribute);
      return;
    }
    const entry = level[node.table - 1];
    if (entry?.kind === "relation") this.#add(CLASS.relation, entry.relation, node.attribute);
    else if (entry?.kind === "function") this.#columnOfFunction(entry, node.attribute);
  }

  /** Of a function that returns rows of a relation, the column of that. */
  #columnOfFunction(
    { functions }: RangeTableEntry & { readonly kind: "function" },
    attribute: number,
  ): void {
    let before = 0;
    for (const { call, columnCount, definitions } of functions) {
      const number = attribute - before;
      before += columnCount;
      if (number < 1 || number > columnCount || definitions) continue;
      const relation = this.#names.rowRelation(call.type);
      if (relation !== 0) this.#add(CLASS.relation, relation, number);
    }
  }
}

/** The query with its output columns as written, and no join's columns but those named. */
function asStored(query: Query): Query {
  if (query.kind !== "select") return query;
  const targets = query.targets.map((target) =>
    target.written ? { ...target, expression: target.written } : target,
  );
  const rangeTable = query.rangeTable.map((entry) =>
    entry.kind === "join" ? { ...entry, columns: [] } : entry,
  );
  return { ...query, targets, rangeTable };
}
