/** TABLES IN FROM: relations, views among them, and common tables. */
import type { RangeVar } from "@pgsql/types";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { BoundTableVariable } from "./context.ts";
import type { RelationFacts } from "./facts.ts";
import { atOtherEpoch } from "./other-epoch.ts";
import { plainTarget } from "./plain-select.ts";
import { aliasOf, columnsFrom, columnsOfQuery, renamed } from "./range-table.ts";
import type { CommonTableInScope, Scope } from "./scope.ts";
import type { Alias, RangeTableEntry } from "./tree.ts";
import { readingGiven } from "./with-modifying.ts";

/** An entry, and the schema by which its columns may be qualified. */
export interface BoundTable {
  readonly entry: RangeTableEntry;
  readonly qualified?: { readonly schema: string; readonly relation: Oid };
  /** How many last columns a star does not stand for. */
  readonly hidden?: number;
}

export function bindRangeVar(scope: Scope, node: RangeVar): BoundTable {
  const alias = aliasOf(node.alias);
  if (node.schemaname === undefined) {
    const found = findCommonTable(scope, node.relname ?? "");
    if (found) {
      const { table, levelsUp } = found;
      const hidden = levelsUp > 0 ? table.carried.length : 0;
      if (table.returnsNothing) {
        const message = `WITH query "${table.name}" does not have a RETURNING clause`;
        throw new SqlError("0A000", message).at(scope.at(node.location));
      }
      return { entry: commonTableEntry(table, levelsUp, alias), hidden };
    }
  }
  const rows = variableTable(scope, node);
  if (rows) return { entry: rowsEntry(scope, rows, node.relname ?? "", alias) };
  const relation = findRelation(scope, node);
  const { context, views } = scope.binding;
  context.lockRelation?.(relation.oid);
  if (relation.relkind === "v") views.add(relation.oid);
  const own = relationEntry(scope, relation, alias, node.inh ?? false);
  const entry = "since" in node ? atOtherEpoch(own, node.since as number) : own;
  if (alias) return { entry };
  const schema = scope.names.namespaceName(relation.namespace);
  return { entry, qualified: { schema, relation: relation.oid } };
}

/** Rows that a variable holds stand before relations. */
export const variableTable = (
  { binding }: Scope,
  { schemaname, relname = "" }: RangeVar,
): BoundTableVariable | undefined =>
  schemaname === undefined ? binding.context.variables?.table(relname) : undefined;

const TEXT = 25 as Oid;

function rowsEntry(
  scope: Scope,
  { number, columns }: BoundTableVariable,
  own: string,
  alias: Alias | undefined,
): RangeTableEntry {
  scope.binding.parameters.fix(number, TEXT);
  const targets = columns.map(({ name, type, typmod, collation }) =>
    plainTarget({ kind: "constant", value: null, type, typmod, collation }, name),
  );
  const query = readingGiven(targets, {
    parameter: number,
    types: columns.map((each) => each.type),
  });
  const name = alias?.name ?? own;
  return {
    kind: "subquery",
    name,
    ...(alias ? { alias } : {}),
    ...renamed(columnsOfQuery(query), alias, name),
    lateral: false,
    query,
  };
}

function findCommonTable(scope: Scope, name: string) {
  let level: Scope | undefined = scope;
  for (let levelsUp = 0; level; levelsUp++, level = level.parent) {
    const table = level.commonTables.findLast((each) => each.name === name);
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
  // An alias cannot rename those of SEARCH and CYCLE.
  const own = renamed(table.columns ?? columnsFrom([]), alias, name);
  const carried = columnsFrom(table.carried);
  const columns = {
    names: [...own.names, ...carried.names],
    types: [...own.types, ...carried.types],
    typmods: [...own.typmods, ...carried.typmods],
    collations: [...own.collations, ...carried.collations],
  };
  return {
    kind: "cte",
    name,
    ...(alias ? { alias } : {}),
    ...columns,
    lateral: false,
    cte: table.name,
    levelsUp,
    self: table.self,
  };
}

export function findRelation(scope: Scope, node: RangeVar): RelationFacts {
  const { schemaname: schema, relname: name = "", catalogname } = node;
  const position = scope.at(node.location);
  if (catalogname !== undefined && catalogname !== scope.binding.context.databaseName) {
    const message = `cross-database references are not implemented: "${catalogname}.${schema}.${name}"`;
    throw new SqlError("0A000", message).at(position);
  }
  const namespace = schema === undefined ? undefined : scope.names.findNamespace(schema, position);
  const missing = schema !== undefined && namespace === undefined;
  const found = missing ? undefined : scope.names.findRelationByName(namespace, name);
  if (!found) throw missingRelation(scope, schema, name).at(position);
  const unreadable = unreadableKinds.get(found.relkind);
  if (unreadable === undefined) return found;
  throw new SqlError("42809", `"${name}" is ${unreadable}`).at(position);
}

function missingRelation(scope: Scope, schema: string | undefined, name: string): SqlError {
  if (schema !== undefined)
    return new SqlError("42P01", `relation "${schema}.${name}" does not exist`);
  const message = `relation "${name}" does not exist`;
  for (let level: Scope | undefined = scope; level; level = level.parent) {
    if (!level.laterTables.includes(name)) continue;
    const detail = `There is a WITH item named "${name}", but it cannot be referenced from this part of the query.`;
    const hint = "Use WITH RECURSIVE, or re-order the WITH items to remove forward references.";
    return new SqlError("42P01", message, { detail, hint });
  }
  return new SqlError("42P01", message);
}

const unreadableKinds: ReadonlyMap<string, string> = new Map([
  ["i", "an index"],
  ["I", "an index"],
  ["c", "a composite type"],
  ["s", "a sink"],
]);

export function relationEntry(
  scope: Scope,
  relation: RelationFacts,
  alias: Alias | undefined,
  descends: boolean,
): RangeTableEntry {
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
