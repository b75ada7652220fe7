/** FIRING around what a statement, or a foreign key, does to the rows of one table. */
import type { Oid } from "../../base/ids.ts";
import type { TriggerEvent } from "../../catalog/trigger-bits.ts";
import type { Scalar } from "../types/scalar.ts";
import { isCaptured } from "./event-queue.ts";
import type { RowEvent } from "./foreign-keys.ts";
import type { RowEngine, TableWriter } from "./table-writer.ts";
import {
  afterRow,
  afterStatement,
  beforeStatement,
  changedByTrigger,
  fireBeforeRow,
  fireInsteadOfRow,
  type Happening,
  type Row,
  type TriggerEngine,
} from "./triggers.ts";

type Add = (event: RowEvent) => void;

interface BeforeRow {
  /** Of the row that is there, which triggers must not change on their own. */
  readonly version?: number;
  /** Whether a new row still belongs to the partition. */
  readonly belongs?: (row: Row) => boolean;
}

/** The row as BEFORE triggers leave it; undefined = it is left alone. Throws 27000, 0A000. */
export function beforeRowOf(
  engine: TriggerEngine & RowEngine,
  { shape, rules }: TableWriter,
  happened: Happening,
  { version, belongs }: BeforeRow,
): Scalar[] | undefined {
  const row = (happened.event === "delete" ? happened.old : happened.now) as Scalar[];
  if (!rules.triggers) return row;
  const left = fireBeforeRow(engine, shape, rules.triggers, happened, belongs);
  if (!left || version === undefined) return left && [...left];
  if (engine.rows.stateOf(shape.storage, version).state !== "live") {
    throw changedByTrigger(happened.event === "delete" ? "deleted" : "updated");
  }
  return [...left];
}

/** What triggers have done instead, as the row that they leave; undefined: nothing. */
export function insteadOfRow(
  engine: TriggerEngine,
  { shape, rules }: TableWriter,
  happened: Happening,
): Scalar[] | undefined {
  const left = fireInsteadOfRow(engine, shape, rules.triggers ?? [], happened);
  return left && [...left];
}

export function afterRowEvents(
  engine: TriggerEngine,
  writer: TableWriter,
  happened: Happening,
  add: Add,
): void {
  const { shape, rules } = writer;
  if (!rules.triggers) return;
  for (const trigger of afterRow(engine, shape, rules.triggers, happened)) {
    add({ kind: "fired", writer, trigger, happened });
  }
}

/** Of the table that the statement names: a row for triggers that ask for all of them. */
export function captureRow(
  writer: TableWriter,
  event: TriggerEvent,
  rows: () => Pick<Happening, "old" | "now">,
  add: Add,
): void {
  if (!isCaptured(writer.rules.triggers, event)) return;
  add({ kind: "captured", writer, happened: { event, ...rows() } });
}

export function callBeforeStatement(
  engine: TriggerEngine,
  { shape, rules }: TableWriter,
  happened: Happening,
): void {
  if (!rules.triggers) return;
  for (const trigger of beforeStatement(engine, shape, rules.triggers, happened)) {
    engine.callTrigger(shape, trigger, happened);
  }
}

export function statementEvents(
  engine: TriggerEngine,
  writer: TableWriter,
  happened: Happening,
  add: Add,
): void {
  const { shape, rules } = writer;
  for (const trigger of afterStatement(engine, shape, rules.triggers ?? [], happened)) {
    add({ kind: "fired", writer, trigger, happened });
  }
}

/** Around TRUNCATE of several tables. */
export function fireTruncate(
  engine: TriggerEngine & { writerOf(relation: Oid): TableWriter },
  when: "before" | "after",
  tables: readonly Oid[],
): void {
  const happened: Happening = { event: "truncate" };
  const firing = when === "before" ? beforeStatement : afterStatement;
  for (const { shape, rules } of tables.map((table) => engine.writerOf(table))) {
    for (const trigger of firing(engine, shape, rules.triggers ?? [], happened)) {
      engine.callTrigger(shape, trigger, happened);
    }
  }
}
