/**
 * VALUES FROM SEQUENCES, which need no query: a sequence is asked when its row is written, so that
 * a row which is refused has those behind it take none.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { BoundModify } from "../bind/modify.ts";
import { plainTarget } from "../bind/plain-select.ts";
import type { Constant, Expression, Query, Typed } from "../bind/tree.ts";
import { INT4 } from "../bind/type-oids.ts";
import { isVolatile } from "../bind/volatility.ts";
import { walk } from "../bind/walk.ts";
import type { Scalar } from "../types/scalar.ts";

export interface SequenceValue {
  readonly column: number;
  readonly sequence: Oid;
  readonly integer: IntegerRange;
}

interface IntegerRange {
  readonly name: string;
  readonly max: bigint;
}

const integers: ReadonlyMap<number, IntegerRange> = new Map([
  [20, { name: "bigint", max: 2n ** 63n - 1n }],
  [21, { name: "smallint", max: 2n ** 15n - 1n }],
  [23, { name: "integer", max: 2n ** 31n - 1n }],
]);

const NEXTVAL = 1574;
/** int8 to int4 and to int2, which change no stored form. */
const narrowing = new Set([480, 714]);

/** undefined: the value is not the next one of a sequence. */
export function sequenceValue(column: number, value: Expression): SequenceValue | undefined {
  const sequence = sequenceOf(value);
  const integer = integers.get(value.type);
  return sequence !== undefined && integer ? { column, sequence, integer } : undefined;
}

/** The sequence of nextval('…'), whatever integer it becomes: that is asked of the value. */
function sequenceOf(value: Expression): Oid | undefined {
  if (value.kind !== "function") return undefined;
  const [arg] = value.args;
  if (value.function === NEXTVAL && arg?.kind === "constant" && typeof arg.value === "bigint") {
    return Number(arg.value) as Oid;
  }
  return narrowing.has(value.function) && arg ? sequenceOf(arg) : undefined;
}

/** Puts them into the row. May throw a Wait. */
export function addFromSequences(
  nextval: (sequence: Oid) => bigint,
  row: Scalar[],
  values: readonly SequenceValue[],
): void {
  for (const { column, sequence, integer } of values) {
    const value = nextval(sequence);
    if (value > integer.max || value < -integer.max - 1n) {
      throw new SqlError("22003", `${integer.name} out of range`);
    }
    row[column - 1] = value;
  }
}

export interface RowSequences {
  /** The source with nothing in their places, and the number of the row behind its columns. */
  readonly source: Query;
  /** Of each row. */
  readonly rows: readonly (readonly SequenceValue[])[];
}

/**
 * Of several rows of VALUES. undefined: there are none, or something else in the rows may look at
 * what a sequence has given.
 */
export function sequencesInRows(
  bound: BoundModify,
  catalog: CatalogReader,
): RowSequences | undefined {
  if (bound.kind !== "insert" || bound.source.kind !== "values") return undefined;
  const { source, columns } = bound;
  if (source.commonTables.length > 0) return undefined;
  const values = source.rows.map((row) =>
    row.map((value, at) => {
      const column = columns[at] ?? 0;
      return column > 0 ? sequenceValue(column, value) : undefined;
    }),
  );
  if (!values.some((row) => row.some((value) => value !== undefined))) return undefined;
  const rows = source.rows.map((row, number) =>
    row.map((value, at) => (values[number]?.[at] ? nothing(value) : value)),
  );
  if (rows.some((row) => row.some((value) => mayLook(catalog, value)))) return undefined;
  return {
    source: numbered(source, rows),
    rows: values.map((row) => row.filter((value) => value !== undefined)),
  };
}

/** With other values; the number of each row is behind its columns. */
export function numbered(source: Values, values: Values["rows"]): Values {
  const rows = values.map((row, number) => [...row, rowNumber(number)]);
  const { type, typmod, collation } = rowNumber(0);
  const attribute = source.targets.length + 1;
  const number = { kind: "column", table: 0, attribute, levelsUp: 0 } as const;
  const expression: Expression = { ...number, type, typmod, collation };
  return { ...source, rows, targets: [...source.targets, plainTarget(expression, "row")] };
}
export type Values = Query & { readonly kind: "values" };

export const nothing = ({ type, typmod, collation }: Typed): Constant & Typed => ({
  ...{ kind: "constant", value: null },
  ...{ type, typmod, collation },
});

const rowNumber = (number: number): Constant & Typed => ({
  ...{ kind: "constant", value: BigInt(number) },
  ...{ type: INT4, typmod: -1, collation: 0 as Oid },
});

function mayLook(catalog: CatalogReader, value: Expression): boolean {
  let looks = isVolatile({ catalog }, value);
  walk(value, ({ kind }) => {
    looks ||= kind === "subLink";
  });
  return looks;
}
