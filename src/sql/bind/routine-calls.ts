/**
 * CALLS THAT RUN BEFORE THEIR QUERY. What a function in SQL of several statements does, one that
 * writes, or one in PL/pgSQL, cannot be read as part of a query: it runs once, by itself, and the
 * query reads its rows.
 * That is what PostgreSQL does where the call stands in FROM or is computed for the one row of a
 * SELECT without FROM, of arguments that come from nothing else in the query. Elsewhere such calls
 * are left to expand-routines.ts, which refuses them.
 */
import type { Node } from "@pgsql/types";
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { kinds } from "../../catalog/acl.ts";
import { languageOf } from "../../catalog/languages.ts";
import { may } from "../../catalog/privileges.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import type { FunctionFacts } from "./facts.ts";
import { type Field, fieldsOfType } from "./field.ts";
import { isInner, mapFields, mapItems, someNode } from "./map-tree.ts";
import { strings } from "./node.ts";
import { plainTarget } from "./plain-select.ts";
import { asRow, nullOf, type RoutineShape, shapeOf, withLost } from "./routine-body.ts";
import {
  isMoreThanQuery,
  isUsersCall,
  type ProcTuple,
  type RoutineCallExpression,
} from "./routine-facts.ts";
import { type Binding, Scope } from "./scope.ts";
import { statementsIn } from "./stored-statements.ts";
import type {
  BoundQuery,
  Expression,
  Query,
  RangeTableEntry,
  SelectQuery,
  SetQuery,
  Target,
} from "./tree.ts";
import { RECORD } from "./type-oids.ts";
import { walk } from "./walk.ts";
import { readingGiven } from "./with-modifying.ts";

/** A call whose rows the query is given as a parameter behind its own. */
export interface RoutineCall {
  readonly row: ProcTuple;
  readonly shape: RoutineShape;
  readonly args: readonly Expression[];
  /** It is in PL/pgSQL. */
  readonly isProcedural: boolean;
  /** All rows; the first one, if there is one; or one in any case, of NULLs if need be. */
  readonly gives: "rows" | "value" | { readonly nulls: number };
}

/** A query, and what runs before it. */
export interface BoundReading extends BoundQuery {
  readonly routines?: readonly RoutineCall[];
}

/**
 * `parameters`: how many the query has without them. Rows are locked at the snapshot of their
 * query, which a routine may leave behind, so in one that locks rows all calls stay.
 */
export function liftRoutineCalls(binding: Binding, query: Query, parameters: number) {
  const lifting = new Lifting(binding, parameters);
  const lifted = lifting.lift(query);
  const stay = lifting.calls.length === 0 || locksRows(query);
  return stay ? { query, routines: [] } : { query: lifted, routines: lifting.calls };
}

class Lifting {
  readonly calls: RoutineCall[] = [];
  readonly #binding: Binding;
  readonly #before: number;
  /** Beside a set, values are computed for each of its rows. */
  #isRepeated = false;

  constructor(binding: Binding, parameters: number) {
    this.#binding = binding;
    this.#before = parameters;
  }

  lift(query: Query): Query {
    if (query.kind === "set") return this.#arms(query);
    if (query.kind !== "select") return query;
    const { from, where, limit, offset, withTies, having, groupBy, distinct, orderBy } = query;
    const isBare = from.length === 0 && !where && !having && groupBy.length === 0;
    const isOneRow = isBare && !limit && !offset;
    const [first, ...more] = query.targets;
    if (isBare && first && more.length === 0 && orderBy.length === 0 && distinct === false) {
      const rows = this.#rowsOf(first);
      if (rows) return { ...rows, ...given({ limit, offset, withTies }) };
    }
    this.#isRepeated = query.targets.some(({ expression }) => returnsSet(expression));
    const rangeTable = mapItems(query.rangeTable, (each) => this.#entry(each as RangeTableEntry));
    const targets = isOneRow
      ? mapItems(query.targets, (each) => this.#target(each as Target))
      : query.targets;
    if (rangeTable === query.rangeTable && targets === query.targets) return query;
    return { ...query, rangeTable, targets } as SelectQuery;
  }

  #arms(query: SetQuery): SetQuery {
    const [left, right] = [this.lift(query.left), this.lift(query.right)];
    return left === query.left && right === query.right ? query : { ...query, left, right };
  }

  /** SELECT f(…) of a function that returns a set: its rows are those of the query. */
  #rowsOf(target: Target): SelectQuery | undefined {
    const { expression } = target;
    if (!isUsersCall(expression) || !expression.returnsSet) return undefined;
    const query = this.#call(expression, undefined);
    const [column] = query?.targets ?? [];
    return query && column && { ...query, targets: [{ ...target, expression: column.expression }] };
  }

  #entry(entry: RangeTableEntry): RangeTableEntry {
    if (entry.kind === "subquery" && !entry.lateral) {
      const query = this.lift(entry.query);
      return query === entry.query ? entry : { ...entry, query };
    }
    if (entry.kind !== "function" || entry.ordinality) return entry;
    const [only, ...more] = entry.functions;
    if (!only || more.length > 0 || !isUsersCall(only.call)) return entry;
    const { functions: _, kind: __, ordinality: ___, ...rest } = entry;
    const query = this.#call(only.call, entry.types, only.definitions);
    return query ? { ...rest, kind: "subquery", query } : entry;
  }

  #target(target: Target): Target {
    const expression = this.#value(target.expression) as Expression;
    return expression === target.expression ? target : { ...target, expression };
  }

  /** An expression, or what is in one; where it may not be computed it stays as it is. */
  #value(node: unknown): unknown {
    if (!isInner(node)) return node;
    if (Array.isArray(node)) return mapItems(node, (each) => this.#value(each));
    const expression = node as Expression;
    if (isUsersCall(expression) && !expression.returnsSet) {
      const { type, typmod, collation } = expression;
      const query = this.#call(expression, undefined);
      if (query) return { kind: "subLink", link: "expression", query, type, typmod, collation };
    }
    if (!computesAll.has(expression.kind)) return node;
    return mapFields(expression as unknown as Record<string, unknown>, (each) => this.#value(each));
  }

  /**
   * What reads its rows: `types`, those of its columns in FROM; else they are values. undefined: it
   * cannot run by itself.
   */
  #call(
    call: RoutineCallExpression,
    types: readonly Oid[] | undefined,
    defined?: readonly Field[],
  ): SelectQuery | undefined {
    const { context, names } = this.#binding;
    const row = context.catalog.find(pgProc, "key", [call.function]);
    const language = row && languageOf(context.catalog, row.prolang);
    const isProcedural = language === "plpgsql";
    if (!row || !call.args.every(isAlone)) return undefined;
    if (isProcedural && !types && this.#isRepeated) return undefined;
    if (!isProcedural && !(language === "sql" && this.#runsAlone(row, call, !types))) {
      return undefined;
    }
    const scope = new Scope(this.#binding, undefined);
    const declared = shapeOf(scope, row, call);
    const shape = defined && isProcedural ? { ...declared, outputs: defined } : declared;
    const fields =
      shape.outputs.length > 1 || shape.outputs === defined
        ? shape.outputs
        : fieldsOfType(scope, shape.result);
    if (!fields && shape.result === RECORD && (!isProcedural || types)) return undefined;
    const all = fields ?? [
      { name: shape.name, ...nullOf(shape.result), collation: names.type(shape.result).collation },
    ];
    const columns = all.filter(({ name }) => name !== "");
    if (types && types.length !== all.length) return undefined;
    const secured = { kind: kinds.function, owner: row.proowner, acl: row.proacl };
    if (!may(context.catalog, context.types.user.oid, secured, "X")) {
      throw new SqlError("42501", `permission denied for function ${row.proname}`);
    }
    const { returnsSet } = call;
    const args = mapItems(call.args, (arg) => this.#value(arg)) as readonly Expression[];
    const ofOne = types ? { nulls: columns.length } : ("value" as const);
    const gives = returnsSet ? "rows" : ofOne;
    this.calls.push({ row, shape, args, isProcedural, gives });
    const given = {
      parameter: this.#before + this.calls.length,
      types: columns.map(({ type }) => type),
    };
    const shown = columns.map(({ name, type, collation }) =>
      plainTarget({ ...nullOf(type), collation }, name),
    );
    const query = readingGiven(shown, given);
    if (types) return withLost(query, all);
    return fields ? (asRow(query, shape) as SelectQuery) : query;
  }

  #runsAlone(row: ProcTuple, call: RoutineCallExpression, isValue: boolean): boolean {
    return (isValue && call.returnsSet) || cannotBeRead(this.#binding, row, []);
  }
}

const locksRows = (query: Query): boolean =>
  someNode(query, (node) => {
    const { kind, locking } = node as Partial<SelectQuery>;
    return kind === "select" && locking !== undefined && locking.length > 0;
  });

const given = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/** Whether a function in SQL has to run by itself, or one that its query calls. */
function cannotBeRead(binding: Binding, row: ProcTuple, path: readonly Oid[]): boolean {
  if (isMoreThanQuery(binding, row)) return true;
  const statements =
    row.prosqlbody === null ? binding.context.parseBody(row.prosrc) : statementsIn(row.prosqlbody);
  const inside = [...path, row.oid];
  const { catalog } = binding.context;
  return [...calledIn(binding, statements)].some((id) => {
    const called = inside.includes(id) ? undefined : catalog.find(pgProc, "key", [id]);
    const isSql = called && languageOf(catalog, called.prolang) === "sql";
    return isSql && cannotBeRead(binding, called, inside);
  });
}

/** Users' functions that statements may call: in a text they are known by their names alone. */
function calledIn(binding: Binding, statements: unknown): ReadonlySet<Oid> {
  const found = new Set<Oid>();
  const open: unknown[] = [statements];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!isInner(node)) continue;
    if (isUsersCall(node as Expression)) found.add((node as RoutineCallExpression).function);
    const { funcname } = node as { readonly funcname?: readonly Node[] };
    for (const { oid } of funcname ? functionsCalled(binding, funcname) : []) {
      if (oid >= FIRST_USER_OID) found.add(oid);
    }
    open.push(...Object.values(node));
  }
  return found;
}

function functionsCalled({ names }: Binding, path: readonly Node[]): readonly FunctionFacts[] {
  const [schema, name] = path.length > 1 ? strings(path).slice(-2) : [undefined, ...strings(path)];
  const namespace = schema === undefined ? undefined : names.findNamespace(schema);
  if (schema !== undefined && namespace === undefined) return [];
  return names.functionsNamed(namespace, name ?? "");
}

/** Expressions all of whose parts are computed whenever they are. */
const computesAll: ReadonlySet<Expression["kind"]> = new Set<Expression["kind"]>([
  ...(["function", "operator", "distinctFrom", "nullTest", "booleanTest", "relabel"] as const),
  ...(["coerceViaIo", "arrayCoerce", "collate", "field", "row", "array"] as const),
]);

function returnsSet(expression: Expression): boolean {
  let found = false;
  walk(expression, (node) => {
    found ||= "returnsSet" in node && node.returnsSet;
  });
  return found;
}

/** It reads nothing of the query around it. */
function isAlone(arg: Expression): boolean {
  let found = true;
  walk(arg, (node) => {
    found &&= !["column", "subLink", "aggregate", "window"].includes(node.kind);
    found &&= !("returnsSet" in node && node.returnsSet);
  });
  return found;
}
