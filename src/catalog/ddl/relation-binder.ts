/**
 * Binding of expressions over a relation's columns. It belongs to a layer above; DDL gets it as an
 * argument. Everything throws SqlErrors as parse analysis does.
 */
import type { Oid } from "../../base/ids.ts";
import type { CreateIndex } from "../index-statement.ts";
import type { BoundOf } from "../partition-statement.ts";
import type { QualifiedName, RawExpression, TableConstraint } from "../statement.ts";
import type { StoredExpression } from "./context.ts";
import type { RowShapes } from "./row-work.ts";

export interface BoundExpression extends StoredExpression {
  /** Some function in it may give another result for the same row. */
  readonly mutable: boolean;
  /** The planner leaves nothing but a constant of it. */
  readonly constant: boolean;
  /** It names a column that no table keeps: ctid, xmin, … */
  readonly usesSystemColumn: boolean;
}

export interface BoundIndexExpression extends BoundExpression {
  readonly type: Oid;
  readonly typmod: number;
  readonly collation: Oid;
  /** When it is nothing but a column: its number, else 0. */
  readonly column: number;
  /** What its column in the index would be called; undefined = nothing in it says. */
  readonly name: string | undefined;
}

export interface RelationBinder {
  indexExpression(expression: RawExpression, relation: Oid): BoundIndexExpression;
  indexPredicate(expression: RawExpression, relation: Oid): BoundExpression;
  /** An expression of CREATE STATISTICS. */
  statisticsExpression(expression: RawExpression, relation: Oid): BoundIndexExpression;
  /** An expression of PARTITION BY. */
  partitionKey(expression: RawExpression, relation: Oid): BoundIndexExpression;
  /** A value of FOR VALUES, not yet computed: its tree as stored. Throws 42804. */
  boundValue(expression: RawExpression, target: TypeTarget & { readonly name: string }): string;
  /** A bound whose values are computed, and what speaks against it. */
  partitionBound(parent: Oid, bound: ComputedBound): MadeBound;
  /** The columns and expressions of the key, as messages call them. */
  partitionKeys(parent: Oid): readonly (TypeTarget & { readonly name: string })[];
  /** Of hash partitions, the smallest first. */
  /** Partitions by their bounds, the default one last. */
  partitionsOf(parent: Oid): readonly Oid[];
  hashModuli(parent: Oid): readonly { readonly relation: Oid; readonly modulus: number }[];
  /** The expressions of an index as one stored value. */
  listOf(expressions: readonly StoredExpression[]): StoredExpression;
  /** The trees of the expressions that are one stored value. */
  treesIn(list: string): readonly string[];
  /** The expression of USING, which gives a column's new values. */
  using(expression: RawExpression, relation: Oid): BoundTree;
  /** A column as the expression that gives its new values when USING is not said. */
  column(relation: Oid, attnum: number): BoundTree;
  /**
   * How a column's new values become the new type, by assignment; undefined = there is no way.
   * `rewrites`: they are not the same bytes as the old ones; `tree`: the conversion as stored.
   */
  convert(
    values: BoundTree,
    attnum: number,
    target: TypeTarget,
  ): { readonly rewrites: boolean; readonly tree: string } | undefined;
  /**
   * A stored default or generation expression of the relation as one of the new type; undefined =
   * there is no way.
   */
  convertDefault(tree: string, relation: Oid, target: TypeTarget): StoredExpression | undefined;
  /** A stored tree of any kind, after values of composite types have had these columns. */
  reshaped(tree: string, shapes: RowShapes): string;
  /** Throws what the constant parts of a stored expression throw, which the planner computes. */
  checkConstants(tree: string): void;
  /** A type as messages show it, with its length or precision. */
  typeText(target: TypeTarget): string;
  /** A stored expression without columns as pg_get_expr prints it. */
  textOf(tree: string): string;
  /** The statement that would make the index, as pg_get_indexdef prints it. */
  indexStatement(index: Oid): CreateIndex;
  /** The clause of ADD CONSTRAINT that would make the constraint. */
  constraintStatement(constraint: Oid): TableConstraint;
  /** The operator on two values of the type, as they are. Throws 42883, 42725. */
  operatorOn(name: QualifiedName, type: Oid): Oid;
  /** 0A000 for an operator that the server itself does not compute. */
  checkComputed(operator: Oid): void;
  /** An operator as messages show it, with its operands. */
  operatorText(operator: Oid): string;
  /** Whether one of the stored expressions takes a whole row of the table. */
  hasWholeRow(tree: string): boolean;
}

/** Values as attmissingval has them; null = NULL. */
export type ComputedDatum =
  | { readonly text: string | null }
  | { readonly edge: "minvalue" | "maxvalue" };

export type ComputedBound = BoundOf<ComputedDatum, ComputedDatum>;

export interface MadeBound {
  readonly tree: string;
  /** Of a range without values: its ends as messages show them. */
  readonly empty: { readonly lower: string; readonly upper: string } | undefined;
  /** A partition that it overlaps, and which of its values do: of a range 0 = FROM, 1 = TO. */
  readonly overlap: { readonly relation: Oid; readonly at: number } | undefined;
}

/** An expression that has been bound; only the binder opens it. */
export type BoundTree = { readonly bound: unknown };

export interface TypeTarget {
  readonly type: Oid;
  readonly typmod: number;
}
