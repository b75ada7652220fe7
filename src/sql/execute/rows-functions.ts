/** TABLE-VALUED FUNCTIONS: PostgreSQL's functions in FROM, side by side. */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import type { CallTypes, FunctionContext, Registry, SetCall } from "../functions/registry.ts";
import { XML_TABLE, xmlTableRows } from "../functions/xml-table.ts";
import type { RowsCall } from "../translate/translation.ts";
import type { Scalar } from "../types/scalar.ts";
import { returnedFields } from "./returned-record.ts";

export interface RowsFunction extends RowsCall {
  readonly rows: SetCall;
  readonly strict: boolean;
}

export function rowsFunction(registry: Registry, call: RowsCall): RowsFunction {
  const plain = plainRows(registry, call);
  const rows = call.opened ? opened(plain.rows, call) : plain.rows;
  return { ...call, rows, strict: plain.strict };
}

function plainRows(
  registry: Registry,
  call: RowsCall,
): { readonly rows: SetCall; readonly strict: boolean } {
  if (call.function === 0) return { rows: (_context, ...args) => [args], strict: false };
  if (call.function === XML_TABLE) return { rows: xmlTableRows(call.types), strict: false };
  if (call.isRoutine) {
    const rows: SetCall = (context, ...args) =>
      routineRows(context, call.function, call.types, args);
    return { rows, strict: false };
  }
  const found = registry.set(call.function);
  assert(found, `set-returning function ${call.function} is not registered`);
  const rows = found.callFor(call.types);
  // What is one row is one of NULLs for a NULL; what is a set is empty.
  if (!found.strict || found.returnsSet) return { rows, strict: found.strict };
  const oneRow: SetCall = (context, ...args) =>
    args.includes(null) ? [[]] : rows(context, ...args);
  return { rows: oneRow, strict: false };
}

/** Of a function in PL/pgSQL; it is called on the session's thread alone. */
export function routineRows(
  { effects }: FunctionContext,
  called: Oid,
  types: CallTypes,
  args: readonly Scalar[],
): readonly (readonly Scalar[])[] {
  assert(effects, "a function in PL/pgSQL was called on another thread");
  return effects.callRoutine(called, types, args);
}

/** Rows that come as one value each, field by field. */
function opened(rows: SetCall, call: RowsCall): SetCall {
  return function* (context, ...args) {
    for (const [value = null] of rows(context, ...args)) {
      yield value === null ? [] : withLost(fieldsOf(context, String(value), call), call);
    }
  };
}

function withLost(values: readonly Scalar[], { lost, columns }: RowsCall): readonly Scalar[] {
  if (lost.length === 0) return values;
  const there = values.values();
  return Array.from({ length: columns }, (_, at) =>
    lost.includes(at) ? null : (there.next().value ?? null),
  );
}

function fieldsOf(context: FunctionContext, value: string, call: RowsCall): readonly Scalar[] {
  return returnedFields(
    context,
    value,
    call.types.columns?.map(({ type }) => type),
  );
}

/**
 * Rows of all functions side by side; where one has ended, NULLs. The last column counts from 1.
 */
export function* lockStep(
  context: FunctionContext,
  functions: readonly RowsFunction[],
  width: number,
  args: readonly Scalar[],
  tick: () => unknown,
): Generator<Scalar[]> {
  let first = 0;
  const iterators = functions.map((one) => {
    const own = one.args.map((storage, at) => fromArgument(args[first + at] ?? null, storage));
    first += one.args.length;
    const none = one.strict && own.includes(null);
    return (none ? [] : one.rows(context, ...own))[Symbol.iterator]();
  });
  for (let count = 1n; ; count++) {
    const row: Scalar[] = new Array(width + 1).fill(null);
    let column = 0;
    let any = false;
    for (const [at, one] of functions.entries()) {
      const next = iterators[at]?.next();
      if (next && !next.done) {
        any = true;
        for (let field = 0; field < one.columns; field++) {
          row[column + field] = next.value[field] ?? null;
        }
      }
      column += one.columns;
    }
    if (!any) return;
    row[width] = count;
    tick();
    yield row;
  }
}

/** The inverse of the translator's way to pass NULL: see translate/set-calls.ts. */
function fromArgument(value: Scalar, storage: "integer" | "text" | "blob"): Scalar {
  const isNull = storage === "integer" ? typeof value === "string" : typeof value === "bigint";
  return isNull ? null : value;
}
