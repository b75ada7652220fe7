/** TABLES IN FROM: relations, views among them, and common tables. */
import type { RangeVar } from "@pgsql/types";
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { RelationFacts } from "./facts.ts";
import { aliasOf, columnsFrom, renamed } from "./range-table.ts";
import type { CommonTableInScope, Scope } from "./scope.ts";
import type { Alias, RangeTableEntry } from "./tree.ts";

/** An entry, and the schema by which its columns may be qualified. */
export interface BoundTable {
  readonly entry: RangeTableEntry;
  readonly qualified?: { readonly schema: string; readonly relation: Oid };
}

export function bindRangeVar(scope: Scope, node: RangeVar): BoundTable {
  const alias = aliasOf(node.alias);
  if (node.schemaname === undefined) {
    const found = findCommonTable(scope, node.relname ?? "");
    if (found) return { entry: commonTableEntry(found.table, found.levelsUp, alias) };
  }
  const relation = findRelation(scope, node);
  const { context, views } = scope.binding;
  context.lockRelation?.(relation.oid);
  if (relation.relkind === "v") views.add(relation.oid);
  const entry = relationEntry(scope, relation, alias, node.inh ?? false);
  if (alias) return { entry };
  const schema = scope.names.namespaceName(relation.namespace);
  return { entry, qualified: { schema, relation: relation.oid } };
}

function findCommonTable(scope: Scope, name: string) {
  let level: Scope | undefined = scope;
  for (let levelsUp = 0; level; levelsUp++, level = level.parent) {
    const table = level.commonTables.find((each) => each.name === name);
    if (table) return { table, levelsUp };
  }
  return undefined;
}

function commonTableEntry(
  table: CommonTableInScope,
  levelsUp: number,
  alias: Alias | undefined,
): RangeTableEntry {
  table.references++;
  const name = alias?.name ?? table.name;
  const columns = table.columns ?? columnsFrom([]);
  return {
    kind: "cte",
    name,
    ...(alias ? { alias } : {}),
    ...renamed(columns, alias, name),
    lateral: false,
    cte: table.name,
    levelsUp,
    self: table.self,
  };
}

function findRelation(scope: Scope, node: RangeVar): RelationFacts {
  const { schemaname: schema, relname: name = "", catalogname } = node;
  const position = scope.at(node.location);
  if (catalogname !== undefined && catalogname !== scope.binding.context.databaseName) {
    const message = `cross-database references are not implemented: "${catalogname}.${schema}.${name}"`;
    throw new SqlError("0A000", message).at(position);
  }
  const namespace = schema === undefined ? undefined : scope.names.findNamespace(schema);
  const missing = schema !== undefined && namespace === undefined;
  const found = missing ? undefined : scope.names.findRelationByName(namespace, name);
  const shown = schema === undefined ? name : `${schema}.${name}`;
  if (!found) throw new SqlError("42P01", `relation "${shown}" does not exist`).at(position);
  const unreadable = unreadableKinds.get(found.relkind);
  if (unreadable === undefined) return found;
  throw new SqlError("42809", `"${name}" is ${unreadable}`).at(position);
}

const unreadableKinds: ReadonlyMap<string, string> = new Map([
  ["i", "an index"],
  ["I", "an index"],
  ["c", "a composite type"],
]);

function relationEntry(
  scope: Scope,
  relation: RelationFacts,
  alias: Alias | undefined,
  descends: boolean,
): RangeTableEntry {
  if (relation.relkind === "m") throw notSupported(`reading view "${relation.name}"`);
  const columns = scope.names.columns(relation.oid);
  const name = alias?.name ?? relation.name;
  return {
    kind: "relation",
    name,
    ...(alias ? { alias } : {}),
    ...renamed(columnsFrom(columns), alias, name),
    lateral: false,
    relation: relation.oid,
    relkind: relation.relkind,
    attributes: columns.map((column) => column.number),
    ...(descends ? {} : { only: true }),
  };
}
