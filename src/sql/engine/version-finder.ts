/** Queries for versions of a table's rows. */
import type { Oid } from "../../base/ids.ts";
import { plainSelect, plainTarget } from "../bind/plain-select.ts";
import type { BoundQuery, Expression, SelectQuery } from "../bind/tree.ts";
import { BOOL, INT8 } from "../bind/type-oids.ts";
import { VERSION_ATTRIBUTE } from "../bind/update.ts";
import type { TableShape } from "../rows/table-shape.ts";

/** SELECT version, others FROM ONLY table WHERE conditions; parameters are of these types. */
export function versionFinder(
  shape: TableShape,
  conditions: readonly Expression[],
  others: readonly Expression[],
  { parameterTypes }: { readonly parameterTypes: readonly Oid[] },
): BoundQuery {
  const { columns } = shape;
  const none = { typmod: -1, collation: 0 as Oid };
  const place = { table: 1, attribute: VERSION_ATTRIBUTE, levelsUp: 0 };
  const version: Expression = { kind: "column", ...place, type: INT8, ...none };
  const [only] = conditions;
  const where: Expression | undefined =
    conditions.length > 1
      ? { kind: "boolean", operator: "and", args: conditions, type: BOOL, ...none }
      : only;
  const query: SelectQuery = {
    ...plainSelect([plainTarget(version), ...others.map((each) => plainTarget(each))]),
    rangeTable: [
      {
        kind: "relation",
        name: shape.name,
        names: columns.map(({ name }) => name),
        types: columns.map(({ type }) => type),
        typmods: columns.map(({ typmod }) => typmod),
        collations: columns.map(({ collation }) => collation),
        lateral: false,
        relation: shape.oid,
        relkind: "r",
        only: true,
        attributes: columns.map(({ number }) => number),
      },
    ],
    from: [{ kind: "table", table: 1 }],
    ...(where ? { where } : {}),
  };
  return { query, parameterTypes };
}
