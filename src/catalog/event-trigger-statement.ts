/** Statements about event triggers as data. https://www.postgresql.org/docs/15/event-triggers.html */
import type { QualifiedName } from "./statement.ts";

/** https://www.postgresql.org/docs/15/sql-createeventtrigger.html */
export interface CreateEventTrigger {
  readonly kind: "createEventTrigger";
  readonly name: string;
  readonly event: string;
  /** WHEN variable IN (…) AND … */
  readonly filters: readonly { readonly variable: string; readonly values: readonly string[] }[];
  readonly function: QualifiedName;
}

/** ALTER EVENT TRIGGER … ENABLE, DISABLE. */
export interface AlterEventTrigger {
  readonly kind: "alterEventTrigger";
  readonly name: string;
  /** As pg_event_trigger.evtenabled has it. */
  readonly enabled: string;
}

export type EventTriggerStatement = CreateEventTrigger | AlterEventTrigger;
