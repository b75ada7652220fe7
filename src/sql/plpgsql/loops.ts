/** LOOPS THAT HAVE A VARIABLE: over integers, rows of a query, elements of an array, a cursor. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { elementTypeOf } from "../types/type-io.ts";
import { type CursorHost, overCursor } from "./cursors.ts";
import type { Port, Rows } from "./port.ts";
import type { Pinned } from "./procedures.ts";
import { elementsOf, rowOf } from "./results.ts";
import { Store } from "./store.ts";
import type { Dynamic, Into, SqlText, Statement } from "./tree.ts";
import { Frame, scalar, shapeOf } from "./variables.ts";

export interface LoopHost extends CursorHost {
  readonly rowsOf: (source: SqlText | Dynamic, frame: Frame) => Rows;
  /** Meanwhile no transaction ends. */
  readonly pinned: <T>(what: Pinned, work: () => T) => T;
}

/** Runs the body in a frame, as long as the variable gets a next value. */
export type Rounds<T> = (inside: Frame, goes: () => boolean) => T;

export interface Looped<T> {
  readonly result: T;
  /** It went round. */
  readonly found: boolean;
}

type Loop<Kind extends Statement["kind"]> = Statement & { readonly kind: Kind };

export function overRounds<T>(
  host: LoopHost,
  statement: Loop<"forInteger" | "forRows" | "forEach" | "forCursor">,
  frame: Frame,
  rounds: Rounds<T>,
): Looped<T> {
  switch (statement.kind) {
    case "forInteger":
      return overIntegers(host, statement, frame, rounds);
    case "forRows":
      return overRows(host, statement, frame, rounds);
    case "forEach":
      return overElements(host, statement, frame, rounds);
    case "forCursor":
      return host.pinned("a cursor", () => overCursor(host, statement, frame, rounds));
  }
}

const INT4 = 23 as Oid;

function overIntegers<T>(
  { port, value }: LoopHost,
  statement: Loop<"forInteger">,
  frame: Frame,
  rounds: Rounds<T>,
): Looped<T> {
  const bound = (sql: SqlText, what: string): bigint => {
    const given = value(sql, frame);
    const made = port.cast(given.value, given.type, { type: INT4, typmod: -1 });
    if (made !== null) return made as bigint;
    throw new SqlError("22004", `${what} of FOR loop cannot be null`);
  };
  let at = bound(statement.from, "lower bound");
  const end = bound(statement.to, "upper bound");
  const step = statement.by ? bound(statement.by, "BY value") : 1n;
  if (step <= 0n) throw new SqlError("22023", "BY value of FOR loop must be greater than zero");
  const inside = new Frame(statement.label, frame);
  const variable = scalar(statement.variable, INT4, null);
  inside.add(variable);
  let found = false;
  const result = rounds(inside, () => {
    if (statement.reverse ? at < end : at > end) return false;
    variable.value = at;
    at += statement.reverse ? -step : step;
    found = true;
    return true;
  });
  return { result, found };
}

function overRows<T>(
  { port, rowsOf, pinned }: LoopHost,
  { source, into }: Loop<"forRows">,
  frame: Frame,
  rounds: Rounds<T>,
): Looped<T> {
  const { columns, rows, tag, relations, writes } = rowsOf(source, frame);
  if (!columns) throw new SqlError("42P11", `cannot open ${tag} query as cursor`);
  port.cursors.nextName();
  const store = new Store(port);
  let at = 0;
  const goes = () => {
    const row = rows[at++];
    if (row) store.into(frame, into, columns, row);
    return row !== undefined;
  };
  const run = () => port.during(relations, () => rounds(frame, goes));
  const result = writes ? pinned("rows that it changes", run) : run();
  return { result, found: rows.length > 0 };
}

function overElements<T>(
  { port, value }: LoopHost,
  { array, into, slice }: Loop<"forEach">,
  frame: Frame,
  rounds: Rounds<T>,
): Looped<T> {
  const given = value(array, frame);
  const { elements, element } = elementsOf(port, given.value, given.type, slice);
  checkVariable(port, into, frame, slice);
  const column = [{ name: "", type: element, typmod: -1, collation: 0 as Oid }];
  const store = new Store(port);
  let at = 0;
  const result = rounds(frame, () => {
    if (at >= elements.length) return false;
    const value = elements[at++] ?? null;
    const row = value === null ? undefined : rowOf(port, element, value);
    if (row) store.into(frame, into, row.fields ?? [], row.values);
    else store.into(frame, into, column, [value]);
    return true;
  });
  return { result, found: elements.length > 0 };
}

/** Throws 42804. */
function checkVariable({ types }: Port, { paths }: Into, frame: Frame, slice: number): void {
  const [only] = paths;
  const found = only && paths.length === 1 ? frame.find(only) : undefined;
  if (!found || (found.variable.kind === "row" && found.field === undefined)) return;
  const isArray = elementTypeOf(shapeOf(found).type, types.catalog) !== undefined;
  if (isArray === slice > 0) return;
  throw new SqlError(
    "42804",
    slice > 0
      ? "FOREACH ... SLICE loop variable must be of an array type"
      : "FOREACH loop variable must not be of an array type",
  );
}
