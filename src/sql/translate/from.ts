/**
 * FROM. Stored relations stand as themselves, and what makes their rows visible is a condition
 * beside the query's own: so SQLite plans one flat join. Only where an outer join would make the
 * condition mean something else (tables of a join nested in a null-able side, FULL JOIN) does a
 * table become a sub-select.
 *
 * SQLite knows no LATERAL: see gathered.ts.
 */

import { unreachable } from "../../base/assert.ts";
import { notSupported } from "../../base/sql-error.ts";
import { isInherited } from "../../catalog/inheritance.ts";
import type { Expression, FromItem, RangeTableEntry, SelectQuery } from "../bind/tree.ts";
import { TAKEN_ATTRIBUTE } from "../bind/update.ts";
import { xmlTableOf } from "../bind/xml-table-entry.ts";
import { addConjuncts, joinDemands } from "./cardinality.ts";
import { type Emitter, quoted } from "./emitter.ts";
import { emitFullJoin } from "./full-join.ts";
import { gather, gatheredColumns, gatherJoin, isLateral, refersOutside } from "./gathered.ts";
import { emitInherited, inheritedColumn, isKnownBefore } from "./inherited.ts";
import { isKeyed } from "./keyed.ts";
import { isNarrow } from "./narrow.ts";
import { type JoinStep, joinSteps } from "./nested-joins.ts";
import { type OrderedIndex, orderedIndex } from "./ordered-index.ts";
import { tablesOf } from "./outer-joins.ts";
import { checkPatterns } from "./patterns.ts";
import { checkPopulated } from "./populated.ts";
import { markPresence, presentColumn, withPresence } from "./presence.ts";
import { emitTaken } from "./row-locks.ts";
import { sampleCondition } from "./samples.ts";
import {
  entryAt,
  numberedColumns,
  relationColumns,
  type Scope,
  scopeAt,
  systemColumn,
  visibleConditions,
} from "./scope.ts";
import { emitSecured } from "./secured.ts";
import { emitRowsFunction, keptRows } from "./set-calls.ts";
import { sourceName } from "./source-name.ts";
import { emitUserTable, userColumn, userSystemColumn } from "./user-table.ts";
import { valuesText } from "./values.ts";
import { emitXmlTable, xmlTableColumns } from "./xml-table.ts";

export interface FromText {
  /** Without the word FROM; empty when there is none. */
  readonly text: string;
  readonly conditions: readonly string[];
  /** What its rows are read in the order of, where that is the one that is wanted. */
  readonly ordered?: readonly string[] | undefined;
}

/** Gives every entry of FROM its alias and columns, then writes them. */
export function emitFrom(emitter: Emitter, scope: Scope, query: SelectQuery): FromText {
  checkPatterns(emitter, query);
  emitter.countTables(query.rangeTable.filter((entry) => entry.kind !== "join").length);
  query.rangeTable.forEach((entry, at) => {
    if (entry.kind !== "join") scope.entries[at] = describeEntry(emitter, scope, entry);
  });
  markPresence(scope, query);
  const writer = new FromWriter(emitter, scope, query);
  const text = query.from.map((item) => writer.open(item)).join(", ");
  return { text, conditions: writer.conditions, ordered: writer.ordered };
}

function describeEntry(emitter: Emitter, scope: Scope, entry: RangeTableEntry) {
  const alias = emitter.alias("t");
  emitter.context.names?.set(alias, sourceName(emitter, entry));
  switch (entry.kind) {
    case "relation": {
      const layout = emitter.context.relation(entry.relation)?.layout;
      const column = layout
        ? relationColumns(emitter, alias, entry, layout)
        : userColumns(emitter, alias, entry);
      return { entry, alias, column, present: presentColumn(emitter, alias, entry) };
    }
    case "values":
      if (isLateral(entry)) return { entry, alias, column: gatheredColumns(emitter, alias, entry) };
      return { entry, alias, column: (attribute: number) => `${alias}.column${attribute}` };
    case "function": {
      const table = xmlTableOf(entry);
      const column = table ? xmlTableColumns(emitter, scope, table, alias) : numberedColumns(alias);
      const ordinal = entry.names.length;
      if (!entry.ordinality) return { entry, alias, column };
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
    case "cte": {
      const state = scopeAt(scope, entry.levelsUp).commonTables.get(entry.cte)?.state;
      const kept = state !== undefined && entry.self;
      const column = kept ? gatheredColumns(emitter, alias, entry) : numberedColumns(alias);
      return { entry, alias, column };
    }
    case "join":
      return { entry, alias, column: numberedColumns(alias) };
    default:
      return unreachable(entry);
  }
}

/** Columns of a user's relation, or of a sequence. */
function userColumns(
  emitter: Emitter,
  alias: string,
  entry: RangeTableEntry & { readonly kind: "relation" },
): (attribute: number) => string {
  if (entry.relkind === "S") {
    return (attribute) =>
      attribute > 0
        ? `${alias}.c${attribute}`
        : systemColumn(
            emitter,
            { present: `${alias}.c1`, made: undefined },
            attribute,
            entry.relation,
          );
  }
  if (isInherited(emitter.context.catalog, entry))
    return inheritedColumn(emitter, alias, entry.relation);
  const table = emitter.context.userTable(entry.relation);
  return (attribute) => {
    if (attribute === TAKEN_ATTRIBUTE) return emitTaken(emitter, alias, table);
    if (attribute < 0) return userSystemColumn(emitter, alias, attribute, entry.relation, table);
    return table ? userColumn(emitter, alias, table, attribute) : `${alias}.c${attribute}`;
  };
}

const inOrder = (key: string, { descending }: OrderedIndex): string =>
  descending ? `${key} DESC` : key;

class FromWriter {
  readonly conditions: string[] = [];
  private readonly emitter: Emitter;
  private readonly scope: Scope;
  private readonly query: SelectQuery;
  private readonly byOrder: OrderedIndex | undefined;
  private begun: boolean | undefined;
  ordered: readonly string[] | undefined;
  /** What WHERE and inner joins demand of tables that no outer join may leave out. */
  private readonly demands: readonly Expression[];

  constructor(emitter: Emitter, scope: Scope, query: SelectQuery) {
    this.emitter = emitter;
    this.scope = scope;
    this.query = query;
    const conjuncts: Expression[] = [];
    if (query.where) addConjuncts(query.where, conjuncts);
    this.demands = [...conjuncts, ...query.from.flatMap(joinDemands)];
    this.byOrder = emitter.isCrowded ? undefined : orderedIndex(emitter, query, this.demands);
  }

  private get narrow(): boolean {
    this.begun ??=
      this.byOrder !== undefined || isNarrow(this.emitter, this.scope.rangeTable, this.demands);
    return this.begun;
  }

  /** An item of the comma list: its conditions are the query's. */
  open(item: FromItem): string {
    if (item.kind === "table") {
      const { conditions, demands } = this;
      return this.table(item.table, conditions, demands);
    }
    switch (item.join) {
      case "inner":
      case "cross": {
        // `a, (b LEFT JOIN c)` is `(a, b) LEFT JOIN c`; SQLite joins from the left too.
        const text = `${this.open(item.left)}, ${this.open(item.right)}`;
        if (item.on) this.conditions.push(this.emitter.condition(this.scope, item.on));
        return text;
      }
      case "left":
        return this.outer(item.left, item.right, item.on);
      case "right":
        return this.outer(item.right, item.left, item.on);
      case "full":
        return this.closed(item);
      default:
        return unreachable(item.join);
    }
  }

  private outer(left: FromItem, right: FromItem, on: Expression | undefined): string {
    const kept = this.open(left);
    if (right.kind === "join") {
      const steps = joinSteps(this.emitter.context, this.query, right, on);
      if (steps) return this.chain(kept, steps);
    }
    const conditions: string[] = [];
    const conjuncts: Expression[] = [];
    if (on) addConjuncts(on, conjuncts);
    const nullable =
      right.kind === "table"
        ? this.table(right.table, conditions, conjuncts, true)
        : this.closed(right);
    const all = [...conditions, ...(on ? [this.emitter.condition(this.scope, on)] : [])];
    return `${kept} LEFT JOIN ${nullable} ON ${all.length > 0 ? all.join(" AND ") : "1"}`;
  }

  /** One left join after another, each sure of those behind it. */
  private chain(kept: string, steps: readonly JoinStep[]): string {
    const joins = steps.map(({ table, conjuncts }) => {
      const conditions: string[] = [];
      const text = this.table(table, conditions, conjuncts, true);
      conditions.push(...conjuncts.map((each) => this.emitter.condition(this.scope, each)));
      return { text, conditions, present: entryAt(this.scope, table).present };
    });
    return joins.reduce((text, join, at) => {
      const behind = joins.slice(at + 1);
      const before = at === 0 ? [] : [`${joins[at - 1]?.present} IS NOT NULL`];
      const all = [...before, ...join.conditions];
      if (behind.length > 0) {
        const conditions = behind.flatMap((each) => each.conditions).join(" AND ");
        const tables = behind.map((each) => each.text).join(", ");
        all.push(`EXISTS (SELECT 1 FROM ${tables} WHERE ${conditions})`);
      }
      return `${text} LEFT JOIN ${join.text} ON ${all.join(" AND ")}`;
    }, kept);
  }

  /** A join in parentheses whose tables hide their own conditions. */
  private closed(item: FromItem): string {
    if (item.kind === "table") return this.hidden(item.table);
    const text = item.join === "full" ? this.joined(item) : `(${this.joined(item)})`;
    const tables = tablesOf(item);
    if (!refersOutside(this.scope, tables)) return text;
    return gatherJoin(this.emitter, this.scope, tables, text);
  }

  /** Without parentheses around the left side, whose tables functions may refer to. */
  private joined(item: FromItem): string {
    if (item.kind === "table") return this.hidden(item.table);
    if (item.join === "full") {
      const left = { tables: tablesOf(item.left), text: this.joined(item.left) };
      const right = { tables: tablesOf(item.right), text: this.joined(item.right) };
      return emitFullJoin(this.emitter, this.scope, left, right, item.on);
    }
    const turned = item.join === "right";
    const left = this.joined(turned ? item.right : item.left);
    const right = this.closed(turned ? item.left : item.right);
    const on = item.on ? ` ON ${this.emitter.condition(this.scope, item.on)}` : "";
    if (item.join === "inner" || item.join === "cross") return `${left} JOIN ${right}${on}`;
    return `${left} LEFT JOIN ${right}${on}`;
  }

  private hidden(table: number): string {
    const conditions: string[] = [];
    const text = this.table(table, conditions, []);
    const { entry, alias } = entryAt(this.scope, table);
    // A sub-select could not name what is beside it. Its rows are made anew for each row of that,
    // which is counted.
    if (conditions.length === 0 || isLateral(entry)) return text;
    return `(SELECT * FROM ${text} WHERE ${conditions.join(" AND ")}) AS ${alias}`;
  }

  /** `demands`: conditions without which a row is of no use, which an index may reach it by. */
  private table(
    table: number,
    conditions: string[],
    demands: readonly Expression[],
    inner = false,
  ): string {
    const source = this.source(table, conditions, demands, inner);
    const { alias, marked } = entryAt(this.scope, table);
    return marked ? withPresence(source, alias) : source;
  }

  private source(
    table: number,
    conditions: string[],
    demands: readonly Expression[],
    inner: boolean,
  ): string {
    const { entry, alias, column } = entryAt(this.scope, table);
    // Rows of stored relations are counted where they are read; others where they are joined.
    if (entry.kind !== "relation" && this.scope.rangeTable.length > 1 && entry.names.length > 0) {
      conditions.push(`tick(${column(1)})`);
    }
    switch (entry.kind) {
      case "relation":
        return this.relation(entry, alias, table, conditions, demands, inner);
      case "subquery": {
        const { emitter } = this;
        const made = emitter.emitsOnce(() => emitter.query(this.scope, entry.query));
        if (isLateral(entry)) return `${gather(emitter, entry, made.text)} AS ${alias}`;
        const keeps = made.once || (made.varies && this.scope.rangeTable.length > 1);
        if (keeps) return keptRows(emitter, made.text, alias);
        return `(${made.text}) AS ${alias}`;
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
        if (entry.self && found.state !== undefined) return `json_each(${found.state}) AS ${alias}`;
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
    demands: readonly Expression[],
    inner: boolean,
  ): string {
    const { emitter } = this;
    if (entry.security) {
      const { security, ...open } = entry;
      const before = demands.filter((each) => isKnownBefore(each, table));
      return emitSecured(emitter, this.scope, alias, security, (own) =>
        this.relation(open, alias, table, own, before, inner),
      );
    }
    const layout = emitter.context.relation(entry.relation)?.layout;
    if (!layout) return this.userRelation(entry, alias, table, conditions, demands, inner);
    emitter.readsRelations = true;
    const keyed = isKeyed(emitter.context, entry, table, demands, inner);
    if (!keyed) conditions.push(`tick(${alias}.xmin)`);
    conditions.push(...visibleConditions(emitter, alias, layout));
    if (entry.sample) {
      const key = layout.key.map((at) => `${alias}.${quoted(layout.columns[at]?.name ?? "")}`);
      conditions.push(sampleCondition(emitter, this.scope, entry.sample, key));
    }
    return `${quoted(layout.name)} AS ${alias}`;
  }

  private userRelation(
    entry: RangeTableEntry & { readonly kind: "relation" },
    alias: string,
    number: number,
    conditions: string[],
    demands: readonly Expression[],
    inner: boolean,
  ): string {
    const { emitter, scope } = this;
    emitter.readsRelations = true;
    if (entry.relkind === "S") return this.sequence(entry, alias);
    if (entry.relkind !== "v") emitter.whenPlanned(() => checkPopulated(emitter, entry.relation));
    const place = { entry, alias, number };
    if (isInherited(emitter.context.catalog, entry)) {
      const { sample } = entry;
      return emitInherited(emitter, scope, place, inner ? [] : demands, demands, (version) =>
        sample ? [sampleCondition(emitter, scope, sample, [version])] : [],
      );
    }
    const table = emitter.context.userTable(entry.relation);
    if (table) {
      if (entry.sample) {
        conditions.push(sampleCondition(emitter, scope, entry.sample, [`${alias}.v`]));
      }
      const by = this.byOrder?.table === number ? this.byOrder : undefined;
      const { text, entries } = emitUserTable(emitter, scope, table, place, conditions, {
        ...{ conjuncts: demands, apart: inner || emitter.isCrowded, joins: this.narrow, by },
      });
      if (by) this.ordered = by.keys.map((key) => inOrder(`${entries}.k${key}`, by));
      return text;
    }
    // Nothing was ever added, but the columns have names.
    const columns = entry.attributes.map((attribute) => `NULL AS c${attribute}`);
    const none = entry.sample
      ? `${sampleCondition(this.emitter, this.scope, entry.sample, [])} AND 0`
      : "0";
    return `(SELECT ${["NULL AS v", ...columns].join(", ")} WHERE ${none}) AS ${alias}`;
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
    return `${gather(this.emitter, entry, `SELECT ${columns || "1 AS c1"} FROM (${rows})`)} AS ${alias}`;
  }

  private functions(entry: RangeTableEntry & { readonly kind: "function" }, alias: string): string {
    const table = xmlTableOf(entry);
    if (table) return `${emitXmlTable(this.emitter, this.scope, table)} AS ${alias}`;
    const functions = entry.functions.map(({ call, columnCount, definitions }) => ({
      call,
      columns: columnCount,
      definitions: definitions?.map(({ name, type, typmod }) => ({ name, type, typmod })),
      isOpened: true,
    }));
    const { text, varies } = this.emitter.emitsOnce(() =>
      emitRowsFunction(this.emitter, this.scope, functions),
    );
    const keeps = varies && !isLateral(entry) && this.scope.rangeTable.length > 1;
    return keeps ? keptRows(this.emitter, `SELECT * FROM ${text}`, alias) : `${text} AS ${alias}`;
  }
}
