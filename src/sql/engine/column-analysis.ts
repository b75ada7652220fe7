/** Statistics of columns of a sample, as rows of pg_statistic. */
import type { Oid } from "../../base/ids.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import { storeStatistics } from "../../catalog/ddl/statistic-rows.ts";
import type { Tuple } from "../../catalog/relation.ts";
import type { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { SortOperators } from "../bind/builtin.ts";
import type { Names } from "../bind/names.ts";
import { sortOperatorsOf } from "../bind/sort.ts";
import { orderKeyOf } from "../execute/sort-keys.ts";
import { computeStatistics, STATISTIC_KINDS } from "../rows/column-statistics.ts";
import { formatValues } from "../rows/missing.ts";
import type { Steps } from "../rows/steps.ts";
import { dataBytesOf } from "../rows/stored-width.ts";
import type { TableWorkEngine } from "../rows/table-work.ts";
import { Turns } from "../rows/turn.ts";
import { typeFacts } from "../translate/type-facts.ts";
import { toHex } from "../types/codec.ts";
import { floatKey } from "../types/floats.ts";
import type { Scalar } from "../types/scalar.ts";

export type AttributeTuple = Tuple<(typeof pgAttribute)["columns"]>;

/** A column of a table or an index, and how much is to be known of it. */
export interface Examined {
  readonly attribute: AttributeTuple;
  readonly target: number;
}

export interface ColumnHost {
  readonly catalog: Catalog;
  readonly names: Names;
  readonly access: TableWorkEngine;
}

/** Rows as they were sampled, by attribute number. */
export interface SampledRows {
  readonly rows: readonly (readonly Scalar[])[];
  /** Of the table, estimated. */
  readonly totalRows: number;
  /** Those of tables below it are among them. */
  readonly inherited: boolean;
  /** They are keys of an index, and each is computed. */
  readonly areKeys?: boolean;
}

/** Nothing is changed for want of rows. */
export function* storeColumns(
  host: ColumnHost,
  examined: readonly Examined[],
  sampled: SampledRows,
): Steps<void> {
  if (sampled.rows.length === 0) return;
  for (const column of examined) yield* storeColumn(host, column, sampled);
}

function* storeColumn(
  { catalog, names, access }: ColumnHost,
  { attribute, target }: Examined,
  { rows, totalRows, inherited, areKeys = false }: SampledRows,
): Steps<void> {
  const { attrelid, attnum, atttypid: type, atttypmod: typmod, attcollation, attlen } = attribute;
  const operators = operatorsOf(catalog, names, type);
  const keyOf = (value: NonNullable<Scalar>): NonNullable<Scalar> => {
    const key = orderKeyOf(type, value, access.types) as NonNullable<Scalar>;
    return typeof key === "string" ? Buffer.from(key) : key;
  };
  const column = {
    values: rows.map((row) => row[attnum - 1] ?? null),
    totalRows,
    target,
    length: attlen > 0 ? attlen : undefined,
    dataBytes: dataBytesOf(typeFacts(catalog).base(type), typmod),
    isStored: !areKeys,
    keyOf: operators && keyOf,
  };
  const found = yield* computeStatistics(column, new Turns(access));
  storeStatistics(catalog, {
    relation: attrelid,
    attribute: attnum,
    inherited,
    nullFraction: found.nullFraction,
    width: found.width,
    distinct: givenDistinct(attribute, inherited) ?? found.distinct,
    slots: found.slots.map(({ kind, numbers, values }) => ({
      kind,
      operator: operatorFor(kind, operators),
      collation: attcollation,
      numbers: numbers?.map((number) => toHex(floatKey(number))) ?? null,
      values: values && formatValues(values, { type, typmod }, access.types),
    })),
  });
}

/** array_typanalyze begins as it is done for other types. */
const ARRAY_TYPANALYZE = 3816;

/** Undefined: values have no order, or their statistics are of another kind. */
function operatorsOf(catalog: Catalog, names: Names, type: Oid): SortOperators | undefined {
  const analyzer = catalog.find(pgType, "key", [type])?.typanalyze ?? 0;
  if (analyzer !== 0 && analyzer !== ARRAY_TYPANALYZE) return undefined;
  const operators = sortOperatorsOf(names, type);
  return operators && operators.less !== 0 ? operators : undefined;
}

const operatorFor = (kind: number, operators: SortOperators | undefined): Oid =>
  (kind === STATISTIC_KINDS.mostCommon ? operators?.equal : operators?.less) ?? (0 as Oid);

/** ALTER COLUMN SET (n_distinct = …), which is stronger than what was found. */
function givenDistinct({ attoptions }: AttributeTuple, inherited: boolean): number | undefined {
  const name = inherited ? "n_distinct_inherited=" : "n_distinct=";
  const option = attoptions?.find((each) => each.startsWith(name));
  const value = option === undefined ? 0 : Number(option.slice(name.length));
  return value === 0 ? undefined : Math.fround(value);
}
