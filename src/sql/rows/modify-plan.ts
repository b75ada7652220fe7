/**
 * PLANS OF INSERT, UPDATE, DELETE AND MERGE: the query that finds rows and computes values, and
 * what is done with each row, translated once and kept as plans of queries are.
 */
import type { Oid } from "../../base/ids.ts";
import { isInherited, withDescendants } from "../../catalog/inheritance.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { expressionsOf } from "../bind/merge.ts";
import type {
  BoundMerge,
  BoundModify,
  CheckOption,
  ColumnDefault,
  MergeAction,
} from "../bind/modify.ts";
import { plainTarget } from "../bind/plain-select.ts";
import type {
  BoundQuery,
  Column,
  CommonTable,
  Expression,
  Query,
  SelectQuery,
  Typed,
} from "../bind/tree.ts";
import { BOOL, INT8 } from "../bind/type-oids.ts";
import { VERSION_ATTRIBUTE } from "../bind/update.ts";
import { isVolatile } from "../bind/volatility.ts";
import type { ResultColumn } from "../session/api.ts";
import type { CurrentOf } from "../session/engine.ts";
import type { Translation, TypeFacts } from "../translate/translation.ts";
import { references } from "../translate/walk.ts";
import type { Scalar } from "../types/scalar.ts";
import { type Late, type LateValue, lateOf } from "./late-values.ts";
import { type Partitioning, readPartitioning, searchedBy } from "./partitioning.ts";
import { arePublications, type Unidentified } from "./replica-identity.ts";
import type { RowParameter } from "./row-expressions.ts";
import { type RowStep, stepOf, type Translate } from "./row-step.ts";
import { type SequenceValue, sequencesInRows, sequenceValue } from "./sequence-values.ts";
import { type IndexShape, readTableShape, type TableShape } from "./table-shape.ts";
import type { Trigger } from "./triggers.ts";
import { type RowChecks, rowChecksOf } from "./view-checks.ts";

/** What is computed for each new row of a table. */
export interface RowRules {
  readonly shape: TableShape;
  /** Generated columns, in the order of `generatedColumns`. */
  readonly generated: RowStep | undefined;
  readonly generatedColumns: readonly number[];
  /** The checks of the shape, in its order. */
  readonly checks: RowStep | undefined;
  /** Indexes whose keys or predicate must be computed: predicate (or true), then keys, of each. */
  readonly computed: RowStep | undefined;
  readonly computedIndexes: readonly IndexShape[];
  readonly routing: Routing | undefined;
  /** Undefined: no statement fires any. */
  readonly triggers: readonly Trigger[] | undefined;
  /** Why rows must not be changed. */
  readonly unidentified?: Unidentified | undefined;
}

/** Of a partitioned table: what says which partition a row belongs to. */
export interface Routing {
  readonly partitioning: Partitioning;
  /** What partitions are found by, for a row of the table. */
  readonly step: RowStep;
}

export interface ModifyPlan {
  readonly bound: BoundModify;
  readonly parameterTypes: readonly Oid[];
  readonly shape: TableShape;
  readonly source: Translation;
  /** Columns of other tables, for RETURNING and MERGE, behind those of the bound query. */
  readonly others: readonly RowParameter[];
  /** The last of the others says in which table a row is. */
  readonly isInherited: boolean;
  readonly returning: RowStep | undefined;
  readonly columns: readonly ResultColumn[] | undefined;
  readonly conflict: ConflictSteps | undefined;
  readonly viewChecks: RowChecks | undefined;
  /** What row security demands of a new row. */
  readonly policyChecks: RowChecks | undefined;
  /** What COPY demands of a row; it gives no parameters. */
  readonly where: RowStep | undefined;
  readonly defaults: DefaultSteps;
  /** Of VALUES, whose rows have their numbers behind their columns; undefined: there are none. */
  readonly rowSequences: readonly (readonly SequenceValue[])[] | undefined;
  /** What is computed when a row is written. */
  readonly late: LateStep | undefined;
  /** The same of rows of VALUES, by their numbers. */
  readonly lateRows: readonly (LateStep | undefined)[] | undefined;
  /** What MERGE does, in order. */
  readonly actions: readonly MergeStep[];
  /** Tables whose rows it may change, where there are publications. */
  readonly published: readonly Oid[];
  /** WHERE CURRENT OF: the version is the parameter of the source behind all others. */
  readonly currentOf: CurrentOf | undefined;
}

/** See late-values.ts. */
export interface LateStep {
  /** In order: where one is not true, nothing behind it is computed. */
  readonly conditions: readonly RowStep[];
  /** Undefined: there are none. */
  readonly step: RowStep | undefined;
  /** Places of the values among those that the statement gives. */
  readonly places: readonly number[];
}

export interface MergeStep {
  readonly action: MergeAction;
  readonly condition: RowStep | undefined;
  /** New values of the action's columns. */
  readonly values: RowStep | undefined;
  readonly defaults: DefaultSteps;
  /** What row security demands of the row that is there, and of the new one. */
  readonly existing: RowChecks | undefined;
  readonly changed: RowChecks | undefined;
}

/** Values of columns that an INSERT gives none. */
export interface DefaultSteps {
  readonly constants: readonly { readonly column: number; readonly value: Scalar }[];
  /** nextval of a sequence, which needs no query. */
  readonly sequences: readonly SequenceValue[];
  readonly others: RowStep | undefined;
  readonly otherColumns: readonly number[];
  /** Of the others: they may look at what sequences have given. */
  readonly areVolatile: boolean;
}

export interface ConflictSteps {
  /**
   * New values of the action's columns; parameters are of the existing row (1) and the proposed
   * (2).
   */
  readonly values: RowStep;
  readonly where: RowStep | undefined;
  /** What row security demands of the existing row, and of what it becomes. */
  readonly existing: RowChecks | undefined;
  readonly changed: RowChecks | undefined;
}

export function planModify(
  given: BoundModify,
  catalog: CatalogReader,
  types: TypeFacts,
  translate: Translate,
): ModifyPlan {
  const late = lateOf(given, catalog);
  const { bound } = late;
  const { parameterTypes } = bound;
  const shape = readTableShape(catalog, types, bound.table.relation);
  const readsOthers = readsBelow(catalog, bound);
  const others = [...columnsBeside(late), ...(readsOthers ? [TABLEOID] : [])];
  const currentOf = currentOfBound(bound, readsOthers);
  const inRows = sequencesInRows(bound, catalog);
  const query = withOthers(
    bound.kind === "insert" ? (inRows?.source ?? bound.source) : bound.query,
    others,
  );
  const source = translate(
    currentOf
      ? ofVersion(query as SelectQuery, parameterTypes, readsOthers)
      : { query, parameterTypes },
  );
  const returning = bound.returning && {
    ...stepOf(
      translate,
      bound.returning.targets.map(({ expression }) => expression),
      parameterTypes,
      bound.returning.targets.map(({ name }) => name),
      query.commonTables,
    ),
  };
  const checks = ("checkOptions" in bound ? bound.checkOptions : undefined) ?? [];
  const checksOf = (test: (check: CheckOption) => boolean) =>
    rowChecksOf(checks.filter(test), (each) => stepOf(translate, each, []));
  return {
    bound,
    parameterTypes,
    shape,
    source,
    others: others.map(({ table, attribute }) => ({ table, attribute })),
    isInherited: readsOthers,
    returning,
    columns: returning && resultColumns(bound, returning.translation),
    conflict: conflictOf(bound, translate, query.commonTables),
    viewChecks: checksOf((each) => "view" in each),
    policyChecks: checksOf((each) => "policy" in each),
    where:
      bound.kind === "insert" && bound.where ? stepOf(translate, [bound.where], []) : undefined,
    defaults: defaultsOf(bound.kind === "insert" ? bound.defaults : [], catalog, translate),
    rowSequences: inRows?.rows,
    ...lateSteps(late, (each) => stepOf(translate, each, parameterTypes, [], query.commonTables)),
    actions:
      bound.kind === "merge"
        ? bound.actions.map((action) => mergeStepOf(bound, action, catalog, translate))
        : [],
    published: published(catalog, bound, readsOthers),
    currentOf,
  };
}

function published(catalog: CatalogReader, bound: BoundModify, isInherited: boolean): Oid[] {
  if (!arePublications(catalog)) return [];
  const { relation } = bound.table;
  return isInherited ? [...withDescendants(catalog, relation)] : [relation];
}

/** Whether rows of tables below are changed with those of the named one. */
function readsBelow(catalog: CatalogReader, bound: BoundModify): boolean {
  if (bound.kind === "insert") return false;
  const [entry] = bound.query.rangeTable;
  return entry?.kind === "relation" && isInherited(catalog, entry);
}

const TABLEOID: Column & Typed = {
  ...{ kind: "column", table: 1, attribute: -6, levelsUp: 0 },
  ...{ type: 26 as Oid, typmod: -1, collation: 0 as Oid },
};

function mergeStepOf(
  { parameterTypes, query }: BoundMerge,
  action: MergeAction,
  catalog: CatalogReader,
  translate: Translate,
): MergeStep {
  const step = (expressions: readonly Expression[]): RowStep | undefined =>
    expressions.length === 0
      ? undefined
      : stepOf(translate, expressions, parameterTypes, [], query.commonTables);
  const checksOf = (asked: readonly CheckOption[] = []) =>
    rowChecksOf(asked, (each) => stepOf(translate, each, []));
  return {
    action,
    existing: checksOf(action.checks?.existing),
    changed: checksOf(action.checks?.changed),
    condition: step(action.condition ? [action.condition] : []),
    values: step("values" in action ? action.values : []),
    defaults: defaultsOf("defaults" in action ? action.defaults : [], catalog, translate),
  };
}

/** Expressions that are run for a row that the query has found. */
function shownOf(bound: BoundModify): readonly Expression[] {
  if (bound.kind === "insert") return [];
  if (bound.kind === "merge") return bound.actions.flatMap(expressionsOf);
  return (bound.returning?.targets ?? []).map(({ expression }) => expression);
}

function currentOfBound(bound: BoundModify, isInherited: boolean): CurrentOf | undefined {
  if (bound.kind === "insert" || bound.currentOf === undefined) return undefined;
  const { relation, name: table } = bound.table;
  return { cursor: bound.currentOf, relation, table, isInherited };
}

const INT8EQ = { operator: 410 as Oid, function: 467 as Oid };

/** A system column of the target compared with a parameter. */
const isGiven = (attribute: number, number: number): Expression => {
  const int8 = { type: INT8, typmod: -1, collation: 0 as Oid };
  return {
    kind: "operator",
    ...INT8EQ,
    args: [
      { kind: "column", table: 1, attribute, levelsUp: 0, ...int8 },
      { kind: "parameter", number, ...int8 },
    ],
    ...{ returnsSet: false, type: BOOL, typmod: -1, collation: 0 as Oid },
  };
};

/** The query for the row whose version, and table, are the parameters behind the given ones. */
function ofVersion(query: SelectQuery, given: readonly Oid[], isInherited: boolean): BoundQuery {
  const ofRow = isGiven(VERSION_ATTRIBUTE, given.length + 1);
  if (!isInherited) return { query: { ...query, where: ofRow }, parameterTypes: [...given, INT8] };
  const args = [ofRow, isGiven(TABLEOID.attribute, given.length + 2)];
  const where: Expression = {
    ...{ kind: "boolean", operator: "and", args, type: BOOL, typmod: -1, collation: 0 as Oid },
  };
  return { query: { ...query, where }, parameterTypes: [...given, INT8, INT8] };
}

function defaultsOf(
  defaults: readonly ColumnDefault[],
  catalog: CatalogReader,
  translate: Translate,
): DefaultSteps {
  const constants: { column: number; value: Scalar }[] = [];
  const sequences: SequenceValue[] = [];
  const others: ColumnDefault[] = [];
  for (const each of defaults) {
    const { column, value } = each;
    const sequence = sequenceValue(column, value);
    if (value.kind === "constant") constants.push({ column, value: value.value });
    else if (sequence) sequences.push(sequence);
    else others.push(each);
  }
  return {
    constants,
    sequences,
    others:
      others.length === 0
        ? undefined
        : stepOf(
            translate,
            others.map(({ value }) => value),
            [],
          ),
    otherColumns: others.map(({ column }) => column),
    areVolatile: others.some(({ value }) => isVolatile({ catalog }, value)),
  };
}

/** undefined: it is not partitioned. */
export function routingOf(
  catalog: CatalogReader,
  relation: Oid,
  translate: Translate,
): Routing | undefined {
  const partitioning = readPartitioning(catalog, relation);
  if (!partitioning) return undefined;
  const keys = partitioning.keys.map((key) => searchedBy(catalog, partitioning, key));
  return { partitioning, step: stepOf(translate, keys, []) };
}

export function rulesOf(
  shape: TableShape,
  translate: Translate,
  more: Partial<Pick<RowRules, "routing" | "triggers" | "unidentified">> = {},
): RowRules {
  const generated = shape.columns.filter((column) => column.generated);
  const computedIndexes = shape.indexes.filter((index) => !index.derived);
  const some = (expressions: readonly Expression[]): RowStep | undefined =>
    expressions.length === 0 ? undefined : stepOf(translate, expressions, []);
  return {
    shape,
    generated: some(generated.map((column) => column.generated as Expression)),
    generatedColumns: generated.map((column) => column.number),
    checks: some(shape.checks.map(({ expression }) => expression)),
    computed: some(
      computedIndexes.flatMap(({ predicate, keys }) => [
        predicate ?? TRUE,
        ...keys.map(({ expression }) => keyWhere(predicate, expression)),
      ]),
    ),
    computedIndexes,
    routing: more.routing,
    triggers: more.triggers,
    unidentified: more.unidentified,
  };
}

/** A partial index computes no keys of rows that it leaves out. */
function keyWhere(when: Expression | undefined, then: Expression): Expression {
  if (when === undefined || then.kind === "column") return then;
  const { type, typmod, collation } = then;
  const otherwise: Expression = { kind: "constant", value: null, type, typmod, collation };
  return { kind: "case", whens: [{ when, then }], otherwise, type, typmod, collation };
}

const TRUE: Expression = {
  kind: "constant",
  value: 1n,
  type: 16 as Oid,
  typmod: -1,
  collation: 0 as Oid,
};

/** What the source gives besides, for what is computed later: of entries other than the target. */
function columnsBeside({ bound, where, values }: Late): readonly (Column & Typed)[] {
  const late = [...where, ...values.map(({ expression }) => expression)];
  if (bound.kind === "insert") return columnsOf(late);
  return columnsOf([...shownOf(bound), ...late]).filter(({ table }) => table !== 1);
}

function columnsOf(expressions: readonly Expression[]): (Column & Typed)[] {
  const found = new Map<string, Column & Typed>();
  for (const expression of expressions) {
    for (const column of references(expression) as readonly (Column & Typed)[]) {
      if (column.levelsUp === 0) found.set(`${column.table}.${column.attribute}`, column);
    }
  }
  return [...found.values()];
}

const withOthers = <Source extends Query>(
  query: Source,
  others: readonly (Column & Typed)[],
): Source =>
  others.length === 0
    ? query
    : { ...query, targets: [...query.targets, ...others.map((each) => plainTarget(each))] };

function lateSteps(
  { where, values, rows }: Late,
  stepOfRow: (expressions: readonly Expression[]) => RowStep,
): Pick<ModifyPlan, "late" | "lateRows"> {
  const made = (late: readonly LateValue[], conditions: readonly Expression[] = []): LateStep => ({
    conditions: conditions.map((each) => stepOfRow([each])),
    step: late.length > 0 ? stepOfRow(late.map(({ expression }) => expression)) : undefined,
    places: late.map(({ at }) => at),
  });
  return {
    late: where.length + values.length > 0 ? made(values, where) : undefined,
    lateRows: rows?.map((late) => (late.length > 0 ? made(late) : undefined)),
  };
}

/** Parameters have lost where they come from; the bound targets know. */
function resultColumns(bound: BoundModify, translation: Translation): ResultColumn[] {
  const targets = bound.returning?.targets ?? [];
  return translation.columns.map((column, at) => ({
    ...column,
    table: targets[at]?.originTable ?? column.table,
    attribute: targets[at]?.originColumn ?? column.attribute,
  }));
}

function conflictOf(
  bound: BoundModify,
  translate: Translate,
  tables: readonly CommonTable[],
): ConflictSteps | undefined {
  const action = bound.kind === "insert" ? bound.onConflict?.action : undefined;
  if (action?.kind !== "update") return undefined;
  const { values, where, checks } = action;
  const given = bound.parameterTypes;
  const checksOf = (asked: readonly CheckOption[] = []) =>
    rowChecksOf(asked, (each) => stepOf(translate, each, []));
  return {
    existing: checksOf(checks?.existing),
    changed: checksOf(checks?.changed),
    values: stepOf(translate, values, given, [], tables),
    where: where && stepOf(translate, [where], given, [], tables),
  };
}
