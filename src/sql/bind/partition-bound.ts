/**
 * BOUNDS OF PARTITIONS: pg_class.relpartbound, a tree in the codec of expressions. A value is of
 * its key's type.
 * https://www.postgresql.org/docs/15/ddl-partitioning.html
 */
import type { Node } from "@pgsql/types";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { BoundOf } from "../../catalog/partition-statement.ts";
import { decodeTree } from "./codec.ts";
import { coerceToTarget } from "./coerce.ts";
import { assignCollations } from "./collation.ts";
import type { BindContext } from "./context.ts";
import { rawPosition } from "./position.ts";
import { bindingOf } from "./query.ts";
import { Parameters, Scope } from "./scope.ts";
import type { Constant, Expression, Typed } from "./tree.ts";
import { typeText } from "./type-text.ts";

export type BoundConstant = Constant & Typed;
export type BoundDatum = BoundConstant | "minvalue" | "maxvalue";

export type PartitionBound = { readonly kind: "partitionBound" } & BoundOf<
  BoundConstant,
  BoundDatum
>;

const DECODED_MAX = 10_000;
/** By their trees: who makes one more partition reads the bounds of all others. */
const decoded = new Map<string, PartitionBound>();

export function decodeBound(tree: string): PartitionBound {
  const known = decoded.get(tree);
  if (known) return known;
  const bound = decodeTree(tree) as unknown as PartitionBound;
  if (decoded.size >= DECODED_MAX) decoded.clear();
  decoded.set(tree, bound);
  return bound;
}

export interface BoundTarget {
  /** As messages call it. */
  readonly name: string;
  readonly type: Oid;
  readonly typmod: number;
}

/** A value of FOR VALUES, not yet computed. Throws 42804, and what parse analysis does. */
export function bindBoundValue(
  node: unknown,
  context: BindContext,
  { name, type, typmod }: BoundTarget,
): Expression {
  const scope = new Scope(bindingOf(context, new Parameters([], false)), undefined);
  const bound = scope.bind(node as Node, "partition bound");
  const made = coerceToTarget(scope, bound, type, typmod, "assignment", "implicit");
  if (!made) {
    const shown = typeText(scope.names, type);
    const message = `specified value cannot be cast to type ${shown} for column "${name}"`;
    throw new SqlError("42804", message).at(rawPosition(scope, node as Node));
  }
  assignCollations(scope.names, made);
  return made;
}
