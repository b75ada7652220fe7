/**
 * A RULE'S STATEMENT FOR THE ROWS OF ANOTHER, the original that the rule is applied to: what that
 * reads is joined in, and stands for OLD and NEW.
 */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { refreshStored } from "./expand-views.ts";
import type { Returning, RuleAction } from "./modify.ts";
import { plainSelect } from "./plain-select.ts";
import { replaceAround, replaceColumns } from "./replace-columns.ts";
import {
  entriesUsed,
  innermost,
  NEW,
  namedAround,
  namedIn,
  OLD,
  selectedBy,
} from "./rule-action.ts";
import { type Binding, Scope } from "./scope.ts";
import { columnsOf, type TargetColumn } from "./target-table.ts";
import { conjunction } from "./through-views.ts";
import type {
  CommonTable,
  Expression,
  FromItem,
  RangeTableEntry,
  SelectQuery,
  Target,
} from "./tree.ts";
import { valuesEntry } from "./values.ts";

/** The statement that a rule is applied to, as what can be joined to another. */
export interface Original {
  readonly kind: RuleAction["kind"];
  readonly facts: { readonly relkind: string; readonly rowType: Oid };
  readonly columns: readonly TargetColumn[];
  readonly commonTables: readonly CommonTable[];
  readonly rangeTable: readonly RangeTableEntry[];
  /** But for the table that is written to. */
  readonly from: readonly FromItem[];
  readonly where: Expression | undefined;
  /** What the columns are given, by their numbers. */
  readonly news: ReadonlyMap<number, Expression>;
}

export function originalOf(binding: Binding, part: RuleAction): Original {
  const { relation } = part.table;
  const scope = new Scope(binding, undefined);
  const facts = binding.names.findRelation(relation);
  if (!facts) throw new SqlError("42P01", `relation with OID ${relation} does not exist`);
  if (facts.relkind === "v") binding.views.add(relation);
  const base = { kind: part.kind, facts, columns: columnsOf(scope, relation) };
  const query = part.kind === "insert" ? sourceOf(part.source) : part.query;
  const { commonTables, rangeTable, where, targets } = query;
  const isTarget = (item: FromItem) => item.kind === "table" && item.table === 1;
  const from = part.kind === "insert" ? query.from : query.from.filter((item) => !isTarget(item));
  const values = targets.filter(({ junk }) => !junk).map(({ expression }) => expression);
  const columns = part.kind === "delete" ? [] : part.columns;
  const given = columns.length === 0 ? [] : values.slice(-columns.length);
  const news = new Map(columns.map((column, at) => [column, given[at] as Expression]));
  if (part.kind === "insert") for (const each of part.defaults) news.set(each.column, each.value);
  return { ...base, commonTables, rangeTable, from, where, news };
}

/** Rows of VALUES as a table of FROM. */
export function sourceOf(
  source: (RuleAction & { readonly kind: "insert" })["source"],
): SelectQuery {
  if (source.kind === "select") return source;
  if (source.kind !== "values") throw notSupported("this source of INSERT behind a rule");
  const targets = source.targets.map((target, at): Target => {
    const expression = { ...target.expression, kind: "column", table: 1, attribute: at + 1 };
    return { ...target, expression: { ...expression, levelsUp: 0 } as Expression };
  });
  return {
    ...plainSelect(targets),
    commonTables: source.commonTables,
    rangeTable: [valuesEntry(source)],
    from: [{ kind: "table", table: 1 }],
  };
}

/** What OLD and NEW are, the entries of the original being behind that many others. */
function standsFor(
  { kind, facts, columns, news }: Original,
  column: Expression & { readonly kind: "column" },
  shift: number,
): Expression {
  const { table, attribute, type, typmod, collation } = column;
  const old: Expression = { ...column, table: 1 + shift, levelsUp: 0 };
  if (table === OLD) return old;
  if (attribute === 0) {
    const args = columns.map((each) => {
      const { number, type, typmod, collation } = each;
      const own = { kind: "column" as const, table: NEW, attribute: number, levelsUp: 0 };
      const whole = { kind, facts, columns, news } as Original;
      return standsFor(whole, { ...own, type, typmod, collation }, shift);
    });
    const names = columns.map(({ name }) => name);
    const rowType = { type: facts.rowType, typmod: -1, collation: 0 as Oid };
    return { kind: "row", args, names, form: "implicit", ...rowType };
  }
  const given = news.get(attribute);
  if (given) return shifted(given, shift);
  if (kind === "update") return old;
  return { kind: "constant", value: null, type, typmod, collation };
}

const shifted = <T>(tree: T, by: number): T =>
  by === 0 ? tree : replaceColumns(tree, (column) => ({ ...column, table: column.table + by }));

/** A rule's condition on a level that has the original's entries behind others. */
export function overOriginal(
  binding: Binding,
  original: Original,
  condition: Expression,
  shift: number,
): Expression {
  const now = refreshStored(binding, condition);
  return replaceColumns(now, (column) => standsFor(original, column, shift));
}

/** The statement of a rule for the rows of the original. */
export function joined(
  binding: Binding,
  original: Original,
  action: RuleAction,
  condition: Expression | undefined,
): RuleAction {
  const { query: written, depth } = innermost(action);
  const inner = written.kind === "values" ? sourceOf(written) : written;
  if (inner.kind !== "select") {
    if (original.from.length === 0 && !original.where && !condition) return action;
    const message = "conditional UNION/INTERSECT/EXCEPT statements are not implemented";
    throw new SqlError("0A000", message);
  }
  const shift = inner.rangeTable.length;
  const replaced = <T>(tree: T, around: number): T =>
    replaceAround(tree, around, (column) => standsFor(original, column, shift));
  const query = replaced(inner, depth + 1);
  const where = conjunction([
    query.where,
    condition && overOriginal(binding, original, condition, shift),
    shifted(original.where, shift),
  ]);
  const from = original.from.map((item) => shiftedItem(item, shift));
  const target: FromItem[] = findsOld(original, action, condition)
    ? [{ kind: "table", table: 1 + shift }]
    : [];
  const isLateral = namedAround(inner.rangeTable, depth + 1).size > 0;
  const made: SelectQuery = {
    ...query,
    commonTables: [...commonTables(original, query), ...query.commonTables],
    rangeTable: [...query.rangeTable, ...shifted(original.rangeTable, shift)],
    // What names OLD or NEW there is LATERAL, and stands behind what these come from.
    from: isLateral ? [...target, ...from, ...query.from] : [...query.from, ...target, ...from],
    ...(where ? { where } : {}),
  };
  if (action.kind === "insert") return { ...action, source: withInner(action, made) };
  const returning = action.returning && replaced(action.returning, 1);
  return { ...action, query: made, ...(returning ? { returning } : {}) } as RuleAction;
}

/** Whether the row that the original finds counts: it is named, or what finds it is. */
function findsOld(
  original: Original,
  action: RuleAction,
  condition: Expression | undefined,
): boolean {
  if (original.kind === "insert") return false;
  const named = [...entriesUsed(action), ...namedIn(condition)];
  const isNamed = named.some((entry) => entry === OLD || original.kind === "update");
  return isNamed || [original.where, original.from].some((tree) => namedIn(tree).has(1));
}

function commonTables(original: Original, query: SelectQuery): readonly CommonTable[] {
  const own = new Set(query.commonTables.map(({ name }) => name));
  for (const { name } of original.commonTables) {
    if (!own.has(name)) continue;
    const where = "appears in both a rule action and the query being rewritten";
    throw new SqlError("0A000", `WITH query name "${name}" ${where}`);
  }
  return original.commonTables;
}

function withInner(action: RuleAction & { readonly kind: "insert" }, made: SelectQuery) {
  if (!selectedBy(action) || action.source.kind !== "select") return made;
  const [entry, ...others] = action.source.rangeTable;
  const inner = { ...entry, query: made } as RangeTableEntry;
  return { ...action.source, rangeTable: [inner, ...others] };
}

const shiftedItem = (item: FromItem, by: number): FromItem =>
  item.kind === "table"
    ? { ...item, table: item.table + by }
    : {
        ...item,
        table: item.table + by,
        left: shiftedItem(item.left, by),
        right: shiftedItem(item.right, by),
        ...(item.on ? { on: shifted(item.on, by) } : {}),
      };

/** What the client's RETURNING shows of what the rule's gives in place of the table's columns. */
export function returningOf(
  { columns, facts }: Original,
  asked: Returning | undefined,
  { returning }: RuleAction,
): Returning | undefined {
  if (!asked || !returning) return undefined;
  const shown = returning.targets.map(({ expression }) => expression);
  const row = (): Expression => ({
    kind: "row",
    args: columns.map(({ number }) => shown[number - 1] as Expression),
    names: columns.map(({ name }) => name),
    form: "implicit",
    ...{ type: facts.rowType, typmod: -1, collation: 0 as Oid },
  });
  const targets = replaceColumns(asked.targets, (column) => {
    if (column.table !== 1) {
      throw notSupported("RETURNING of other tables than the one with rules");
    }
    if (column.attribute === 0) return row();
    const found = shown[column.attribute - 1];
    if (!found) throw notSupported("RETURNING of system columns behind a rule");
    return found;
  });
  return { targets };
}
