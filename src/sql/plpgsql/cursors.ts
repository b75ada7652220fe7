/** CURSORS OF A BODY AS IT RUNS: they are the session's, by the names that variables hold. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Scalar } from "../types/scalar.ts";
import type { MadeSql, PlacedSql, Port } from "./port.ts";
import { typeOf } from "./scope.ts";
import { Store } from "./store.ts";
import type { Dynamic, Fetch, Open, Path, SqlText } from "./tree.ts";
import { Frame, row, type ScalarVariable, scalar } from "./variables.ts";

/** What running a cursor's statements needs of the body that runs. */
export interface CursorHost {
  readonly port: Port;
  readonly value: (sql: SqlText, frame: Frame) => { readonly value: Scalar; readonly type: Oid };
  readonly placed: (sql: SqlText) => PlacedSql;
  readonly made: (dynamic: Dynamic, frame: Frame) => MadeSql;
}

const INT4 = 23 as Oid;

/** The variable that holds a cursor's name. */
function cursorVariable(frame: Frame, path: Path): ScalarVariable {
  const found = frame.find(path);
  if (found?.variable.kind !== "scalar") {
    throw new SqlError("42804", "cursor variable must be a simple variable");
  }
  return found.variable;
}

function nameIn(frame: Frame, path: Path): string {
  const { name, value } = cursorVariable(frame, path);
  if (value === null) throw new SqlError("22004", `cursor variable "${name}" is null`);
  return String(value);
}

/** Throws 42P03. */
export function open(
  host: CursorHost,
  { cursor, source, scroll, args }: Omit<Open, "kind">,
  frame: Frame,
): void {
  const { port } = host;
  const variable = cursorVariable(frame, cursor);
  const name = variable.value === null ? undefined : String(variable.value);
  if (name !== undefined && port.cursors.has(name)) {
    throw new SqlError("42P03", `cursor "${name}" already in use`);
  }
  if (name === undefined && variable.isConstant) {
    throw new SqlError("22005", `variable "${variable.name}" is declared CONSTANT`);
  }
  const opening = { name, scroll };
  const opened = source
    ? port.openCursor(sqlOf(host, source, frame), frame, opening)
    : openBound(host, variable, args, frame, opening);
  if (name === undefined) variable.value = opened;
}

const sqlOf = (host: CursorHost, source: SqlText | Dynamic, frame: Frame) =>
  "query" in source ? host.made(source, frame) : host.placed(source);

function openBound(
  host: CursorHost,
  { cursor, name }: ScalarVariable,
  args: readonly SqlText[],
  frame: Frame,
  opening: { readonly name: string | undefined; readonly scroll: boolean | undefined },
): string {
  if (!cursor) throw new SqlError("42601", `cursor "${name}" is not bound to a query`);
  const { declaration } = cursor;
  const inside = new Frame(declaration.name, cursor.frame);
  const store = new Store(host.port);
  declaration.parameters.forEach((parameter, at) => {
    const { type, typmod } = typeOf(parameter.type, cursor.frame, host.port);
    const variable = scalar(parameter.name, type, null, typmod);
    const given = host.value(args[at] as SqlText, frame);
    store.setScalar(variable, given.value, given.type);
    inside.add(variable);
  });
  return host.port.openCursor(host.placed(declaration.query), inside, opening);
}

/** How many rows it passed. */
export function fetchRow(host: CursorHost, statement: Fetch, frame: Frame): number {
  const { cursor, direction, count, into } = statement;
  const name = nameIn(frame, cursor);
  const { port } = host;
  if (!port.cursors.has(name)) throw absent(name);
  const found = port.cursors.move(name, {
    direction,
    count: typeof count === "number" ? count : countOf(host, count, frame),
    move: !into,
  });
  if (into) new Store(port).into(frame, into, found.columns, found.rows[0]);
  return found.count;
}

function countOf({ port, value }: CursorHost, sql: SqlText, frame: Frame): number {
  const given = value(sql, frame);
  const count = port.cast(given.value, given.type, { type: INT4, typmod: -1 });
  if (count !== null) return Number(count);
  throw new SqlError("22004", "relative or absolute cursor position is null");
}

const absent = (name: string): SqlError => new SqlError("34000", `cursor "${name}" does not exist`);

export function close({ port }: CursorHost, cursor: Path, frame: Frame): void {
  const name = nameIn(frame, cursor);
  if (!port.cursors.has(name)) throw absent(name);
  port.cursors.close(name);
}

const RECORD = 2249 as Oid;

/**
 * FOR over a cursor: opened, and closed when it is over. `rounds`: runs the body as long as what it
 * is given has a row for its variable.
 */
export function overCursor<T>(
  host: CursorHost,
  statement: {
    readonly cursor: Path;
    readonly variable: string;
    readonly args: readonly SqlText[];
  },
  frame: Frame,
  rounds: (inside: Frame, goes: () => boolean) => T,
): { readonly result: T; readonly found: boolean } {
  const { port } = host;
  const variable = cursorVariable(frame, statement.cursor);
  const before = variable.value;
  const scroll = variable.cursor?.declaration.scroll;
  open(host, { ...statement, source: undefined, scroll }, frame);
  const name = String(variable.value);
  const inside = new Frame(undefined, frame);
  const each = row(statement.variable, RECORD);
  inside.add(each);
  let found = false;
  const result = rounds(inside, () => {
    const move = { direction: "forward", count: 1, move: false } as const;
    const { rows, columns } = port.cursors.move(name, move);
    const [next] = rows;
    if (!next) return false;
    found = true;
    new Store(port).setRow(each, columns, next);
    return true;
  });
  port.cursors.close(name);
  if (before === null) variable.value = null;
  return { result, found };
}
