/** FIELDS of composite values: what fields an expression has, and selecting one. */
import type { Oid } from "../../base/ids.ts";
import { baseType } from "./base-type.ts";
import type { FunctionFacts } from "./facts.ts";
import { NO_COLLATION } from "./names.ts";
import { resolvePolymorphic } from "./polymorphic.ts";
import type { Scope } from "./scope.ts";
import type { Expression, Query } from "./tree.ts";
import { RECORD } from "./type-oids.ts";

export interface Field {
  /** "" = dropped */
  readonly name: string;
  readonly type: Oid;
  readonly typmod: number;
  readonly collation: Oid;
}

/**
 * The output columns of a function that returns a row, or undefined when its row type is not known.
 * `args`: of the call.
 */
export function outputFields(
  scope: Scope,
  facts: FunctionFacts,
  args: readonly Expression[],
): readonly Field[] | undefined {
  const inputs = args.map(({ type }) => type);
  const fields = outputsOf(scope, facts, inputs);
  return fields.length > 1 ? fields : undefined;
}

/** What OUT parameters give; polymorphic ones have their types by those of the arguments. */
export function outputsOf(
  scope: Scope,
  facts: FunctionFacts,
  inputs: readonly Oid[],
): readonly Field[] {
  const { modes, allArgs, names } = facts;
  if (!modes || !allArgs) return [];
  const fields: Field[] = [];
  for (const [at, mode] of modes.entries()) {
    if (!"obt".includes(mode)) continue;
    const declared = allArgs[at] as Oid;
    const type = resolvePolymorphic(scope.names, inputs, facts.args, declared).result;
    const collation = scope.names.findType(type)?.collation ?? NO_COLLATION;
    const name = names?.[at] || `column${fields.length + 1}`;
    fields.push({ name, type, typmod: -1, collation });
  }
  return fields;
}

/** The columns of a composite type. */
export function fieldsOfType(scope: Scope, type: Oid): readonly Field[] | undefined {
  const facts = scope.names.type(baseType(scope.names, type));
  return facts.relation === 0 ? undefined : scope.names.columns(facts.relation);
}

/** The fields of a row-valued expression, or undefined when it is no row or of unknown shape. */
export function fieldsOf(scope: Scope, node: Expression): readonly Field[] | undefined {
  if (node.type !== RECORD) return fieldsOfType(scope, node.type);
  switch (node.kind) {
    case "row":
      return node.args.map((arg, at) => ({ ...arg, name: node.names[at] ?? `f${at + 1}` }));
    case "function": {
      const facts = scope.names.findFunction(node.function);
      return facts && outputFields(scope, facts, node.args);
    }
    case "column":
      return fieldsOfColumn(scope, node);
    default:
      return undefined;
  }
}

function fieldsOfColumn(
  scope: Scope,
  node: Expression & { kind: "column" },
): readonly Field[] | undefined {
  const level = scope.up(node.levelsUp);
  const entry = level.rangeTable[node.table - 1];
  if (!entry) return undefined;
  if (node.attribute === 0) {
    return entry.names.map((name, at) => ({
      name,
      type: entry.types[at] as Oid,
      typmod: entry.typmods[at] ?? -1,
      collation: entry.collations[at] ?? NO_COLLATION,
    }));
  }
  if (entry.kind === "join") {
    const inner = entry.columns[node.attribute - 1];
    return inner && fieldsOf(level, inner);
  }
  if (entry.kind === "subquery") return fieldsOfTarget(level, entry.query, node.attribute);
  if (entry.kind === "function") {
    const call = entry.functions[0]?.call;
    return call && fieldsOf(level, call);
  }
  return undefined;
}

function fieldsOfTarget(
  outer: Scope,
  query: Query,
  attribute: number,
): readonly Field[] | undefined {
  const target = query.targets.filter((each) => !each.junk)[attribute - 1];
  if (!target || query.kind !== "select") return undefined;
  const inside = outer.nested(query.rangeTable);
  return fieldsOf(inside, target.expression);
}

/** (arg).name, or undefined when there is no such field. */
export function projectField(
  scope: Scope,
  arg: Expression,
  name: string,
  position: number | undefined,
): Expression | undefined {
  if (arg.kind === "column" && arg.attribute === 0) {
    return wholeRowColumn(scope, arg, name, position);
  }
  const fields = fieldsOf(scope, arg);
  const at = fields?.findIndex((field) => field.name === name) ?? -1;
  const field = fields?.[at];
  return field && selectField(arg, field, at + 1, position);
}

export const selectField = (
  arg: Expression,
  field: Field,
  number: number,
  position?: number,
): Expression => ({
  kind: "field",
  arg,
  field: number,
  name: field.name,
  type: field.type,
  typmod: field.typmod,
  collation: field.collation,
  position,
});

/** A field of a whole-row reference is the column itself. */
function wholeRowColumn(
  scope: Scope,
  row: Expression & { kind: "column" },
  name: string,
  position: number | undefined,
): Expression | undefined {
  const entry = scope.entryOf(row);
  const at = entry?.names.indexOf(name) ?? -1;
  if (!entry || at < 0) return undefined;
  const input = entry.kind === "join" ? entry.columns[at] : undefined;
  if (input?.kind === "column") {
    const through = { table: row.table, attribute: at + 1 };
    return { ...input, levelsUp: row.levelsUp, through, position };
  }
  return {
    kind: "column",
    table: row.table,
    attribute: at + 1,
    levelsUp: row.levelsUp,
    type: entry.types[at] as Oid,
    typmod: entry.typmods[at] ?? -1,
    collation: entry.collations[at] ?? NO_COLLATION,
    position,
  };
}
