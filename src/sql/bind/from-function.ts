/** FUNCTIONS IN FROM: their columns, column definition lists, WITH ORDINALITY, ROWS FROM. */
import type { Node, RangeFunction } from "@pgsql/types";
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { assignCollations } from "./collation.ts";
import { bindCollationName } from "./collation-name.ts";
import { columnNameOf } from "./column-name.ts";
import { type Field, fieldsOfType, outputFields } from "./field.ts";
import { listItems, strings } from "./node.ts";
import { positionOf } from "./position.ts";
import { aliasOf, columnsFrom, renamed } from "./range-table.ts";
import type { Scope } from "./scope.ts";
import type { Alias, Expression, RangeTableEntry } from "./tree.ts";
import { bindTypeName } from "./type-name.ts";
import { INT8, RECORD, VOID } from "./type-oids.ts";
import { typeText } from "./type-text.ts";
import { namesOwnColumn } from "./walk.ts";

interface OneFunction {
  readonly call: Expression;
  readonly name: string;
  readonly columns: readonly Field[];
  /** `columns` are those of a definition list. */
  readonly defined: boolean;
}

export function bindRangeFunction(scope: Scope, node: RangeFunction): RangeTableEntry {
  const alias = aliasOf(node.alias);
  const written = (node.functions ?? []).flatMap((each) => splitUnnest(listItems(each)));
  const savedLateral = scope.lateralActive;
  const savedSets = scope.hasSetReturning;
  scope.lateralActive = true;
  const calls = written.map(([call]) => {
    scope.hasSetReturning = false;
    const bound = scope.bind(call as Node, "function in FROM");
    assignCollations(scope.names, bound);
    return bound;
  });
  scope.lateralActive = savedLateral;
  scope.hasSetReturning = savedSets;
  checkDefinitionList(scope, node, calls.length);
  const functions = written.map(([call, definitions], at) => {
    const list = listItems(definitions);
    const columns = list.length > 0 ? list : (node.coldeflist ?? []);
    const name = columnNameOf(call as Node);
    return describeCall(scope, calls[at] as Expression, name, columns, alias, written.length);
  });
  return entryOf(functions, node, alias);
}

function entryOf(
  functions: readonly OneFunction[],
  node: RangeFunction,
  alias: Alias | undefined,
): RangeTableEntry {
  const fields = functions.flatMap((each) => each.columns);
  const ordinality = node.ordinality ?? false;
  if (ordinality) {
    fields.push({ name: "ordinality", type: INT8, typmod: -1, collation: INVALID_OID });
  }
  const name = alias?.name ?? functions[0]?.name ?? "";
  return {
    kind: "function",
    name,
    ...(alias ? { alias } : {}),
    ...renamed(columnsFrom(fields), alias, name),
    lateral: (node.lateral ?? false) || functions.some(({ call }) => namesOwnColumn(call)),
    functions: functions.map(({ call, columns, defined }) => ({
      call,
      columnCount: columns.length,
      ...(defined ? { definitions: columns } : {}),
    })),
    ordinality,
  };
}

/** unnest(a, b) is ROWS FROM (unnest(a), unnest(b)). */
function splitUnnest(parts: readonly Node[]): (readonly (Node | undefined)[])[] {
  const [call, definitions] = parts;
  if (!call || !("FuncCall" in call)) return [[call, definitions]];
  const { FuncCall: func } = call;
  const names = strings(func.funcname);
  const isUnnest = names.length === 1 && names[0] === "unnest";
  const args = func.args ?? [];
  if (!isUnnest || args.length < 2 || func.func_variadic) return [[call, definitions]];
  const funcname: Node[] = ["pg_catalog", "unnest"].map((sval) => ({ String: { sval } }));
  return args.map((arg) => [{ FuncCall: { ...func, funcname, args: [arg] } }, undefined]);
}

/** A definition list behind the parentheses, which is for one function. */
function checkDefinitionList(scope: Scope, node: RangeFunction, count: number): void {
  const [first] = node.coldeflist ?? [];
  if (!first) return;
  const fail = (message: string, hint: string) =>
    new SqlError("42601", message, { hint }).at(positionOfDefinition(scope, first));
  if (count > 1 && node.is_rowsfrom) {
    throw fail(
      "ROWS FROM() with multiple functions cannot have a column definition list",
      "Put a separate column definition list for each function inside ROWS FROM().",
    );
  }
  if (count > 1) {
    throw fail(
      "UNNEST() with multiple arguments cannot have a column definition list",
      "Use separate UNNEST() calls inside ROWS FROM(), and attach a column definition list to each one.",
    );
  }
  if (node.ordinality) {
    throw fail(
      "WITH ORDINALITY cannot be used with a column definition list",
      "Put the column definition list inside ROWS FROM().",
    );
  }
}

const positionOfDefinition = (scope: Scope, node: Node): number | undefined =>
  "ColumnDef" in node ? scope.at(node.ColumnDef.location) : undefined;

function describeCall(
  scope: Scope,
  call: Expression,
  name: string,
  definitions: readonly Node[],
  alias: Alias | undefined,
  count: number,
): OneFunction {
  const facts = call.kind === "function" ? scope.names.findFunction(call.function) : undefined;
  const outputs =
    facts && call.kind === "function" ? outputFields(scope, facts, call.args) : undefined;
  const known = outputs ?? fieldsOfType(scope, call.type);
  if (definitions.length > 0) {
    const [first] = definitions;
    const at = first && positionOfDefinition(scope, first);
    rejectDefinitions(outputs !== undefined, call.type === RECORD, known !== undefined, at);
    return { call, name, columns: defineColumns(scope, definitions), defined: true };
  }
  if (known) return { call, name, columns: known, defined: false };
  if (call.type === RECORD) {
    const message = 'a column definition list is required for functions returning "record"';
    throw new SqlError("42601", message).at(positionOf(call));
  }
  const kind = scope.names.type(call.type).kind;
  if (kind === "p" && call.type !== VOID && scope.names.type(call.type).category === "P") {
    const message = `function "${name}" in FROM has unsupported return type ${typeText(scope.names, call.type)}`;
    if (![2275, 2279].includes(call.type))
      throw new SqlError("42804", message).at(positionOf(call));
  }
  const output = facts && singleOutputName(facts.modes, facts.names);
  const columnName = output ?? (count === 1 ? alias?.name : undefined) ?? name;
  const { type, typmod, collation } = call;
  return { call, name, columns: [{ name: columnName, type, typmod, collation }], defined: false };
}

function singleOutputName(
  modes: readonly string[] | null,
  names: readonly string[] | null,
): string | undefined {
  const outputs = (modes ?? []).flatMap((mode, at) => ("obt".includes(mode) ? [at] : []));
  return outputs.length === 1 ? names?.[outputs[0] ?? 0] || undefined : undefined;
}

function rejectDefinitions(
  hasOutputs: boolean,
  isRecord: boolean,
  isRow: boolean,
  position: number | undefined,
): void {
  const message = hasOutputs
    ? "a column definition list is redundant for a function with OUT parameters"
    : isRecord
      ? undefined
      : isRow
        ? "a column definition list is redundant for a function returning a named composite type"
        : 'a column definition list is only allowed for functions returning "record"';
  if (message !== undefined) throw new SqlError("42601", message).at(position);
}

function defineColumns(scope: Scope, nodes: readonly Node[]): Field[] {
  const seen = new Set<string>();
  return nodes.flatMap((node) => {
    if (!("ColumnDef" in node) || !node.ColumnDef.typeName) return [];
    const { colname = "", typeName, collClause, location } = node.ColumnDef;
    if (typeName.setof) {
      const message = `column "${colname}" cannot be declared SETOF`;
      throw new SqlError("42P16", message).at(scope.at(location));
    }
    const { type, typmod } = bindTypeName(scope, typeName);
    const own: Oid = scope.names.type(type).collation;
    const collation = collClause ? bindCollationName(scope, collClause, type) : own;
    if (seen.has(colname)) {
      throw new SqlError("42701", `column name "${colname}" specified more than once`);
    }
    seen.add(colname);
    return [{ name: colname, type, typmod, collation }];
  });
}
