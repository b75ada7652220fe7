/**
 * EXPRESSIONS OVER ONE TABLE'S COLUMNS: checks, policies and generated columns.
 * https://www.postgresql.org/docs/15/ddl-generated-columns.html
 */
import type { Node } from "@pgsql/types";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { coerceToBoolean } from "./coerce.ts";
import { assignCollations } from "./collation.ts";
import type { BindContext } from "./context.ts";
import { isMutable } from "./fold.ts";
import { bindingOf, coerceToColumn, foldingOf } from "./query.ts";
import { visibleItem } from "./range-table.ts";
import { relationEntry } from "./relation.ts";
import { checkRowFilter } from "./row-filter.ts";
import { Parameters, Scope } from "./scope.ts";
import type { Expression } from "./tree.ts";
import { walk } from "./walk.ts";

/** A scope that has the table, as entry 1. */
export function tableScope(context: BindContext, relation: Oid): Scope {
  const scope = new Scope(bindingOf(context, new Parameters([], false)), undefined);
  const facts = scope.names.findRelation(relation);
  if (!facts) throw new SqlError("42P01", `relation with OID ${relation} does not exist`);
  const entry = relationEntry(scope, facts, undefined, true);
  const table = scope.addEntry(entry);
  const schema = scope.names.namespaceName(facts.namespace);
  scope.namespace = [visibleItem(entry, table, { schema, relation })];
  return scope;
}

export function bindCheck(
  node: unknown,
  context: BindContext,
  relation: Oid,
  of: "CHECK" | "POLICY" | "PUBLICATION WHERE",
): Expression {
  const scope = tableScope(context, relation);
  const isFilter = of === "PUBLICATION WHERE";
  const bound = coerceToBoolean(scope, scope.bind(node as Node, isFilter ? "WHERE" : of), of);
  assignCollations(scope.names, bound);
  if (isFilter) checkRowFilter(scope.names, bound);
  return bound;
}

export interface DomainBase {
  readonly type: Oid;
  readonly typmod: number;
}

/** A domain's check, over VALUE alone, which is of the type under the domain, and collated so. */
export function bindDomainCheck(node: unknown, context: BindContext, base: DomainBase): Expression {
  const plain = bindingOf(context, new Parameters([], false));
  const { collation } = plain.names.type(base.type);
  const domainValue: Expression = { kind: "caseTest", ofDomain: true, ...base, collation };
  const binding = { ...plain, domainValue };
  const scope = new Scope(binding, undefined);
  const bound = coerceToBoolean(scope, scope.bind(node as Node, "CHECK"), "CHECK");
  assignCollations(scope.names, bound);
  return bound;
}

export interface GeneratedColumn {
  readonly name: string;
  readonly type: Oid;
  readonly typmod: number;
}

/** Immutable, of no generated column and of no whole row, coerced to the column by assignment. */
export function bindGenerated(
  node: unknown,
  context: BindContext,
  relation: Oid,
  column: GeneratedColumn,
): Expression {
  const scope = tableScope(context, relation);
  const bound = scope.bind(node as Node, "GENERATED");
  walk(bound, (each) => {
    if (each.kind === "column") refuseGenerated(context, relation, each);
  });
  if (isMutable({ ...foldingOf(scope.binding), withoutCollations: true }, bound)) {
    throw new SqlError("42P17", "generation expression is not immutable");
  }
  return coerceToColumn(scope, bound, column);
}

function refuseGenerated(
  { catalog }: BindContext,
  relation: Oid,
  { attribute, position }: Expression & { readonly kind: "column" },
): void {
  if (attribute === 0) {
    const message = "cannot use whole-row variable in column generation expression";
    const detail = "This would cause the generated column to depend on its own value.";
    throw new SqlError("42P17", message, { detail }).at(position);
  }
  const column = catalog.find(pgAttribute, "key", [relation, attribute]);
  if (!column?.attgenerated) return;
  const message = `cannot use generated column "${column.attname}" in column generation expression`;
  const detail = "A generated column cannot reference another generated column.";
  throw new SqlError("42P17", message, { detail }).at(position);
}

/** The numbers of the table's columns in the expression, each once, as they come; 0 = whole row. */
export function columnsIn(tree: Expression): number[] {
  const found: number[] = [];
  walk(tree, (node) => {
    if (node.kind === "column" && !found.includes(node.attribute)) found.push(node.attribute);
  });
  return found;
}

/**
 * The expression with other column numbers: that of another table with the same columns.
 * undefined when it holds a whole row, which is of one table's type.
 */
export function withColumnNumbers(
  tree: Expression,
  numbers: ReadonlyMap<number, number>,
): Expression | undefined {
  if (columnsIn(tree).includes(0)) return undefined;
  const replace = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replace);
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
    const fields = Object.entries(value).map(([name, field]) => [name, replace(field)]);
    const made = Object.fromEntries(fields) as Expression;
    if (made.kind !== "column" || made.attribute < 0) return made;
    return { ...made, attribute: numbers.get(made.attribute) ?? made.attribute };
  };
  return replace(tree) as Expression;
}
