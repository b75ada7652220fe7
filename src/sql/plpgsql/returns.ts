/**
 * WHAT A FUNCTION RETURNS TO A QUERY: rows of its columns, or of its one value, by RETURN, RETURN
 * NEXT and RETURN QUERY. https://www.postgresql.org/docs/15/plpgsql-control-structures.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Field } from "../bind/field.ts";
import { recordOf } from "../types/records.ts";
import type { Scalar } from "../types/scalar.ts";
import { formatType } from "../types/type-names.ts";
import type { Returned } from "./called.ts";
import type { Port, Rows } from "./port.ts";
import { heldIn, notAssigned, type RowVariable, type Variable } from "./variables.ts";

const RECORD = 2249;
const VOID = 2278;

/** As the call has it: polymorphic types are known. */
export interface Result {
  readonly type: Oid;
  /** Of a row; undefined: it is one value. */
  readonly fields: readonly Field[] | undefined;
  readonly set: boolean;
  /** OUT parameters, whose values it is. */
  readonly outputs: readonly Variable[];
}

type Row = readonly Scalar[];

interface Given {
  readonly columns: readonly Field[];
  readonly values: Row;
}

export class Results {
  readonly rows: Row[] = [];
  readonly #port: Port;
  readonly #result: Result;

  constructor(port: Port, result: Result) {
    this.#port = port;
    this.#result = result;
  }

  /** Whether the body may end without RETURN. */
  get mayEnd(): boolean {
    const { type, set, outputs } = this.#result;
    return set || type === VOID || outputs.length > 0;
  }

  /** RETURN of a value. */
  check({ value, row }: Returned): void {
    const { set, outputs } = this.#result;
    if (this.#isRow && !set && outputs.length === 0 && value !== null && !row) throw noRow();
  }

  /** After the body, of a function that returns no set: the row; undefined: it is NULL. */
  last(returned: Returned | undefined): Row | undefined {
    const { type, outputs } = this.#result;
    if (outputs.length > 0) return this.#ofOutputs();
    if (type === VOID) return [""];
    if (!returned) return undefined;
    if (!this.#isRow) return [this.#cast(returned.value, returned.type)];
    if (!returned.row) return undefined;
    const message = "returned record type does not match expected record type";
    return this.#fitted(givenBy(returned.row), message);
  }

  /** RETURN NEXT; undefined: what the OUT parameters hold. */
  next(returned: Returned | undefined): void {
    if (!returned) {
      this.rows.push(this.#ofOutputs());
      return;
    }
    const { value, type, row } = returned;
    if (!this.#isRow) {
      this.rows.push([this.#cast(value, type)]);
      return;
    }
    if (value !== null && !row) throw noRow();
    const message = "wrong record type supplied in RETURN NEXT";
    this.rows.push(row ? this.#fitted(givenBy(row), message) : this.#nulls());
  }

  /** RETURN QUERY */
  query(found: Rows): void {
    try {
      this.#query(found);
    } catch (error) {
      throw error instanceof SqlError ? error.within(`SQL statement "${found.text}"`) : error;
    }
  }

  #query({ columns, rows, tag }: Rows): void {
    if (!columns) throw new SqlError("42601", `${tag} query does not return tuples`);
    const message = "structure of query does not match function result type";
    const wanted = this.#isRow ? this.#fields : [{ ...NO_FIELD, type: this.#result.type }];
    if (wanted) checkColumns(this.#port, columns, wanted, message);
    for (const values of rows) {
      this.rows.push(wanted ? values : [recordOf(columns, values)]);
    }
  }

  get #isRow(): boolean {
    const { type, fields } = this.#result;
    return fields !== undefined || type === RECORD;
  }
  /** Undefined: of a record whose columns nobody knows before. */
  get #fields(): readonly Field[] | undefined {
    return this.#result.fields?.filter(({ name }) => name !== "");
  }
  #nulls(): Row {
    return (this.#fields ?? [null]).map(() => null);
  }

  #cast(value: Scalar, from: Oid): Scalar {
    return this.#port.cast(value, from, { type: this.#result.type, typmod: -1 });
  }

  #ofOutputs(): Row {
    const { outputs } = this.#result;
    const [only, ...more] = outputs;
    if (only && more.length === 0 && only.kind === "row") {
      if (this.#result.type !== only.type) return [held(only)];
      if (!only.fields) throw notAssigned(only);
      return this.#fitted(
        givenBy(only),
        "returned record type does not match expected record type",
      );
    }
    return outputs.map(held);
  }

  #fitted(given: Given, message: string): Row {
    const wanted = this.#fields;
    if (!wanted) return [recordOf(given.columns, given.values)];
    checkColumns(this.#port, given.columns, wanted, message);
    return given.values;
  }
}

const NO_FIELD: Field = { name: "?", type: 0 as Oid, typmod: -1, collation: 0 as Oid };

const noRow = (): SqlError =>
  new SqlError("42804", "cannot return non-composite value from function returning composite type");

/** NULL of a row that has been given none. */
function held(variable: Variable): Scalar {
  if (variable.kind === "scalar") return variable.value;
  if (!variable.fields) return null;
  return variable.values.every((each) => each === null) ? null : heldIn({ variable });
}

function givenBy({ fields = [], values }: RowVariable): Given {
  const places = fields.flatMap(({ name }, at) => (name === "" ? [] : [at]));
  return {
    columns: places.map((at) => fields[at] as Field),
    values: places.map((at) => values[at] ?? null),
  };
}

function checkColumns(
  { types }: Port,
  given: readonly Field[],
  wanted: readonly Field[],
  message: string,
): void {
  const refuse = (detail: string) => new SqlError("42804", message, { detail });
  wanted.forEach((field, at) => {
    const is = given[at];
    if (!is || is.type === field.type) return;
    const [returned, expected] = [is, field].map(({ type }) => formatType(type, -1, types));
    throw refuse(
      `Returned type ${returned} does not match expected type ${expected} in column ${at + 1}.`,
    );
  });
  if (given.length === wanted.length) return;
  throw refuse(
    `Number of returned columns (${given.length}) does not match expected column count (${wanted.length}).`,
  );
}
