/** DECLARE, FETCH, MOVE, CLOSE. https://www.postgresql.org/docs/15/sql-fetch.html */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { CursorStatement, Statement } from "../parse/statement.ts";
import type { Scalar } from "../types/scalar.ts";
import { after } from "./after.ts";
import { allText } from "./columns.ts";
import {
  type Command,
  done,
  type Outcome,
  plainCommand,
  type RowSource,
  rowsOutcome,
} from "./command.ts";
import { portalTables } from "./current-of.ts";
import { planMove } from "./cursor-moves.ts";
import { failing, rowsOf } from "./portal-rows.ts";
import type { Portal, PortalState } from "./portals.ts";
import { lockingOf, plannedCommand } from "./query-commands.ts";
import { planQuery } from "./query-plans.ts";
import type { SessionState } from "./state.ts";

type Fetch = Extract<CursorStatement, { kind: "fetch" }>;
type Declare = Extract<CursorStatement, { kind: "declareCursor" }>;

/** What Bind gave for $1 … of a DECLARE. */
export interface CursorParameters {
  readonly types: readonly Oid[];
  readonly values: readonly Scalar[];
}

const NO_PARAMETERS: CursorParameters = { types: [], values: [] };

export function cursorCommand(
  state: SessionState,
  statement: Statement,
  body: CursorStatement,
  parameters = NO_PARAMETERS,
): Command {
  switch (body.kind) {
    case "declareCursor":
      return plainCommand(() => declare(state, statement, body, parameters));
    case "fetch":
      return fetchCommand(state, body);
    case "closeCursor":
      return plainCommand(() => close(state, body.name));
  }
}

/** The rows will be those of this moment, whenever they are fetched. */
function declare(
  state: SessionState,
  statement: Statement,
  body: Declare,
  { types, values }: CursorParameters,
): Outcome | Promise<Outcome> {
  const query: Statement = { ...statement, body: body.query, tag: "SELECT" };
  const planned = planQuery(state, query, body.query, types, types.length > 0, {
    forCursor: true,
  });
  return after(planned, (plan) => {
    refuseLocking(body);
    if (!body.hold && !state.isInBlock) {
      throw new SqlError("25P01", "DECLARE CURSOR can only be used in transaction blocks");
    }
    return after(plannedCommand(state, plan, values, body.query, true), (command) => {
      if (state.portals.find(body.name) !== undefined) {
        command.release?.();
        throw new SqlError("42P03", `cursor "${body.name}" already exists`);
      }
      state.portals.add({
        relations: command.relations ?? [],
        name: body.name,
        statement: query,
        text: statement.source,
        columns: plan.columns,
        formats: allText(plan.columns.length),
        cursor: { scroll: body.scroll ?? plan.readsBackwards, binary: body.binary },
        createdAt: state.messageTime,
        tag: "SELECT",
        level: state.block.depth,
        hold: body.hold,
        tables: portalTables(state, command),
        answer: { state: "ready", command },
      });
      return done("DECLARE CURSOR");
    });
  });
}

/** Throws 0A000 and 42P11: what locks rows goes forward, and ends with its transaction. */
function refuseLocking({ query, hold, scroll, insensitive }: Declare): void {
  const locking = lockingOf(query);
  if (locking === undefined) return;
  const refused = (code: string, what: string, isNot: string, kind: string) =>
    new SqlError(code, `DECLARE ${what} ... ${locking} is not ${isNot}`, {
      detail: `${kind} cursors must be READ ONLY.`,
    });
  if (hold) throw refused("0A000", "CURSOR WITH HOLD", "supported", "Holdable");
  if (scroll === true) throw refused("0A000", "SCROLL CURSOR", "supported", "Scrollable");
  if (insensitive) throw refused("42P11", "INSENSITIVE CURSOR", "valid", "Insensitive");
}

function fetchCommand(state: SessionState, body: Fetch): Command {
  const portal = state.portals.getCursor(body.cursor);
  if (body.move) {
    return plainCommand(() =>
      after(move(state, portal, body), ({ count }) => done(`MOVE ${count}`)),
    );
  }
  return {
    columns: portal.columns,
    describedLate: true,
    ...(portal.cursor?.binary ? { format: 1 as const } : {}),
    run: () => after(move(state, portal, body), ({ rows }) => rowsOutcome(rows, "FETCH", true)),
  };
}

interface Moved {
  readonly rows: RowSource;
  readonly count: number;
}

function move(state: SessionState, portal: Portal, body: Fetch): Moved | Promise<Moved> {
  return after(rowsOf(state, portal), (answer) =>
    failing(portal, () => moveTo(portal, answer, body)),
  );
}

type Rows = Extract<PortalState, { readonly state: "rows" }>;

export function moveTo(portal: Portal, answer: Rows, body: Omit<Fetch, "kind" | "cursor">): Moved {
  const { rows, position } = answer;
  const plan = planMove(body, { position, length: rows.length });
  if (plan.goesBack && !portal.cursor?.scroll) throw forwardOnly();
  answer.position = plan.position;
  const count = plan.to - plan.from;
  const goesToEnd =
    plan.position > rows.length || (body.direction === "absolute" && body.count < 0);
  if (rows.failure !== undefined && goesToEnd) throw rows.failure;
  return { rows: body.move ? [] : rows.rows(plan.from, plan.to, plan.backwards), count };
}

const forwardOnly = (): SqlError =>
  new SqlError("55000", "cursor can only scan forward", {
    hint: "Declare it with SCROLL option to enable backward scan.",
  });

function close(state: SessionState, name: string | undefined): Outcome {
  if (name === undefined) {
    state.portals.clear();
    return done("CLOSE CURSOR ALL");
  }
  state.portals.getCursor(name);
  state.portals.delete(name);
  return done("CLOSE CURSOR");
}
