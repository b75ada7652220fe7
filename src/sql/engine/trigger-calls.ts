/**
 * CALLING TRIGGER FUNCTIONS: the body is read once, and run over NEW, OLD and what it may ask of
 * its trigger. https://www.postgresql.org/docs/15/plpgsql-trigger.html
 */
import type { Oid } from "../../base/ids.ts";
import { type Notice, SqlError } from "../../base/sql-error.ts";
import { BEFORE, INSTEAD, ROW } from "../../catalog/trigger-bits.ts";
import { Wait } from "../../txn/wait.ts";
import type { Field } from "../bind/field.ts";
import type { Returned } from "../plpgsql/called.ts";
import type { Port } from "../plpgsql/port.ts";
import { Frame, row, scalar } from "../plpgsql/variables.ts";
import type { ColumnShape, TableShape } from "../rows/table-shape.ts";
import { transitionText } from "../rows/transition-rows.ts";
import type { Happening, Row, Trigger } from "../rows/triggers.ts";
import type { StatementContext } from "../session/engine.ts";
import type { Scalar } from "../types/scalar.ts";
import { builtinTrigger } from "./builtin-triggers.ts";
import { runFired } from "./fired-function.ts";
import { tooDeep } from "./too-deep.ts";

/** Calls within calls; each takes a good part of the stack. */
const DEPTH_MAX = 100;

const [TEXT, NAME, OID, INT4, TEXT_ARRAY] = [25, 19, 26, 23, 1009] as Oid[] as [
  Oid,
  Oid,
  Oid,
  Oid,
  Oid,
];

export interface TriggerCall {
  readonly context: StatementContext;
  readonly port: (notice: (said: Notice) => void) => Port;
  readonly rowType: Oid;
  readonly shape: TableShape;
  readonly trigger: Trigger;
  readonly happened: Happening;
}

/** What functions that are being called have said, which the client hears in its order. */
const saying = new WeakMap<StatementContext, Notice[]>();

/** What the function answers, with a value for each attribute number; undefined = NULL. */
export function callTrigger(call: TriggerCall): Row | undefined {
  const { context } = call;
  if (context.triggerDepth >= DEPTH_MAX) throw tooDeep();
  const said: Notice[] = [];
  const around = saying.get(context);
  saying.set(context, said);
  context.triggerDepth++;
  try {
    return called(call, (each) => said.push(each));
  } catch (error) {
    // It runs again: what it has said is not said twice.
    if (error instanceof Wait) said.length = 0;
    throw error;
  } finally {
    context.triggerDepth--;
    if (around) saying.set(context, around);
    else saying.delete(context);
    for (const each of said) {
      if (around) around.push(each);
      else context.notice(each);
    }
  }
}

function called(call: TriggerCall, notice: (said: Notice) => void): Row | undefined {
  const { context, trigger, shape } = call;
  const builtin = builtinTrigger(context.catalog, trigger.function);
  if (builtin) return builtin(call);
  const frame = (name: string) => frameOf(call, name);
  const fired = runFired(context, trigger.function, "trigger", frame, call.port(notice));
  const { returned, signature } = fired;
  if (!returned) {
    const message = "control reached end of trigger procedure without RETURN";
    throw new SqlError("2F005", message).within(`PL/pgSQL function ${signature()}`);
  }
  const isAnswered =
    (trigger.type & (ROW as number)) !== 0 &&
    (trigger.type & ((BEFORE as number) | (INSTEAD as number))) !== 0;
  if (returned.value === null && !returned.row) return undefined;
  const atExit = (error: SqlError): SqlError =>
    error.within(`PL/pgSQL function ${signature()} during function exit`);
  if (!returned.row) {
    const message = "cannot return non-composite value from function returning composite type";
    throw atExit(new SqlError("42804", message));
  }
  if (!isAnswered) return returned.row.values;
  try {
    return fitted(shape, returned, call.rowType);
  } catch (error) {
    throw error instanceof SqlError ? atExit(error) : error;
  }
}

/** Fields by attribute number. */
const fieldsOf = new WeakMap<TableShape, readonly Field[]>();

function fieldsByNumber(shape: TableShape): readonly Field[] {
  const known = fieldsOf.get(shape);
  if (known) return known;
  const none: Field = { name: "", type: 0 as Oid, typmod: -1, collation: 0 as Oid };
  const fields: Field[] = new Array(shape.width).fill(none);
  for (const column of shape.columns) fields[column.number - 1] = fieldOf(column);
  fieldsOf.set(shape, fields);
  return fields;
}

function tablesOf(
  { oldTable, newTable }: Trigger,
  { rows }: Happening,
): [name: string, rows: readonly Row[]][] {
  if (!rows) return [];
  const tables: [string | null, readonly Row[]][] = [
    [oldTable, rows.old],
    [newTable, rows.now],
  ];
  return tables.flatMap(([name, of]) => (name === null ? [] : [[name, of]]));
}

const fieldOf = ({ name, type, typmod, collation }: ColumnShape): Field => ({
  ...{ name, type, typmod, collation },
});

const EVENT_NAMES = {
  ...{ insert: "INSERT", update: "UPDATE", delete: "DELETE", truncate: "TRUNCATE" },
} as const;

const timeOf = ({ type }: Trigger): string =>
  (type & (BEFORE as number)) !== 0
    ? "BEFORE"
    : (type & (INSTEAD as number)) !== 0
      ? "INSTEAD OF"
      : "AFTER";

function frameOf({ shape, trigger, happened, rowType }: TriggerCall, name: string): Frame {
  const frame = new Frame(name);
  const isRow = (trigger.type & (ROW as number)) !== 0;
  const fields = fieldsByNumber(shape);
  // What there is none of reads as NULL: a function may be of triggers of several kinds.
  const none = fields.map(() => null);
  for (const [variable, held] of [
    ["new", happened.now],
    ["old", happened.old],
  ] as const) {
    const values = isRow ? held : undefined;
    frame.add(row(variable, rowType, fields, values ?? none, values === undefined));
  }
  const { args } = trigger;
  const facts: readonly (readonly [string, Oid, Scalar])[] = [
    ["tg_name", NAME, trigger.name],
    ["tg_when", TEXT, timeOf(trigger)],
    ["tg_level", TEXT, isRow ? "ROW" : "STATEMENT"],
    ["tg_op", TEXT, EVENT_NAMES[happened.event]],
    ["tg_relid", OID, BigInt(shape.oid)],
    ["tg_relname", NAME, shape.name],
    ["tg_table_name", NAME, shape.name],
    ["tg_table_schema", NAME, shape.schema],
    ["tg_nargs", INT4, BigInt(args.length)],
    ["tg_argv", TEXT_ARRAY, args.length > 0 ? `{"l":[0],"a":${JSON.stringify(args)}}` : null],
  ];
  for (const [fact, of, value] of facts) frame.add(scalar(fact, of, value));
  for (const [table, rows] of tablesOf(trigger, happened)) {
    const columns = shape.columns.map(fieldOf);
    frame.addTable(table, { columns, rows: () => transitionText(shape, rows) });
  }
  return frame;
}

/** 42804 for a row that is not one of the table. */
function fitted(shape: TableShape, { row: returned }: Returned, rowType: Oid): Row {
  if (!returned) return [];
  if (returned.type === rowType && returned.values.length === shape.width) return returned.values;
  const there = (returned.fields ?? [])
    .map((field, at) => ({ ...field, value: returned.values[at] ?? null }))
    .filter(({ name }) => name !== "");
  const refuse = (detail: string) =>
    new SqlError(
      "42804",
      "returned row structure does not match the structure of the triggering table",
      { detail },
    );
  if (there.length !== shape.columns.length) {
    throw refuse(
      `Number of returned columns (${there.length}) does not match expected column count (${shape.columns.length}).`,
    );
  }
  const made: Scalar[] = new Array(shape.width).fill(null);
  shape.columns.forEach(({ number, name, type }, at) => {
    const field = there[at];
    if (field?.type !== type) throw refuse(`Column "${name}" has another type.`);
    made[number - 1] = field.value;
  });
  return made;
}
