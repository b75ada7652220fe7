/**
 * What a function that an event trigger calls may ask of the statement.
 * https://www.postgresql.org/docs/15/functions-event-triggers.html
 */
import { SqlError } from "../../base/sql-error.ts";
import type { Scalar } from "../types/scalar.ts";
import { defineInSession, defineSetInSession } from "./define.ts";
import type {
  FiredEvent,
  FunctionDefinition,
  SessionEffects,
  SetFunctionDefinition,
} from "./registry.ts";

const asked = ({ fired }: SessionEffects, name: string, event?: string): FiredEvent => {
  if (fired && (event === undefined || fired.event === event)) return fired;
  const where = event === undefined ? "an" : `a ${event}`;
  throw new SqlError("39P03", `${name}() can only be called in ${where} event trigger function`);
};

export const eventTriggerSetFunctions: readonly SetFunctionDefinition[] = [
  defineSetInSession(
    "pg_event_trigger_ddl_commands()",
    (effects) => asked(effects, "pg_event_trigger_ddl_commands").commands,
  ),
  defineSetInSession(
    "pg_event_trigger_dropped_objects()",
    (effects) => asked(effects, "pg_event_trigger_dropped_objects", "sql_drop").dropped,
  ),
];

/** No event trigger is on table_rewrite. */
const rewritten = (name: string): FunctionDefinition =>
  defineInSession(`${name}()`, (effects): Scalar => {
    asked(effects, name, "table_rewrite");
    return null;
  });

export const eventTriggerFunctions: readonly FunctionDefinition[] = [
  rewritten("pg_event_trigger_table_rewrite_oid"),
  rewritten("pg_event_trigger_table_rewrite_reason"),
];
