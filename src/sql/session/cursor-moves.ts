/**
 * FETCH AND MOVE as arithmetic: which rows a move passes, and where it ends.
 *
 *   position   0 before the first row … n on row n … length + 1 behind the last
 *
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/tcop/pquery.c (PortalRunFetch)
 */
import type { CursorStatement } from "../parse/statement.ts";

type Fetch = Extract<CursorStatement, { kind: "fetch" }>;

export interface Place {
  readonly position: number;
  readonly length: number;
}

export interface Move {
  /** Rows [from, to) are answered, counted from 0. */
  readonly from: number;
  readonly to: number;
  readonly backwards: boolean;
  /** Where the cursor stands then. */
  readonly position: number;
  /** It goes back, or stands still on a row: not with NO SCROLL. */
  readonly goesBack: boolean;
}

export function planMove(fetch: Omit<Fetch, "kind" | "cursor">, place: Place): Move {
  const { direction, count, move } = fetch;
  switch (direction) {
    case "forward":
      return step(place, count, move);
    case "backward":
      return count === 0 ? step(place, 0, move) : step(place, -count, move);
    case "absolute":
      return absolute(place, count);
    case "relative":
      return count === 0 ? step(place, 0, move) : relative(place, count);
  }
}

/** MOVE goes back to the start without looking whether it may when it stands there. */
function step({ position, length }: Place, count: number, move: boolean): Move {
  if (count === 0) {
    const isOnRow = position > 0 && position <= length;
    const from = isOnRow ? position - 1 : 0;
    const to = isOnRow ? position : 0;
    return { from, to, backwards: false, position, goesBack: isOnRow && !move };
  }
  if (count > 0) {
    const end = Math.min(position + count, length + 1);
    const from = Math.min(position, length);
    return { from, to: Math.min(end, length), backwards: false, position: end, goesBack: false };
  }
  const end = Math.max(position + count, 0);
  const to = Math.max(position - 1, 0);
  const from = Math.min(Math.max(end - 1, 0), to);
  const isRewind = move && count === Number.NEGATIVE_INFINITY && position === 0;
  return { from, to, backwards: true, position: end, goesBack: !isRewind };
}

function absolute({ position, length }: Place, count: number): Move {
  const target = count >= 0 ? count : length + 1 + count;
  const goesBack = count < 0 || (position > 0 && count <= position);
  return { ...jump(length, target), goesBack };
}

function relative({ position, length }: Place, count: number): Move {
  return { ...jump(length, position + count), goesBack: count < 0 };
}

function jump(length: number, target: number): Omit<Move, "goesBack"> {
  const position = Math.min(Math.max(target, 0), length + 1);
  const isRow = position === target && target > 0 && target <= length;
  return { from: isRow ? target - 1 : 0, to: isRow ? target : 0, backwards: false, position };
}
