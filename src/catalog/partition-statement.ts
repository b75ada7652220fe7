/** PARTITION BY and FOR VALUES as data. */
import type { QualifiedName, RawExpression } from "./statement.ts";

/** Of PARTITION BY: a column or an expression. */
export type PartitionElement = {
  readonly collation?: QualifiedName;
  readonly opclass?: QualifiedName;
  readonly position?: number;
} & ({ readonly column: string } | { readonly expression: RawExpression });

export type PartitionStrategy = "list" | "range" | "hash";

export interface PartitionBy {
  readonly strategy: PartitionStrategy;
  readonly elements: readonly PartitionElement[];
  readonly position?: number;
}

/** One value of FROM or TO; before and behind all others. */
export type RangeDatum =
  | RawExpression
  | { readonly edge: "minvalue" | "maxvalue"; readonly position?: number };

/** A partition's bound, whatever stands for its values. */
export type BoundOf<Value, Datum> =
  | { readonly strategy: "default" }
  | { readonly strategy: "list"; readonly values: readonly Value[] }
  | {
      readonly strategy: "range";
      readonly lower: readonly Datum[];
      readonly upper: readonly Datum[];
    }
  | { readonly strategy: "hash"; readonly modulus: number; readonly remainder: number };

/** FOR VALUES …, or DEFAULT. */
export type PartitionBoundClause = { readonly position?: number } & BoundOf<
  RawExpression,
  RangeDatum
>;

/** What ALTER TABLE and ALTER INDEX do to the parts of a relation. */
export type PartitionAction =
  | {
      readonly kind: "attachPartition";
      readonly partition: QualifiedName;
      readonly bound: PartitionBoundClause;
    }
  | {
      readonly kind: "detachPartition";
      readonly partition: QualifiedName;
      readonly concurrently: boolean;
    }
  /** DETACH PARTITION … FINALIZE */
  | { readonly kind: "finalizeDetach"; readonly partition: QualifiedName }
  /** ALTER INDEX … ATTACH PARTITION */
  | { readonly kind: "attachIndex"; readonly index: QualifiedName };
