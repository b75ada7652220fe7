/** Expressions over a relation's columns between DDL and the binder. */

import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type { StoredExpression } from "../../catalog/ddl/context.ts";
import type {
  BoundExpression,
  BoundIndexExpression,
  BoundTree,
  ComputedBound,
  MadeBound,
  RelationBinder,
  TypeTarget,
} from "../../catalog/ddl/relation-binder.ts";
import type { RowShapes } from "../../catalog/ddl/row-work.ts";
import type { CreateIndex } from "../../catalog/index-statement.ts";
import { isBinaryCoercible } from "../../catalog/opclasses.ts";
import { quoteIdentifier } from "../../catalog/quote.ts";
import { pgConstraint } from "../../catalog/relations/pg-constraint.ts";
import { pgOperator } from "../../catalog/relations/pg-operator.ts";
import type { QualifiedName, RawExpression, TableConstraint } from "../../catalog/statement.ts";
import { decodeTree, decodeTrees, encodeTree, encodeTrees } from "../bind/codec.ts";
import type { BindContext } from "../bind/context.ts";
import { needsRewrite, withoutImplicitCasts } from "../bind/conversion.ts";
import { Names } from "../bind/names.ts";
import { findOperator } from "../bind/operator.ts";
import { bindBoundValue } from "../bind/partition-bound.ts";
import { collectReferences } from "../bind/references.ts";
import {
  bindIndexExpression,
  bindIndexPredicate,
  bindUsing,
  checkConstants,
  columnExpression,
  convert,
} from "../bind/relation-expression.ts";
import { reshapeTree } from "../bind/reshape-tree.ts";
import { columnsIn } from "../bind/table-expression.ts";
import type { Expression } from "../bind/tree.ts";
import { typeText } from "../bind/type-text.ts";
import { constraintDefinition } from "../functions/constraint-definition.ts";
import { indexDefinition } from "../functions/index-definition.ts";
import type { FunctionContext } from "../functions/registry.ts";
import { parse } from "../parse/parse.ts";
import { makeBound } from "../rows/partition-bounds.ts";
import { finderOf } from "../rows/partition-finder.ts";
import { readPartitioning, readPartitionKey } from "../rows/partitioning.ts";
import { Reshaper } from "../types/reshape.ts";
import { formatText } from "../types/type-io.ts";
import { printDatum, printPartitionKey } from "./partition-printing.ts";
import { printersOf } from "./printing.ts";

export class RelationExpressions implements RelationBinder {
  readonly #context: () => BindContext;
  /** What definitions are printed with. */
  readonly #session: FunctionContext;
  readonly #computes: (id: Oid) => boolean;

  /** `computes`: whether the server itself runs a function. */
  constructor(
    context: () => BindContext,
    session: FunctionContext,
    computes: (id: Oid) => boolean,
  ) {
    this.#computes = computes;
    this.#context = context;
    this.#session = session;
  }

  indexExpression(expression: RawExpression, relation: Oid): BoundIndexExpression {
    return this.#element(expression, relation, "index expression");
  }

  #element(
    { node }: RawExpression,
    relation: Oid,
    kind: Parameters<typeof bindIndexExpression>[3],
  ): BoundIndexExpression {
    const { tree, ...facts } = bindIndexExpression(node, relation, this.#context(), kind);
    const { type, typmod } = tree;
    return { ...this.#stored(tree, relation), ...facts, type, typmod };
  }

  statisticsExpression(expression: RawExpression, relation: Oid): BoundIndexExpression {
    return this.#element(expression, relation, "statistics expression");
  }

  indexPredicate({ node }: RawExpression, relation: Oid): BoundExpression {
    const { tree, ...facts } = bindIndexPredicate(node, relation, this.#context());
    return { ...this.#stored(tree, relation), ...facts };
  }

  partitionKey(expression: RawExpression, relation: Oid): BoundIndexExpression {
    return this.#element(expression, relation, "partition key");
  }

  boundValue({ node }: RawExpression, target: TypeTarget & { readonly name: string }): string {
    return encodeTree(bindBoundValue(node, this.#context(), target));
  }

  partitionBound(parent: Oid, bound: ComputedBound): MadeBound {
    const { builtin, catalog } = this.#context();
    const types = this.#session;
    return makeBound(catalog, parent, bound, types, (datum) => printDatum(builtin, datum, types));
  }

  partitionKeys(parent: Oid): readonly (TypeTarget & { readonly name: string })[] {
    const { builtin, catalog } = this.#context();
    const names = printPartitionKey(builtin, parent, true, this.#session);
    const keys = readPartitionKey(catalog, parent)?.keys ?? [];
    return keys.map(({ expression: { type, typmod } }, at) => ({
      name: names[at] ?? "",
      ...{ type, typmod },
    }));
  }

  partitionsOf(parent: Oid): readonly Oid[] {
    const partitioning = readPartitioning(this.#context().catalog, parent);
    return partitioning ? finderOf(partitioning, this.#session).inOrder() : [];
  }

  hashModuli(parent: Oid) {
    const partitions = readPartitioning(this.#context().catalog, parent)?.partitions ?? [];
    return partitions
      .flatMap(({ relation, bound }) =>
        bound.strategy === "hash" ? [{ relation, modulus: bound.modulus }] : [],
      )
      .sort((a, b) => a.modulus - b.modulus);
  }

  listOf(expressions: readonly StoredExpression[]): StoredExpression {
    return {
      tree: encodeTrees(expressions.map(({ tree }) => decodeTree(tree))),
      references: expressions.flatMap(({ references }) => references),
    };
  }

  treesIn(list: string): readonly string[] {
    return decodeTrees(list).map(encodeTree);
  }

  using({ node }: RawExpression, relation: Oid): BoundTree {
    return { bound: bindUsing(node, relation, this.#context()) };
  }

  column(relation: Oid, attnum: number): BoundTree {
    return { bound: columnExpression(attnum, relation, this.#context()) };
  }

  convert({ bound }: BoundTree, attnum: number, target: TypeTarget) {
    const context = this.#context();
    const made = convert(bound as Expression, target, context);
    if (!made) return undefined;
    return { rewrites: needsRewrite(namesOf(context), made, attnum), tree: encodeTree(made) };
  }

  convertDefault(tree: string, relation: Oid, target: TypeTarget): StoredExpression | undefined {
    const made = convert(withoutImplicitCasts(decodeTree(tree)), target, this.#context());
    return made && this.#stored(made, relation);
  }

  reshaped(tree: string, shapes: RowShapes): string {
    const reshaper = new Reshaper(shapes, this.#context().catalog);
    return encodeTree(reshapeTree(decodeTree(tree), reshaper) as Expression);
  }

  checkConstants(tree: string): void {
    checkConstants(decodeTree(tree), this.#context());
  }

  typeText({ type, typmod }: TypeTarget): string {
    return typeText(namesOf(this.#context()), type, typmod);
  }

  textOf(tree: string): string {
    const printers = printersOf(this.#context().builtin);
    return printers.expression(tree, 0 as Oid, false, this.#session);
  }

  indexStatement(index: Oid): CreateIndex {
    const printers = printersOf(this.#context().builtin);
    const style = { pretty: false, complete: true };
    const text = indexDefinition(index, style, printers, this.#session);
    const [statement] = parse(text ?? "");
    assert(statement?.body.kind === "createIndex", `index ${index} is no CREATE INDEX`);
    return statement.body;
  }

  constraintStatement(constraint: Oid): TableConstraint {
    const { builtin, catalog } = this.#context();
    const style = { pretty: false, complete: true };
    const text = constraintDefinition(constraint, style, printersOf(builtin), this.#session);
    const name = catalog.find(pgConstraint, "key", [constraint])?.conname ?? "";
    const [statement] = parse(`ALTER TABLE t ADD CONSTRAINT ${quoteIdentifier(name)} ${text}`);
    assert(statement?.body.kind === "alterTable", "ADD CONSTRAINT is an ALTER TABLE");
    const [action] = statement.body.actions;
    assert(action?.kind === "addConstraint", `constraint ${constraint} is no ADD CONSTRAINT`);
    return action.constraint;
  }

  #stored(tree: Expression, relation: Oid): StoredExpression {
    const references = collectReferences(tree, namesOf(this.#context()), relation);
    return { tree: encodeTree(tree), references };
  }

  operatorOn(name: QualifiedName, type: Oid): Oid {
    const { catalog } = this.#context();
    const names = namesOf(this.#context());
    const { oid, left, right } = findOperator(names, name, type, type);
    if ([left, right].every((side) => isBinaryCoercible(catalog, type, side))) return oid;
    const shown = typeText(names, type);
    const written = name.schema === undefined ? name.name : `${name.schema}.${name.name}`;
    const message = `operator requires run-time type coercion: ${shown} ${written} ${shown}`;
    throw new SqlError("42883", message);
  }

  checkComputed(operator: Oid): void {
    const row = this.#context().catalog.find(pgOperator, "key", [operator]);
    if (row && this.#computes(row.oprcode)) return;
    throw notSupported(`operator ${this.operatorText(operator)} in an exclusion constraint`);
  }

  operatorText(operator: Oid): string {
    return formatText(REGOPERATOR, BigInt(operator), this.#session);
  }

  hasWholeRow(tree: string): boolean {
    return decodeTrees(tree).some((each) => columnsIn(each).includes(0));
  }
}

const REGOPERATOR = 2204 as Oid;

const namesOf = ({ builtin, catalog, searchPath }: BindContext): Names =>
  new Names(builtin, catalog, searchPath);
