/**
 * pg_table_is_visible and pg_type_is_visible as SQL: clients call them for every row that they
 * list, and SQLite looks a name up several times faster than a registered function does.
 *
 * An object is visible when its schema is on the search path and no schema before it has the name.
 */
import type { Oid } from "../../base/ids.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { TableLayout } from "../../pages/layout.ts";
import type { Expression } from "../bind/tree.ts";
import { withoutRelabel } from "./cardinality.ts";
import type { Emitter } from "./emitter.ts";
import { entryAt, type Scope, scopeAt, visibleConditions } from "./scope.ts";

interface Kind {
  readonly layout: TableLayout;
  readonly name: string;
  readonly namespace: string;
}

const kinds: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  [2079, { layout: pgClass.layout, name: "relname", namespace: "relnamespace" }],
  [2080, { layout: pgType.layout, name: "typname", namespace: "typnamespace" }],
]);

/** Where the row that is asked about has what decides. */
interface Row {
  readonly oid: string;
  readonly name: string;
  readonly namespace: string;
}

/** Undefined when the function is another one. */
export function emitVisibility(
  emitter: Emitter,
  scope: Scope,
  id: Oid,
  args: readonly Expression[],
): string | undefined {
  const kind = kinds.get(id);
  const { searchPath } = emitter.context;
  const [arg] = args;
  if (!kind || !searchPath || !arg) return undefined;
  const own = rowOfOid(scope, withoutRelabel(arg), kind);
  if (own) return test(emitter, kind, own, searchPath);
  const row = emitter.alias("t");
  const conditions = visibleConditions(emitter, row, kind.layout);
  const there = {
    oid: `${row}.oid`,
    name: `${row}.${kind.name}`,
    namespace: `${row}.${kind.namespace}`,
  };
  return (
    `(SELECT ${test(emitter, kind, there, searchPath)} FROM ${kind.layout.name} AS ${row} ` +
    `WHERE ${conditions.join(" AND ")} AND ${row}.oid = ${emitter.expression(scope, arg)})`
  );
}

/** The row whose oid the argument is, when FROM has it: then it is at hand. */
function rowOfOid(scope: Scope, arg: Expression, { layout }: Kind): Row | undefined {
  if (arg.kind !== "column" || arg.attribute !== 1) return undefined;
  const home = scopeAt(scope, arg.levelsUp);
  const entry = home.rangeTable[arg.table - 1];
  if (entry?.kind !== "relation" || entry.relation !== layout.rel) return undefined;
  const { column } = entryAt(home, arg.table);
  return { oid: column(1), name: column(2), namespace: column(3) };
}

/** NULL where an outer join found no row. */
function test(emitter: Emitter, kind: Kind, row: Row, searchPath: readonly Oid[]): string {
  const namespaces = searchPath.map((namespace) => emitter.constant(BigInt(namespace)));
  const whens = namespaces.map((namespace, at) => {
    if (at === 0) return `WHEN ${namespace} THEN 1`;
    const other = emitter.alias("t");
    const conditions = [
      `${other}.${kind.name} = ${row.name}`,
      `${other}.${kind.namespace} IN (${namespaces.slice(0, at).join(", ")})`,
      ...visibleConditions(emitter, other, kind.layout),
    ];
    const found = `SELECT 1 FROM ${kind.layout.name} AS ${other} WHERE ${conditions.join(" AND ")}`;
    return `WHEN ${namespace} THEN NOT EXISTS (${found})`;
  });
  const none = `CASE WHEN ${row.oid} IS NOT NULL THEN 0 END`;
  if (whens.length === 0) return none;
  return `CASE ${row.namespace} ${whens.join(" ")} ELSE ${none} END`;
}
