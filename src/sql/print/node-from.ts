/**
 * WHAT FROM READS AS POSTGRESQL'S NODES: the range table and the tree of joins.
 */
import { INVALID_OID } from "../../base/ids.ts";
import type {
  Expression,
  FromItem,
  RangeTableEntry,
  SelectQuery,
  Typed,
  XmlExpression,
} from "../bind/tree.ts";
import { type Visitor, visitChildren, visitQuery } from "../bind/walk.ts";
import { xmlTableOf } from "../bind/xml-table-entry.ts";
import { type Inner, levelsUp, type Place } from "./node-calls.ts";
import { expressionNode } from "./node-expression.ts";
import { ints, members, type Node, node, oids } from "./node-text.ts";

const JOINS: Readonly<Record<string, number>> = { inner: 0, cross: 0, left: 1, full: 2, right: 3 };
const SELECT_PERMISSION = 2;
const UPDATE_PERMISSION = 4;
const ACCESS_SHARE = 1;
const ROW_SHARE = 2;
/** Members of sets of columns are counted from the first system column. */
const FIRST_COLUMN = 7;

export function valuesFields(
  rows: readonly (readonly Expression[])[],
  columns: readonly Pick<Typed, "type" | "typmod" | "collation">[],
  place: Place,
): Node["fields"] {
  return {
    rtekind: 5,
    values_lists: rows.map((row) => row.map((each) => expressionNode(each, place))),
    ...columnTypes(columns),
  };
}

export const columnTypes = (columns: readonly Pick<Typed, "type" | "typmod" | "collation">[]) => ({
  coltypes: oids(columns.map(({ type }) => type)),
  coltypmods: ints(columns.map(({ typmod }) => typmod)),
  colcollations: oids(columns.map(({ collation }) => collation)),
});

export const aliasNode = (aliasname: string, colnames?: readonly string[]): Node =>
  node("ALIAS", { aliasname, colnames });

export const entryTail = (
  inh: boolean,
  selected: readonly number[],
  requiredPerms: number,
  inFromCl = true,
) => ({
  lateral: false,
  inh,
  inFromCl,
  requiredPerms,
  checkAsUser: 0,
  selectedCols: members(selected),
  insertedCols: members([]),
  updatedCols: members([]),
  extraUpdatedCols: members([]),
  securityQuals: undefined,
});

export function entryNode(
  entry: RangeTableEntry,
  number: number,
  query: SelectQuery,
  place: Place,
): Node {
  const isRelation = entry.kind === "relation";
  const selected = isRelation ? columnsRead(query, number) : [];
  const locked = query.locking.some(({ table }) => table === number);
  const permissions = SELECT_PERMISSION | (locked ? UPDATE_PERMISSION : 0);
  const tail = entryTail(isRelation && !entry.only, selected, isRelation ? permissions : 0);
  return node("RANGETBLENTRY", {
    alias: entry.alias && aliasNode(entry.alias.name, entry.alias.columns),
    eref: aliasNode(entry.name, entry.names),
    ...entryFields(entry, locked, place),
    ...tail,
    lateral: entry.lateral,
  });
}

function entryFields(entry: RangeTableEntry, locked: boolean, place: Place): Node["fields"] {
  const inner = (each: Expression): Node => expressionNode(each, place);
  const columns = entry.types.map((type, at) => ({
    type,
    typmod: entry.typmods[at] ?? -1,
    collation: entry.collations[at] ?? INVALID_OID,
  }));
  switch (entry.kind) {
    case "relation":
      return {
        rtekind: 0,
        relid: entry.relation,
        relkind: entry.relkind,
        rellockmode: locked ? ROW_SHARE : ACCESS_SHARE,
        tablesample:
          entry.sample &&
          node("TABLESAMPLECLAUSE", {
            tsmhandler: entry.sample.method,
            args: [inner(entry.sample.percentage)],
            repeatable: entry.sample.repeatable && inner(entry.sample.repeatable),
          }),
      };
    case "subquery":
      return { rtekind: 1, subquery: place.queryNode(entry.query, place), security_barrier: false };
    case "join":
      return {
        rtekind: 2,
        jointype: JOINS[entry.join] ?? 0,
        joinmergedcols: entry.using.length,
        joinaliasvars: entry.columns.map(inner),
        joinleftcols: ints(entry.left.filter(Boolean)),
        joinrightcols: ints(entry.right.filter(Boolean)),
        join_using_alias:
          entry.usingAlias === undefined ? undefined : aliasNode(entry.usingAlias, entry.using),
      };
    case "function": {
      const table = xmlTableOf(entry);
      if (table) return { rtekind: 4, tablefunc: xmlTableNode(table, inner) };
      return {
        rtekind: 3,
        functions: entry.functions.map(({ call, columnCount, definitions }) =>
          node("RANGETBLFUNCTION", {
            funcexpr: inner(call),
            funccolcount: columnCount,
            funccolnames: definitions?.map(({ name }) => name),
            funccoltypes: oids(definitions?.map(({ type }) => type) ?? []),
            funccoltypmods: ints(definitions?.map(({ typmod }) => typmod) ?? []),
            funccolcollations: oids(definitions?.map(({ collation }) => collation) ?? []),
            funcparams: members([]),
          }),
        ),
        funcordinality: entry.ordinality,
      };
    }
    case "values":
      return valuesFields(entry.rows, columns, place);
    case "cte":
      return {
        rtekind: 6,
        ctename: entry.cte,
        ctelevelsup: levelsUp(entry.levelsUp, place),
        self_reference: entry.self,
        ...columnTypes(columns),
      };
  }
}

function xmlTableNode({ named, args, columns = [] }: XmlExpression, inner: Inner): Node {
  const some = (at: number | undefined) => {
    const arg = args[at ?? -1];
    return arg && inner(arg);
  };
  const counting = columns.findIndex(({ counts }) => counts);
  return node("TABLEFUNC", {
    ns_uris: named.map(({ value }) => inner(value)),
    ns_names: named.map(({ name }) => name || undefined),
    docexpr: some(1),
    rowexpr: some(0),
    colnames: columns.map(({ name }) => name),
    ...columnTypes(columns),
    colexprs: columns.map(({ path }) => some(path)),
    coldefexprs: columns.map(({ otherwise }) => some(otherwise)),
    notnulls: members(columns.flatMap(({ notNull }, at) => (notNull ? [at] : []))),
    ordinalitycol: counting,
    location: -1,
  });
}

/** Members of selectedCols: columns of a table that its query, or a sub-select in it, reads. */
function columnsRead(query: SelectQuery, table: number): number[] {
  const found = new Set<number>();
  const at = (depth: number): Visitor => ({
    expression(each) {
      if (each.kind === "column" && each.levelsUp === depth && each.table === table) {
        found.add(each.attribute + FIRST_COLUMN);
      }
      visitChildren(each, at(depth));
    },
    query: (inner) => visitQuery(inner, at(depth + 1)),
  });
  // What a join offers is not read.
  const rangeTable = query.rangeTable.filter((entry) => entry.kind !== "join");
  visitQuery({ ...query, rangeTable }, at(0));
  return [...found].sort((a, b) => a - b);
}

export function fromNode(item: FromItem, entries: readonly RangeTableEntry[], place: Place): Node {
  if (item.kind === "table") return node("RANGETBLREF", { rtindex: item.table });
  const entry = entries[item.table - 1];
  const using = entry?.kind === "join" && !item.natural ? entry.using : [];
  return node("JOINEXPR", {
    jointype: JOINS[item.join] ?? 0,
    isNatural: item.natural,
    larg: fromNode(item.left, entries, place),
    rarg: fromNode(item.right, entries, place),
    usingClause: using,
    join_using_alias: undefined,
    quals: item.on && expressionNode(item.on, place),
    alias: entry?.alias && aliasNode(entry.alias.name, entry.alias.columns),
    rtindex: item.table,
  });
}
