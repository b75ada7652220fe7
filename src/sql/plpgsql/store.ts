/** PUTTING VALUES INTO VARIABLES, as the types of those. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Field } from "../bind/field.ts";
import type { Scalar } from "../types/scalar.ts";
import type { PlacedSql, Port, TypeTarget } from "./port.ts";
import { rowOf } from "./results.ts";
import type { Into, Path, Statement } from "./tree.ts";
import {
  type Frame,
  heldIn,
  noField,
  notAssigned,
  type RowVariable,
  row,
  type ScalarVariable,
} from "./variables.ts";

const RECORD = 2249 as Oid;

export class Store {
  readonly #port: Port;

  constructor(port: Port) {
    this.#port = port;
  }

  /** `whole`: the assignment as errors name it. */
  assign(frame: Frame, path: Path, value: Scalar, from: Oid, whole?: string): void {
    const found = frame.find(path);
    if (!found) {
      const error = this.#missing(frame, path);
      throw whole === undefined ? error : error.within(whole);
    }
    const { variable, field } = found;
    if (variable.kind === "scalar") return this.setScalar(variable, value, from);
    if (field === undefined) return this.#setWhole(variable, value, from);
    const target = variable.fields?.[field];
    if (!target) throw notAssigned(variable);
    const values = variable.fields?.map((_, at) => variable.values[at] ?? null) ?? [];
    values[field] = this.#cast(value, from, target);
    variable.values = values;
    variable.isNull = false;
  }

  #missing(frame: Frame, path: Path): SqlError {
    const [first = "", field] = path;
    const variable = frame.variable(first);
    if (variable?.kind === "row" && field !== undefined) return noField(variable.name, field);
    return new SqlError("42601", `"${path.join(".")}" is not a known variable`);
  }

  setScalar(variable: ScalarVariable, value: Scalar, from: Oid): void {
    const made = this.#port.cast(value, from, variable);
    if (made === null && variable.notNull) {
      const message = `null value cannot be assigned to variable "${variable.name}" declared NOT NULL`;
      throw new SqlError("22004", message);
    }
    variable.value = made;
  }

  /** A row without a type of its own becomes one of the type field by field. */
  #cast(value: Scalar, from: Oid, target: TypeTarget): Scalar {
    const fields = from === RECORD && value !== null ? this.#port.fieldsOf(target.type) : undefined;
    if (!fields) return this.#port.cast(value, from, target);
    const variable = row("", target.type, fields);
    this.#setWhole(variable, value, from);
    return heldIn({ variable });
  }

  #setWhole(variable: RowVariable, value: Scalar, from: Oid): void {
    if (value === null) {
      variable.values = (variable.fields ?? []).map(() => null);
      variable.isNull = true;
      return;
    }
    const found = rowOf(this.#port, from, value);
    if (!found?.fields) {
      throw new SqlError("42804", "cannot assign non-composite value to a record variable");
    }
    this.setRow(variable, found.fields, found.values);
  }

  setRow(variable: RowVariable, columns: readonly Field[], values: readonly Scalar[]): void {
    variable.isNull = false;
    if (variable.type === RECORD) {
      variable.fields = columns;
      variable.values = values;
      return;
    }
    let at = 0;
    variable.values = (variable.fields ?? []).map((field) => {
      if (field.name === "") return null;
      const [value, column] = [values[at] ?? null, columns[at]];
      at++;
      return column ? this.#port.cast(value, column.type, field) : null;
    });
  }

  /** A row of a query, undefined = there is none. */
  into(frame: Frame, { paths }: Into, columns: readonly Field[], row?: readonly Scalar[]): void {
    const [only] = paths;
    const found = paths.length === 1 && only ? frame.find(only) : undefined;
    if (found?.variable.kind === "row" && found.field === undefined) {
      const isWhole = columns.length === 1 && found.variable.type === columns[0]?.type;
      if (isWhole) return this.#setWhole(found.variable, row?.[0] ?? null, found.variable.type);
      return this.setRow(found.variable, columns, row ?? columns.map(() => null));
    }
    paths.forEach((path, at) => {
      const type = columns[at]?.type ?? (25 as Oid);
      this.assign(frame, path, row?.[at] ?? null, type);
    });
  }
}

/** Of x[1], or x.y of a value that is a row: the variable, or field of one, that it is in. */
export function partOf(
  { target, place, isPart }: Pick<Statement & { readonly kind: "assign" }, Assigned>,
  frame: Frame,
): PlacedSql["part"] {
  if (!place) return undefined;
  for (let length = target.length; length > 0; length--) {
    const variable = target.slice(0, length);
    const found = frame.find(variable);
    if (!found) continue;
    const isWhole = length === target.length;
    const isRow = found.variable.kind === "row" && found.field === undefined;
    return (isWhole && !isPart) || (isRow && !isWhole)
      ? undefined
      : { place: place.text, variable };
  }
  return undefined;
}

type Assigned = "target" | "place" | "isPart";
