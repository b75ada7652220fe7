/**
 * EVENT TRIGGERS: which there are, and calling their functions around a DDL statement.
 * https://www.postgresql.org/docs/15/event-trigger-definition.html
 */
import type { Oid } from "../../base/ids.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import { isFired } from "../../catalog/event-tags.ts";
import { pgEventTrigger } from "../../catalog/relations/pg-event-trigger.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import type { Storage } from "../../txn/storage.ts";
import type { FiredEvent } from "../functions/registry.ts";
import type { Port } from "../plpgsql/port.ts";
import { Frame, scalar } from "../plpgsql/variables.ts";
import type { StatementContext } from "../session/engine.ts";
import { runFired } from "./fired-function.ts";

interface EventTrigger {
  readonly event: string;
  readonly function: Oid;
  /** O, A or R: in which session_replication_role it fires. */
  readonly enabled: string;
  /** null = any. */
  readonly tags: readonly string[] | null;
}

/** By database, in the order of their names; forgotten when a commit changes any. */
export class KnownEventTriggers {
  readonly #known = new Map<Oid, readonly EventTrigger[]>();

  constructor(storage: Storage) {
    storage.onApplied(({ commits }) => {
      const changed = ({ rel }: { readonly rel: Oid }) => rel === pgEventTrigger.oid;
      if (commits.some(({ mutations }) => mutations.some(changed))) this.#known.clear();
    });
  }

  /** As the transaction sees them. */
  of(catalog: Catalog): readonly EventTrigger[] {
    const { database, transaction } = catalog;
    if (transaction.overlay.touches(pgEventTrigger.layout, database)) return read(catalog);
    const known = this.#known.get(database) ?? read(catalog);
    this.#known.set(database, known);
    return known;
  }
}

const read = (catalog: Catalog): readonly EventTrigger[] =>
  [...catalog.all(pgEventTrigger)]
    .filter(({ evtenabled }) => evtenabled !== "D")
    .sort((a, b) => Buffer.compare(Buffer.from(a.evtname), Buffer.from(b.evtname)))
    .map(({ evtevent: event, evtfoid, evtenabled: enabled, evttags: tags }) => ({
      ...{ event, function: evtfoid, enabled, tags },
    }));

export interface DdlEvents {
  fire(event: string, facts: Omit<FiredEvent, "event">): void;
}

/** Undefined: nothing fires for the statement. `all`: those that there are when it is asked. */
export function ddlEventsOf(
  all: () => readonly EventTrigger[],
  tag: string,
  statement: DdlStatement,
  context: StatementContext,
  port: () => Port,
): DdlEvents | undefined {
  if (all().length === 0 || isAboutShared(statement)) return undefined;
  const isReplica = context.setting("session_replication_role") === "replica";
  const fires = ({ event, enabled, tags }: EventTrigger): boolean =>
    (enabled === "A" || (enabled === "R") === isReplica) &&
    isFired(tag, event) === true &&
    (tags?.includes(tag) ?? true);
  return {
    fire: (event, facts) => {
      const firing = all().filter((each) => each.event === event && fires(each));
      const frame = (name: string) => frameOf(name, event, tag);
      const around = context.fired;
      context.fired = { event, ...facts };
      try {
        for (const { function: called } of firing) {
          runFired(context, called, "event trigger", frame, port());
        }
      } finally {
        context.fired = around;
      }
    },
  };
}

/** For these nothing fires, whatever is done to them. */
const SHARED: readonly string[] = ["database", "event trigger", "role", "tablespace"];

/** What only says so after its tag. */
function isAboutShared(statement: DdlStatement): boolean {
  if (statement.kind === "comment") {
    const { object } = statement;
    return object.kind === "named" && SHARED.includes(object.noun);
  }
  if (statement.kind !== "grant") return false;
  const { target } = statement;
  if (target.in === "parameters") return true;
  if (target.in !== "objects") return false;
  return target.objects.some((each) => each.kind === "named" && SHARED.includes(each.noun));
}

const TEXT = 25 as Oid;

function frameOf(name: string, event: string, tag: string): Frame {
  const frame = new Frame(name);
  frame.add(scalar("tg_event", TEXT, event));
  frame.add(scalar("tg_tag", TEXT, tag));
  return frame;
}
