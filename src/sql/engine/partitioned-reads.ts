/**
 * READING PARTITIONED TABLES. What is kept of a query that does names no partition. When it is to
 * run, its values are known: then those partitions are chosen, and locked, that may have rows for
 * it, and it is translated for them. Both are kept: how a table is partitioned until that is
 * another, the translation for each choice.
 */

import type { Oid } from "../../base/ids.ts";
import { findAttribute } from "../../catalog/names.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import type { BoundQuery, Expression } from "../bind/tree.ts";
import { partitionsFor } from "../rows/key-conditions.ts";
import { type Routing, routingOf } from "../rows/modify-plan.ts";
import { finderOf } from "../rows/partition-finder.ts";
import type { StatementContext } from "../session/engine.ts";
import type {
  Binding,
  PartitionedQuery,
  PartitionedRead,
  Translation,
} from "../translate/translation.ts";
import type { Scalar } from "../types/scalar.ts";
import type { EngineParts } from "./parts.ts";
import { type AliasNames, type Widths, widthsHold } from "./plan.ts";

/** Tables of each read, in order. */
type Chosen = readonly (readonly Oid[])[];

/** One row that is computed from values alone. */
export type Evaluate = (
  translation: Translation,
  values: readonly Scalar[],
  context: StatementContext,
) => readonly Scalar[];

interface PartitionedHost {
  readonly parts: EngineParts;
  readonly transaction: CatalogTransaction;
  readonly catalog: CatalogReader;
  readonly widthOf: (storage: Oid) => number | undefined;
  readonly evaluate: Evaluate;
  lock(relation: Oid): void;
  /** For these partitions; notes in `widths` what it read of storages. */
  translateFor(
    query: PartitionedQuery,
    chosen: Chosen,
    context: StatementContext,
    catalog: CatalogReader,
    widths: Map<Oid, number | undefined>,
    names?: AliasNames,
  ): Translation;
  translate(bound: BoundQuery, context: StatementContext, catalog: CatalogReader): Translation;
}

/** What a query runs with. */
interface RunValues {
  /** $1 … $n; undefined: they are not known. */
  readonly parameters: readonly Scalar[] | undefined;
  readonly context: StatementContext;
}

export class PartitionedReads {
  readonly #host: PartitionedHost;

  constructor(host: PartitionedHost) {
    this.#host = host;
  }

  /** The translation, ready to run. May throw a Wait for the lock of a partition. */
  settled(translation: Translation, values: RunValues, names?: AliasNames): Translation {
    const { partitioned } = translation;
    if (!partitioned) return translation;
    const { id, reads } = partitioned;
    const literals = literalsOf(translation.bindings);
    const knownValue = (expression: Expression) => valueIn(expression, literals, values.parameters);
    const chosen = reads.map((read) => this.#tablesOf(read, knownValue, values));
    const key = `${id}/${chosen.map((tables) => tables.join()).join("/")}`;
    const made = this.#kept(key, partitioned, chosen, values.context, names);
    return { ...made, bindings: withValues(made.bindings, literals), chosen: chosen.flat() };
  }

  #kept(
    key: string,
    query: PartitionedQuery,
    chosen: Chosen,
    context: StatementContext,
    names?: AliasNames,
  ): Translation {
    const { parts, transaction, catalog, widthOf } = this.#host;
    const make = (reader: CatalogReader) => {
      const widths = new Map<Oid, number | undefined>();
      const translation = this.#host.translateFor(query, chosen, context, reader, widths, names);
      return { translation, widths };
    };
    if (names || !transaction.overlay.isEmpty) return make(catalog).translation;
    const { catalogEpoch } = parts.storage.sequencer;
    const usable = ({ widths }: { readonly widths: Widths }) => widthsHold(widths, widthOf);
    return parts.chosen.getOrMake(key, catalogEpoch, catalog, make, usable).translation;
  }

  #tablesOf(
    read: PartitionedRead,
    knownValue: (expression: Expression) => Scalar | undefined,
    values: RunValues,
  ): readonly Oid[] {
    const tables: Oid[] = [];
    const visit = (relation: Oid) => {
      for (const child of this.#partitionsOf(relation, read, knownValue, values)) {
        this.#host.lock(child);
        const kind = this.#host.catalog.find(pgClass, "key", [child])?.relkind;
        if (kind === "p") visit(child);
        else tables.push(child);
      }
    };
    visit(read.relation);
    return tables;
  }

  #partitionsOf(
    relation: Oid,
    { table, conditions, relation: named }: PartitionedRead,
    knownValue: (expression: Expression) => Scalar | undefined,
    { context }: RunValues,
  ): readonly Oid[] {
    const routing = this.#routing(relation, context);
    if (!routing) return [];
    const { catalog, evaluate } = this.#host;
    const { partitioning, step } = routing;
    const finder = finderOf(partitioning, context);
    const hashesOf = (keys: readonly Scalar[]) => {
      const placeOf = (number: number) =>
        partitioning.keys.findIndex(({ attribute }) => attribute === number);
      return evaluate(
        step.translation,
        step.rows.map(({ attribute }) => keys[placeOf(attribute)] ?? null),
        context,
      );
    };
    const numberOf = (attribute: number): number => {
      if (relation === named) return attribute;
      const name = catalog.find(pgAttribute, "key", [relation, attribute])?.attname ?? "";
      return findAttribute(catalog, named, name)?.attnum ?? 0;
    };
    const search = { finder, catalog, types: context, hashesOf };
    return finder.inOrder(partitionsFor(search, { table, conditions, numberOf, knownValue }));
  }

  #routing(relation: Oid, context: StatementContext): Routing | undefined {
    const { parts, transaction, catalog } = this.#host;
    const make = (reader: CatalogReader) =>
      routingOf(reader, relation, (bound) => this.#host.translate(bound, context, reader));
    if (!transaction.overlay.isEmpty) return make(catalog);
    const { catalogEpoch } = parts.storage.sequencer;
    const key = `${transaction.database}/${relation}`;
    return parts.routings.getOrMake(key, catalogEpoch, catalog, make);
  }
}

type Literals = ReadonlyMap<string, Scalar>;
type Place = {
  readonly position?: number | undefined;
  readonly type: Oid;
  readonly typmod: number;
};

const nameOf = ({ position, type, typmod }: Place): string => `${position}/${type}/${typmod}`;

/** What the text's literals are: a plan is shared by texts that have others. */
function literalsOf(bindings: readonly Binding[]): Literals {
  const literals = new Map<string, Scalar>();
  for (const each of bindings) {
    if (each.kind === "constant" && each.literal) literals.set(nameOf(each.literal), each.value);
  }
  return literals;
}

function withValues(bindings: readonly Binding[], literals: Literals): readonly Binding[] {
  return bindings.map((each) => {
    const known = each.kind === "constant" && each.literal && literals.get(nameOf(each.literal));
    return known === undefined || known === false ? each : { ...each, value: known };
  });
}

function valueIn(
  expression: Expression,
  literals: Literals,
  parameters: readonly Scalar[] | undefined,
): Scalar | undefined {
  if (expression.kind === "constant") {
    return literals.get(nameOf(expression)) ?? expression.value;
  }
  if (expression.kind !== "parameter" || !parameters) return undefined;
  return parameters[expression.number - 1] ?? null;
}
