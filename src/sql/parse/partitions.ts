/** PARTITION BY, FOR VALUES, and the actions of ALTER TABLE that concern partitions. */
import type {
  Node,
  PartitionBoundSpec,
  PartitionCmd,
  PartitionElem,
  PartitionSpec,
} from "libpg-query";
import { assert } from "../../base/assert.ts";
import { SqlError } from "../../base/sql-error.ts";
import type {
  PartitionBoundClause,
  PartitionBy,
  PartitionElement,
  RangeDatum,
} from "../../catalog/partition-statement.ts";
import type { AlterTableAction, RawExpression } from "../../catalog/statement.ts";
import { qualifiedName, relationName, stringsOf } from "./names.ts";
import { atLocation, locationOf } from "./positions.ts";

const STRATEGIES = {
  PARTITION_STRATEGY_LIST: "list",
  PARTITION_STRATEGY_RANGE: "range",
  PARTITION_STRATEGY_HASH: "hash",
} as const;

export function partitionBy({ strategy, partParams, location }: PartitionSpec): PartitionBy {
  const elements = (partParams ?? []).map((node: Node) => {
    assert("PartitionElem" in node, "PARTITION BY has elements");
    return partitionElement(node.PartitionElem);
  });
  assert(strategy !== undefined, "PARTITION BY has a strategy");
  return { strategy: STRATEGIES[strategy], elements, ...atLocation(location) };
}

function partitionElement(tree: PartitionElem): PartitionElement {
  const { name, expr, collation, opclass, location } = tree;
  const said = {
    ...(collation ? { collation: qualifiedName(stringsOf(collation), location) } : {}),
    ...(opclass ? { opclass: qualifiedName(stringsOf(opclass)) } : {}),
    ...atLocation(location),
  };
  return expr ? { ...said, expression: { node: expr } } : { ...said, column: name ?? "" };
}

export function partitionBound(tree: PartitionBoundSpec): PartitionBoundClause {
  const place = atLocation(tree.location);
  if (tree.is_default) return { ...place, strategy: "default" };
  switch (tree.strategy) {
    case "h":
      return {
        ...place,
        strategy: "hash",
        modulus: tree.modulus ?? 0,
        remainder: tree.remainder ?? 0,
      };
    case "l": {
      const values = (tree.listdatums ?? []).map(rawValue);
      return { ...place, strategy: "list", values };
    }
    default: {
      const [lower = [], upper = []] = [tree.lowerdatums, tree.upperdatums];
      return {
        ...place,
        strategy: "range",
        lower: lower.map(rangeDatum),
        upper: upper.map(rangeDatum),
      };
    }
  }
}

function rawValue(node: Node): RawExpression {
  const position = locationOf(node);
  return position === undefined ? { node } : { node, position };
}

/** MINVALUE and MAXVALUE are names to the grammar. */
function rangeDatum(node: Node): RangeDatum {
  if (!("ColumnRef" in node)) return rawValue(node);
  const [field, ...more] = node.ColumnRef.fields ?? [];
  const name = field && "String" in field && more.length === 0 ? field.String.sval : undefined;
  const place = atLocation(node.ColumnRef.location);
  if (name === "minvalue" || name === "maxvalue") return { edge: name, ...place };
  const message = "cannot use column reference in partition bound expression";
  throw new SqlError("42P10", message, atLocation(node.ColumnRef.location));
}

export function partitionAction(
  subtype: string | undefined,
  { name, bound, concurrent }: PartitionCmd,
): AlterTableAction {
  const partition = relationName(name);
  if (subtype === "AT_AttachPartition" && !bound) return { kind: "attachIndex", index: partition };
  if (bound) return { kind: "attachPartition", partition, bound: partitionBound(bound) };
  if (subtype === "AT_DetachPartitionFinalize") return { kind: "finalizeDetach", partition };
  return { kind: "detachPartition", partition, concurrently: concurrent ?? false };
}
