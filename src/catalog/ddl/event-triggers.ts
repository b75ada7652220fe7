/**
 * CREATE EVENT TRIGGER and ALTER EVENT TRIGGER. Firing them is a layer's above.
 * https://www.postgresql.org/docs/15/sql-createeventtrigger.html
 */
import { oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { EVENT_TRIGGER_CLASS, PROC_CLASS } from "../class-oids.ts";
import { addDependency, addOwner } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { isFired } from "../event-tags.ts";
import type {
  AlterEventTrigger,
  CreateEventTrigger,
  EventTriggerStatement,
} from "../event-trigger-statement.ts";
import { isSuperuser } from "../memberships.ts";
import { pgEventTrigger } from "../relations/pg-event-trigger.ts";
import { pgProc } from "../relations/pg-proc.ts";
import { lockName } from "./alter-objects.ts";
import { alreadyExists } from "./altered-otherwise.ts";
import type { DdlContext } from "./context.ts";
import { findNamed } from "./find-named.ts";
import { findObject, lockFound } from "./find-object.ts";
import { checkOwnership } from "./object-ownership.ts";
import { checkFiredFunction } from "./trigger-functions.ts";

const EVENT_TRIGGER_TYPE = oid(3838);
/** Events that there are here. */
const FIRING = ["ddl_command_start", "ddl_command_end", "sql_drop"];
const EVENTS = ["ddl_command_start", "ddl_command_end", "sql_drop", "table_rewrite"];

export function executeEventTriggerStatement(
  context: DdlContext,
  statement: EventTriggerStatement,
): void {
  if (statement.kind === "createEventTrigger") createEventTrigger(context, statement);
  else alterEventTrigger(context, statement);
}

/** Throws 42501, 42601, 0A000, 42710, 42883, 42P17. */
function createEventTrigger(context: DdlContext, statement: CreateEventTrigger): void {
  const { catalog, user } = context;
  const { name, event } = statement;
  if (!isSuperuser(catalog, user.oid)) {
    throw new SqlError("42501", `permission denied to create event trigger "${name}"`, {
      hint: "Must be superuser to create an event trigger.",
    });
  }
  if (!EVENTS.includes(event)) throw new SqlError("42601", `unrecognized event name "${event}"`);
  const tags = tagsOf(statement);
  lockName(context, EVENT_TRIGGER_CLASS, undefined, name);
  if (catalog.find(pgEventTrigger, "evtname", [name])) {
    throw alreadyExists(context, "event trigger", name, undefined);
  }
  const routine = functionOf(context, statement);
  if (!FIRING.includes(event)) throw notSupported(`an event trigger ON ${event}`);
  checkFiredFunction(context, routine, "event trigger");
  const id = context.allocateOid();
  catalog.insert(pgEventTrigger, {
    ...{ oid: id, evtname: name, evtevent: event, evtowner: user.oid, evtfoid: routine.oid },
    ...{ evtenabled: "O", evttags: tags },
  });
  const self = addressOf(EVENT_TRIGGER_CLASS, id);
  addOwner(catalog, self, user.oid);
  addDependency(catalog, self, addressOf(PROC_CLASS, routine.oid), "n");
}

/** null = all. */
function tagsOf({ event, filters }: CreateEventTrigger): readonly string[] | null {
  let tags: readonly string[] | null = null;
  for (const { variable, values } of filters) {
    if (variable !== "tag") {
      throw new SqlError("42601", `unrecognized filter variable "${variable}"`);
    }
    if (tags) throw new SqlError("42601", `filter variable "${variable}" specified more than once`);
    tags = values;
  }
  return tags?.map((tag) => checkedTag(tag, event)) ?? null;
}

function checkedTag(given: string, event: string): string {
  const tag = given.toUpperCase();
  const fired = isFired(tag, event);
  if (fired) return tag;
  if (fired === false) {
    throw new SqlError("0A000", `event triggers are not supported for ${given}`);
  }
  const message = `filter value "${given}" not recognized for filter variable "tag"`;
  throw new SqlError("42601", message);
}

function functionOf(context: DdlContext, { function: name }: CreateEventTrigger) {
  const object = { kind: "routine", routine: "function", name, args: [] } as const;
  const { address } = findObject(context, object);
  const row = context.catalog.find(pgProc, "key", [address.oid]);
  if (!row) throw new SqlError("42883", `function ${name.name}() does not exist`);
  if (row.prorettype === EVENT_TRIGGER_TYPE) return row;
  throw new SqlError("42P17", `function ${name.name} must return type event_trigger`);
}

function alterEventTrigger(context: DdlContext, { name, enabled }: AlterEventTrigger): void {
  const found = findNamed(context, "event trigger", name);
  checkOwnership(context, found.ownership);
  lockFound(context, found, "AccessExclusive");
  const row = context.catalog.find(pgEventTrigger, "key", [found.address.oid]);
  if (row) context.catalog.update(pgEventTrigger, row, { evtenabled: enabled });
}
