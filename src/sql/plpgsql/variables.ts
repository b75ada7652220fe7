/** VARIABLES OF A CALL: scalars and rows, block by block. */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import type {
  Variables as BindVariables,
  BoundTableVariable,
  BoundVariable,
} from "../bind/context.ts";
import type { Field } from "../bind/field.ts";
import { recordOf } from "../types/records.ts";
import type { Scalar } from "../types/scalar.ts";
import type { Conflict } from "./parse-body.ts";
import type { TypeTarget } from "./port.ts";
import type { CursorDeclaration } from "./tree.ts";

export interface ScalarVariable {
  readonly kind: "scalar";
  readonly name: string;
  readonly type: Oid;
  readonly typmod: number;
  readonly collation?: Oid | undefined;
  readonly notNull: boolean;
  readonly isConstant?: boolean;
  /** Of a cursor that is bound to a query: it sees what was declared before it. */
  readonly cursor?: { readonly declaration: CursorDeclaration; readonly frame: Frame };
  value: Scalar;
}

export interface RowVariable {
  readonly kind: "row";
  readonly name: string;
  /** RECORD: its fields are those of what it was assigned last. */
  readonly type: Oid;
  /** Undefined: it is not assigned yet. */
  fields: readonly Field[] | undefined;
  values: readonly Scalar[];
  /** As a whole it is NULL, and not a row of NULLs. */
  isNull: boolean;
}

/** Rows that queries of the body read as a table. */
export interface TableVariable {
  readonly columns: readonly Field[];
  /** As one value; see rows/given-rows.ts. */
  readonly rows: () => string;
}

export type Variable = ScalarVariable | RowVariable;

/** A variable, or one of a row's fields. */
export interface Found {
  readonly variable: Variable;
  readonly field?: number;
}

const RECORD = 2249;

export class Frame {
  readonly label: string | undefined;
  readonly parent: Frame | undefined;
  readonly #own = new Map<string, Variable>();
  readonly #tables = new Map<string, TableVariable>();

  constructor(label: string | undefined, parent?: Frame) {
    this.label = label;
    this.parent = parent;
  }

  add(variable: Variable, name = variable.name): void {
    this.#own.set(name, variable);
  }

  addTable(name: string, table: TableVariable): void {
    this.#tables.set(name, table);
  }

  table(name: string): TableVariable | undefined {
    return this.#tables.get(name) ?? this.parent?.table(name);
  }

  /** What tables are read by; empty: there are none. */
  get tablesKey(): string {
    const own = [...this.#tables].map(([name, { columns }]) => `${name}=${shapeKey(columns)}`);
    return own.join(";") + (this.parent?.tablesKey ?? "");
  }

  /** What a parameter that `uses` names stands for. */
  valueOf(names: readonly string[]): Scalar {
    const [first, name = ""] = names;
    if (first === ROWS) return this.table(name)?.rows() ?? null;
    const found = this.find(names);
    return found ? heldIn(found) : null;
  }

  variable(name: string): Variable | undefined {
    return this.#own.get(name) ?? this.parent?.variable(name);
  }

  /** x, row.field, label.x, label.row.field */
  find(names: readonly string[]): Found | undefined {
    const [first = "", ...rest] = names;
    const [second = "", ...more] = rest;
    for (let frame: Frame | undefined = this; frame; frame = frame.parent) {
      const own = frame.#own.get(first);
      // A scalar has no fields: the name is a label's then.
      if (own && (rest.length === 0 || own.kind === "row")) return fieldIn(own, rest);
      const labelled = frame.label === first ? frame.#own.get(second) : undefined;
      if (labelled && (more.length === 0 || labelled.kind === "row"))
        return fieldIn(labelled, more);
    }
    return undefined;
  }

  /** What expressions are bound by: names and types of all that is seen here. */
  get key(): string {
    const own = [...this.#own].map(([name, each]) =>
      each.kind === "scalar"
        ? `${name}:${keyOf(each)}`
        : `${name}(${each.fields ? shapeKey(each.fields) : "?"})`,
    );
    return `${own.join()};${this.parent?.key ?? this.tablesKey}`;
  }
}

const shapeKey = (fields: readonly Field[]): string =>
  fields.map(({ name, ...shape }) => `${name}:${keyOf(shape)}`).join();

const keyOf = ({ type, typmod, collation }: TypeTarget): string =>
  `${type}:${typmod}${collation ? `:${collation}` : ""}`;

/** Before the name of a table that a parameter stands for. */
const ROWS = "\0rows";

function fieldIn(variable: Variable, rest: readonly string[]): Found | undefined {
  const [name, ...more] = rest;
  if (name === undefined) return { variable };
  if (more.length > 0 || variable.kind === "scalar") return undefined;
  if (!variable.fields) throw notAssigned(variable);
  const field = variable.fields.findIndex((each) => each.name === name);
  return field < 0 ? undefined : { variable, field };
}

export const notAssigned = ({ name }: Variable): SqlError =>
  new SqlError("55000", `record "${name}" is not assigned yet`, {
    detail: "The tuple structure of a not-yet-assigned record is indeterminate.",
  });

export const noField = (name: string, field: string): SqlError =>
  new SqlError("42703", `record "${name}" has no field "${field}"`);

/** What it holds now. */
export function heldIn({ variable, field }: Found): Scalar {
  if (variable.kind === "scalar") return variable.value;
  if (field !== undefined) return variable.values[field] ?? null;
  const { fields, isNull } = variable;
  if (!fields || isNull) return null;
  const there = fields.map((each, at) => ({ ...each, at })).filter(({ name }) => name !== "");
  return recordOf(
    there,
    there.map(({ at }) => variable.values[at] ?? null),
  );
}

export function shapeOf({ variable, field }: Found): TypeTarget {
  if (variable.kind === "scalar") return variable;
  if (field === undefined) return { type: variable.type, typmod: -1 };
  const found: TypeTarget = variable.fields?.[field] ?? { type: RECORD as Oid, typmod: -1 };
  const { type, typmod, collation } = found;
  return { type, typmod, collation };
}

/** Names as one binding meets them: each becomes a parameter when it is met first. */
export class BoundVariables implements BindVariables {
  readonly conflict: Conflict;
  /** What $1, $2, … are. */
  readonly uses: (readonly string[])[] = [];
  readonly #frame: Frame;

  /** How many parameters have another meaning: only tables are seen. */
  readonly #skipped: number | undefined;

  constructor(frame: Frame, conflict: Conflict, skipped?: number) {
    this.#frame = frame;
    this.conflict = conflict;
    this.#skipped = skipped;
  }

  get numbered(): boolean {
    return this.#skipped === undefined;
  }

  find(names: readonly string[]): BoundVariable | undefined {
    if (this.#skipped !== undefined) return undefined;
    const found = this.#frame.find(names);
    return found && { ...shapeOf(found), number: this.#numberOf(names) };
  }

  table(name: string): BoundTableVariable | undefined {
    const found = this.#frame.table(name);
    return found && { columns: found.columns, number: this.#numberOf([ROWS, name]) };
  }

  #numberOf(names: readonly string[]): number {
    const key = names.join("\0");
    const known = this.uses.findIndex((use) => use.join("\0") === key);
    return (this.#skipped ?? 0) + (known >= 0 ? known + 1 : this.uses.push(names));
  }

  fieldsOf(names: readonly string[]) {
    if (this.#skipped !== undefined) return undefined;
    const variable = this.#frame.find(names)?.variable;
    if (variable?.kind !== "row") return undefined;
    if (!variable.fields) throw notAssigned(variable);
    return variable.fields.filter(({ name }) => name !== "").map(({ name }) => name);
  }

  missing(names: readonly string[]): SqlError | undefined {
    if (this.#skipped !== undefined) return undefined;
    const [first = "", field] = names;
    const variable = this.#frame.variable(first);
    if (variable?.kind !== "row" || field === undefined) return undefined;
    return noField(variable.name, field);
  }
}

/** What a statement that is stored sees of them: their values. */
export class ConstantVariables extends BoundVariables {
  readonly #held: Frame;

  constructor(frame: Frame, conflict: Conflict) {
    super(frame, conflict);
    this.#held = frame;
  }

  override find(names: readonly string[]) {
    const found = this.#held.find(names);
    return found && constantOf({ ...shapeOf(found), value: heldIn(found) });
  }

  override table(name: string): never | undefined {
    if (this.#held.table(name)) throw notSupported(`reading "${name}" in CREATE TABLE AS`);
    return undefined;
  }
}

type Given = TypeTarget & Pick<ScalarVariable, "value">;

const constantOf = ({ type, typmod, collation, value }: Given) => ({
  ...{ type, typmod, collation, number: 0, constant: value },
});

/** The same of what USING gives for $1, $2, … */
export const constantsOf = (given: readonly Given[]): BindVariables => ({
  ...{ conflict: "use_column", numbered: true },
  find: ([name = ""]) => {
    const found = name.startsWith("$") ? given[Number(name.slice(1)) - 1] : undefined;
    return found && constantOf(found);
  },
  fieldsOf: () => undefined,
  table: () => undefined,
  missing: () => undefined,
});

export const scalar = (
  name: string,
  type: Oid,
  value: Scalar,
  typmod = -1,
  notNull = false,
): ScalarVariable => ({ kind: "scalar", name, type, typmod, notNull, value });

export const row = (
  name: string,
  type: Oid,
  fields?: readonly Field[],
  values: readonly Scalar[] = [],
  isNull = false,
): RowVariable => ({ kind: "row", name, type, fields, values, isNull });
