/** CREATE TABLE AS, SELECT INTO, CREATE MATERIALIZED VIEW and REFRESH of one. */
import type {
  CreateTableAsStmt,
  IntoClause,
  Node,
  RefreshMatViewStmt,
  SelectStmt,
} from "libpg-query";
import { assert } from "../../base/assert.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { Persistence } from "../../catalog/alter-action.ts";
import type { CreateTableAs, RefreshMaterializedView } from "../../catalog/statement.ts";
import { persistenceOf, relationName, stringsOf } from "./names.ts";
import type { PreparedStatement } from "./statement.ts";
import { storageOf } from "./tables.ts";

type ExecuteInto = Extract<PreparedStatement, { readonly kind: "executeInto" }>;

export function createTableAs(tree: CreateTableAsStmt): CreateTableAs | ExecuteInto {
  const { query, into, objtype, if_not_exists: ifNotExists = false } = tree;
  assert(query !== undefined && into !== undefined, "it has a query and a relation");
  if ("ExecuteStmt" in query) {
    const { name = "", params: parameters = [] } = query.ExecuteStmt;
    return { kind: "executeInto", name, parameters, into: madeBy({}, into, "r", ifNotExists) };
  }
  assert("SelectStmt" in query, "a relation is filled by a query");
  return madeBy(query.SelectStmt, into, objtype === "OBJECT_MATVIEW" ? "m" : "r", ifNotExists);
}

/** The INTO of a query: of a set operation that of its first SELECT. */
export const intoOf = (query: SelectStmt): IntoClause | undefined =>
  query.larg ? intoOf(query.larg) : query.intoClause;

export function withoutInto({ intoClause: _, larg, ...rest }: SelectStmt): SelectStmt {
  return larg ? { ...rest, larg: withoutInto(larg) } : rest;
}

/** undefined: it is a plain query. */
export function selectInto(query: SelectStmt): CreateTableAs | undefined {
  const into = intoOf(query);
  return into && madeBy(withoutInto(query), into, "r", false);
}

function madeBy(
  query: SelectStmt,
  into: IntoClause,
  relkind: "r" | "m",
  ifNotExists: boolean,
): CreateTableAs {
  const { rel, colNames, options, tableSpaceName, accessMethod, skipData } = into;
  const { location: _, ...name } = rel ?? {};
  const persistence = persistenceOf(rel);
  if (relkind === "m") checkView(query, persistence);
  else if (changesRows(query)) throw notSupported("CREATE TABLE AS of WITH that changes rows");
  return {
    kind: "createTableAs",
    relkind,
    // PostgreSQL says nowhere in the text where its own name is wrong.
    table: relationName(name),
    columns: stringsOf(colNames),
    query: { node: query },
    withData: !(skipData ?? false),
    ifNotExists,
    ...storageOf({
      persistence,
      options,
      tablespacename: tableSpaceName,
      accessMethod,
      oncommit: into.onCommit,
    }),
  };
}

function checkView(query: SelectStmt, persistence: Persistence): void {
  if (changesRows(query)) {
    const message = "materialized views must not use data-modifying statements in WITH";
    throw new SqlError("0A000", message);
  }
  if (persistence === "u") throw new SqlError("0A000", "materialized views cannot be unlogged");
}

const changesRows = ({ withClause }: SelectStmt): boolean => (withClause?.ctes ?? []).some(writes);

const writes = (node: Node): boolean =>
  "CommonTableExpr" in node &&
  node.CommonTableExpr.ctequery !== undefined &&
  !("SelectStmt" in node.CommonTableExpr.ctequery);

export function refreshMaterializedView(tree: RefreshMatViewStmt): RefreshMaterializedView {
  return {
    kind: "refreshMaterializedView",
    view: relationName(tree.relation),
    concurrently: tree.concurrent ?? false,
    withData: !(tree.skipData ?? false),
  };
}
