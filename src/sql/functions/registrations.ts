/**
 * THE REGISTRY: implementations matched by signature with the rows of pg_proc, once at start. A
 * signature that no row has is a mistake of ours and stops the start.
 */
import { AssertionError, assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { encodeRecord } from "../types/records.ts";
import type { Scalar } from "../types/scalar.ts";
import { advisoryLockFunctions } from "./advisory-locks.ts";
import { aggregateFunctions } from "./aggregates.ts";
import { arithmeticFunctions } from "./arithmetic.ts";
import { arraySetFunctions } from "./array-sets.ts";
import { arrayFunctions } from "./arrays.ts";
import { bitStringFunctions } from "./bit-strings.ts";
import { bytesFunctions } from "./bytes.ts";
import { bytesEditingFunctions } from "./bytes-editing.ts";
import { castFunctions } from "./casts.ts";
import { catalogFunctions, catalogSetFunctions } from "./catalog.ts";
import { catalogKeyFunctions } from "./catalog-keys.ts";
import { chanceFunctions } from "./chance.ts";
import { clockFunctions } from "./clocks.ts";
import { comparisonFunctions } from "./comparisons.ts";
import { datetimeFunctions } from "./datetime-arithmetic.ts";
import { datetimeFieldFunctions } from "./datetime-fields.ts";
import { truncationFunctions } from "./datetime-truncation.ts";
import { enumFunctions } from "./enums.ts";
import { eventTriggerSetFunctions } from "./event-triggers.ts";
import { foreignOptionFunctions } from "./foreign-options.ts";
import { formattingFunctions } from "./formatting.ts";
import { fromCharFunctions } from "./from-char.ts";
import { geometricFunctions } from "./geometric.ts";
import { hashPartitionFunctions } from "./hash-partitions.ts";
import { hashFunctions } from "./hashes.ts";
import { identifyFunctions } from "./identify-object.ts";
import { indexMaintenanceFunctions } from "./index-maintenance.ts";
import { indexPropertyFunctions } from "./index-properties.ts";
import { jsonFunctions } from "./json-functions.ts";
import { jsonPathFunctions } from "./json-paths.ts";
import { jsonRecordFunctions, jsonRecordSetFunctions } from "./json-records.ts";
import { jsonSetFunctions } from "./json-sets.ts";
import { jsonpathFunctions, jsonpathSetFunctions } from "./jsonpath-functions.ts";
import { largeObjectFunctions } from "./large-objects.ts";
import { libraryFunctions } from "./library.ts";
import { logFileFunctions } from "./log-files.ts";
import { logPositionFunctions } from "./log-positions.ts";
import { moneyFunctions } from "./money.ts";
import { nameFunctions } from "./names-of-objects.ts";
import { networkFunctions } from "./network.ts";
import { numberFunctions } from "./number-functions.ts";
import { objectAddressFunctions } from "./object-address.ts";
import { orderingFunctions } from "./ordering.ts";
import { likeFunctions } from "./patterns.ts";
import { periodFunctions } from "./periods.ts";
import type { Printers } from "./printers.ts";
import { publicationFunctions } from "./publications.ts";
import { rangeSetFunctions } from "./range-aggregates.ts";
import { rangeSupportFunctions } from "./range-support.ts";
import { rangeFunctions } from "./ranges.ts";
import { refusedFunctions } from "./refused-calls.ts";
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
import { serverControlFunctions, serverControlSetFunctions } from "./server-control.ts";
import { serverStatisticsFunctions, serverStatisticsSetFunctions } from "./server-statistics.ts";
import { settingFlagFunctions } from "./setting-flags.ts";
import { statisticsSetFunctions } from "./statistics-objects.ts";
import { stringFunctions } from "./strings.ts";
import { textFormFunctions } from "./text-forms.ts";
import { dictionaryFunctions, textSearchSetFunctions } from "./text-search.ts";
import { textSearchHeadlineFunctions } from "./text-search-headline.ts";
import { textSearchJsonFunctions } from "./text-search-json.ts";
import { textSearchRankFunctions } from "./text-search-rank.ts";
import { textSearchRewriteFunctions } from "./text-search-rewrite.ts";
import { textSearchTextFunctions } from "./text-search-texts.ts";
import { textSearchFunctions, textSearchValueSets } from "./text-search-values.ts";
import { toCharFunctions } from "./to-char.ts";
import { toCharNumberFunctions } from "./to-char-number.ts";
import { toNumberFunctions } from "./to-number.ts";
import { transactionIdFunctions, transactionIdSetFunctions } from "./transaction-ids.ts";
import { transitionFunctions } from "./transitions.ts";
import { trigonometricFunctions } from "./trigonometry.ts";
import { madeTypeFunctions, type TypedRow, type TypeRow, typeFunctions } from "./type-functions.ts";
import { vacuumStatisticsFunctions } from "./vacuum-statistics.ts";
import { valueImageFunctions } from "./value-images.ts";
import { rangeFunctions as windowRangeFunctions } from "./window-ranges.ts";
import { xmlFunctions } from "./xml-functions.ts";
import { xmlQueryFunctions } from "./xml-queries.ts";
import { xmlTableFunctions } from "./xml-tables.ts";
import { zoneTableFunctions } from "./zone-tables.ts";

/** The columns of pg_proc that matter here. */
export interface ProcedureRow extends TypedRow {
  readonly proname: string;
  readonly proisstrict: boolean;
  readonly provolatile: string;
  readonly proretset: boolean;
  readonly proallargtypes: readonly Oid[] | null;
  readonly proargmodes: readonly string[] | null;
  readonly proargnames: readonly string[] | null;
}

/** What the whole server can compute. */
export interface Implementations {
  readonly scalars: readonly FunctionDefinition[];
  readonly sets: readonly SetFunctionDefinition[];
  readonly aggregates: readonly AggregateDefinition[];
}

const setFunctions: readonly SetFunctionDefinition[] = [
  ...textSearchSetFunctions,
  ...textSearchValueSets,
  ...rangeSetFunctions,
  ...arraySetFunctions,
  ...jsonSetFunctions,
  ...jsonpathSetFunctions,
  ...jsonRecordSetFunctions,
  ...regexSetFunctions,
  ...seriesFunctions,
  ...catalogSetFunctions,
  ...catalogKeyFunctions,
  ...transactionIdSetFunctions,
  ...publicationFunctions,
  ...eventTriggerSetFunctions,
  ...identifyFunctions,
  ...objectAddressFunctions,
  ...serverControlSetFunctions,
  ...serverStatisticsSetFunctions,
  ...zoneTableFunctions,
  ...logFileFunctions,
  ...statisticsSetFunctions,
];

const searchFunctions: readonly FunctionDefinition[] = [
  ...textSearchFunctions,
  ...dictionaryFunctions,
  ...textSearchRankFunctions,
  ...textSearchTextFunctions,
  ...textSearchHeadlineFunctions,
  ...textSearchJsonFunctions,
  ...textSearchRewriteFunctions,
];

const upkeepFunctions: readonly FunctionDefinition[] = [
  ...indexPropertyFunctions,
  ...indexMaintenanceFunctions,
  ...foreignOptionFunctions,
  ...refusedFunctions,
];

export const implementations = (printers: Printers): Implementations => ({
  scalars: [
    ...comparisonFunctions,
    ...enumFunctions,
    ...orderingFunctions,
    ...hashFunctions,
    ...hashPartitionFunctions,
    ...valueImageFunctions,
    ...searchFunctions,
    ...madeTypeFunctions,
    ...arithmeticFunctions,
    ...chanceFunctions,
    ...trigonometricFunctions,
    ...transitionFunctions,
    ...numberFunctions,
    ...castFunctions,
    ...stringFunctions,
    ...textFormFunctions,
    ...likeFunctions,
    ...regexFunctions,
    ...formattingFunctions,
    ...bytesFunctions,
    ...bytesEditingFunctions,
    ...arrayFunctions,
    ...networkFunctions,
    ...geometricFunctions,
    ...bitStringFunctions,
    ...xmlFunctions,
    ...xmlQueryFunctions,
    ...xmlTableFunctions,
    ...upkeepFunctions,
    ...jsonFunctions,
    ...jsonPathFunctions,
    ...jsonpathFunctions,
    ...jsonRecordFunctions,
    ...datetimeFunctions,
    ...periodFunctions,
    ...clockFunctions,
    ...datetimeFieldFunctions,
    ...truncationFunctions,
    ...toCharFunctions,
    ...toCharNumberFunctions,
    ...fromCharFunctions,
    ...toNumberFunctions,
    ...windowRangeFunctions,
    ...moneyFunctions,
    ...rangeFunctions,
    ...rangeSupportFunctions,
    ...nameFunctions,
    ...catalogFunctions(printers),
    ...advisoryLockFunctions,
    ...largeObjectFunctions,
    ...transactionIdFunctions,
    ...logPositionFunctions,
    ...serverControlFunctions,
    ...settingFlagFunctions,
    ...serverStatisticsFunctions,
    ...vacuumStatisticsFunctions,
  ],
  sets: setFunctions,
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
  types: Iterable<TypeRow>,
  known: Implementations,
): Registry {
  const typeNames = new Map<number, string>();
  const typeRows = [...types];
  for (const type of typeRows) typeNames.set(type.oid, type.typname);
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
  const ofTypes = typeFunctions(rows, typeRows);
  const scalars = match(
    [...oneRowFunctions(known, rows), ...ofTypes, ...known.scalars],
    scalarCall,
  );
  const sets = match(known.sets, setCall);
  const aggregates = match(known.aggregates, aggregateSteps);
  for (const each of libraryFunctions) scalars.set(each.oid, each);
  if (faults.length > 0) throw new AssertionError(faults.join("; "));
  assert(scalars.size > 0, "there are functions");
  return {
    scalar: (oid) => scalars.get(oid),
    set: (oid) => sets.get(oid),
    aggregate: (oid) => aggregates.get(oid),
  };
}

/** A function of one row is defined by its rows; as a value it is the record of the first. */
function oneRowFunctions(
  { scalars, sets }: Implementations,
  procedures: ReadonlyMap<string, ProcedureRow>,
): readonly FunctionDefinition[] {
  const own = new Set(scalars.map(({ signature }) => signature));
  return sets.flatMap((definition): FunctionDefinition[] => {
    const { signature } = definition;
    const row = procedures.get(signature);
    if (!row || row.proretset || own.has(signature)) return [];
    const outputs = (row.proargmodes ?? []).flatMap((mode, at) =>
      "ob".includes(mode) ? [at] : [],
    );
    const types = outputs.map((at) => row.proallargtypes?.[at] as Oid);
    const names = outputs.map((at) => row.proargnames?.[at] ?? "");
    return [
      {
        signature,
        ...(definition.runsQueries ? { runsQueries: definition.runsQueries } : {}),
        specialize:
          (call) =>
          (context, ...args) => {
            const [first] = setCall(definition)(call)(context, ...(args as Scalar[]));
            return first ? encodeRecord({ types, names, values: first }) : null;
          },
      },
    ];
  });
}

function registered<D extends { readonly signature: string; readonly session?: true }, Call>(
  row: ProcedureRow,
  definition: D,
  callFor: (types: CallTypes) => Call,
): RegisteredFunction<Call> {
  const { native, equatesKeys, readsCatalog, runsQueries } =
    definition as Partial<FunctionDefinition>;
  return {
    oid: row.oid,
    signature: definition.signature,
    strict: row.proisstrict,
    returnsSet: row.proretset,
    volatility: readsCatalog && row.provolatile === "i" ? "s" : row.provolatile,
    polymorphic: "specialize" in definition,
    session: definition.session === true,
    ...(native === undefined ? {} : { native }),
    ...(equatesKeys ? { equatesKeys } : {}),
    ...(runsQueries === undefined ? {} : { runsQueries }),
    callFor,
  };
}
