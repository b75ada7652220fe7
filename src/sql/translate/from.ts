/**
 * FROM. Stored relations stand as themselves, and what makes their rows visible is a condition
 * beside the query's own: so SQLite plans one flat join. Only where an outer join would make the
 * condition mean something else (tables of a join nested in a null-able side, FULL JOIN) does a
 * table become a sub-select.
 *
 * SQLite knows no LATERAL. Table-valued functions may refer to what stands before them, so a
 * sub-select that does becomes json_each over its rows gathered as JSON.
 */
import { unreachable } from "../../base/assert.ts";
import { notSupported } from "../../base/sql-error.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { Expression, FromItem, RangeTableEntry, SelectQuery } from "../bind/tree.ts";
import { hexText } from "./arrays.ts";
import { addConjuncts } from "./cardinality.ts";
import { type Emitter, quoted } from "./emitter.ts";
import { isKeyed } from "./keyed.ts";
import { checkPatterns } from "./patterns.ts";
import {
  entryAt,
  numberedColumns,
  relationColumns,
  type Scope,
  scopeAt,
  visibleConditions,
} from "./scope.ts";
import { emitRowsFunction, rowsCallOf } from "./set-calls.ts";
import type { SourceName } from "./translation.ts";
import { refersToSiblings } from "./walk.ts";

export interface FromText {
  /** Without the word FROM; empty when there is none. */
  readonly text: string;
  readonly conditions: readonly string[];
}

/** Gives every entry of FROM its alias and columns, then writes them. */
export function emitFrom(emitter: Emitter, scope: Scope, query: SelectQuery): FromText {
  checkPatterns(emitter, query);
  emitter.countTables(query.rangeTable.filter((entry) => entry.kind !== "join").length);
  query.rangeTable.forEach((entry, at) => {
    if (entry.kind !== "join") scope.entries[at] = describeEntry(emitter, entry);
  });
  const conjuncts: Expression[] = [];
  if (query.where) addConjuncts(query.where, conjuncts);
  const writer = new FromWriter(emitter, scope, conjuncts);
  const text = query.from.map((item) => writer.open(item)).join(", ");
  return { text, conditions: writer.conditions };
}

function describeEntry(emitter: Emitter, entry: RangeTableEntry) {
  const alias = emitter.alias("t");
  emitter.context.names?.set(alias, sourceName(emitter, entry));
  switch (entry.kind) {
    case "relation": {
      const layout = emitter.context.relation(entry.relation)?.layout;
      const column = layout
        ? relationColumns(emitter, alias, entry, layout)
        : (attribute: number) => (attribute < 0 ? "NULL" : `${alias}.c${attribute}`);
      return { entry, alias, column };
    }
    case "values":
      if (isLateral(entry)) return { entry, alias, column: gatheredColumns(emitter, alias, entry) };
      return { entry, alias, column: (attribute: number) => `${alias}.column${attribute}` };
    case "function": {
      const plain = entry.functions.every(({ call }) => rowsCallOf(emitter, call, 1));
      const gathered = !plain && isLateral(entry);
      const column = gathered ? gatheredColumns(emitter, alias, entry) : numberedColumns(alias);
      const ordinal = entry.names.length;
      if (!entry.ordinality || gathered) return { entry, alias, column };
      return {
        entry,
        alias,
        column: (attribute: number) => (attribute === ordinal ? `${alias}.ord` : column(attribute)),
      };
    }
    case "subquery": {
      const gathered = isLateral(entry);
      const column = gathered ? gatheredColumns(emitter, alias, entry) : numberedColumns(alias);
      return { entry, alias, column };
    }
    case "cte":
    case "join":
      return { entry, alias, column: numberedColumns(alias) };
    default:
      return unreachable(entry);
  }
}

function sourceName({ context }: Emitter, entry: RangeTableEntry): SourceName {
  const alias = entry.alias?.name;
  const name = entry.name;
  switch (entry.kind) {
    case "relation": {
      const relation = context.relation(entry.relation);
      const row = context.catalog.find(pgClass, "key", [entry.relation]);
      const indexes = [...(relation?.indexNumbers.keys() ?? [])];
      return {
        kind: relation ? "relation" : "table",
        name: row?.relname ?? name,
        alias,
        indexes,
      };
    }
    case "cte":
      return { kind: "cte", name: entry.cte, alias, indexes: [] };
    case "join":
      return { kind: "subquery", name, alias, indexes: [] };
    default:
      return { kind: entry.kind, name, alias: undefined, indexes: [] };
  }
}

const isLateral = (entry: RangeTableEntry): boolean => {
  if (entry.kind === "subquery") return refersToSiblings(entry.query, 1);
  if (entry.kind === "values") return refersToSiblings(entry.rows, 0);
  if (entry.kind === "function") return refersToSiblings(entry.functions, 0);
  return false;
};

/** Columns of rows gathered as JSON arrays by `gather`. */
const gatheredColumns =
  (emitter: Emitter, alias: string, entry: RangeTableEntry) =>
  (attribute: number): string => {
    const type = entry.types[attribute - 1];
    const text = `json_extract(${alias}.value, '$[${attribute - 1}]')`;
    const blob = type !== undefined && emitter.context.types.storage(type) === "blob";
    return blob ? `unhex(${text})` : text;
  };

function gather(emitter: Emitter, entry: RangeTableEntry, rows: string): string {
  const columns = entry.types.map((type, at) => {
    const text = `c${at + 1}`;
    return emitter.context.types.storage(type) === "blob" ? hexText(text) : text;
  });
  return `json_each((SELECT json_group_array(json_array(${columns.join(", ")})) FROM (${rows})))`;
}

class FromWriter {
  readonly conditions: string[] = [];
  private readonly emitter: Emitter;
  private readonly scope: Scope;
  private readonly conjuncts: readonly Expression[];

  constructor(emitter: Emitter, scope: Scope, conjuncts: readonly Expression[]) {
    this.emitter = emitter;
    this.scope = scope;
    this.conjuncts = conjuncts;
  }

  /** An item of the comma list: its conditions are the query's. */
  open(item: FromItem): string {
    if (item.kind === "table") return this.table(item.table, this.conditions, this.conjuncts);
    const on = item.on ? [this.emitter.condition(this.scope, item.on)] : [];
    switch (item.join) {
      case "inner":
      case "cross": {
        const text = `${this.open(item.left)}, ${this.openRight(item.right)}`;
        this.conditions.push(...on);
        return text;
      }
      case "left":
        return this.outer(item.left, item.right, item.on, on);
      case "right":
        return this.outer(item.right, item.left, item.on, on);
      case "full":
        return this.closed(item);
      default:
        return unreachable(item.join);
    }
  }

  /** `a, (b LEFT JOIN c)` is `(a, b) LEFT JOIN c`; SQLite joins from the left too. */
  private openRight(item: FromItem): string {
    return this.open(item);
  }

  private outer(
    left: FromItem,
    right: FromItem,
    on: Expression | undefined,
    onText: readonly string[],
  ): string {
    const kept = this.open(left);
    const conditions: string[] = [];
    const conjuncts: Expression[] = [];
    if (on) addConjuncts(on, conjuncts);
    const nullable =
      right.kind === "table"
        ? this.table(right.table, conditions, conjuncts, true)
        : this.closed(right);
    const all = [...conditions, ...onText];
    return `${kept} LEFT JOIN ${nullable} ON ${all.length > 0 ? all.join(" AND ") : "1"}`;
  }

  /** A join in parentheses whose tables hide their own conditions. */
  private closed(item: FromItem): string {
    if (item.kind === "table") return this.hidden(item.table);
    const on = item.on ? ` ON ${this.emitter.condition(this.scope, item.on)}` : "";
    const word = {
      inner: "JOIN",
      cross: "JOIN",
      left: "LEFT JOIN",
      right: "RIGHT JOIN",
      full: "FULL JOIN",
    };
    return `(${this.closed(item.left)} ${word[item.join]} ${this.closed(item.right)}${on})`;
  }

  private hidden(table: number): string {
    const conditions: string[] = [];
    const text = this.table(table, conditions, []);
    if (conditions.length === 0) return text;
    const { alias } = entryAt(this.scope, table);
    return `(SELECT * FROM ${text} WHERE ${conditions.join(" AND ")}) AS ${alias}`;
  }

  private table(
    table: number,
    conditions: string[],
    conjuncts: readonly Expression[],
    inner = false,
  ): string {
    const { entry, alias, column } = entryAt(this.scope, table);
    // Rows of stored relations are counted where they are read; others where they are joined.
    if (entry.kind !== "relation" && this.scope.rangeTable.length > 1 && entry.names.length > 0) {
      conditions.push(`tick(${column(1)})`);
    }
    switch (entry.kind) {
      case "relation":
        return this.relation(entry, alias, table, conditions, conjuncts, inner);
      case "subquery": {
        const rows = this.emitter.query(this.scope, entry.query);
        return `${isLateral(entry) ? gather(this.emitter, entry, rows) : `(${rows})`} AS ${alias}`;
      }
      case "values":
        return this.values(entry, alias);
      case "function":
        return this.functions(entry, alias);
      case "cte": {
        const home = scopeAt(this.scope, entry.levelsUp);
        const found = home.commonTables.get(entry.cte);
        if (!found) throw notSupported(`WITH query "${entry.cte}" in this place`);
        if (entry.self && conditions.length === 0) conditions.push(`tick(${column(1)})`);
        return `${found.alias} AS ${alias}`;
      }
      case "join":
        throw notSupported("a join in this place");
      default:
        return unreachable(entry);
    }
  }

  private relation(
    entry: RangeTableEntry & { readonly kind: "relation" },
    alias: string,
    table: number,
    conditions: string[],
    conjuncts: readonly Expression[],
    inner: boolean,
  ): string {
    const { emitter } = this;
    const layout = emitter.context.relation(entry.relation)?.layout;
    if (!layout) return this.emptyRelation(entry, alias);
    emitter.readsRelations = true;
    const keyed = isKeyed(emitter.context, entry, table, conjuncts, inner);
    if (!keyed) conditions.push(`tick(${alias}.xmin)`);
    conditions.push(...visibleConditions(emitter, alias, layout));
    return `${quoted(layout.name)} AS ${alias}`;
  }

  /** A user's table holds no rows, but its columns have names. */
  private emptyRelation(
    entry: RangeTableEntry & { readonly kind: "relation" },
    alias: string,
  ): string {
    this.emitter.readsRelations = true;
    if (entry.relkind === "S") return this.sequence(entry, alias);
    const columns = entry.attributes.map((attribute) => `NULL AS c${attribute}`);
    return `(SELECT ${columns.join(", ") || "NULL"} WHERE 0) AS ${alias}`;
  }

  /** A sequence is a relation of one row, which the session knows. */
  private sequence(
    { relation, attributes }: RangeTableEntry & { readonly kind: "relation" },
    alias: string,
  ): string {
    const columns = attributes.map((attribute) => {
      const value = this.emitter.bind({ kind: "sequence", sequence: relation, attribute });
      return `${value} AS c${attribute}`;
    });
    return `(SELECT ${columns.join(", ")}) AS ${alias}`;
  }

  private values(entry: RangeTableEntry & { readonly kind: "values" }, alias: string): string {
    const rows = valuesText(this.emitter, this.scope, entry.rows);
    if (!isLateral(entry)) return `(${rows}) AS ${alias}`;
    const columns = entry.types.map((_, at) => `column${at + 1} AS c${at + 1}`).join(", ");
    return `${gather(this.emitter, entry, `SELECT ${columns} FROM (${rows})`)} AS ${alias}`;
  }

  private functions(entry: RangeTableEntry & { readonly kind: "function" }, alias: string): string {
    const rows = emitRowsFunction(
      this.emitter,
      this.scope,
      entry.functions.map(({ call, columnCount }) => ({ call, columns: columnCount })),
    );
    if (rows !== undefined) return `${rows} AS ${alias}`;
    const [only] = entry.functions;
    if (!only || entry.functions.length > 1) {
      throw notSupported("ROWS FROM with functions that return no set");
    }
    const one = `SELECT ${this.emitter.expression(this.scope, only.call)} AS c1, 1 AS c2, 1 AS ord`;
    return `${isLateral(entry) ? gather(this.emitter, entry, one) : `(${one})`} AS ${alias}`;
  }
}

/** SQLite names the columns of VALUES (column1 …) only where all values are constants. */
export function valuesText(
  emitter: Emitter,
  scope: Scope,
  rows: readonly (readonly Expression[])[],
): string {
  const texts = rows.map(
    (row) => `(${row.map((value) => emitter.expression(scope, value)).join(", ")})`,
  );
  const values = `VALUES ${texts.join(", ")}`;
  if (rows.flat().every(({ kind }) => kind === "constant" || kind === "parameter")) return values;
  const alias = emitter.alias("v");
  const columns = (rows[0] ?? []).map((_, at) => `column${at + 1}`).join(", ");
  return `WITH ${alias}(${columns}) AS (${values}) SELECT * FROM ${alias}`;
}
