/**
 * WHAT A TREE REFERS TO, for pg_depend: functions, operators, types, collations, relations and
 * their columns, and what constants of the reg* types name. Pinned objects are left out: nobody can
 * drop them.
 * https://www.postgresql.org/docs/15/catalog-pg-depend.html
 */
import type { Oid } from "../../base/ids.ts";
import { oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { isPinned } from "../../catalog/class-oids.ts";
import type { Expression, Query, RangeTableEntry } from "./tree.ts";
import { visitChildren, visitQuery } from "./walk.ts";

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
 * `relation`: whose columns the expression's own columns (table 1) are, for checks and generated
 * columns.
 */
export function collectReferences(tree: Expression | Query, relation?: Oid): Reference[] {
  const collector = new Collector(relation);
  if ("targets" in tree) collector.query(tree, []);
  else collector.expression(tree, []);
  return [...collector.found.values()];
}

/** Range tables of the levels around, innermost first. */
type Levels = readonly (readonly RangeTableEntry[])[];

class Collector {
  readonly found = new Map<string, Reference>();
  readonly #relation: Oid | undefined;

  constructor(relation: Oid | undefined) {
    this.#relation = relation;
  }

  query(query: Query, levels: Levels): void {
    const inside = [query.kind === "select" ? query.rangeTable : [], ...levels];
    if (query.kind === "select") {
      for (const entry of query.rangeTable) {
        if (entry.kind === "relation") this.#add(CLASS.relation, entry.relation);
      }
    }
    for (const key of query.orderBy) this.#add(CLASS.operator, key.operator);
    visitQuery(query, {
      expression: (node) => this.expression(node, inside),
      query: (inner) => this.query(inner, inside),
    });
  }

  expression(node: Expression, levels: Levels): void {
    this.#own(node, levels);
    visitChildren(node, {
      expression: (child) => this.expression(child, levels),
      query: (query) => this.query(query, levels),
    });
  }

  #add(classOid: Oid, object: Oid, subId = 0): void {
    if (isPinned(classOid, object)) return;
    this.found.set(`${classOid} ${object} ${subId}`, { classOid, oid: object, subId });
  }

  #own(node: Expression, levels: Levels): void {
    switch (node.kind) {
      case "column":
        return this.#column(node, levels);
      case "constant":
        this.#add(CLASS.type, node.type);
        return this.#named(node);
      case "function":
      case "aggregate":
      case "window":
        return this.#add(CLASS.function, node.function);
      case "operator":
      case "distinctFrom":
      case "nullIf":
      case "arrayOperator":
        return this.#add(CLASS.operator, node.operator);
      case "rowCompare":
        for (const operator of node.operators) this.#add(CLASS.operator, operator);
        return;
      case "subLink":
        for (const operator of node.test?.operators ?? []) this.#add(CLASS.operator, operator);
        return;
      case "collate":
        return this.#add(CLASS.collation, node.collationOid);
      case "relabel":
      case "coerceViaIo":
      case "arrayCoerce":
      case "coerceToDomain":
      case "row":
      case "parameter":
        return this.#add(CLASS.type, node.type);
      default:
        return;
    }
  }

  #named(node: Expression & { readonly kind: "constant" }): void {
    if (typeof node.value !== "bigint") return;
    if (node.type === REGROLE) {
      throw new SqlError("0A000", "constant of the type regrole cannot be used here");
    }
    const classOid = regTypes.get(node.type);
    if (classOid !== undefined) this.#add(classOid, oid(Number(node.value)));
  }

  /** A whole row names no column: its table is there as long as the expression. */
  #column(node: Expression & { readonly kind: "column" }, levels: Levels): void {
    if (node.attribute === 0) return;
    const level = levels[node.levelsUp];
    if (!level) {
      if (this.#relation !== undefined) this.#add(CLASS.relation, this.#relation, node.attribute);
      return;
    }
    const entry = level[node.table - 1];
    if (entry?.kind === "relation") this.#add(CLASS.relation, entry.relation, node.attribute);
  }
}
