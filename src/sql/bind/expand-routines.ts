/**
 * CALLS OF FUNCTIONS IN SQL ARE READ AS THEIR BODIES: an expression, a scalar sub-select, or in
 * FROM a sub-select. What is more than one query, has rights or settings of its own, or calls
 * itself is left as it is, and runs for each row as functions in PL/pgSQL do. What has no body
 * gives way to what computes it; where nothing does: 0A000.
 * https://wiki.postgresql.org/wiki/Inlining_of_SQL_functions
 */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { bodyInLibrary } from "../../catalog/extensions/extensions.ts";
import { languageOf } from "../../catalog/languages.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { findImplementer, isUsersFunction } from "../functions/implementers.ts";
import { baseType } from "./base-type.ts";
import { boolean, isSimple, nullTests, parameterAt, unlessNull, usesOf } from "./call-arguments.ts";
import type { Field } from "./field.ts";
import { int4Constant } from "./literal.ts";
import { lockstep, numberedEntry } from "./lockstep.ts";
import { isInner, mapFields, mapItems, someNode } from "./map-tree.ts";
import { plainSelect, plainTarget } from "./plain-select.ts";
import { arrayOf } from "./polymorphic.ts";
import { columnsFrom } from "./range-table.ts";
import { replaceParameters } from "./replace-columns.ts";
import {
  around,
  asRow,
  type BindBody,
  columnsOf,
  fittedQuery,
  nullOf,
  type RoutineShape,
  shapeOf,
  withLost,
} from "./routine-body.ts";
import {
  checkMayCall,
  during,
  isMoreThanQuery,
  isUsersCall,
  type ProcTuple,
  type RoutineCallExpression,
  readsAny,
} from "./routine-facts.ts";
import { type Binding, Scope } from "./scope.ts";
import { statementsIn } from "./stored-statements.ts";
import type {
  Expression,
  OperatorCall,
  Query,
  RangeTableEntry,
  SelectQuery,
  SubLink,
  Typed,
} from "./tree.ts";
import { INT4, INT8, RECORD, RECORD_ARRAY, VOID } from "./type-oids.ts";
import { typeText } from "./type-text.ts";
import { isVolatileQuery } from "./with-modifying.ts";

type Call = RoutineCallExpression;
type FunctionEntry = RangeTableEntry & { readonly kind: "function" };

/**
 * The tree with every call of a user's function replaced; parts without one are shared. `written`:
 * tables that the statement writes to. What reads them and is volatile runs, and sees what has been
 * written when it does.
 */
export const expandRoutines = <T extends object>(
  binding: () => Binding,
  tree: T,
  bindBody: BindBody,
  written: readonly Oid[] = [],
): T =>
  callsRoutine(tree)
    ? (expand({ binding: binding(), bindBody, written, path: [] }, tree) as T)
    : tree;

interface Inside {
  readonly binding: Binding;
  readonly bindBody: BindBody;
  readonly written: readonly Oid[];
  /** Functions whose calls are around. */
  readonly path: readonly Oid[];
}

/** Whether there is anything to replace, which is rare. */
const callsRoutine = (tree: object): boolean =>
  someNode(tree, (node) => isUsersCall(node) || isUsersOperator(node) || comparesByUsers(node));

const comparesByUsers = (node: object): boolean =>
  "functions" in node &&
  Array.isArray(node.functions) &&
  node.functions.some((each) => isUsersFunction(Number(each)));

/**
 * The node with what computes functions that have no body in their place. Throws 42501 for one that
 * may not be called.
 */
function computed(inside: Inside, node: Record<string, unknown>): Record<string, unknown> {
  const { function: called, functions } = node;
  if (typeof called === "number" && isUsersFunction(called)) {
    const found = computing(inside, called as Oid);
    return found === called ? node : { ...node, function: found };
  }
  if (!Array.isArray(functions) || !functions.some((each) => isUsersFunction(each))) return node;
  return { ...node, functions: functions.map((each) => computing(inside, each)) };
}

function computing({ binding }: Inside, called: Oid): Oid {
  const { catalog } = binding.context;
  const row = isUsersFunction(called) ? catalog.find(pgProc, "key", [called]) : undefined;
  const found = row && findImplementer(catalog, row);
  if (!row || found === undefined) return called;
  checkMayCall(binding, row);
  return found;
}

/**
 * A call whose function has a text to read: what something computes has none, and what is in
 * PL/pgSQL just runs. Throws 42501 for one
 * that may not be called.
 */
function isRead(inside: Inside, node: { readonly kind?: unknown } | undefined): node is Call {
  if (!isUsersCall(node)) return false;
  const { context } = inside.binding;
  const row = context.catalog.find(pgProc, "key", [node.function]);
  if (row && findImplementer(context.catalog, row) !== undefined) return false;
  if (!row || !(node.runs || justRuns(inside, row))) return true;
  checkMayCall(inside.binding, row);
  return false;
}

function justRuns({ binding, path }: Inside, row: ProcTuple): boolean {
  const language = languageOf(binding.context.catalog, row.prolang);
  if (language !== "sql") return language === "plpgsql";
  return path.includes(row.oid) || isMoreThanQuery(binding, row);
}

const isUsersOperator = (node: { readonly kind?: unknown }): node is OperatorCall & Typed =>
  "operator" in node && "function" in node && isUsersFunction(Number(node.function));

/** The call that an operator stands for. */
function callOf(operator: OperatorCall & Typed): Call {
  const { args, returnsSet, function: called, type, typmod, collation, position } = operator;
  return {
    ...{ kind: "function", function: called, args, returnsSet, variadic: false, form: "call" },
    ...{ type, typmod, collation, position },
  };
}

function expand(inside: Inside, node: unknown): unknown {
  if (!isInner(node)) return node;
  if (Array.isArray(node)) return mapItems(node, (each) => expand(inside, each));
  const fields = node as Record<string, unknown>;
  if (fields["kind"] === "function" && "functions" in fields) {
    const entry = fields as unknown as FunctionEntry;
    if (entry.functions.some(({ call }) => isRead(inside, call))) return inFrom(inside, entry);
  }
  const made = computed(
    inside,
    mapFields(fields, (field) => expand(inside, field)),
  );
  if (isRead(inside, made)) return asBody(inside, made);
  if (!isUsersOperator(made)) return made;
  if (made.kind !== "operator") {
    // What is compared with every element, or field by field, is called for each.
    const row = inside.binding.context.catalog.find(pgProc, "key", [made.function]);
    if (row) checkMayCall(inside.binding, row);
    return made;
  }
  const call = callOf(made);
  return isRead(inside, call) ? asBody(inside, call) : call;
}

const asBody = (inside: Inside, call: Call): Expression =>
  call.returnsSet ? asSet(inside, call) : inExpression(inside, call, "value");

interface Rows {
  readonly defined: readonly Field[] | undefined;
}

/** What can be read of a function: its last query over its parameters, fitted to its result. */
interface Readable {
  readonly query: Query;
  readonly strict: boolean;
  readonly shape: RoutineShape;
}

/**
 * `how`: as a value, or as the rows of FROM, with the columns of a definition list that a record
 * which is returned has. undefined: as a value it has to run.
 */
function readable(inside: Inside, call: Call, how: "value" | Rows): Readable | undefined {
  const { binding, bindBody, path } = inside;
  const { context } = binding;
  const row = context.catalog.find(pgProc, "key", [call.function]);
  if (!row) throw new SqlError("XX000", `cache lookup failed for function ${call.function}`);
  const scope = new Scope(binding, undefined);
  const types = call.args.map(({ type }) => type);
  const shown = `${row.proname}(${types.map((type) => typeText(scope.names, type)).join(", ")})`;
  const refuse = (why: string): Error =>
    notSupported(`calling function ${shown}, ${why},`).at(call.position);
  checkMayCall(binding, row);
  const language = languageOf(context.catalog, row.prolang);
  const body = language === "sql" ? row.prosrc : bodyInLibrary(row.probin, row.prosrc);
  if (body === undefined) throw refuse(`which is in language ${language}`);
  const declared = shapeOf(scope, row, call);
  const defined = how === "value" ? undefined : how.defined;
  const shape = defined ? { ...declared, outputs: defined, isDefined: true as const } : declared;
  const statements =
    row.prosqlbody === null
      ? during(row.proname, "inlining", () => context.parseBody(body))
      : statementsIn(row.prosqlbody);
  const { query } = during(row.proname, "inlining", () =>
    bindBody(statements, shape, { ...context, positionOf: () => undefined }),
  );
  if (!query) {
    if (row.prorettype !== VOID) throw refuse("whose body is empty");
    return { query: plainSelect([plainTarget(nullOf(VOID))]), strict: false, shape };
  }
  const mustRun = how === "value" && row.provolatile === "v" && !call.returnsSet;
  if (mustRun && readsAny(context.catalog, inside.written, query)) return undefined;
  const runs = call.returnsSet
    ? row.proisstrict || row.provolatile === "v"
    : row.prorettype === RECORD;
  const fitted = during(row.proname, runs ? "startup" : "inlining", () =>
    fittedQuery(query, shape, scope, how === "value"),
  );
  return {
    query: expand({ ...inside, path: [...path, row.oid] }, fitted) as Query,
    strict: row.proisstrict,
    shape,
  };
}

function rowsRead(inside: Inside, call: Call, defined: Rows["defined"]): Readable {
  const read = readable(inside, call, { defined });
  assert(read, "rows are read");
  return read;
}

const UNNEST = 2331 as Oid;

/** In the list of a SELECT a set is the elements of an array of its rows; a set of arrays runs. */
function asSet(inside: Inside, call: Call): Expression {
  const { type, typmod, collation, position } = call;
  const { names } = inside.binding;
  if (type === VOID || names.type(baseType(names, type)).isArray) return call;
  const rows = { ...call, type: type === RECORD ? RECORD_ARRAY : arrayOf(names, type) };
  const { query, strict, shape } = rowsRead(inside, call, undefined);
  const array = {
    ...subLink(inside, rows, asValues(inside, query, shape)),
    link: "array",
  } as const;
  const args = [ofArguments(inside, rows, array, strict)];
  return {
    ...{ kind: "function", function: UNNEST, args, returnsSet: true, variadic: false },
    ...{ form: "call", type, typmod, collation, position },
  };
}

function inExpression(inside: Inside, call: Call, how: "value" | Rows): Expression {
  const read = readable(inside, call, how);
  if (!read) return { ...call, runs: true };
  const { query, strict, shape } = read;
  const values = shape.isDefined ? asRow(query, shape) : asValues(inside, query, shape);
  return ofArguments(inside, call, firstValue(inside, call, values), strict);
}

/** Rows of several columns, and those of a composite type, as one column. */
function asValues(inside: Inside, query: Query, shape: RoutineShape): Query {
  const [first, ...more] = columnsOf(query);
  const isMade =
    shape.result === RECORD
      ? more.length > 0 || (first && !isRecord(inside, first.expression.type))
      : isRow(inside, shape.result);
  return isMade ? asRow(query, shape) : query;
}

const isRecord = (inside: Inside, type: Oid): boolean => type === RECORD || isRow(inside, type);

/** `value` reads the parameters of the function that is called. */
function ofArguments(inside: Inside, call: Call, value: Expression, strict: boolean): Expression {
  const body = strict ? unlessNull(call, value) : value;
  const { args } = call;
  if (args.every((arg, at) => isSimple(arg) || usesOf(body, at + 1) <= 1)) {
    return replaceParameters(body, args);
  }
  // Each argument is computed once: the body reads it as a column.
  const computed = args.map((arg, at) => plainTarget(parameterAt(at, arg), `$${at + 1}`));
  const source = around(plainSelect(computed));
  const columns = source.targets.map(({ expression }) => expression);
  const targets = [plainTarget(replaceParameters(body, columns))];
  const query = replaceParameters({ query: { ...source, targets } }, args).query;
  return subLink(inside, call, query);
}

/** The value of the first row: an expression where there is nothing but one. */
function firstValue(inside: Inside, call: Call, query: Query): Expression {
  if (query.kind === "select" && isExpression(query)) {
    return query.targets[0]?.expression as Expression;
  }
  const first = query.limit || query.offset || query.kind !== "select" ? around(query) : query;
  return subLink(inside, call, { ...first, limit: int4Constant(1) });
}

/** Of a composite type: the columns of the body's query are its fields. */
function isRow({ binding }: Inside, type: Oid): boolean {
  const { names } = binding;
  return names.type(baseType(names, type)).relation !== 0;
}

export const isExpression = (query: SelectQuery): boolean =>
  query.from.length === 0 &&
  query.targets.length === 1 &&
  query.commonTables.length === 0 &&
  !query.where &&
  !query.having &&
  !query.limit &&
  !query.offset &&
  !query.hasAggregates &&
  query.groupBy.length === 0 &&
  query.windows.length === 0;

function subLink({ binding }: Inside, call: Call, query: Query): SubLink & Typed {
  const { type, typmod, collation } = call;
  const link = { kind: "subLink", link: "expression", query, type, typmod, collation } as const;
  return isVolatileQuery(binding.names, query) ? { ...link, eachTime: true } : link;
}

/** FROM f(…), ROWS FROM (f(…), g(…)) WITH ORDINALITY: the rows of their queries. */
function inFrom(inside: Inside, entry: FunctionEntry): RangeTableEntry {
  const { functions, kind: _, ordinality, ...rest } = entry;
  // Arguments stand outside of the query that is made: within it they are parameters.
  const args: Expression[] = [];
  let place = 0;
  const parts = functions.map(({ call, columnCount, definitions }): Query | RangeTableEntry => {
    const columns = columnsAt(entry, place, columnCount);
    place += columnCount;
    const given = call.kind === "function" || call.kind === "operator" ? call.args : [call];
    const values = given.map((arg) => expand(inside, arg) as Expression);
    const shifted = values.map((arg, at) => parameterAt(args.length + at, arg));
    args.push(...values);
    if (!isRead(inside, call)) {
      const made = given[0] === call ? (shifted[0] as Expression) : { ...call, args: shifted };
      return withOrdinality(made as Expression, columns, definitions);
    }
    const own = values.map((arg, at) => parameterAt(at, arg));
    const query = inRows(inside, { ...call, args: own }, columns, definitions);
    return replaceParameters({ query }, shifted).query;
  });
  const [only, ...more] = parts;
  const query =
    only && "targets" in only && more.length === 0 && !ordinality
      ? only
      : lockstep(
          parts.map((part) => ("targets" in part ? numberedEntry(part) : part)),
          ordinality,
        );
  return { ...rest, kind: "subquery", ...replaceParameters({ query }, args) };
}

const columnsAt = (entry: FunctionEntry, from: number, count: number): readonly Field[] =>
  entry.names.slice(from, from + count).map((name, at) => ({
    name,
    type: entry.types[from + at] as Oid,
    typmod: entry.typmods[from + at] as number,
    collation: entry.collations[from + at] as Oid,
  }));

/** A function that just runs, with the numbers of its rows. */
function withOrdinality(
  call: Expression,
  columns: readonly Field[],
  definitions: readonly Field[] | undefined,
): RangeTableEntry {
  const fields = [...columns, { name: "ordinality", type: INT8, typmod: -1, collation: 0 as Oid }];
  const one = { call, columnCount: columns.length, ...(definitions ? { definitions } : {}) };
  return {
    ...{ kind: "function", name: "", lateral: false, functions: [one], ordinality: true },
    ...columnsFrom(fields),
  };
}

/** A set's rows; of a function that returns one row its first, or NULLs. */
function inRows(
  inside: Inside,
  call: Call,
  columns: readonly Field[],
  defined: readonly Field[] | undefined,
): Query {
  if (!call.returnsSet) return oneRow(inside, call, columns, defined);
  const query = rowsOf(inside, call, defined);
  if (columns.every(({ name }) => name !== "")) return query;
  return withLost(around(query), columns);
}

function rowsOf(inside: Inside, call: Call, defined: readonly Field[] | undefined): Query {
  const { query, strict } = rowsRead(inside, call, defined);
  if (!strict || call.args.length === 0) return query;
  const where: Expression = {
    kind: "boolean",
    operator: "and",
    args: nullTests(call, false),
    ...boolean,
  };
  return { ...around(query), where };
}

function oneRow(
  inside: Inside,
  call: Call,
  columns: readonly Field[],
  defined: readonly Field[] | undefined,
): Query {
  const value = around(plainSelect([plainTarget(inExpression(inside, call, { defined }))]));
  const [row] = value.targets;
  if (!row || (columns.length === 1 && !defined && !isRow(inside, call.type))) return value;
  const targets = columns.map(({ name, type, typmod, collation }, at) => {
    if (name === "") return plainTarget(nullOf(INT4));
    const { expression: arg } = row;
    const field = { kind: "field", arg, field: at + 1, name, type, typmod, collation } as const;
    return plainTarget(field, name);
  });
  return { ...value, targets };
}
