/**
 * THE REGISTRY: implementations matched by signature with the rows of pg_proc, once at start. A
 * signature that no row has is a mistake of ours and stops the start.
 */
import { AssertionError, assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { aggregateFunctions } from "./aggregates.ts";
import { arithmeticFunctions } from "./arithmetic.ts";
import { arrayFunctions, arraySetFunctions } from "./arrays.ts";
import { bitStringFunctions } from "./bit-strings.ts";
import { bytesFunctions } from "./bytes.ts";
import { castFunctions } from "./casts.ts";
import { catalogFunctions, catalogSetFunctions } from "./catalog.ts";
import { clockFunctions } from "./clocks.ts";
import { comparisonFunctions } from "./comparisons.ts";
import { datetimeFunctions } from "./datetime-arithmetic.ts";
import { datetimeFieldFunctions } from "./datetime-fields.ts";
import { truncationFunctions } from "./datetime-truncation.ts";
import { formattingFunctions } from "./formatting.ts";
import { indexPropertyFunctions } from "./index-properties.ts";
import { jsonFunctions } from "./json-functions.ts";
import { jsonSetFunctions } from "./json-sets.ts";
import { nameFunctions } from "./names-of-objects.ts";
import { networkFunctions } from "./network.ts";
import { likeFunctions } from "./patterns.ts";
import type { Printers } from "./printers.ts";
import { regexFunctions, regexSetFunctions } from "./regex-functions.ts";
import type {
  AggregateDefinition,
  AggregateSteps,
  CallTypes,
  FunctionDefinition,
  RegisteredFunction,
  Registry,
  ScalarCall,
  SetCall,
  SetFunctionDefinition,
} from "./registry.ts";
import { seriesFunctions } from "./series.ts";
import { stringFunctions } from "./strings.ts";
import { textSearchSetFunctions } from "./text-search.ts";
import { toCharFunctions } from "./to-char.ts";
import { rangeFunctions } from "./window-ranges.ts";

/** The columns of pg_proc that matter here. */
export interface ProcedureRow {
  readonly oid: Oid;
  readonly proname: string;
  readonly proargtypes: readonly Oid[];
  readonly proisstrict: boolean;
  readonly provolatile: string;
}

export interface TypeName {
  readonly oid: Oid;
  readonly typname: string;
}

/** What the whole server can compute. */
export interface Implementations {
  readonly scalars: readonly FunctionDefinition[];
  readonly sets: readonly SetFunctionDefinition[];
  readonly aggregates: readonly AggregateDefinition[];
}

export const implementations = (printers: Printers): Implementations => ({
  scalars: [
    ...comparisonFunctions,
    ...arithmeticFunctions,
    ...castFunctions,
    ...stringFunctions,
    ...likeFunctions,
    ...regexFunctions,
    ...formattingFunctions,
    ...bytesFunctions,
    ...arrayFunctions,
    ...networkFunctions,
    ...bitStringFunctions,
    ...indexPropertyFunctions,
    ...jsonFunctions,
    ...datetimeFunctions,
    ...clockFunctions,
    ...datetimeFieldFunctions,
    ...truncationFunctions,
    ...toCharFunctions,
    ...rangeFunctions,
    ...nameFunctions,
    ...catalogFunctions(printers),
  ],
  sets: [
    ...textSearchSetFunctions,
    ...arraySetFunctions,
    ...jsonSetFunctions,
    ...regexSetFunctions,
    ...seriesFunctions,
    ...catalogSetFunctions,
  ],
  aggregates: aggregateFunctions,
});

const scalarCall = (definition: FunctionDefinition): ((types: CallTypes) => ScalarCall) =>
  "call" in definition ? () => definition.call : definition.specialize;
const setCall = (definition: SetFunctionDefinition): ((types: CallTypes) => SetCall) =>
  "rows" in definition ? () => definition.rows : definition.specialize;
const aggregateSteps = (definition: AggregateDefinition): ((types: CallTypes) => AggregateSteps) =>
  "step" in definition ? () => definition : definition.specialize;

/**
 * Throws an AssertionError that lists the signatures which no procedure has, or which two
 * implement.
 */
export function buildRegistry(
  procedures: Iterable<ProcedureRow>,
  types: Iterable<TypeName>,
  known: Implementations,
): Registry {
  const typeNames = new Map<number, string>();
  for (const type of types) typeNames.set(type.oid, type.typname);
  const rows = new Map<string, ProcedureRow>();
  for (const row of procedures) {
    const args = row.proargtypes.map((type) => typeNames.get(type) ?? "?");
    rows.set(`${row.proname}(${args.join(", ")})`, row);
  }
  const faults: string[] = [];
  const match = <D extends { readonly signature: string }, Call>(
    definitions: readonly D[],
    callFor: (definition: D) => (types: CallTypes) => Call,
  ): Map<number, RegisteredFunction<Call>> => {
    const matched = new Map<number, RegisteredFunction<Call>>();
    for (const definition of definitions) {
      const row = rows.get(definition.signature);
      if (!row) faults.push(`no procedure ${definition.signature}`);
      else if (matched.has(row.oid)) faults.push(`${definition.signature} is implemented twice`);
      else matched.set(row.oid, registered(row, definition, callFor(definition)));
    }
    return matched;
  };
  const scalars = match(known.scalars, scalarCall);
  const sets = match(known.sets, setCall);
  const aggregates = match(known.aggregates, aggregateSteps);
  if (faults.length > 0) throw new AssertionError(faults.join("; "));
  assert(scalars.size > 0, "there are functions");
  return {
    scalar: (oid) => scalars.get(oid),
    set: (oid) => sets.get(oid),
    aggregate: (oid) => aggregates.get(oid),
  };
}

function registered<D extends { readonly signature: string }, Call>(
  row: ProcedureRow,
  definition: D,
  callFor: (types: CallTypes) => Call,
): RegisteredFunction<Call> {
  const native = (definition as Partial<FunctionDefinition>).native;
  return {
    oid: row.oid,
    signature: definition.signature,
    strict: row.proisstrict,
    volatility: row.provolatile,
    polymorphic: "specialize" in definition,
    ...(native === undefined ? {} : { native }),
    callFor,
  };
}
