/** DECLARE, FETCH, MOVE, CLOSE. https://www.postgresql.org/docs/15/sql-fetch.html */
import { SqlError } from "../../base/sql-error.ts";
import type { CursorStatement, Statement } from "../parse/statement.ts";
import { after } from "./after.ts";
import { allText } from "./columns.ts";
import { type Command, done, type Outcome, plainCommand, rowsOutcome } from "./command.ts";
import type { ResultRow } from "./engine.ts";
import type { Portal, PortalState } from "./portals.ts";
import { planQuery, runQuery } from "./query-commands.ts";
import { bufferRows } from "./rows.ts";
import type { SessionState } from "./state.ts";

type Fetch = Extract<CursorStatement, { kind: "fetch" }>;
type Declare = Extract<CursorStatement, { kind: "declareCursor" }>;

export function cursorCommand(
  state: SessionState,
  statement: Statement,
  body: CursorStatement,
): Command {
  switch (body.kind) {
    case "declareCursor":
      return plainCommand(() => declare(state, statement, body));
    case "fetch":
      return fetchCommand(state, body);
    case "closeCursor":
      return plainCommand(() => close(state, body.name));
  }
}

/** The rows are those of this moment, as a cursor's are; so they are taken now. */
function declare(
  state: SessionState,
  statement: Statement,
  body: Declare,
): Outcome | Promise<Outcome> {
  if (!body.hold && state.block.state !== "open") {
    throw new SqlError("25P01", "DECLARE CURSOR can only be used in transaction blocks");
  }
  if (state.portals.find(body.name) !== undefined) {
    throw new SqlError("42P03", `cursor "${body.name}" already exists`);
  }
  const query: Statement = { ...statement, body: body.query, tag: "SELECT" };
  return after(planQuery(state, query, body.query, [], false), (plan) =>
    after(runQuery(state, plan, []), (source) =>
      after(bufferRows(state, source), (rows) => {
        state.portals.add({
          name: body.name,
          statement: query,
          text: statement.text,
          columns: plan.columns,
          formats: allText(plan.columns.length),
          cursor: { scroll: body.scroll, binary: body.binary },
          createdAt: state.messageTime,
          tag: "SELECT",
          level: state.block.depth,
          hold: body.hold,
          answer: { state: "rows", rows, position: 0 },
        });
        return done("DECLARE CURSOR");
      }),
    ),
  );
}

function fetchCommand(state: SessionState, body: Fetch): Command {
  const columns = state.portals.getCursor(body.cursor).columns;
  if (body.move) {
    return plainCommand(() => after(moved(state, body), (rows) => done(`MOVE ${rows.length}`)));
  }
  const isBinary = state.portals.getCursor(body.cursor).cursor?.binary ?? false;
  return {
    columns,
    ...(isBinary ? { format: 1 as const } : {}),
    run: () => after(moved(state, body), (rows) => rowsOutcome(rows, "FETCH", true)),
  };
}

function moved(state: SessionState, body: Fetch): ResultRow[] | Promise<ResultRow[]> {
  const portal = state.portals.getCursor(body.cursor);
  return after(withRows(state, portal), (answer) => {
    if (portal.cursor?.scroll === false && movesBack(body, answer)) {
      throw new SqlError("55000", "cursor can only scan forward", {
        hint: "Declare it with SCROLL option to enable backward scan.",
      });
    }
    return moveCursor(answer, body);
  });
}

/** A cursor declared NO SCROLL neither goes back nor stands still on a row. */
function movesBack({ direction, count }: Fetch, { rows, position }: Rows): boolean {
  const isOnRow = position > 0 && position <= rows.length;
  switch (direction) {
    case "forward":
    case "relative":
      return count < 0 || (count === 0 && isOnRow);
    case "backward":
      return count > 0 || (count === 0 && isOnRow);
    case "absolute":
      return count < 0 || (position > 0 && count <= position);
  }
}

type Rows = Extract<PortalState, { readonly state: "rows" }>;

/** A protocol portal that nobody executed yet runs now. */
function withRows(state: SessionState, portal: Portal): Rows | Promise<Rows> {
  const { answer } = portal;
  if (answer.state === "rows") return answer;
  if (answer.state === "finished" || portal.columns === undefined) {
    throw new SqlError("55000", `portal "${portal.name}" cannot be run`);
  }
  return after(answer.command.run(), (outcome) =>
    after(outcome.kind === "rows" ? bufferRows(state, outcome.source) : [], (rows) => {
      const fresh: Rows = { state: "rows", rows, position: 0 };
      portal.answer = fresh;
      return fresh;
    }),
  );
}

/**
 * Positions: 0 = before the first row, n = on row n, length + 1 = behind the last.
 * Returns the rows that the move passes, in the order in which it passes them.
 */
function moveCursor(
  cursor: { readonly rows: readonly ResultRow[]; position: number },
  { direction, count }: Pick<Fetch, "direction" | "count">,
): ResultRow[] {
  switch (direction) {
    case "forward":
      return step(cursor, count);
    case "backward":
      return step(cursor, -count);
    case "absolute":
      return jump(cursor, count >= 0 ? count : cursor.rows.length + 1 + count);
    case "relative":
      return count === 0 ? step(cursor, 0) : jump(cursor, cursor.position + count);
  }
}

function step(cursor: { readonly rows: readonly ResultRow[]; position: number }, count: number) {
  const { rows, position } = cursor;
  if (count === 0) return rows.slice(Math.max(position - 1, 0), position);
  if (count > 0) {
    const end = Math.min(position + count, rows.length + 1);
    cursor.position = end;
    return rows.slice(position, Math.min(end, rows.length));
  }
  const end = Math.max(position + count, 0);
  cursor.position = end;
  return rows.slice(Math.max(end - 1, 0), Math.max(position - 1, 0)).reverse();
}

function jump(cursor: { readonly rows: readonly ResultRow[]; position: number }, to: number) {
  cursor.position = Math.min(Math.max(to, 0), cursor.rows.length + 1);
  return cursor.position === to && to > 0 && to <= cursor.rows.length
    ? cursor.rows.slice(to - 1, to)
    : [];
}

function close(state: SessionState, name: string | undefined): Outcome {
  if (name === undefined) {
    state.portals.clear();
    return done("CLOSE CURSOR ALL");
  }
  state.portals.getCursor(name);
  state.portals.delete(name);
  return done("CLOSE CURSOR");
}
