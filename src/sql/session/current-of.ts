/**
 * WHERE CURRENT OF: the table's row that a cursor stands on.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/executor/execCurrent.c
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { withDescendants } from "../../catalog/inheritance.ts";
import type { ClassTuple } from "../../catalog/names.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { readPlace } from "../bind/row-place.ts";
import { after } from "./after.ts";
import type { Command } from "./command.ts";
import type { CurrentOf, CursorRow, CursorTable, ResultRow } from "./engine.ts";
import type { Portal, PortalTables } from "./portals.ts";
import { isAtHand } from "./rows.ts";
import type { SessionState } from "./state.ts";

/** What a portal that is being made keeps of its command for WHERE CURRENT OF. */
export function portalTables(state: SessionState, command: Command): PortalTables | undefined {
  const { cursorTables: tables } = command;
  if (tables === undefined) return undefined;
  // Rows that are locked change by nobody else.
  const isOpen = !tables.isLocking && tables.tables.length > 0;
  return { ...tables, snapshot: isOpen ? state.block.transaction.takeSnapshot() : undefined };
}

/** The rows that a statement asks for. Throws 34000, 24000. */
export function cursorRows(
  state: SessionState,
  asked: readonly CurrentOf[],
): readonly CursorRow[] | Promise<readonly CursorRow[]> {
  const [first, ...more] = asked;
  if (first === undefined) return [];
  return after(cursorRow(state, first), (row) =>
    after(cursorRows(state, more), (others) => [row, ...others]),
  );
}

const invalidState = (message: string): SqlError => new SqlError("24000", message);

export function cursorRow(state: SessionState, asked: CurrentOf): CursorRow | Promise<CursorRow> {
  const { cursor: name } = asked;
  const portal = state.portals.getCursor(name);
  const { tables, columns = [] } = portal;
  if (tables === undefined) throw invalidState(`cursor "${name}" is not a SELECT query`);
  if (portal.level === undefined || portal.answer.state === "failed") {
    throw invalidState(`cursor "${name}" is held from a previous transaction`);
  }
  const [found] = scanned(state, asked).map(({ oid, relname: table }) => {
    const [first, ...others] = tables.tables.filter((each) => reads(each, oid));
    if (first === undefined) {
      throw invalidState(
        tables.isLocking
          ? `cursor "${name}" does not have a FOR UPDATE/SHARE reference to table "${table}"`
          : `cursor "${name}" is not a simply updatable scan of table "${table}"`,
      );
    }
    if (others.length === 0) return first;
    const message = `cursor "${name}" has multiple FOR UPDATE/SHARE references to table "${table}"`;
    throw invalidState(message);
  });
  const none = { member: undefined, version: undefined };
  if (found === undefined) return { ...asked, ...none, storage: INVALID_OID };
  return after(rowAt(portal), (row) => {
    const place = readPlace(row[columns.length + tables.tables.indexOf(found)]);
    const { member, version } = place ?? none;
    const { storage } = (member && found.members?.get(member)) ?? found;
    return { ...asked, member, storage, version };
  });
}

const reads = ({ relation, members }: CursorTable, table: Oid): boolean =>
  members ? members.has(table) : relation === table;

/** Tables whose rows the statement looks at. */
function scanned({ context }: SessionState, { relation, isInherited }: CurrentOf): ClassTuple[] {
  const { catalog } = context;
  const all = isInherited ? withDescendants(catalog, relation) : [relation];
  return all
    .flatMap((oid) => catalog.find(pgClass, "key", [oid]) ?? [])
    .filter(({ relkind }) => relkind !== "p");
}

/** The row that the portal stands on. Throws 24000 when it stands on none. */
function rowAt({ name, answer }: Portal): ResultRow | Promise<ResultRow> {
  const isOnRow =
    answer.state === "rows" && answer.position > 0 && answer.position <= answer.rows.length;
  if (!isOnRow) throw invalidState(`cursor "${name}" is not positioned on a row`);
  const { rows, position } = answer;
  const found = rows.rows(position - 1, position, false);
  if (isAtHand(found)) return found[0] ?? [];
  return firstOf(found);
}

async function firstOf(batches: AsyncIterable<readonly ResultRow[]>): Promise<ResultRow> {
  for await (const [row] of batches) if (row) return row;
  return [];
}
