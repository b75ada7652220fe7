/**
 * GROUPING: outside aggregates only what GROUP BY names may stand, or what depends on a primary key
 * that it names.
 * https://www.postgresql.org/docs/15/sql-select.html#SQL-GROUPBY
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgConstraint } from "../../catalog/relations/pg-constraint.ts";
import { systemColumnName } from "../../catalog/system-columns.ts";
import { positionOf } from "./position.ts";
import { replaceColumns } from "./replace-columns.ts";
import { sameExpression, seenFrom } from "./same-expression.ts";
import type { Scope } from "./scope.ts";
import type { Column, Expression, Query, Typed } from "./tree.ts";
import { visitChildren, visitQuery } from "./walk.ts";

type ColumnNode = Column & Typed;

export class GroupCheck {
  readonly #scope: Scope;
  readonly #groups: readonly Expression[];
  readonly #common: readonly Expression[];
  /** Only arguments of GROUPING are looked at. */
  #ofGrouping = false;
  /** In the direct arguments of an ordered-set aggregate. */
  #direct = false;
  /** By range table number: the primary key that is grouped by, if one is. */
  readonly #byKey = new Map<number, Oid | undefined>();

  /** `common`: the groups that every grouping set has, on which other columns may depend. */
  constructor(scope: Scope, groups: readonly Expression[], common: readonly Expression[] = groups) {
    this.#scope = scope;
    this.#groups = groups.flatMap((group) => {
      const plain = withoutRelabel(group);
      const merged = this.#merged(plain, 0);
      return merged ? [plain, withoutRelabel(merged)] : [plain];
    });
    this.#common = common.map(withoutRelabel);
  }

  /** What GROUPING is given is looked at first. */
  check(nodes: readonly Expression[]): void {
    for (this.#ofGrouping = true; ; this.#ofGrouping = false) {
      for (const node of nodes) this.#see(node, 0);
      if (!this.#ofGrouping) return;
    }
  }

  /** The primary keys, oids of pg_constraint, without which the query would be wrong. */
  get keys(): readonly Oid[] {
    return [...this.#byKey.values()].flatMap((key) => key ?? []);
  }

  #see(node: Expression, depth: number): void {
    if (node.kind === "constant" || node.kind === "parameter") return;
    if (node.kind === "aggregate") {
      if (node.levelsUp === depth) {
        const before = this.#direct;
        this.#direct = true;
        for (const arg of node.directArgs ?? []) this.#see(arg, depth);
        this.#direct = before;
        return;
      }
      if (node.levelsUp > depth) return;
    }
    if (node.kind === "grouping") {
      const isDue = this.#ofGrouping && node.levelsUp === depth;
      if (isDue) this.#seeGrouping(node.args, depth, node.position);
      return;
    }
    if (depth === 0 && this.#groups.some((group) => sameExpression(group, node))) return;
    if (node.kind === "column") return this.#ofGrouping ? undefined : this.#seeColumn(node, depth);
    visitChildren(node, {
      expression: (child) => this.#see(child, depth),
      query: (query) => this.#seeQuery(query, depth + 1),
    });
  }

  #seeQuery(query: Query, depth: number): void {
    visitQuery(query, {
      expression: (child) => this.#see(child, depth),
      query: (inner) => this.#seeQuery(inner, depth + 1),
    });
  }

  #seeGrouping(args: readonly Expression[], depth: number, position: number | undefined): void {
    for (const arg of args) {
      if (this.#groups.some((group) => sameExpression(group, seenFrom(arg, depth)))) continue;
      const message =
        "arguments to GROUPING must be grouping expressions of the associated query level";
      throw new SqlError("42803", message).at(positionOf(arg) ?? position);
    }
  }

  #seeColumn(node: ColumnNode, depth: number): void {
    if (node.levelsUp !== depth) return;
    const local = { ...node, levelsUp: 0 };
    const merged = this.#merged(local, node.position);
    // In a sub-select PostgreSQL knows of what is grouped by columns alone.
    const isKnown = depth === 0 || !merged || merged.kind === "column";
    const isGroup = (group: Expression) => group.kind === "column" && sameColumn(group, local);
    if (isKnown && this.#groups.some(isGroup)) return;
    if (this.#dependsOnKey(node.table)) return;
    if (merged) return this.#see(inside(merged, depth), depth);
    const entry = this.#scope.rangeTable[node.table - 1];
    const column =
      node.attribute === 0
        ? "*"
        : (entry?.names[node.attribute - 1] ?? systemColumnName(node.attribute));
    const name = `"${entry?.name}.${column}"`;
    const message =
      depth === 0
        ? `column ${name} must appear in the GROUP BY clause or be used in an aggregate function`
        : `subquery uses ungrouped column ${name} from outer query`;
    const detail =
      this.#direct && depth === 0
        ? { detail: "Direct arguments of an ordered-set aggregate must use only grouped columns." }
        : {};
    throw new SqlError("42803", message, detail).at(node.position);
  }

  /** What a column of a join with USING is made of. */
  #merged(node: Expression, position: number | undefined): Expression | undefined {
    if (node.kind !== "column" || node.levelsUp !== 0) return undefined;
    const entry = this.#scope.rangeTable[node.table - 1];
    const column = entry?.kind === "join" ? entry.columns[node.attribute - 1] : undefined;
    return column?.kind === "column" ? { ...column, position } : column;
  }

  #dependsOnKey(table: number): boolean {
    if (!this.#byKey.has(table)) this.#byKey.set(table, this.#groupedKey(table));
    return this.#byKey.get(table) !== undefined;
  }

  #groupedKey(table: number): Oid | undefined {
    const entry = this.#scope.rangeTable[table - 1];
    if (entry?.kind !== "relation") return undefined;
    const grouped = new Set<number>();
    for (const group of this.#common) {
      if (group.kind === "column" && group.levelsUp === 0 && group.table === table) {
        grouped.add(group.attribute);
      }
    }
    if (grouped.size === 0) return undefined;
    const { catalog } = this.#scope.names;
    const keys = catalog
      .list(pgConstraint, "conrelid_contypid_conname", [entry.relation])
      .filter((row) => row.contype === "p" && !row.condeferrable);
    return keys.find((row) => (row.conkey ?? []).every((attribute) => grouped.has(attribute)))?.oid;
  }
}

const sameColumn = (a: ColumnNode, b: ColumnNode): boolean =>
  a.table === b.table && a.attribute === b.attribute && a.levelsUp === b.levelsUp;

const withoutRelabel = (node: Expression): Expression =>
  node.kind === "relabel" && node.form === "implicit" ? withoutRelabel(node.arg) : node;

/** As it stands in a sub-select so many levels in. */
const inside = (expression: Expression, depth: number): Expression =>
  replaceColumns(expression, (column) => ({ ...column, levelsUp: depth }));
