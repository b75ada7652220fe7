/** WITH: common tables, recursive ones too, in the order in which they need each other. */
import type { CommonTableExpr, RangeVar, SelectStmt, WithClause } from "@pgsql/types";
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { required, strings } from "./node.ts";
import { positionOf } from "./position.ts";
import { columnsOfQuery } from "./range-table.ts";
import { checkRecursion } from "./recursion.ts";
import type { CommonTableInScope, Scope } from "./scope.ts";
import { bindCarried, bindClauses, NOTHING_CARRIED, refuseClauses } from "./search-cycle.ts";
import type { CommonTable, Query, SetQuery } from "./tree.ts";
import { typeText } from "./type-text.ts";
import {
  bindModifyingTable,
  isModifying,
  materialization,
  named,
  onlyOnce,
} from "./with-modifying.ts";

/** Binds a branch of a recursive query, at the level of the set operation. */
export type BindRecursive = (
  scope: Scope,
  stmt: SelectStmt,
  table: CommonTableInScope,
  announce: (first: Query) => void,
) => SetQuery;

export function bindWith(
  scope: Scope,
  clause: WithClause,
  bindRecursive: BindRecursive,
): CommonTable[] {
  const tables = (clause.ctes ?? []).flatMap((node) =>
    "CommonTableExpr" in node ? [node.CommonTableExpr] : [],
  );
  tables.forEach((table, at) => {
    if (tables.findIndex((each) => each.ctename === table.ctename) === at) return;
    const message = `WITH query name "${table.ctename}" specified more than once`;
    throw new SqlError("42712", message).at(scope.at(table.location));
  });
  const ordered = clause.recursive ? inOrder(scope, tables) : tables;
  const writing = tables.some(({ ctequery }) => ctequery && isModifying(ctequery));
  const bound: CommonTable[] = [];
  ordered.forEach((table, at) => {
    scope.laterTables = clause.recursive ? [] : tables.slice(at).map(({ ctename = "" }) => ctename);
    const recursive = clause.recursive ?? false;
    const body = required(table.ctequery, "the query of WITH");
    if (isModifying(body)) {
      if (recursive && mentions(body, table.ctename ?? "")) throw recursiveWrite(scope, table);
      bound.push(bindModifyingTable(scope, table, body, recursive, bound));
      return;
    }
    const made = bindTable(scope, table, recursive, bindRecursive);
    bound.push(writing ? onlyOnce(scope, made, bound) : made);
  });
  scope.laterTables = [];
  return bound;
}

function bindTable(
  scope: Scope,
  node: CommonTableExpr,
  recursive: boolean,
  bindRecursive: BindRecursive,
): CommonTable {
  const name = node.ctename ?? "";
  const position = scope.at(node.location);
  const body = required(node.ctequery, "the query of WITH");
  if ("MergeStmt" in body) {
    throw new SqlError("0A000", "MERGE not supported in WITH query").at(position);
  }
  if (!("SelectStmt" in body)) throw notSupported("this query in WITH", position);
  const given = strings(node.aliascolnames);
  const isRecursive = recursive && mentions(body, name);
  if (isRecursive) checkRecursion(scope, node, body.SelectStmt);
  const carried = isRecursive ? bindCarried(scope, node) : NOTHING_CARRIED;
  const inScope: CommonTableInScope = {
    name,
    columns: undefined,
    carried: carried.columns,
    references: 0,
    self: false,
  };
  const announce = (query: Query) => {
    inScope.columns = named(columnsOfQuery(query), given, name, position);
  };
  let query: Query;
  if (isRecursive) {
    inScope.self = true;
    scope.commonTables.push(inScope);
    query = bindRecursiveTable(scope, body.SelectStmt, inScope, announce, bindRecursive);
    inScope.self = false;
  } else {
    query = scope.binding.bindSubquery(scope, body, true);
    refuseClauses(scope, node);
    scope.commonTables.push(inScope);
    announce(query);
  }
  inScope.query = query;
  const columns = inScope.columns?.names ?? [];
  const clauses = bindClauses(scope, node, carried, columns, query);
  const materialized = materialization(node);
  return {
    name,
    columns,
    aliases: given,
    query,
    recursive: isRecursive,
    mayRecurse: recursive,
    materialized,
    ...clauses,
  };
}

function recursiveWrite(scope: Scope, { ctename, location }: CommonTableExpr): SqlError {
  const message = `recursive query "${ctename}" must not contain data-modifying statements`;
  return new SqlError("42P19", message).at(scope.at(location));
}

function bindRecursiveTable(
  scope: Scope,
  stmt: SelectStmt,
  table: CommonTableInScope,
  announce: (first: Query) => void,
  bindRecursive: BindRecursive,
): Query {
  const query = bindRecursive(scope, stmt, table, announce);
  checkTypes(scope, table, query);
  return query;
}

function checkTypes(scope: Scope, table: CommonTableInScope, query: SetQuery): void {
  const overall = columnsOfQuery(query);
  overall.types.forEach((type, at) => {
    const first = table.columns?.types[at] as Oid;
    const firstTypmod = table.columns?.typmods[at] ?? -1;
    const typmod = overall.typmods[at] ?? -1;
    const { names } = scope;
    const target = query.left.targets.filter((each) => !each.junk)[at];
    const position = target && positionOf(target.expression);
    if (first === type && firstTypmod === typmod) {
      const collations = [table.columns?.collations[at], overall.collations[at]] as const;
      if (collations[0] === collations[1]) return;
      const [its, whole] = collations.map((id) => id && names.collation(id)?.name);
      const message = `recursive query "${table.name}" column ${at + 1} has collation "${its}" in non-recursive term but collation "${whole}" overall`;
      const hint = "Use the COLLATE clause to set the collation of the non-recursive term.";
      throw new SqlError("42P21", message, { hint }).at(position);
    }
    const message = `recursive query "${table.name}" column ${at + 1} has type ${typeText(names, first, firstTypmod)} in non-recursive term but type ${typeText(names, type, typmod)} overall`;
    const hint = "Cast the output of the non-recursive term to the correct type.";
    throw new SqlError("42804", message, { hint }).at(position);
  });
}

/** Each table after those that it names. Two that name each other: 0A000. */
function inOrder(scope: Scope, tables: readonly CommonTableExpr[]): CommonTableExpr[] {
  const done: CommonTableExpr[] = [];
  const visiting = new Set<CommonTableExpr>();
  const visit = (table: CommonTableExpr) => {
    if (done.includes(table)) return;
    if (visiting.has(table)) {
      const message = "mutual recursion between WITH items is not implemented";
      throw new SqlError("0A000", message).at(scope.at(table.location));
    }
    visiting.add(table);
    for (const other of tables) {
      if (other === table || !table.ctequery) continue;
      if (mentions(table.ctequery, other.ctename ?? "")) visit(other);
    }
    visiting.delete(table);
    done.push(table);
  };
  for (const table of tables) visit(table);
  return done;
}

/**
 * Whether an unqualified table of that name is anywhere in the parser's tree, unless a WITH inside
 * defines the name.
 */
function mentions(node: unknown, name: string): boolean {
  if (typeof node !== "object" || node === null) return false;
  if (Array.isArray(node)) return node.some((each) => mentions(each, name));
  const fields = node as Record<string, unknown>;
  const range = fields["RangeVar"] as RangeVar | undefined;
  if (range) return range.relname === name && !range.schemaname;
  const inner = fields["withClause"] as WithClause | undefined;
  const shadowed = inner?.ctes?.some(
    (each) => "CommonTableExpr" in each && each.CommonTableExpr.ctename === name,
  );
  return !shadowed && Object.values(fields).some((each) => mentions(each, name));
}
